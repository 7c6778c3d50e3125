//! How the connector learns that something changed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cardex::clock::Clock;
use cardex::connectors::pms::hoteldruid::connect_at;
use cardex::connectors::{Change, ConnectorError, Cursor};
use cardex::model::{RecordKind, SystemId};
use chrono::{DateTime, Utc};

use super::date;
use super::rig::{self, Rig};
use crate::support::hoteldruid::{BookedBy, Flavour, HotelDruid, NewBooking, NewGuest};

const SOON: Duration = Duration::from_secs(20);

/// A feed, read as the core reads it.
struct Feed<'a> {
    rig: &'a Rig,
    name: &'static str,
    cursor: Cursor,
}

impl<'a> Feed<'a> {
    /// A feed that starts at the present, after a sweep.
    async fn start(rig: &'a Rig, name: &'static str) -> Feed<'a> {
        for kind in [RecordKind::Person, RecordKind::Reservation] {
            rig.sweep(kind).await;
        }
        let page = rig.connector.changes(&rig.stream(name), None).await.expect("the feed starts");
        assert!(page.changes.is_empty(), "the present has no changes");
        Feed { rig, name, cursor: page.next }
    }

    /// Everything that changed since the last call, as `kind id`.
    async fn next(&mut self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        loop {
            let page = self.try_next().await.expect("the feed goes on");
            found.extend(page.0);
            if !page.1 {
                return found;
            }
        }
    }

    async fn try_next(&mut self) -> Result<(BTreeSet<String>, bool), ConnectorError> {
        let page = self.rig.connector.changes(&self.rig.stream(self.name), Some(&self.cursor)).await?;
        self.cursor = page.next;
        let hints = page.changes.into_iter().map(|change| match change {
            Change::Hint(hint) => format!("{} {}", hint.subject.kind, hint.subject.external_id),
            Change::Seen(_) => panic!("the feeds give hints"),
        });
        Ok((hints.collect(), page.more))
    }
}

