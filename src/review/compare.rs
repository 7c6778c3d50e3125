//! Profiles side by side, and whose values would stay.

use std::collections::BTreeMap;

use super::merge::{Main, Wish};
use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::review::Cluster;
use crate::model::{Cell, CellSet, Element, FieldKey, Record, RecordId, Value};
use crate::reconcile::{Pick, merge_all};
use crate::store::StoreError;

/// Profiles side by side.
#[derive(Debug, Clone)]
pub struct SideBySide {
    /// The profiles, the suggested main one first.
    pub records: Vec<Record>,
    /// Every field that one of them has.
    pub fields: Vec<Compared>,
    /// Pairs of them that are kept apart.
    pub apart: Vec<(RecordId, RecordId)>,
}

/// One field, or one element of several.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The field.
    pub field: FieldKey,
    /// The element of a many-valued one.
    pub element: Option<Element>,
    /// What each profile has, in the order of the profiles.
    pub values: Vec<Option<Value>>,
    /// What would stay.
    pub stays: Option<Value>,
}

/// The profiles of a cluster as they are today, and what would stay if they became one as `wish` says.
///
/// # Errors
/// [`StoreError`] when the store does not answer.
pub async fn side_by_side(hub: &Hub, cluster: &Cluster, wish: &Wish) -> Result<SideBySide, StoreError> {
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
    let apart = apart.filter(|pair| pair.is_between(&in_order)).map(|pair| pair.roots).collect();
    let survivor = survivor(hub, &records, &roots, wish);
    Ok(SideBySide { fields: compare(hub, &records, survivor.as_ref()), records, apart })
}

/// What the profiles would become; `None` when they cannot.
fn survivor(
    hub: &Hub,
    records: &[Record],
    roots: &BTreeMap<RecordId, RecordId>,
    wish: &Wish,
) -> Option<Record> {
    let first = records.first()?;
    let fresh = Record::new(RecordId::new(new_id()), first.kind);
    let main = match wish.main {
        Main::Suggested => first,
        Main::Record(id) => {
            let root = roots.get(&id).copied().unwrap_or(id);
            records.iter().find(|record| record.id == root)?
        }
        Main::New => &fresh,
    };
    let others: Vec<Record> = records.iter().filter(|record| record.id != main.id).cloned().collect();
    let root =
        |pick: &Pick| Pick { from: roots.get(&pick.from).copied().unwrap_or(pick.from), ..pick.clone() };
    let picks: Vec<Pick> = wish.picks.iter().map(root).collect();
    merge_all(&hub.rules, main, &others, &picks, None).ok().map(|merged| merged.main)
}

fn compare(hub: &Hub, records: &[Record], survivor: Option<&Record>) -> Vec<Compared> {
    let Some(main) = records.first() else { return vec![] };
    let mut fields = Vec::new();
    for def in hub.rules.registry.fields(main.kind) {
        let mut elements: Vec<Option<&Element>> = Vec::new();
        for record in records {
            match record.fields.get(&def.key) {
                Some(CellSet::One(_)) => elements.push(None),
                Some(CellSet::Many(cells)) => elements.extend(cells.keys().map(Some)),
                None => {}
            }
        }
        elements.sort_unstable();
        elements.dedup();
        for element in elements {
            let value = |record: &Record| {
                let cells = record.fields.get(&def.key)?;
                cell_of(cells, element)?.value.as_deref().cloned()
            };
            fields.push(Compared {
                field: def.key.clone(),
                element: element.cloned(),
                values: records.iter().map(value).collect(),
                stays: survivor.and_then(value),
            });
        }
    }
    fields
}

fn cell_of<'c>(cells: &'c CellSet, element: Option<&Element>) -> Option<&'c Cell> {
    match (cells, element) {
        (CellSet::One(cell), None) => Some(cell),
        (CellSet::Many(cells), Some(element)) => cells.get(element),
        (CellSet::One(_), Some(_)) | (CellSet::Many(_), None) => None,
    }
}

impl Compared {
    /// Its name, as choices take it: `phones[+34600000000]`.
    #[must_use]
    pub fn name(&self) -> String {
        let element = self.element.as_ref().map_or_else(String::new, |element| format!("[{element}]"));
        format!("{}{element}", self.field)
    }
}

/// The choice of a profile's value for a field by its name: `surname`, or `emails[ana@example.com]` for one of several;
/// `None` when it is no name.
#[must_use]
pub fn pick(name: &str, from: RecordId) -> Option<Pick> {
    let (field, element) = match name.split_once('[') {
        Some((field, rest)) => (field, Some(Element::new(rest.strip_suffix(']')?))),
        None => (name, None),
    };
    Some(Pick { field: FieldKey::new(field), element, from })
}
