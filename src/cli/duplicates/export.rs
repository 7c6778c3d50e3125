//! `cardex duplicates export`: proposals for other programs, without anything personal but the hub's own ids.

use serde::Serialize;

use super::super::{Context, Exit, with_store};
use crate::duplicates::compare::cell_name;
use crate::matching;
use crate::model::ReviewKind;
use crate::store::{ReviewFilter, Store};

/// Most proposals of an export.
const MOST: u32 = 1_000_000;

/// The arguments of `duplicates export`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The pairs that operators have decided, for training, in place of the open proposals
    #[arg(long)]
    labels: bool,
}

/// An open proposal.
#[derive(Serialize)]
struct Open {
    review: String,
    main: String,
    others: Vec<String>,
    kind: &'static str,
    probability_ppm: u32,
    band: &'static str,
    next_arrival: Option<String>,
}

/// A decided pair, as it compared when it was proposed.
#[derive(Serialize)]
struct Label {
    review: String,
    one: String,
    other: String,
    is_one: bool,
    decided_at: String,
    /// The version of the weights that it was proposed by; 0: the shipped ones.
    weights: i64,
    /// The level of every factor.
    levels: Vec<String>,
}

pub(in crate::cli) async fn run(wanted: &Arguments, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    if wanted.labels {
        labels(&store, context).await?;
    } else {
        open(&store, context).await?;
    }
    store.close().await;
    Ok(Exit::Success)
}

async fn open(store: &Store, context: &mut Context) -> anyhow::Result<()> {
    let filter = ReviewFilter { kind: Some("duplicates"), ..ReviewFilter::default() };
    context.output.say("review,kind,main,others,probability_ppm,band,next_arrival");
    for review in store.open_reviews(&filter, MOST).await? {
        let ReviewKind::Duplicates(cluster) = &review.kind else { continue };
        let open = Open {
            review: review.id.to_string(),
            main: cluster.main.to_string(),
            others: cluster.others.iter().map(ToString::to_string).collect(),
            kind: cluster.of.name(),
            probability_ppm: cluster.probability_ppm,
            band: cluster.band.name(),
            next_arrival: cluster.next_arrival.map(|day| day.to_string()),
        };
        context.output.object(&open, || {
            let Open { review, main, others, kind, probability_ppm, band, next_arrival } = &open;
            let (others, day) = (others.join(" "), next_arrival.as_deref().unwrap_or_default());
            format!("{review},{kind},{main},{others},{probability_ppm},{band},{day}")
        })?;
    }
    Ok(())
}

async fn labels(store: &Store, context: &mut Context) -> anyhow::Result<()> {
    context.output.say("review,one,other,is_one,decided_at,weights,levels");
    for decided in matching::decided_pairs(store).await? {
        let label = Label {
            review: decided.review.to_string(),
            one: decided.pair.0.to_string(),
            other: decided.pair.1.to_string(),
            is_one: decided.is_one,
            decided_at: decided.at.to_rfc3339(),
            weights: decided.weights,
            levels: decided.cells.iter().map(|cell| cell_name(usize::from(*cell))).collect(),
        };
        context.output.object(&label, || {
            let Label { review, one, other, is_one, decided_at, weights, levels } = &label;
            let levels = levels.join("; ").replace(',', "");
            format!("{review},{one},{other},{is_one},{decided_at},{weights},{levels}")
        })?;
    }
    Ok(())
}
