//! What may depend on what. The rule is written down once, as a table; a new module has to find its place in it.

use super::none;
use super::source::Source;

/// A part of the crate and the parts it may use. Parts are folders or files below `src`, longest match first.
struct Part {
    path: &'static str,
    may_use: &'static [&'static str],
}

/// Pure: time, ids and random numbers come in as arguments.
const PURE: [&str; 5] = ["reconcile", "duplicates", "search", "schedule", "queue/retry"];

/// From the heart outwards. What is not listed here may use everything.
const PARTS: &[Part] = &[
    // Uses nothing of ours.
    Part { path: "model", may_use: &["model"] },
    Part { path: "clock", may_use: &[] },
    // Pure.
    Part { path: "reconcile", may_use: &["model", "reconcile"] },
    Part { path: "duplicates", may_use: &["model", "duplicates"] },
    Part { path: "search", may_use: &["model", "search"] },
    Part { path: "schedule", may_use: &["model", "schedule"] },
    Part { path: "queue/retry", may_use: &["model"] },
    // Traits and settings: they know no vendor and, but for the store, no database.
    Part { path: "connectors/mod", may_use: &["model"] },
    Part { path: "connectors/http", may_use: &[] },
    Part { path: "store", may_use: &["model", "store"] },
    Part { path: "config", may_use: &["model", "reconcile", "schedule", "queue/retry", "config"] },
    // Work: it meets other work only through the queue and the store; delivery alone also takes in what it reads,
    // through the same door as everybody else.
    Part { path: "queue", may_use: &["model", "store", "queue"] },
    Part { path: "hub", may_use: WORK },
    Part {
        path: "capture",
        may_use: &[
            "capture",
            "hub",
            "queue",
            "model",
            "clock",
            "reconcile",
            "store",
            "schedule",
            "connectors/mod",
        ],
    },
    Part {
        path: "deliver",
        may_use: &[
            "capture",
            "deliver",
            "hub",
            "queue",
            "model",
            "clock",
            "reconcile",
            "store",
            "schedule",
            "connectors/mod",
        ],
    },
    Part { path: "review", may_use: WORK },
    // Who may decide: it knows nothing of what is decided.
    Part { path: "operators", may_use: &["operators", "model", "clock", "store"] },
    Part { path: "audit", may_use: &["clock", "hub", "model", "store"] },
    // How systems stand, and what operators do with them.
    Part { path: "systems", may_use: &["systems", "hub", "model", "clock", "store"] },
    Part { path: "words", may_use: &["model", "reconcile"] },
    // Asks operators through the review, like everybody who asks.
    Part {
        path: "matching",
        may_use: &["matching", "duplicates", "hub", "review", "model", "clock", "reconcile", "store"],
    },
    Part { path: "finder", may_use: &["finder", "search", "hub", "queue", "model", "clock", "store"] },
    Part { path: "rollup", may_use: &["hub", "model", "reconcile", "store"] },
    // Knows no vendor and no format: what it reads comes from its sources.
    Part {
        path: "import",
        may_use: &[
            "import",
            "capture",
            "matching",
            "finder",
            "rollup",
            "reconcile",
            "hub",
            "model",
            "clock",
            "store",
            "schedule",
            "connectors/mod",
        ],
    },
    Part { path: "files", may_use: &["files", "import/source", "model"] },
    // Vendors know the traits, their own folder and how a secret is read; nothing of the work.
    Part { path: "connectors/pms", may_use: VENDOR },
    Part { path: "connectors/pms/files", may_use: FILES },
    Part { path: "connectors/crm", may_use: VENDOR },
    Part { path: "connectors/open", may_use: VENDOR },
];

const WORK: &[&str] =
    &["hub", "queue", "model", "clock", "reconcile", "store", "schedule", "connectors/mod", "review"];

const VENDOR: &[&str] = &[
    "model",
    "clock",
    "config",
    "connectors/mod",
    "connectors/http",
    "connectors/registry",
    "connectors/pms",
    "connectors/crm",
    "connectors/open",
];

/// The vendor whose wire is a folder of files: it reads them as an import does.
const FILES: &[&str] = &[
    "model",
    "clock",
    "config",
    "connectors/mod",
    "connectors/registry",
    "connectors/pms",
    "files",
    "import/source",
];

