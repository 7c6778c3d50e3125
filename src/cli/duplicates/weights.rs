//! `cardex duplicates weights`: what was learned from the operators' decisions, and which weights count.
//! `cardex duplicates train` without files learns now.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::in_turn;
use crate::cli::{Context, Exit, Failure, hub, with_store};
use crate::duplicates::learn::BASE;
use crate::matching::{LEAST_DECISIONS, Learning, Matcher};
use crate::store::{LearnedWeights, Store};

/// Which weights are to count.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Count on this version from now on
    #[arg(long = "use", value_name = "VERSION", conflicts_with = "shipped")]
    version: Option<i64>,
    /// Count on the weights that come with the program
    #[arg(long)]
    shipped: bool,
}

/// A version as it is shown.
#[derive(Serialize)]
struct Shown {
    version: i64,
    made_at: DateTime<Utc>,
    state: &'static str,
    decisions: u64,
    pairs: u64,
    log_loss: [f64; 2],
    precision: [f64; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl From<LearnedWeights> for Shown {
    fn from(of: LearnedWeights) -> Self {
        let state = match (of.is_active, of.base == *BASE, &of.refused) {
            (_, false, _) => "outdated",
            (true, true, _) => "active",
            (false, true, Some(_)) => "refused",
            (false, true, None) => "kept",
        };
        Self {
            version: of.version,
            made_at: of.made_at,
            state,
            decisions: of.decisions,
            pairs: of.pairs,
            log_loss: [share(of.loss.0), share(of.loss.1)],
            precision: [share(of.precision.0), share(of.precision.1)],
            refused: of.refused,
        }
    }
}

/// Millionths as a number.
fn share(millionths: u64) -> f64 {
    u32::try_from(millionths).map_or(f64::INFINITY, f64::from) / 1e6
}

impl Shown {
    fn in_words(&self) -> String {
        let Self { version, made_at, state, decisions, pairs, log_loss, precision, refused } = self;
        let why = refused.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        format!(
            "version {version} of {}: {state}{why}\n  {decisions} decisions about {pairs} pairs; log-loss {:.3}, was \
             {:.3}; precision {:.3}, was {:.3}",
            made_at.format("%Y-%m-%d %H:%M"),
            log_loss[1],
            log_loss[0],
            precision[1],
            precision[0]
        )
    }
}

/// Shows the versions, or has another one count.
pub(super) async fn run(wanted: &Arguments, context: &mut Context) -> anyhow::Result<Exit> {
    if wanted.version.is_some() || wanted.shipped {
        let store = with_store::to_decide(context).await?;
        let changed = choose(&store, wanted.version).await;
        store.close().await;
        changed?;
        context.output.say(
            "all profiles are compared anew by them: at once by a daemon, else by `cardex duplicates scan`",
        );
        return Ok(Exit::Success);
    }
    let store = with_store::to_read(context).await?;
    let versions = store.learned_weights().await;
    store.close().await;
    let shown: Vec<Shown> = versions?.into_iter().map(Shown::from).collect();
    if !shown.iter().any(|shown| shown.state == "active") {
        context.output.say("the weights that come with the program count");
    }
    for version in &shown {
        context.output.object(version, || version.in_words())?;
    }
    Ok(Exit::Success)
}

async fn choose(store: &Store, version: Option<i64>) -> anyhow::Result<()> {
    if let Some(version) = version {
        let versions = store.learned_weights().await?;
        let found = versions.into_iter().find(|of| of.version == version);
        let unfit = |why: String| Failure::new(Exit::BadInput, format!("version {version} {why}"));
        let Some(found) = found else { return Err(unfit("does not exist".to_owned()).into()) };
        if found.base != *BASE {
            return Err(unfit("was made for another version of the program".to_owned()).into());
        }
        if let Some(why) = found.refused {
            return Err(unfit(format!("was refused: {why}")).into());
        }
    }
    Ok(store.use_weights(version).await?)
}

/// Learns from the hub's own decisions now.
pub(super) async fn learn(context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_decide(context).await?;
    let hub = hub::at_rest(context, store)?;
    let matcher = Matcher::new(&hub);
    let learned = in_turn(async || matcher.learn().await).await;
    hub.store.close().await;
    match learned? {
        Learning::TooFew { decisions } => {
            let few = format!("there are {decisions} decisions; it takes {LEAST_DECISIONS}");
            Err(Failure::new(Exit::NoInput, few).into())
        }
        Learning::Fitted(fitted) => {
            let shown = Shown::from(*fitted);
            context.output.object(&shown, || shown.in_words())?;
            Ok(Exit::Success)
        }
    }
}
