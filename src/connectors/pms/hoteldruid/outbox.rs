//! Triggers in PostgreSQL that note which guests and bookings a transaction touched, and wake the daemon.
//!
//! A trigger never fails the desk's own statement: whatever goes wrong inside it is swallowed, and the sweep finds
//! the change. It notes keys, never values. Changes that cardex makes itself are passed over by the connection's
//! name. New tables (a new year, a restored backup, an upgrade) have no triggers: `prepare` puts them back every
//! cycle, and every installation opens a new epoch, which tells the feed that something may have been missed.

use std::collections::BTreeSet;

use super::bookings::keys_of;
use super::config::Settings;
use super::database::{APPLICATION, Bind, Database, Flavour};
use super::guests;
use super::keys::{BookingKey, GuestKey};
use super::wire::number;
use super::years::{Scope, tables};
use crate::connectors::{ConnectorError, Step};

/// The trigger function. Its number grows with every change of its text: triggers of an older one count as missing.
const FUNCTION: &str = "hoteldruid_noted_1";

/// How many noted keys one page of the feed takes.
const PAGE: usize = 500;

/// What a trigger notes, by the stem of its table.
const NOTED: [(&str, &str); 7] = [
    ("clienti", "guest"),
    ("relclienti", "field"),
    ("prenota", "booking"),
    ("prenotacanc", "booking"),
    ("costiprenota", "child"),
    ("rclientiprenota", "child"),
    ("soldi", "payment"),
];

/// The keys that one page of noted changes names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Noted {
    /// The numbers of the notes, to be forgotten once the page is safe.
    pub(super) ids: Vec<i64>,
    pub(super) guests: BTreeSet<GuestKey>,
    pub(super) bookings: BTreeSet<BookingKey>,
    /// More is waiting.
    pub(super) more: bool,
}

/// Which half of the notes a stream takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Guests,
    Bookings,
}

impl Half {
    const fn condition(self) -> &'static str {
        match self {
            Self::Guests => "entity in ('guest', 'field')",
            Self::Bookings => "entity in ('booking', 'child', 'payment')",
        }
    }
}

/// The names of what is installed for one hotel.
pub(super) struct Outbox<'a> {
    db: &'a Database,
    schema: &'a str,
    hotel: &'a str,
}

impl<'a> Outbox<'a> {
    /// The outbox of a hotel on PostgreSQL; `None` elsewhere.
    pub(super) fn of(db: &'a Database) -> Option<Self> {
        match &db.flavour {
            Flavour::Postgres { schema, trigger_schema, .. } => {
                Some(Self { db, schema: trigger_schema, hotel: schema })
            }
            Flavour::Sqlite { .. } | Flavour::Mariadb { .. } => None,
        }
    }

    /// Two hotels in one database differ by schema or prefix.
    fn source(&self) -> String {
        format!("{}.{}", self.hotel, self.db.prefix())
    }

    /// The channel on which changes are signalled.
    pub(super) fn channel(&self) -> String {
        format!("cardex_{}_{}", self.hotel, self.db.prefix())
    }

    /// The epoch of the installation; `None` when it is missing or one of the tables has no trigger.
    pub(super) async fn epoch(&self) -> Result<Option<i64>, ConnectorError> {
        if !self.has_schema_objects().await? || !self.bare_tables().await?.is_empty() {
            return Ok(None);
        }
        let sql =
            format!("select cast(epoch as text) from \"{}\".hoteldruid_epoch where source = $1", self.schema);
        let rows = self.db.rows(sql, &[Bind::Text(self.source())]).await?;
        Ok(rows.first().and_then(|row| number(row.0.first()?.as_deref())))
    }

    /// Installs what is missing, or says what it would install.
    pub(super) async fn install(&self, plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        let mut steps = Vec::new();
        if !self.has_schema_objects().await? {
            let what =
                format!("create the list of changes and the trigger function in schema `{}`", self.schema);
            steps.push(Step { what, taken: !plan_only });
            if !plan_only {
                if !self.has_schema().await? {
                    self.db.execute(format!("create schema \"{}\"", self.schema), &[]).await?;
                }
                for statement in self.schema_objects() {
                    self.db.execute(statement, &[]).await?;
                }
            }
        }
        let bare = self.bare_tables().await?;
        for (table, noted) in &bare {
            steps.push(Step { what: format!("create the trigger on `{table}`"), taken: !plan_only });
            if !plan_only {
                self.db.execute(self.trigger(table, noted), &[]).await?;
            }
        }
        if !plan_only && !steps.is_empty() {
            let sql = format!(
                "insert into \"{0}\".hoteldruid_epoch (source, epoch) values ($1, 1)
                 on conflict (source) do update set epoch = hoteldruid_epoch.epoch + 1",
                self.schema
            );
            self.db.execute(sql, &[Bind::Text(self.source())]).await?;
        }
        Ok(steps)
    }