fn booking(hotel: &HotelDruid, surname: &'static str) -> NewBooking<'static> {
    let year = hotel.year();
    NewBooking {
        by: BookedBy::New(surname, "Eva", &[]),
        room: "01",
        arrives: date(year, 12, 20),
        departs: date(year, 12, 22),
        more: &[],
    }
}

#[tokio::test]
async fn feed_names_what_changed_on_sqlite() {
    feed_names_what_changed(Rig::start(Flavour::Sqlite).await).await;
}

#[tokio::test]
async fn feed_names_what_changed_on_postgres() {
    let rig = Rig::start(Flavour::Postgres).await;
    let planned = rig.connector.prepare(true).await.expect("it can be planned");
    assert!(planned.iter().all(|step| !step.taken) && planned.len() > 5, "{planned:?}");
    let steps = rig.connector.prepare(false).await.expect("it can be installed");
    assert_eq!(steps.len(), planned.len());
    assert!(
        rig.connector.prepare(false).await.expect("it is there").is_empty(),
        "the second time nothing is left"
    );
    feed_names_what_changed(rig).await;
}

#[tokio::test]
async fn feed_names_what_changed_on_postgres_without_triggers() {
    let hotel = HotelDruid::start(Flavour::Postgres).await;
    feed_names_what_changed(Rig::with(hotel, "triggers = false")).await;
}

#[tokio::test]
async fn feed_names_what_changed_on_mariadb() {
    let rig = Rig::start(Flavour::Mariadb).await;
    let steps = rig.connector.prepare(false).await.expect("nothing is to be installed");
    assert!(steps.is_empty(), "{steps:?}");
    feed_names_what_changed(rig).await;
}

async fn feed_names_what_changed(rig: Rig) {
    let (hotel, year) = (&rig.hotel, rig.hotel.year());
    let mut guests = Feed::start(&rig, "guests").await;
    let mut bookings = Feed::start(&rig, "bookings").await;
    let ids = async |kind| {
        rig.sweep(kind).await.into_keys().map(|id| format!("{kind} {id}")).collect::<BTreeSet<_>>()
    };

    hotel.hold(&booking(hotel, "Perez")).await;
    assert!(bookings.next().await.is_empty(), "a held room is no booking");
    let number = hotel.book(&booking(hotel, "Perez")).await;
    assert_eq!(bookings.next().await.len(), 1);
    assert_eq!(guests.next().await.len(), 1);
    assert!(guests.next().await.is_empty() && bookings.next().await.is_empty(), "each change is told once");
    let known = ids(RecordKind::Reservation).await;
    hotel.check_in(year, number).await;
    assert_eq!(bookings.next().await, known, "a check-in touches no stamp and is seen all the same");
    hotel.add_extra(year, number, "minibar", "5").await;
    assert_eq!(bookings.next().await, known);
    hotel.undo_check_in(year, number).await;
    let lost = bookings.cursor.clone();
    assert_eq!(bookings.next().await, known);
    bookings.cursor = lost;
    assert_eq!(bookings.next().await, known, "a page that was lost is told again");
    hotel.cancel(year, number).await;
    assert_eq!(bookings.next().await, known, "moving to the cancelled ones is a change of the same booking");
    let guest = hotel.new_guest(&NewGuest { surname: "Other", ..NewGuest::default() }).await;
    assert_eq!(guests.next().await.len(), 1);
    hotel.edit_guest(guest, &[("n_telefono", "600 112 233")]).await;
    let touched = guests.next().await;
    assert!(touched.len() == 1 && touched.is_subset(&ids(RecordKind::Person).await), "{touched:?}");
    hotel.delete_guest(guest).await;
    assert_eq!(guests.next().await, touched, "a deletion names the one who is gone");
}

/// Nobody writes anything when a guest does not come: only the hour of the hotel's rule does.
#[tokio::test]
async fn no_show_is_told_when_its_hour_comes() {
    for flavour in [Flavour::Sqlite, Flavour::Postgres, Flavour::Mariadb] {
        let hotel = HotelDruid::start(flavour).await;
        let secrets = tempfile::tempdir().expect("a temporary directory can be made");
        let settings = rig::settings(&hotel, &secrets, "no_show = { at = \"06:00:00\", grace_hours = 1 }");
        let year = hotel.year();
        let instant = |text: String| text.parse::<DateTime<Utc>>().expect("an instant");
        let now = Arc::new(Mutex::new(instant(format!("{year}-12-21T05:59:59Z"))));
        let hands = Arc::clone(&now);
        let clock = Clock::from_fn(move || *hands.lock().expect("nobody panics"));
        let connector = connect_at(&SystemId::from("pms-test"), &rig::context(), settings, clock)
            .expect("the settings are right");
        connector.prepare(false).await.expect("it can be prepared");
        let came = hotel.book(&NewBooking { room: "02", ..booking(&hotel, "Came") }).await;
        hotel.check_in(year, came).await;
        hotel.book(&booking(&hotel, "Late")).await;

        let streams = &connector.capabilities().streams;
        let stream = streams.iter().find(|stream| stream.name == "bookings").expect("the feed exists");
        let page = async |cursor: Option<&Cursor>| connector.changes(stream, cursor).await.expect("a page");
        let start = page(None).await.next;
        let before = page(Some(&start)).await;
        assert_eq!(before.changes, [], "{flavour:?}: a moment too early");
        *now.lock().expect("nobody panics") = instant(format!("{year}-12-21T06:00:00Z"));
        let told = page(Some(&before.next)).await;
        assert_eq!(told.changes.len(), 1, "{flavour:?}: seven o'clock in Madrid: {:?}", told.changes);
        assert_eq!(page(Some(&before.next)).await.changes, told.changes, "{flavour:?}: told again when lost");
        assert_eq!(page(Some(&told.next)).await.changes, [], "{flavour:?}: told once");
    }
}

#[tokio::test]
async fn watch_wakes_when_the_desk_writes_on_sqlite() {
    watch_wakes_when_the_desk_writes(Rig::start(Flavour::Sqlite).await).await;
}

#[tokio::test]
async fn watch_wakes_when_the_desk_writes_on_postgres() {
    let rig = Rig::start(Flavour::Postgres).await;
    rig.connector.prepare(false).await.expect("it can be installed");
    watch_wakes_when_the_desk_writes(rig).await;
}

async fn watch_wakes_when_the_desk_writes(rig: Rig) {
    let (watch, hotel) = (rig.connector.clone(), &rig.hotel);
    watch.watch().await.expect("the first call tells that nothing is known");
    let quiet = tokio::time::timeout(Duration::from_millis(1200), watch.watch()).await;
    assert!(quiet.is_err(), "nothing happens, nothing is signalled");
    let waiting = tokio::spawn(async move { watch.watch().await });
    hotel.new_guest(&NewGuest { surname: "Signal", ..NewGuest::default() }).await;
    let woken = tokio::time::timeout(SOON, waiting).await.expect("it wakes").expect("it does not panic");
    woken.expect("the line holds");
}

#[tokio::test]
async fn new_year_and_lost_triggers_open_a_new_epoch() {
    let rig = Rig::start(Flavour::Postgres).await;
    let (hotel, year) = (&rig.hotel, rig.hotel.year());
    rig.connector.prepare(false).await.expect("it can be installed");
    let mut feed = Feed::start(&rig, "bookings").await;
    hotel.open_next_year(year).await;
    let steps = rig.connector.prepare(false).await.expect("the new tables get theirs");
    assert_eq!(steps.len(), 5, "{steps:?}");
    let expired = feed.try_next().await;
    assert!(matches!(expired, Err(ConnectorError::CursorExpired { .. })), "{expired:?}");
    let mut feed = Feed::start(&rig, "bookings").await;
    let next =
        NewBooking { arrives: date(year + 1, 2, 1), departs: date(year + 1, 2, 3), ..booking(hotel, "Next") };
    hotel.book_in(year + 1, &next).await;
    assert_eq!(feed.next().await.len(), 1, "the new year is watched");

    hotel.sql(&format!("drop trigger cardex_noted on prenota{year}")).await;
    let expired = feed.try_next().await;
    assert!(
        matches!(expired, Err(ConnectorError::CursorExpired { .. })),
        "a lost trigger is noticed: {expired:?}"
    );
    assert_eq!(rig.connector.prepare(false).await.expect("it is put back").len(), 1);
}

#[tokio::test]
async fn account_without_the_right_to_install_still_finds_changes() {
    let hotel = HotelDruid::start(Flavour::Postgres).await;
    let name = hotel.database_server().4.to_owned();
    hotel
        .sql(&format!(
            "create role reader_{name} login password 'read only'; grant select on all tables in schema public to reader_{name}"
        ))
        .await;
    let mut rig = Rig::with(hotel, "");
    rig.sign_in_as(&format!("reader_{name}"), "read only");
    let steps = rig.connector.prepare(false).await.expect("it goes on without");
    assert!(steps.iter().all(|step| !step.taken) && !steps.is_empty(), "{steps:?}");
    let mut feed = Feed::start(&rig, "guests").await;
    rig.hotel.new_guest(&NewGuest { surname: "Found", ..NewGuest::default() }).await;
    assert_eq!(feed.next().await.len(), 1);
    let findings = rig.connector.check().await;
    let warned = findings.iter().filter(|finding| finding.severity == cardex::connectors::Severity::Warning);
    assert_eq!(warned.count(), 2, "no triggers, no writing: {findings:?}");
}

/// The rights in `docs/connectors/hoteldruid.md`, word for word but for the names.
#[tokio::test]
async fn documented_rights_are_enough_for_everything() {
    let hotel = HotelDruid::start(Flavour::Postgres).await;
    let year = hotel.year();
    let database = hotel.database_server().4.to_owned();
    let role = format!("cardex_{database}");
    let rights = include_str!("../../../docs/connectors/hoteldruid.md");
    let rights = rights
        .split("```sql")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("the document lists them");
    let rights = rights.replace("role cardex login password '...'", "role cardex login password 'least'");
    let rights = rights
        .replace("role cardex ", &format!("role {role} "))
        .replace("to cardex;", &format!("to {role};"));
    let rights = rights.replace("from cardex;", &format!("from {role};"));
    hotel.sql(&rights.replace("on database hoteldruid", &format!("on database {database}"))).await;
    let mut rig = Rig::with(hotel, "");
    rig.sign_in_as(&role, "least");
    let steps = rig.connector.prepare(false).await.expect("it can be installed");
    assert!(!steps.is_empty() && steps.iter().all(|step| step.taken), "{steps:?}");
    let findings = rig.connector.check().await;
    assert!(
        findings.iter().all(|finding| finding.severity == cardex::connectors::Severity::Good),
        "{findings:?}"
    );
    let mut feed = Feed::start(&rig, "guests").await;
    rig.hotel.new_guest(&NewGuest { surname: "Noted", ..NewGuest::default() }).await;
    assert_eq!(feed.next().await.len(), 1, "the desk's account may run the trigger");
    rig.hotel.open_next_year(year).await;
    let steps = rig.connector.prepare(false).await.expect("the new tables get theirs");
    assert!(steps.len() == 5 && steps.iter().all(|step| step.taken), "{steps:?}");
}
