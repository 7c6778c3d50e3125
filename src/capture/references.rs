//! Finds the records that a system's record refers to, so that they are known before it is judged.

use std::collections::BTreeSet;

use crate::model::{Document, Reference, RemoteRef, Seen, Value};

/// Every record that the document refers to by its system's id.
pub(super) fn remote_references(document: &Document) -> BTreeSet<RemoteRef> {
    let mut found = BTreeSet::new();
    for (_, seen) in document.iter() {
        match seen {
            Seen::One(held) => collect(&held.0, &mut found),
            Seen::Set(elements) => {
                for held in elements.values() {
                    collect(&held.0, &mut found);
                }
            }
            Seen::Empty | Seen::Masked => {}
        }
    }
    found
}

fn collect(value: &Value, found: &mut BTreeSet<RemoteRef>) {
    if let Value::Reference(Reference::Remote(kind, id)) = value {
        found.insert(RemoteRef { kind: *kind, external_id: id.clone() });
    }
    if let Value::Entry(parts) = value {
        for part in parts.values() {
            collect(part, found);
        }
    }
}
