//! `cardex import SYSTEM --from DIR`, the real program.

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::Command;

use super::rig::{MAPPING, Rig};
use cardex::model::RecordKind::{Person, Reservation};

/// Runs an import and gives its exit code, what it told, and what it said beside that.
pub(super) fn import(rig: &Rig, more: &[&str]) -> (i32, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardex"));
    command.arg("--config").arg(rig.root().join("cardex.toml")).args(["--output", "json", "import", "pms"]);
    command.arg("--from").arg(rig.inbox()).args(more).env("STATE_DIRECTORY", rig.root());
    let output = command.output().expect("the program runs");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    let told = out.lines().next().map_or(Value::Null, |line| serde_json::from_str(line).expect("JSON"));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code().expect("an exit code"), told, said)
}

/// More good guests than one page has, bad ones, and one that shows three times.
fn guests() -> String {
    let mut text = String::from("id,name,given,at\n");
    for number in 1..=1500 {
        let _ = writeln!(text, "G{number},Name{number},Ana,2026-01-01T10:00:00Z");
    }
    text + "G7,Name7,Ana,2026-01-01T10:00:00Z\n\
            G8,Newer,Ana,2026-02-01T10:00:00Z\n\
            G9,Older,Ana,2025-01-01T10:00:00Z\n\
            G1501,,Ana,2026-01-01T10:00:00Z\n"
}

const STAYS: &str = "id,st,from,to,guest\n\
                     R1,OK,2026-02-01,2026-02-03,G1\n\
                     R2,OK,2026-02-01,2026-02-03,NOBODY\n\
                     R3,OK,2026-02-01,2026-02-03,G1501\n\
                     R4,??,2026-02-01,2026-02-03,G1\n\
                     R5,X,2026-02-01,2026-02-03,G1500\n\
                     R6,\"OK,2026";

#[tokio::test]
async fn every_row_of_a_folder_is_accounted_for() {
    let rig = Rig::importing(MAPPING).await;
    rig.export("guests.csv", guests());
    rig.export("stays.csv", STAYS);
    rig.export("hotels.csv", "id\n");

    let (code, plan, _) = import(&rig, &["--dry-run"]);
    assert_eq!((code, &plan["outcome"], &plan["waiting"]), (65, &json!("planned"), &json!(0)), "{plan}");
    assert_eq!(rig.text(Person, "G1", "surname").await, None, "a plan stored something");

    let (code, told, said) = import(&rig, &[]);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("no mapping reads hotels.csv"), "{said}");
    assert_eq!((&told["rows"], &told["rejected"], &told["records"]), (&json!(1510), &json!(5), &json!(1505)));
    assert_eq!((&told["flagged"], &told["waiting"], &told["new"]), (&json!(3), &json!(0), &json!(1502)));
    let reasons = told["reasons"].as_object().expect("reasons");
    assert_eq!(reasons.len(), 4, "{reasons:?}");
    let orphans = reasons.iter().find(|(reason, _)| reason.starts_with("guest: refers to a record"));
    assert_eq!(orphans.map(|(_, rows)| rows.clone()), Some(json!(2)));
    for (id, surname) in [("G7", "Name7"), ("G8", "Newer"), ("G9", "Name9")] {
        assert_eq!(rig.text(Person, id, "surname").await.as_deref(), Some(surname), "{id}");
    }
    for (id, status) in [("R1", Some("confirmed")), ("R2", None), ("R3", None), ("R4", None)] {
        assert_eq!(rig.text(Reservation, id, "status").await.as_deref(), status, "{id}");
    }
    let bad = std::fs::read_to_string(rig.root().join("import-pms.rejects.jsonl")).expect("the bad rows");
    let bad: Vec<Value> = bad.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(bad.len(), 8);
    let orphan = bad.iter().find(|row| row["line"] == 3 && row["origin"] == "stays.csv").expect("R2");
    assert_eq!(orphan["row"], "R2,OK,2026-02-01,2026-02-03,NOBODY");

    // What one import took in, another one may refer to.
    std::fs::remove_file(rig.inbox().join("guests.csv")).expect("a file");
    rig.export("stays.csv", "id,st,from,to,guest\nR9,OK,2026-02-01,2026-02-03,G2\n");
    let (code, told, said) = import(&rig, &[]);
    assert_eq!((code, &told["new"]), (0, &json!(1)), "{said}");
}

#[tokio::test]
async fn folder_that_says_nothing_is_told_so() {
    let rig = Rig::importing(MAPPING).await;
    let (code, _, said) = import(&rig, &[]);
    assert_eq!(code, 66, "{said}");
    assert!(said.contains("holds no file"), "{said}");
    rig.export("guests.csv", "id,name\n1,García\n");
    let (code, _, said) = import(&rig, &[]);
    assert_ne!(code, 0);
    assert!(said.contains("no column `at`") || said.contains("no column `given`"), "{said}");
    let (code, _, said) = import(&rig, &["--layout", "nonsense"]);
    assert_eq!(code, 64, "{said}");
    let mapping = rig.root().join("mapping.toml");
    let text = "[[files]]\nfiles = \"guests*\"\nkind = \"person\"\nid = \"id\"\nfields.surname = \"name\"\n";
    std::fs::write(&mapping, text).expect("a mapping");
    let (code, told, said) = import(&rig, &["--mapping", mapping.to_str().expect("UTF-8")]);
    assert_eq!((code, &told["new"]), (0, &json!(1)), "{said}");
}
