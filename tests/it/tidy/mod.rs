//! What a machine can check of the way the code is written: what may depend on what, how long a file may be, and
//! words that must not appear.

mod dependencies;
mod source;
mod words;

use source::Source;

/// The longest a file may be, in lines.
const LONGEST: usize = 500;

/// Fails with every finding, one per line.
#[track_caller]
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn files_are_short() {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > LONGEST).then(|| format!("{}: {lines} lines, at most {LONGEST} are allowed", source.path))
    };
    none(&Source::all(&["src", "tests", "benches"]).iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn modules_say_what_they_are_for() {
    let silent = |source: &Source| {
        let is_unit_test = source.path.starts_with("src/") && source.is_test();
        (!is_unit_test && !source.text.starts_with("//!"))
            .then(|| format!("{}: it does not begin with `//!`", source.path))
    };
    none(&Source::all(&["src", "tests", "benches"]).iter().filter_map(silent).collect::<Vec<_>>());
}

#[test]
fn folders_are_not_dumping_grounds() {
    let names = ["utils", "util", "common", "helpers", "helper", "manager", "misc"];
    let vague = |source: &Source| {
        let mut parts = source.path.split(['/', '.']);
        parts.find(|part| names.contains(part)).map(|part| format!("{}: `{part}` says nothing", source.path))
    };
    none(&Source::all(&["src", "tests", "benches"]).iter().filter_map(vague).collect::<Vec<_>>());
}
