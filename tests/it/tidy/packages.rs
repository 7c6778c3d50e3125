//! What the packages that we build on have to be, as `deny.toml` says: checked here from the lock file and the packages'
//! own words, so that it holds on machines without cargo-deny too. Advisories need its database and are its own.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::none;

/// Every package of the locked tree for the platforms that deny.toml names.
fn packages() -> Vec<Value> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata");
    let used: BTreeSet<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .filter_map(|node| node["id"].as_str())
        .collect();
    let all = metadata["packages"].as_array().expect("packages").iter();
    let packages: Vec<Value> =
        all.filter(|package| package["id"].as_str().is_some_and(|id| used.contains(id))).cloned().collect();
    assert!(packages.len() > 100, "only {} packages were found", packages.len());
    packages
}

fn deny() -> config::Config {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    config::Config::builder().add_source(config::File::from(path)).build().expect("deny.toml")
}

/// Whether an SPDX expression can be met with these licences: every part of an `AND`, one part of an `OR`.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    // Nested expressions are of the form `(A OR B) AND C`; splitting at AND first reads them right.
    plain.split(" AND ").all(|part| part.split(" OR ").any(|one| allowed.contains(one.trim())))
}

/// A package that may have another licence.
#[derive(serde::Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

#[test]
fn licences_are_those_that_are_allowed() {
    let deny = deny();
    let allowed: BTreeSet<String> =
        deny.get::<Vec<String>>("licenses.allow").expect("a list").into_iter().collect();
    let exceptions: Vec<Exception> = deny.get("licenses.exceptions").expect("a list");
    let mut used = BTreeSet::new();
    let mut findings = Vec::new();
    for package in packages() {
        let (name, licence) =
            (package["name"].as_str().unwrap_or(""), package["license"].as_str().unwrap_or("none"));
        let excepted = exceptions.iter().find(|exception| exception.name == name);
        if !is_met(licence, excepted.map_or(&allowed, |exception| &exception.allow)) {
            findings.push(format!("`{name}` is under {licence}"));
        }
        used.extend(allowed.iter().filter(|one| licence.contains(one.as_str())).cloned());
    }
    findings.extend(
        allowed.difference(&used).map(|unused| format!("deny.toml allows {unused}, which nothing needs")),
    );
    none(&findings);
}

#[test]
fn packages_come_from_the_registry_and_none_is_banned() {
    let banned: Vec<String> = deny()
        .get_array("bans.deny")
        .expect("a list")
        .into_iter()
        .map(|entry| entry.into_table().expect("a table")["crate"].to_string())
        .collect();
    let mut findings = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap_or("");
        let source = package["source"].as_str().unwrap_or("here");
        let ours = name == env!("CARGO_PKG_NAME") && source == "here";
        if !ours && !source.starts_with("registry+") {
            findings.push(format!("`{name}` comes from {source}"));
        }
        if banned.iter().any(|banned| banned == name) {
            findings.push(format!("`{name}` is banned in deny.toml"));
        }
    }
    none(&findings);
}

#[test]
fn licence_expressions_are_read_right() {
    let allowed: BTreeSet<String> = ["MIT", "ISC"].map(str::to_owned).into();
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("MIT AND GPL-3.0", false),
        ("MIT/GPL-2.0", true),
        ("(GPL-3.0 OR MIT) AND ISC", true),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}
