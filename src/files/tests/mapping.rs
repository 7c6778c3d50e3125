use super::super::{FileSource, FilesSettings, Reader, layouts};
use super::{context, folder, rest, take};
use crate::files::mapping::settings::Layout;
use crate::model::value::Value;
use crate::model::{FieldKey, Seen};

/// A mapping of a person with one more rule, and what a row becomes: the field as text, or the reject.
#[track_caller]
fn check(rule: &str, header: &str, row: &str, wanted: &str) {
    let settings = format!(
        "[[files]]\nfiles = \"*.csv\"\nkind = \"person\"\nid = \"id\"\n[files.fields]\nsurname = \"name\"\n{rule}\n"
    );
    let bytes = format!("id,name,{header}\n1,Navarro,{row}\n");
    let mapped = take(&settings, "f.csv", bytes.as_bytes()).expect("a readable file");
    let key = FieldKey::new(rule.split([' ', '.']).next().unwrap_or_default());
    let found = match (mapped.observations.first(), mapped.rejects.first()) {
        (Some(seen), _) => match seen.document.get(&key) {
            Some(Seen::One(held)) => shown(&held.0),
            Some(Seen::Set(set)) => {
                set.keys().map(crate::model::Element::as_str).collect::<Vec<_>>().join(" ")
            }
            Some(Seen::Empty) => "-".to_owned(),
            Some(Seen::Masked) | None => "absent".to_owned(),
        },
        (None, Some(reject)) => format!("{}: {}", reject.field, reject.reason),
        (None, None) => "nothing".to_owned(),
    };
    assert!(found.starts_with(wanted), "{rule} of `{row}`: `{found}` instead of `{wanted}`");
}

fn shown(value: &Value) -> String {
    if let Value::Date(date) = value {
        return date.to_string();
    }
    if let Value::Instant(at) = value {
        return at.to_rfc3339();
    }
    if let Value::Bool(flag) = value {
        return flag.to_string();
    }
    value.as_text().unwrap_or("?").to_owned()
}

#[test]
fn rules_find_cut_and_translate() {
    for (rule, header, row, wanted) in [
        ("birth_date = { column = \"d\", format = \"dmy\" }", "d", "31/12/1990", "1990-12-31"),
        ("birth_date = { column = \"d\", format = \"mdy\" }", "d", "12/31/1990", "1990-12-31"),
        ("birth_date = { column = \"d\", format = \"mdy\" }", "d", "31/12/1990", "d: is no date"),
        ("birth_date = { column = \"d\", format = \"dmy\" }", "d", "01-01-1900", "-"),
        ("birth_date = { column = \"d\", bad = \"leave_out\" }", "d", "soon", "-"),
        ("given_names = { columns = [\"a\", \"b\"] }", "a,b", "Ana,María", "Ana María"),
        ("given_names = { columns = [\"a\", \"b\"], join = \"-\" }", "a,b", "Ana,", "Ana"),
        ("given_names = { column = \"a\", split = { at = \", \", take = 2 } }", "a", "\"Cruz, Ana\"", "Ana"),
        (
            "given_names = { column = \"a\", split = { at = \" \", take = 2, rest = true } }",
            "a",
            "Cruz Ana María",
            "Ana María",
        ),
        ("given_names = { column = \"a\" }", "a", "N/A", "-"),
        ("given_names = { column = \"a\", placeholders = false }", "a", "N/A", "N/A"),
        ("title = { constant = \"Dr\" }", "a", "", "Dr"),
        ("title = { column = \"a\", values = { 1 = \"Mr\" }, unknown = \"keep\" }", "a", "2", "2"),
        ("title = { column = \"a\", values = { 1 = \"Mr\" }, unknown = \"ignore\" }", "a", "2", "-"),
        (
            "title = { column = \"a\", values = { 1 = \"Mr\" }, unknown = \"reject\" }",
            "a",
            "2",
            "a: holds a word",
        ),
        ("title = { column = \"a\", prefix = \"T-\" }", "a", "x", "T-x"),
        ("title = { column = \"a\", pattern = \"AA9\" }", "a", "AB1", "AB1"),
        ("title = { column = \"a\", pattern = \"AA9\" }", "a", "Ab1", "a: is not written"),
        ("title = { column = \"a\", empty = \"none given\" }", "a", "", "none given"),
        ("title = [\"a\", \"b\"]", "a,b", ",second", "second"),
        ("title = { column = \"a\", when = { column = \"b\", one_of = [\"y\"] } }", "a,b", "x,Y", "x"),
        (
            "title = { column = \"a\", when = { column = \"b\", one_of = [\"y\"], not = true } }",
            "a,b",
            "x,y",
            "-",
        ),
        (
            "emails = [\"a\", \"b\"]",
            "a,b",
            "one@mail.example,two@mail.example",
            "one@mail.example two@mail.example",
        ),
        ("emails = [\"a\"]", "a", "xx@xx.com", ""),
        ("tags = { column = \"a\", each = \"|\" }", "a", "x| y |", "x y"),
        ("phones = \"a\"", "a", "612 002 992", "+34612002992"),
        ("phones = \"a\"", "a", "111111111", ""),
        ("profile_created_at = \"a\"", "a", "2026-07-01 12:00:00", "2026-07-01T10:00:00"),
        (
            "profile_created_at = { column = \"a\", format = \"dmy\" }",
            "a",
            "01/07/2026 12:00",
            "2026-07-01T10:00:00",
        ),
        ("do_not_contact = \"a\"", "a", "sí", "true"),
        ("addresses.parts = { city = \"a\", country = \"b\" }", "a,b", "Nîmes,France", "nimes fr"),
        ("addresses.parts = { city = \"a\", country = \"b\" }", "a,b", "Nîmes,Gaul", "b: is no country"),
    ] {
        check(rule, header, row, wanted);
    }
}

