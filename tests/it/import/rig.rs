//! What the tests of the import share: runs of it, a source that is read out beforehand, and a copy of what the hub holds.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use cardex::hub::System;
use cardex::import::source::{Page, Position, Reject, Source, SourceError};
use cardex::import::systems::ConnectorSource;
use cardex::import::{ImportError, run};
use cardex::model::{CellSet, Observation, RecordId, RecordKind, RemoteRef, SystemId, keys};

use crate::support::pair::Pair;

/// The hotel's PMS, as the hub knows it.
pub(crate) fn pms(pair: &Pair) -> Arc<System> {
    Arc::clone(&pair.hub.systems[&SystemId::new("pms")])
}

/// The hotel's history, by its own interface.
pub(crate) fn by_interface(pair: &Pair) -> Box<dyn Source> {
    Box::new(ConnectorSource::new(pms(pair)))
}

/// A wish for an import of the whole system.
pub(super) fn wish(pair: &Pair) -> run::Wish {
    run::Wish {
        source: "system",
        subscribes: true,
        restarts: false,
        is_released: false,
        total: None,
        rejects: pair.folder().join("rejects.jsonl"),
    }
}

/// Imports a source to its end.
pub(crate) async fn import(pair: &Pair, source: Box<dyn Source>) -> Result<run::Report, ImportError> {
    run::run(&pair.hub, &pms(pair), source, &wish(pair), &mut |_| {}).await
}

/// Rows that were read before, told some at a time.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) observations: Vec<Observation>,
    /// Bad rows, each told with the page that begins at this row.
    pub(super) rejects: BTreeMap<usize, Reject>,
    pub(super) at_a_time: usize,
}

impl Told {
    /// Everything that the hotel remembers now.
    pub(super) async fn by(pair: &Pair, at_a_time: usize) -> Self {
        let mut source = by_interface(pair);
        let mut observations = Vec::new();
        let mut position = None;
        loop {
            let page = source.next(position.as_ref()).await.expect("a page");
            observations.extend(page.observations);
            position = page.next;
            if position.is_none() {
                return Self { observations, rejects: BTreeMap::new(), at_a_time };
            }
        }
    }
}

#[async_trait]
impl Source for Told {
    async fn next(&mut self, after: Option<&Position>) -> Result<Page, SourceError> {
        let from: usize = after.map_or(0, |Position(text)| text.parse().expect("a number"));
        let until = (from + self.at_a_time).min(self.observations.len());
        let rejects: Vec<Reject> = self.rejects.range(from..until).map(|(_, bad)| bad.clone()).collect();
        Ok(Page {
            rows: (until - from + rejects.len()) as u64,
            observations: self.observations[from..until].to_vec(),
            rejects,
            remarks: Vec::new(),
            next: (until < self.observations.len()).then(|| Position(until.to_string())),
        })
    }
}

/// What the hub holds of the hotel's records, each under its id there, without what differs from run to run.
pub(super) async fn held(pair: &Pair) -> BTreeMap<String, String> {
    let (mut linked, mut names) = (Vec::new(), BTreeMap::new());
    for kind in [RecordKind::Company, RecordKind::Agency, RecordKind::Person, RecordKind::Reservation] {
        let rows = pair.hotel().rows(kind.name());
        let refs: Vec<RemoteRef> = rows.iter().map(|row| RemoteRef::new(kind, row.id.as_str())).collect();
        for found in pair.hub.store.links(&SystemId::new("pms"), &refs).await.expect("links") {
            let id = found.link.external_id.as_ref().expect("an id at the hotel");
            let name = format!("{kind} {id}");
            names.insert(found.root.to_string(), name.clone());
            linked.push((name, found.root));
        }
    }
    let ids: Vec<RecordId> = linked.iter().map(|(_, id)| *id).collect();
    let mut records: BTreeMap<RecordId, _> = BTreeMap::new();
    for record in pair.hub.store.records(&ids).await.expect("records") {
        records.insert(record.id, record);
    }
    let mut all = BTreeMap::new();
    for (name, id) in linked {
        let mut text = String::new();
        // The version of the content is a digest over the hub's own ids too, which differ from run to run.
        let fields = records[&id].fields.iter().filter(|(field, _)| **field != keys::CONTENT_VERSION);
        for (field, cells) in fields {
            let values: Vec<String> = match cells {
                CellSet::One(cell) => vec![serde_json::to_string(&cell.value).expect("JSON")],
                CellSet::Many(cells) => {
                    let one = |(element, cell): (_, &cardex::model::Cell)| {
                        format!("{element}={}", serde_json::to_string(&cell.value).expect("JSON"))
                    };
                    cells.iter().map(one).collect()
                }
            };
            let _ = writeln!(text, "{field}: {}", values.join(" "));
        }
        for (id, name) in &names {
            text = text.replace(id, name);
        }
        assert!(all.insert(name, text).is_none(), "a record of the hotel has two links");
    }
    all
}

/// How often anything of the hub's records, links and cursors has been stored.
pub(super) async fn n_stored(pair: &Pair) -> (i64, Option<String>) {
    let mut sum = 0;
    for kind in RecordKind::ALL {
        let records = pair.hub.store.live_records(kind, None, 10_000).await.expect("records");
        let ids: Vec<RecordId> = records.iter().map(|record| record.id).collect();
        sum += records.iter().map(|record| record.version).sum::<i64>();
        let links = pair.hub.store.links_of(&ids, None).await.expect("links");
        sum += links.iter().map(|linked| linked.link.version).sum::<i64>();
    }
    (sum, pair.hub.store.cursor(&SystemId::new("pms"), "import:system").await.expect("the store answers"))
}

/// Compares two copies of what a hub holds, and shows the first fields that differ.
#[track_caller]
pub(super) fn assert_same(found: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) {
    let mut differences = Vec::new();
    for name in found.keys().chain(wanted.keys().filter(|name| !found.contains_key(*name))) {
        let of = |all: &BTreeMap<String, String>| -> BTreeSet<String> {
            all.get(name).map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default()
        };
        let (here, there) = (of(found), of(wanted));
        differences.extend(here.difference(&there).map(|line| format!("{name} has {line}")));
        differences.extend(there.difference(&here).map(|line| format!("{name} lacks {line}")));
    }
    let n_differences = differences.len();
    differences.truncate(10);
    assert!(n_differences == 0, "{n_differences} differences, among them: {differences:#?}");
}

/// The checkpoint of the last import, as it is stored.
pub(super) async fn stored_checkpoint(pair: &Pair) -> serde_json::Value {
    let text = pair.hub.store.cursor(&SystemId::new("pms"), "import:system").await.expect("an answer");
    serde_json::from_str(&text.expect("a checkpoint")).expect("JSON")
}

/// How many entries the journal has.
pub(super) async fn n_journalled(pair: &Pair) -> usize {
    pair.hub.store.recent_journal(None, 1_000_000).await.expect("the journal").len()
}
