//! The command line of the real program: help, exit codes, and what is said when something is wrong.

use crate::support::program::Program;

#[test]
fn help_names_every_command() {
    let run = Program::with("").run("help");
    assert_eq!(run.code, 0);
    for command in ["status", "explain", "review", "queue", "doctor", "config"] {
        assert!(run.out.contains(&format!("\n  {command} ")), "{}", run.out);
    }
    assert!(!run.out.contains("completions"), "hidden commands stay hidden");
    assert_eq!(run.err, "");
}

#[test]
fn no_command_is_a_usage_error() {
    let run = Program::with("").run("");
    assert_eq!((run.code, run.out.as_str()), (64, ""));
    assert!(run.err.contains("Usage: cardex"), "{}", run.err);
}

#[track_caller]
fn check(line: &str, code: i32, said: &str) {
    let run = Program::with("").run(line);
    assert_eq!(run.code, code, "`cardex {line}`: {}", run.err);
    assert!(run.err.contains(said), "`cardex {line}`: {}", run.err);
    assert_eq!(run.out, "", "`cardex {line}`");
}

#[test]
fn each_failure_has_its_code() {
    check("--bogus", 64, "unexpected argument '--bogus'");
    check("stats", 64, "a similar subcommand exists: 'status'");
    check("queue retry", 64, "hint: say which with an id");
    check("queue retry nonsense", 65, "`nonsense` is no mark");
    check("review show nonsense", 65, "`nonsense` is no review");
    check("status", 66, "does not exist yet");
    check("explain 1234", 66, "does not exist yet");
    check("duplicates train", 66, "does not exist yet");
    check("duplicates train --input people.csv", 64, "--calibrate");
    check("duplicates weights --use 1 --shipped", 64, "cannot be used with");
    check("doctor nobody", 66, "there is no system `nobody`");
    check("--config missing.toml status", 78, "`missing.toml` cannot be read");
}

#[test]
fn unreachable_database_is_told_apart_from_a_missing_one() {
    let program = Program::with("[store]\nurl = \"postgres://cardex@127.0.0.1:1/cardex\"\n");
    let run = program.run("status");
    assert_eq!(run.code, 75, "{}", run.err);
    assert!(run.err.contains("could not open the hub's store"), "{}", run.err);
    assert!(run.err.contains("hint: see whether the database runs"), "{}", run.err);
}

#[test]
fn doctor_of_an_empty_site_finds_nothing_bad() {
    let run = Program::with("").run("doctor");
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("does not exist yet"), "{}", run.out);
    assert!(run.out.contains("there are: files, hoteldruid, "), "{}", run.out);
}

#[test]
fn doctor_says_what_to_do_about_a_system_that_does_not_answer() {
    let site = r#"
[properties.alba]
name = "Hotel Alba"
time_zone = "Europe/Madrid"
currency = "EUR"
country = "ES"
[systems.crm]
connector = "open"
property = "alba"
side = "crm"
settings = { base_url = "http://127.0.0.1:1/", token_file = "token", timeout_seconds = 2 }
"#;
    let program = Program::with(site);
    let refused = program.run("doctor crm");
    assert_eq!(refused.code, 69, "{}", refused.err);
    assert!(refused.out.contains("LoadCredential="), "{}", refused.out);
    program.write("credentials/token", "a token\n");
    let silent = program.run("--output json doctor crm");
    assert_eq!(silent.code, 69, "{}", silent.err);
    let lines: Vec<serde_json::Value> =
        silent.out.lines().map(|line| serde_json::from_str(line).expect("an object per line")).collect();
    assert!(lines.iter().any(|line| line["severity"] == "error" && line["part"] == "crm"), "{}", silent.out);
    assert!(!silent.out.contains("a token"), "a secret was printed");
}

#[test]
fn configuration_is_shown_in_both_forms() {
    let program = Program::with("[log]\nlevel = \"debug\"\n");
    let table = program.run("config show");
    assert!(table.out.starts_with("KEY "), "{}", table.out);
    assert!(table.out.contains("sqlite://DIR/state/cardex.db"), "{}", table.out);
    let json = program.run("--output json config show");
    let shown: Vec<serde_json::Value> =
        json.out.lines().map(|line| serde_json::from_str(line).expect("an object per line")).collect();
    let level = shown.iter().find(|line| line["key"] == "log.level").expect("the key");
    assert_eq!(
        (level["value"].as_str(), level["set_in"].as_str()),
        (Some("\"debug\""), Some("DIR/cardex.toml"))
    );
}

#[test]
fn completions_and_manual_are_written() {
    let program = Program::with("this is not read");
    for shell in ["bash", "zsh", "fish"] {
        let run = program.run(&format!("completions {shell}"));
        assert_eq!((run.code, run.out.contains("cardex")), (0, true), "{shell}: {}", run.err);
    }
    let manual = program.run("man");
    assert_eq!(manual.code, 0, "{}", manual.err);
    for part in [".SH COMMANDS", "cardex queue retry", ".SH \"EXIT STATUS\"", "the configuration is wrong"] {
        assert!(manual.out.contains(part), "{part} is missing: {}", manual.out);
    }
}
