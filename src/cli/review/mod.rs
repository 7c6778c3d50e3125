//! `cardex review`: conflicts, holds, quarantines, duplicates, households, proposals and work for the front desk.

mod again;
mod answer;
mod compare;
mod question;
mod sides;

use chrono::{DateTime, Utc};
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use super::{Context, Exit, Failure, Line, hub, with_store};
use crate::model::ids::ReviewId;
use crate::model::review::Band;
use crate::model::{RecordId, Review, ReviewKind, SystemId};
use crate::review::{Wish, side_by_side, sides as sides_of};
use crate::store::ReviewFilter;

/// What to do with the reviews.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show what waits for a decision
    List(List),
    /// Show one review, what accepting and rejecting it would mean, and the profiles it is about side by side
    Show(Show),
    /// Accept a review: see `show`
    Accept(answer::Accept),
    /// Reject a review: see `show`
    Reject(answer::Reject),
    /// Do not be asked for some days; the review stays open
    Postpone(answer::Postpone),
    /// Take apart again the profiles that a review has made one
    Undo(answer::Undo),
    /// Let two records that are kept apart be proposed and made one again
    Reconsider(again::Reconsider),
    /// Let a value change again that was fixed for good
    Unpin(again::Unpin),
}

/// The arguments of `review list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Those of this system
    #[arg(long)]
    system: Option<String>,
    /// Those of the systems of this property
    #[arg(long, value_name = "CODE", conflicts_with = "system")]
    property: Option<String>,
    /// Those of this kind
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(ReviewKind::NAMES))]
    kind: Option<String>,
    /// Duplicates of this band: identity, strong, probable or thin
    #[arg(long, value_name = "BAND", value_parser = PossibleValuesParser::new(Band::PROPOSED))]
    band: Option<String>,
    /// Those that are postponed, in place of those that wait
    #[arg(long)]
    postponed: bool,
    /// Show at most so many
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

/// What `--side` calls the hub.
const HUB: &str = "hub";

/// The arguments of `review show`.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The review's id
    id: String,
}

pub(super) async fn run(command: Command, context: &mut Context) -> anyhow::Result<Exit> {
    match command {
        Command::List(wanted) => list(wanted, context).await,
        Command::Show(wanted) => show(&wanted, context).await,
        Command::Accept(given) => answer::accept(given, context).await,
        Command::Reject(given) => answer::reject(given, context).await,
        Command::Postpone(given) => answer::not_now(&given, context).await,
        Command::Undo(given) => answer::take_back(&given, context).await,
        Command::Reconsider(given) => again::allow(&given, context).await,
        Command::Unpin(given) => again::unpin(&given, context).await,
    }
}

/// A review as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    kind: &'static str,
    system: Option<String>,
    record: Option<String>,
    opened_at: DateTime<Utc>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    postponed_until: Option<DateTime<Utc>>,
    question: String,
    accept: &'static str,
    reject: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    profiles: Option<compare::Profiles>,
    /// Conflict: what each side holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sides: Vec<sides::Side>,
    /// Hold: some of the records that the cycle would change or lose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<sides::Would>,
}

impl Line for Shown {
    const HEAD: &'static [&'static str] = &["id", "kind", "system", "since", "record", "question"];
    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.kind.to_owned(),
            self.system.clone().unwrap_or_default(),
            self.opened_at.format("%Y-%m-%d %H:%M:%S").to_string(),
            self.record.clone().unwrap_or_default(),
            self.question.clone(),
        ]
    }
}

impl From<&Review> for Shown {
    fn from(review: &Review) -> Self {
        let (accept, reject) = question::choices(&review.kind);
        Self {
            id: review.id.to_string(),
            kind: review.kind.name(),
            system: review.system.as_ref().map(ToString::to_string),
            record: review.record.map(|record| record.to_string()),
            opened_at: review.opened_at,
            state: review.state.name(),
            postponed_until: review.postponed.as_ref().map(|postponed| postponed.until),
            question: question::question(&review.kind),
            accept,
            reject,
            profiles: None,
            sides: Vec::new(),
            examples: match &review.kind {
                ReviewKind::Hold { examples, .. } => examples.iter().map(sides::Would::from).collect(),
                ReviewKind::Conflict { .. }
                | ReviewKind::Quarantine { .. }
                | ReviewKind::Proposal { .. }
                | ReviewKind::Duplicates(_)
                | ReviewKind::Household(_)
                | ReviewKind::Work { .. } => Vec::new(),
            },
        }
    }
}

