//! What a write has done: the shadow takes what the system says that it holds, never what was meant.

use chrono::{DateTime, Utc};

use super::{Rules, norm};
use crate::model::link::{Blocked, ShadowField, SourceVersion};
use crate::model::{
    Action, Document, ExternalId, FieldKey, Link, LinkLife, Observation, Origin, Seen, Shape, WriteOp,
};

/// The parts of a write's answer.
#[derive(Debug, Clone, Copy)]
pub struct Done<'a> {
    /// The record's id at the system.
    pub external_id: &'a ExternalId,
    /// Its version after the write.
    pub version: Option<&'a SourceVersion>,
    /// What the system holds now of the written fields, with references as records of the hub (see
    /// [`super::resolve`]); `None` when only a read can tell.
    pub stored: Option<&'a Document>,
}

/// Why a field that was not kept as sent is not sent again.
const NOT_KEPT: &str = "the system does not keep the value as it was sent";

/// Whether a reading that was begun after a write shows what became of it: a part of a record tells only of the fields
/// that it shows, and history nothing.
pub fn settles(sent: &Document, observation: &Observation) -> bool {
    let document = &observation.document;
    let is_shown = |key: &FieldKey| document.get(key).is_some_and(|seen| *seen != Seen::Masked);
    let is_partial = matches!(observation.shape, Shape::Partial | Shape::StatusOnly);
    observation.origin == Origin::Live && (!is_partial || sent.iter().all(|(key, _)| is_shown(key)))
}

/// The link after a write that was done.
///
/// `op` with its references as records of the hub, like `done.stored`. Only the written fields move. A field that the
/// system can be written but not read takes what was sent: its answer is all that anybody will ever know. A field that
/// came back as something else than was sent is marked lossy and is not sent again until the hub's value changes.
pub fn acknowledge(
    rules: &Rules,
    link: &Link,
    op: &WriteOp,
    done: Done<'_>,
    epoch: i64,
    now: DateTime<Utc>,
) -> Link {
    let mut link = link.clone();
    for (key, sent) in op.document.iter() {
        if let Some(stored) = stored(rules, &link, op, key, sent, done.stored) {
            link.shadow.0.insert(key.clone(), reported(rules, &link, op, key, sent, stored));
        }
    }
    let is_created = op.action == Action::Create;
    link.external_id = Some(done.external_id.clone());
    link.source_version = done.version.cloned().or(link.source_version);
    link.epoch = link.epoch.max(epoch);
    link.sent = None;
    if link.life == LinkLife::Creating {
        link.life = LinkLife::Live;
    }
    if is_created && done.stored.is_some() {
        link.seen_at = link.seen_at.or(Some(now));
    }
    link
}

/// What the system holds now of a written field, in its normal form; `None` when only a read can tell.
fn stored(
    rules: &Rules,
    link: &Link,
    op: &WriteOp,
    key: &FieldKey,
    sent: &Seen,
    answer: Option<&Document>,
) -> Option<Seen> {
    let system = rules.systems.get(&link.system)?;
    let capability = system.capabilities.kinds.get(&op.kind)?.fields.get(key)?;
    let def = rules.registry.field(op.kind, key)?;
    match answer.and_then(|answer| answer.get(key)) {
        Some(Seen::Masked) | None => (!capability.read).then(|| sent.clone()),
        Some(stored) => Some(capability.form.apply(def, stored)),
    }
}

fn reported(
    rules: &Rules,
    link: &Link,
    op: &WriteOp,
    key: &FieldKey,
    sent: &Seen,
    stored: Seen,
) -> ShadowField {
    let is_kept = norm::same(&stored, sent) || is_equivalent(rules, link, op, key, sent, &stored);
    let blocked = (!is_kept).then(|| Blocked { target: sent.clone(), reason: NOT_KEPT.to_owned() });
    ShadowField { lossy: !is_kept, blocked, ..ShadowField::known(stored) }
}

fn is_equivalent(
    rules: &Rules,
    link: &Link,
    op: &WriteOp,
    key: &FieldKey,
    sent: &Seen,
    stored: &Seen,
) -> bool {
    let system = rules.systems.get(&link.system);
    let capability = system.and_then(|system| system.capabilities.kinds.get(&op.kind)?.fields.get(key));
    let def = rules.registry.field(op.kind, key);
    capability.zip(def).is_some_and(|(capability, def)| norm::same(&capability.form.apply(def, sent), stored))
}

/// The link after the system has refused `field` of a write: that value is not sent again until the hub's changes, and
/// the rest of the record goes on.
pub fn refuse(link: &Link, op: &WriteOp, field: &FieldKey, why: &str, epoch: i64) -> Link {
    let mut link = link.clone();
    link.epoch = link.epoch.max(epoch);
    link.sent = None;
    if let Some(sent) = op.document.get(field) {
        let shadow = link.shadow.0.entry(field.clone()).or_insert_with(|| ShadowField::known(Seen::Empty));
        // A conflict that waits keeps no value from being sent that an operator has fixed: the refusal does.
        shadow.blocked = Some(Blocked { target: sent.clone(), reason: why.to_owned() });
    }
    link
}
