//! The addresses of an account: which stays, which changes and which is new when others are wanted.

use serde_json::{Map, Value as Json, json};

use super::super::wire::Address;
use super::{Hotel, fields, filled, postals};
use crate::model::value::Address as Postal;
use crate::model::{Element, RecordKind, Seen, Value, keys};

/// An address that stands in Mews.
pub(in super::super) struct Standing<'a> {
    row: &'a Address,
    element: Element,
    /// As Mews can be told of it.
    postal: Postal,
}

/// What brings the addresses of an account to those that are wanted.
#[derive(Default)]
pub(in super::super) struct Arrangement {
    /// What `addresses/update` is told.
    pub(in super::super) changes: Vec<Json>,
    /// What `addresses/add` is told.
    pub(in super::super) additions: Vec<Json>,
    /// An address stands there that nobody wants any more.
    pub(in super::super) has_left_over: bool,
}

impl Arrangement {
    /// Whether Mews has to be told nothing.
    pub(in super::super) fn is_nothing(&self) -> bool {
        self.changes.is_empty() && self.additions.is_empty()
    }
}

/// An address that is wanted, and the row that will hold it.
struct Place<'a> {
    element: &'a Element,
    postal: &'a Postal,
    row: Option<&'a Standing<'a>>,
}

impl Hotel {
    /// The addresses that stand, in the form in which they are written, the main one first.
    pub(in super::super) fn standing<'a>(
        &self,
        kind: RecordKind,
        rows: &'a [Address],
        main: Option<&str>,
    ) -> Vec<Standing<'a>> {
        let (form, field) = (fields::postal(), self.field(kind, &keys::ADDRESSES));
        let standing = postals(rows, main).into_iter().filter_map(|(row, postal)| {
            let value = Value::Address(Box::new(postal));
            let (element, kept) = form.element(field, &Element::new(""), &value)?;
            let Value::Address(postal) = kept else { return None };
            Some(Standing { row, element, postal: *postal })
        });
        standing.collect()
    }
}

/// The main address of a record that is made.
pub(in super::super) fn main_address(wanted: &Seen) -> Option<Map<String, Json>> {
    let addresses = || {
        wanted
            .values()
            .filter_map(|value| if let Value::Address(postal) = value { Some(postal) } else { None })
    };
    addresses().find(|postal| postal.primary).or_else(|| addresses().next()).map(|postal| address(postal))
}

/// Finds a row for each wanted address. A row is never deleted: one that is left over stays as it is.
pub(in super::super) fn arrange(account: &str, standing: &[Standing<'_>], wanted: &Seen) -> Arrangement {
    let Some(wanted) = wanted.elements() else { return Arrangement::default() };
    let mut free: Vec<&Standing<'_>> = standing.iter().collect();
    let mut places: Vec<Place<'_>> = wanted
        .iter()
        .filter_map(|(element, held)| {
            let Value::Address(postal) = &**held else { return None };
            Some(Place { element, postal, row: None })
        })
        .collect();
    // The main address is what the main row holds: what it held before moves to another row.
    if let (Some(main), false) = (places.iter_mut().find(|place| place.postal.primary), free.is_empty()) {
        main.row = Some(free.remove(0));
    }
    for place in places.iter_mut().filter(|place| place.row.is_none()) {
        let same = free.iter().position(|row| row.element == *place.element);
        place.row = same.map(|index| free.remove(index));
    }
    // An edit keeps its row: an address that is new takes the place of one that is gone.
    free.sort_by_key(|row| wanted.contains_key(&row.element));
    for place in places.iter_mut().filter(|place| place.row.is_none()) {
        place.row = (!free.is_empty()).then(|| free.remove(0));
    }
    Arrangement {
        changes: places.iter().filter_map(|place| change(place.row?, place.postal)).collect(),
        additions: places
            .iter()
            .filter(|place| place.row.is_none())
            .map(|place| addition(account, place.postal))
            .collect(),
        has_left_over: free.iter().any(|row| !wanted.contains_key(&row.element)),
    }
}

/// The properties of an address that are written. A region is a code in Mews and a word elsewhere.
fn parts(postal: &Postal) -> [(&'static str, Option<&str>); 5] {
    let (first, rest) = postal.street.split_once('\n').unwrap_or((&postal.street, ""));
    [
        ("Line1", filled(Some(first))),
        ("Line2", filled(Some(rest))),
        ("City", filled(Some(&postal.city))),
        ("PostalCode", filled(Some(&postal.postal_code))),
        ("CountryCode", postal.country.as_ref().map(|country| country.0.as_str())),
    ]
}

/// What changes in a row; `None` where it holds the address already.
fn change(standing: &Standing<'_>, wanted: &Postal) -> Option<Json> {
    let pairs = parts(&standing.postal).into_iter().zip(parts(wanted));
    let changed = pairs.filter(|(held, wanted)| held != wanted);
    let mut change: Map<String, Json> =
        changed.map(|(_, (name, part))| (name.to_owned(), json!({"Value": part}))).collect();
    if change.is_empty() {
        return None;
    }
    let has_moved = ["City", "CountryCode"].iter().any(|part| change.contains_key(*part));
    if has_moved && standing.row.country_subdivision_code.is_some() {
        change.insert("CountrySubdivisionCode".to_owned(), json!({"Value": null}));
    }
    change.insert("AddressId".to_owned(), json!(standing.row.id));
    Some(Json::Object(change))
}

fn addition(account: &str, wanted: &Postal) -> Json {
    let mut addition = address(wanted);
    addition.insert("AccountId".to_owned(), json!(account));
    Json::Object(addition)
}

/// An address as it is told for the first time.
fn address(postal: &Postal) -> Map<String, Json> {
    parts(postal).into_iter().filter_map(|(name, part)| Some((name.to_owned(), json!(part?)))).collect()
}
