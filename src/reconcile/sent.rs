//! A write of ours whose outcome is not known: whatever shows of it at the system is an echo, not news.
//!
//! By the time it shows, the hub may have moved on: without this, the old value would come back as an edit.

use std::collections::BTreeMap;

use super::norm;
use crate::model::document::Held;
use crate::model::field::{FieldDef, Multiplicity};
use crate::model::form::Form;
use crate::model::{Element, Seen};

/// What the system was known to hold, moved on by what it shows of our own write; `None` where nothing of it shows.
pub(super) fn shown(
    def: &FieldDef,
    form: &Form,
    known: Option<&Seen>,
    sent: &Seen,
    seen: &Seen,
) -> Option<Seen> {
    if *seen == Seen::Masked {
        return None;
    }
    let (sent, seen) = (form.apply(def, sent), form.apply(def, seen));
    match def.multiplicity {
        Multiplicity::One => norm::same(&sent, &seen).then_some(seen),
        Multiplicity::Many(_) => {
            let none = BTreeMap::new();
            let known = known.and_then(Seen::elements).unwrap_or(&none);
            let (sent, seen) = (sent.elements().unwrap_or(&none), seen.elements().unwrap_or(&none));
            let moved = elements(known, sent, seen);
            (moved != *known).then_some(Seen::Set(moved))
        }
    }
}

/// Each element by itself: the system may show half of the write, and somebody else's edit beside it.
fn elements(
    known: &BTreeMap<Element, Held>,
    sent: &BTreeMap<Element, Held>,
    seen: &BTreeMap<Element, Held>,
) -> BTreeMap<Element, Held> {
    let stays = |key: &Element| seen.contains_key(key) || sent.contains_key(key);
    let kept = known.iter().filter(|(key, _)| stays(key));
    let arrived = seen.iter().filter(|(key, held)| sent.get(*key) == Some(*held));
    kept.chain(arrived).map(|(key, held)| (key.clone(), held.clone())).collect()
}
