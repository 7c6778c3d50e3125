//! HotelDruid as a subject of the suite that every connector is held to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use cardex::connectors::Connector;
use cardex::model::normalise::{element_of, phone};
use cardex::model::value::Country;
use cardex::model::{Document, ExternalId, FieldKey, RecordKind, RemoteRef, Seen, Value, fields, keys};
use chrono::Days;

use super::date;
use super::rig::Rig;
use crate::connectors::Subject;
use crate::connectors::subject::RELAY;
use crate::support::hoteldruid::{BookedBy, Flavour, HotelDruid, NewBooking, NewGuest};

/// A hotel whose guest table counts its updates.
pub(crate) struct HotelSubject {
    rig: Rig,
    n_bookings: AtomicU32,
}

pub(crate) async fn start_on_sqlite() -> HotelSubject {
    start(
        Flavour::Sqlite,
        "create table counted (idclienti integer);
         create trigger counting after update on clienti begin insert into counted values (new.idclienti); end;",
    )
    .await
}

pub(crate) async fn start_on_postgres() -> HotelSubject {
    start(
        Flavour::Postgres,
        "create table counted (idclienti integer);
         create function counting() returns trigger language plpgsql security definer as
             $$ begin insert into counted values (new.idclienti); return null; end $$;
         create trigger counting after update on clienti for each row execute function counting();",
    )
    .await
}

/// Counted in a column: a trigger that wrote to another table would fail the desk's statements, which lock by name.
pub(crate) async fn start_on_mariadb() -> HotelSubject {
    start(
        Flavour::Mariadb,
        "alter table clienti add column n_written integer not null default 0;
         create trigger counting before update on clienti for each row set new.n_written = old.n_written + 1;",
    )
    .await
}

async fn start(flavour: Flavour, count: &str) -> HotelSubject {
    let rig = Rig::start(flavour).await;
    rig.hotel.sql(count).await;
    rig.connector.prepare(false).await.expect("it can be prepared");
    HotelSubject { rig, n_bookings: AtomicU32::new(0) }
}

impl HotelSubject {
    fn hotel(&self) -> &HotelDruid {
        &self.rig.hotel
    }

    /// A booking of two nights in a room that is free.
    async fn book(&self, more: &[(&str, &str)]) -> ExternalId {
        let count = self.n_bookings.fetch_add(1, Ordering::Relaxed);
        let arrives = date(self.hotel().year(), 10, 1) + Days::new(u64::from(count / 5) * 2);
        let (room, surname) =
            (format!("0{}", count % 5 + 1), "Núñez ".to_owned() + &"x".repeat(count as usize + 1));
        let booking = NewBooking {
            by: BookedBy::New(&surname, "Ana", &[]),
            room: &room,
            arrives,
            departs: arrives + Days::new(2),
            more,
        };
        let number = self.hotel().book(&booking).await;
        let select = format!(
            "select codice || '.' || idprenota as name, datainserimento from prenota{} where idprenota = {number}",
            self.hotel().year()
        );
        self.id_of(&select, "name").await
    }

    /// A guest entered at the desk.
    async fn enter(&self, guest: &NewGuest<'_>) -> ExternalId {
        let number = self.hotel().new_guest(guest).await;
        let select = format!("select idclienti, datainserimento from clienti where idclienti = {number}");
        self.id_of(&select, "idclienti").await
    }

    /// The id that a row has for cardex: a column and the stamp.
    async fn id_of(&self, select: &str, column: &str) -> ExternalId {
        let rows = self.hotel().rows(select).await;
        let name = &rows[0][column];
        let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
        let stamp = rows[0]["datainserimento"].as_str().expect("a stamp").replace(' ', "T");
        ExternalId::new(format!("{name}@{stamp}"))
    }

    /// The number of a guest or of a booking.
    fn number(kind: RecordKind, id: &ExternalId) -> i64 {
        let (name, _) = id.as_str().split_once('@').expect("an id of ours");
        let number =
            if kind == RecordKind::Person { name } else { name.rsplit('.').next().unwrap_or_default() };
        number.parse().expect("a number")
    }
}

