//! References between records: by the hub's id inside the hub, by the system's own id on the wire.
//!
//! What comes in is resolved before it is judged, what goes out is translated when it is planned. A reference that a
//! system's record was resolved to is never rewritten by a merge: aliases are followed, so a split stays exact.

use litemap::LiteMap;
use std::sync::Arc;

use super::{Counterpart, norm};
use crate::model::document::Held;
use crate::model::field::{FieldDef, Registry};
use crate::model::{Document, Element, ExternalId, RecordId, RecordKind, Reference, Seen, Value};

/// Why a cell with an unknown reference is rejected.
pub(super) const UNKNOWN: &str = "unknown reference";

/// Whether `value` names a record by a system's id that nobody has resolved.
pub(super) fn is_unresolved(value: &Value) -> bool {
    value.any_reference(&mut |reference| matches!(reference, Reference::Remote(..)))
}

/// Every hub record that `value` refers to.
pub(super) fn targets(value: &Value) -> Vec<(RecordKind, RecordId)> {
    let mut found = Vec::new();
    value.each_reference(&mut |reference| {
        if let Reference::Record(kind, id) = reference {
            found.push((*kind, *id));
        }
    });
    found
}

/// Resolves every reference of a document that a system showed, and keys the elements anew that are keyed by one.
///
/// `lookup` gives the record that the system's id is linked to (the one it was linked to, aliases not followed); a
/// reference that it does not know stays as it is, and the cell is rejected when it is judged.
pub fn resolve(
    registry: &Registry,
    kind: RecordKind,
    document: &mut Document,
    lookup: &dyn Fn(RecordKind, &ExternalId) -> Option<RecordId>,
) {
    let mut to_hub = |reference: &Reference| match reference {
        Reference::Remote(kind, external) => lookup(*kind, external).map(|id| Reference::Record(*kind, id)),
        Reference::Record(..) => None,
    };
    for (key, seen) in document.iter_mut() {
        if let Some(def) = registry.field(kind, key) {
            rewrite(def, seen, &mut to_hub);
        }
    }
}

/// The same note with its references as ids of the system; `None` when one has no counterpart there.
pub(super) fn translate(
    def: &FieldDef,
    seen: &Seen,
    counterpart: &dyn Fn(RecordKind, RecordId) -> Counterpart,
) -> Option<Seen> {
    let mut is_complete = true;
    let mut to_system = |reference: &Reference| match reference {
        Reference::Record(kind, id) => match counterpart(*kind, *id) {
            Counterpart::At(external) => Some(Reference::Remote(*kind, external)),
            Counterpart::Awaited | Counterpart::Never => {
                is_complete = false;
                None
            }
        },
        Reference::Remote(..) => None,
    };
    let mut translated = seen.clone();
    rewrite(def, &mut translated, &mut to_system);
    is_complete.then_some(translated)
}

fn rewrite(def: &FieldDef, seen: &mut Seen, change: &mut dyn FnMut(&Reference) -> Option<Reference>) {
    match seen {
        Seen::Empty | Seen::Masked => {}
        Seen::One(held) => {
            replace_in(held, change);
        }
        Seen::Set(elements) => {
            let mut changed = false;
            for (_, held) in elements.iter_mut() {
                changed |= replace_in(held, change);
            }
            if changed {
                *elements = keyed(def, std::mem::take(elements));
            }
        }
    }
}

fn keyed(def: &FieldDef, elements: LiteMap<Element, Held>) -> LiteMap<Element, Held> {
    elements.into_iter().map(|(_, held)| (norm::key(def, &held.0), held)).collect()
}

/// [`replace`] in a value that others may hold too: they keep theirs.
fn replace_in(held: &mut Held, change: &mut dyn FnMut(&Reference) -> Option<Reference>) -> bool {
    held.any_reference(&mut |_| true) && replace(Arc::make_mut(&mut held.0), change)
}

fn replace(value: &mut Value, change: &mut dyn FnMut(&Reference) -> Option<Reference>) -> bool {
    if let Value::Reference(reference) = value {
        let Some(other) = change(reference) else { return false };
        *reference = other;
        return true;
    }
    let mut changed = false;
    if let Value::Entry(parts) = value {
        for (_, part) in parts.iter_mut() {
            changed |= replace(part, change);
        }
    }
    changed
}
