//! Records of the contract to observations, and writes to the contract's. Pure.
//!
//! Must never report a field that the capabilities do not name. A word that a closed list does not have is kept.

use serde::Deserialize as _;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;

use super::values::{Locale, encode};
use super::wire::{Fields, Outcome, Record, Version, Withdraw, Write};
use crate::model::field::Registry;
use crate::model::link::SourceVersion;
use crate::model::normalise::{Unreadable, date, element_of};
use crate::model::value::Purpose;
use crate::model::{
    Action, Capabilities, Document, ExternalId, FieldKey, Multiplicity, Observation, RecordId, RecordKind,
    RemoteRef, Seen, Shape, Withdrawal, WriteOp, WriteOutcome,
};

/// The longest reason of a system that is passed on.
const LONGEST_REASON: usize = 200;

/// Turns records into observations and writes into requests, for one system.
pub(super) struct Mapper {
    pub(super) registry: Arc<Registry>,
    pub(super) capabilities: Capabilities,
    pub(super) locale: Locale,
}

/// A field that cannot be read or written, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadField {
    pub(super) field: FieldKey,
    pub(super) why: &'static str,
}

impl Mapper {
    /// What a record shows, or why it cannot be understood.
    pub(super) fn observation(&self, kind: RecordKind, json: &Json) -> Result<Observation, String> {
        // The cause could quote the record.
        let record = Record::deserialize(json).map_err(|_| "it is no record of the contract".to_owned())?;
        let document =
            self.document(kind, &record.fields).map_err(|bad| format!("`{}` {}", bad.field, bad.why))?;
        let shape = if record.partial { Shape::Partial } else { Shape::Full };
        Ok(Observation {
            source_version: record.version.map(version),
            modified_at: record.modified_at.as_deref().and_then(|at| date::instant(at).ok().flatten()),
            actor: record.modified_by,
            hub_id: record.hub_id.as_deref().and_then(RecordId::parse),
            source_hash: Some(digest(&record.hash)),
            ..Observation::of(RemoteRef::new(kind, ExternalId::new(record.id)), shape, document)
        })
    }

    /// What a record's fields hold. Fields that are not declared are left out, whatever they hold.
    fn document(&self, kind: RecordKind, fields: &Fields) -> Result<Document, BadField> {
        let declared = self.capabilities.kinds.get(&kind).into_iter().flat_map(|kind| &kind.fields);
        let shown = declared.filter(|(_, can)| can.read);
        let pairs = shown.filter_map(|(key, _)| Some((key, fields.get(key.as_str())?)));
        pairs.map(|(key, json)| Ok((key.clone(), self.seen(kind, key, json)?))).collect()
    }

    fn seen(&self, kind: RecordKind, key: &FieldKey, json: &Json) -> Result<Seen, BadField> {
        let bad = |Unreadable(why)| BadField { field: key.clone(), why };
        let field = self.registry.field(kind, key).ok_or_else(|| bad(Unreadable("is no field")))?;
        if is_masked(json) {
            return Ok(Seen::Masked);
        }
        match (&field.multiplicity, json) {
            (Multiplicity::One, json) => {
                let value = self.locale.decode(&field.of, json).map_err(bad)?;
                Ok(Seen::optional(value.map(|value| field.sealed(value))))
            }
            (Multiplicity::Many(_), Json::Null) => Ok(Seen::set([])),
            (Multiplicity::Many(_), Json::Array(elements)) if elements.iter().any(is_masked) => {
                Ok(Seen::Masked)
            }
            (Multiplicity::Many(_), Json::Array(elements)) => {
                let mut set = Vec::with_capacity(elements.len());
                for json in elements {
                    if let Some(value) = self.locale.decode(&field.of, json).map_err(bad)? {
                        let value = field.sealed(value);
                        set.push((element_of(field, &value), value));
                    }
                }
                Ok(Seen::set(set))
            }
            (Multiplicity::Many(_), _) => Err(bad(Unreadable("is no list"))),
        }
    }

    /// The request for a write.
    pub(super) fn write(&self, op: &WriteOp) -> Result<Write, BadField> {
        Ok(Write {
            hub_id: op.record.to_string(),
            id: match &op.action {
                Action::Create => None,
                Action::Update(id) => Some(id.as_str().to_owned()),
            },
            if_version: op.precondition.as_ref().map(in_the_contract),
            quiet: op.quiet,
            purpose: op.purpose.as_ref().map(|purpose| purpose.name().to_owned()),
            fields: self.fields(op.kind, &op.document, op.purpose.as_ref())?,
        })
    }

