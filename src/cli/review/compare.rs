//! Profiles side by side, and whose values would stay.

use serde::Serialize;
use std::collections::BTreeMap;

use super::words;
use crate::cli::output::table;
use crate::hub::Hub;
use crate::model::review::Cluster;
use crate::model::{Cell, CellSet, Record, RecordId};
use crate::reconcile::merge_all;
use crate::store::StoreError;

/// Profiles side by side.
#[derive(Debug, Serialize)]
pub(super) struct Profiles {
    /// The records, the suggested main one first.
    records: Vec<String>,
    fields: Vec<Compared>,
    /// Pairs of them that are kept apart.
    apart: Vec<[String; 2]>,
}

/// One field, or one element of several.
#[derive(Debug, Serialize)]
struct Compared {
    /// As `--choose` takes it.
    field: String,
    /// What each record has, in the order of the records.
    values: Vec<Option<String>>,
    /// What would stay.
    stays: Option<String>,
}

/// The profiles of a cluster as they are today.
pub(super) async fn profiles(hub: &Hub, cluster: &Cluster) -> Result<Profiles, StoreError> {
    let members: Vec<RecordId> = cluster.members().collect();
    let roots = hub.store.roots(&members).await?;
    let mut in_order: Vec<RecordId> = Vec::new();
    for root in members.iter().filter_map(|id| roots.get(id)) {
        if !in_order.contains(root) {
            in_order.push(*root);
        }
    }
    let stored = hub.store.records(&in_order).await?;
    let mut stored: BTreeMap<RecordId, Record> =
        stored.into_iter().map(|record| (record.id, record)).collect();
    let records: Vec<Record> = in_order.iter().filter_map(|id| stored.remove(id)).collect();
    let apart = hub.store.kept_apart(&in_order).await?.into_iter();
    let apart = apart.filter(|pair| pair.is_between(&in_order));
    Ok(Profiles {
        records: records.iter().map(|record| record.id.to_string()).collect(),
        fields: compare(hub, &records),
        apart: apart.map(|pair| [pair.roots.0.to_string(), pair.roots.1.to_string()]).collect(),
    })
}

fn compare(hub: &Hub, records: &[Record]) -> Vec<Compared> {
    let Some((main, others)) = records.split_first() else { return vec![] };
    let survivor = merge_all(&hub.rules, main, others, &[], None).ok().map(|merged| merged.main);
    let mut fields = Vec::new();
    for def in hub.rules.registry.fields(main.kind) {
        let mut elements: Vec<Option<&str>> = Vec::new();
        for record in records {
            match record.fields.get(&def.key) {
                Some(CellSet::One(_)) => elements.push(None),
                Some(CellSet::Many(cells)) => elements.extend(cells.keys().map(|key| Some(key.as_str()))),
                None => {}
            }
        }
        elements.sort_unstable();
        elements.dedup();
        for element in elements {
            let text = |record: &Record| {
                let cells = record.fields.get(&def.key)?;
                cell_of(cells, element)?.value.as_deref().map(words::value)
            };
            let element = element.map_or_else(String::new, |element| format!("[{element}]"));
            fields.push(Compared {
                field: format!("{}{element}", def.key),
                values: records.iter().map(text).collect(),
                stays: survivor.as_ref().and_then(text),
            });
        }
    }
    fields
}

fn cell_of<'c>(cells: &'c CellSet, element: Option<&str>) -> Option<&'c Cell> {
    match (cells, element) {
        (CellSet::One(cell), None) => Some(cell),
        (CellSet::Many(cells), Some(element)) => {
            cells.iter().find(|(key, _)| key.as_str() == element).map(|(_, cell)| cell)
        }
        (CellSet::One(_), Some(_)) | (CellSet::Many(_), None) => None,
    }
}

impl Profiles {
    /// The profiles as a table.
    pub(super) fn in_words(&self) -> String {
        let names = self.records.iter().map(String::as_str);
        let head: Vec<&str> = std::iter::once("field").chain(names).chain(["stays"]).collect();
        let row = |compared: &Compared| {
            let values = compared.values.iter().chain([&compared.stays]);
            let values = values.map(|value| value.clone().unwrap_or_default());
            std::iter::once(compared.field.clone()).chain(values).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<String>> = self.fields.iter().map(row).collect();
        let apart = self.apart.iter().map(|[one, other]| format!("kept apart: {one} and {other}\n"));
        format!("\n{}{}", table(&head, &rows), apart.collect::<String>())
    }
}
