//! The small systems' own book of what was done to them, kept apart from everything the daemon believes.
//!
//! Tests judge the daemon by this book alone. It shares no code with the reconciler and is never read by it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Who did something to a system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Author {
    /// Somebody at the system: a receptionist, a guest at a web form.
    User(String),
    /// Whoever speaks the contract with the token: cardex.
    Contract,
}

/// One thing that was done to one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When, by the system's clock.
    pub at: DateTime<Utc>,
    /// The kind of record.
    pub kind: String,
    /// Its id at the system.
    pub id: String,
    /// Its version afterwards.
    pub version: i64,
    /// The hub id it carries afterwards.
    pub hub_id: Option<String>,
    /// By whom.
    pub author: Author,
    /// What.
    pub deed: Deed,
}

/// What was done to a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// It was made with these fields.
    Created(BTreeMap<String, Value>),
    /// These fields were changed.
    Changed(BTreeMap<String, FieldChange>),
    /// A write came that changed nothing.
    Untouched,
    /// It was deleted.
    Deleted,
    /// It was merged into another.
    MergedInto(String),
}

/// A field's value before and after; `None` is absent or empty.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// Before.
    pub before: Option<Value>,
    /// After.
    pub after: Option<Value>,
}

/// A copy of a system's book.
#[derive(Debug, Clone, Default)]
pub struct Ledger(pub Vec<Entry>);

impl Ledger {
    /// What was done through the contract.
    pub fn by_contract(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(|entry| entry.author == Author::Contract)
    }

    /// How many writes came through the contract, those that changed nothing included: an echo shows here.
    pub fn n_writes(&self) -> usize {
        self.by_contract().count()
    }

    /// How many records were made through the contract for each hub id. More than one is a duplicate effect (J2).
    pub fn creates_per_hub_id(&self) -> BTreeMap<String, usize> {
        let mut creates = BTreeMap::new();
        for entry in self.by_contract() {
            if let (Deed::Created(_), Some(hub_id)) = (&entry.deed, &entry.hub_id) {
                *creates.entry(hub_id.clone()).or_default() += 1;
            }
        }
        creates
    }

    /// Hub ids for which more than one record was made (J2). Empty is right.
    pub fn duplicate_creates(&self) -> Vec<String> {
        self.creates_per_hub_id().into_iter().filter(|(_, times)| *times > 1).map(|(id, _)| id).collect()
    }

    /// Merges made through the contract more than once (J2). Empty is right.
    pub fn duplicate_merges(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let merges = self.by_contract().filter(|entry| matches!(entry.deed, Deed::MergedInto(_)));
        merges.filter(|entry| !seen.insert((&entry.kind, &entry.id))).map(|entry| entry.id.clone()).collect()
    }

    /// The values that `field` of one record has had, oldest first, whoever set them; null is empty.
    pub fn history(&self, kind: &str, id: &str, field: &str) -> Vec<Value> {
        let of_record = self.0.iter().filter(|entry| entry.kind == kind && entry.id == id);
        of_record.filter_map(|entry| entry.value_after(field)).collect()
    }

    /// The id of the record of `kind` that carries this hub id.
    pub fn id_of(&self, kind: &str, hub_id: &str) -> Option<&str> {
        let carries = |entry: &&Entry| entry.kind == kind && entry.hub_id.as_deref() == Some(hub_id);
        self.0.iter().rev().find(carries).map(|entry| entry.id.as_str())
    }

    /// Where `field` of a record went back, through the contract, to a value that its `source` had already left
    /// (J3, J5): pairs of record id at this system and the value's text. Empty is right.
    ///
    /// `pairs` are the ids of the same records at the source and here. A value that the source never had is not
    /// judged: it was made here or was changed by the system's form.
    pub fn steps_back(
        &self,
        source: &Self,
        pairs: &[(String, String)],
        kind: &str,
        field: &str,
    ) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (there, here) in pairs {
            let course = source.history(kind, there, field);
            let mut reached = 0;
            for written in self.contract_history(kind, here, field) {
                let Some(ahead) = course.iter().skip(reached).position(|value| *value == written) else {
                    if course.contains(&written) {
                        found.push((here.clone(), written.to_string()));
                    }
                    continue;
                };
                reached += ahead;
            }
        }
        found
    }

    fn contract_history(&self, kind: &str, id: &str, field: &str) -> Vec<Value> {
        let of_record = self.by_contract().filter(|entry| entry.kind == kind && entry.id == id);
        of_record.filter_map(|entry| entry.value_after(field)).collect()
    }
}

impl Entry {
    /// What `field` holds after this entry; `None` when the entry does not touch it.
    fn value_after(&self, field: &str) -> Option<Value> {
        match &self.deed {
            Deed::Created(fields) => fields.get(field).cloned(),
            Deed::Changed(changes) => {
                changes.get(field).map(|change| change.after.clone().unwrap_or(Value::Null))
            }
            Deed::Untouched | Deed::Deleted | Deed::MergedInto(_) => None,
        }
    }
}
