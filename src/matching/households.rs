//! People with one contact who are not one: operators are asked how they belong together, a question per pair. First it has
//! to be decided who is who: nobody is asked about who is part of a proposal.
//!
//! A mark is set whenever a pair becomes a household or is none any more, whoever has judged it; so it does not matter
//! whether somebody has changed or all were compared.

use std::collections::{BTreeMap, BTreeSet};

use super::groups::{Apart, apart, members_of, ordered};
use super::proposals::worth;
use super::{BATCH, LEASE, Matcher};
use crate::duplicates::judge::Band;
use crate::hub::Hub;
use crate::model::review::{self, Cluster, ReviewState};
use crate::model::{Record, RecordId, RecordKind, Reference, Review, keys};
use crate::review::propose_relations;
use crate::store::{Commit, KeptPair, Mark, Races, ReviewFilter, StoreError};

impl Matcher {
    /// Asks about the households of those who are marked, until nobody is; where a hotel does not want that, takes back what
    /// was asked.
    pub(super) async fn ask_about_households(&self) -> Result<(), StoreError> {
        let store = &self.hub.store;
        if !self.hub.matching.households {
            return self.take_back_households().await;
        }
        loop {
            let marks = store.household_marks(BATCH).await?;
            if marks.is_empty() || !self.take_turn(LEASE).await? {
                return Ok(());
            }
            look(&self.hub, &marks).await?;
            store.end_household_marks(&marks).await?;
        }
    }

    async fn take_back_households(&self) -> Result<(), StoreError> {
        let store = &self.hub.store;
        let filter = ReviewFilter { kind: Some("household"), ..ReviewFilter::default() };
        let mut races = Races::of("households that lost every race");
        loop {
            let open = store.open_reviews(&filter, BATCH).await?;
            if open.is_empty() {
                return Ok(());
            }
            let members = open.iter().filter_map(|review| review.kind.cluster()).flat_map(Cluster::members);
            // Whoever wants to be asked again is asked about the same ones.
            store.mark_households(&members.collect::<Vec<_>>()).await?;
            let now = self.hub.clock.now();
            let settle = |review| Review { state: ReviewState::Settled { at: now }, ..review };
            let reviews = open.into_iter().map(settle).collect();
            races.are_won(store.commit(Commit { now, reviews, ..Commit::default() }).await)?;
        }
    }
}

/// Brings the questions about these profiles to the households that they are part of.
async fn look(hub: &Hub, marks: &[Mark]) -> Result<(), StoreError> {
    let considered: Vec<RecordId> = marks.iter().map(|mark| mark.record).collect();
    let kept = hub.store.kept_profiles(&considered).await?;
    let numbers: Vec<i64> = kept.iter().map(|profile| profile.number).collect();
    let mut pairs = hub.store.pairs_of(&numbers).await?;
    pairs.retain(|pair| pair.band == Band::Household.name());
    let numbers: BTreeSet<i64> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
    let members = hub.store.numbered_profiles(&numbers.into_iter().collect::<Vec<_>>()).await?;
    let persons = members.into_iter().filter(|profile| profile.kind == RecordKind::Person);
    let persons: BTreeMap<i64, RecordId> = persons.map(|profile| (profile.number, profile.record)).collect();
    let ids: Vec<RecordId> = persons.values().copied().collect();
    let records = hub.store.records(&ids).await?;
    let records: BTreeMap<RecordId, Record> = records.into_iter().map(|record| (record.id, record)).collect();
    let mut answered = apart(&hub.store, &ids).await?;
    answered.extend(related(hub, records.values()).await?);
    let undecided = members_of(&hub.store.open_clusters(&ids).await?);
    let asked = pairs.iter().filter_map(|pair| household(pair, &persons, &records, &answered));
    let asked = asked.filter(|pair| !pair.members().any(|member| undecided.contains(&member)));
    propose_relations(hub, &considered, &asked.collect::<Vec<_>>()).await?;
    Ok(())
}

/// The pairs of which one is related to the other, whatever the relation.
async fn related(hub: &Hub, records: impl Iterator<Item = &Record>) -> Result<Apart, StoreError> {
    let mut pairs = Vec::new();
    for record in records {
        for cell in record.elements(&keys::RELATIONS).into_iter().flat_map(litemap::LiteMap::values) {
            let Some(value) = cell.value.as_deref() else { continue };
            value.each_reference(&mut |reference| {
                if let Reference::Record(RecordKind::Person, other) = reference {
                    pairs.push((record.id, *other));
                }
            });
        }
    }
    let others: Vec<RecordId> = pairs.iter().map(|(_, other)| *other).collect();
    let roots = hub.store.roots(&others).await?;
    let of_roots = |(one, other): (RecordId, RecordId)| {
        let other = roots.get(&other).copied().unwrap_or(other);
        ordered(one, other)
    };
    Ok(pairs.into_iter().map(of_roots).collect())
}

/// The question about a pair; `None` when it is answered.
fn household(
    pair: &KeptPair,
    persons: &BTreeMap<i64, RecordId>,
    records: &BTreeMap<RecordId, Record>,
    answered: &Apart,
) -> Option<Cluster> {
    let (one, other) = (*persons.get(&pair.a)?, *persons.get(&pair.b)?);
    if answered.contains(&ordered(one, other)) {
        return None;
    }
    let (first, second) = (records.get(&one)?, records.get(&other)?);
    let (main, other) = if worth(first) >= worth(second) { (one, other) } else { (other, one) };
    Some(Cluster {
        of: RecordKind::Person,
        main,
        others: vec![other],
        band: review::Band::Household,
        probability_ppm: u32::try_from(pair.ppm).unwrap_or_default(),
        next_arrival: None,
    })
}
