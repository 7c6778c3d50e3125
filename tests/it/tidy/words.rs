//! Words that must not appear, or only in some places.

use cardex::connectors::registry::CONNECTORS;

use super::none;
use super::source::Source;

/// Source files of the program itself, without its unit tests.
fn program() -> impl Iterator<Item = Source> {
    Source::all(&["src"]).into_iter().filter(|source| !source.is_test()).map(Source::without_tests)
}

fn is_vendor(path: &str) -> bool {
    ["src/connectors/pms/", "src/connectors/crm/", "src/connectors/open/"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

/// The little systems of the demonstration stand in for vendors.
fn is_demo(path: &str) -> bool {
    path.starts_with("src/demo/")
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let mut findings = Vec::new();
    for source in Source::all(&["src", "tests", "benches"]) {
        findings.extend(source.lines_with(&["#[allow(", "#![allow(", "#[ignore"]));
        let lines: Vec<&String> = source.code.iter().collect();
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("#[expect(")) {
            let attribute: String = lines.iter().skip(number).take(6).map(|line| line.as_str()).collect();
            if !attribute.split(']').next().is_some_and(|inner| inner.contains("reason =")) {
                findings.push(format!("{}:{}: {} gives no reason", source.path, number + 1, line.trim()));
            }
        }
    }
    none(&findings);
}

#[test]
fn unfinished_work_has_a_name() {
    let mut findings = Vec::new();
    for source in Source::all(&["src", "tests", "benches"]) {
        for (number, line) in source.text.lines().enumerate() {
            let unnamed = ["TODO", "FIXME", "XXX"].iter().any(|word| {
                line.split(word).skip(1).any(|rest| !rest.starts_with('(') && !rest.starts_with(['"', '`']))
            });
            if unnamed && !source.path.starts_with("tests/it/tidy/") {
                findings.push(format!("{}:{}: say who: TODO(name)", source.path, number + 1));
            }
        }
    }
    none(&findings);
}

#[test]
fn untyped_json_stays_with_the_vendors() {
    let outside = program().filter(|source| !is_vendor(&source.path) && !is_demo(&source.path));
    none(
        &outside
            .flat_map(|source| source.lines_with(&["serde_json::Value", "serde_json::json!"]))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn sql_stays_in_the_store_and_with_the_vendors() {
    let words = ["sqlx"];
    let outside =
        program().filter(|source| !is_vendor(&source.path) && !source.path.starts_with("src/store/"));
    let mut findings: Vec<String> = Vec::new();
    for source in outside {
        findings.extend(source.lines_with(&words));
        for (number, line) in source.text.lines().enumerate() {
            let folded = line.trim_start().to_ascii_lowercase();
            let is_statement =
                ["\"select ", "\"insert into ", "\"update ", "\"delete from "].iter().any(|start| {
                    folded.contains(start)
                        && folded.contains(if start.contains("select") { " from " } else { " " })
                });
            if is_statement && !folded.starts_with("//") {
                findings.push(format!("{}:{}: a statement of SQL", source.path, number + 1));
            }
        }
    }
    none(&findings);
}

#[test]
fn sql_is_never_put_together_from_values() {
    // `format!` may name tables and columns of our own; a value is bound.
    let mut findings = Vec::new();
    for source in program().filter(|source| source.path.starts_with("src/store/")) {
        findings.extend(source.lines_with(&["AssertSqlSafe("]).into_iter().filter(|line| {
            !line.contains("src/store/open.rs")
                && !line.contains("src/store/sql.rs")
                && !line.contains("src/store/migrations.rs")
        }));
    }
    none(&findings);
}

#[test]
fn vendors_are_named_only_in_their_folders() {
    // The open contract and files belong to no vendor.
    let names = CONNECTORS.iter().map(|(name, _)| *name).filter(|name| !["open", "files"].contains(name));
    let names: Vec<&str> = names.collect();
    assert!(names.len() >= 3, "only {names:?}");
    let outside =
        program().filter(|source| !is_vendor(&source.path) && source.path != "src/connectors/registry.rs");
    let mut findings = Vec::new();
    for source in outside {
        for (number, line) in source.code.iter().enumerate() {
            let folded = line.to_ascii_lowercase();
            if names.iter().any(|name| folded.contains(name)) && !folded.contains("mod ") {
                findings.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    none(&findings);
}

#[test]
fn anyhow_stays_at_the_edge() {
    let edge = ["src/main.rs", "src/cli/", "src/daemon/"];
    let inside = program().filter(|source| !edge.iter().any(|edge| source.path.starts_with(edge)));
    none(&inside.flat_map(|source| source.lines_with(&["anyhow"])).collect::<Vec<_>>());
}

#[test]
fn secrets_are_opened_only_where_they_are_used() {
    let allowed = ["src/store/", "src/config/store.rs", "src/operators/"];
    let outside = program()
        .filter(|source| !is_vendor(&source.path) && !is_demo(&source.path))
        .filter(|source| !allowed.iter().any(|path| source.path.starts_with(path)));
    none(&outside.flat_map(|source| source.lines_with(&["expose_secret"])).collect::<Vec<_>>());
}

#[test]
fn secrets_are_never_plain_text_in_a_struct() {
    let mut findings = Vec::new();
    // The demonstration makes its tokens itself and shows them to whoever wants to look around.
    for source in program().filter(|source| !is_demo(&source.path)) {
        for (number, line) in source.code.iter().enumerate() {
            let Some((name, kind)) = line.trim().trim_start_matches("pub ").split_once(": ") else {
                continue;
            };
            let is_field = kind.ends_with(',') && !line.contains('(') && !name.contains(' ');
            let is_secret =
                ["password", "secret", "token", "api_key"].iter().any(|word| name.ends_with(word));
            let is_plain = kind.starts_with("String")
                || kind.starts_with("Option<String")
                || kind.starts_with("SmolStr");
            if is_field && is_secret && is_plain {
                findings.push(format!("{}:{}: `{name}` has to be a SecretString", source.path, number + 1));
            }
        }
    }
    none(&findings);
}
