//! What a review asks, and what each answer means.

use crate::model::ReviewKind;
use crate::model::review::{HoldReason, QuarantineReason, Task};
use crate::words;

/// The kind's name, and what each answer means.
pub(super) const fn choices(kind: &ReviewKind) -> (&'static str, &'static str) {
    match kind {
        ReviewKind::Conflict { .. } => (
            "the system's value stands; the hub and the other systems take it",
            "the hub's value stands; the system is written",
        ),
        ReviewKind::Hold { .. } => (
            "the next cycle of the system may do what it was stopped for, once",
            "the stream stays stopped until a cycle does less",
        ),
        ReviewKind::Quarantine { .. } => (
            "the id shows somebody else now: it gets a record of its own",
            "it is the same one after all: its new values are judged anew",
        ),
        ReviewKind::Proposal { .. } => (
            "the records are merged at the system too, by the front office where the system cannot be asked to",
            "they stay apart at the system",
        ),
        ReviewKind::Duplicates(_) => ("the profiles become one, everywhere", "they are kept apart for ever"),
        ReviewKind::Household(_) => (
            "with `--relation`: it is written down what the second is to the first; with `--main` or `--new`: they become one",
            "they are kept apart for ever, and nobody asks again",
        ),
        ReviewKind::Work { .. } => ("it is done: the system is read again", "it will not be done"),
    }
}

pub(super) fn question(kind: &ReviewKind) -> String {
    match kind {
        ReviewKind::Conflict { field, element, hub, observed } => {
            let element = element.as_ref().map_or_else(String::new, |element| format!("[{element}]"));
            format!(
                "{field}{element}: the hub has {}, the system says {}",
                words::seen(hub),
                words::seen(observed)
            )
        }
        ReviewKind::Hold { of, why: HoldReason::Deletions { gone, known }, .. } => {
            format!("{gone} of {known} {of} records are gone at once")
        }
        ReviewKind::Hold { of, why: HoldReason::FieldChanged { field, changed, known }, .. } => {
            format!("{field} changed on {changed} of {known} {of} records at once")
        }
        ReviewKind::Hold { of, why: HoldReason::Emptied { known }, .. } => {
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
        ReviewKind::Duplicates(cluster) => {
            let others: Vec<String> = cluster.others.iter().map(ToString::to_string).collect();
            let arrival = cluster.next_arrival.map_or_else(String::new, |day| format!(", arriving on {day}"));
            let (of, band, percent) = (cluster.of, cluster.band.name(), percent(cluster.probability_ppm));
            format!("{band} ({percent}){arrival}: the {of} {} and {}", cluster.main, others.join(", "))
        }
        ReviewKind::Household(cluster) => {
            let others: Vec<String> = cluster.others.iter().map(ToString::to_string).collect();
            format!("one contact: what is {} to {}?", others.join(", "), cluster.main)
        }
        ReviewKind::Work { task: Task::Merge { of, keep, lose, refused } } => {
            let why =
                refused.as_ref().map_or_else(String::new, |why| format!(" (the system refused: {why})"));
            format!("merge the {of} `{lose}` into `{keep}` by hand{why}")
        }
        ReviewKind::Work { task: Task::Unmerge { of, keep, lose } } => {
            format!(
                "the {of} `{lose}` was merged into `{keep}`, which cannot be taken back: enter it again by hand"
            )
        }
    }
}

/// Parts per million as a percentage with one decimal.
fn percent(ppm: u32) -> String {
    let tenths = ppm.saturating_add(500) / 1_000;
    format!("{}.{} %", tenths / 10, tenths % 10)
}
