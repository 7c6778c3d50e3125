//! What is shown of a profile, on the desk and in the terminal: one place that gathers it, and one door to what the law
//! protects especially. Decides nothing.

mod line;
mod sensitive;
mod story;

pub(crate) use line::{ProfileLine, lines};
pub(crate) use sensitive::{protected, view};
pub(crate) use story::{Told, told};

use std::collections::{BTreeMap, BTreeSet};

use crate::hub::Hub;
use crate::model::ids::ReviewId;
use crate::model::journal::{Entry, Event};
use crate::model::{Link, Record, RecordId, RecordKind, Review};
use crate::reconcile::{self, FieldStory};
use crate::store::{ReviewFilter, StoreError};
use crate::words;

/// How many entries of the journal are looked through for values that did not make it.
pub(crate) const JOURNAL: u32 = 1000;
/// How many open reviews of one kind are shown.
const REVIEWS: u32 = 50;

/// A profile and what hangs on it.
pub(crate) struct Profile {
    /// The profile: the end of its aliases.
    pub(crate) record: Record,
    /// What was merged into it.
    pub(crate) merged: Vec<Record>,
    /// The reviews that have done so, as far as the journal still tells.
    pub(crate) merged_by: BTreeMap<RecordId, ReviewId>,
    /// The story of each field.
    pub(crate) stories: Vec<FieldStory>,
    /// Its counterparts, and those of what was merged into it.
    pub(crate) links: Vec<Link>,
    /// Its memberships.
    pub(crate) memberships: Vec<Record>,
    /// What waits for a decision about it.
    pub(crate) reviews: Vec<Review>,
    /// What the records are called that it names.
    pub(crate) names: BTreeMap<RecordId, (RecordKind, String)>,
    /// What has happened to it, the newest first.
    pub(crate) journal: Vec<Entry>,
}

/// Gathers a profile; `None` when there is no such record.
///
/// # Errors
/// The store did not answer.
pub(crate) async fn load(hub: &Hub, id: RecordId) -> Result<Option<Profile>, StoreError> {
    let store = &hub.store;
    let Some(root) = store.roots(&[id]).await?.remove(&id) else { return Ok(None) };
    let Some(record) = store.records(&[root]).await?.pop() else { return Ok(None) };
    let aliases: Vec<RecordId> = store.aliases(&[root]).await?.into_keys().collect();
    let merged = store.records(&aliases).await?;
    let links = store.links_of(&[root], None).await?;
    let links: Vec<Link> = links.into_iter().map(|linked| linked.link).collect();
    let journal = store.journal_of(root, JOURNAL).await?;
    // The store tells the newest first, the story begins at the beginning.
    let told: Vec<Entry> = journal.iter().rev().cloned().collect();
    let stories = reconcile::explain(&hub.rules, &record, &links, &told).fields;
    let filter = ReviewFilter { record: Some(root), ..ReviewFilter::default() };
    let mut reviews = store.open_reviews(&filter, REVIEWS).await?;
    let known: BTreeSet<ReviewId> = reviews.iter().map(|review| review.id).collect();
    let clusters = store.open_clusters(&[root]).await?;
    reviews.extend(clusters.into_iter().filter(|review| !known.contains(&review.id)));
    Ok(Some(Profile {
        memberships: store.memberships_of(root).await?,
        names: names(hub, &record).await?,
        merged_by: merged_by(&journal),
        record,
        merged,
        stories,
        links,
        reviews,
        journal,
    }))
}

/// What the records are called that this one names.
async fn names(hub: &Hub, record: &Record) -> Result<BTreeMap<RecordId, (RecordKind, String)>, StoreError> {
    let named: Vec<RecordId> = record.references().into_iter().map(|(_, id)| id).collect();
    let named = hub.store.records(&named).await?;
    Ok(named.iter().map(|record| (record.id, (record.kind, words::name(record)))).collect())
}

/// The review whose decision was written down at the same instant as each merge.
fn merged_by(journal: &[Entry]) -> BTreeMap<RecordId, ReviewId> {
    let decided: BTreeMap<_, _> = journal
        .iter()
        .filter_map(|entry| {
            let Event::Decided { review: Some(review), .. } = &entry.event else { return None };
            Some((entry.at, *review))
        })
        .collect();
    let merged = journal.iter().filter_map(|entry| {
        let Event::Merged { other_before, .. } = &entry.event else { return None };
        Some((other_before.id, *decided.get(&entry.at)?))
    });
    merged.collect()
}
