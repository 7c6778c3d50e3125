//! The records of a small system: rows with versions, the change feed and the book, changed one deed at a time.
//!
//! No locks, no clock, no network: [`super::system::System`] hands those in. Must never use the daemon's types or
//! rules, or it could not judge them.

use chrono::{DateTime, SubsecRound as _, Utc};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ledger::{Author, Deed, Entry, FieldChange};
use super::manners::Quirks;

/// A record of a small system.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Grows by one with each change.
    pub version: i64,
    /// The hub id that was written into it.
    pub hub_id: Option<String>,
    /// What it holds: field to value in the contract's JSON.
    pub fields: BTreeMap<String, Value>,
    /// When it was last changed.
    pub modified_at: DateTime<Utc>,
    /// Who changed it last.
    pub modified_by: Option<String>,
    /// Its place in the change feed: the number of its last change.
    pub sequence: u64,
    /// Whether it is still there.
    pub life: RowLife,
}

/// Whether a record is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowLife {
    /// It is.
    Live,
    /// It was deleted.
    Deleted,
    /// It was merged into the record with this id.
    MergedInto(String),
}

impl Row {
    /// Text that is equal for equal content.
    pub(super) fn hash(&self) -> String {
        let content = serde_json::to_vec(&self.fields).unwrap_or_default();
        hex(Sha256::digest(content).iter().take(12))
    }

    fn is_live(&self) -> bool {
        self.life == RowLife::Live
    }
}

/// A write as the contract brings it.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    pub(super) id: Option<String>,
    pub(super) hub_id: Option<String>,
    pub(super) if_version: Option<i64>,
    pub(super) fields: Map<String, Value>,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Done(Box<Row>),
    Exists(String),
    Stale,
    NotFound,
    Rejected { field: Option<String>, why: &'static str },
}

/// Who does something, when, and by which habits it is taken.
pub(super) struct Hand<'a> {
    pub(super) author: Author,
    pub(super) now: DateTime<Utc>,
    pub(super) quirks: &'a Quirks,
}

/// The rows, the feed and the book.
#[derive(Default)]
pub(super) struct Table {
    pub(super) ledger: Vec<Entry>,
    pub(super) sequence: u64,
    rows: BTreeMap<String, BTreeMap<String, Row>>,
    by_hub_id: BTreeMap<(String, String), String>,
    feed: BTreeMap<(String, u64), String>,
    last_number: BTreeMap<String, u64>,
}

impl Table {
    /// The record, whatever its life.
    pub(super) fn row(&self, kind: &str, id: &str) -> Option<&Row> {
        self.rows.get(kind)?.get(id)
    }

    /// Every live record of `kind`, by id.
    pub(super) fn live(&self, kind: &str) -> impl Iterator<Item = &Row> {
        self.rows.get(kind).into_iter().flat_map(BTreeMap::values).filter(|row| row.is_live())
    }

    /// Live records of `kind` with an id after `after`, by id.
    pub(super) fn live_after(&self, kind: &str, after: &str) -> impl Iterator<Item = &Row> {
        use std::ops::Bound::{Excluded, Unbounded};
        let rows = self.rows.get(kind).into_iter();
        let rows = rows.flat_map(move |rows| rows.range::<str, _>((Excluded(after), Unbounded)));
        rows.map(|(_, row)| row).filter(|row| row.is_live())
    }

    /// The live record that carries this hub id.
    pub(super) fn by_hub_id(&self, kind: &str, hub_id: &str) -> Option<&Row> {
        let id = self.by_hub_id.get(&(kind.to_owned(), hub_id.to_owned()))?;
        self.row(kind, id).filter(|row| row.is_live())
    }

    /// Records of `kind` changed after the change number `after`, oldest change first.
    pub(super) fn changed_after(&self, kind: &str, after: u64) -> impl Iterator<Item = &Row> {
        let range = (kind.to_owned(), after.saturating_add(1))..=(kind.to_owned(), u64::MAX);
        self.feed.range(range).filter_map(|((kind, _), id)| self.row(kind, id))
    }

