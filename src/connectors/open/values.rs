//! One value of the contract's JSON to one value of the model and back. Pure.
//!
//! Reasons name the fault and never repeat the value.

use chrono::SecondsFormat;
use litemap::LiteMap;
use serde_json::{Map, Value as Json, json};
use smol_str::SmolStr;

use crate::model::field::{FieldType, Part};
use crate::model::normalise::email::Relays;
use crate::model::normalise::{
    Unreadable, address, country, date, email, language, money, name, number, phone, text,
};
use crate::model::value::{Address, Content, Country, Email, Money, Phone, Purpose, Value};
use crate::model::{ExternalId, RecordKind, Reference};

/// What is said of a member of an object that is missing or of another type.
const MISSING: Unreadable = Unreadable("lacks a part that the contract asks for");

/// Where the system's users are, for what they leave out.
#[derive(Debug, Clone, Default)]
pub(super) struct Locale {
    /// Whose dialling code a phone number without one has.
    pub(super) region: Option<Country>,
    /// The booking portals' relay domains.
    pub(super) relays: Relays,
}

impl Locale {
    /// Reads a value of type `of`; `None` when it says nothing.
    pub(super) fn decode(&self, of: &FieldType, json: &Json) -> Result<Option<Value>, Unreadable> {
        if json.is_null() {
            return Ok(None);
        }
        Ok(match of {
            FieldType::Text => filled(text::line(&plain(json)?)).map(Value::Text),
            FieldType::LongText => filled(text::block(&plain(json)?)).map(Value::Text),
            FieldType::Name => name::given(&plain(json)?).map(Value::Text),
            FieldType::Bool => number::flag(&plain(json)?)?.map(Value::Bool),
            FieldType::Integer => Some(Value::Integer(number::integer(&plain(json)?)?)),
            FieldType::Date | FieldType::LocalDate => date::iso(&plain(json)?)?.map(Value::Date),
            FieldType::Instant => date::instant(&plain(json)?)?.map(Value::Instant),
            FieldType::Money => Some(Value::Money(amount(json)?)),
            FieldType::Decimal => Some(Value::Decimal(number::decimal(&plain(json)?)?)),
            FieldType::Country => country::read(&plain(json)?)?.map(Value::Country),
            FieldType::Language => language::read(&plain(json)?)?.map(Value::Language),
            FieldType::Email => self.email(json)?.map(Value::Email),
            FieldType::Phone => self.phone(json)?.map(Value::Phone),
            FieldType::Address => postal(json)?.map(|address| Value::Address(Box::new(address))),
            FieldType::Choice(words) => text::choice(words, &plain(json)?).map(Value::Choice),
            FieldType::Reference(kinds) => Some(Value::Reference(reference(kinds, json)?)),
            FieldType::Content => Some(Value::Content(content(json)?)),
            FieldType::Entry(parts) => self.entry(parts, json)?.map(Value::Entry),
        })
    }

    /// An address that is none is kept as somebody typed it: dropping it would let the next write delete it there.
    fn email(&self, json: &Json) -> Result<Option<Email>, Unreadable> {
        let typed = json.as_str().map(str::to_owned).or_else(|| member(json, "address"));
        let typed = text::line(&typed.ok_or(MISSING)?);
        if typed.is_empty() {
            return Ok(None);
        }
        let unread =
            || Email { address: typed.clone(), label: None, primary: false, verified: false, relay: false };
        let read = email::read(&typed, &self.relays).unwrap_or_else(|_| unread());
        Ok(Some(Email {
            label: label(json),
            primary: flag(json, "primary"),
            verified: flag(json, "verified"),
            relay: read.relay || flag(json, "relay"),
            ..read
        }))
    }

    fn phone(&self, json: &Json) -> Result<Option<Phone>, Unreadable> {
        let bare = json.as_str().map(str::to_owned);
        let typed = bare.or_else(|| member(json, "typed")).or_else(|| member(json, "e164")).ok_or(MISSING)?;
        let Some(read) = phone::read(&typed, self.region.as_ref()) else { return Ok(None) };
        let stated = || phone::read(&member(json, "e164")?, None)?.e164;
        Ok(Some(Phone {
            e164: stated().or(read.e164),
            label: label(json),
            primary: flag(json, "primary"),
            verified: flag(json, "verified"),
            typed: read.typed,
        }))
    }

    fn entry(&self, parts: &[Part], json: &Json) -> Result<Option<LiteMap<SmolStr, Value>>, Unreadable> {
        let object = json.as_object().ok_or(Unreadable("is no object"))?;
        let mut entry = LiteMap::new_vec();
        for part in parts {
            let Some(json) = object.get(part.name) else { continue };
            if let Some(value) = self.decode(&part.of, json)? {
                entry.insert(SmolStr::new_static(part.name), value);
            }
        }
        Ok((!entry.is_empty()).then_some(entry))
    }
}

