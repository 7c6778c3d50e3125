//! What the hub computes of a reservation, so that a CRM's automation can tell from the record alone whether to write
//! to somebody: `mailable`, `surveyable`, `next_mail_due`, `cleared_until`, `recipient`, `nights`, `content_version`,
//! `verified_at`.
//!
//! When in doubt the gate is closed: a mail that is not sent costs less than one about a stay that is not happening.

use chrono::{DateTime, NaiveDate, Utc};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::due;
use super::hearing::{Hearing, SEEN_STEP};
use super::{Outcome, Rules, chain, policy};
use crate::model::document::Held;
use crate::model::record::Evidence;
use crate::model::value::Choice;
use crate::model::{
    Cell, CellSet, FieldKey, ObservationId, Provenance, Record, RecordKind, Reference, Rule, Value, keys,
};

/// The statuses in which a reservation may be written about.
const MAILABLE: [&str; 2] = ["confirmed", "in_house"];
/// The status in which the mail before the arrival is still to come.
const EXPECTED: &str = "confirmed";

/// Computes the derived fields after an observation of a reservation.
///
/// Moved dates close the gate until a later reading shows the same dates again: a move that is seen half-way must not
/// release a mail about either of its ends.
pub(super) fn after_observation(hearing: &mut Hearing<'_, '_>) {
    if hearing.record.kind != RecordKind::Reservation {
        return;
    }
    let moved_dates = has_moved(hearing, &keys::ARRIVES_ON) || has_moved(hearing, &keys::DEPARTS_ON);
    let is_held_back = hearing.before().is_some_and(is_held_back);
    let is_confirmed = is_held_back && !moved_dates && confirms_dates(hearing);
    let is_open = may_be_mailed(&hearing.record) && !moved_dates && (!is_held_back || is_confirmed);
    hearing.reads_dates_again = moved_dates && may_be_mailed(&hearing.record);
    let has_news = !hearing.moved.is_empty();
    for (field, value) in derived(&hearing.record, is_open, hearing.now.closed_business_date, has_news) {
        set(hearing, &field, value);
    }
    if is_word_of_owner(hearing) {
        clear(hearing, is_open);
        if has_news || is_stamp_old(hearing) {
            verify(hearing);
        }
    }
}

/// The reservation after the night audit has closed a business date, or any other event that is no observation.
///
/// A reservation on which nothing changes gives [`Outcome::default`].
pub fn regate(
    rules: &Rules,
    record: &Record,
    closed_business_date: Option<NaiveDate>,
    entry: ObservationId,
    now: DateTime<Utc>,
) -> Outcome {
    let provenance = Arc::new(Provenance {
        system: None,
        observation: Some(entry),
        actor: None,
        rule: Rule::Derived,
        at: now,
        evidence: Evidence { after: None, until: now },
    });
    let mut after = record.clone();
    let moved = refresh(rules, &mut after, closed_business_date, &provenance);
    if moved.is_empty() {
        return Outcome::default();
    }
    let lane = due::lane(rules, &after, &moved, false, now);
    Outcome { due: due::others(rules, &after, &moved, None, lane), record: Some(after), ..Outcome::default() }
}

/// Computes the derived fields of a reservation whose status may have changed; gives the fields that moved.
pub(super) fn refresh(
    rules: &Rules,
    record: &mut Record,
    closed: Option<NaiveDate>,
    provenance: &Arc<Provenance>,
) -> Vec<FieldKey> {
    if record.kind != RecordKind::Reservation {
        return Vec::new();
    }
    let is_open = may_be_mailed(record) && record.value(&keys::MAILABLE) != Some(&Value::Bool(false));
    let mut moved = Vec::new();
    for (field, value) in derived(record, is_open, closed, true) {
        if is_declared(rules, &field) && record.value(&field) != value.as_ref() {
            let cell =
                Cell { value: value.map(Held::new), provenance: Arc::clone(provenance), pinned_by: None };
            record.fields.insert(field.clone(), CellSet::One(cell));
            moved.push(field);
        }
    }
    moved
}

/// A value of the status field.
pub(super) fn status(word: &'static str) -> Value {
    Value::Choice(Choice::Known(word.into()))
}

/// Every derived field with its value; the content's version only when the content may have changed.
fn derived(
    record: &Record,
    is_open: bool,
    closed: Option<NaiveDate>,
    has_news: bool,
) -> Vec<(FieldKey, Option<Value>)> {
    let arrives = record.value(&keys::ARRIVES_ON).and_then(Value::as_date);
    let departs = record.value(&keys::DEPARTS_ON).and_then(Value::as_date);
    let is_closed = departs.zip(closed).is_some_and(|(departs, closed)| departs <= closed);
    let is_surveyable = status_of(record) == Some("checked_out") && is_closed && chain::is_active(record);
    let mut fields = vec![
        (keys::MAILABLE, Some(Value::Bool(is_open))),
        (keys::SURVEYABLE, Some(Value::Bool(is_surveyable))),
    ];
    if let Some((arrives, departs)) = arrives.zip(departs) {
        fields.push((keys::NIGHTS, Some(Value::Integer((departs - arrives).num_days().max(0)))));
    }
    let recipient = recipient(record);
    if recipient.is_some() || record.value(&keys::RECIPIENT).is_some() {
        fields.push((keys::RECIPIENT, recipient));
    }
    if !is_open || status_of(record) != Some(EXPECTED) {
        let timed = [keys::NEXT_MAIL_DUE, keys::CLEARED_UNTIL].into_iter();
        fields.extend(timed.filter(|field| record.value(field).is_some()).map(|field| (field, None)));
    }
    if has_news {
        fields.push((keys::CONTENT_VERSION, Some(Value::Integer(content_version(record)))));
    }
    fields
}

