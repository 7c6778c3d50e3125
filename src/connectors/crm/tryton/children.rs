//! The contact mechanisms and addresses of a party: which rows stay, change, come back, go or are new.

use serde_json::{Map, Value as Json, json};

use crate::model::value::{Address, Country, Email, Phone};
use crate::model::{Element, FieldKey, Value, keys};

use super::lens::Lens;
use super::party::{self, is_email, is_phone};
use super::party_put::Target;
use super::wire::Row;

/// Where the primary element of a list stands, and the others of such a list.
const FIRST: i64 = 1;
const LATER: i64 = 10;

/// Commands that bring e-mails, phones and the website to the document.
pub(super) fn mechanisms(target: &Target<'_>) -> Vec<Json> {
    let lists = [emails(target), phones(target)];
    lists.iter().flat_map(List::commands).chain(website(target)).collect()
}

/// Commands that bring the addresses to the document.
pub(super) fn addresses(target: &Target<'_>) -> Vec<Json> {
    postal(target).commands()
}

/// The archived children that the document brings back, by model. They are revived before anything else is
/// written, because every other field of an archived row is read-only.
pub(super) fn revivals(target: &Target<'_>) -> Vec<(&'static str, i64)> {
    let mechanisms = [emails(target), phones(target)];
    let mechanisms = mechanisms.iter().flat_map(List::revivals).map(|id| ("party.contact_mechanism", id));
    mechanisms.chain(postal(target).revivals().into_iter().map(|id| ("party.address", id))).collect()
}

fn emails<'a>(target: &'a Target<'a>) -> List<'a> {
    List { target, field: keys::EMAILS, children: "contact_mechanisms", of: is_email, read: party::email_of }
}

fn phones<'a>(target: &'a Target<'a>) -> List<'a> {
    List { target, field: keys::PHONES, children: "contact_mechanisms", of: is_phone, read: party::phone_of }
}

fn postal<'a>(target: &'a Target<'a>) -> List<'a> {
    let read = |_: &Lens, row: Row<'_>, primary| party::address_of(row, primary);
    List { target, field: keys::ADDRESSES, children: "addresses", of: |_| true, read }
}

fn website(target: &Target<'_>) -> Option<Json> {
    let wanted = target.document.get(&keys::WEB)?.value().and_then(Value::as_text);
    let now = target.current.and_then(party::website);
    match (wanted, now) {
        (None, None) => None,
        (Some(wanted), Some(row)) if row.text("value") == Some(wanted) => None,
        (Some(wanted), Some(row)) => Some(json!(["write", [row.id()], {"value": wanted}])),
        (Some(wanted), None) => Some(json!(["create", [{"type": "website", "value": wanted}]])),
        (None, Some(row)) => Some(json!(["write", [row.id()], {"active": false}])),
    }
}

/// One many-valued field and the rows that hold it.
struct List<'a> {
    target: &'a Target<'a>,
    field: FieldKey,
    children: &'static str,
    of: fn(Row<'_>) -> bool,
    read: fn(&Lens, Row<'_>, Option<i64>) -> Option<Value>,
}

/// A wanted value and the row that will hold it.
struct Place<'a> {
    value: &'a Value,
    row: Option<Row<'a>>,
}

impl<'a> List<'a> {
    fn commands(&self) -> Vec<Json> {
        let Some(values) = self.target.elements(&self.field) else { return Vec::new() };
        let (places, archive) = self.places(&values);
        self.write_places(&places, &archive)
    }

    fn revivals(&self) -> Vec<i64> {
        let Some(values) = self.target.elements(&self.field) else { return Vec::new() };
        let (places, _) = self.places(&values);
        places.iter().filter_map(|place| place.row).filter(|row| !row.is_active()).map(Row::id).collect()
    }