async fn list(wanted: List, context: &mut Context) -> anyhow::Result<Exit> {
    let of_property = wanted.property.as_deref().map(|code| systems_of(context, code)).transpose()?;
    let store = with_store::to_read(context).await?;
    let filter = ReviewFilter {
        systems: of_property.or_else(|| wanted.system.map(|system| vec![SystemId::new(system)])),
        kind: wanted.kind.as_deref().and_then(ReviewKind::named),
        of: wanted.band.as_deref().and_then(Band::named),
        now: Some(context.clock.now()),
        postponed: wanted.postponed,
        ..ReviewFilter::default()
    };
    let reviews = store.open_reviews(&filter, wanted.limit).await?;
    store.close().await;
    let shown: Vec<Shown> = reviews.iter().map(Shown::from).collect();
    context.output.lines(&shown, "nothing waits for a decision")?;
    Ok(Exit::Success)
}

/// The systems of a property.
fn systems_of(context: &Context, code: &str) -> Result<Vec<SystemId>, Failure> {
    let of = context.config.systems.iter().filter(|(_, section)| section.property == code);
    let systems: Vec<SystemId> = of.map(|(name, _)| SystemId::new(name.as_str())).collect();
    if systems.is_empty() {
        return Err(Failure::new(Exit::NoInput, format!("no system has the property `{code}`")));
    }
    Ok(systems)
}

async fn show(wanted: &Show, context: &mut Context) -> anyhow::Result<Exit> {
    let id = parse(&wanted.id)?;
    let store = with_store::to_read(context).await?;
    let review = store.review(id).await?;
    let Some(review) = review else {
        store.close().await;
        return Err(unknown(id).into());
    };
    let mut shown = Shown::from(&review);
    let hub = hub::at_rest(context, store)?;
    if let Some(cluster) = review.kind.cluster() {
        shown.profiles = Some(side_by_side(&hub, cluster, &Wish::default()).await?.into());
    }
    if let Some(conflict) = sides_of(&hub, &review).await? {
        shown.sides = conflict.sides.into_iter().map(sides::Side::from).collect();
    }
    hub.store.close().await;
    context.output.object(&shown, || {
        let Shown { kind, system, state, question, accept, reject, profiles, .. } = &shown;
        let sides = if shown.sides.is_empty() { String::new() } else { sides::sides_in_words(&shown.sides) };
        let none = shown.examples.is_empty();
        let examples = if none { String::new() } else { sides::examples_in_words(&shown.examples) };
        let at = system.as_ref().map_or_else(String::new, |system| format!(" at {system}"));
        let table = profiles.as_ref().map_or_else(String::new, compare::Profiles::in_words);
        format!(
            "{kind}{at}, {state}: {question}\naccept: {accept}\nreject: {reject}\n{table}{sides}{examples}"
        )
    })?;
    Ok(Exit::Success)
}

fn parse(id: &str) -> Result<ReviewId, Failure> {
    let unreadable = || Failure::new(Exit::BadInput, format!("`{id}` is no review"));
    ReviewId::parse(id).ok_or_else(|| unreadable().hint("`cardex review list` shows them"))
}

fn parse_record(id: &str) -> Result<RecordId, Failure> {
    let unreadable = || Failure::new(Exit::BadInput, format!("`{id}` is no record"));
    RecordId::parse(id).ok_or_else(|| unreadable().hint("`cardex review show` names the records of a review"))
}

fn unknown(id: ReviewId) -> Failure {
    let failure = Failure::new(Exit::NoInput, format!("there is no review `{id}`"));
    failure.hint("`cardex review list` shows them")
}