    /// A write through the contract.
    pub(super) fn write(&mut self, kind: &str, request: Request, hand: Hand<'_>) -> Answer {
        if let Some(refusal) = self.refusal(kind, &request, hand.quirks) {
            return refusal;
        }
        let Some(id) = request.id else {
            let known = request.hub_id.as_deref().and_then(|hub_id| self.by_hub_id(kind, hub_id));
            return match known {
                Some(row) => Answer::Exists(row.id.clone()),
                None => Answer::Done(Box::new(self.insert(kind, request.hub_id, request.fields, hand))),
            };
        };
        let Some(row) = self.row(kind, &id).filter(|row| row.is_live()) else { return Answer::NotFound };
        if request.if_version.is_some_and(|version| version != row.version) {
            return Answer::Stale;
        }
        if let Some(hub_id) = request.hub_id {
            self.bind(kind, &id, &hub_id);
        }
        let written = self.update(kind, &id, request.fields, hand);
        written.map_or(Answer::NotFound, |row| Answer::Done(Box::new(row)))
    }

    /// Takes back through the contract what was made through it.
    pub(super) fn withdraw(
        &mut self,
        kind: &str,
        id: &str,
        if_version: Option<i64>,
        hand: Hand<'_>,
    ) -> Answer {
        let Some(row) = self.row(kind, id).filter(|row| row.is_live()).cloned() else {
            return Answer::NotFound;
        };
        if if_version.is_some_and(|version| version != row.version) {
            return Answer::Stale;
        }
        self.delete(kind, id, hand);
        Answer::Done(Box::new(row))
    }

    /// Makes a record.
    pub(super) fn insert(
        &mut self,
        kind: &str,
        hub_id: Option<String>,
        fields: Map<String, Value>,
        hand: Hand<'_>,
    ) -> Row {
        let fields = habits(hand.quirks, fields);
        let fields: BTreeMap<_, _> = fields.into_iter().filter(|(_, value)| !is_empty(value)).collect();
        let number = self.last_number.entry(kind.to_owned()).or_default();
        *number += 1;
        let id = format!("{}{number:06}", kind.get(..1).unwrap_or("x").to_uppercase());
        let row = Row {
            id: id.clone(),
            version: 0,
            hub_id: hub_id.clone(),
            fields: fields.clone(),
            modified_at: hand.now,
            modified_by: None,
            sequence: 0,
            life: RowLife::Live,
        };
        if let Some(hub_id) = hub_id {
            self.by_hub_id.insert((kind.to_owned(), hub_id), id.clone());
        }
        self.commit(kind, row, Deed::Created(fields), hand)
    }

    /// Changes fields of a record; `Value::Null` empties one. `None` when it is not there.
    pub(super) fn update(
        &mut self,
        kind: &str,
        id: &str,
        fields: Map<String, Value>,
        hand: Hand<'_>,
    ) -> Option<Row> {
        let mut row = self.row(kind, id).filter(|row| row.is_live())?.clone();
        let changes = differences(&row, habits(hand.quirks, fields));
        if changes.is_empty() {
            if hand.quirks.touches_without_change {
                return Some(self.commit(kind, row, Deed::Untouched, hand));
            }
            self.ledger.push(entry(kind, &row, Deed::Untouched, hand));
            return Some(row);
        }
        for (field, change) in &changes {
            match &change.after {
                Some(value) => row.fields.insert(field.clone(), value.clone()),
                None => row.fields.remove(field),
            };
        }
        Some(self.commit(kind, row, Deed::Changed(changes), hand))
    }

    /// Deletes a record. `false` when it is not there.
    pub(super) fn delete(&mut self, kind: &str, id: &str, hand: Hand<'_>) -> bool {
        self.end(kind, id, RowLife::Deleted, Deed::Deleted, hand)
    }

    /// Merges `lose` into `keep`. `false` when one of them is not there.
    pub(super) fn merge(&mut self, kind: &str, keep: &str, lose: &str, hand: Hand<'_>) -> bool {
        let kept = keep != lose && self.row(kind, keep).is_some_and(Row::is_live);
        let (life, deed) = (RowLife::MergedInto(keep.to_owned()), Deed::MergedInto(keep.to_owned()));
        kept && self.end(kind, lose, life, deed, hand)
    }

    fn end(&mut self, kind: &str, id: &str, life: RowLife, deed: Deed, hand: Hand<'_>) -> bool {
        let Some(row) = self.row(kind, id).filter(|row| row.is_live()) else { return false };
        let ended = Row { life, ..row.clone() };
        self.commit(kind, ended, deed, hand);
        true
    }

