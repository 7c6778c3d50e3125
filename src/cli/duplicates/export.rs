//! `cardex duplicates export`: proposals for other programs, without anything personal but the hub's own ids.

use serde::Serialize;

use super::super::{Context, Exit, with_store};
use crate::matching;
use crate::model::review::{Cluster, ReviewState};
use crate::model::{Review, ReviewKind};
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

/// A decided pair.
#[derive(Serialize)]
struct Label {
    one: String,
    other: String,
    is_one: bool,
    probability_ppm: u32,
    band: &'static str,
    /// The level of every factor; empty where one of the two has gone into the other.
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
    context.output.say("one,other,is_one,probability_ppm,band,levels");
    for review in store.decided_proposals(MOST).await? {
        let (Some(is_one), ReviewKind::Duplicates(cluster)) = (answer(&review), &review.kind) else {
            continue;
        };
        for label in pairs(store, cluster, is_one).await? {
            context.output.object(&label, || {
                let Label { one, other, is_one, probability_ppm, band, levels } = &label;
                let levels = levels.join("; ").replace(',', "");
                format!("{one},{other},{is_one},{probability_ppm},{band},{levels}")
            })?;
        }
    }
    Ok(())
}

/// Whether operators took the profiles for one; `None` where they have said neither.
const fn answer(review: &Review) -> Option<bool> {
    match review.state {
        ReviewState::Accepted { .. } => Some(true),
        ReviewState::Rejected { .. } => Some(false),
        ReviewState::Open | ReviewState::Settled { .. } | ReviewState::Undone { .. } => None,
    }
}

async fn pairs(store: &Store, cluster: &Cluster, is_one: bool) -> anyhow::Result<Vec<Label>> {
    let mut labels = Vec::new();
    for other in &cluster.others {
        let explained = matching::explain(store, cluster.main, *other).await?;
        let levels = explained.into_iter().flat_map(|explained| explained.factors);
        labels.push(Label {
            one: cluster.main.to_string(),
            other: other.to_string(),
            is_one,
            probability_ppm: cluster.probability_ppm,
            band: cluster.band.name(),
            levels: levels.map(|factor| factor.level).collect(),
        });
    }
    Ok(labels)
}
