//! What a connector saw.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::BTreeMap;

use super::document::Document;
use super::field::FieldKey;
use super::ids::{ExternalId, RecordId, RemoteRef};
use super::link::SourceVersion;

/// One record as one system showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The record at the system.
    pub subject: RemoteRef,
    /// How much of it was seen.
    pub shape: Shape,
    /// What it holds.
    pub document: Document,
    /// The version the system gives the record, where it gives any.
    pub source_version: Option<SourceVersion>,
    /// When the record was changed by the system's own stamp; it may be coarse or missing.
    pub modified_at: Option<DateTime<Utc>>,
    /// When each field was last changed, by the system's own history. `None`: it was not asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<ChangeTimes>,
    /// Who changed it, by the system's own word.
    pub actor: Option<String>,
    /// The hub id that the record carries, where cardex once wrote it there.
    pub hub_id: Option<RecordId>,
    /// The part of the id that the system gives out again after a deletion; two live links with one slot are two
    /// humans under one id, which is quarantined.
    pub slot: Option<SmolStr>,
    /// Digest of what was read, equal to the one that the sweep computes for the same content.
    pub source_hash: Option<i64>,
    /// Whether it is news or history.
    pub origin: Origin,
}

/// When fields were last changed. A field that the system keeps in several places, such as two numbers of a telephone, has
/// one time for each of them. One that is not here has no history; neither has one of which a place holds several elements,
/// since nobody can tell which of them was changed when.
pub type ChangeTimes = BTreeMap<FieldKey, Vec<DateTime<Utc>>>;

/// How much of a record an observation shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Everything the connector reads of this kind; a field that is absent is not held by the system.
    Full,
    /// Some fields; an absent one is unknown.
    Partial,
    /// Only the status.
    StatusOnly,
    /// A complete enumeration did not list it.
    Absent,
    /// A direct read answered that it does not exist.
    NotFound,
    /// The system said that it was deleted.
    Deleted,
    /// A direct read answered that it does not exist, and the system said that it was erased: its person asked to be
    /// forgotten.
    Erased,
    /// The system merged it into this record of the same kind.
    MergedInto(ExternalId),
}

/// What is said of a record that has to be read. A stronger word is not taken back by a weaker one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Word {
    /// Something is new.
    #[default]
    Changed,
    /// It is not there any more.
    Absent,
    /// It was erased: its person asked to be forgotten.
    Erased,
}

/// Whether an observation is news or history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Seen as it happens.
    #[default]
    Live,
    /// Loaded from the past: it may create and fill, never raise consent or beat a live change.
    History,
}

impl Observation {
    /// A full, live observation of `subject` without stamps.
    pub const fn full(subject: RemoteRef, document: Document) -> Self {
        Self::of(subject, Shape::Full, document)
    }

    /// A live observation without stamps.
    pub const fn of(subject: RemoteRef, shape: Shape, document: Document) -> Self {
        Self {
            subject,
            shape,
            document,
            source_version: None,
            modified_at: None,
            changed_at: None,
            actor: None,
            hub_id: None,
            slot: None,
            source_hash: None,
            origin: Origin::Live,
        }
    }
}
