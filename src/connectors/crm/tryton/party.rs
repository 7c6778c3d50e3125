//! A party as a record of the model: what Tryton shows, read without guessing.
//!
//! A row that cannot be read (an e-mail that is none) is not part of the document, and is left alone by writes.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::model::fields::RELATIONS;
use crate::model::normalise::{address, email, language, phone, text};
use crate::model::value::{Address, Choice, Country};
use crate::model::{Document, ExternalId, FieldKey, RecordId, RecordKind, Reference, Seen, Value, keys};

use super::block;
use super::lens::{HUB_ID, Lens, TAX_ID};
use super::name;
use super::wire::Row;

/// The fields of one read of a party, children included; `identifiers.active` where the release has it.
pub(super) const FIELDS: &[&str] = &[
    "name",
    "active",
    "replaced_by",
    "write_date",
    "create_date",
    "_timestamp",
    "lang.code",
    "tax_identifier",
    "categories.name",
    "contact_mechanisms.type",
    "contact_mechanisms.value",
    "contact_mechanisms.name",
    "contact_mechanisms.sequence",
    "contact_mechanisms.active",
    "contact_mechanisms.write_date",
    "contact_mechanisms.create_date",
    "contact_mechanisms._timestamp",
    "addresses.street",
    "addresses.city",
    "addresses.postal_code",
    "addresses.country.code",
    "addresses.sequence",
    "addresses.active",
    "addresses.write_date",
    "addresses.create_date",
    "addresses._timestamp",
    "identifiers.type",
    "identifiers.code",
    "identifiers.write_date",
    "identifiers.create_date",
    "identifiers._timestamp",
    "relations.to",
    "relations.type.name",
];

/// What a party holds, as a record of `kind`.
pub(super) fn document(lens: &Lens, kind: RecordKind, party: Row<'_>) -> Document {
    let mut document = names(kind, party);
    document.insert(keys::EMAILS, emails(lens, kind, party));
    document.insert(keys::PHONES, phones(lens, kind, party));
    document.insert(keys::ADDRESSES, addresses(lens, kind, party));
    document.insert(keys::TAX_ID, Seen::optional(tax_id(party).map(|code| Value::Text(code.to_owned()))));
    for (field, seen) in kept_as_identifiers(lens, kind, party) {
        document.insert(field, seen);
    }
    match kind {
        RecordKind::Person => {
            document.insert(keys::LANGUAGE, Seen::optional(language_of(party)));
            document.insert(keys::TAGS, tags(lens, kind, party));
            document.insert(keys::RELATIONS, relations(lens, kind, party));
        }
        RecordKind::Company | RecordKind::Agency => {
            document.insert(keys::CONTACT_PERSONS, contact_persons(lens, kind, party));
            document.insert(keys::WEB, Seen::optional(website(party).and_then(|row| line(row, "value"))));
        }
        RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => {}
    }
    document
}

/// The hub id that a party carries.
pub(super) fn hub_id(party: Row<'_>) -> Option<RecordId> {
    active(party, "identifiers").find_map(|row| RecordId::parse(row.text("code")?.strip_prefix(HUB_ID)?))
}

/// The live rows of one kind of children.
pub(super) fn active<'a>(party: Row<'a>, children: &'static str) -> impl Iterator<Item = Row<'a>> {
    party.children(children).filter(|row| row.is_active())
}

fn names(kind: RecordKind, party: Row<'_>) -> Document {
    if kind != RecordKind::Person {
        return Document::new().with(keys::NAME, Seen::optional(line(party, "name")));
    }
    let split = name::split(party.text("name").unwrap_or_default());
    let part = |part: String| Seen::optional((!part.is_empty()).then_some(Value::Text(part)));
    Document::new()
        .with(keys::GIVEN_NAMES, part(split.given))
        .with(keys::SURNAME, part(split.surname))
        .with(keys::SECOND_SURNAME, part(split.second_surname))
}

/// A text field as one line.
fn line(row: Row<'_>, field: &str) -> Option<Value> {
    Some(text::line(row.text(field)?)).filter(|text| !text.is_empty()).map(Value::Text)
}

fn emails(lens: &Lens, kind: RecordKind, party: Row<'_>) -> Seen {
    let primary = primary(party, "contact_mechanisms", is_email);
    let rows = active(party, "contact_mechanisms").filter(|row| is_email(*row));
    lens.set(kind, &keys::EMAILS, rows.filter_map(|row| email_of(lens, row, primary)))
}

fn phones(lens: &Lens, kind: RecordKind, party: Row<'_>) -> Seen {
    let primary = primary(party, "contact_mechanisms", is_phone);
    let rows = active(party, "contact_mechanisms").filter(|row| is_phone(*row));
    lens.set(kind, &keys::PHONES, rows.filter_map(|row| phone_of(lens, row, primary)))
}

fn addresses(lens: &Lens, kind: RecordKind, party: Row<'_>) -> Seen {
    let primary = primary(party, "addresses", |_| true);
    let rows = active(party, "addresses");
    lens.set(kind, &keys::ADDRESSES, rows.filter_map(|row| address_of(row, primary)))
}

/// Whether a contact mechanism is an e-mail address.
pub(super) fn is_email(row: Row<'_>) -> bool {
    row.text("type") == Some("email")
}

/// Whether a contact mechanism is a phone number.
pub(super) fn is_phone(row: Row<'_>) -> bool {
    matches!(row.text("type"), Some("phone" | "mobile" | "fax"))
}

