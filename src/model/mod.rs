//! The words of the trade as types: fields, values, records, links, observations and writes.
//!
//! Everything here is data. This module uses nothing else of the crate, reads no clock and does no I/O.

#[cfg(test)]
pub(crate) mod arbitrary;
pub mod audit;
pub mod capabilities;
pub mod disposition;
mod dispositions;
pub mod document;
pub mod field;
pub mod fields;
pub mod form;
pub mod ids;
pub mod journal;
pub mod keys;
pub mod link;
pub mod matched;
pub mod normalise;
pub mod observation;
mod operator;
pub mod packed;
pub mod policy;
pub mod record;
pub mod review;
mod shown;
mod stay_sum;
mod stored;
#[cfg(test)]
mod tests;
pub mod token;
pub mod value;
pub mod write;

pub use audit::{AuditLine, Deed, Door};
pub use capabilities::{Capabilities, FieldCapability, Guard, KindCapabilities, RateLimit, SystemClass};
pub use disposition::{Disposition, Verdict};
pub use document::{Document, Seen};
pub use field::{Audience, FieldDef, FieldKey, FieldType, Multiplicity};
pub use form::Form;
pub use ids::{Element, ExternalId, ObservationId, OperatorId, RecordId, RemoteRef, SystemId};
pub use link::{Link, LinkLife, Role, Shadow, ShadowField};
pub use observation::{Observation, Origin, Shape, Word};
pub use operator::{Failures, Operator, Role as OperatorRole};
pub use policy::{Direction, Merging, Policy};
pub use record::{Cell, CellSet, Life, Provenance, Record, RecordKind, Rule};
pub use review::{Review, ReviewKind};
pub use stay_sum::{StaySum, StayTotal};
pub use token::{Scope, Token};
pub use value::{Reference, Value};
pub use write::{Action, Lane, Withdrawal, WriteOp, WriteOutcome};
