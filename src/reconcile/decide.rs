//! One value: what it was, what it is and what the hub has.

use super::hearing::{Field, Hearing};
use super::policy::{self, Contest, Ruling};
use super::{norm, references, target};
use crate::model::disposition::Verdict;
use crate::model::link::ShadowField;
use crate::model::{Cell, Rule, Seen, Value};

/// What follows from three values alone, before any policy is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The system and the hub agree: the shadow moves, nothing is written.
    Adopt,
    /// Only the hub has moved.
    SystemIsDue,
    /// Only the system has moved.
    TakeObserved,
    /// Both have moved, or they have never agreed: the policy judges.
    Judge,
}

/// Decides one cell from what the system was known to hold, what it holds now, and the hub.
///
/// All three in the system's normal form, so that a value that the system cut short is not a change (L4). Without a
/// `shadow` the two have never agreed, so a difference is a conflict, not a change.
pub fn decide<T: Eq>(shadow: Option<&T>, observed: &T, hub: &T) -> Decision {
    match shadow {
        _ if observed == hub => Decision::Adopt,
        Some(known) if known == observed => Decision::SystemIsDue,
        Some(known) if known == hub => Decision::TakeObserved,
        Some(_) | None => Decision::Judge,
    }
}

/// Hears what a system says of a single-valued field that differs from its shadow as read.
pub(super) fn hear(hearing: &mut Hearing<'_, '_>, field: &Field<'_>, seen: &Seen, is_explicit: bool) {
    let raw = match seen {
        Seen::Empty => None,
        Seen::One(held) => Some(&*held.0),
        Seen::Masked => return,
        Seen::Set(_) => {
            return hearing.dispose(field, None, seen.clone(), reject("several values in a single field"));
        }
    };
    if raw.is_some_and(references::is_unresolved) {
        return hearing.dispose(field, None, seen.clone(), reject(references::UNKNOWN));
    }
    if raw.is_some_and(norm::is_relay) {
        return relay(hearing, field, seen);
    }
    let observed = kept(field, seen);
    let shadow = hearing.link.shadow.0.get(field.key).map(|shadow| &shadow.known);
    let nothing_new = shadow.map_or(norm::is_nothing(&observed), |known| norm::same(known, &observed));
    if nothing_new {
        return hearing.unchanged(field, observed);
    }
    if hearing.sent(field.key).is_some_and(|sent| norm::same(sent, &observed)) {
        hearing.know(field, observed);
        return hearing.dispose(field, None, seen.clone(), Verdict::Adopted);
    }
    let hub = in_form(field, hearing.record.value(field.key));
    let decision = decide(shadow, &observed, &hub);
    let ruling = match decision {
        Decision::Adopt | Decision::SystemIsDue => {
            hearing.know(field, observed);
            return hearing.dispose(field, None, seen.clone(), Verdict::Adopted);
        }
        Decision::TakeObserved | Decision::Judge => {
            let cell = hearing.record.cell(field.key);
            let is_clearing = is_explicit && field.capability.clearable;
            let contest = contest(hearing, field, raw, cell, decision == Decision::Judge, is_clearing);
            let ruling = hearing.rule(field, &contest);
            if raw.is_some_and(|raw| is_poorer(hearing, field, cell, raw)) {
                policy::prefer(ruling)
            } else {
                ruling
            }
        }
    };
    settle(hearing, field, seen, observed, hub, ruling);
}

/// Carries a ruling out.
fn settle(
    hearing: &mut Hearing<'_, '_>,
    field: &Field<'_>,
    seen: &Seen,
    observed: Seen,
    hub: Seen,
    ruling: Ruling,
) {
    let verdict = match ruling {
        Ruling::Take(rule) => {
            take(hearing, field, seen, rule);
            Verdict::Applied(rule)
        }
        Ruling::Keep(rule) => {
            let by = hearing.record.cell(field.key).and_then(|cell| cell.provenance.system.clone());
            Verdict::Superseded { by, rule }
        }
        Ruling::Ignore(why) => Verdict::Ignored(why),
        Ruling::Reject(why) => reject(why),
        Ruling::Review => {
            let review = hearing.open_conflict(field, None, seen.clone());
            hearing.know_in_review(field, observed, hub, &[review]);
            return hearing.dispose(field, None, seen.clone(), Verdict::Review(review));
        }
    };
    if !hearing.puts_off(field, &verdict) {
        hearing.know(field, observed);
    }
    hearing.dispose(field, None, seen.clone(), verdict);
}

