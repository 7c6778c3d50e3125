//! The link between a record and one record at one system, with its shadow: what that system is known to hold.

use chrono::{DateTime, Utc};
use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::document::{Document, Seen};
use super::field::FieldKey;
use super::ids::{ExternalId, LinkId, RecordId, SystemId};
use super::record::RecordKind;

/// A record's counterpart at a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The link's own id.
    pub id: LinkId,
    /// The record, as it was when linked; it may have been merged since (an alias is followed, never rewritten).
    pub record: RecordId,
    /// The system.
    pub system: SystemId,
    /// The kind of the record at the system.
    pub kind: RecordKind,
    /// Its id there; `None` while it is being created.
    pub external_id: Option<ExternalId>,
    /// At most one link per record and system is primary.
    pub role: Role,
    /// Whether the counterpart exists.
    pub life: LinkLife,
    /// The version that the system gave the record, where it gives any.
    pub source_version: Option<SourceVersion>,
    /// Moves when a write to the record is sent and when it is acknowledged; an observation that was fetched under
    /// an older epoch of the system is thrown away.
    pub epoch: i64,
    /// What was sent by a write whose outcome is not known, with references as records of the hub: read before writing
    /// again, and take whatever shows of it for an echo.
    pub sent: Option<Document>,
    /// Digest of the row at the last sweep.
    pub source_hash: Option<i64>,
    /// Tells one human from another who got the same id: see [`super::observation::Observation::slot`].
    pub slot: Option<SmolStr>,
    /// When the system was last seen to hold what the shadow says.
    pub seen_at: Option<DateTime<Utc>>,
    /// Counts the stored changes of the link; a commit that was computed from an older one is refused.
    pub version: i64,
    /// What the system is known to hold.
    pub shadow: Shadow,
}

impl Link {
    /// A link to a counterpart that has just been seen.
    pub fn new(
        id: LinkId,
        record: RecordId,
        system: SystemId,
        kind: RecordKind,
        external_id: ExternalId,
    ) -> Self {
        Self {
            id,
            record,
            system,
            kind,
            external_id: Some(external_id),
            role: Role::Primary,
            life: LinkLife::Live,
            source_version: None,
            epoch: 0,
            sent: None,
            source_hash: None,
            slot: None,
            seen_at: None,
            version: 0,
            shadow: Shadow::default(),
        }
    }

    /// A link to a counterpart that is about to be created.
    pub fn creating(id: LinkId, record: RecordId, system: SystemId, kind: RecordKind) -> Self {
        let placeholder = ExternalId::new("");
        Self {
            external_id: None,
            life: LinkLife::Creating,
            ..Self::new(id, record, system, kind, placeholder)
        }
    }

    /// Whether writes may go to the counterpart.
    pub const fn is_writable(&self) -> bool {
        matches!(self.life, LinkLife::Live | LinkLife::Suspect(_)) && matches!(self.role, Role::Primary)
    }

    /// Whether the link holds the one place per record and system that is written to: the condition of the store's index
    /// `link_primary`.
    pub const fn holds_place(&self) -> bool {
        matches!(self.role, Role::Primary) && !self.life.has_ended()
    }
}

/// Whether a link is the one that is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Receives everything.
    Primary,
    /// A second counterpart of the same record at the same system: receives consent, do-not-contact and status only.
    Secondary,
}

/// Whether the counterpart exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkLife {
    /// A create was or will be sent; the counterpart carries the hub id and is looked up by it.
    Creating,
    /// It exists.
    Live,
    /// It was absent from this many complete sweeps.
    Suspect(u32),
    /// It does not exist any more, and is not to be created again.
    Gone,
    /// It was merged into another record of the system.
    MergedInto(ExternalId),
    /// Its id shows another human than the one the hub knows: nothing is taken until somebody decides.
    Quarantined,
    /// Its person asked to be forgotten.
    Erased,
}

impl LinkLife {
    /// Whether the counterpart is not there any more, in whatever way it went.
    pub const fn has_ended(&self) -> bool {
        match self {
            Self::Gone | Self::MergedInto(_) | Self::Erased => true,
            Self::Creating | Self::Live | Self::Suspect(_) | Self::Quarantined => false,
        }
    }
}

/// A version as its system gives it: comparable within one record of one system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceVersion {
    /// A number that grows: a counter, or an instant in some unit.
    Number(i64),
    /// A token that can be compared for equality only (an `ETag`); two different tokens are never ordered.
    Token(SmolStr),
}

impl SourceVersion {
    /// Whether `self` is certainly older than `other`.
    pub fn is_older_than(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(mine), Self::Number(theirs)) => mine < theirs,
            (Self::Number(_) | Self::Token(_), Self::Token(_)) | (Self::Token(_), Self::Number(_)) => false,
        }
    }
}

/// What a system is known to hold, in that system's normal form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shadow(#[serde(serialize_with = "super::shown::as_map")] pub LiteMap<FieldKey, ShadowField>);

/// What a system is known to hold of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowField {
    /// The value in the system's normal form; never [`Seen::Masked`].
    pub known: Seen,
    /// The system did not keep what it was sent, although its form says that it would.
    pub lossy: bool,
    /// The system refuses this target: it is not sent again until the hub's value changes.
    pub blocked: Option<Blocked>,
}

/// A value that a system refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// What was sent, in the system's normal form.
    pub target: Seen,
    /// What the system said, without the value.
    pub reason: String,
}

impl ShadowField {
    /// A field that was read.
    pub const fn known(known: Seen) -> Self {
        Self { known, lossy: false, blocked: None }
    }
}
