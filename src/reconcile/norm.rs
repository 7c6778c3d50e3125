//! Normal forms, asked of the model: what is left of a value at a system, and what that system cannot know of it.
//!
//! Nothing is decided here.

use litemap::LiteMap;

use crate::model::document::Held;
use crate::model::field::{FieldDef, Multiplicity};
use crate::model::form::Form;
use crate::model::normalise::element_of;
use crate::model::{Cell, CellSet, Element, Seen, Value};

/// What the system holds of a single value when it is given `value`.
pub(super) fn one(def: &FieldDef, form: &Form, value: Option<&Value>) -> Seen {
    value.map_or(Seen::Empty, |value| form.apply(def, &Seen::one(value.clone())))
}

/// What the system holds of one element, and under which key; `None` when it cannot hold anything of it.
pub(super) fn element(def: &FieldDef, form: &Form, key: &Element, value: &Value) -> Option<(Element, Value)> {
    form.element(def, key, value)
}

/// What a system would hold of an element of the hub's set.
pub(super) struct Piece {
    /// The element's key in the hub.
    pub(super) key: Element,
    /// What the system keeps of it.
    pub(super) kept: Value,
    /// Whether the hub has it marked as the primary one.
    pub(super) is_primary: bool,
}

/// What a system would hold of a set, by the keys of its form. Where it cannot tell elements apart, the primary one
/// stands for all of them, else the first, as when the system itself is given the set ([`Form::apply`]).
pub(super) fn pieces(def: &FieldDef, form: &Form, cells: &LiteMap<Element, Cell>) -> LiteMap<Element, Piece> {
    let mut pieces: LiteMap<Element, Piece> = LiteMap::new_vec();
    for (key, cell) in cells {
        let Some(value) = cell.value.as_deref() else { continue };
        let Some((at_system, kept)) = element(def, form, key, value) else { continue };
        let is_primary = is_primary(value);
        if pieces.get(&at_system).is_none_or(|piece| is_primary && !piece.is_primary) {
            pieces.insert(at_system, Piece { key: key.clone(), kept, is_primary });
        }
    }
    pieces
}

/// What the system keeps of one value, element of a set or not.
pub(super) fn alone(def: &FieldDef, form: &Form, value: &Value) -> Option<Value> {
    match def.multiplicity {
        Multiplicity::One => one(def, form, Some(value)).value().cloned(),
        Multiplicity::Many(_) => form.element(def, &key(def, value), value).map(|(_, kept)| kept),
    }
}

/// The key of an element as the registry makes it.
pub(super) fn key(def: &FieldDef, value: &Value) -> Element {
    element_of(def, value)
}

/// Whether two notes of a field say the same: an empty set is as empty as an empty value.
pub(super) fn same(one: &Seen, other: &Seen) -> bool {
    one == other || (is_nothing(one) && is_nothing(other))
}

/// Whether a field holds nothing.
pub(super) fn is_nothing(seen: &Seen) -> bool {
    match seen {
        Seen::Empty => true,
        Seen::Set(elements) => elements.is_empty(),
        Seen::Masked | Seen::One(_) => false,
    }
}

/// A hub field as it is, without any system's form.
pub(super) fn of_cells(cells: &CellSet) -> Seen {
    match cells {
        CellSet::One(cell) => cell.value.clone().map_or(Seen::Empty, Seen::One),
        CellSet::Many(elements) => Seen::Set(held(elements)),
    }
}

fn held(elements: &LiteMap<Element, Cell>) -> LiteMap<Element, Held> {
    elements.iter().filter_map(|(key, cell)| Some((key.clone(), cell.value.clone()?))).collect()
}

/// [`enrich`]; the very same value where nothing is known beside it.
pub(super) fn enriched(observed: &Held, hub: Option<&Value>, form: &Form) -> Held {
    if hub.is_none() { observed.clone() } else { Held::new(enrich(observed, hub, form)) }
}

