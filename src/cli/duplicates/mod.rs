//! `cardex duplicates`: what is known of profiles that may be one, and how well the detector works.

mod evaluate;
mod export;
mod people;
mod train;

use serde::Serialize;
use std::time::Duration;

use super::{Context, Exit, Failure, Format, find, hub, with_store};
use crate::matching::{self, Explained, Matcher, Report};

/// How long a scan waits for whoever has the turn.
const PATIENCE: u32 = 150;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Compare all profiles with each other now, and bring the proposals to what was found
    Scan,
    /// Show how many pairs and proposals there are, and what waits
    Stats,
    /// Show why two profiles are taken for one, or for two
    Explain(Pair),
    /// Write the open proposals, or the decided pairs for training, to standard output
    Export(export::Arguments),
    /// Say how good the detector is on profiles of which it is known who is who; needs no hub and no configuration
    Evaluate(evaluate::Arguments),
    /// Fit the detector's weights to profiles of which it is known who is who; needs no hub and no configuration
    Train(train::Arguments),
}

/// Does what needs no hub and no configuration; `None` for what does.
pub(super) fn alone(command: &Command, format: Format) -> Option<anyhow::Result<Exit>> {
    match command {
        Command::Evaluate(wanted) => Some(evaluate::run(wanted, format)),
        Command::Train(wanted) => Some(train::run(wanted)),
        Command::Scan | Command::Stats | Command::Explain(_) | Command::Export(_) => None,
    }
}

/// The arguments of `duplicates explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Pair {
    /// A profile: its id, or its id at any system
    one: String,
    /// Another
    other: String,
}

pub(super) async fn run(command: Command, context: &mut Context) -> anyhow::Result<Exit> {
    match command {
        Command::Scan => scan(context).await,
        Command::Stats => stats(context).await,
        Command::Explain(pair) => explain(&pair, context).await,
        Command::Export(wanted) => export::run(&wanted, context).await,
        Command::Evaluate(wanted) => evaluate::run(&wanted, context.output.format()),
        Command::Train(wanted) => train::run(&wanted),
    }
}

async fn scan(context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_decide(context).await?;
    let hub = hub::at_rest(context, store)?;
    let matcher = Matcher::new(&hub);
    let mut tries = 0;
    let scanned = loop {
        if let Some(scanned) = matcher.scan().await? {
            break Ok(scanned);
        }
        tries += 1;
        if tries > PATIENCE {
            let busy = Failure::new(Exit::Unavailable, "somebody else is looking for duplicates");
            break Err(busy.hint("the daemon does so while profiles change: try again later"));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    hub.store.close().await;
    let scanned = scanned?;
    context.output.object(&scanned, || {
        let bands = |of: &std::collections::BTreeMap<String, usize>| {
            let told: Vec<String> = of.iter().map(|(band, n)| format!("{band} {n}")).collect();
            if told.is_empty() { "none".to_owned() } else { told.join(", ") }
        };
        format!(
            "profiles: {}\npairs compared: {}\npairs kept: {}\nproposals: {}\nblocks that stay too large: {}",
            scanned.profiles,
            scanned.judged,
            bands(&scanned.pairs),
            bands(&scanned.proposals),
            scanned.capped
        )
    })?;
    Ok(Exit::Success)
}

async fn stats(context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let report = matching::report(&store).await;
    store.close().await;
    let report = report?;
    context.output.object(&report, || in_words(&report))?;
    Ok(Exit::Success)
}

fn in_words(report: &Report) -> String {
    let counts = |of: &std::collections::BTreeMap<String, u64>| {
        let told: Vec<String> = of.iter().map(|(name, n)| format!("{name} {n}")).collect();
        if told.is_empty() { "none".to_owned() } else { told.join(", ") }
    };
    let shared: Vec<String> = report.most_shared.iter().map(|shared| shared.profiles.to_string()).collect();
    let capped = report.capped.map_or_else(|| "not scanned yet".to_owned(), |capped| capped.to_string());
    let oldest = report.oldest_mark.map_or_else(String::new, |at| format!(", the oldest since {at}"));
    let scan = if report.waits_for_scan { "; all of them wait for a scan" } else { "" };
    format!(
        "profiles: {}\npairs kept: {}\nproposals: {}\nopen: {}\nprofiles that share a value, most first: {}\n\
         blocks that stay too large: {capped}\nprofiles to look at: {}{oldest}{scan}",
        report.profiles,
        counts(&report.pairs),
        counts(&report.proposals),
        counts(&report.open),
        shared.join(", "),
        report.marked
    )
}

/// An explanation with whom it is about.
#[derive(Serialize)]
struct Told {
    one: String,
    other: String,
    #[serde(flatten)]
    explained: Explained,
}

async fn explain(pair: &Pair, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let (one, other) = (find::record(&store, &pair.one).await?, find::record(&store, &pair.other).await?);
    if one.id == other.id {
        return Err(Failure::new(Exit::BadInput, "the two are one record already").into());
    }
    let explained = matching::explain(&store, one.id, other.id).await;
    store.close().await;
    let Some(explained) = explained? else {
        let failure = Failure::new(Exit::NoInput, "one of the two has not been looked at yet");
        return Err(failure.hint("`cardex duplicates scan` looks at all profiles").into());
    };
    let told = Told { one: one.id.to_string(), other: other.id.to_string(), explained };
    context.output.object(&told, || waterfall(&told.explained))?;
    Ok(Exit::Success)
}

fn waterfall(explained: &Explained) -> String {
    let mut lines = vec![format!("{:+8.3}  to begin with", explained.bias)];
    let (said, silent): (Vec<_>, Vec<_>) = explained.factors.iter().partition(|factor| factor.weight != 0.0);
    lines.extend(said.iter().map(|factor| format!("{:+8.3}  {}", factor.weight, factor.level)));
    lines.extend(silent.iter().map(|factor| format!("{:>8}  {}", "", factor.level)));
    lines.push(format!("{:+8.3}  together", explained.sum));
    let percent = format!("{}.{:02} %", explained.ppm / 10_000, explained.ppm / 100 % 100);
    let veto = if explained.is_vetoed { "; something certain speaks against it" } else { "" };
    let apart = if explained.are_compared { "" } else { "; they have no key in common" };
    lines.push(format!("probably one: {percent}, band {}{veto}{apart}", explained.band));
    lines.join("\n")
}
