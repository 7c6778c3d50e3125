//! Who is due after a change, and how urgently.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::hearing::Hearing;
use super::{Rules, SystemRules, policy, target};
use crate::model::{FieldKey, Lane, LinkLife, Policy, Record, RecordKind, SystemId, Value, keys};

/// A change of the dates of a reservation that arrives within this is as urgent as its status.
const MAIL_WINDOW: Duration = Duration::hours(72);
/// Reservations that arrive within this go before other live edits.
const ARRIVAL_WINDOW: Duration = Duration::hours(48);

/// The systems that may now differ from the hub: every other one that could hold what moved, and the observed one
/// when it holds something else than it should.
pub(super) fn after_observation(hearing: &Hearing<'_, '_>) -> Vec<(SystemId, Lane)> {
    if !hearing.is_eventful() {
        return Vec::new();
    }
    let lane = if hearing.is_history {
        Lane::Backfill
    } else {
        lane(hearing.rules, &hearing.record, &hearing.moved, hearing.is_new(), hearing.now.now)
    };
    // What a second counterpart says concerns the first one at the same system too.
    let own = Some(hearing.now.system).filter(|_| !hearing.is_secondary());
    let mut due = others(hearing.rules, &hearing.record, &hearing.moved, own, lane);
    let is_listed = due.iter().any(|(system, _)| system == hearing.now.system);
    if !is_listed && (is_own_due(hearing) || concerns_a_second(hearing)) {
        due.push((hearing.now.system.clone(), lane));
    }
    due
}

/// Whether something moved that a second counterpart at the observed system has to follow. Whether there is one is found
/// out when the mark is worked off: there seldom is, and what concerns it seldom moves.
fn concerns_a_second(hearing: &Hearing<'_, '_>) -> bool {
    let kind = hearing.record.kind;
    let reaches = |field: &FieldKey| {
        hearing.rules.registry.field(kind, field).is_some_and(|def| {
            policy::reaches_secondary(hearing.rules.field_rule(kind, def).policy, field)
                && concerns(hearing.rules, hearing.system, &hearing.record, field)
        })
    };
    !hearing.is_new() && hearing.moved.iter().any(reaches)
}

/// Every system but `own` that could hold one of the fields that moved.
pub(super) fn others(
    rules: &Rules,
    record: &Record,
    moved: &[FieldKey],
    own: Option<&SystemId>,
    lane: Lane,
) -> Vec<(SystemId, Lane)> {
    if moved.is_empty() {
        return Vec::new();
    }
    let others = rules.systems.iter().filter(|(id, _)| own != Some(*id));
    let concerned =
        others.filter(|(_, system)| moved.iter().any(|field| concerns(rules, system, record, field)));
    concerned.map(|(id, _)| (id.clone(), lane)).collect()
}

fn concerns(rules: &Rules, system: &SystemRules, record: &Record, field: &FieldKey) -> bool {
    let Some(kind) = system.capabilities.kinds.get(&record.kind) else { return false };
    let is_writable = kind.fields.get(field).is_some_and(|capability| capability.write);
    let def = rules.registry.field(record.kind, field).filter(|def| !def.passive);
    is_writable
        && def.is_some_and(|def| target::may_write(rules, system, record.kind, def, record.fields.get(field)))
}

/// Whether the observed counterpart holds something else than it should.
fn is_own_due(hearing: &Hearing<'_, '_>) -> bool {
    let link = &hearing.link;
    if !matches!(link.life, LinkLife::Live | LinkLife::Suspect(_)) {
        return false;
    }
    let Some(kind) = hearing.system.capabilities.kinds.get(&hearing.record.kind) else { return false };
    let written = kind.fields.iter().filter(|(_, capability)| capability.write);
    let mut defs = written.filter_map(|(field, _)| hearing.rules.registry.field(hearing.record.kind, field));
    defs.any(|def| {
        let rule = hearing.rules.field_rule(hearing.record.kind, def);
        let is_reached = !hearing.is_secondary() || policy::reaches_secondary(rule.policy, &def.key);
        is_reached
            && target::is_off(
                hearing.rules,
                hearing.system,
                &hearing.record,
                def,
                link.shadow.0.get(&def.key),
            )
    })
}

/// How urgent a change is. A record that is new has no status that anybody relies on yet.
pub(super) fn lane(
    rules: &Rules,
    record: &Record,
    moved: &[FieldKey],
    is_new: bool,
    now: DateTime<Utc>,
) -> Lane {
    let arrives_on = record.value(&keys::ARRIVES_ON).and_then(Value::as_date);
    let is_within = |window| arrives_on.is_some_and(|day| is_within(day, now, window));
    let is_status = |field: &FieldKey| {
        let is_date = *field == keys::ARRIVES_ON || *field == keys::DEPARTS_ON;
        is_gate(field) || is_restriction(rules, record.kind, field) || (is_date && is_within(MAIL_WINDOW))
    };
    if !is_new && moved.iter().any(is_status) {
        Lane::Status
    } else if record.kind == RecordKind::Reservation && is_within(ARRIVAL_WINDOW) {
        Lane::Arrival
    } else {
        Lane::Live
    }
}

/// Whether a mail depends on the field.
fn is_gate(field: &FieldKey) -> bool {
    [keys::STATUS, keys::MAILABLE, keys::SURVEYABLE, keys::CLEARED_UNTIL].contains(field)
}

fn is_restriction(rules: &Rules, kind: RecordKind, field: &FieldKey) -> bool {
    let def = rules.registry.field(kind, field);
    def.is_some_and(|def| rules.field_rule(kind, def).policy == Policy::MostRestrictive)
}

/// Whether `day` is not over and begins within `window`; hotel-local days are taken as UTC, which is at most half a
/// day off and errs both ways by less than the night before an arrival.
fn is_within(day: NaiveDate, now: DateTime<Utc>, window: Duration) -> bool {
    let begins = day.and_time(NaiveTime::MIN).and_utc();
    begins - now <= window && now - begins <= Duration::days(1)
}