/// An OTA's relay address in a single field: it belongs to the booking, so the person's address stays.
fn relay(hearing: &mut Hearing<'_, '_>, field: &Field<'_>, seen: &Seen) {
    let observed = kept(field, seen);
    let shadow = hearing.link.shadow.0.get(field.key).map(|shadow| &shadow.known);
    if shadow.is_some_and(|known| norm::same(known, &observed)) {
        return hearing.unchanged(field, observed);
    }
    let by = hearing.record.cell(field.key).and_then(|cell| cell.provenance.system.clone());
    hearing.know(field, observed);
    hearing.dispose(field, None, seen.clone(), Verdict::Superseded { by, rule: Rule::Quality });
}

fn take(hearing: &mut Hearing<'_, '_>, field: &Field<'_>, seen: &Seen, rule: Rule) {
    let form = &field.capability.form;
    let observed = if let Seen::One(held) = seen { Some(held) } else { None };
    let value = observed.map(|value| norm::enriched(value, hearing.record.value(field.key), form));
    hearing.set_value(field.key, value, rule, hearing.evidence(field));
}

/// Whether the hub's value is only what its own system could keep of the observed one: then the two do not differ, and
/// the observed one is the fuller of them, whichever was heard first.
pub(super) fn is_poorer(
    hearing: &Hearing<'_, '_>,
    field: &Field<'_>,
    hub: Option<&Cell>,
    observed: &Value,
) -> bool {
    let poorer = || {
        let hub = hub?;
        let origin = hearing.rules.systems.get(hub.provenance.system.as_ref()?)?;
        let kind = origin.capabilities.kinds.get(&hearing.record.kind)?;
        let kept = norm::alone(field.def, &kind.fields.get(field.key)?.form, observed)?;
        Some(kept == *target::value_of(hub)?)
    };
    poorer().unwrap_or(false)
}

/// What is contested in a single value or in one element.
pub(super) fn contest<'c>(
    hearing: &'c Hearing<'_, '_>,
    field: &'c Field<'_>,
    observed: Option<&'c Value>,
    hub: Option<&'c Cell>,
    hub_moved: bool,
    is_clearing: bool,
) -> Contest<'c> {
    let has_shadow = hearing.has_shadow(field.key);
    Contest {
        rules: hearing.rules,
        rule: &field.rule,
        system: hearing.now.system,
        class: hearing.system.class,
        is_secondary: hearing.is_secondary(),
        is_history: hearing.is_history,
        is_backfill: hearing.is_backfill(),
        is_new: hearing.is_new(),
        is_first_contact: !has_shadow,
        hub_moved,
        hub,
        is_fillable: hearing.is_fillable(field.key),
        observed,
        is_clearing,
        evidence: hearing.evidence(field),
    }
}

pub(super) fn reject(why: &str) -> Verdict {
    Verdict::Rejected(why.to_owned())
}

/// What the system keeps of what it showed: the very same value where nothing is lost.
fn kept(field: &Field<'_>, seen: &Seen) -> Seen {
    match seen.value() {
        Some(value) if field.capability.form.keeps_whole(value) => seen.clone(),
        value => in_form(field, value),
    }
}

fn in_form(field: &Field<'_>, value: Option<&Value>) -> Seen {
    norm::one(field.def, &field.capability.form, value)
}

/// A shadow that was read.
pub(super) const fn known(seen: Seen) -> ShadowField {
    ShadowField::known(seen)
}
