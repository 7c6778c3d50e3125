//! A watched folder: each file is read once, whole, and put away with a report.

use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;

use super::rig::{MAPPING, Rig};
use cardex::model::RecordKind::{Person, Reservation};

fn at_once() -> String {
    format!("stable_s = 0\n{MAPPING}")
}

const GUESTS: &str = "id,name,given,at\nG1,García,Ana,2026-01-01T10:00:00Z\nG2,,Luis,\nG3,Ruiz,Eva,\n";

#[tokio::test]
async fn file_is_read_once_put_away_and_reported() {
    let rig = Rig::watching(&at_once()).await;
    rig.export("guests.csv", GUESTS);
    rig.export("stays.csv", "id,st,from,to,guest\nR1,OK,2026-02-01,2026-02-03,G1\n");
    rig.export("notes.txt", "nothing reads this");
    rig.cycle().await.expect("a cycle");
    assert_eq!(rig.text(Person, "G1", "surname").await.as_deref(), Some("García"));
    assert_eq!(rig.text(Person, "G3", "surname").await.as_deref(), Some("Ruiz"));
    assert_eq!(rig.text(Person, "G2", "given_names").await, None);
    assert_eq!(rig.text(Reservation, "R1", "status").await.as_deref(), Some("confirmed"));
    let left: Vec<String> = rig.names("").into_iter().filter(|name| !name.starts_with('.')).collect();
    assert_eq!(left, ["done", "notes.txt"]);

    let reports = rig.reports("done");
    let guests = reports.iter().find(|report| report["file"] == "guests.csv").expect("a report");
    assert_eq!((&guests["outcome"], &guests["rows"]), (&json!("done"), &json!(3)));
    assert_eq!((&guests["changed"], &guests["rejected"]), (&json!(2), &json!(1)));
    assert_eq!(guests["reasons"], json!({"name: is empty, and a row needs a value there": 1}));
    assert!(!guests.to_string().contains("García"), "a report tells who somebody is");
    let done = rig.names("done");
    let bad = done.iter().find(|name| name.ends_with("guests.csv.rejects.jsonl")).expect("the bad rows");
    let bad = rig.inbox().join("done").join(bad);
    let rights = std::fs::metadata(&bad).expect("its rights").permissions().mode();
    assert_eq!(rights & 0o777, 0o600);
    assert!(std::fs::read_to_string(&bad).expect("text").contains("G2,,Luis"));

    rig.export("guests again.csv", "id,name,given,at\nG4,Solo,Han,\n");
    rig.export("guests.csv", GUESTS);
    rig.cycle().await.expect("a cycle");
    let reports = rig.reports("done");
    let again = reports.iter().find(|report| report["outcome"] == "duplicate").expect("a duplicate");
    assert_eq!((&again["file"], &again["rows"]), (&json!("guests.csv"), &json!(0)));
    assert!(again["was_read_as"].as_str().expect("a name").ends_with("guests.csv"));
    assert_eq!(rig.text(Person, "G4", "surname").await.as_deref(), Some("Solo"));
}

#[tokio::test]
async fn later_file_changes_what_it_shows_and_an_older_one_nothing() {
    let rig = Rig::watching(&at_once()).await;
    rig.export("guests1.csv", GUESTS);
    rig.cycle().await.expect("a cycle");
    rig.export("guests2.csv", "id,name,given,at\nG1,Garcés,Ana,2026-03-01T10:00:00Z\n");
    rig.cycle().await.expect("a cycle");
    assert_eq!(rig.text(Person, "G1", "surname").await.as_deref(), Some("Garcés"));
    rig.export("guests3.csv", "id,name,given,at\nG1,Garza,Ana,2026-02-01T10:00:00Z\n");
    rig.cycle().await.expect("a cycle");
    assert_eq!(rig.text(Person, "G1", "surname").await.as_deref(), Some("Garcés"));
    let reports = rig.reports("done");
    let old = reports.iter().find(|report| report["file"] == "guests3.csv").expect("a report");
    assert_eq!((&old["changed"], &old["flagged"]), (&json!(0), &json!(1)), "{old}");
}

