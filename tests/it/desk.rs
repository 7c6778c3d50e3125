//! What an operator does at the command line, on a hub that a daemon holds open: looks, asks why, decides, retries.

use serde_json::{Value, json};
use std::process::Command;

use crate::support::hub::Backend;
use crate::support::pair::{EMPTY, Pair, fields};

/// Runs the real program on the pair's site and gives its exit code, its lines of JSON, and what it said beside that.
pub(crate) fn cardex(pair: &Pair, arguments: &[&str]) -> (i32, Vec<Value>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cardex"))
        .arg("--config")
        .arg(pair.folder().join("cardex.toml"))
        .args(["--output", "json"])
        .args(arguments)
        .env("USER", "ana")
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let out = String::from_utf8_lossy(&output.stdout);
    let lines = out.lines().map(|line| serde_json::from_str(line).expect("an object per line")).collect();
    (output.status.code().expect("an exit code"), lines, said)
}

/// The same, and it has to succeed.
#[track_caller]
pub(crate) fn good(pair: &Pair, arguments: &[&str]) -> Vec<Value> {
    let (code, lines, said) = cardex(pair, arguments);
    assert_eq!((code, said.as_str()), (0, ""), "cardex {arguments:?}");
    lines
}

fn at<'a>(lines: &'a [Value], system: &str) -> &'a Value {
    lines.iter().find(|line| line["system"] == system).expect("a line of the system")
}