    /// The request for taking a record back.
    pub(super) fn withdraw(withdrawal: &Withdrawal) -> Withdraw {
        Withdraw {
            id: withdrawal.external_id.as_str().to_owned(),
            hub_id: withdrawal.record.to_string(),
            if_version: withdrawal.precondition.as_ref().map(in_the_contract),
        }
    }

    fn fields(
        &self,
        kind: RecordKind,
        document: &Document,
        purpose: Option<&Purpose>,
    ) -> Result<Fields, BadField> {
        let mut fields = Fields::new();
        for (key, seen) in document.iter() {
            let bad = |Unreadable(why)| BadField { field: key.clone(), why };
            let field = self.registry.field(kind, key).ok_or_else(|| bad(Unreadable("is no field")))?;
            let json = match seen {
                Seen::Masked => return Err(bad(Unreadable("is hidden and cannot be written"))),
                Seen::Empty if field.multiplicity == Multiplicity::One => Json::Null,
                Seen::Empty => Json::Array(Vec::new()),
                Seen::One(held) => encode(&held.0, purpose).map_err(bad)?,
                Seen::Set(elements) => {
                    let elements = elements.values().map(|held| encode(&held.0, purpose));
                    Json::Array(elements.collect::<Result<_, _>>().map_err(bad)?)
                }
            };
            fields.insert(key.as_str().to_owned(), json);
        }
        Ok(fields)
    }

    /// What became of a write, in the model's words. What is stored is left open when it cannot be understood.
    pub(super) fn outcome(&self, op: &WriteOp, outcome: Outcome) -> WriteOutcome {
        let stored = match &outcome {
            Outcome::Done { fields: Some(fields), .. } => self.stored(op, fields),
            Outcome::Done { fields: None, .. }
            | Outcome::Exists(_)
            | Outcome::Stale {}
            | Outcome::NotFound {}
            | Outcome::Rejected { .. }
            | Outcome::Retry { .. } => None,
        };
        Self::plain_outcome(outcome, stored)
    }

    /// The same, with what the system holds now already understood.
    pub(super) fn plain_outcome(outcome: Outcome, stored: Option<Document>) -> WriteOutcome {
        match outcome {
            Outcome::Done { id, version: stands, fields: _ } => {
                WriteOutcome::Done { external_id: ExternalId::new(id), version: stands.map(version), stored }
            }
            Outcome::Exists(name) => WriteOutcome::Exists { external_id: ExternalId::new(name.id) },
            Outcome::Stale {} => WriteOutcome::Stale,
            Outcome::NotFound {} => WriteOutcome::NotFound,
            Outcome::Rejected { field, why } => {
                let why = why.chars().filter(|letter| !letter.is_control()).take(LONGEST_REASON).collect();
                WriteOutcome::Rejected { field: field.map(FieldKey::new), why }
            }
            Outcome::Retry { after_seconds } => {
                WriteOutcome::Retry { after: after_seconds.map(Duration::from_secs) }
            }
        }
    }

    /// What the system holds of the written fields; `None` when it does not say so of each.
    fn stored(&self, op: &WriteOp, fields: &Fields) -> Option<Document> {
        let pairs = op.document.iter().map(|(key, _)| {
            let seen = self.seen(op.kind, key, fields.get(key.as_str())?).ok()?;
            Some((key.clone(), seen))
        });
        pairs.collect()
    }
}

fn is_masked(json: &Json) -> bool {
    json.get("masked") == Some(&Json::Bool(true))
}

fn in_the_contract(version: &SourceVersion) -> Version {
    match version {
        SourceVersion::Number(number) => Version::Number(*number),
        SourceVersion::Token(token) => Version::Token(token.to_string()),
    }
}

fn version(version: Version) -> SourceVersion {
    match version {
        Version::Number(number) => SourceVersion::Number(number),
        Version::Token(token) => SourceVersion::Token(token.into()),
    }
}

/// The number that stands for a hash text.
pub(super) fn digest(hash: &str) -> i64 {
    let bytes = Sha256::digest(hash.as_bytes());
    let (first, _) = bytes.split_first_chunk::<8>().expect("SHA-256 has 32 bytes");
    i64::from_be_bytes(*first)
}
