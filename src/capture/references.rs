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
    value.each_reference(&mut |reference| {
        if let Reference::Remote(kind, id) = reference {
            found.push(RemoteRef { kind: *kind, external_id: id.clone() });
        }
    });
}
