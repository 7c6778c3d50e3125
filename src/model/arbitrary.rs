//! Generated values, fields and forms for property tests.

use chrono::{DateTime, NaiveDate, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use smol_str::SmolStr;
use std::sync::Arc;
use uuid::Uuid;

use super::document::{Document, Held, Seen};
use super::field::{Audience, FieldDef, FieldType, Multiplicity, Part};
use super::fields;
use super::form::{Case, Form, Keeps, Limit};
use super::ids::{ExternalId, ObservationId, RecordId, SystemId};
use super::normalise::element_of;
use super::record::{Cell, CellSet, Evidence, Life, Provenance, Record, RecordKind, Rule};
use super::value::{
    Address, Choice, Content, Country, Email, Language, Money, Phone, Reference, Special, Value,
};

/// Letters that make trouble: combining marks, case that changes length, entities, controls, spaces, digits.
const LETTERS: &[char] = &[
    'a', 'b', 'Z', 'é', 'e', '\u{301}', '\u{308}', 'ß', 'İ', 'ı', 'Σ', 'ς', 'ǰ', 'ŉ', 'ﬁ', '𝒳', '한', '王',
    'ؤ', '&', '<', '>', '"', '\'', '’', ' ', ' ', '\t', '\n', '\r', '\0', '\u{1b}', '\u{85}', '\u{a0}',
    '\u{200b}', '\u{202e}', '\u{feff}', '\u{3000}', '0', '1', '7', '9', '+', '-', '.', ',', '/', '@', '(',
    ')', '½', '#',
];

/// Any text, with a good share of letters that make trouble.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let letters = vec(select(LETTERS), 0..40).prop_map(|letters| letters.into_iter().collect());
    prop_oneof![3 => letters, 1 => any::<String>(), 1 => "[A-Za-zñáç']{1,12}( [A-Za-zñáç']{1,12}){0,3}"]
}

fn word() -> impl Strategy<Value = SmolStr> {
    "[a-z]{0,6}".prop_map(SmolStr::from)
}

fn country() -> impl Strategy<Value = Country> {
    select(&["ES", "FR", "DE", "US"][..]).prop_map(|code| Country(code.into()))
}

fn email() -> impl Strategy<Value = Email> {
    let address = prop_oneof!["[a-zA-Z.]{1,8}@[a-z]{1,5}\\.(es|com)", text()];
    (address, option::of(word()), any::<[bool; 3]>()).prop_map(
        |(address, label, [primary, verified, relay])| Email { address, label, primary, verified, relay },
    )
}

fn phone() -> impl Strategy<Value = Phone> {
    let typed = prop_oneof![
        2 => "(\\+|00)?34 ?6[0-9]{2} ?[0-9]{3} ?[0-9]{3}",
        1 => "[+0-9 ()-]{0,20}",
        1 => text()
    ];
    let e164 = option::of("\\+346[0-9]{8}".prop_map(SmolStr::from));
    (e164, typed, option::of(word()), any::<[bool; 2]>())
        .prop_map(|(e164, typed, label, [primary, verified])| Phone { e164, typed, label, primary, verified })
}

fn address() -> impl Strategy<Value = Address> {
    (text(), text(), text(), text(), option::of(country()), option::of(word()), any::<bool>()).prop_map(
        |(street, city, postal_code, region, country, label, primary)| Address {
            street,
            city,
            postal_code,
            region,
            country,
            label,
            primary,
        },
    )
}

fn choice(words: &'static [&'static str]) -> BoxedStrategy<Choice> {
    let other = text().prop_map(|raw| Choice::Other(raw.into()));
    if words.is_empty() {
        return other.boxed();
    }
    prop_oneof![3 => select(words).prop_map(|known| Choice::Known(known.into())), 1 => other].boxed()
}

fn reference(kinds: &'static [RecordKind]) -> impl Strategy<Value = Reference> {
    (select(kinds), any::<u128>(), any::<bool>()).prop_map(|(kind, id, known)| {
        if known {
            Reference::Record(kind, RecordId::new(Uuid::from_u128(id)))
        } else {
            Reference::Remote(kind, ExternalId::new((id % 100).to_string()))
        }
    })
}

