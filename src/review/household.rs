//! People with one contact who are not one: how do they belong together?

use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

use super::cluster::ask;
use super::draft::Draft;
use super::error::ReviewError;
use super::merge::members_of;
use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::fields::RELATIONS;
use crate::model::ids::ReviewId;
use crate::model::review::{Cluster, ReviewState};
use crate::model::value::Choice;
use crate::model::{OperatorId, RecordId, RecordKind, Reference, Review, ReviewKind, Value, keys};
use crate::reconcile::{Answering, note};
use crate::store::StoreError;

/// The households that the matcher has found with one of the `considered` people: opens what is new, and settles what is no
/// household any more. Gives back how many reviews were touched.
///
/// # Errors
/// The store did not answer.
pub async fn propose_relations(
    hub: &Hub,
    considered: &[RecordId],
    pairs: &[Cluster],
) -> Result<usize, StoreError> {
    let everyone: BTreeSet<RecordId> = considered.iter().copied().collect();
    let is_asked = |kind: &ReviewKind| matches!(kind, ReviewKind::Household(_));
    ask(hub, &everyone, &is_asked, &|open, now| bring(open, pairs, now)).await
}

/// The reviews that bring `open` to `pairs`. A review is about its two for ever: whoever has read it may be about to answer.
fn bring(open: Vec<Review>, pairs: &[Cluster], now: DateTime<Utc>) -> Vec<Review> {
    let mut wanted: BTreeMap<BTreeSet<RecordId>, &Cluster> =
        pairs.iter().map(|pair| (pair.members().collect(), pair)).collect();
    let is_gone = |review: &Review| wanted.remove(&members_of(review).into_iter().collect()).is_none();
    let gone: Vec<Review> = open.into_iter().filter(is_gone).collect();
    let settled = gone.into_iter().map(|review| Review { state: ReviewState::Settled { at: now }, ..review });
    let fresh = wanted.into_values().map(|pair| Review {
        id: ReviewId::new(new_id()),
        record: Some(pair.main),
        system: None,
        kind: ReviewKind::Household(Box::new(pair.clone())),
        opened_at: now,
        state: ReviewState::Open,
        postponed: None,
    });
    settled.chain(fresh).collect()
}

impl Draft<'_> {
    /// Writes down what the second of the two is to the first, and has it sent to whoever takes relations. It is written down
    /// once: the other direction follows from it.
    pub(super) async fn relate(
        &mut self,
        pair: &Cluster,
        relation: &str,
        operator: &OperatorId,
    ) -> Result<(), ReviewError> {
        let known = RELATIONS.iter().map(|(word, _)| *word).find(|word| *word == relation);
        let word = known.ok_or_else(|| ReviewError::NoRelation(relation.to_owned()))?;
        let members: Vec<RecordId> = pair.members().collect();
        let roots = self.hub.store.roots(&members).await?;
        let both: Vec<RecordId> = members.iter().filter_map(|member| roots.get(member).copied()).collect();
        let [first, second] = both.as_slice() else { return Err(ReviewError::OneAlready) };
        let record = self.hub.store.records(&[*first]).await?.pop().filter(|_| first != second);
        let record = record.ok_or(ReviewError::OneAlready)?;
        let parts = [
            ("type".into(), Value::Choice(Choice::Known(word.into()))),
            ("person".into(), Value::Reference(Reference::Record(RecordKind::Person, *second))),
        ];
        let (operator, entry, now) = (operator.as_str(), self.entry, self.commit.now);
        let by = Answering { operator, entry, now, closed_business_date: None };
        if let Some(answer) = note(&self.hub.rules, &record, &keys::RELATIONS, Value::entry(parts), by) {
            self.follow(&record, answer);
        }
        Ok(())
    }
}
