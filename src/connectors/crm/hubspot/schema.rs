//! Which objects and properties hold what: tables, read once when the connector is built.
//!
//! A field with a property of HubSpot's own is kept there; any other in a property `pms_` and its key, which `prepare`
//! makes. What the law protects especially and what is for the hotel's own eyes is not kept at HubSpot at all.

use serde_json::{Value as Json, json};
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeMap;

use super::config::{Settings, StayObject};
use super::wire::{MERGED, MERGED_VIDS};
use crate::model::field::{FieldType, Registry};
use crate::model::{Audience, FieldDef, FieldKey, Multiplicity, RecordKind, keys};

/// What the names of our properties begin with.
const PREFIX: &str = "pms_";
/// The group that our properties are in.
pub(super) const GROUP: &str = "pms";

/// How a field is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// One property, one value.
    One,
    /// One property, and room for one value of several.
    First,
    /// One property, a value a line.
    Lines,
    /// `phone` and `mobilephone`.
    Phones,
    /// `address`, `city`, `state`, `zip` and `country`.
    Address,
    /// Lines, and HubSpot's own mark of who has unsubscribed.
    Consents,
    /// A word, and the stage of a deal.
    Status,
    /// An association, and the id that it was made with.
    Link,
}

/// One field.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) field: FieldKey,
    pub(super) way: Way,
    /// The property that holds it, or the first of them.
    pub(super) property: SmolStr,
}

/// One kind of record.
pub(super) struct Table {
    pub(super) kind: RecordKind,
    /// What HubSpot calls it in paths.
    pub(super) object: SmolStr,
    /// The unique property that holds the hub's id.
    pub(super) key: &'static str,
    /// The property that holds the time of the last change.
    pub(super) stamp: &'static str,
    pub(super) kept: Vec<Kept>,
    /// Every property that is read.
    pub(super) reads: Vec<SmolStr>,
    /// The properties of our own.
    own: Vec<Own>,
}

/// A property of our own.
pub(super) struct Own {
    pub(super) name: SmolStr,
    label: SmolStr,
    pub(super) kind: &'static str,
    shown_by: &'static str,
    pub(super) is_unique: bool,
}

