//! `cardex duplicates`: what is known of profiles that may be one, and how well the detector works.

mod evaluate;
mod explain;
mod export;
mod people;
mod train;
mod weights;

use std::time::Duration;

use super::{Context, Exit, Failure, Format, hub, with_store};
use crate::matching::{self, Matcher, Report};
use crate::store::StoreError;

/// How many seconds a command waits for whoever has the turn.
const PATIENCE: u32 = 150;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Compare all profiles with each other now, and bring the proposals to what was found
    Scan,
    /// Show how many pairs and proposals there are, and what waits
    Stats,
    /// Show why two profiles are taken for one, or for two
    Explain(explain::Pair),
    /// Write the open proposals, or the decided pairs for training, to standard output
    Export(export::Arguments),
    /// Say how good the detector is on profiles of which it is known who is who; needs no hub and no configuration
    Evaluate(evaluate::Arguments),
    /// Fit the detector's weights to what operators have decided; or, with `--input`, to profiles of which it is known who
    /// is who, which needs no hub and no configuration
    Train(train::Arguments),
    /// Show which weights were learned from decisions and which count, or have others count
    Weights(weights::Arguments),
}

/// Does what needs no hub and no configuration; `None` for what does.
pub(super) fn alone(command: &Command, format: Format) -> Option<anyhow::Result<Exit>> {
    match command {
        Command::Evaluate(wanted) => Some(evaluate::run(wanted, format)),
        Command::Train(wanted) => train::run(wanted),
        Command::Scan | Command::Stats | Command::Explain(_) | Command::Export(_) | Command::Weights(_) => {
            None
        }
    }
}

pub(super) async fn run(command: Command, context: &mut Context) -> anyhow::Result<Exit> {
    match command {
        Command::Scan => scan(context).await,
        Command::Stats => stats(context).await,
        Command::Explain(pair) => explain::run(&pair, context).await,
        Command::Export(wanted) => export::run(&wanted, context).await,
        Command::Evaluate(wanted) => evaluate::run(&wanted, context.output.format()),
        Command::Train(wanted) => match train::run(&wanted) {
            Some(fitted) => fitted,
            None => weights::learn(context).await,
        },
        Command::Weights(wanted) => weights::run(&wanted, context).await,
    }
}

async fn scan(context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_decide(context).await?;
    let hub = hub::at_rest(context, store)?;
    let matcher = Matcher::new(&hub);
    let scanned = in_turn(async || matcher.scan().await).await;
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

/// Does what takes the turn, as soon as nobody else has it.
async fn in_turn<T>(work: impl AsyncFn() -> Result<Option<T>, StoreError>) -> anyhow::Result<T> {
    for _ in 0..PATIENCE {
        if let Some(done) = work().await? {
            return Ok(done);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let busy = Failure::new(Exit::Unavailable, "somebody else is looking for duplicates");
    Err(busy.hint("the daemon does so while profiles change: try again later").into())
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
    let weights = match report.weights {
        0 => "as they come with the program".to_owned(),
        version => format!("version {version}"),
    };
    let scan = if report.waits_for_scan { "; all of them wait for a scan" } else { "" };
    format!(
        "profiles: {}\npairs kept: {}\nproposals: {}\nopen: {}\nprofiles that share a value, most first: {}\n\
         blocks that stay too large: {capped}\nprofiles to look at: {}{oldest}{scan}\nweights: {weights}",
        report.profiles,
        counts(&report.pairs),
        counts(&report.proposals),
        counts(&report.open),
        shared.join(", "),
        report.marked
    )
}
