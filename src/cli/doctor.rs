//! `cardex doctor`: looks at everything a run needs, changes nothing, and says what is wrong and what to do.

use serde::Serialize;
use std::sync::Arc;

use super::{Context, Exit, Failure, Line, hub, with_store};
use crate::connectors::registry::{CONNECTORS, ConnectError};
use crate::connectors::{Connector, Finding, Severity};
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
    for (id, connector) in hub::connectors(&context.config)? {
        if wanted.is_none_or(|wanted| wanted == id.as_str()) {
            let findings = look_at_system(connector).await;
            looked.extend(findings.into_iter().map(|finding| Looked { part: id.to_string(), finding }));
        }
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
        Err(error) if error.is::<Failure>() => Finding {
            severity: Severity::Warning,
            message: error.to_string(),
            hint: Some("the daemon creates it at its first start".to_owned()),
        },
        Err(error) => bad(format!("{error:#}"), None),
    };
    Looked { part: "store".to_owned(), finding }
}

fn known_connectors() -> Looked {
    let names: Vec<&str> = CONNECTORS.iter().map(|(name, _)| *name).collect();
    Looked { part: "connectors".to_owned(), finding: good(&format!("there are: {}", names.join(", "))) }
}

async fn look_at_system(connector: Result<Arc<dyn Connector>, ConnectError>) -> Vec<Finding> {
    let connector = match connector {
        Ok(connector) => connector,
        Err(error) => return vec![unbuilt(error)],
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

/// What is wrong with a connector that cannot be built.
fn unbuilt(error: ConnectError) -> Finding {
    let text = Chain(&error).to_string();
    let told = super::told(&anyhow::Error::new(error));
    bad(text, told.lines().find_map(|line| line.strip_prefix("hint: ")).map(str::to_owned))
}

fn good(message: &str) -> Finding {
    Finding { severity: Severity::Good, message: message.to_owned(), hint: None }
}

fn bad(message: String, hint: Option<String>) -> Finding {
    Finding { severity: Severity::Error, message, hint }
}
