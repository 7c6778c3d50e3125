//! `cardex review list|show|accept|reject`: conflicts, holds, quarantines and proposals.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Context, Exit, Failure, Line, hub, with_store, words};
use crate::model::ids::ReviewId;
use crate::model::review::{HoldReason, QuarantineReason, ReviewState};
use crate::model::{OperatorId, Review, ReviewKind, SystemId};
use crate::review::{Decided, Decision, ReviewError, decide};
use crate::store::ReviewFilter;

/// What to do with the reviews.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show what waits for a decision
    List(List),
    /// Show one review, and what accepting and rejecting it would mean
    Show(Show),
    /// Accept a review: see `show`
    Accept(Accept),
    /// Reject a review: see `show`
    Reject(Reject),
}

/// The arguments of `review list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Those of this system
    #[arg(long)]
    system: Option<String>,
    /// Those of this kind
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Show at most so many
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

/// The kinds of review.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    Conflict,
    Hold,
    Quarantine,
    Proposal,
}

/// The arguments of `review show`.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The review's id
    id: String,
}

/// The arguments of `review accept`.
#[derive(Debug, clap::Args)]
pub(super) struct Accept {
    /// The review's id
    id: String,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// The arguments of `review reject`.
#[derive(Debug, clap::Args)]
pub(super) struct Reject {
    /// The review's id
    id: String,
    /// Why, for the journal
    #[arg(long)]
    reason: String,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

pub(super) async fn run(command: Command, context: &mut Context) -> anyhow::Result<Exit> {
    match command {
        Command::List(wanted) => list(wanted, context).await,
        Command::Show(wanted) => show(&wanted, context).await,
        Command::Accept(given) => answer(&given.id, &given.operator, &Decision::Accept, context).await,
        Command::Reject(given) => {
            let decision = Decision::Reject { reason: given.reason };
            answer(&given.id, &given.operator, &decision, context).await
        }
    }
}

/// A review as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    kind: &'static str,
    system: String,
    record: Option<String>,
    opened_at: DateTime<Utc>,
    state: &'static str,
    question: String,
    accept: &'static str,
    reject: &'static str,
}

impl Line for Shown {
    const HEAD: &'static [&'static str] = &["id", "kind", "system", "since", "record", "question"];
    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.kind.to_owned(),
            self.system.clone(),
            self.opened_at.format("%Y-%m-%d %H:%M:%S").to_string(),
            self.record.clone().unwrap_or_default(),
            self.question.clone(),
        ]
    }
}

impl From<&Review> for Shown {
    fn from(review: &Review) -> Self {
        let (kind, accept, reject) = choices(&review.kind);
        Self {
            id: review.id.to_string(),
            kind,
            system: review.system.to_string(),
            record: review.record.map(|record| record.to_string()),
            opened_at: review.opened_at,
            state: match review.state {
                ReviewState::Open => "open",
                ReviewState::Accepted { .. } => "accepted",
                ReviewState::Rejected { .. } => "rejected",
                ReviewState::Settled { .. } => "settled",
            },
            question: question(&review.kind),
            accept,
            reject,
        }
    }
}

/// The kind's name, and what each answer means.
const fn choices(kind: &ReviewKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        ReviewKind::Conflict { .. } => (
            "conflict",
            "the system's value stands; the hub and the other systems take it",
            "the hub's value stands; the system is written",
        ),
        ReviewKind::Hold { .. } => (
            "hold",
            "the next cycle of the system may do what it was stopped for, once",
            "the stream stays stopped until a cycle does less",
        ),
        ReviewKind::Quarantine { .. } => (
            "quarantine",
            "the id shows somebody else now: it gets a record of its own",
            "it is the same one after all: its new values are judged anew",
        ),
        ReviewKind::Proposal { .. } => (
            "proposal",
            "the records are merged at the system too, by the front office where the system cannot be asked to",
            "they stay apart at the system",
        ),
    }
}