fn set(hearing: &mut Hearing<'_, '_>, field: &FieldKey, value: Option<Value>) {
    if is_declared(hearing.rules, field) && hearing.record.value(field) != value.as_ref() {
        let evidence = Evidence { after: None, until: hearing.now.fetched_at };
        hearing.set_value(field, value.map(Held::new), Rule::Derived, evidence);
    }
}

fn is_declared(rules: &Rules, field: &FieldKey) -> bool {
    rules.registry.field(RecordKind::Reservation, field).is_some()
}

fn status_of(record: &Record) -> Option<&str> {
    record.value(&keys::STATUS).and_then(Value::as_text)
}

fn may_be_mailed(record: &Record) -> bool {
    status_of(record).is_some_and(|status| MAILABLE.contains(&status)) && chain::is_active(record)
}

/// Whether the gate was closed although the status would open it: its dates have moved and were not read again yet.
fn is_held_back(before: &Record) -> bool {
    may_be_mailed(before) && before.value(&keys::MAILABLE) == Some(&Value::Bool(false))
}

fn has_moved(hearing: &Hearing<'_, '_>, field: &FieldKey) -> bool {
    let before = hearing.before().and_then(|before| before.value(field));
    before.is_some() && before != hearing.record.value(field)
}

/// Whether this is a later reading than the one that closed the gate, and shows the dates.
fn confirms_dates(hearing: &Hearing<'_, '_>) -> bool {
    let shows = |field: &FieldKey| hearing.shows(field) || hearing.record.value(field).is_none();
    let closed_by = hearing.record.cell(&keys::MAILABLE).map(|cell| cell.provenance.evidence.until);
    shows(&keys::ARRIVES_ON)
        && shows(&keys::DEPARTS_ON)
        && !hearing.is_history
        && closed_by.is_none_or(|closed_by| hearing.now.fetched_at > closed_by)
}

/// The contact person if there is one, else the holder.
fn recipient(record: &Record) -> Option<Value> {
    let role = |field: &FieldKey| {
        record.value(field).filter(|value| matches!(value, Value::Reference(Reference::Record(..))))
    };
    role(&keys::CONTACT_PERSON).or_else(|| role(&keys::HOLDER)).cloned()
}

fn is_stamp_old(hearing: &Hearing<'_, '_>) -> bool {
    let verified_at = hearing.record.value(&keys::VERIFIED_AT).and_then(Value::as_instant);
    verified_at.is_none_or(|at| hearing.now.fetched_at - at >= SEEN_STEP)
}

/// Whether this is a live reading of the status by the system whose word on it counts.
fn is_word_of_owner(hearing: &Hearing<'_, '_>) -> bool {
    let Some(def) = hearing.rules.registry.field(RecordKind::Reservation, &keys::STATUS) else {
        return false;
    };
    let rule = hearing.rules.field_rule(RecordKind::Reservation, def);
    let is_owner = rule
        .owner
        .as_ref()
        .is_some_and(|owner| policy::is_authority(owner, hearing.now.system, hearing.system.class));
    is_owner && hearing.shows(&keys::STATUS) && !hearing.is_history && !hearing.is_secondary()
}

/// Says when the mail before the arrival is due, and clears the reservation for it when that is near.
fn clear(hearing: &mut Hearing<'_, '_>, is_open: bool) {
    let arrives_on = hearing.record.value(&keys::ARRIVES_ON).and_then(Value::as_date);
    let Some(arrives_on) = arrives_on.filter(|_| is_open && status_of(&hearing.record) == Some(EXPECTED))
    else {
        return;
    };
    let window = hearing.rules.mail;
    let Some(due) = window.due(arrives_on, hearing.system.time_zone) else { return };
    set(hearing, &keys::NEXT_MAIL_DUE, Some(Value::Instant(due)));
    let cleared = hearing.record.value(&keys::CLEARED_UNTIL).and_then(Value::as_instant);
    let until = window.cleared_until((due, arrives_on), hearing.now.fetched_at, cleared);
    if let Some(until) = until {
        set(hearing, &keys::CLEARED_UNTIL, Some(Value::Instant(until)));
    }
}

/// Stamps the reservation as just seen at the system whose word on the status counts.
fn verify(hearing: &mut Hearing<'_, '_>) {
    let stamp = Value::Instant(hearing.now.fetched_at);
    if hearing.record.value(&keys::VERIFIED_AT).is_none_or(|before| *before < stamp) {
        set(hearing, &keys::VERIFIED_AT, Some(stamp));
    }
}

/// A number that changes when anything does that a mail could say: a digest of 48 bits, so that every number survives
/// a CRM's floating point, and the same content has the same version whatever the order in which it was learnt.
fn content_version(record: &Record) -> i64 {
    const DERIVED: [FieldKey; 8] = [
        keys::MAILABLE,
        keys::SURVEYABLE,
        keys::NIGHTS,
        keys::RECIPIENT,
        keys::CLEARED_UNTIL,
        keys::NEXT_MAIL_DUE,
        keys::CONTENT_VERSION,
        keys::VERIFIED_AT,
    ];
    let mut digest = Fnv::new();
    for (field, cells) in record.fields.iter().filter(|(field, _)| !DERIVED.contains(field)) {
        field.hash(&mut digest);
        match cells {
            CellSet::One(cell) => cell.value.as_deref().hash(&mut digest),
            CellSet::Many(cells) => {
                let values = cells.iter().filter_map(|(key, cell)| Some((key, &cell.value.as_ref()?.0)));
                values.for_each(|element| element.hash(&mut digest));
            }
        }
    }
    i64::try_from(digest.finish() >> 16).unwrap_or(0)
}

/// FNV-1a: tiny, and the same on every run.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
