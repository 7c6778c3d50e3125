//! What `cardex doctor` says about a system of the open contract: what it says it can do against what is configured.
//! Pure.

use secrecy::SecretString;
use serde::Deserialize as _;
use serde_json::Value as Json;

use super::declare::{Declaration, KindDeclaration};
use crate::connectors::{ConnectorError, Finding, NextStep, Severity};
use crate::model::{Capabilities, RecordKind};

/// The contract's version that this connector speaks.
const CONTRACT: u32 = 1;

/// Compares what is configured with the system's own answer.
pub(super) fn differences(declared: &Declaration, capabilities: &Capabilities, said: &Json) -> Vec<Finding> {
    let Ok(said) = Declaration::deserialize(said) else {
        let hint = "compare `GET /v1/capabilities` with docs/open-connector.md";
        return vec![finding(Severity::Warning, "its capabilities cannot be understood".to_owned(), hint)];
    };
    if said.contract != CONTRACT {
        let message = format!("it speaks version {} of the contract, not {CONTRACT}", said.contract);
        return vec![finding(Severity::Error, message, "use a system that speaks version 1")];
    }
    let mut findings = kinds(declared, capabilities, &said);
    findings.extend(limits(declared, &said));
    if findings.is_empty() {
        let message = "it can do what is configured".to_owned();
        findings.push(Finding { severity: Severity::Good, message, hint: None });
    }
    findings
}

fn limits(declared: &Declaration, said: &Declaration) -> Vec<Finding> {
    let per_second = |declared: &Declaration| {
        f64::from(declared.rate.calls)
            / std::time::Duration::from_secs(declared.rate.per_seconds).as_secs_f64()
    };
    let differences = [
        ("read_batch", declared.read_batch > said.read_batch),
        ("write_batch", declared.write_batch > said.write_batch),
        ("batch_is_atomic", declared.batch_is_atomic != said.batch_is_atomic),
        ("versions", declared.versions && !said.versions),
        ("finds_by_hub_id", declared.finds_by_hub_id && !said.finds_by_hub_id),
        ("merge", declared.merge as u8 > said.merge as u8),
        ("suppress", declared.suppress && !said.suppress),
        ("rate", per_second(declared) > per_second(said)),
    ];
    let exceeded = differences.into_iter().filter(|(_, exceeded)| *exceeded);
    exceeded
        .map(|(key, _)| {
            let message = format!("`capabilities.{key}` promises more than the system says");
            finding(Severity::Error, message, "set it to what `GET /v1/capabilities` answers")
        })
        .collect()
}

fn kinds(declared: &Declaration, capabilities: &Capabilities, said: &Declaration) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (kind, can) in &capabilities.kinds {
        let Some(there) = said.kinds.get(kind.name()) else {
            let message = format!("it has no records of kind `{kind}`");
            findings.push(finding(Severity::Error, message, "remove the kind from `capabilities.kinds`"));
            continue;
        };
        let here = declared.kinds.get(kind.name()).cloned().unwrap_or_default();
        let promises = [
            (here.read, there.read),
            (here.create, there.create),
            (here.withdraw, there.withdraw),
            (here.changes, there.changes),
        ];
        if promises.into_iter().any(|(here, there)| here && !there) {
            let message = format!("`capabilities.kinds.{kind}` promises more than the system says");
            findings.push(finding(Severity::Error, message, "set it to what `GET /v1/capabilities` answers"));
        }
        findings.extend(can.fields.iter().filter_map(|(key, field)| {
            let problem = field_problem(there, key.as_str(), field.read, field.write)?;
            let message = format!("{kind}.{key}: {problem}");
            Some(finding(Severity::Warning, message, "set the field to what `GET /v1/capabilities` answers"))
        }));
        findings.extend(unused(*kind, can, there));
    }
    findings
}

fn field_problem(there: &KindDeclaration, key: &str, read: bool, write: bool) -> Option<&'static str> {
    // A system that lists no fields says that it has all of them.
    let fields = there.fields.as_ref()?;
    let Some(field) = fields.get(key) else { return Some("the system does not have the field") };
    match (read && !field.read, write && !field.write) {
        (true, _) => Some("the system does not show the field"),
        (false, true) => Some("the system does not take the field"),
        (false, false) => None,
    }
}

/// Fields that the system has and the configuration leaves out: mentioned once per kind.
fn unused(
    kind: RecordKind,
    can: &crate::model::KindCapabilities,
    there: &KindDeclaration,
) -> Option<Finding> {
    let fields = there.fields.iter().flatten().map(|(key, _)| key.as_str());
    let unused: Vec<_> = fields.filter(|key| !can.fields.contains_key(&(*key).into())).collect();
    let message = format!("{kind}: the system also has {}", unused.join(", "));
    (!unused.is_empty()).then_some(Finding { severity: Severity::Good, message, hint: None })
}

/// A failed call, as a finding.
pub(super) fn failure(error: &ConnectorError) -> Finding {
    let hint = match error.next_step() {
        NextStep::RetryAfter(_) | NextStep::Settle => "is the system up, and is `base_url` right?",
        NextStep::Halt => "is the token right, and does the system speak the contract at `base_url`?",
        NextStep::Bisect | NextStep::Park | NextStep::Sweep => "look at the system's own log",
    };
    finding(Severity::Error, error.to_string(), hint)
}

/// Whether the system may send webhooks.
pub(super) fn push(secrets: &[SecretString]) -> Option<Finding> {
    let message = "no `webhook_secret_file`: changes are seen at the next poll".to_owned();
    secrets.is_empty().then(|| finding(Severity::Warning, message, "let the system send webhooks"))
}

fn finding(severity: Severity, message: String, hint: &str) -> Finding {
    Finding { severity, message, hint: Some(hint.to_owned()) }
}
