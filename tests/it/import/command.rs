//! `cardex import`, the real program, beside a process that works on the same hub.

use serde_json::{Value, json};
use std::fmt::Write as _;

use super::rig::n_stored;
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::Pair;
use cardex::demo::cardex::Size;

/// Runs the program on the pair's site and gives its exit code, its lines of JSON, and what it said beside that.
pub(super) async fn cardex(pair: &Pair, arguments: &[&str]) -> (i32, Vec<Value>, String) {
    let mut command = pair.program(arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("a thread");
    let output = output.expect("the program runs");
    // A slow machine sees how far it is.
    let is_progress = |line: &&str| line.starts_with("import of `pms`: ");
    let said = String::from_utf8_lossy(&output.stderr);
    let said: String = said.lines().filter(|line| !is_progress(line)).collect();
    let out = String::from_utf8_lossy(&output.stdout);
    let lines = out.lines().map(|line| serde_json::from_str(line).expect("an object per line")).collect();
    (output.status.code().expect("an exit code"), lines, said)
}

on_both_databases!(command_plans_imports_releases_and_compares);

async fn command_plans_imports_releases_and_compares(backend: Backend) {
    let pair = Pair::open(backend, Size::SMALL).await;
    let untouched = n_stored(&pair).await;
    let (code, lines, said) = cardex(&pair, &["import", "pms", "--dry-run"]).await;
    assert_eq!((code, said.as_str()), (0, ""));
    let plan = &lines[0];
    let stays = pair.hotel().rows("reservation").len();
    assert_eq!((&plan["outcome"], &plan["waiting"]), (&json!("planned"), &json!(0)), "{plan}");
    let creates = plan["writes"]["crm"]["creates"].as_u64().expect("a count");
    assert!(creates >= (stays + pair.hotel().rows("person").len()) as u64, "{plan}");
    assert_eq!(plan["writes"]["crm"]["held"], true);
    assert_eq!(n_stored(&pair).await, untouched, "a plan stored something");
    for guest in pair.hotel().rows("person") {
        let surname = guest.fields["surname"].as_str().expect("a surname");
        assert!(!plan.to_string().contains(surname), "a plan tells who `{surname}` is");
    }

    let (code, lines, said) = cardex(&pair, &["import", "pms"]).await;
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!((&lines[0]["outcome"], &lines[0]["rows"]), (&json!("imported"), &plan["rows"]));
    let held = lines[0]["held"]["crm"].as_u64().expect("what is held");
    let waiting = &lines[0]["writes"]["crm"];
    assert_eq!((&waiting["creates"], &waiting["held"]), (&json!(held), &json!(true)), "{waiting}");
    assert!(waiting["calls"].as_u64() > Some(0) && lines[0]["samples"][0]["external_id"].is_string());

    let (code, lines, said) = cardex(&pair, &["import", "pms", "--release"]).await;
    assert_eq!((code, said.as_str()), (0, ""));
    assert_eq!(lines, [json!({"system": "pms", "outcome": "released", "writes": held})]);
    pair.settle().await;
    assert_eq!(pair.crm().rows("reservation").len(), stays);

    compare(&pair).await;
    let (code, _, said) = cardex(&pair, &["import", "nobody"]).await;
    assert_eq!(code, 66, "{said}");
}

/// A file that says what the hotel says is green, and one that says another thing is told so.
async fn compare(pair: &Pair) {
    let mut totals = String::from("property,month,status,reservations,amount,currency\n");
    for stay in pair.hotel().rows("reservation") {
        let text = |name: &str| stay.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let month: String = text("arrives_on").chars().take(7).collect();
        let total = &stay.fields["total"];
        let cents = total["amount_minor"].as_i64().unwrap_or_default();
        let (amount, currency) =
            (format!("{}.{:02}", cents / 100, cents % 100), total["currency"].as_str().unwrap_or_default());
        let _ = writeln!(totals, "{},{month},{},1,{amount},{currency}", text("property"), text("status"));
    }
    let file = pair.folder().join("totals.csv");
    let wanted = file.to_str().expect("UTF-8");
    std::fs::write(&file, &totals).expect("a file");
    let (code, lines, said) = cardex(pair, &["import", "pms", "--release", "--control", wanted]).await;
    assert_eq!((code, said.as_str()), (0, ""), "{:?}", lines.get(1));
    assert_eq!(lines[1]["control"], "green");

    let last = totals.lines().last().expect("a line").to_owned();
    std::fs::write(&file, totals + &last + "\n").expect("a file");
    let (code, lines, said) = cardex(pair, &["import", "pms", "--release", "--control", wanted]).await;
    assert_eq!((code, said.as_str()), (65, ""), "{:?}", lines.get(1));
    let difference = &lines[1];
    let count = |side: &str| difference[side]["reservations"].as_u64().expect("a count");
    assert_eq!((lines.len(), count("wanted")), (2, count("found") + 1), "{difference}");
}