    fn bind(&mut self, kind: &str, id: &str, hub_id: &str) {
        if let Some(row) = self.rows.get_mut(kind).and_then(|rows| rows.get_mut(id)) {
            row.hub_id = Some(hub_id.to_owned());
            self.by_hub_id.insert((kind.to_owned(), hub_id.to_owned()), id.to_owned());
        }
    }

    /// Stores a changed row and writes version, feed and book.
    fn commit(&mut self, kind: &str, mut row: Row, deed: Deed, hand: Hand<'_>) -> Row {
        self.sequence += 1;
        self.feed.remove(&(kind.to_owned(), row.sequence));
        self.feed.insert((kind.to_owned(), self.sequence), row.id.clone());
        row.sequence = self.sequence;
        row.version += 1;
        row.modified_at = if hand.quirks.one_second_stamps { hand.now.trunc_subsecs(0) } else { hand.now };
        row.modified_by = match &hand.author {
            Author::User(name) => Some(name.clone()),
            Author::Contract => None,
        };
        self.ledger.push(entry(kind, &row, deed, hand));
        self.rows.entry(kind.to_owned()).or_default().insert(row.id.clone(), row.clone());
        row
    }

    fn refusal(&self, kind: &str, request: &Request, quirks: &Quirks) -> Option<Answer> {
        let rejected = |field: &String, why| Some(Answer::Rejected { field: Some(field.clone()), why });
        for (field, value) in &request.fields {
            let name = format!("{kind}.{field}");
            if quirks.read_only.contains(&name) {
                return rejected(field, "the field is read-only");
            }
            let refused = quirks.refused_text.as_ref().is_some_and(|text| value.to_string().contains(text));
            if refused || quirks.refused.contains(&name) {
                return rejected(field, "the value is not acceptable");
            }
            if quirks.unique_email && name == "person.emails" && self.is_taken(value, request.id.as_ref()) {
                return rejected(field, "another contact has this e-mail address");
            }
        }
        None
    }

    fn is_taken(&self, emails: &Value, of: Option<&String>) -> bool {
        let wanted = addresses(emails);
        let mut others = self.live("person").filter(|row| Some(&row.id) != of);
        others.any(|row| {
            let held = row.fields.get("emails").map(addresses).unwrap_or_default();
            wanted.iter().any(|address| held.contains(address))
        })
    }
}

fn entry(kind: &str, row: &Row, deed: Deed, hand: Hand<'_>) -> Entry {
    Entry {
        at: hand.now,
        kind: kind.to_owned(),
        id: row.id.clone(),
        version: row.version,
        hub_id: row.hub_id.clone(),
        author: hand.author,
        deed,
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn addresses(emails: &Value) -> Vec<String> {
    let emails = emails.as_array().into_iter().flatten();
    emails.filter_map(|email| Some(email.get("address")?.as_str()?.to_lowercase())).collect()
}

/// The fields whose value would be another one.
fn differences(row: &Row, fields: Map<String, Value>) -> BTreeMap<String, FieldChange> {
    let changes = fields.into_iter().map(|(field, value)| {
        let before = row.fields.get(&field).cloned();
        let after = Some(value).filter(|value| !is_empty(value));
        (field, FieldChange { before, after })
    });
    changes.filter(|(_, change)| change.before != change.after).collect()
}

/// What the system makes of the fields that it is given.
fn habits(quirks: &Quirks, mut fields: Map<String, Value>) -> Map<String, Value> {
    if let (Some(limit), Some(Value::Array(addresses))) = (quirks.street_chars, fields.get_mut("addresses")) {
        for address in addresses {
            if let Some(Value::String(street)) = address.get_mut("street") {
                *street = street.chars().take(limit).collect();
            }
        }
    }
    if quirks.capitalises_names {
        for field in ["surname", "second_surname", "given_names"] {
            if let Some(Value::String(name)) = fields.get_mut(field) {
                *name = capitalised(name);
            }
        }
    }
    fields
}

fn capitalised(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
        first + letters.as_str()
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Bytes in hexadecimal.
pub(super) fn hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    bytes.into_iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