/// Writes a value. A special-category one needs a recorded purpose.
pub(super) fn encode(value: &Value, purpose: Option<&Purpose>) -> Result<Json, Unreadable> {
    Ok(match value {
        Value::Text(text) | Value::Decimal(text) => json!(text),
        Value::Bool(flag) => json!(flag),
        Value::Integer(number) => json!(number),
        Value::Date(date) => json!(date),
        Value::Instant(at) => json!(at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        Value::Money(money) => json!({"amount_minor": money.amount_minor, "currency": money.currency}),
        Value::Country(country) => json!(country.0),
        Value::Language(language) => json!(language.0),
        Value::Email(email) => json!(email),
        Value::Phone(phone) => json!(phone),
        Value::Address(address) => json!(address),
        Value::Choice(choice) => json!(choice.as_str()),
        Value::Reference(Reference::Remote(kind, id)) => json!({"kind": kind.name(), "id": id.as_str()}),
        Value::Reference(Reference::Record(..)) => {
            return Err(Unreadable("refers to a record that does not exist at the system"));
        }
        Value::Content(content) => json!({
            "sha256": content.sha256,
            "media_type": content.media_type,
            "size_bytes": content.size_bytes,
        }),
        Value::Entry(parts) => {
            let parts = parts.iter().map(|(name, part)| Ok((name.to_string(), encode(part, purpose)?)));
            Json::Object(parts.collect::<Result<Map<_, _>, Unreadable>>()?)
        }
        Value::Special(sealed) => {
            let purpose = purpose.ok_or(Unreadable("is of a special category and no purpose is recorded"))?;
            encode(sealed.open(purpose), Some(purpose))?
        }
    })
}

/// The text of a string, a number or a yes and no; systems differ in which of them they use.
fn plain(json: &Json) -> Result<String, Unreadable> {
    match json {
        Json::String(text) => Ok(text.clone()),
        Json::Number(number) => Ok(number.to_string()),
        Json::Bool(flag) => Ok(flag.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => Err(Unreadable("is not of the expected type")),
    }
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn member(json: &Json, name: &str) -> Option<String> {
    plain(json.get(name)?).ok()
}

fn flag(json: &Json, name: &str) -> bool {
    json.get(name) == Some(&Json::Bool(true))
}

fn label(json: &Json) -> Option<SmolStr> {
    filled(text::line(&member(json, "label")?)).map(SmolStr::new)
}

fn amount(json: &Json) -> Result<Money, Unreadable> {
    let amount_minor = number::integer(&member(json, "amount_minor").ok_or(MISSING)?)?;
    let code = member(json, "currency").ok_or(MISSING)?;
    Ok(Money { amount_minor, currency: money::currency(&code)?.ok_or(MISSING)? })
}

fn postal(json: &Json) -> Result<Option<Address>, Unreadable> {
    if !json.is_object() {
        return Err(Unreadable("is no object"));
    }
    let part = |name| member(json, name).unwrap_or_default();
    let country = country::read(&part("country"))?;
    let (street, city, postal_code, region) =
        (part("street"), part("city"), part("postal_code"), part("region"));
    let read = address::read(address::Parts {
        street: &[&street],
        city: &city,
        postal_code: &postal_code,
        region: &region,
        country: country.as_ref(),
    });
    Ok(read.map(|address| Address { label: label(json), primary: flag(json, "primary"), ..address }))
}

/// `{"kind": .., "id": ..}`, or the bare id where only one kind is possible.
fn reference(kinds: &[RecordKind], json: &Json) -> Result<Reference, Unreadable> {
    let (kind, id) = match (json, kinds) {
        (Json::Object(_), _) => {
            let kind = member(json, "kind").ok_or(MISSING)?;
            (RecordKind::parse(&kind).filter(|kind| kinds.contains(kind)), member(json, "id").ok_or(MISSING)?)
        }
        (_, [only]) => (Some(*only), plain(json)?),
        (_, _) => (None, String::new()),
    };
    let kind = kind.ok_or(Unreadable("refers to a kind of record that does not belong there"))?;
    Ok(Reference::Remote(kind, ExternalId::new(id)))
}

fn content(json: &Json) -> Result<Content, Unreadable> {
    let size_bytes = json.get("size_bytes").and_then(Json::as_u64).ok_or(MISSING)?;
    Ok(Content {
        sha256: member(json, "sha256").ok_or(MISSING)?.into(),
        media_type: member(json, "media_type").ok_or(MISSING)?.into(),
        size_bytes,
    })
}