/// The live website, the first where there are several.
pub(super) fn website(party: Row<'_>) -> Option<Row<'_>> {
    active(party, "contact_mechanisms").find(|row| row.text("type") == Some("website"))
}

/// The child that comes first by its sequence number. Children without a number come in no particular order, so
/// none of them is the primary one.
pub(super) fn primary(party: Row<'_>, children: &'static str, of: fn(Row<'_>) -> bool) -> Option<i64> {
    let numbered = active(party, children).filter(|row| of(*row));
    numbered.filter_map(|row| Some((row.number("sequence")?, row.id()))).min().map(|(_, id)| id)
}

/// An e-mail address; `None` when the row cannot be read as one.
pub(super) fn email_of(lens: &Lens, row: Row<'_>, primary: Option<i64>) -> Option<Value> {
    let mut email = email::read(row.text("value")?, &lens.relays).ok()?;
    email.label = row.text("name").map(SmolStr::new);
    email.primary = primary == Some(row.id());
    Some(Value::Email(email))
}

/// A phone number. A mobile's or a fax's type is its label, because Tryton's users choose the type first.
pub(super) fn phone_of(lens: &Lens, row: Row<'_>, primary: Option<i64>) -> Option<Value> {
    let mut phone = phone::read(row.text("value")?, Some(&lens.region))?;
    phone.label = match row.text("type") {
        Some(kind @ ("mobile" | "fax")) => Some(SmolStr::new(kind)),
        Some(_) | None => row.text("name").map(SmolStr::new),
    };
    phone.primary = primary == Some(row.id());
    Some(Value::Phone(phone))
}

/// A postal address; `None` when it is empty.
pub(super) fn address_of(row: Row<'_>, primary: Option<i64>) -> Option<Value> {
    let country = row.related("country").and_then(|row| row.text("code")).map(|code| Country(code.into()));
    let address = address::read(address::Parts {
        street: &[row.text("street").unwrap_or_default()],
        city: row.text("city").unwrap_or_default(),
        postal_code: row.text("postal_code").unwrap_or_default(),
        region: "",
        country: country.as_ref(),
    })?;
    Some(Value::Address(Box::new(Address { primary: primary == Some(row.id()), ..address })))
}

fn tax_id(party: Row<'_>) -> Option<&str> {
    tax_row(party)
        .map(|row| row.text("code").unwrap_or_default())
        .map(|code| code.strip_prefix(TAX_ID).unwrap_or(code))
}

/// The identifier that holds the tax number: the one Tryton takes for it, else the one cardex wrote.
pub(super) fn tax_row(party: Row<'_>) -> Option<Row<'_>> {
    let chosen = party.number("tax_identifier");
    active(party, "identifiers").find(|row| chosen == Some(row.id())).or_else(|| {
        active(party, "identifiers").find(|row| row.text("code").is_some_and(|c| c.starts_with(TAX_ID)))
    })
}

/// The fields that have no place of their own in Tryton: lines like those of a reservation's block, one per identifier.
fn kept_as_identifiers(lens: &Lens, kind: RecordKind, party: Row<'_>) -> Document {
    let codes = active(party, "identifiers").filter_map(|row| row.text("code"));
    let mut written = block::read_lines(lens, kind, codes);
    let fields = lens.identifier_fields.get(&kind).into_iter().flatten();
    let seen = |field: &FieldKey| {
        let empty = if lens.is_many(kind, field) { Seen::set([]) } else { Seen::Empty };
        (field.clone(), written.remove(field).unwrap_or(empty))
    };
    fields.map(seen).collect()
}

fn language_of(party: Row<'_>) -> Option<Value> {
    language::read(party.related("lang")?.text("code")?).ok().flatten().map(Value::Language)
}

fn tags(lens: &Lens, kind: RecordKind, party: Row<'_>) -> Seen {
    let marks = [lens.company_category.as_str(), lens.agency_category.as_str()];
    let names = party.children("categories").filter_map(|row| row.text("name"));
    let names: BTreeSet<&str> = names.filter(|name| !marks.contains(name)).collect();
    lens.set(kind, &keys::TAGS, names.into_iter().map(|name| Value::Text(text::line(name))))
}

/// The word for a relation type of this name, where it is one of the model's.
pub(super) fn relation_word(name: &str) -> Option<&'static str> {
    let folded = text::fold(name).replace(' ', "_");
    RELATIONS.iter().map(|(word, _)| *word).find(|word| *word == folded)
}

fn relations(lens: &Lens, kind: RecordKind, party: Row<'_>) -> Seen {
    let entry = |row: Row<'_>| {
        let word = relation_word(row.related("type")?.text("name")?)?;
        let word = ("type".into(), Value::Choice(Choice::Known(word.into())));
        Some(Value::entry([word, ("person".into(), person(row.number("to")?))]))
    };
    lens.set(kind, &keys::RELATIONS, party.children("relations").filter_map(entry))
}

/// The persons of a company, by the name of the relation: any that is not a relation between two persons.
fn contact_persons(lens: &Lens, kind: RecordKind, party: Row<'_>) -> Seen {
    let entry = |row: Row<'_>| {
        let role = row.related("type")?.text("name")?;
        let role_part = ("role".into(), Value::Text(text::line(role)));
        let is_ours = relation_word(role).is_none();
        is_ours.then_some(Value::entry([("person".into(), person(row.number("to")?)), role_part]))
    };
    lens.set(kind, &keys::CONTACT_PERSONS, party.children("relations").filter_map(entry))
}

/// A reference to a party that is a person.
fn person(id: i64) -> Value {
    Value::Reference(Reference::Remote(RecordKind::Person, ExternalId::new(id.to_string())))
}
