//! An observation comes in: may it be believed, and who hears it.
//!
//! The hearing itself is `hearing`; what is not there is `existence`.

use super::hearing::{Hearing, is_newer_version};
use super::{Circumstances, Known, Outcome, ReadAgain, Rules, existence, norm};
use crate::model::{KindCapabilities, Life, Link, LinkLife, Observation, Origin, Seen, Shape};

/// What an observation means for the hub and for every system.
///
/// An observation that shows nothing new gives [`Outcome::default`], but for the bookkeeping of its link (a version, a
/// digest, and once an hour when it was last seen). Neither fails nor waits.
pub fn observe(
    rules: &Rules,
    known: Known<'_>,
    observation: &Observation,
    mut now: Circumstances<'_>,
) -> Outcome {
    let Some(system) = rules.systems.get(now.system) else { return Outcome::default() };
    let Some(kind) = system.capabilities.kinds.get(&observation.subject.kind) else {
        return Outcome::default();
    };
    if is_erased(known) {
        return Outcome::default();
    }
    if let Some(link) = known.link {
        match freshness(rules, kind, link, observation, &now) {
            Freshness::Fresh => {}
            Freshness::Stale => return Outcome::default(),
            Freshness::Unknown => {
                return Outcome { read_again: Some(ReadAgain::StaleEpoch), ..Outcome::default() };
            }
        }
        if link.life == LinkLife::Quarantined {
            return Outcome::default();
        }
    }
    let is_present = match &observation.shape {
        Shape::Full | Shape::Partial | Shape::StatusOnly => true,
        Shape::Absent | Shape::NotFound | Shape::Deleted | Shape::Erased | Shape::MergedInto(_) => false,
    };
    if !is_present {
        return existence::not_there(rules, system, known, observation, &now);
    }
    if let Some(suspicion) = existence::suspicion(known, observation, system) {
        return existence::quarantine(known, observation, &mut now, suspicion);
    }
    let mut hearing = Hearing::open(rules, system, kind, known, observation, now);
    hearing.hear_all();
    hearing.close()
}

fn is_erased(known: Known<'_>) -> bool {
    known.link.is_some_and(|link| link.life == LinkLife::Erased)
        || known.record.is_some_and(|record| record.life == Life::Erased)
}

enum Freshness {
    Fresh,
    /// Something newer is known already.
    Stale,
    /// It was fetched while a write, or another reading, was under way.
    Unknown,
}

/// Orders observations of one record without comparing the clocks of two hosts.
///
/// Two readings whose fetches overlapped may have seen the record in either order. The one that began first is not
/// believed, but when it shows something else, and no version says that this is older, the record is read once more.
fn freshness(
    rules: &Rules,
    kind: &KindCapabilities,
    link: &Link,
    observation: &Observation,
    now: &Circumstances<'_>,
) -> Freshness {
    if link.epoch > now.epoch {
        return Freshness::Unknown;
    }
    let (given, known) = (observation.source_version.as_ref(), link.source_version.as_ref());
    if given.zip(known).is_some_and(|(given, known)| given.is_older_than(known)) {
        return Freshness::Stale;
    }
    if is_newer_version(link, observation) || link.seen_at.is_none_or(|seen| seen <= now.fetched_at) {
        return Freshness::Fresh;
    }
    let is_same_version = given.is_some() && given == known;
    if observation.origin == Origin::Live && !is_same_version && shows_news(rules, kind, link, observation) {
        Freshness::Unknown
    } else {
        Freshness::Stale
    }
}

/// Whether a system shows something else than it was known to hold.
fn shows_news(rules: &Rules, kind: &KindCapabilities, link: &Link, observation: &Observation) -> bool {
    observation.document.iter().any(|(key, seen)| {
        let capability = kind.fields.get(key).filter(|capability| capability.read);
        let def = rules.registry.field(observation.subject.kind, key);
        let (Some(capability), Some(def)) = (capability, def) else { return false };
        let Some(shadow) = link.shadow.0.get(key) else { return false };
        *seen != Seen::Masked && !norm::same(&capability.form.apply(def, seen), &shadow.known)
    })
}