/// A field of the tables: how it is kept, and in which property of HubSpot's own.
type Line = (FieldKey, Way, Option<&'static str>);

const PERSON: &[Line] = &[
    (keys::SURNAME, Way::One, Some("lastname")),
    (keys::GIVEN_NAMES, Way::One, Some("firstname")),
    (keys::SECOND_SURNAME, Way::One, None),
    (keys::TITLE, Way::One, Some("salutation")),
    (keys::PREFERRED_NAME, Way::One, None),
    (keys::SEX, Way::One, Some("gender")),
    (keys::BIRTH_DATE, Way::One, Some("date_of_birth")),
    (keys::NATIONALITIES, Way::Lines, None),
    (keys::RESIDENCE, Way::One, None),
    (keys::LANGUAGE, Way::One, Some("hs_language")),
    (keys::TAX_ID, Way::One, None),
    (keys::EMPLOYER, Way::One, Some("company")),
    (keys::POSITION, Way::One, Some("jobtitle")),
    (keys::DEPARTMENT, Way::One, None),
    (keys::EMAILS, Way::First, Some("email")),
    (keys::PHONES, Way::Phones, Some("phone")),
    (keys::ADDRESSES, Way::Address, Some("address")),
    (keys::IMPORTANT_DATES, Way::Lines, None),
    (keys::PREFERENCES, Way::Lines, None),
    (keys::LOYALTY_NUMBERS, Way::Lines, None),
    (keys::CONSENTS, Way::Consents, None),
    (keys::DO_NOT_CONTACT, Way::One, None),
    (keys::BUYER_PERSONA, Way::One, None),
    (keys::MARKET_SEGMENT, Way::One, None),
    (keys::SOURCE, Way::One, None),
    (keys::TAGS, Way::Lines, None),
    (keys::STAYS, Way::One, None),
    (keys::NIGHTS, Way::One, None),
    (keys::NO_SHOWS, Way::One, None),
    (keys::CANCELLATIONS, Way::One, None),
    (keys::FIRST_STAY_ON, Way::One, None),
    (keys::LAST_STAY_ON, Way::One, None),
    (keys::NEXT_ARRIVAL_ON, Way::One, None),
    (keys::LIFETIME_VALUE, Way::Lines, None),
];

const COMPANY: &[Line] = &[
    (keys::NAME, Way::One, Some("name")),
    (keys::LEGAL_NAME, Way::One, None),
    (keys::TAX_ID, Way::One, None),
    (keys::WEB, Way::One, Some("website")),
    (keys::PHONES, Way::First, Some("phone")),
    (keys::EMAILS, Way::Lines, None),
    (keys::ADDRESSES, Way::Address, Some("address")),
    (keys::RATE_CODES, Way::Lines, None),
    (keys::PAYMENT_TERMS, Way::One, None),
];

const STAY: &[Line] = &[
    (keys::HOLDER, Way::Link, None),
    (keys::COMPANY, Way::Link, None),
    (keys::PROPERTY, Way::One, None),
    (keys::NUMBER, Way::One, None),
    (keys::EXTERNAL_REFERENCES, Way::Lines, None),
    (keys::STATUS, Way::Status, None),
    (keys::BOOKED_AT, Way::One, None),
    (keys::CANCELLED_AT, Way::One, None),
    (keys::CANCEL_REASON, Way::One, None),
    (keys::ARRIVES_ON, Way::One, None),
    (keys::DEPARTS_ON, Way::One, None),
    (keys::ARRIVAL_TIME, Way::One, None),
    (keys::DEPARTURE_TIME, Way::One, None),
    (keys::CHECKED_IN_AT, Way::One, None),
    (keys::CHECKED_OUT_AT, Way::One, None),
    (keys::NIGHTS, Way::One, None),
    (keys::ROOMS, Way::Lines, None),
    (keys::EXTRAS, Way::Lines, None),
    (keys::GROUP, Way::One, None),
    (keys::CHANNEL, Way::One, None),
    (keys::MARKET_SEGMENT, Way::One, None),
    (keys::SOURCE, Way::One, None),
    (keys::ORIGIN, Way::One, None),
    (keys::LANGUAGE, Way::One, None),
    (keys::RELAY_EMAILS, Way::Lines, None),
    (keys::TOTAL, Way::One, None),
    (keys::DEPOSIT, Way::One, None),
    (keys::PAID, Way::One, None),
    (keys::BALANCE, Way::One, None),
    (keys::PAYMENT_METHOD, Way::One, None),
    (keys::ROOM_SPEND, Way::One, None),
    (keys::FOOD_SPEND, Way::One, None),
    (keys::OTHER_SPEND, Way::One, None),
    (keys::TOTAL_SPEND, Way::One, None),
    (keys::MAILABLE, Way::One, None),
    (keys::SURVEYABLE, Way::One, None),
    (keys::NEXT_MAIL_DUE, Way::One, None),
    (keys::CLEARED_UNTIL, Way::One, None),
    (keys::CONTENT_VERSION, Way::One, None),
    (keys::VERIFIED_AT, Way::One, None),
    (keys::RECIPIENT, Way::One, None),
];

/// What a stay shows of its first room, for the words of mails: written, never read.
pub(super) const FIRST_ROOM: [(&str, &str, &str); 2] =
    [("board", "pms_board", "Board"), ("category", "pms_room_category", "Room category")];

/// What HubSpot itself notes of who has unsubscribed from every mail; it cannot be written.
pub(super) const OPTED_OUT: &str = "hs_email_optout";
/// The stage of a deal, and its pipeline.
pub(super) const STAGE: &str = "dealstage";
pub(super) const PIPELINE: &str = "pipeline";
/// The second place for a phone number.
pub(super) const MOBILE: &str = "mobilephone";
/// The parts of an address behind the street.
pub(super) const PLACE: [&str; 4] = ["city", "state", "zip", "country"];

impl Table {
    /// The fields of which HubSpot can be asked when they were changed, each with the properties that are read for it.
    pub(super) fn dated(&self) -> impl Iterator<Item = (&FieldKey, Vec<&str>)> {
        self.kept.iter().filter(|kept| kept.is_dated()).map(|kept| {
            let mut read = kept.reads();
            read.retain(|name| self.reads.iter().any(|read| read == name));
            (&kept.field, read)
        })
    }
}

impl Kept {
    /// Whether the histories of the properties tell when the field was changed: each holds one value or a part of one.
    pub(super) const fn is_dated(&self) -> bool {
        match self.way {
            Way::One | Way::First | Way::Phones | Way::Address | Way::Status => true,
            Way::Lines | Way::Consents | Way::Link => false,
        }
    }

    /// The properties that reading the field takes.
    pub(super) fn reads(&self) -> Vec<&str> {
        let more: &[&str] = match self.way {
            Way::One | Way::First | Way::Lines | Way::Link => &[],
            Way::Phones => &[MOBILE],
            Way::Address => &PLACE,
            Way::Consents => &[OPTED_OUT],
            Way::Status => &[STAGE],
        };
        [self.property.as_str()].into_iter().chain(more.iter().copied()).collect()
    }
}

impl Table {
    /// The tables of persons, companies and stays.
    ///
    /// # Errors
    /// Which of the settings names a field that cannot be kept so.
    pub(super) fn all(settings: &Settings, registry: &Registry) -> Result<[Self; 3], String> {
        let is_deal = settings.stay_object == StayObject::Deal;
        let tables = [
            Self::new(RecordKind::Person, "contacts".into(), PERSON, settings, registry),
            Self::new(RecordKind::Company, "companies".into(), COMPANY, settings, registry),
            Self::new(RecordKind::Reservation, settings.stay_path(), STAY, settings, registry),
        ];
        for field in settings.properties.keys() {
            let key = FieldKey::new(field.as_str());
            let is_kept = |table: &Self| table.kept.iter().any(|kept| kept.field == key && kept.is_movable());
            if !tables.iter().any(is_kept) {
                return Err(format!(
                    "`properties`: `{field}` is no field, or none that can be kept in a property of its own"
                ));
            }
        }
        let mut tables = tables;
        if !is_deal {
            for table in &mut tables {
                table.reads.retain(|name| name != STAGE);
            }
        }
        Ok(tables)
    }

    fn new(
        kind: RecordKind,
        object: SmolStr,
        lines: &[Line],
        settings: &Settings,
        registry: &Registry,
    ) -> Self {
        let (key, stamp) = match kind {
            RecordKind::Person => ("pms_guest_key", "lastmodifieddate"),
            RecordKind::Company => ("pms_company_key", "hs_lastmodifieddate"),
            RecordKind::Reservation
            | RecordKind::Agency
            | RecordKind::Membership
            | RecordKind::Certificate => ("pms_reservation_key", "hs_lastmodifieddate"),
        };
        let own_property = |field: &FieldKey| {
            let renamed = settings.properties.get(field.as_str()).cloned();
            renamed.unwrap_or_else(|| format_smolstr!("{PREFIX}{field}"))
        };
        let usual = lines.iter().map(|(field, way, native)| {
            let property = native.map_or_else(|| own_property(field), SmolStr::new_static);
            Kept { field: field.clone(), way: *way, property }
        });
        let mut kept: Vec<Kept> = usual.collect();
        for (field, property) in &settings.properties {
            let field = FieldKey::new(field.as_str());
            let declared = registry.field(kind, &field).filter(|field| is_for_all(field));
            let is_new = !kept.iter().any(|kept| kept.field == field);
            if let (Some(declared), true) = (declared, is_new) {
                let way = if is_many(declared) { Way::Lines } else { Way::One };
                kept.push(Kept { field, way, property: property.clone() });
            }
        }
        kept.retain(|kept| registry.field(kind, &kept.field).is_some_and(is_for_all));
        let mut own = vec![Own {
            name: SmolStr::new_static(key),
            label: format_smolstr!("PMS key of the {kind}"),
            kind: "string",
            shown_by: "text",
            is_unique: true,
        }];
        own.extend(kept.iter().filter(|kept| kept.is_own()).filter_map(|kept| {
            let declared = registry.field(kind, &kept.field)?;
            let (kind, shown_by) = shape(declared, kept.way);
            let label = format_smolstr!("PMS: {}", declared.labels.en);
            Some(Own { name: kept.property.clone(), label, kind, shown_by, is_unique: false })
        }));
        if kind == RecordKind::Reservation {
            own.extend(FIRST_ROOM.map(|(_, name, label)| Own {
                name: SmolStr::new_static(name),
                label: format_smolstr!("PMS: {label}"),
                kind: "string",
                shown_by: "text",
                is_unique: false,
            }));
        }
        let mut reads: Vec<SmolStr> = [key, stamp, MERGED].map(SmolStr::new_static).to_vec();
        if kind == RecordKind::Person {
            reads.push(SmolStr::new_static(MERGED_VIDS));
        }
        reads.extend(kept.iter().flat_map(Kept::reads).map(SmolStr::new));
        Self { kind, object, key, stamp, kept, reads, own }
    }

    /// The field that a property belongs to.
    pub(super) fn field_of(&self, property: &str) -> Option<&FieldKey> {
        let written_with: &[(&str, FieldKey)] = &[
            (PIPELINE, keys::STATUS),
            ("amount", keys::TOTAL),
            ("pms_board", keys::ROOMS),
            ("pms_room_category", keys::ROOMS),
            ("hs_appointment_start", keys::ARRIVES_ON),
            ("hs_appointment_end", keys::DEPARTS_ON),
        ];
        let beside = written_with.iter().find(|(name, _)| *name == property).map(|(_, field)| field);
        let is_of = |kept: &&Kept| kept.reads().contains(&property) || Some(&kept.field) == beside;
        self.kept.iter().find(is_of).map(|kept| &kept.field)
    }

    /// The properties of our own, with what makes each.
    pub(super) fn own(&self) -> &[Own] {
        &self.own
    }
}

impl Kept {
    /// Whether its property is not HubSpot's own.
    fn is_own(&self) -> bool {
        let native = [PERSON, COMPANY, STAY].into_iter().flatten().filter_map(|(_, _, native)| *native);
        !native.into_iter().any(|native| native == self.property)
    }

    /// Whether the settings may name its property.
    fn is_movable(&self) -> bool {
        matches!(self.way, Way::One | Way::Lines) && self.is_own()
    }
}

impl Own {
    /// What makes the property.
    pub(super) fn definition(&self) -> Json {
        let mut definition = json!({
            "name": self.name,
            "label": self.label,
            "groupName": GROUP,
            "type": self.kind,
            "fieldType": self.shown_by,
        });
        if self.is_unique {
            definition["hasUniqueValue"] = json!(true);
        }
        if self.kind == "bool" {
            let option = |value: &str, label: &str| json!({"value": value, "label": label});
            definition["options"] = json!([option("true", "Yes"), option("false", "No")]);
        }
        definition
    }
}

/// Whether a field may be kept in a tool that mails are sent from.
fn is_for_all(field: &FieldDef) -> bool {
    field.audience == Audience::All
}

fn is_many(field: &FieldDef) -> bool {
    matches!(field.multiplicity, Multiplicity::Many(_))
}

/// The type of a property and what it is edited in.
fn shape(field: &FieldDef, way: Way) -> (&'static str, &'static str) {
    let is_lines = matches!(way, Way::Lines | Way::Consents);
    match &field.of {
        FieldType::Date | FieldType::LocalDate if !is_lines => ("date", "date"),
        FieldType::Instant if !is_lines => ("datetime", "date"),
        FieldType::Integer | FieldType::Decimal if !is_lines => ("number", "number"),
        FieldType::Bool if !is_lines => ("bool", "booleancheckbox"),
        FieldType::LongText => ("string", "textarea"),
        FieldType::Text
        | FieldType::Name
        | FieldType::Bool
        | FieldType::Integer
        | FieldType::Date
        | FieldType::Instant
        | FieldType::LocalDate
        | FieldType::Money
        | FieldType::Decimal
        | FieldType::Country
        | FieldType::Language
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Address
        | FieldType::Choice(_)
        | FieldType::Reference(_)
        | FieldType::Content
        | FieldType::Entry(_) => ("string", if is_lines { "textarea" } else { "text" }),
    }
}

/// The stages of a pipeline that stand for statuses.
#[derive(Debug, Default)]
pub(super) struct Stages(pub(super) BTreeMap<String, String>);

impl Stages {
    /// The stage of a status.
    pub(super) fn of(&self, status: &str) -> Option<&str> {
        self.0.get(status).map(String::as_str)
    }

    /// The status that a deal shows: its word, unless somebody has moved the deal to the stage of another one.
    pub(super) fn status<'s>(&'s self, word: Option<&'s str>, stage: Option<&str>) -> Option<&'s str> {
        let is_moved = stage.is_some() && word.and_then(|word| self.of(word)) != stage;
        let moved = || {
            let order = crate::model::fields::STATUSES.iter();
            order.copied().find(|status| self.of(status) == stage)
        };
        is_moved.then(moved).flatten().or(word)
    }
}
