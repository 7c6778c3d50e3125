use config::{Config, File, FileFormat};
use serde_json::json;
use std::sync::Arc;
use tempfile::TempDir;

use super::super::connect;
use super::super::{check, declare::Declaration};
use crate::connectors::Severity;
use crate::connectors::registry::{ConnectError, Context};
use crate::model::capabilities::MergeSupport;
use crate::model::form::Limit;
use crate::model::{Capabilities, Guard, RecordKind, SystemId, fields, keys};

/// Builds a connector from the text of a `settings` table.
fn built(settings: &str) -> Result<Capabilities, ConnectError> {
    let folder: TempDir = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("token");
    std::fs::write(&token, "secret").expect("a file");
    let settings = settings.replace("$TOKEN", token.to_str().expect("a path"));
    let source = File::from_str(&settings, FileFormat::Toml);
    let file = Config::builder().add_source(source).build().expect("TOML");
    let context = Context {
        property: "ALBA".to_owned(),
        time_zone: chrono_tz::UTC,
        default_region: "ES".to_owned(),
        currency: "EUR".to_owned(),
        relays: crate::model::normalise::email::Relays::default(),
        registry: Arc::new(fields::standard()),
    };
    let connector = connect(&SystemId::new("crm"), &context, file.get("settings").expect("settings"))?;
    Ok(connector.capabilities().clone())
}

const GOOD: &str = "settings.base_url = \"https://crm.example.net\"\nsettings.token_file = \"$TOKEN\"\n";

#[track_caller]
fn check_refused(more: &str, expected: &str) {
    let refusal = built(&format!("{GOOD}{more}")).expect_err("bad settings");
    let ConnectError::BadSettings { why, .. } = refusal else { panic!("{refusal}") };
    assert!(why.contains(expected), "`{why}` does not say `{expected}`");
}

#[test]
fn without_a_declaration_it_is_the_whole_contract() {
    let can = built(GOOD).expect("good settings");
    assert_eq!(can.kinds.len(), 4);
    assert_eq!((can.guard, can.merge), (Guard::Version, MergeSupport::Full));
    assert_eq!(can.streams.len(), 4);
    let person = &can.kinds[&RecordKind::Person].fields;
    assert!(person.contains_key(&keys::SURNAME) && person.contains_key(&keys::CONSENTS));
    assert!(!person.contains_key(&keys::IDENTITY_DOCUMENTS), "a special category has to be named");
    assert!(!person.contains_key(&keys::MEDICAL), "a special category has to be named");
}

#[test]
fn a_declaration_says_what_there_is() {
    let can = built(&format!(
        "{GOOD}
        [settings.capabilities]
        versions = false
        merge = \"none\"
        [settings.capabilities.kinds.person]
        changes = false
        [settings.capabilities.kinds.person.fields]
        addresses = {{ write = false, form = {{ max_chars = 40, drops = [\"region\"] }} }}"
    ))
    .expect("good settings");
    assert_eq!((can.guard, can.merge), (Guard::ReadCompare, MergeSupport::None));
    assert!(can.streams.is_empty());
    assert_eq!(can.kinds.keys().collect::<Vec<_>>(), [&RecordKind::Person]);
    let addresses = &can.kinds[&RecordKind::Person].fields[&keys::ADDRESSES];
    assert_eq!((addresses.read, addresses.write, addresses.clearable), (true, false, true));
    assert_eq!(addresses.form.limit, Limit::Chars(40));
    assert!(addresses.form.keeps.label && !addresses.form.keeps.region);
}

#[test]
fn bad_settings_name_the_key() {
    check_refused("settings.bogus = 1", "bogus");
    check_refused("settings.page_size = 0", "page_size");
    check_refused("settings.timeout_seconds = 0", "timeout_seconds");
    check_refused("settings.capabilities.write_batch = 0", "write_batch");
    check_refused("settings.capabilities.kinds.room = {}", "kinds.room");
    check_refused("settings.capabilities.kinds.membership = {}", "kinds.membership");
    check_refused("settings.capabilities.kinds.person.fields.surnam = {}", "kinds.person.fields.surnam");
    check_refused("settings.capabilities.kinds.person.fields.surname = { raed = true }", "raed");
    let no_web = built(&GOOD.replace("https", "ftp")).expect_err("no web address");
    assert!(matches!(no_web, ConnectError::BadSettings { why, .. } if why.contains("base_url")));
    let missing = built("settings.base_url = \"https://crm\"\nsettings.token_file = \"/nowhere/token\"");
    assert!(matches!(missing, Err(ConnectError::Secret { path, .. }) if path == "/nowhere/token"));
}

#[test]
fn the_example_is_good() {
    let example = include_str!("../../../../config/examples/open.toml");
    let source = File::from_str(example, FileFormat::Toml);
    let file = Config::builder().add_source(source).build().expect("TOML");
    let raw: config::Value = file.get("systems.inhouse.settings").expect("the section");
    let settings =
        super::super::config::Settings::read(&SystemId::new("inhouse"), raw).expect("good settings");
    settings.capabilities.capabilities(&fields::standard()).expect("good capabilities");
}

#[test]
fn a_check_says_where_the_system_and_the_settings_differ() {
    let registry = fields::standard();
    let declared = Declaration::default();
    let can = declared.capabilities(&registry).expect("sound");
    let said = |said| -> Vec<_> {
        let findings = check::differences(&declared, &can, &said);
        findings.into_iter().map(|finding| (finding.severity, finding.message)).collect()
    };
    assert_eq!(said(json!({})), [(Severity::Good, "it can do what is configured".to_owned())]);
    assert_eq!(said(json!({"contract": 2})).first().map(|(severity, _)| *severity), Some(Severity::Error));
    let poorer = said(json!({
        "versions": false,
        "kinds": {"person": {"fields": {"surname": {}, "title": {"write": false}}}},
    }));
    let has = |severity, message: &str| {
        assert!(poorer.contains(&(severity, message.to_owned())), "{message}: {poorer:?}");
    };
    has(Severity::Error, "it has no records of kind `reservation`");
    has(Severity::Error, "`capabilities.versions` promises more than the system says");
    has(Severity::Warning, "person.emails: the system does not have the field");
    has(Severity::Warning, "person.title: the system does not take the field");
    assert_eq!(said(json!("?")).first().map(|(severity, _)| *severity), Some(Severity::Warning));
}
