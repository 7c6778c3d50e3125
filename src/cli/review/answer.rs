//! `cardex review accept|reject|postpone|undo`.

use chrono::{DateTime, Utc};
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use super::{HUB, hub, parse, parse_record, unknown, with_store};
use crate::cli::{Context, Exit, Failure};
use crate::hub::Hub;
use crate::model::fields::RELATIONS;
use crate::model::ids::ReviewId;
use crate::model::review::{Postponed, Task};
use crate::model::{OperatorId, RecordId, ReviewKind, SystemId};
use crate::reconcile::{FollowUp, Pick};
use crate::review::{
    Chosen, Decided, Decision, LONGEST_DAYS, Main, ReviewError, Settlement, Undone, Wish, decide, pick,
    postpone, undo,
};

/// The arguments of `review accept`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Accept {
    /// The review's id
    id: String,
    /// Duplicates: the record that stays
    #[arg(long, value_name = "RECORD", conflicts_with = "new")]
    main: Option<String>,
    /// Duplicates: all of them go into a new record
    #[arg(long)]
    new: bool,
    /// Duplicates: whose value stays; `FIELD[ELEMENT]` for one of several, as `show` names them
    #[arg(long, value_name = "FIELD=RECORD")]
    choose: Vec<String>,
    /// Duplicates: only these become one
    #[arg(long, value_name = "RECORD")]
    only: Vec<String>,
    /// Conflict: the value of this system stands; `hub` is the hub's own
    #[arg(long, value_name = "SYSTEM", conflicts_with_all = ["main", "new", "choose", "only"])]
    side: Option<String>,
    /// Conflict: this value stands, typed as `2026-03-01` or `12.50 EUR`; an empty one clears the field
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["main", "new", "choose", "only", "side"])]
    value: Option<String>,
    /// Conflict: the value stands for good, whoever changes it later
    #[arg(long, conflicts_with_all = ["main", "new", "choose", "only"])]
    pin: bool,
    /// Household: what the second of the two is to the first
    #[arg(long, value_name = "WORD", value_parser = words(), conflicts_with_all = ["main", "new", "choose", "only", "side", "value", "pin"])]
    relation: Option<String>,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// The arguments of `review reject`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Reject {
    /// The review's id
    id: String,
    /// Why, for the journal
    #[arg(long)]
    reason: String,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// The arguments of `review postpone`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Postpone {
    /// The review's id
    id: String,
    /// For how many days
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(LONGEST_DAYS)))]
    days: u16,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// The arguments of `review undo`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Undo {
    /// The review's id
    id: String,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// What somebody can be to another.
fn words() -> PossibleValuesParser {
    PossibleValuesParser::new(RELATIONS.iter().map(|(word, _)| *word))
}

pub(super) async fn accept(given: Accept, context: &mut Context) -> anyhow::Result<Exit> {
    if let Some(relation) = given.relation {
        return answer(&given.id, &given.operator, &Decision::Relate { relation }, context).await;
    }
    if given.pin || given.side.is_some() || given.value.is_some() {
        let value = match (given.side, given.value) {
            (_, Some(text)) => Chosen::Typed(text),
            (Some(side), None) if side == HUB => Chosen::Hub,
            (Some(side), None) => Chosen::System(SystemId::new(side)),
            (None, None) => {
                let failure = Failure::new(Exit::BadInput, "`--pin` does not say which value".to_owned());
                return Err(failure
                    .hint("name it with `--side SYSTEM`, `--side hub` or `--value TEXT`")
                    .into());
            }
        };
        let decision = Decision::Settle(Settlement { value, pin: given.pin });
        return answer(&given.id, &given.operator, &decision, context).await;
    }
    let main = match (&given.main, given.new) {
        (Some(record), _) => Main::Record(parse_record(record)?),
        (None, true) => Main::New,
        (None, false) => Main::Suggested,
    };
    let picks = given.choose.iter().map(|text| choice(text)).collect::<Result<Vec<_>, _>>()?;
    let only = given.only.iter().map(|text| parse_record(text)).collect::<Result<Vec<_>, _>>()?;
    let wish = Wish { main, picks, only };
    let decision = if wish == Wish::default() { Decision::Accept } else { Decision::Merge(wish) };
    answer(&given.id, &given.operator, &decision, context).await
}

pub(super) async fn reject(given: Reject, context: &mut Context) -> anyhow::Result<Exit> {
    let decision = Decision::Reject { reason: given.reason };
    answer(&given.id, &given.operator, &decision, context).await
}

/// `surname=019a…` or `emails[ana@example.com]=019a…`.
fn choice(text: &str) -> Result<Pick, Failure> {
    let unreadable = || {
        let failure = Failure::new(Exit::BadInput, format!("`{text}` is no choice"));
        failure.hint("a choice is `surname=RECORD`, or `emails[ELEMENT]=RECORD` for one of several")
    };
    let (name, record) = text.rsplit_once('=').ok_or_else(unreadable)?;
    pick(name, parse_record(record)?).ok_or_else(unreadable)
}

/// What followed, as JSON tells it.
#[derive(Serialize)]
struct Followed {
    review: String,
    due: usize,
    reads: usize,
    by_hand: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    main: Option<String>,
    apart: usize,
}