#[tokio::test]
async fn repeated_rows_of_a_file_are_reported_and_the_newest_counts() {
    let rig = Rig::watching(&at_once()).await;
    let rows = "id,name,given,at\nG1,New,Ana,2026-02-01T10:00:00Z\nG1,Old,Ana,2026-01-01T10:00:00Z\n\
                G2,Same,Luis,\nG2,Same,Luis,\nG3,First,Eva,\nG3,Second,Eva,\n";
    rig.export("guests.csv", rows);
    rig.cycle().await.expect("a cycle");
    for (id, surname) in [("G1", "New"), ("G2", "Same"), ("G3", "Second")] {
        assert_eq!(rig.text(Person, id, "surname").await.as_deref(), Some(surname), "{id}");
    }
    assert_eq!(rig.reports("done")[0]["flagged"], 3);
}

#[tokio::test]
async fn file_that_is_still_being_written_waits() {
    let rig = Rig::watching(&format!("stable_s = 3600\n{MAPPING}")).await;
    rig.export("guests.csv", GUESTS);
    rig.cycle().await.expect("a cycle");
    rig.cycle().await.expect("a cycle");
    assert!(rig.inbox().join("guests.csv").exists());
    // What nobody has touched for an hour is whole.
    let file = std::fs::File::options().write(true).open(rig.inbox().join("guests.csv")).expect("a file");
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_hours(2)).expect("a time");
    rig.cycle().await.expect("a cycle");
    assert_eq!(rig.reports("done").len(), 1);
}

#[tokio::test]
async fn what_was_read_long_ago_is_deleted() {
    for (more, wanted) in
        [("", vec!["notes.csv"]), ("keep_days = 0\n", vec!["20200101T000000Z-old.csv", "notes.csv"])]
    {
        let rig = Rig::watching(&format!("{more}{}", at_once())).await;
        for below in ["done", "failed"] {
            std::fs::create_dir(rig.inbox().join(below)).expect("a folder");
            rig.export(&format!("{below}/20200101T000000Z-old.csv"), GUESTS);
            rig.export(&format!("{below}/notes.csv"), GUESTS);
        }
        rig.export("guests.csv", GUESTS);
        rig.cycle().await.expect("a cycle");
        assert_eq!(rig.names("failed"), wanted);
        let done = rig.names("done");
        let new = done.iter().filter(|name| name.contains("-guests.csv")).count();
        assert_eq!((new, done.len()), (3, wanted.len() + 3), "{done:?}");
    }
}

#[tokio::test]
async fn file_with_a_marker_waits_for_it() {
    let rig = Rig::watching(&format!("stable_s = 0\nmarker = \".ok\"\n{MAPPING}")).await;
    rig.export("guests.csv", GUESTS);
    rig.cycle().await.expect("a cycle");
    assert!(rig.reports("done").is_empty());
    rig.export("guests.csv.ok", "");
    rig.cycle().await.expect("a cycle");
    assert_eq!(rig.reports("done").len(), 1);
    assert!(!rig.inbox().join("guests.csv.ok").exists());
}

#[tokio::test]
async fn move_that_was_cut_off_is_made_up_for() {
    let rig = Rig::watching(&at_once()).await;
    rig.export("guests.csv", GUESTS);
    // Nothing can be put away where a file has the folder's name.
    rig.export("done", "in the way");
    rig.cycle().await.expect_err("the file cannot be put away");
    std::fs::remove_file(rig.inbox().join("done")).expect("a file");
    rig.cycle().await.expect("a cycle");
    assert_eq!(rig.reports("done").len(), 1);
    assert_eq!(rig.reports("done")[0]["outcome"], "done");
    assert_eq!(rig.text(Person, "G1", "surname").await.as_deref(), Some("García"));
}

