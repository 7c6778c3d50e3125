//! What a system can do and what it does to values: declared by its connector, never found out by a failed call.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::time::Duration;

use super::field::FieldKey;
use super::form::Form;
use super::record::RecordKind;

/// Which side a system is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemClass {
    /// Where guests and reservations are kept.
    Pms,
    /// Where guests are written to from.
    Crm,
}

/// What a system can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The kinds of record it has.
    pub kinds: BTreeMap<RecordKind, KindCapabilities>,
    /// The change feeds to poll, in the order in which they are polled. Empty: only sweeps find changes.
    pub streams: Vec<Stream>,
    /// How a write is protected against a change that the hub has not seen.
    pub guard: Guard,
    /// How many records one call reads.
    pub read_batch: usize,
    /// How many records one call writes.
    pub write_batch: usize,
    /// Whether one refused record of a batch refuses the whole batch; the core bisects then.
    pub batch_is_atomic: bool,
    /// Whether records carry the hub id and can be looked up by it without an index that lags.
    pub finds_by_hub_id: bool,
    /// How the system merges two of its own records.
    pub merge: MergeSupport,
    /// Whether it can be told to start no automation (no mail, no task) because of a write. What comes from history waits
    /// for an operator at a system that cannot.
    pub suppress: bool,
    /// How many calls it allows.
    pub rate: RateLimit,
}

/// What a system can do with one kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KindCapabilities {
    /// Records can be read and enumerated.
    pub read: bool,
    /// Records can be created.
    pub create: bool,
    /// Records that cardex has created can be taken back: deleted, or archived where the system deletes nothing.
    pub withdraw: bool,
    /// Its fields. A field that is not here does not exist at the system.
    pub fields: LiteMap<FieldKey, FieldCapability>,
}

/// What a system can do with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent ability")]
pub struct FieldCapability {
    /// It appears in observations.
    pub read: bool,
    /// It can be written.
    pub write: bool,
    /// An explicit empty value in an observation means that somebody cleared it, and it can be cleared by a write.
    pub clearable: bool,
    /// The system can be asked when it was last changed.
    pub dated: bool,
    /// What the system does to its values.
    pub form: Form,
}

impl FieldCapability {
    /// Read, written and cleared, kept as it is.
    pub fn full() -> Self {
        Self { read: true, write: true, clearable: true, dated: false, form: Form::default() }
    }

    /// Read only, kept as it is.
    pub fn read_only() -> Self {
        Self { write: false, ..Self::full() }
    }

    /// Written only, kept as it is.
    pub fn write_only() -> Self {
        Self { read: false, ..Self::full() }
    }

    /// The same with another form.
    #[must_use]
    pub fn with_form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The same, but empty never means cleared.
    #[must_use]
    pub fn not_clearable(self) -> Self {
        Self { clearable: false, ..self }
    }
}

/// A change feed of a system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stream {
    /// The feed's name, for its cursor: `party`, `contact_mechanism`.
    pub name: SmolStr,
    /// The kind of record that its changes concern.
    pub kind: RecordKind,
}

/// How a write is protected against a change that the hub has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The write carries the version it rests on, and the system refuses it when the record has moved.
    Version,
    /// The write names the values it replaces, and the connector refuses it when they differ.
    CompareAndSet,
    /// The core reads the record just before it writes.
    ReadCompare,
}

/// How a system merges two of its own records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeSupport {
    /// It cannot.
    None,
    /// It reports merges made there, and can be asked to make one.
    Full,
    /// It reports merges made there.
    Seen,
}

/// A vendor's limit: at most `calls` in any window of `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls per window.
    pub calls: u32,
    /// The window.
    pub per: Duration,
}