    /// Forgets the notes `done`, then takes the next page of them.
    pub(super) async fn take(
        &self,
        half: Half,
        done: &[i64],
        settings: &Settings,
    ) -> Result<Noted, ConnectorError> {
        if !done.is_empty() {
            let ids = guests::list(done);
            let sql = format!("delete from \"{}\".hoteldruid_change where id in ({ids})", self.schema);
            self.db.execute(sql, &[]).await?;
        }
        let sql = format!(
            "select cast(id as text), entity, key from \"{}\".hoteldruid_change
             where source = $1 and {} order by id limit {PAGE}",
            self.schema,
            half.condition()
        );
        let rows = self.db.rows(sql, &[Bind::Text(self.source())]).await?;
        let mut noted = Noted { more: rows.len() == PAGE, ..Noted::default() };
        let mut numbers = BTreeSet::new();
        let mut owners = BTreeSet::new();
        for row in &rows {
            let [Some(id), Some(entity), Some(key)] = row.0.as_slice() else { continue };
            noted.ids.extend(number(Some(id)));
            match entity.as_str() {
                "guest" => noted.guests.extend(GuestKey::parse(&key.as_str().into())),
                "field" => owners.extend(number(Some(key))),
                "booking" => noted.bookings.extend(BookingKey::parse(&key.as_str().into())),
                _ => numbers.extend(year_and_number(key)),
            }
        }
        self.resolve(&mut noted, &numbers, &owners, settings).await?;
        Ok(noted)
    }

    /// Forgets everything noted so far.
    pub(super) async fn clear(&self, half: Half) -> Result<(), ConnectorError> {
        let sql = format!(
            "delete from \"{}\".hoteldruid_change where source = $1 and {}",
            self.schema,
            half.condition()
        );
        self.db.execute(sql, &[Bind::Text(self.source())]).await.map(drop)
    }

    /// Turns numbers into keys: children know their parent by number only.
    async fn resolve(
        &self,
        noted: &mut Noted,
        numbers: &BTreeSet<(i32, i64)>,
        owners: &BTreeSet<i64>,
        settings: &Settings,
    ) -> Result<(), ConnectorError> {
        if !numbers.is_empty() {
            let scope = Scope::now(self.db, settings).await?;
            noted.bookings.extend(keys_of(self.db, &scope.years, numbers).await?);
        }
        let owners: Vec<_> = owners.iter().copied().collect();
        let owners = guests::by_ids(self.db, &owners, false).await?;
        noted.guests.extend(owners.values().filter_map(|guest| GuestKey::of(&guest.row)));
        Ok(())
    }

    /// The right to create a schema is asked for even where it exists already; so it is looked for first.
    async fn has_schema(&self) -> Result<bool, ConnectorError> {
        let sql = "select nspname from pg_catalog.pg_namespace where nspname = $1".to_owned();
        let rows = self.db.rows(sql, &[Bind::Text(self.schema.to_owned())]).await?;
        Ok(!rows.is_empty())
    }

    async fn has_schema_objects(&self) -> Result<bool, ConnectorError> {
        let sql = format!(
            "select cast(count(*) as text) from pg_catalog.pg_class c
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             join pg_catalog.pg_proc p on p.pronamespace = n.oid and p.proname = '{FUNCTION}'
             where n.nspname = '{}' and c.relname in ('hoteldruid_change', 'hoteldruid_epoch')",
            self.schema
        );
        let rows = self.db.rows(sql, &[]).await?;
        Ok(rows.first().is_some_and(|row| row.0 == [Some("2".to_owned())]))
    }