async fn answer(
    id: &str,
    operator: &str,
    decision: &Decision,
    context: &mut Context,
) -> anyhow::Result<Exit> {
    let id = parse(id)?;
    let hub = open(context).await?;
    let decided = decide(&hub, id, decision, &OperatorId::new(operator)).await;
    hub.store.close().await;
    let Decided { n_due, n_reads, by_hand, main, n_apart } = decided.map_err(|error| refused(error, id))?;
    let main = main.map(|main| main.to_string());
    let followed =
        Followed { review: id.to_string(), due: n_due, reads: n_reads, by_hand, main, apart: n_apart };
    context.output.object(&followed, || {
        let hand = if by_hand { "; the front office has to merge them there by hand" } else { "" };
        let one = followed.main.as_ref().map_or_else(String::new, |main| format!("; they are `{main}` now"));
        let apart = match n_apart {
            0 => String::new(),
            n_pairs => format!("; {n_pairs} pairs are kept apart"),
        };
        format!("decided: {n_due} systems will be written, {n_reads} records read again{one}{apart}{hand}")
    })?;
    Ok(Exit::Success)
}

/// Until when nobody is asked, as JSON tells it.
#[derive(Serialize)]
struct NotNow {
    review: String,
    until: DateTime<Utc>,
}

pub(super) async fn not_now(given: &Postpone, context: &mut Context) -> anyhow::Result<Exit> {
    let id = parse(&given.id)?;
    let hub = open(context).await?;
    let postponed = postpone(&hub, id, given.days, &OperatorId::new(given.operator.as_str())).await;
    hub.store.close().await;
    let Postponed { until, .. } = postponed.map_err(|error| refused(error, id))?;
    let said = NotNow { review: id.to_string(), until };
    context.output.object(&said, || format!("postponed until {}", until.format("%Y-%m-%d %H:%M UTC")))?;
    Ok(Exit::Success)
}

/// What was taken apart, as JSON tells it.
#[derive(Serialize)]
struct TakenApart {
    review: String,
    restored: Vec<String>,
    due: usize,
    stays: Vec<Stays>,
}

/// What a system keeps as one.
#[derive(Serialize)]
struct Stays {
    system: String,
    kind: &'static str,
    keep: String,
    lose: String,
}

impl Stays {
    fn of(question: &FollowUp) -> Option<Self> {
        match &question.kind {
            ReviewKind::Work { task: Task::Unmerge { of, keep, lose } } => Some(Self {
                system: question.system.to_string(),
                kind: of.name(),
                keep: keep.to_string(),
                lose: lose.to_string(),
            }),
            ReviewKind::Work { task: Task::Merge { .. } }
            | ReviewKind::Conflict { .. }
            | ReviewKind::Hold { .. }
            | ReviewKind::Quarantine { .. }
            | ReviewKind::Proposal { .. }
            | ReviewKind::Duplicates(_)
            | ReviewKind::Household(_) => None,
        }
    }
}

pub(super) async fn take_back(given: &Undo, context: &mut Context) -> anyhow::Result<Exit> {
    let id = parse(&given.id)?;
    let hub = open(context).await?;
    let undone = undo(&hub, id, &OperatorId::new(given.operator.as_str())).await;
    hub.store.close().await;
    let Undone { restored, n_due, stays } = undone.map_err(|error| refused(error, id))?;
    let apart = TakenApart {
        review: id.to_string(),
        restored: restored.iter().map(RecordId::to_string).collect(),
        due: n_due,
        stays: stays.iter().filter_map(Stays::of).collect(),
    };
    context.output.object(&apart, || {
        let kept = apart.stays.iter().map(|Stays { system, kind, keep, lose }| {
            format!("\nnot undone: {system} keeps the {kind} `{lose}` merged into `{keep}`")
        });
        let restored = apart.restored.join(", ");
        format!("undone: {restored} are records of their own again{}", kept.collect::<String>())
    })?;
    Ok(Exit::Success)
}

pub(super) async fn open(context: &Context) -> anyhow::Result<Hub> {
    let store = with_store::to_decide(context).await?;
    hub::at_rest(context, store)
}

fn refused(error: ReviewError, id: ReviewId) -> anyhow::Error {
    let with_hint = |hint: &str| Failure::new(Exit::BadInput, error.to_string()).hint(hint).into();
    match &error {
        ReviewError::Unknown(_) => unknown(id).into(),
        ReviewError::Ended(..)
        | ReviewError::NothingToUndo(_)
        | ReviewError::NotApart(..)
        | ReviewError::NotPinned(_) => Failure::new(Exit::NoInput, error.to_string()).into(),
        ReviewError::NoSystem(_) => Failure::new(Exit::Config, error.to_string()).into(),
        ReviewError::Household => with_hint(
            "say how with `--relation`, or name the record that stays with `--main` if they are one after all",
        ),
        ReviewError::KeptApart(pair) => {
            let (one, other) = (pair.one, pair.other);
            with_hint(&format!("`cardex review reconsider {one} {other}` takes that back"))
        }
        ReviewError::NotAMember(_)
        | ReviewError::NoField(_)
        | ReviewError::NoChoice(_)
        | ReviewError::NoElement(_) => with_hint("`cardex review show` lists its records and fields"),
        ReviewError::NoSide(_) | ReviewError::NotTyped(_) => {
            with_hint("`cardex review show` lists what each system holds")
        }
        ReviewError::NotDuplicates(_)
        | ReviewError::NotConflict(_)
        | ReviewError::Unreadable(..)
        | ReviewError::NoDays
        | ReviewError::NotHousehold(_)
        | ReviewError::NoRelation(_)
        | ReviewError::OneAlready
        | ReviewError::GoneOn(..) => Failure::new(Exit::BadInput, error.to_string()).into(),
        ReviewError::Refused(_) | ReviewError::Split(_) | ReviewError::Merge(_) | ReviewError::Store(_) => {
            error.into()
        }
    }
}
