//! Finds the records that a system's record refers to, so that they are known before it is judged.

use crate::model::{Document, Reference, RemoteRef, Seen, Value};

/// Every record that the document refers to by its system's id, some of them more than once.
pub(super) fn remote_references(document: &Document) -> Vec<RemoteRef> {
    let mut found = Vec::new();
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

fn collect(value: &Value, found: &mut Vec<RemoteRef>) {
    if let Value::Reference(Reference::Remote(kind, id)) = value {
        found.push(RemoteRef { kind: *kind, external_id: id.clone() });
    }
    if let Value::Entry(parts) = value {
        for part in parts.values() {
            collect(part, found);
        }
    }
}
