//! Records of several rows: a row per night, a row per room.

use std::fmt::Write as _;

use super::super::{FileSource, FilesSettings, Reader};
use super::{context, rest};
use crate::files::folder;
use crate::model::normalise::money;
use crate::model::value::Value;
use crate::model::{Document, FieldKey, Observation, Seen};

const NIGHTS: &str = r#"
[[files]]
files = "nights*"
kind = "reservation"
id = "loc"
several_rows = true
most_rows = 20
when = { column = "st", one_of = ["EXTRA"], not = true }
[files.fields]
status = { column = "st", values = { OK = "confirmed", X = "cancelled" }, unknown = "reject" }
holder = "guest"
arrives_on = { column = "night", of_rows = "min" }
departs_on = { column = "night", of_rows = "max", plus_days = 1 }
nights = { column = "night", of_rows = "count" }
total = { column = "price", currency_column = "cur", of_rows = "sum" }
rooms = { by = "room", parts = { index = { ordinal = true }, number = "room", board = { column = "board", unknown = "keep", values = { BB = "breakfast" } } } }
"#;

const ROOMS: &str = r#"
[[files]]
files = "rooms*"
kind = "reservation"
id = "loc"
several_rows = true
[files.fields]
status = { constant = "confirmed" }
arrives_on = "from"
departs_on = "to"
total = { column = "price", currency = "EUR", of_rows = "sum" }
rooms.parts = { index = { ordinal = true }, category = "type", adults = { column = "adults", first_only = true } }
"#;

fn source(settings: &str, name: &str, text: &str) -> (tempfile::TempDir, FileSource) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(name), text).expect("a file");
    let reader = Reader::new(&FilesSettings::parse(settings).expect("settings"), &context());
    let source = FileSource::open(folder.path(), reader.expect("a mapping")).expect("a source");
    (folder, source)
}

fn shown(value: &Value) -> String {
    if let Value::Date(date) = value {
        return date.to_string();
    }
    if let Value::Integer(number) = value {
        return number.to_string();
    }
    if let Value::Money(amount) = value {
        return format!("{} {}", money::to_text(amount), amount.currency);
    }
    if let Value::Entry(parts) = value {
        return parts.values().map(shown).collect::<Vec<_>>().join("/");
    }
    value.as_text().unwrap_or("?").to_owned()
}

fn field(document: &Document, key: &str) -> String {
    match document.get(&FieldKey::new(key)) {
        Some(Seen::One(held)) => shown(&held.0),
        Some(Seen::Set(set)) => set.values().map(|held| shown(&held.0)).collect::<Vec<_>>().join(" "),
        Some(Seen::Empty | Seen::Masked) | None => "-".to_owned(),
    }
}

fn record(seen: &Observation) -> String {
    let of = |key| field(&seen.document, key);
    format!(
        "{} {}..{} {} {} [{}]",
        seen.subject.external_id,
        of("arrives_on"),
        of("departs_on"),
        of("nights"),
        of("total"),
        of("rooms")
    )
}

/// What a file becomes: its records, the lines that are refused with the first words of why, and the remarks.
async fn told(settings: &str, name: &str, text: &str) -> Vec<String> {
    let (_folder, mut source) = source(settings, name, text);
    let mut told = Vec::new();
    for page in rest(&mut source, None).await {
        told.extend(page.observations.iter().map(record));
        let bad =
            page.rejects.iter().map(|bad| ("no", bad)).chain(page.remarks.iter().map(|bad| ("but", bad)));
        told.extend(bad.map(|(what, bad)| {
            let why: Vec<&str> = bad.reason.split(' ').take(5).collect();
            let because_of = bad.because_of.map(|line| format!(" ({line})")).unwrap_or_default();
            format!("{what} {}: {}: {}{because_of}", bad.line, bad.field, why.join(" "))
        }));
    }
    told
}

const HEADER: &str = "loc,st,guest,night,price,cur,room,board\n";

