//! A profile as a list shows it.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::finder::Hit;
use crate::model::value::Address;
use crate::model::{CellSet, Life, Record, RecordId, RecordKind, Value, keys};
use crate::search::{Question, fit, words_of};
use crate::store::{Store, StoreError};
use crate::words;

/// A profile as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ProfileLine {
    pub(crate) id: RecordId,
    pub(crate) kind: RecordKind,
    pub(crate) name: String,
    /// What the profiles were called that were merged into it, where what was asked is known of them only.
    pub(crate) was: Vec<String>,
    pub(crate) city: String,
    pub(crate) country: String,
    pub(crate) birth_year: Option<String>,
    pub(crate) stays: Option<String>,
    pub(crate) next_arrival: Option<String>,
    /// The systems where it is.
    pub(crate) systems: BTreeSet<String>,
}

/// The lines of what was found, in its order. `text` is what was asked.
///
/// # Errors
/// The store did not answer.
pub(crate) async fn lines(store: &Store, hits: &[Hit], text: &str) -> Result<Vec<ProfileLine>, StoreError> {
    let roots: Vec<RecordId> = hits.iter().map(|hit| hit.record).collect();
    let mut merged: BTreeMap<RecordId, Vec<Record>> = BTreeMap::new();
    let aliases: Vec<RecordId> = store.aliases(&roots).await?.into_keys().collect();
    let ends = store.roots(&aliases).await?;
    for alias in store.records(&aliases).await? {
        if let Some(root) = ends.get(&alias.id) {
            merged.entry(*root).or_default().push(alias);
        }
    }
    let mut systems: BTreeMap<RecordId, BTreeSet<String>> = BTreeMap::new();
    for linked in store.links_of(&roots, None).await? {
        if !linked.link.life.has_ended() {
            systems.entry(linked.root).or_default().insert(linked.link.system.to_string());
        }
    }
    let records = store.records(&roots).await?;
    let records: BTreeMap<RecordId, Record> = records.into_iter().map(|record| (record.id, record)).collect();
    let question = Question::of(text);
    let line = |root: &RecordId| {
        let record = records.get(root)?;
        let was = was(&question, record, merged.get(root).map_or(&[], Vec::as_slice));
        Some(line(record, was, systems.get(root).cloned().unwrap_or_default()))
    };
    Ok(roots.iter().filter_map(line).collect())
}

/// What the aliases were called of which alone all that was asked is known; all of them when none knows all.
fn was(question: &Question, root: &Record, merged: &[Record]) -> Vec<String> {
    let fits = |record: &Record| {
        let words = words_of(record);
        let is_whole = words.all.iter().any(|word| question.whole.iter().any(|span| span.has(word)));
        let near = question
            .wanted
            .iter()
            .map(|wanted| near(wanted.typed.as_deref(), &words.names))
            .collect::<Vec<_>>();
        is_whole || fit(question, &near, &words.text()).is_some()
    };
    if merged.is_empty() || question.is_empty() || fits(root) {
        return Vec::new();
    }
    let merged: Vec<&Record> = merged.iter().filter(|record| record.life != Life::Erased).collect();
    let fitting: Vec<&Record> = merged.iter().copied().filter(|record| fits(record)).collect();
    let told = if fitting.is_empty() { merged } else { fitting };
    told.into_iter().map(words::name).collect()
}

fn near(typed: Option<&str>, names: &BTreeSet<String>) -> Vec<String> {
    let Some(typed) = typed else { return Vec::new() };
    names.iter().filter(|name| crate::search::is_near(typed, name)).cloned().collect()
}

fn line(record: &Record, was: Vec<String>, systems: BTreeSet<String>) -> ProfileLine {
    let address = address(record);
    let residence = record.value(&keys::RESIDENCE).map(words::value);
    let country = address.and_then(|address| address.country.as_ref()).map(|country| country.0.to_string());
    let text = |field| record.value(field).map(words::value);
    ProfileLine {
        id: record.id,
        kind: record.kind,
        name: words::name(record),
        was,
        city: address.map(|address| address.city.clone()).unwrap_or_default(),
        country: residence.or(country).unwrap_or_default(),
        birth_year: text(&keys::BIRTH_DATE).map(|day| day.chars().take(4).collect()),
        stays: text(&keys::STAYS),
        next_arrival: text(&keys::NEXT_ARRIVAL_ON),
        systems,
    }
}

/// The primary address, else the first.
fn address(record: &Record) -> Option<&Address> {
    let cells = record.fields.get(&keys::ADDRESSES).into_iter().flat_map(CellSet::cells);
    let addresses = cells.filter_map(|cell| {
        if let Value::Address(address) = cell.value.as_deref()? { Some(&**address) } else { None }
    });
    addresses.max_by_key(|address| address.primary)
}