/// What pure code must not touch.
const IMPURE: [&str; 16] = [
    "async ",
    ".await;",
    ".await?",
    ".await.",
    "Utc::now",
    "Local::now",
    "Instant::now",
    "SystemTime",
    "rand::",
    "now_v7",
    "new_v4",
    "tracing",
    "sqlx",
    "reqwest",
    "std::fs",
    "std::env",
];

/// The part that a file belongs to.
fn part_of(path: &str) -> Option<&'static Part> {
    let module = path.strip_prefix("src/")?.trim_end_matches(".rs");
    let inside = |part: &&Part| {
        module == part.path || module.strip_prefix(part.path).is_some_and(|rest| rest.starts_with('/'))
    };
    PARTS.iter().filter(inside).max_by_key(|part| part.path.len())
}

/// The parts of ours that a line of code names: `crate::queue::retry::X` is `queue/retry`.
fn named(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("crate::") {
        let tail = &rest[at + "crate::".len()..];
        let path: Vec<&str> = tail.split("::").map(word).take(2).collect();
        found.push(part_named(&path));
        rest = tail;
    }
    found
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Folders whose parts are told apart are named to the second level; their own types count as their `mod`.
fn part_named(path: &[&str]) -> String {
    let (first, second) =
        (path.first().copied().unwrap_or_default(), path.get(1).copied().unwrap_or_default());
    let is_module = second.starts_with(|c: char| c.is_ascii_lowercase());
    match first {
        "connectors" if is_module => format!("connectors/{second}"),
        "connectors" => "connectors/mod".to_owned(),
        "queue" if second == "retry" => "queue/retry".to_owned(),
        "import" if second == "source" => "import/source".to_owned(),
        _ => first.to_owned(),
    }
}

fn is_allowed(part: &Part, name: &str) -> bool {
    part.may_use.iter().any(|allowed| {
        *allowed == name || name.strip_prefix(allowed).is_some_and(|rest| rest.starts_with('/'))
    })
}

#[test]
fn parts_use_only_what_they_may() {
    let mut findings = Vec::new();
    for source in Source::all(&["src"]) {
        let Some(part) = part_of(&source.path) else { continue };
        if source.is_test() {
            continue;
        }
        let source = source.without_tests();
        for (number, line) in source.code.iter().enumerate() {
            for name in named(line).iter().filter(|name| !is_allowed(part, name)) {
                findings.push(format!(
                    "{}:{}: `{}` must not use `{name}`",
                    source.path,
                    number + 1,
                    part.path
                ));
            }
        }
    }
    none(&findings);
}

#[test]
fn pure_code_is_pure() {
    let mut findings = Vec::new();
    for source in Source::all(&["src"]) {
        let is_pure =
            part_of(&source.path).is_some_and(|part| PURE.contains(&part.path) || part.path == "model");
        if is_pure && !source.is_test() {
            findings.extend(source.without_tests().lines_with(&IMPURE));
        }
    }
    none(&findings);
}

#[test]
fn table_of_parts_is_read_as_it_is_meant() {
    let part = |path: &str| part_of(path).map(|part| part.path);
    assert_eq!(part("src/queue/retry.rs"), Some("queue/retry"));
    assert_eq!(part("src/queue/lease.rs"), Some("queue"));
    assert_eq!(part("src/connectors/mod.rs"), Some("connectors/mod"));
    assert_eq!(part("src/connectors/pms/hoteldruid/mod.rs"), Some("connectors/pms"));
    assert_eq!(part("src/cli/mod.rs"), None);
    assert_eq!(named("use crate::queue::retry::RetrySettings;"), ["queue/retry"]);
    assert_eq!(named("use crate::connectors::{Connector, Hint};"), ["connectors/mod"]);
    assert_eq!(
        named("x: crate::store::Store, y: crate::connectors::http::client"),
        ["store", "connectors/http"]
    );
    let config = part_of("src/config/mod.rs").expect("a part");
    assert!(
        is_allowed(config, "queue/retry") && !is_allowed(config, "queue") && !is_allowed(config, "store")
    );
}