fn entry(parts: &'static [Part]) -> BoxedStrategy<Value> {
    let one = |part: &'static Part| {
        option::weighted(0.8, value(&part.of)).prop_map(move |value| (part.name, value))
    };
    let all: Vec<_> = parts.iter().map(one).collect();
    all.prop_map(|parts| {
        let present = parts.into_iter().filter_map(|(name, value)| Some((SmolStr::from(name), value?)));
        Value::entry(present)
    })
    .boxed()
}

/// Any value of a type.
pub(crate) fn value(of: &FieldType) -> BoxedStrategy<Value> {
    match of {
        FieldType::Text | FieldType::LongText | FieldType::Name => text().prop_map(Value::Text).boxed(),
        FieldType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        FieldType::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        FieldType::Date | FieldType::LocalDate => (-200_000_i32..200_000)
            .prop_map(|days| Value::Date(NaiveDate::from_epoch_days(days).unwrap_or_default()))
            .boxed(),
        FieldType::Instant => (-9_000_000_000_i64..9_000_000_000, 0_u32..1_000_000)
            .prop_map(|(seconds, micros)| {
                Value::Instant(DateTime::from_timestamp(seconds, micros * 1000).unwrap_or_default())
            })
            .boxed(),
        FieldType::Money => (any::<i64>(), select(&["EUR", "JPY", "KWD"][..]))
            .prop_map(|(amount_minor, code)| Value::Money(Money { amount_minor, currency: code.into() }))
            .boxed(),
        FieldType::Decimal => (any::<i32>()).prop_map(|number| Value::Decimal(format!("{number}.5"))).boxed(),
        FieldType::Country => country().prop_map(Value::Country).boxed(),
        FieldType::Language => {
            select(&["es", "en", "pt-BR"][..]).prop_map(|tag| Value::Language(Language(tag.into()))).boxed()
        }
        FieldType::Email => email().prop_map(Value::Email).boxed(),
        FieldType::Phone => phone().prop_map(Value::Phone).boxed(),
        FieldType::Address => address().prop_map(|address| Value::Address(Box::new(address))).boxed(),
        FieldType::Choice(words) => choice(words).prop_map(Value::Choice).boxed(),
        FieldType::Reference(kinds) => reference(kinds).prop_map(Value::Reference).boxed(),
        FieldType::Content => any::<u32>()
            .prop_map(|size| {
                Value::Content(Content {
                    sha256: format!("{size:064x}").into(),
                    media_type: "image/jpeg".into(),
                    size_bytes: u64::from(size),
                })
            })
            .boxed(),
        FieldType::Entry(parts) => entry(parts),
    }
}

/// Any standard field.
pub(crate) fn field() -> impl Strategy<Value = FieldDef> {
    let registry = fields::standard();
    let all: Vec<FieldDef> = RecordKind::ALL
        .into_iter()
        .flat_map(|kind| registry.fields(kind).cloned().collect::<Vec<_>>())
        .collect();
    select(all)
}

/// Anything that can be seen of a field, elements under their keys.
pub(crate) fn seen(field: &FieldDef) -> BoxedStrategy<Seen> {
    let special = field.audience == Audience::SpecialCategory;
    let value = value(&field.of)
        .prop_map(move |value| if special { Value::Special(Special::seal(value)) } else { value });
    let some = match field.multiplicity {
        Multiplicity::One => value.prop_map(Seen::one).boxed(),
        Multiplicity::Many(_) => {
            let field = field.clone();
            vec(value, 0..5)
                .prop_map(move |values| {
                    Seen::set(values.into_iter().map(|value| (element_of(&field, &value), value)))
                })
                .boxed()
        }
    };
    prop_oneof![8 => some, 1 => Just(Seen::Empty), 1 => Just(Seen::Masked)].boxed()
}

/// A field and two things that can be seen of it.
pub(crate) fn field_seen_twice() -> impl Strategy<Value = (FieldDef, Seen, Seen)> {
    field().prop_flat_map(|field| (Just(field.clone()), seen(&field), seen(&field)))
}

