//! Asks operators about groups, the nearest arrival first, and makes one of what is certain where a hotel wants that.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::groups::Group;
use super::learning::InForce;
use crate::duplicates::judge::Band;
use crate::duplicates::learn::CELLS_FORM;
use crate::hub::Hub;
use crate::model::review::{self, Cluster};
use crate::model::{OperatorId, Record, RecordId, ReviewKind, Value, keys};
use crate::review::{Decision, ReviewError, decide, propose};
use crate::store::{ComparedPair, StoreError};

/// Who has decided, in the journal: the configuration.
pub(super) const POLICY: &str = "cardex";

/// Opens, changes and settles proposals about the `considered` profiles; how many were touched.
pub(super) async fn put(
    hub: &Hub,
    weights: &InForce,
    considered: &[RecordId],
    groups: &[Group],
) -> Result<usize, StoreError> {
    let members: Vec<RecordId> = groups.iter().flat_map(|group| group.members.iter().copied()).collect();
    let today = hub.clock.now().date_naive();
    let arrivals = hub.store.next_arrivals(&members, today).await?;
    let records = hub.store.records(&members).await?;
    let records: BTreeMap<RecordId, &Record> = records.iter().map(|record| (record.id, record)).collect();
    let clusters: Vec<Cluster> =
        groups.iter().filter_map(|group| cluster(group, &records, &arrivals)).collect();
    // Comes first: what is decided a moment later was compared like this.
    hub.store.note_compared(hub.clock.now(), &compared(weights, groups)).await?;
    let n_touched = propose(hub, considered, &clusters).await?;
    if hub.matching.merge_identity && clusters.iter().any(|cluster| cluster.band == review::Band::Identity) {
        merge_identities(hub, &members).await?;
    }
    Ok(n_touched)
}

/// How the pairs compare that groups are proposed for.
fn compared(weights: &InForce, groups: &[Group]) -> Vec<ComparedPair> {
    let pairs = groups.iter().flat_map(|group| &group.pairs);
    let noted = pairs.map(|spoken| ComparedPair {
        pair: spoken.pair,
        form: *CELLS_FORM,
        weights: weights.version,
        cells: spoken.cells.to_vec(),
    });
    noted.collect()
}

fn cluster(
    group: &Group,
    records: &BTreeMap<RecordId, &Record>,
    arrivals: &BTreeMap<RecordId, NaiveDate>,
) -> Option<Cluster> {
    let main = group.members.iter().copied().max_by_key(|id| records.get(id).map(|record| worth(record)))?;
    Some(Cluster {
        of: group.of,
        main,
        others: group.members.iter().copied().filter(|member| *member != main).collect(),
        band: band(group.band)?,
        probability_ppm: u32::try_from(group.ppm).unwrap_or_default(),
        next_arrival: group.members.iter().filter_map(|member| arrivals.get(member)).min().copied(),
    })
}

/// What speaks for a profile to stay: a document seen at the desk, stays, how much is known, how old it is.
pub(super) fn worth(record: &Record) -> (bool, i64, usize, std::cmp::Reverse<RecordId>) {
    let has_document = record.elements(&keys::IDENTITY_DOCUMENTS).is_some_and(|cells| !cells.is_empty());
    let stays = match record.value(&keys::STAYS) {
        Some(Value::Integer(stays)) => *stays,
        Some(_) | None => 0,
    };
    (has_document, stays, record.fields.len(), std::cmp::Reverse(record.id))
}

const fn band(band: Band) -> Option<review::Band> {
    match band {
        Band::Identity => Some(review::Band::Identity),
        Band::Strong => Some(review::Band::Strong),
        Band::Probable => Some(review::Band::Probable),
        Band::Thin => Some(review::Band::Thin),
        Band::Household => Some(review::Band::Household),
        Band::None => None,
    }
}

/// Accepts what is certain. What cannot be made one now stays an open proposal.
async fn merge_identities(hub: &Hub, members: &[RecordId]) -> Result<(), StoreError> {
    for review in hub.store.open_clusters(members).await? {
        let ReviewKind::Duplicates(cluster) = &review.kind else { continue };
        if cluster.band != review::Band::Identity {
            continue;
        }
        match decide(hub, review.id, &Decision::Accept, &OperatorId::new(POLICY)).await {
            Ok(_) => {}
            Err(ReviewError::Store(error)) => return Err(error),
            Err(error) => {
                tracing::info!(review.id = %review.id, %error, "certain duplicates wait for an operator");
            }
        }
    }
    Ok(())
}
