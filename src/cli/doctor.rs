//! `cardex doctor`: looks at everything a run needs, changes nothing, and says what is wrong and what to do.

use serde::Serialize;
use std::sync::Arc;

use super::{Context, Exit, Failure, Line, with_store};
use crate::connectors::registry::{self, CONNECTORS};
use crate::connectors::{Connector, Finding, Severity};
use crate::model::SystemId;
use crate::telemetry::Chain;

/// The arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Look at this system only
    system: Option<String>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Looked {
    /// `store`, `connectors`, or the name of a system.
    part: String,
    #[serde(flatten)]
    finding: Finding,
}

impl Line for Looked {
    const HEAD: &'static [&'static str] = &["part", "", "finding"];
    fn cells(&self) -> Vec<String> {
        let mark = match self.finding.severity {
            Severity::Good => "good",
            Severity::Warning => "warning",
            Severity::Error => "ERROR",
        };
        let hint = self.finding.hint.as_ref().map_or_else(String::new, |hint| format!(" (hint: {hint})"));
        vec![self.part.clone(), mark.to_owned(), format!("{}{hint}", self.finding.message)]
    }
}

pub(super) async fn run(arguments: Arguments, context: &mut Context) -> anyhow::Result<Exit> {
    let wanted = arguments.system.as_deref();
    if let Some(name) = wanted.filter(|name| !context.config.systems.contains_key(*name)) {
        return Err(Failure::new(Exit::NoInput, format!("there is no system `{name}`")).into());
    }
    let mut looked = Vec::new();
    if wanted.is_none() {
        looked.push(look_at_store(context).await);
        looked.push(known_connectors());
    }
    for name in context.config.systems.keys().filter(|name| wanted.is_none_or(|wanted| wanted == *name)) {
        let part = name.clone();
        let findings = look_at_system(context, name).await;
        looked.extend(findings.into_iter().map(|finding| Looked { part: part.clone(), finding }));
    }
    context.output.lines(&looked, "nothing to look at")?;
    let bad = looked.iter().any(|looked| looked.finding.severity == Severity::Error);
    Ok(if bad { Exit::Unavailable } else { Exit::Success })
}

async fn look_at_store(context: &Context) -> Looked {
    let finding = match with_store::to_read(context).await {
        Ok(store) => {
            let alive = store.ping().await;
            store.close().await;
            match alive {
                Ok(()) => good("the store answers"),
                Err(error) => bad(format!("the store does not answer: {}", Chain(&error)), None),
            }
        }
        Err(error) => {
            let missing =
                "the store cannot be opened; a daemon that has never run creates it at its first start";
            Finding { severity: Severity::Warning, message: format!("{missing}: {error:#}"), hint: None }
        }
    };
    Looked { part: "store".to_owned(), finding }
}

fn known_connectors() -> Looked {
    let names: Vec<&str> = CONNECTORS.iter().map(|(name, _)| *name).collect();
    Looked { part: "connectors".to_owned(), finding: good(&format!("there are: {}", names.join(", "))) }
}

async fn look_at_system(context: &Context, name: &str) -> Vec<Finding> {
    let connector = match connect(context, name) {
        Ok(connector) => connector,
        Err(finding) => return vec![finding],
    };
    let mut findings = connector.check().await;
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return findings;
    }
    match connector.prepare(true).await {
        Ok(steps) => findings.extend(steps.into_iter().filter(|step| !step.taken).map(|step| Finding {
            severity: Severity::Warning,
            message: format!("not there yet: {}", step.what),
            hint: Some("the daemon does it at its start".to_owned()),
        })),
        Err(error) => findings.push(bad(format!("it cannot be prepared: {}", Chain(&error)), None)),
    }
    findings
}

fn connect(context: &Context, name: &str) -> Result<Arc<dyn Connector>, Finding> {
    let missing = || bad(format!("system `{name}` is not configured"), None);
    let system = context.config.systems.get(name).ok_or_else(missing)?;
    let property = context.config.properties.get(&system.property).ok_or_else(missing)?;
    let (id, hotel) = (SystemId::new(name), registry::Context::of(property));
    registry::connect(&system.connector, &id, &hotel, system.settings.0.clone()).map_err(|error| {
        let text = Chain(&error).to_string();
        let hint = super::told(&anyhow::Error::new(error));
        bad(text, hint.lines().find_map(|line| line.strip_prefix("hint: ")).map(str::to_owned))
    })
}

fn good(message: &str) -> Finding {
    Finding { severity: Severity::Good, message: message.to_owned(), hint: None }
}

fn bad(message: String, hint: Option<String>) -> Finding {
    Finding { severity: Severity::Error, message, hint }
}
