//! Writing guest fields back: one statement that changes a row only while it still holds what was read.
//!
//! It writes nothing but columns of `clienti`, never creates and never deletes. The text is stored escaped and cut as
//! HotelDruid's own forms store it; words are not raised, because the value comes in the system's normal form.

use super::database::{Bind, Database, Flavour};
use super::guests::{self, StoredGuest};
use super::keys::GuestKey;
use super::map::{self, Hotel, LONG, plain};
use super::mariadb;
use super::slots::{self, Columns, Refused};
use super::text;
use super::wire::{Guest, Stored as _};
use crate::connectors::ConnectorError;
use crate::model::normalise::country;
use crate::model::value::Country;
use crate::model::{Action, Document, ExternalId, FieldKey, RecordKind, Seen, WriteOp, WriteOutcome};

/// Carries one write out.
///
/// # Errors
/// Whatever the database answers, except what speaks for this one record.
pub(super) async fn write(
    db: &Database,
    hotel: &Hotel,
    op: &WriteOp,
) -> Result<WriteOutcome, ConnectorError> {
    let Action::Update(external_id) = &op.action else {
        return Ok(WriteOutcome::Rejected {
            field: None,
            why: "guests are entered at the front desk".to_owned(),
        });
    };
    let Some(key) = GuestKey::parse(external_id) else { return Ok(WriteOutcome::NotFound) };
    let Some(current) = find(db, hotel, &key).await? else { return Ok(WriteOutcome::NotFound) };
    let before = document(op.kind, &current, hotel);
    let mut columns = match plan(op, hotel, &before, &current.row) {
        Ok(columns) => columns,
        Err(outcome) => return Ok(outcome),
    };
    for (column, country) in std::mem::take(&mut columns.countries) {
        let name = country_name(db, &country, current.row.column(column)).await?;
        columns.set(&current.row, column, Some(text::encode(&name, LONG)));
    }
    if columns.changes.is_empty() {
        return Ok(done(op, external_id, &before));
    }
    if !compare_and_set(db, &key, &current.row, &columns).await? {
        return Ok(WriteOutcome::Stale);
    }
    let Some(after) = find(db, hotel, &key).await? else { return Ok(WriteOutcome::NotFound) };
    Ok(done(op, external_id, &document(op.kind, &after, hotel)))
}

/// The columns to change, or why there is nothing to be done.
fn plan(op: &WriteOp, hotel: &Hotel, before: &Document, row: &Guest) -> Result<Columns, WriteOutcome> {
    let mut columns = Columns::default();
    for (key, target) in op.document.iter() {
        let refused = |why: &str| WriteOutcome::Rejected { field: Some(key.clone()), why: why.to_owned() };
        let (field, capability) = hotel.field(op.kind, key).ok_or_else(|| refused("it has no such field"))?;
        if !capability.write {
            return Err(refused("it cannot be written"));
        }
        let normal = |seen: &Seen| capability.form.apply(field, seen);
        let held = normal(before.get(key).unwrap_or(&Seen::Empty));
        let target = normal(target);
        if held == target {
            continue;
        }
        if held == Seen::Masked {
            return Err(refused("it holds what only the hotel can read"));
        }
        // What was never seen there counts as nothing: a value that appeared since is read first.
        if held != normal(op.base.get(key).unwrap_or(&Seen::Empty)) {
            return Err(WriteOutcome::Stale);
        }
        slots::fill(&mut columns, hotel, key, &target, row).map_err(|Refused(why)| refused(why))?;
    }
    Ok(columns)
}

/// The guest, if the number still belongs to the one who was entered at that moment.
async fn find(db: &Database, hotel: &Hotel, key: &GuestKey) -> Result<Option<StoredGuest>, ConnectorError> {
    let found = guests::by_ids(db, &[key.id], hotel.settings.reads_custom_fields()).await?.remove(&key.id);
    Ok(found.filter(|guest| GuestKey::of(&guest.row).as_ref() == Some(key)))
}

fn document(kind: RecordKind, guest: &StoredGuest, hotel: &Hotel) -> Document {
    if kind == RecordKind::Company { map::company(guest, hotel) } else { map::person(guest, hotel) }
}

/// One statement, true when it found the row as it was read.
async fn compare_and_set(
    db: &Database,
    key: &GuestKey,
    row: &Guest,
    columns: &Columns,
) -> Result<bool, ConnectorError> {
    let mut binds = vec![Bind::Int(key.id)];
    let place = |binds: &mut Vec<Bind>, value: Option<&str>| {
        binds.push(value.map_or(Bind::Null, |text| Bind::Text(text.to_owned())));
        format!("${}", binds.len())
    };
    let mut sets = Vec::new();
    for (column, value) in &columns.changes {
        let value = place(&mut binds, value.as_deref());
        let is_date = *column == "datanascita" && matches!(db.flavour, Flavour::Postgres { .. });
        sets.push(if is_date {
            format!("{column} = cast({value} as date)")
        } else {
            format!("{column} = {value}")
        });
    }
    let mut conditions = Vec::new();
    for column in columns.guards.iter().copied().chain(["datainserimento"]) {
        let value = place(&mut binds, row.column(column));
        conditions.push(match &db.flavour {
            Flavour::Postgres { .. } => format!("cast({column} as text) is not distinct from {value}"),
            Flavour::Sqlite { .. } => unchanged_in_sqlite(column, row.column(column), &value),
            Flavour::Mariadb { .. } => mariadb::unchanged(column, &value),
        });
    }
    let sql = format!(
        "update {} set {} where idclienti = $1 and {}",
        db.table("clienti"),
        sets.join(", "),
        conditions.join(" and ")
    );
    Ok(db.execute(sql, &binds).await? == 1)
}

/// A text that HotelDruid cut inside a character was read without the rest of it: at most three bytes follow.
fn unchanged_in_sqlite(column: &str, stored: Option<&str>, value: &str) -> String {
    if stored.is_some_and(|text| text.ends_with(text::CUT)) {
        let whole = format!("cast(rtrim({value}, '{}') as blob)", text::CUT);
        let bytes = format!("cast({column} as blob)");
        return format!(
            "(substr({bytes}, 1, length({whole})) = {whole} and length({bytes}) between length({whole}) + 1 and length({whole}) + 3)"
        );
    }
    format!("cast({column} as text) is {value}")
}

/// What the hotel calls a country: as it stands there now, as its list of countries has it, or in English.
async fn country_name(
    db: &Database,
    country: &Country,
    stored: Option<&str>,
) -> Result<String, ConnectorError> {
    let reads = |name: &String| country::read(name).ok().flatten().as_ref() == Some(country);
    if let Some(name) = plain(stored).filter(reads) {
        return Ok(name);
    }
    let rows = db.rows(db.select(&["nome_nazione"], "nazioni", "order by idnazioni"), &[]).await?;
    let names = rows.into_iter().filter_map(|row| plain(row.0.first()?.as_deref()));
    let english = || country::english(country).unwrap_or(country.0.as_str()).to_owned();
    Ok(names.into_iter().find(reads).unwrap_or_else(english))
}

/// The outcome, with what the row holds now of the written fields.
fn done(op: &WriteOp, external_id: &ExternalId, now: &Document) -> WriteOutcome {
    let written: Vec<FieldKey> = op.document.iter().map(|(field, _)| field.clone()).collect();
    let stored = written.into_iter().map(|field| {
        let seen = now.get(&field).cloned().unwrap_or(Seen::Empty);
        (field, seen)
    });
    WriteOutcome::Done { external_id: external_id.clone(), version: None, stored: Some(stored.collect()) }
}