fn question(kind: &ReviewKind) -> String {
    match kind {
        ReviewKind::Conflict { field, element, hub, observed } => {
            let element = element.as_ref().map_or_else(String::new, |element| format!("[{element}]"));
            format!(
                "{field}{element}: the hub has {}, the system says {}",
                words::seen(hub),
                words::seen(observed)
            )
        }
        ReviewKind::Hold { of, why: HoldReason::Deletions { gone, known } } => {
            format!("{gone} of {known} {of} records are gone at once")
        }
        ReviewKind::Hold { of, why: HoldReason::FieldChanged { field, changed, known } } => {
            format!("{field} changed on {changed} of {known} {of} records at once")
        }
        ReviewKind::Hold { of, why: HoldReason::Emptied { known } } => {
            format!("none of {known} {of} records is left")
        }
        ReviewKind::Quarantine { external_id, why: QuarantineReason::IdentityChanged } => {
            format!("`{external_id}` changed surname, birth date and e-mail at once")
        }
        ReviewKind::Quarantine { external_id, why: QuarantineReason::SlotReused } => {
            format!("the system gave the id of a guest it still had to `{external_id}`")
        }
        ReviewKind::Proposal { main, others } => {
            let others: Vec<String> = others.iter().map(ToString::to_string).collect();
            format!("{} went into {main}: merge them at the system too?", others.join(", "))
        }
    }
}

async fn list(wanted: List, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let kind = wanted.kind.map(|kind| match kind {
        Kind::Conflict => "conflict",
        Kind::Hold => "hold",
        Kind::Quarantine => "quarantine",
        Kind::Proposal => "proposal",
    });
    let filter = ReviewFilter {
        system: wanted.system.as_deref().map(SystemId::from),
        kind,
        ..ReviewFilter::default()
    };
    let reviews = store.open_reviews(&filter, wanted.limit).await?;
    store.close().await;
    let shown: Vec<Shown> = reviews.iter().map(Shown::from).collect();
    context.output.lines(&shown, "nothing waits for a decision")?;
    Ok(Exit::Success)
}

async fn show(wanted: &Show, context: &mut Context) -> anyhow::Result<Exit> {
    let id = parse(&wanted.id)?;
    let store = with_store::to_read(context).await?;
    let review = store.review(id).await?;
    store.close().await;
    let review = review.ok_or_else(|| unknown(id))?;
    let shown = Shown::from(&review);
    context.output.object(&shown, || {
        let Shown { kind, system, state, question, accept, reject, .. } = &shown;
        format!("{kind} at {system}, {state}: {question}\naccept: {accept}\nreject: {reject}")
    })?;
    Ok(Exit::Success)
}

/// What followed, as JSON tells it.
#[derive(Serialize)]
struct Followed {
    review: String,
    due: usize,
    reads: usize,
    by_hand: bool,
}

async fn answer(
    id: &str,
    operator: &str,
    decision: &Decision,
    context: &mut Context,
) -> anyhow::Result<Exit> {
    let id = parse(id)?;
    let store = with_store::to_decide(context).await?;
    let hub = hub::at_rest(context, store)?;
    let decided = decide(&hub, id, decision, &OperatorId::new(operator)).await;
    hub.store.close().await;
    let Decided { n_due, n_reads, by_hand } = decided.map_err(|error| refused(error, id))?;
    let followed = Followed { review: id.to_string(), due: n_due, reads: n_reads, by_hand };
    context.output.object(&followed, || {
        let hand = if by_hand { "; the front office has to merge them there by hand" } else { "" };
        format!("decided: {n_due} systems will be written, {n_reads} records read again{hand}")
    })?;
    Ok(Exit::Success)
}

fn refused(error: ReviewError, id: ReviewId) -> anyhow::Error {
    match error {
        ReviewError::Unknown(_) => unknown(id).into(),
        ReviewError::Ended(_) => Failure::new(Exit::NoInput, error.to_string()).into(),
        ReviewError::NoSystem(_) => Failure::new(Exit::Config, error.to_string()).into(),
        ReviewError::Merge(_) | ReviewError::Store(_) => error.into(),
    }
}

fn parse(id: &str) -> Result<ReviewId, Failure> {
    let unreadable = || Failure::new(Exit::BadInput, format!("`{id}` is no review"));
    ReviewId::parse(id).ok_or_else(|| unreadable().hint("`cardex review list` shows them"))
}

fn unknown(id: ReviewId) -> Failure {
    Failure::new(Exit::NoInput, format!("there is no review `{id}`"))
}