    /// Finds a row for each wanted value; the live rows that are left over are to be archived.
    fn places<'v>(&self, values: &[&'v Value]) -> (Vec<Place<'v>>, Vec<Row<'a>>)
    where
        'a: 'v,
    {
        let rows: Vec<(Row<'a>, Element)> = self.readable_rows();
        let mut archive: Vec<Row<'a>> = Vec::new();
        let mut places: Vec<Place<'v>> = values.iter().map(|value| Place { value, row: None }).collect();
        // Live rows first, so that an archived twin is not revived beside one.
        for is_live in [true, false] {
            for (row, element) in rows.iter().filter(|(row, _)| row.is_active() == is_live) {
                let free = places
                    .iter_mut()
                    .find(|place| place.row.is_none() && self.element(place.value).as_ref() == Some(element));
                match free {
                    Some(place) => place.row = Some(*row),
                    None if is_live => archive.push(*row),
                    None => {}
                }
            }
        }
        // An edit keeps its row: a value that is new takes the place of one that is gone, of its own type first.
        for any_type in [false, true] {
            for place in places.iter_mut().filter(|place| place.row.is_none()) {
                let kind = self.row_values(place.value).remove("type");
                let fits = |row: &Row<'_>| any_type || row.0.get("type") == kind.as_ref();
                place.row = archive.iter().position(fits).map(|index| archive.remove(index));
            }
        }
        (places, archive)
    }

    fn readable_rows(&self) -> Vec<(Row<'a>, Element)> {
        let rows = self.target.current.into_iter().flat_map(|row| row.children(self.children));
        let readable = rows.filter(|row| (self.of)(*row));
        readable
            .filter_map(|row| Some((row, self.element(&(self.read)(self.target.lens, row, None)?)?)))
            .collect()
    }

    fn element(&self, value: &Value) -> Option<Element> {
        self.target.lens.element(self.target.kind, &self.field, value)
    }

    fn write_places(&self, places: &[Place<'_>], archive: &[Row<'a>]) -> Vec<Json> {
        let has_primary = places.iter().any(|place| is_primary(place.value));
        let mut commands = Vec::new();
        let mut create = Vec::new();
        for place in places {
            let mut values = self.row_values(place.value);
            let sequence = sequence(place, has_primary);
            values.insert("sequence".to_owned(), json!(sequence));
            let Some(row) = place.row else {
                create.push(Json::Object(values));
                continue;
            };
            let same =
                (self.read)(self.target.lens, row, None).is_some_and(|now| self.is_same(&now, place.value));
            values.retain(|field, value| !(same && field == "value" || is_held(row, field, value)));
            if !values.is_empty() {
                commands.push(json!(["write", [row.id()], values]));
            }
        }
        commands.extend((!create.is_empty()).then(|| json!(["create", create])));
        let gone: Vec<i64> = archive.iter().map(|row| row.id()).collect();
        commands.extend((!gone.is_empty()).then(|| json!(["write", gone, {"active": false}])));
        commands
    }

    /// Whether the row's own spelling of a value may stay: only its attributes differ.
    fn is_same(&self, now: &Value, wanted: &Value) -> bool {
        match (now, wanted) {
            (Value::Email(now), Value::Email(wanted)) => now.address == wanted.address,
            (Value::Phone(_), Value::Phone(_)) => self.element(now) == self.element(wanted),
            _ => false,
        }
    }

    fn row_values(&self, value: &Value) -> Map<String, Json> {
        if let Value::Email(email) = value {
            return email_values(email);
        }
        if let Value::Phone(phone) = value {
            return phone_values(phone);
        }
        if let Value::Address(address) = value {
            return self.address_values(address);
        }
        Map::new()
    }

    fn address_values(&self, address: &Address) -> Map<String, Json> {
        let country = address.country.as_ref();
        let country = country.and_then(|Country(code)| self.target.facts.countries.get(code.as_str()));
        let fields = [
            ("street", json!(address.street)),
            ("city", json!(address.city)),
            ("postal_code", json!(address.postal_code)),
            ("country", json!(country)),
        ];
        values(fields)
    }
}

fn values<const N: usize>(fields: [(&str, Json); N]) -> Map<String, Json> {
    fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect()
}

fn email_values(email: &Email) -> Map<String, Json> {
    values([("type", json!("email")), ("value", json!(email.address)), ("name", json!(email.label))])
}

/// A label that is a type of Tryton's becomes the type; any other is the mechanism's name.
fn phone_values(phone: &Phone) -> Map<String, Json> {
    let value = json!(phone.e164.as_deref().unwrap_or(&phone.typed));
    match phone.label.as_deref() {
        Some(kind @ ("mobile" | "fax")) => values([("type", json!(kind)), ("value", value)]),
        label => values([("type", json!("phone")), ("value", value), ("name", json!(label))]),
    }
}

fn is_primary(value: &Value) -> bool {
    matches!(value, Value::Email(Email { primary: true, .. }) | Value::Phone(Phone { primary: true, .. }))
        || matches!(value, Value::Address(address) if address.primary)
}

/// The sequence number of a row: the primary one comes first; without a primary one no row has a number.
fn sequence(place: &Place<'_>, has_primary: bool) -> Option<i64> {
    if is_primary(place.value) {
        return Some(FIRST);
    }
    let now = place.row.and_then(|row| row.number("sequence")).filter(|number| *number > FIRST);
    has_primary.then(|| now.unwrap_or(LATER))
}

/// Whether a row holds this value of a field already; empty text and null are the same.
fn is_held(row: Row<'_>, field: &str, value: &Json) -> bool {
    let blank = |value: &Json| value.is_null() || value.as_str() == Some("");
    if let Some(related) = row.0.get(format!("{field}.")) {
        return related.get("id").unwrap_or(&Json::Null) == value;
    }
    let now = row.0.get(field).unwrap_or(&Json::Null);
    now == value || (blank(now) && blank(value))
}
