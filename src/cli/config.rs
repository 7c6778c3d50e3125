//! `cardex config check` and `cardex config show`.

use serde::Serialize;

use super::{Context, Exit, Line, hub};
use crate::config::{NextRuns, Setting};

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Say what is wrong with the configuration; nothing is opened or called
    Check,
    /// Show every key in force, where it was set, and the coming runs of each schedule
    Show,
}

pub(super) fn run(command: &Command, context: &mut Context) -> anyhow::Result<Exit> {
    match command {
        Command::Check => check(context),
        Command::Show => show(context),
    }
}

#[derive(Serialize)]
struct Checked {
    good: bool,
    n_systems: usize,
    n_properties: usize,
}

fn check(context: &mut Context) -> anyhow::Result<Exit> {
    let config = &context.config;
    for connector in hub::connectors(config)?.into_values() {
        connector?;
    }
    let checked =
        Checked { good: true, n_systems: config.systems.len(), n_properties: config.properties.len() };
    let (n_systems, n_properties) = (checked.n_systems, checked.n_properties);
    context.output.object(&checked, || {
        format!("the configuration is good: {n_properties} hotels, {n_systems} systems")
    })?;
    if n_systems == 0 {
        context.output.say("no system is configured yet: config/examples/site.toml shows how");
    }
    Ok(Exit::Success)
}

impl Line for Setting {
    const HEAD: &'static [&'static str] = &["key", "value", "set in"];
    fn cells(&self) -> Vec<String> {
        let set_in = self.set_in.as_deref().unwrap_or("(default)");
        vec![self.key.clone(), self.value.clone(), set_in.to_owned()]
    }
}

impl Line for NextRuns {
    const HEAD: &'static [&'static str] = &["system", "job", "schedule", "zone", "coming runs (UTC)"];
    fn cells(&self) -> Vec<String> {
        let runs: Vec<String> =
            self.runs.iter().map(|run| run.format("%Y-%m-%d %H:%M:%S").to_string()).collect();
        vec![
            self.system.clone(),
            self.job.to_owned(),
            self.trigger.clone(),
            self.time_zone.clone(),
            runs.join(", "),
        ]
    }
}

fn show(context: &mut Context) -> anyhow::Result<Exit> {
    let now = context.clock.now();
    context.output.lines(&context.config.settings(), "nothing is configured")?;
    let runs = context.config.next_runs(now);
    if !runs.is_empty() {
        context.output.say("\u{20}");
        context.output.lines(&runs, "")?;
    }
    Ok(Exit::Success)
}