#[track_caller]
fn check(told: &[String], wanted: &[&str]) {
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn rows_of_nights_make_a_stay() {
    let text = format!(
        "{HEADER}R1,OK,G1,2026-05-02,100.10,EUR,12,BB\nR1,OK,,2026-05-01,99.90,EUR,12,\nR1,EXTRA,,,5,EUR,,\n\
         R1,OK,G1,2026-05-02,50,EUR,14,BB\nR2,OK,G2,2026-05-01,80,USD,,\n\
         R3,OK,G3,2026-05-01,80,USD,7,BB\nR3,OK,G4,2026-05-02,80,USD,7,HB\n"
    );
    check(
        &told(NIGHTS, "nights.csv", &text).await,
        &[
            "R1 2026-05-01..2026-05-03 2 250.00 EUR [breakfast/1/12 breakfast/2/14]",
            "R2 2026-05-01..2026-05-02 1 80.00 USD []",
            "R3 2026-05-01..2026-05-03 2 160.00 USD [breakfast/1/7]",
            "but 8: guest: is not the same in",
            "but 8: board: is not the same in",
        ],
    );
}

#[tokio::test]
async fn rows_of_rooms_make_a_booking() {
    let text = "loc,from,to,price,type,adults\nR1,2026-05-01,2026-05-03,100,DBL,2\nR1,2026-05-01,2026-05-03,100,DBL,2\n\
                R1,2026-05-01,2026-05-03,60,SGL,1\nR2,2026-05-01,2026-05-02,60,SGL,1\n";
    check(
        &told(ROOMS, "rooms.csv", text).await,
        &[
            "R1 2026-05-01..2026-05-03 - 260.00 EUR [2/DBL/1 DBL/2 SGL/3]",
            "R2 2026-05-01..2026-05-02 - 60.00 EUR [1/SGL/1]",
        ],
    );
}

/// Rows behind a good one, and what is told of them.
fn cases() -> Vec<(Vec<String>, Vec<String>)> {
    let night = |id: &str, night: u32, price: &str| format!("{id},OK,,2026-05-{night:02},{price},EUR,1,");
    let many: Vec<String> = (1..=21).map(|number| night("R1", number, "1")).collect();
    let too_many: Vec<String> = (3..=23)
        .map(|line| {
            format!("no {line}: loc: this record has more rows{}", if line == 23 { "" } else { " (23)" })
        })
        .collect();
    vec![
        (
            vec![night("R1", 1, "10"), night("R1", 2, "ten"), night("R1", 3, "10")],
            vec![
                "no 3: loc: another row of this record (4)".into(),
                "no 4: price: is no number".into(),
                "no 5: loc: another row of this record (4)".into(),
            ],
        ),
        (
            vec![night("R1", 1, "10"), night("R1", 2, "")],
            vec![
                "no 3: loc: another row of this record (4)".into(),
                "no 4: price: is empty, and what is".into(),
            ],
        ),
        (
            vec![night("R1", 1, "10"), night("R1", 2, "10").replace("EUR", "USD")],
            vec![
                "no 3: loc: another row of this record (4)".into(),
                "no 4: price: is an amount in another".into(),
            ],
        ),
        (
            vec![night("R1", 1, "10"), night("R2", 2, "10"), night("R1", 2, "10")],
            vec![
                "R2 2026-05-02..2026-05-03 1 10.00 EUR [1/1]".into(),
                "no 3: loc: the rows of this record (5)".into(),
                "no 5: loc: the rows of this record".into(),
            ],
        ),
        (many, too_many),
        (
            // Columns are missing: it may be a night of either.
            vec![night("R1", 1, "10"), "R1,OK".into(), night("R2", 2, "10"), night("R3", 2, "10")],
            vec![
                "R3 2026-05-02..2026-05-03 1 10.00 EUR [1/1]".into(),
                "no 4: : the row has 2 columns".into(),
                "no 3: loc: a row beside those of (4)".into(),
                "no 5: loc: a row beside those of (4)".into(),
            ],
        ),
        (
            vec![night("R1", 1, "10"), night("", 2, "10"), night("R1", 3, "10")],
            vec![
                "no 3: loc: a row beside those of (4)".into(),
                "no 4: loc: is empty: the record has".into(),
                "no 5: loc: a row beside those of (4)".into(),
            ],
        ),
        (
            vec![night("R1", 1, "10"), night("R1", 2, "10").replace("OK", "??")],
            vec![
                "no 3: loc: another row of this record (4)".into(),
                "no 4: st: holds a word that the".into(),
            ],
        ),
    ]
}

#[tokio::test]
async fn record_is_taken_whole_or_not_at_all() {
    const GOOD: &str = "R0,OK,,2026-05-01,10,EUR,1,";
    const TAKEN: &str = "R0 2026-05-01..2026-05-02 1 10.00 EUR [1/1]";
    for (rows, wanted) in cases() {
        let text = format!("{HEADER}{GOOD}\n{}\n", rows.join("\n"));
        let wanted: Vec<String> = std::iter::once(TAKEN.to_owned()).chain(wanted).collect();
        assert_eq!(told(NIGHTS, "nights.csv", &text).await, wanted, "{rows:?}");
    }
}

/// Numbers that look like chance.
fn chance(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Rows of some thousand records, some apart, some too many; and how many of them are good, with their ids.
fn nights(seed: u64) -> (String, Vec<(String, usize)>) {
    let (mut state, mut text, mut good) = (seed, HEADER.to_owned(), Vec::new());
    for number in 0..700 {
        let rows = if chance(&mut state).is_multiple_of(30) { 21 } else { 1 + chance(&mut state) % 8 };
        let is_apart = chance(&mut state).is_multiple_of(20);
        for row in 0..rows {
            if chance(&mut state).is_multiple_of(9) {
                text.push_str("X,EXTRA,,,,,,\n");
            }
            let _ = writeln!(text, "R{number},OK,,2026-05-{:02},10,EUR,1,", row + 1);
        }
        if is_apart {
            let _ = writeln!(text, "S{number},OK,,2026-05-01,10,EUR,1,\nR{number},OK,,2026-05-30,10,EUR,1,");
            good.push((format!("S{number}"), 1));
        } else if rows < 21 {
            good.push((format!("R{number}"), usize::try_from(rows).expect("a few")));
        }
    }
    (text, good)
}

#[tokio::test]
async fn no_page_ends_within_a_record_and_reading_goes_on_at_any() {
    for (seed, name) in [(1, "nights.csv"), (2, "nights.jsonl"), (3, "nights.csv")] {
        let (text, all) = nights(seed);
        let text = if name.ends_with("csv") { text } else { json_lines(&text) };
        let ours =
            text.lines().filter(|line| !line.contains("EXTRA")).count() - usize::from(name.ends_with("csv"));
        let (folder, mut source) = source(NIGHTS, name, &text);
        let first = rest(&mut source, None).await;
        assert!(first.len() > 4);
        let told: Vec<Observation> = first.iter().flat_map(|page| page.observations.clone()).collect();
        let rejected: usize = first.iter().map(|page| page.rejects.len()).sum();
        assert_eq!(first.iter().map(|page| page.rows).sum::<u64>(), ours as u64, "a row is lost");
        let nights: i64 = told.iter().map(nights_of).sum();
        assert_eq!(usize::try_from(nights).expect("nights") + rejected, ours, "{name}: a row is lost");
        assert_eq!(told.len(), all.len(), "{name}");
        for seen in &told {
            let (_, rows) =
                all.iter().find(|(id, _)| *id == seen.subject.external_id.as_str()).expect("a good one");
            assert_eq!(nights_of(seen), i64::try_from(*rows).expect("a few"), "{}", seen.subject.external_id);
        }
        for (number, page) in first.iter().enumerate() {
            let Some(after) = &page.next else { continue };
            let reader = Reader::new(&FilesSettings::parse(NIGHTS).expect("settings"), &context());
            let mut again = FileSource::open(folder.path(), reader.expect("a mapping")).expect("a source");
            let later = rest(&mut again, Some(after.clone())).await;
            let rest = &first[number + 1..];
            for (later, first) in later.iter().zip(rest) {
                assert_eq!(later.observations, first.observations, "{name} after page {number}");
                assert_eq!(later.rejects, first.rejects, "{name} after page {number}");
            }
            assert_eq!(later.len(), rest.len());
        }
    }
}

fn nights_of(seen: &Observation) -> i64 {
    field(&seen.document, "nights").parse().expect("a number")
}

fn json_lines(text: &str) -> String {
    let names: Vec<&str> = HEADER.trim_end().split(',').collect();
    let object = |line: &str| {
        let cells: Vec<String> =
            names.iter().zip(line.split(',')).map(|(name, cell)| format!("\"{name}\":\"{cell}\"")).collect();
        format!("{{{}}}\n", cells.join(","))
    };
    text.lines().skip(1).map(object).collect()
}

#[test]
fn mistakes_are_named() {
    let with = |from: &str, to: &str| NIGHTS.replace(from, to);
    for (settings, said) in [
        (with("several_rows = true\n", ""), "it is for `several_rows`"),
        (with("several_rows = true\nmost_rows = 20\n", ""), "`of_rows` and `by` are for"),
        (with("most_rows = 20", "most_rows = 0"), "20,000 at most"),
        (
            with("holder = \"guest\"", "holder = { column = \"guest\", of_rows = \"sum\" }"),
            "no such `of_rows`",
        ),
        (
            with("holder = \"guest\"", "holder = { column = \"guest\", by = \"room\" }"),
            "`by` tells the entries",
        ),
        (
            with("holder = \"guest\"", "holder = { column = \"guest\", plus_days = 1 }"),
            "`plus_days` is for dates",
        ),
        (with("by = \"room\"", "of_rows = \"sum\""), "it has several values"),
        (with("number = \"room\"", "number = { column = \"room\", by = \"room\" }"), "not for their parts"),
        (with("by = \"room\"", "by = \"room\", each = \"|\""), "cannot be used together"),
        (with("id = \"loc\"", "id = { column = \"loc\", of_rows = \"min\" }"), "not for their parts"),
    ] {
        let settings = FilesSettings::parse(&settings).expect("settings");
        let error = folder::mappings(&settings, &context()).err().expect("a mistake").to_string();
        assert!(error.contains(said), "`{error}` says nothing of `{said}`");
    }
}

#[test]
fn several_rows_have_room_for_any_number_of_entries() {
    let reader =
        Reader::new(&FilesSettings::parse(NIGHTS).expect("settings"), &context()).expect("a mapping");
    let kinds = reader.kinds();
    let rooms = &kinds[&crate::model::RecordKind::Reservation].fields[&FieldKey::new("rooms")];
    assert_eq!(rooms.form.slots, None);
}