#[test]
fn amounts_with_a_comma_are_read_only_when_it_is_said() {
    let rule = |more: &str| {
        format!(
            "[[files]]\nfiles = \"*\"\nkind = \"reservation\"\nid = \"id\"\n[files.fields]\nstatus = {{ constant = \"confirmed\" }}\n\
                 arrives_on = \"d\"\ndeparts_on = \"d\"\ntotal = {{ column = \"t\", currency = \"EUR\"{more} }}\n"
        )
    };
    for (more, amount, wanted) in [
        (", decimal_comma = true", "1.234,50", Some(123_450)),
        (", decimal_comma = true", "12,5", Some(1250)),
        (", decimal_comma = true", "-7", Some(-700)),
        (", decimal_comma = true", "1.2", None),
        (", decimal_comma = true", "1,2,3", None),
        ("", "1.2", Some(120)),
        ("", "1,2", None),
    ] {
        let bytes = format!("id;d;t\n1;2026-01-02;{amount}\n");
        let mapped = take(&rule(more), "f.csv", bytes.as_bytes()).expect("a readable file");
        let total = mapped.observations.first().and_then(|seen| seen.document.value(&FieldKey::of("total")));
        let found = match total {
            Some(Value::Money(money)) => Some(money.amount_minor),
            Some(_) | None => None,
        };
        assert_eq!(found, wanted, "{amount}: {:?}", mapped.rejects);
    }
}

#[test]
fn mistakes_in_a_mapping_are_named() {
    let with = |rules: &str| {
        format!("[[files]]\nfiles = \"*\"\nkind = \"person\"\nid = \"id\"\n[files.fields]\n{rules}\n")
    };
    for (settings, said) in [
        (with("surname = \"n\"\nshoe_size = \"s\""), "no such field"),
        (with("given_names = \"n\""), "it is required"),
        (
            with("surname = \"n\"\nsex = { column = \"s\", values = { M = \"male\" } }"),
            "`values` needs `unknown`",
        ),
        (with("surname = \"n\"\naddresses = \"a\""), "it needs `parts`"),
        (with("surname = \"n\"\naddresses.parts = { town = \"a\" }"), "no part `town`"),
        (with("surname = { column = \"n\", parts = { x = \"y\" } }"), "it has no parts"),
        (with("surname = { column = \"n\", split = { at = \"\", take = 1 } }"), "a text is cut"),
        (with("surname = \"n\"").replace("\"person\"", "\"guest\""), "no kind `guest`"),
        (with("surname = \"n\"").replace("id = ", "encoding = \"morse\"\nid = "), "no such encoding"),
    ] {
        let settings = FilesSettings::parse(&settings).expect("settings");
        let error = folder::mappings(&settings, &context()).err().expect("a mistake").to_string();
        assert!(error.contains(said), "`{error}` says nothing of `{said}`");
    }
    assert!(FilesSettings::parse(&with("surname = { colunm = \"n\" }")).is_err(), "a word that is none");
}

#[test]
fn built_in_layouts_fit_the_model() {
    for layout in [Layout::Cardexgen, Layout::Ota] {
        assert!(!layouts::of(layout).is_empty());
    }
    for layout in ["cardexgen", "ota"] {
        let settings = FilesSettings::parse(&format!("layout = \"{layout}\"")).expect("settings");
        assert!(folder::mappings(&settings, &context()).is_ok());
    }
}

const NOTIFICATION: &str = r#"<?xml version="1.0"?><OTA_HotelResNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05" ResStatus="STATUS">
<HotelReservations><HotelReservation><RoomStays><RoomStay><RatePlans><RatePlan RatePlanCode="R1"/></RatePlans>
<TimeSpan Start="2026-10-18" End="2026-10-20"/><BasicPropertyInfo HotelCode="H1"/></RoomStay></RoomStays>
<ResGuests><ResGuest><Profiles><ProfileInfo><Profile><Customer><PersonName><GivenName>Ana</GivenName><Surname>Cruz</Surname></PersonName>
<Telephone PhoneNumber="612002992"/><Email>ana@mail.example</Email></Customer></Profile></ProfileInfo></Profiles></ResGuest></ResGuests>
<ResGlobalInfo><HotelReservationIDs><HotelReservationID ResID_Value="77"/></HotelReservationIDs>
<Total AmountAfterTax="280.00" CurrencyCode="USD"/></ResGlobalInfo></HotelReservation></HotelReservations></OTA_HotelResNotifRQ>"#;

#[tokio::test]
async fn reservation_message_gives_its_guest_and_its_stay() {
    for (status, wanted) in [("Commit", "confirmed"), ("Cancel", "cancelled")] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("m.xml"), NOTIFICATION.replace("STATUS", status)).expect("a file");
        let settings = FilesSettings::parse("layout = \"ota\"").expect("settings");
        let reader = Reader::new(&settings, &context()).expect("a mapping");
        let mut source = FileSource::open(folder.path(), reader).expect("a source");
        let mut seen = Vec::new();
        for page in rest(&mut source, None).await {
            assert_eq!(page.rejects, []);
            seen.extend(page.observations);
        }
        let subjects: Vec<&str> = seen.iter().map(|seen| seen.subject.external_id.as_str()).collect();
        assert_eq!(subjects, ["guest-of-77", "77"]);
        assert_eq!(seen[0].document.value(&FieldKey::of("surname")).and_then(Value::as_text), Some("Cruz"));
        assert_eq!(seen[1].document.value(&FieldKey::of("status")).and_then(Value::as_text), Some(wanted));
        assert!(
            matches!(seen[1].document.value(&FieldKey::of("total")), Some(Value::Money(money)) if money.amount_minor == 28000)
        );
    }
}
