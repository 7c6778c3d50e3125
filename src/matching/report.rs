//! How the search for duplicates stands: counts only.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::base::ALL;
use super::learning::in_force;
use super::scan::{NOTED, Scanned};
use crate::model::SystemId;
use crate::store::{Store, StoreError};

/// How many of the largest blocks are told.
const LARGEST: u32 = 10;

/// How many profiles share one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Shared {
    /// So many profiles.
    pub profiles: u64,
}

/// How the search for duplicates stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// How many profiles there are in the index.
    pub profiles: u64,
    /// How many pairs are kept, by band.
    pub pairs: BTreeMap<String, u64>,
    /// How many proposals there are, by what became of them.
    pub proposals: BTreeMap<String, u64>,
    /// How many open proposals there are, by band.
    pub open: BTreeMap<String, u64>,
    /// How many profiles share the values that most share.
    pub most_shared: Vec<Shared>,
    /// How many blocks stayed too large at the last scan; `None` before the first.
    pub capped: Option<usize>,
    /// How many profiles are marked.
    pub marked: u64,
    /// Since when the oldest is.
    pub oldest_mark: Option<DateTime<Utc>>,
    /// Whether all profiles wait for a scan.
    pub waits_for_scan: bool,
    /// The version of the weights that count; 0: the shipped ones.
    pub weights: i64,
}

/// Counts.
///
/// # Errors
/// The store did not answer.
pub async fn report(store: &Store) -> Result<Report, StoreError> {
    let count = |counts: Vec<(smol_str::SmolStr, u64)>| {
        counts.into_iter().map(|(name, n)| (name.to_string(), n)).collect::<BTreeMap<String, u64>>()
    };
    let (marked, oldest_mark) = store.match_marks_waiting().await?;
    let bearers = store.bearers(&[ALL]).await?;
    let noted = store.cursor(&SystemId::new(""), NOTED).await?;
    let scanned: Option<Scanned> = noted.and_then(|text| serde_json::from_str(&text).ok());
    let largest = store.largest_blocks(LARGEST).await?;
    Ok(Report {
        profiles: bearers.first().map_or(0, |(_, n)| u64::try_from(*n).unwrap_or_default()),
        pairs: count(store.pairs_by_band().await?),
        proposals: count(store.proposals_by_state().await?),
        open: count(store.open_proposals_by_band().await?),
        most_shared: largest.into_iter().map(|profiles| Shared { profiles }).collect(),
        capped: scanned.map(|scanned| scanned.capped),
        marked,
        oldest_mark,
        waits_for_scan: store.match_since().await?.is_some(),
        weights: in_force(store).await?.version,
    })
}