#[tokio::test]
async fn file_that_failed_is_read_again_when_it_comes_again() {
    let rig = Rig::watching(&at_once()).await;
    for times in 1..=2 {
        rig.export("guests.csv", "nothing,useful\n1,2\n");
        rig.cycle().await.expect("a cycle");
        let failed = rig.names("failed").into_iter().filter(|name| name.ends_with("guests.csv")).count();
        assert!(failed >= 1, "{times}");
        assert!(rig.reports("failed")[0]["error"].as_str().expect("a reason").contains("no column `id`"));
    }
    assert!(rig.reports("done").is_empty());
}

#[tokio::test]
async fn reservation_of_nobody_does_not_wait_for_ever() {
    let rig = Rig::watching(&at_once()).await;
    rig.export("stays.csv", "id,st,from,to,guest\nR1,OK,2026-02-01,2026-02-03,G9\n");
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while rig.text(Reservation, "R1", "status").await.is_none() {
        assert!(std::time::Instant::now() < deadline, "it still waits");
        let systems = [rig.system()];
        cardex::daemon::once::cycle(&rig.hub, &systems).await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(rig.text(Reservation, "R1", "holder").await, None);
}

#[tokio::test]
async fn what_an_object_does_not_speak_of_is_left_as_it_is() {
    let rig = Rig::watching(&at_once()).await;
    for (object, surname, given) in [
        (r#"{"id":"G1","name":"García","given":"Ana"}"#, "García", Some("Ana")),
        (r#"{"id":"G1","name":"Garcés"}"#, "Garcés", Some("Ana")),
        (r#"{"id":"G1","name":"Garcés","given":null}"#, "Garcés", None),
    ] {
        rig.export("guests.jsonl", object);
        rig.cycle().await.expect("a cycle");
        assert_eq!(rig.text(Person, "G1", "surname").await.as_deref(), Some(surname), "{object}");
        assert_eq!(rig.text(Person, "G1", "given_names").await.as_deref(), given, "{object}");
    }
}

const MESSAGE: &str = r#"<OTA_HotelResNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05"><HotelReservations>
<HotelReservation ResStatus="Commit"><RoomStays>
<RoomStay><RatePlans><RatePlan RatePlanCode="BAR"/></RatePlans><TimeSpan Start="2099-10-18" End="2099-10-20"/></RoomStay>
<RoomStay><RatePlans><RatePlan RatePlanCode="NRF"/></RatePlans><TimeSpan Start="2099-10-18" End="2099-10-20"/></RoomStay>
</RoomStays><ResGuests>
<ResGuest><Profiles><ProfileInfo><UniqueID Type="1" ID="P1"/><Profile><Customer><PersonName><GivenName>Ana</GivenName>
<Surname>Cruz</Surname></PersonName></Customer></Profile></ProfileInfo></Profiles></ResGuest>
<ResGuest><Profiles><ProfileInfo><UniqueID Type="1" ID="P2"/><Profile><Customer><PersonName><GivenName>Eva</GivenName>
<Surname>Solo</Surname></PersonName></Customer></Profile></ProfileInfo></Profiles></ResGuest>
</ResGuests><ResGlobalInfo><HotelReservationIDs><HotelReservationID ResID_Value="77"/></HotelReservationIDs></ResGlobalInfo>
</HotelReservation></HotelReservations></OTA_HotelResNotifRQ>"#;

#[tokio::test]
async fn message_with_several_guests_and_stays_is_read_whole() {
    let rig = Rig::watching("stable_s = 0\nlayout = \"ota\"\n").await;
    rig.export("message.xml", MESSAGE);
    rig.cycle().await.expect("a cycle");
    for (id, surname) in [("P1", "Cruz"), ("P2", "Solo")] {
        assert_eq!(rig.text(Person, id, "surname").await.as_deref(), Some(surname), "{id}");
    }
    assert_eq!(rig.text(Reservation, "77", "status").await.as_deref(), Some("confirmed"));
    assert_eq!(rig.count(Reservation, "77", "rooms").await, 2);
    assert_eq!(rig.count(Reservation, "77", "accompanying").await, 1);
    let report = &rig.reports("done")[0];
    assert_eq!((&report["rejected"], &report["changed"]), (&json!(0), &json!(3)), "{report}");
}
