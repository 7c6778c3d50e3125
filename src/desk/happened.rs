//! The journal in words. No value is in it: only what happened, to which fields, by whom.

use super::values;
use super::words::Words;
use crate::duplicates::explain::Tongue;
use crate::hub::Hub;
use crate::model::RecordKind;
use crate::model::journal::{Entry, Event};

/// An entry of the journal.
pub(super) struct Happened {
    pub(super) at: String,
    pub(super) system: String,
    pub(super) what: String,
}

/// An entry in words.
pub(super) fn happened(hub: &Hub, say: Words, kind: RecordKind, entry: &Entry) -> Happened {
    Happened {
        at: entry.at.format("%Y-%m-%d %H:%M:%S").to_string(),
        system: entry.system.as_ref().map(ToString::to_string).unwrap_or_default(),
        what: what(hub, say, kind, &entry.event),
    }
}

/// What happened, for the terminal.
pub(crate) fn in_english(hub: &Hub, kind: RecordKind, entry: &Entry) -> String {
    what(hub, Words(Tongue::English), kind, &entry.event)
}

fn what(hub: &Hub, say: Words, kind: RecordKind, event: &Event) -> String {
    let fields = |keys: &mut dyn Iterator<Item = &crate::model::FieldKey>| {
        let mut labels: Vec<String> =
            keys.map(|key| values::field(say, &hub.rules.registry, kind, key)).collect();
        labels.dedup();
        labels.join(", ")
    };
    match event {
        Event::Observed { dispositions } => {
            let fields = fields(&mut dispositions.iter().map(|one| &one.field));
            say.with("event: observed", &[("{fields}", &fields)])
        }
        Event::LinkLife { external_id, .. } => {
            let id = external_id.as_ref().map(ToString::to_string).unwrap_or_default();
            say.with("event: link", &[("{id}", &id)])
        }
        Event::Creating { .. } => say.say("event: creating").to_owned(),
        Event::Written { fields: keys, outcome, .. } => {
            say.with("event: written", &[("{fields}", &fields(&mut keys.iter())), ("{outcome}", outcome)])
        }
        Event::Merged { other_before, .. } => {
            say.with("event: merged", &[("{name}", &crate::words::name(other_before))])
        }
        Event::Split { .. } => say.say("event: split").to_owned(),
        Event::ReviewOpened { .. } => say.say("event: review").to_owned(),
        Event::Decided { operator, decision, .. } => {
            say.with("event: decided", &[("{who}", operator), ("{what}", decision)])
        }
        Event::Viewed { operator, fields: keys } => {
            say.with("event: viewed", &[("{who}", operator), ("{fields}", &fields(&mut keys.iter()))])
        }
        Event::Parked { reason } => say.with("event: parked", &[("{why}", reason)]),
    }
}