fn number_of(n: u32) -> String {
    format!("+346001122{n:02}")
}

#[async_trait]
impl Subject for HotelSubject {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.rig.connector)
    }

    async fn make(&self, kind: RecordKind, n: u32) -> ExternalId {
        if kind == RecordKind::Reservation {
            return self.book(&[]).await;
        }
        let guest = NewGuest { surname: "Núñez", name: &format!("Ana {n}"), ..NewGuest::default() };
        self.enter(&guest).await
    }

    async fn edit(&self, kind: RecordKind, id: &ExternalId, n: u32) {
        let number = Self::number(kind, id);
        if kind == RecordKind::Reservation {
            let comment = format!("comment {n}");
            self.hotel().edit_booking(self.hotel().year(), number, &[("n_commento", &comment)]).await;
        } else {
            let (name, phone) = (format!("Anaïs {n}"), number_of(n));
            self.hotel().edit_guest(number, &[("n_nome", &name), ("n_telefono", &phone)]).await;
        }
    }

    async fn delete(&self, kind: RecordKind, id: &ExternalId) -> bool {
        let number = Self::number(kind, id);
        if kind == RecordKind::Reservation {
            self.hotel().delete_booking(self.hotel().year(), number).await;
        } else {
            self.hotel().delete_guest(number).await;
        }
        true
    }

    fn unknown_id(&self, kind: RecordKind) -> ExternalId {
        let name = if kind == RecordKind::Person { "99999" } else { "yyyy.7" };
        ExternalId::new(format!("{name}@2020-01-01T10:00:00"))
    }

    async fn sample(&self, kind: RecordKind, _: u32) -> Document {
        unreachable!("HotelDruid lets nobody create a {kind}")
    }

    fn changed(&self, kind: RecordKind, n: u32) -> Option<Document> {
        if kind != RecordKind::Person {
            return None;
        }
        let registry = fields::standard();
        let field = registry.field(kind, &keys::PHONES).expect("the field exists");
        let phone = phone::read(&number_of(n), Some(&Country("ES".into()))).expect("a number");
        let phone = Value::Phone(phone);
        Some(
            Document::new()
                .with(keys::GIVEN_NAMES, Seen::one(Value::Text(format!("Anaïs {n}"))))
                .with(keys::PHONES, Seen::set([(element_of(field, &phone), phone)])),
        )
    }

    async fn refused(&self, _: RecordKind) -> Option<Document> {
        None
    }

    async fn unknown_word(&self) -> Option<(RemoteRef, FieldKey, String)> {
        let id = self.book(&[("origine_prenota1", "Phone")]).await;
        Some((RemoteRef::new(RecordKind::Reservation, id), keys::CHANNEL, "Phone".to_owned()))
    }

    async fn make_relayed(&self) -> ExternalId {
        let email = format!("x1@{RELAY}");
        self.enter(&NewGuest { surname: "Núñez", name: "Ana", email: &email, ..NewGuest::default() }).await
    }

    async fn writes_to(&self, kind: RecordKind, id: &ExternalId) -> usize {
        if kind != RecordKind::Person {
            return 0;
        }
        let number = Self::number(kind, id);
        if self.hotel().flavour() == Flavour::Mariadb {
            let select = format!("select n_written from clienti where idclienti = {number}");
            let counted = self.hotel().rows(&select).await[0]["n_written"].as_u64().expect("a count");
            return usize::try_from(counted).expect("a count");
        }
        self.hotel().rows(&format!("select idclienti from counted where idclienti = {number}")).await.len()
    }

    /// SQLite has no passwords: there it is the same connector to a hotel on a server.
    async fn with_wrong_password(&self) -> Arc<dyn Connector> {
        let has_passwords = self.hotel().flavour() != Flavour::Sqlite;
        let flavour = if has_passwords { self.hotel().flavour() } else { Flavour::Postgres };
        let mut rig = Rig::start(flavour).await;
        rig.sign_in_as("hoteldruid", "wrong");
        rig.connector
    }

    async fn unreachable(&self) -> Arc<dyn Connector> {
        self.rig.unreachable()
    }
}