/// Any document of standard fields.
pub(crate) fn document() -> impl Strategy<Value = Document> {
    let field = field().prop_flat_map(|field| (Just(field.key.clone()), seen(&field)));
    vec(field, 0..8).prop_map(|fields| fields.into_iter().collect())
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..4_000_000_000_000_000)
        .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap_or_default())
}

fn provenance() -> impl Strategy<Value = Provenance> {
    let system = option::of(select(&["pms-madrid", "crm"][..]).prop_map(SystemId::new));
    let observation = option::of(any::<u128>().prop_map(|id| ObservationId::new(Uuid::from_u128(id))));
    let rule = select(&[Rule::OnlyChange, Rule::Fill, Rule::Operator][..]);
    let until = option::of(instant());
    (system, observation, option::of(text()), rule, instant(), option::of(instant()), until).prop_map(
        |(system, observation, actor, rule, at, after, until)| {
            let evidence = Evidence { after, until: until.unwrap_or(at) };
            Provenance { system, observation, actor, rule, at, evidence }
        },
    )
}

/// Any record: cells that share their story, cells with an equal one of their own, cleared and pinned ones.
pub(crate) fn record() -> impl Strategy<Value = Record> {
    let life = prop_oneof![
        Just(Life::Live),
        Just(Life::Erased),
        any::<u128>().prop_map(|id| Life::MergedInto(RecordId::new(Uuid::from_u128(id)))),
    ];
    let cells = vec(any::<(bool, usize, bool, bool)>(), 40);
    (life, any::<u128>(), document(), vec(provenance(), 1..4), cells, any::<i64>()).prop_map(
        |(life, id, document, stories, mut choices, version)| {
            let stories: Vec<_> = stories.into_iter().map(Arc::new).collect();
            let mut cell = |held: Held| {
                let (shared, story, pinned, cleared) = choices.pop().unwrap_or_default();
                let story = &stories[story % stories.len()];
                let provenance = if shared { Arc::clone(story) } else { Arc::new(Provenance::clone(story)) };
                let value = (!cleared).then_some(held);
                Cell { value, provenance, pinned_by: pinned.then(|| "ana".into()) }
            };
            let mut record = Record::new(RecordId::new(Uuid::from_u128(id)), RecordKind::Person);
            for (key, seen) in document {
                let set = match seen {
                    Seen::Empty | Seen::Masked => continue,
                    Seen::One(held) => CellSet::One(cell(held)),
                    Seen::Set(elements) => {
                        CellSet::Many(elements.into_iter().map(|(key, held)| (key, cell(held))).collect())
                    }
                };
                record.fields.insert(key, set);
            }
            Record { life, version, ..record }
        },
    )
}

/// Any form.
pub(crate) fn form() -> impl Strategy<Value = Form> {
    let case = select(&[Case::Kept, Case::Capitalised, Case::Upper, Case::Lower][..]);
    let limit = prop_oneof![
        Just(Limit::None),
        (1_usize..20).prop_map(Limit::Chars),
        (1_usize..30).prop_map(Limit::EscapedBytes)
    ];
    let parts: &[Option<&'static [&'static str]>] = &[
        None,
        None,
        Some(&["id", "text", "name", "amount"]),
        Some(&["purpose", "channel", "address", "state"]),
    ];
    let words: &[Option<&'static [&'static str]>] =
        &[None, None, Some(&["confirmed", "cancelled", "female"])];
    let keeps = any::<[bool; 5]>().prop_map(|[label, primary, verified, typed, region]| Keeps {
        label,
        primary,
        verified,
        typed,
        region,
    });
    let step = select(&[0_u32, 1, 60, 86_400][..]);
    let slots = option::of(0_usize..4);
    (case, limit, slots, keeps, any::<bool>(), select(parts), step, select(words)).prop_map(
        |(case, limit, slots, keeps, single_line, parts, instant_step_seconds, words)| Form {
            case,
            limit,
            slots,
            keeps,
            single_line,
            parts,
            instant_step_seconds,
            words,
        },
    )
}