/// A guest at the hotel, known at both systems.
async fn guest(pair: &Pair) -> String {
    let guest = json!({"surname": "García", "given_names": "Ana"});
    let id = pair.hotel().create("person", "reception", fields(guest));
    pair.settle().await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_each_system_and_each_record() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    let guest = guest(&pair).await;
    let systems = good(&pair, &["status"]);
    assert_eq!(systems.len(), 2);
    let crm = at(&systems, "crm");
    assert_eq!((&crm["health"], &crm["waiting"], &crm["parked"]), (&json!("running"), &json!(0), &json!(0)));
    assert!(crm["last_success"].is_string(), "{crm}");

    let record = good(&pair, &["status", &guest]);
    assert_eq!(at(&record, "pms")["external_id"], json!(guest));
    assert_eq!(at(&record, "crm")["state"], "in_sync", "{record:?}");
    assert_eq!(at(&record, "crm")["life"], "live");

    let (code, _, said) = cardex(&pair, &["status", "nobody"]);
    assert_eq!(code, 66);
    assert!(said.contains("there is no record `nobody`"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_tells_where_a_value_came_from_and_what_it_beat() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    let guest = guest(&pair).await;
    let contact = pair.crm().rows("person").remove(0);
    // The name belongs to the hotel: what the CRM says is kept in mind, and put right there.
    assert!(pair.crm().edit("person", &contact.id, "web form", fields(json!({"surname": "Garcia"}))));
    pair.settle().await;
    let told = good(&pair, &["explain", &guest, "surname"]);
    assert_eq!(told.len(), 1);
    let surname = &told[0];
    assert_eq!(surname["values"][0]["value"], "García");
    assert!(surname["values"][0]["from"].as_str().expect("an origin").starts_with("pms"), "{surname}");
    assert_eq!(
        (&surname["beaten"][0]["value"], &surname["beaten"][0]["system"]),
        (&json!("Garcia"), &json!("crm"))
    );
    assert_eq!(surname["differs"], json!([]), "the CRM was put right");
    assert_eq!(pair.crm().rows("person")[0].fields["surname"], "García");

    let (code, _, said) = cardex(&pair, &["explain", &guest, "shoe_size"]);
    assert_eq!(code, 66, "{said}");
}

/// A pair whose operators decide about names, and a guest whose name both sides have just changed.
async fn conflict() -> (Pair, String) {
    let rule = "[fields.person.surname]\npolicy = \"review\"\nowner = \"none\"\ndirection = \"both\"\n";
    let pair = Pair::open_with(Backend::Sqlite, EMPTY, rule).await;
    let guest = guest(&pair).await;
    let contact = pair.crm().rows("person").remove(0);
    assert!(pair.hotel().edit("person", &guest, "reception", fields(json!({"surname": "García Pérez"}))));
    assert!(pair.crm().edit("person", &contact.id, "web form", fields(json!({"surname": "García-Pérez"}))));
    pair.settle().await;
    (pair, guest)
}

fn surnames(pair: &Pair, guest: &str) -> (Value, Value) {
    let hotel = pair.hotel().row("person", guest).expect("the guest");
    (hotel.fields["surname"].clone(), pair.crm().rows("person")[0].fields["surname"].clone())
}

/// Decides the one open conflict and gives the name that both sides then hold.
async fn decide(answer: &[&str]) -> (Value, Value) {
    let (pair, guest) = conflict().await;
    let open = good(&pair, &["review", "list", "--kind", "conflict"]);
    let [review] = open.as_slice() else { panic!("not one conflict: {open:?}") };
    assert_ne!(surnames(&pair, &guest).0, surnames(&pair, &guest).1, "nothing was overwritten");
    let id = review["id"].as_str().expect("an id");
    let shown = good(&pair, &["review", "show", id]);
    assert!(
        shown[0]["question"].as_str().expect("a question").starts_with("surname: the hub has"),
        "{shown:?}"
    );

    let sides = shown[0]["sides"].as_array().expect("the sides").iter();
    assert_eq!(sides.map(|side| side["side"].clone()).collect::<Vec<_>>(), ["hub", "crm", "pms"]);

    let (verb, rest) = answer.split_first().expect("a verb");
    let arguments: Vec<&str> = ["review", verb, id].into_iter().chain(rest.iter().copied()).collect();
    let decided = good(&pair, &arguments);
    assert!(decided[0]["due"].as_u64().is_some_and(|due| due > 0), "{decided:?}");
    assert!(good(&pair, &["review", "list"]).is_empty());
    let (code, _, said) = cardex(&pair, &arguments);
    assert_eq!(code, 66, "{said}");
    assert!(said.contains("has ended already"), "{said}");

    pair.settle().await;
    let both = surnames(&pair, &guest);
    assert_eq!(both.0, both.1, "both sides agree");
    assert!(good(&pair, &["review", "list"]).is_empty(), "the question does not come back");
    let system = review["system"].as_str().expect("a system");
    let stands = if system == "pms" { json!("García Pérez") } else { json!("García-Pérez") };
    (both.0, stands)
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_conflict_gives_everybody_the_system_s_value() {
    let (held, of_the_system) = decide(&["accept"]).await;
    assert_eq!(held, of_the_system);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_conflict_gives_everybody_the_hub_s_value() {
    let (held, of_the_system) = decide(&["reject", "--reason", "as in the passport"]).await;
    assert_ne!(held, of_the_system);
}

#[tokio::test(flavor = "multi_thread")]
async fn conflict_is_settled_with_a_side_or_a_typed_value() {
    let (held, of_the_system) = decide(&["accept", "--side", "hub", "--pin"]).await;
    assert_ne!(held, of_the_system);
    let (held, _) = decide(&["accept", "--value", "García Perea"]).await;
    assert_eq!(held, json!("García Perea"));
    let (pair, guest) = conflict().await;
    let open = good(&pair, &["review", "list"]);
    let id = open[0]["id"].as_str().expect("an id");
    let (code, _, said) = cardex(&pair, &["review", "accept", id, "--pin"]);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("--side"), "{said}");
    let (code, _, said) = cardex(&pair, &["review", "accept", id, "--side", "nowhere"]);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("`nowhere` is not known to hold"), "{said}");

    good(&pair, &["review", "accept", id, "--side", "pms", "--pin"]);
    pair.settle().await;
    let record = open[0]["record"].as_str().expect("a record");
    for (name, stands) in [("Otra", "García Pérez"), ("Nueva", "Nueva")] {
        assert!(pair.hotel().edit("person", &guest, "reception", fields(json!({"surname": name}))));
        pair.settle().await;
        assert_eq!(surnames(&pair, &guest), (json!(stands), json!(stands)));
        let (code, ..) = cardex(&pair, &["review", "unpin", record, "surname"]);
        assert_eq!(code, if stands == "Nueva" { 66 } else { 0 }, "it is fixed once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postponed_review_is_listed_apart() {
    let (pair, _) = conflict().await;
    let open = good(&pair, &["review", "list"]);
    let id = open[0]["id"].as_str().expect("an id");
    let (code, _, said) = cardex(&pair, &["review", "postpone", id, "--days", "0"]);
    assert_eq!(code, 64, "{said}");
    let said = good(&pair, &["review", "postpone", id, "--days", "3"]);
    assert!(said[0]["until"].is_string(), "{said:?}");
    assert!(good(&pair, &["review", "list"]).is_empty());
    let later = good(&pair, &["review", "list", "--postponed"]);
    assert_eq!((later[0]["id"].as_str(), &later[0]["postponed_until"]), (Some(id), &said[0]["until"]));
    good(&pair, &["review", "reject", id, "--reason", "as it is"]);
    let (code, _, said) = cardex(&pair, &["review", "postpone", id]);
    assert_eq!(code, 66, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parked_work_is_listed_and_tried_again() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    pair.crm().set_quirks(|quirks| quirks.refused_text = Some("Veneno".to_owned()));
    let guest = pair.hotel().create("person", "reception", fields(json!({"surname": "Veneno"})));
    pair.settle().await;
    let parked = good(&pair, &["queue", "list", "--parked"]);
    let [mark] = parked.as_slice() else { panic!("not one mark: {parked:?}") };
    assert_eq!((&mark["system"], &mark["state"]), (&json!("crm"), &json!("parked")));
    assert_eq!(at(&good(&pair, &["status"]), "crm")["parked"], 1);
    assert_eq!(at(&good(&pair, &["status", &guest]), "crm")["state"], "failing");

    let (code, _, _) = cardex(&pair, &["queue", "retry"]);
    assert_eq!(code, 64, "all of it has to be asked for");
    let dry = good(&pair, &["queue", "retry", "--dry-run"]);
    assert_eq!((&dry[0]["marks"], &dry[0]["dry_run"]), (&json!(1), &json!(true)));
    assert_eq!(good(&pair, &["queue", "list", "--parked"]).len(), 1, "a dry run changes nothing");

    pair.crm().set_quirks(|quirks| quirks.refused_text = None);
    let id = mark["id"].as_str().expect("an id");
    assert_eq!(good(&pair, &["queue", "retry", id])[0]["marks"], 1);
    pair.settle().await;
    assert_eq!(pair.crm().rows("person").len(), 1, "the guest is there now");
    assert!(good(&pair, &["queue", "list"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn parked_work_is_dropped() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    pair.crm().set_quirks(|quirks| quirks.refused_text = Some("Veneno".to_owned()));
    pair.hotel().create("person", "reception", fields(json!({"surname": "Veneno"})));
    pair.settle().await;
    assert_eq!(good(&pair, &["queue", "drop", "--system", "pms"])[0]["marks"], 0);
    assert_eq!(good(&pair, &["queue", "drop", "--system", "crm"])[0]["marks"], 1);
    assert!(good(&pair, &["queue", "list"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_finds_both_systems_well() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    pair.settle().await;
    let (code, looked, said) = cardex(&pair, &["doctor"]);
    assert_eq!(code, 0, "{looked:?} {said}");
    for part in ["store", "pms", "crm"] {
        assert!(looked.iter().any(|line| line["part"] == part && line["severity"] == "good"), "{looked:?}");
    }
}

/// A guest known at both systems whose id at the hotel suddenly shows another human, and the review that asks.
async fn quarantine() -> (Pair, String, String) {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    let known = json!({"surname": "García", "birth_date": "1980-02-03",
        "emails": [{"address": "ana@example.com", "primary": true}]});
    let guest = pair.hotel().create("person", "reception", fields(known));
    pair.settle().await;
    let other = json!({"surname": "Novak", "birth_date": "1999-12-31",
        "emails": [{"address": "jan@example.org", "primary": true}]});
    assert!(pair.hotel().edit("person", &guest, "reception", fields(other)));
    pair.settle().await;
    assert_eq!(pair.crm().rows("person")[0].fields["surname"], "García", "nothing was overwritten");
    let open = good(&pair, &["review", "list", "--kind", "quarantine"]);
    let [review] = open.as_slice() else { panic!("not one quarantine: {open:?}") };
    let id = review["id"].as_str().expect("an id").to_owned();
    (pair, guest, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_quarantine_gives_somebody_else_a_record_of_his_own() {
    let (pair, _, review) = quarantine().await;
    let decided = good(&pair, &["review", "accept", &review]);
    assert_eq!(decided[0]["reads"], 1, "{decided:?}");
    pair.settle().await;
    let mut names: Vec<String> =
        pair.crm().rows("person").iter().map(|row| row.fields["surname"].to_string()).collect();
    names.sort();
    assert_eq!(names, ["\"García\"", "\"Novak\""]);
    assert!(good(&pair, &["review", "list"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_quarantine_believes_the_guest_again() {
    let (pair, guest, review) = quarantine().await;
    good(&pair, &["review", "reject", &review, "--reason", "she married and moved"]);
    pair.settle().await;
    let persons = pair.crm().rows("person");
    assert_eq!(persons.len(), 1, "it is one guest");
    assert_eq!(persons[0].fields["surname"], "Novak", "the name belongs to the hotel");
    assert_eq!(at(&good(&pair, &["status", &guest]), "pms")["life"], "live");
}

/// Two guests known at both systems whom the hotel has made one, and the review that asks whether the CRM should.
async fn proposal() -> (Pair, String) {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    let known = |name: &str, email: &str| {
        fields(
            json!({"surname": "García", "given_names": name, "emails": [{"address": email, "primary": true}]}),
        )
    };
    let ana = pair.hotel().create("person", "reception", known("Ana", "ana@example.com"));
    let double = pair.hotel().create("person", "reception", known("Anna", "anna@example.org"));
    pair.settle().await;
    assert_eq!(pair.crm().rows("person").len(), 2);
    assert!(pair.hotel().merge("person", &ana, &double, "reception"));
    pair.settle().await;
    assert_eq!(pair.crm().rows("person").len(), 2, "nobody has asked the CRM to merge");
    let open = good(&pair, &["review", "list"]);
    let [review] = open.as_slice() else { panic!("not one review: {open:?}") };
    assert_eq!((&review["kind"], &review["system"]), (&json!("proposal"), &json!("crm")));
    let id = review["id"].as_str().expect("an id").to_owned();
    let question = good(&pair, &["review", "show", &id])[0]["question"].to_string();
    assert!(question.contains("merge them at the system too?"), "{question}");
    (pair, id)
}

/// The addresses of the one contact of the CRM, sorted.
fn addresses(contact: &cardex::demo::table::Row) -> Vec<String> {
    let emails = contact.fields["emails"].as_array().expect("a list").iter();
    let mut addresses: Vec<String> = emails.map(|email| email["address"].to_string()).collect();
    addresses.sort();
    addresses
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_proposal_merges_the_two_at_the_system_too() {
    let (pair, review) = proposal().await;
    let decided = good(&pair, &["review", "accept", &review]);
    assert_eq!((&decided[0]["by_hand"], &decided[0]["reads"]), (&json!(false), &json!(2)), "{decided:?}");
    pair.settle().await;
    let contacts = pair.crm().rows("person");
    let [contact] = contacts.as_slice() else { panic!("not one contact: {contacts:?}") };
    assert_eq!(contact.fields["given_names"], "Ana", "the hotel's survivor is the survivor");
    assert_eq!(addresses(contact), ["\"ana@example.com\"", "\"anna@example.org\""], "no address is lost");
    assert_eq!(pair.crm().ledger().duplicate_merges(), Vec::<String>::new());
    assert!(good(&pair, &["review", "list"]).is_empty(), "the question does not come back");
    let (code, _, said) = cardex(&pair, &["review", "accept", &review]);
    assert_eq!(code, 66, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_proposal_leaves_the_two_apart_at_the_system() {
    let (pair, review) = proposal().await;
    good(&pair, &["review", "reject", &review, "--reason", "the CRM keeps households"]);
    pair.settle().await;
    assert_eq!(pair.crm().rows("person").len(), 2);
    assert!(good(&pair, &["review", "list"]).is_empty());
}
