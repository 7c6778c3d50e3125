//! What the desk types where a field must not stay empty is no value, and gives way to one.

use cardex::model::{Document, RecordKind, Seen, Value, WriteOp, WriteOutcome, keys};
use serde_json::json;

use super::rig::{Rig, text};
use crate::connectors::subject;
use crate::support::hoteldruid::{Flavour, HotelDruid, NewGuest};

/// A guest about whom the desk knows nothing but his e-mail address and surname.
async fn enter(hotel: &HotelDruid) -> i64 {
    let guest =
        NewGuest { surname: "Perez", name: "Test", email: "xx@xx.com", phone: "123456789", more: &[] };
    let number = hotel.new_guest(&guest).await;
    hotel.sql(&format!("update clienti set datanascita = '1900-01-01' where idclienti = {number}")).await;
    number
}

#[tokio::test]
async fn placeholders_are_nothing_on_sqlite() {
    placeholders_are_nothing(Flavour::Sqlite).await;
}

#[tokio::test]
async fn placeholders_are_nothing_on_postgres() {
    placeholders_are_nothing(Flavour::Postgres).await;
}

#[tokio::test]
async fn placeholders_are_nothing_on_mariadb() {
    placeholders_are_nothing(Flavour::Mariadb).await;
}

async fn placeholders_are_nothing(flavour: Flavour) {
    let rig = Rig::start(flavour).await;
    let number = enter(&rig.hotel).await;
    let (subject_of, document) = rig.only(RecordKind::Person).await;
    assert_eq!(text(&document, &keys::SURNAME), "Perez");
    assert_eq!(document.get(&keys::GIVEN_NAMES), Some(&Seen::Empty));
    assert_eq!(document.get(&keys::BIRTH_DATE), Some(&Seen::Empty));
    for field in [keys::EMAILS, keys::PHONES] {
        assert_eq!(document.get(&field), Some(&Seen::set([])), "{field}");
    }

    // Something else is written: what stands there stays. An address becomes known: it takes the place.
    let seen = rig.seen(&subject_of).await;
    let name = Seen::one(Value::Text("Eva".to_owned()));
    done(&rig, subject::update(&seen, Document::new().with(keys::GIVEN_NAMES, name))).await;
    let columns = format!("select nome, email, email2, telefono from clienti where idclienti = {number}");
    let row = rig.hotel.rows(&columns).await.remove(0);
    assert_eq!((&row["nome"], &row["email"]), (&json!("Eva"), &json!("xx@xx.com")));
    let seen = rig.seen(&subject_of).await;
    let emails = address("eva@example.com");
    done(&rig, subject::update(&seen, Document::new().with(keys::EMAILS, emails.clone()))).await;
    let row = rig.hotel.rows(&columns).await.remove(0);
    assert_eq!((&row["email"], &row["telefono"]), (&json!("eva@example.com"), &json!("123456789")));
    assert_eq!(rig.seen(&subject_of).await.document.get(&keys::EMAILS), Some(&emails));
}

#[tokio::test]
async fn the_lists_of_the_configuration_decide() {
    let more = "[placeholders]\nnames = [\"perez\"]\nemails = []\n";
    let rig = Rig::with(HotelDruid::start(Flavour::Sqlite).await, more);
    enter(&rig.hotel).await;
    let (_, document) = rig.only(RecordKind::Person).await;
    assert_eq!(document.get(&keys::SURNAME), Some(&Seen::Empty));
    assert_eq!(text(&document, &keys::GIVEN_NAMES), "Test");
    assert_eq!(document.get(&keys::EMAILS), Some(&address("xx@xx.com")));
    assert_eq!(document.get(&keys::PHONES), Some(&Seen::set([])), "the built-in list holds for phones");
}

/// The only address of a guest, as HotelDruid shows it.
fn address(address: &str) -> Seen {
    let registry = cardex::model::fields::standard();
    let field = registry.field(RecordKind::Person, &keys::EMAILS).expect("the field exists");
    let relays = cardex::model::normalise::email::Relays::default();
    let read = cardex::model::normalise::email::read(address, &relays).expect("an address");
    let value = Value::Email(cardex::model::value::Email { primary: true, ..read });
    Seen::set([(cardex::model::normalise::element_of(field, &value), value)])
}

async fn done(rig: &Rig, op: WriteOp) {
    let outcome = rig.connector.write(&[op]).await.expect("a write").remove(0);
    assert!(matches!(outcome, WriteOutcome::Done { .. }), "{outcome:?}");
}