/// The observed value, completed with what the system does not keep and the hub knows: an edit of the part that a
/// system shows never costs the part that it does not.
fn enrich(observed: &Value, hub: Option<&Value>, form: &Form) -> Value {
    let mut full = observed.clone();
    match (&mut full, hub) {
        (Value::Email(mine), Some(Value::Email(known))) => {
            keep(form.keeps.label, &mut mine.label, &known.label);
            keep(form.keeps.primary, &mut mine.primary, &known.primary);
            keep(form.keeps.verified || mine.address != known.address, &mut mine.verified, &known.verified);
        }
        (Value::Phone(mine), Some(Value::Phone(known))) => {
            let same = mine.e164 == known.e164;
            keep(form.keeps.label, &mut mine.label, &known.label);
            keep(form.keeps.primary, &mut mine.primary, &known.primary);
            keep(form.keeps.verified || !same, &mut mine.verified, &known.verified);
            keep(form.keeps.typed || !same || mine.e164.is_none(), &mut mine.typed, &known.typed);
        }
        (Value::Address(mine), Some(Value::Address(known))) => {
            let same_place = mine.city == known.city && mine.country == known.country;
            keep(form.keeps.label, &mut mine.label, &known.label);
            keep(form.keeps.primary, &mut mine.primary, &known.primary);
            keep(form.keeps.region || !same_place, &mut mine.region, &known.region);
        }
        (Value::Entry(mine), Some(Value::Entry(known))) => {
            for (part, value) in known {
                if form.parts.is_some_and(|kept| !kept.contains(&part.as_str())) {
                    mine.insert(part.clone(), value.clone());
                }
            }
        }
        _ => {}
    }
    full
}

fn keep<T: Clone>(system_keeps_it: bool, mine: &mut T, known: &T) {
    if !system_keeps_it {
        mine.clone_from(known);
    }
}

/// Whether `value` is an OTA's relay address.
pub(super) const fn is_relay(value: &Value) -> bool {
    matches!(value, Value::Email(email) if email.relay)
}

/// Whether `value` is marked as the primary one of its set.
pub(super) fn is_primary(value: &Value) -> bool {
    if let Value::Email(email) = value {
        return email.primary;
    }
    if let Value::Phone(phone) = value {
        return phone.primary;
    }
    matches!(value, Value::Address(address) if address.primary)
}

/// The same value, not the primary one.
pub(super) fn demoted(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Email(email) = &mut value {
        email.primary = false;
    } else if let Value::Phone(phone) = &mut value {
        phone.primary = false;
    } else if let Value::Address(address) = &mut value {
        address.primary = false;
    }
    value
}

/// The same address or number with what either side knows about it: the hub's words, completed by the system's; `None`
/// where the two cannot be put together. Of two ways to write an address the [`fuller`] one is kept, whichever side it
/// is of.
pub(super) fn blend(hub: &Value, observed: &Value) -> Option<Value> {
    let mut both = hub.clone();
    match (&mut both, observed) {
        (Value::Email(mine), Value::Email(other)) if is_same_word(&mine.address, &other.address) => {
            mine.address = fuller(&mine.address, &other.address).to_owned();
            complete(&mut mine.label, other.label.as_ref());
            mine.verified |= other.verified;
            mine.primary |= other.primary;
        }
        (Value::Phone(mine), Value::Phone(other)) => {
            complete(&mut mine.label, other.label.as_ref());
            mine.verified |= other.verified;
            mine.primary |= other.primary;
        }
        (Value::Address(mine), Value::Address(other)) => {
            complete(&mut mine.label, other.label.as_ref());
            complete(&mut mine.country, other.country.as_ref());
            for (mine, other) in [
                (&mut mine.street, &other.street),
                (&mut mine.city, &other.city),
                (&mut mine.postal_code, &other.postal_code),
                (&mut mine.region, &other.region),
            ] {
                if is_same_word(mine, other) {
                    *mine = fuller(mine, other).to_owned();
                }
            }
            mine.primary |= other.primary;
        }
        _ => return None,
    }
    Some(both)
}

fn is_same_word(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The fuller of two words that differ in case only: the one that a system which keeps no case cannot have made, else
/// always the same one of the two.
fn fuller<'w>(one: &'w str, other: &'w str) -> &'w str {
    let is_cased = |word: &str| word.contains(char::is_uppercase) && word.contains(char::is_lowercase);
    std::cmp::max_by_key(one, other, |word| (is_cased(word), *word))
}

fn complete<T: Clone>(mine: &mut Option<T>, other: Option<&T>) {
    if mine.is_none() {
        *mine = other.cloned();
    }
}

/// Whether two notes of the same address or number name it alike, as far as both name it.
pub(super) fn is_compatible(hub: &Value, observed: &Value) -> bool {
    match (label(hub), label(observed)) {
        (Some(hub), Some(observed)) => hub == observed,
        (None, _) | (_, None) => true,
    }
}

fn label(value: &Value) -> Option<&str> {
    if let Value::Email(email) = value {
        return email.label.as_deref();
    }
    if let Value::Phone(phone) = value {
        return phone.label.as_deref();
    }
    if let Value::Address(address) = value { address.label.as_deref() } else { None }
}
