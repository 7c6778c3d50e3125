//! Operators at the command line: added, listed, changed.

use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::site::PASSWORD;
use crate::desk::{cardex, good};
use crate::support::hub::Backend;
use crate::support::pair::{EMPTY, Pair};

/// Runs the program with a password on its standard input; its exit code, and what it said.
fn with_password(pair: &Pair, arguments: &[&str], password: &str) -> (i32, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cardex"))
        .arg("--config")
        .arg(pair.folder().join("cardex.toml"))
        .args(["--output", "json"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut input = program.stdin.take().expect("its input");
    writeln!(input, "{password}").expect("it reads");
    drop(input);
    let output = program.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().expect("an exit code"), String::from_utf8_lossy(&said).into_owned())
}

fn listed(pair: &Pair) -> Vec<Value> {
    let mut lines = good(pair, &["operator", "list"]);
    for line in &mut lines {
        let line = line.as_object_mut().expect("an object");
        line.remove("created_at");
        line.insert("disabled_at".to_owned(), json!(!line["disabled_at"].is_null()));
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_are_added_changed_and_disabled() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    assert_eq!(listed(&pair), Vec::<Value>::new());
    let (code, said) = with_password(&pair, &["operator", "add", "Ana", "--role", "administrator"], PASSWORD);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains(PASSWORD) && !said.contains("argon2"), "{said}");
    assert_eq!(with_password(&pair, &["operator", "add", "luis"], PASSWORD).0, 0);
    let ana = json!({"name": "ana", "role": "administrator", "disabled_at": false});
    assert_eq!(listed(&pair), [ana, json!({"name": "luis", "role": "operator", "disabled_at": false})]);

    for (arguments, password, expected, why) in [
        (vec!["operator", "add", "ana"], PASSWORD, 65, "there is an operator `ana` already"),
        (vec!["operator", "add", "eva"], "short", 65, "too short"),
        (vec!["operator", "add", "evangelina"], "Evangelina", 65, "is the operator's name"),
        (vec!["operator", "passwd", "nobody"], PASSWORD, 66, "there is no operator `nobody`"),
    ] {
        let (code, said) = with_password(&pair, &arguments, password);
        assert_eq!(code, expected, "{arguments:?}: {said}");
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
    assert_eq!(cardex(&pair, &["operator", "add", "a b"]).0, 64);
    assert_eq!(cardex(&pair, &["operator", "add", "eva", "--role", "king"]).0, 64);

    good(&pair, &["operator", "role", "luis", "--role", "viewer"]);
    good(&pair, &["operator", "disable", "ana"]);
    let ana = json!({"name": "ana", "role": "administrator", "disabled_at": true});
    assert_eq!(listed(&pair), [ana, json!({"name": "luis", "role": "viewer", "disabled_at": false})]);
    good(&pair, &["operator", "enable", "ana"]);
    assert_eq!(listed(&pair)[0]["disabled_at"], json!(false));
    assert_eq!(with_password(&pair, &["operator", "passwd", "ana"], "another long password").0, 0);
}
