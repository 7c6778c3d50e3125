//! What the connector says when the hotel's database is not as it should be, and how it keeps out of the desk's way.

use std::time::{Duration, Instant};

use cardex::connectors::pms::hoteldruid::{connect, connect_at};
use cardex::connectors::registry::ConnectError;
use cardex::connectors::{ConnectorError, NextStep, Severity};
use cardex::model::{RecordKind, RemoteRef, SystemId, keys};

use super::date;
use super::rig::{self, Rig, text};
use crate::support::hoteldruid::{BookedBy, Flavour, HotelDruid, NewBooking, NewGuest};

#[tokio::test]
async fn wrong_password_is_said_so() {
    let mut rig = Rig::start(Flavour::Postgres).await;
    rig.sign_in_as("hoteldruid", "wrong");
    let refused = rig.connector.enumerate(RecordKind::Person, None).await;
    let Err(error @ ConnectorError::Unauthorised { .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(
        error.to_string(),
        "`pms-test` refuses the credentials or lacks a right: the user or the password is wrong"
    );
    let findings = rig.connector.check().await;
    assert!(findings.iter().any(|finding| finding.severity == Severity::Error), "{findings:?}");
}

#[tokio::test]
async fn missing_table_is_named() {
    for flavour in [Flavour::Sqlite, Flavour::Postgres, Flavour::Mariadb] {
        let rig = Rig::start(flavour).await;
        rig.hotel.sql("alter table clienti rename to elsewhere").await;
        for refused in [
            rig.connector.prepare(true).await.map(drop),
            rig.connector.enumerate(RecordKind::Reservation, None).await.map(drop),
        ] {
            let Err(error @ ConnectorError::Incompatible { .. }) = refused else { panic!("{refused:?}") };
            assert_eq!(error.to_string(), "`pms-test` is not as expected: there is no table `clienti`");
            assert_eq!(error.next_step(), NextStep::Halt);
        }
    }
}

#[tokio::test]
async fn another_version_is_refused() {
    for flavour in [Flavour::Sqlite, Flavour::Postgres, Flavour::Mariadb] {
        let rig = Rig::start(flavour).await;
        rig.hotel.sql("update versioni set num_versione = 2.31 where idversioni = 1").await;
        let refused = rig.connector.prepare(true).await;
        let Err(error) = refused else { panic!("{refused:?}") };
        assert_eq!(
            error.to_string(),
            "`pms-test` is not as expected: this is HotelDruid 2.31; cardex knows 3.00 to 3.09"
        );
        rig.hotel.sql("update versioni set num_versione = 3.04 where idversioni = 1").await;
        rig.hotel.sql("alter table clienti rename column email2 to post2").await;
        let findings = rig.connector.check().await;
        let wrong: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(wrong.len() == 1 && wrong[0].message.contains("email2"), "{findings:?}");
    }
}

#[tokio::test]
async fn healthy_hotel_passes_the_check() {
    for flavour in [Flavour::Sqlite, Flavour::Postgres, Flavour::Mariadb] {
        let rig = Rig::start(flavour).await;
        rig.connector.prepare(false).await.expect("it can be prepared");
        let findings = rig.connector.check().await;
        assert!(findings.iter().all(|finding| finding.severity == Severity::Good), "{findings:?}");
    }
}

#[tokio::test]
async fn unreachable_database_is_tried_again() {
    let rig = Rig::start(Flavour::Sqlite).await;
    std::fs::rename(rig.hotel.database_file(), rig.hotel.database_file().with_extension("away"))
        .expect("it moves");
    let refused = rig.connector.enumerate(RecordKind::Person, None).await;
    let Err(error) = refused else { panic!("{refused:?}") };
    assert_eq!(error.next_step(), NextStep::RetryAfter(None), "{error}");
}

#[tokio::test]
async fn settings_are_checked_before_anything_is_opened() {
    let cases = [
        ("", "database"),
        ("table_prefix = \"a;b\"\n[database]\nkind = \"sqlite\"\nfile = \"/x\"", "table_prefix"),
        ("colour = 1\n[database]\nkind = \"sqlite\"\nfile = \"/x\"", "colour"),
        ("[database]\nkind = \"mysql\"\nhost = \"x\"", "mysql"),
        ("signal_poll_ms = 1\n[database]\nkind = \"sqlite\"\nfile = \"/x\"", "signal_poll_ms"),
    ];
    for (toml, named) in cases {
        let refused = connect(&SystemId::from("pms-test"), &rig::context(), rig::read(toml));
        let Err(ConnectError::BadSettings { why, .. }) = refused.map(drop) else { panic!("{toml}") };
        assert!(why.contains(named), "{toml}: {why}");
    }
    let example = include_str!("../../../config/examples/hoteldruid.toml");
    let example = rig::read(example).into_table().expect("a table").remove("systems").expect("systems");
    let system = example.into_table().expect("a table").into_values().next().expect("a system");
    let settings = system.into_table().expect("a table").remove("settings").expect("settings");
    let refused = connect(&SystemId::from("pms-test"), &rig::context(), settings).map(drop);
    assert!(matches!(refused, Ok(()) | Err(ConnectError::Secret { .. })), "{refused:?}");
}

/// The desk locks whole tables, one after the other. Whoever holds a table and waits for the next one must not wait
/// for us, and we must not wait for him for long.
#[tokio::test]
async fn locked_tables_are_left_alone_soon_on_postgres() {
    locked_tables_are_left_alone_soon(Flavour::Postgres).await;
}

#[tokio::test]
async fn locked_tables_are_left_alone_soon_on_mariadb() {
    locked_tables_are_left_alone_soon(Flavour::Mariadb).await;
}

async fn locked_tables_are_left_alone_soon(flavour: Flavour) {
    let rig = Rig::start(flavour).await;
    rig.hotel.new_guest(&NewGuest { surname: "Perez", ..NewGuest::default() }).await;
    let (subject, _) = rig.only(RecordKind::Person).await;
    let lock = rig.hotel.lock("clienti").await;
    let begun = Instant::now();
    let refused = rig.connector.read(std::slice::from_ref(&subject)).await;
    let waited = begun.elapsed();
    let Err(error) = refused else { panic!("{refused:?}") };
    assert_eq!(error.next_step(), NextStep::RetryAfter(None), "{error}");
    assert!(waited < Duration::from_secs(4), "it gives way long before the desk notices: {waited:?}");
    drop(lock);
    rig.seen(&subject).await;
}

#[tokio::test]
async fn prefixed_tables_and_companies_are_read() {
    for flavour in [Flavour::Sqlite, Flavour::Postgres, Flavour::Mariadb] {
        let hotel = HotelDruid::start_prefixed(flavour).await;
        let rig = Rig::with(hotel, "companies = { when = \"vat_number_without_name\" }");
        rig.connector.prepare(false).await.expect("it can be prepared");
        let more: &[(&str, &str)] = &[("partita_iva", "B12345678")];
        rig.hotel.new_guest(&NewGuest { surname: "Acme", more, ..NewGuest::default() }).await;
        rig.hotel.new_guest(&NewGuest { surname: "Perez", name: "Eva", ..NewGuest::default() }).await;
        let (_, company) = rig.only(RecordKind::Company).await;
        assert_eq!(
            (text(&company, &keys::NAME), text(&company, &keys::TAX_ID)),
            ("Acme".into(), "B12345678".into())
        );
        let (_, person) = rig.only(RecordKind::Person).await;
        assert_eq!(text(&person, &keys::SURNAME), "Perez");
    }
}

#[tokio::test]
async fn credit_cards_are_never_read() {
    let hotel = HotelDruid::start(Flavour::Sqlite).await;
    let rig = Rig::with(hotel, "custom_fields = [{ name = \"Club\", field = \"x_club\" }]");
    let id = rig.hotel.new_guest(&NewGuest { surname: "Perez", ..NewGuest::default() }).await;
    let before = rig.sweep(RecordKind::Person).await;
    rig.hotel
        .sql(&format!("insert into relclienti (idclienti, numero, tipo, testo1, testo3) values ({id}, 1, 'cc', 'Club', '4111')"))
        .await;
    assert_eq!(before, rig.sweep(RecordKind::Person).await, "a card changes nothing that cardex sees");
    rig.hotel
        .sql(&format!(
            "insert into relclienti (idclienti, numero, tipo, testo1, testo2, testo3)
             values ({id}, 1, 'campo_pers', 'Club', 'text', 'Gold &amp; more')"
        ))
        .await;
    let (_, document) = rig.only(RecordKind::Person).await;
    assert_eq!(text(&document, &"x_club".into()), "Gold & more");
}

#[tokio::test]
async fn guest_who_does_not_come_is_a_no_show_by_the_hotels_rule() {
    let hotel = HotelDruid::start(Flavour::Sqlite).await;
    let year = hotel.year();
    let booking = NewBooking {
        by: BookedBy::New("Late", "Eva", &[]),
        room: "01",
        arrives: date(year, 12, 5),
        departs: date(year, 12, 7),
        more: &[],
    };
    let number = hotel.book(&booking).await;
    let secrets = tempfile::tempdir().expect("a temporary directory can be made");
    let status_at = async |instant: &str| {
        let settings = rig::settings(&hotel, &secrets, "no_show = { at = \"06:00:00\", grace_hours = 1 }");
        let now = instant.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant");
        let clock = cardex::clock::Clock::from_fn(move || now);
        let connector = connect_at(&SystemId::from("pms-test"), &rig::context(), settings, clock)
            .expect("the settings are right");
        let page = connector.enumerate(RecordKind::Reservation, None).await.expect("the sweep works");
        let mut keys_and_digests = page.keys;
        if let Some(next) = page.next {
            keys_and_digests
                .extend(connector.enumerate(RecordKind::Reservation, Some(&next)).await.expect("works").keys);
        }
        let (id, digest) = keys_and_digests.remove(0);
        let subject = RemoteRef { kind: RecordKind::Reservation, external_id: id };
        let readings = connector.read(&[subject]).await.expect("the read works");
        let [cardex::connectors::Reading::Found(seen)] = readings.as_slice() else { panic!("{readings:?}") };
        assert_eq!(seen.source_hash, Some(digest));
        (text(&seen.document, &keys::STATUS), digest)
    };
    let before = status_at(&format!("{year}-12-06T05:59:59Z")).await;
    let after = status_at(&format!("{year}-12-06T06:00:00Z")).await;
    assert_eq!((before.0.as_str(), after.0.as_str()), ("confirmed", "no_show"), "seven o'clock in Madrid");
    assert_ne!(before.1, after.1, "a sweep sees what only time changed");
    hotel.check_in(year, number).await;
    assert_eq!(status_at(&format!("{year}-12-06T06:00:00Z")).await.0, "in_house");
    hotel.undo_check_in(year, number).await;
    hotel.sql("update personalizza set valpersonalizza = 'NO' where idpersonalizza = 'attiva_checkin'").await;
    let unregistered = status_at(&format!("{year}-12-06T06:00:00Z")).await.0;
    assert_eq!(unregistered, "confirmed", "where arrivals are not registered nothing can be said");
}
