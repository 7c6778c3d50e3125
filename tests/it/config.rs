//! The configuration as the real program reads it: the examples, and what operators are told about mistakes.

use cardex::connectors::registry::CONNECTORS;
use std::path::{Path, PathBuf};

use crate::support::program::Program;

/// A good site without systems.
const HOTEL: &str = "[properties.alba]\nname = \"Hotel Alba\"\ntime_zone = \"Europe/Madrid\"\ncurrency = \"EUR\"\ncountry = \"ES\"\n";

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/examples");
    let entries = std::fs::read_dir(folder).expect("the examples");
    let mut examples: Vec<PathBuf> = entries.map(|entry| entry.expect("an example").path()).collect();
    examples.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    examples.sort();
    examples
}

/// The names of the secrets that an example asks for.
fn secrets(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once("_file = \"")?.1.split_once('"'))
        .map(|(name, _)| name)
}

#[test]
fn every_example_is_a_good_configuration() {
    let examples = examples();
    assert!(examples.len() >= 3, "only {examples:?}");
    for example in examples {
        let text = std::fs::read_to_string(&example).expect("an example");
        // An example of a connector is a part of a site: the hotel, and the custom fields it may name, stand elsewhere.
        let program = Program::with(HOTEL);
        program.write(
            "conf.d/10-fields.toml",
            "[custom_fields.person.x_club_number]\ntype = \"text\"\nlabel = \"Club\"\n",
        );
        program.write("conf.d/20-example.toml", &text);
        for secret in secrets(&text) {
            program.write(&format!("credentials/{secret}"), "a secret\n");
        }
        let run = program.run("config check");
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", example.display());
        let shown = program.run("config show");
        assert!(!shown.out.contains("a secret"), "{} shows a secret", example.display());
    }
}

#[track_caller]
fn check(configuration: &str, expected: &str) {
    let run = Program::with(configuration).run("config check");
    assert_eq!(run.err, expected);
    assert_eq!((run.code, run.out.as_str()), (78, ""));
}

#[test]
fn unknown_key_is_told_with_the_file_and_the_nearest_key() {
    check(
        "[log]\nlevle = \"info\"\n[servcie]\nlisten = \"127.0.0.1:1\"\n",
        "error: `log.levle`: there is no such key (in DIR/cardex.toml)\n\
         hint: did you mean `level`?\n\
         error: `servcie`: there is no such key (in DIR/cardex.toml)\n\
         hint: did you mean `service`?\n",
    );
}

#[test]
fn malformed_file_is_told_with_the_line() {
    let run = Program::with("[log]\nlevel = info\n").run("config check");
    assert_eq!(run.code, 78);
    assert!(
        run.err.starts_with("error: the configuration in `DIR/cardex.toml` cannot be read\n"),
        "{}",
        run.err
    );
    assert!(run.err.contains("line 2"), "{}", run.err);
    assert!(run.err.ends_with("hint: the file has to be TOML\n"), "{}", run.err);
}

#[test]
fn value_out_of_range_is_told_with_its_key() {
    check(
        "[queue]\nworkers = 0\n[service]\nlisten = \"0.0.0.0:80\"\n",
        "error: `service.listen`: `0.0.0.0:80` can be reached by other machines (in DIR/cardex.toml)\n\
         hint: listen on 127.0.0.1, or set `service.allow_remote = true` behind a proxy with TLS\n\
         error: `queue.workers`: it is not between 1 and 64 (in DIR/cardex.toml)\n",
    );
}

#[test]
fn unknown_connector_is_told_with_those_there_are() {
    let known: Vec<&str> = CONNECTORS.iter().map(|(name, _)| *name).collect();
    let system = "[systems.crm]\nconnector = \"salesforce\"\nproperty = \"alba\"\nside = \"crm\"\n";
    check(
        &format!("{HOTEL}{system}"),
        &format!("error: there is no connector `salesforce`\nhint: there are: {}\n", known.join(", ")),
    );
}

#[test]
fn missing_secret_is_told_with_its_path() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/examples/site.toml"));
    let run = Program::with(&text.expect("the example")).run("config check");
    assert_eq!(run.code, 77, "{}", run.err);
    assert!(run.err.contains("-password`"), "{}", run.err);
    assert!(run.err.contains("LoadCredential="), "{}", run.err);
}

#[test]
fn environment_wins_and_is_named() {
    let program = Program::with(HOTEL);
    let run = program.finish(program.command(&["config", "show"]).env("CARDEX__QUEUE__WORKERS", "7"));
    let line = run.out.lines().find(|line| line.starts_with("queue.workers")).expect("the key");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["queue.workers", "7", "the", "environment"]);
    let bad = program.finish(program.command(&["config", "check"]).env("CARDEX__QUEUE__WORKRES", "7"));
    assert_eq!(bad.code, 78);
    assert!(bad.err.contains("`queue.workres`: there is no such key (in the environment)"), "{}", bad.err);
}