    /// The tables that should have a trigger and have none, each with what the trigger is to note.
    async fn bare_tables(&self) -> Result<Vec<(String, String)>, ConnectorError> {
        let sql = format!(
            "select cast(c.relname as text) from pg_catalog.pg_trigger t
             join pg_catalog.pg_class c on c.oid = t.tgrelid
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             join pg_catalog.pg_proc p on p.oid = t.tgfoid
             where n.nspname = '{}' and t.tgname = 'cardex_noted' and t.tgenabled in ('O', 'A')
             and p.proname = '{FUNCTION}'",
            self.hotel
        );
        let covered: BTreeSet<String> = self
            .db
            .rows(sql, &[])
            .await?
            .into_iter()
            .filter_map(|row| row.0.into_iter().next().flatten())
            .collect();
        let bare = tables(self.db).await?.into_iter().filter(|table| !covered.contains(table));
        Ok(bare.filter_map(|table| noted_by(&table, self.db.prefix()).map(|noted| (table, noted))).collect())
    }

    fn trigger(&self, table: &str, noted: &str) -> String {
        format!(
            "create or replace trigger cardex_noted after insert or update or delete on \"{0}\".\"{table}\"
             for each row execute function \"{1}\".{FUNCTION}('{2}', '{3}', {noted})",
            self.hotel,
            self.schema,
            self.source(),
            self.channel(),
        )
    }

    fn schema_objects(&self) -> [String; 3] {
        let schema = self.schema;
        [
            format!(
                "create table if not exists \"{schema}\".hoteldruid_change (
                     id bigserial primary key,
                     transaction bigint not null default txid_current(),
                     source text not null,
                     entity text not null,
                     key text not null,
                     unique (transaction, source, entity, key))"
            ),
            format!(
                "create table if not exists \"{schema}\".hoteldruid_epoch (
                     source text primary key, epoch bigint not null)"
            ),
            format!(
                "create or replace function \"{schema}\".{FUNCTION}() returns trigger
                 language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
                 declare
                     image jsonb;
                     noted text;
                 begin
                     if current_setting('application_name', true) = '{APPLICATION}' then return null; end if;
                     begin
                         for image in select i from (values
                                 (case when tg_op <> 'INSERT' then to_jsonb(old) end),
                                 (case when tg_op <> 'DELETE' then to_jsonb(new) end)) as images(i)
                             where i is not null
                         loop
                             noted := case tg_argv[2]
                                 when 'guest' then (image->>'idclienti') || '@' || coalesce(image->>'datainserimento', '')
                                 when 'field' then case when image->>'tipo' = 'campo_pers' then image->>'idclienti' end
                                 when 'booking' then case when coalesce(image->>'idclienti', '0') <> '0' then
                                     coalesce(image->>'codice', '') || '.' || coalesce(
                                         nullif(split_part(split_part(image->>'id_anni_prec', ';', 2), ',', 2), ''),
                                         image->>'idprenota')
                                     || '@' || coalesce(image->>'datainserimento', '') end
                                 when 'child' then tg_argv[3] || '/' || (image->>'idprenota')
                                 when 'payment' then tg_argv[3] || '/' || split_part(image->>'motivazione', ';', 4)
                             end;
                             continue when noted is null;
                             insert into \"{schema}\".hoteldruid_change (source, entity, key)
                                 values (tg_argv[0], tg_argv[2], noted) on conflict do nothing;
                             perform pg_notify(tg_argv[1], '');
                         end loop;
                     exception when others then
                         null; -- the front desk goes on; the sweep finds the change
                     end;
                     return null;
                 end $body$"
            ),
        ]
    }
}

/// The arguments of the trigger on `table`: what it notes and of which year; `None` for a table of no interest.
fn noted_by(table: &str, prefix: &str) -> Option<String> {
    let name = table.strip_prefix(prefix)?;
    let digits = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    let (stem, year) = name.split_at(digits);
    let (_, noted) = NOTED.iter().find(|(known, _)| *known == stem)?;
    let is_yearly = !matches!(*noted, "guest" | "field");
    let fits = if is_yearly { year.len() == 4 && year.parse::<i32>().is_ok() } else { year.is_empty() };
    fits.then(|| format!("'{noted}', '{year}'"))
}

fn year_and_number(key: &str) -> Option<(i32, i64)> {
    let (year, number) = key.split_once('/')?;
    Some((year.parse().ok()?, number.parse().ok()?))
}
