//! Which fields HotelDruid holds, which of them are written back, and what it does to their values.

use litemap::LiteMap;
use std::collections::BTreeMap;

use super::super::config::{Companies, Settings};
use crate::model::form::{Case, Keeps, Limit};
use crate::model::{FieldCapability, FieldKey, Form, KindCapabilities, RecordKind, keys};

/// The longest stored text of most columns, in bytes.
pub(in super::super) const LONG: usize = 70;
/// The same of phone and tax numbers.
pub(in super::super) const MEDIUM: usize = 50;
/// The same of a title, a house number and a postal code.
pub(in super::super) const SHORT: usize = 30;
/// How many e-mail addresses and phone numbers there is room for, each.
pub(in super::super) const SLOTS: usize = 3;

/// The kinds of record of a HotelDruid with these settings.
pub(in super::super) fn kinds(settings: &Settings) -> BTreeMap<RecordKind, KindCapabilities> {
    let kind = |fields| KindCapabilities { read: true, create: false, withdraw: false, fields };
    let mut kinds = BTreeMap::from([
        (RecordKind::Person, kind(person(settings))),
        (RecordKind::Reservation, kind(reservation())),
    ]);
    if !matches!(settings.companies, Companies::Never) {
        kinds.insert(RecordKind::Company, kind(company()));
    }
    kinds
}

fn person(settings: &Settings) -> LiteMap<FieldKey, FieldCapability> {
    let plain = |limit| Form { limit: Limit::EscapedBytes(limit), single_line: true, ..Form::default() };
    let name = Form { case: Case::Capitalised, ..plain(LONG) };
    let sexes = Form { words: Some(&["female", "male"]), ..Form::default() };
    let one = Form { slots: Some(1), ..Form::default() };
    let mut fields = contact();
    fields.extend([
        // A guest without a surname cannot be.
        (keys::SURNAME, FieldCapability::full().with_form(name.clone()).not_clearable()),
        (keys::GIVEN_NAMES, FieldCapability::full().with_form(name)),
        (keys::PREFERRED_NAME, FieldCapability::full().with_form(plain(LONG))),
        // Titles are a list of the hotel's own.
        (keys::TITLE, FieldCapability::read_only().with_form(plain(SHORT))),
        (keys::SEX, FieldCapability::full().with_form(sexes)),
        (keys::BIRTH_DATE, FieldCapability::full()),
        (keys::BIRTH_PLACE, FieldCapability::read_only()),
        (keys::NATIONALITIES, FieldCapability::full().with_form(one)),
        // The same column as the country of the address.
        (keys::RESIDENCE, FieldCapability::read_only()),
        (keys::LANGUAGE, FieldCapability::full()),
        (keys::TAX_ID, FieldCapability::full().with_form(plain(MEDIUM))),
    ]);
    if settings.identity_documents {
        fields.insert(keys::IDENTITY_DOCUMENTS, FieldCapability::read_only());
    }
    for field in &settings.custom_fields {
        fields.insert(FieldKey::new(field.field.as_str()), FieldCapability::read_only());
    }
    fields
}

fn company() -> LiteMap<FieldKey, FieldCapability> {
    let mut fields = contact();
    fields.insert(keys::NAME, FieldCapability::read_only());
    fields.insert(keys::TAX_ID, FieldCapability::read_only());
    fields
}

fn contact() -> LiteMap<FieldKey, FieldCapability> {
    let slots = |limit| Form {
        slots: Some(SLOTS),
        limit,
        keeps: Keeps::NOTHING,
        single_line: true,
        ..Form::default()
    };
    let address = Form {
        case: Case::Capitalised,
        limit: Limit::EscapedBytes(LONG),
        slots: Some(1),
        keeps: Keeps { region: true, ..Keeps::NOTHING },
        single_line: true,
        ..Form::default()
    };
    LiteMap::from_iter([
        (keys::EMAILS, FieldCapability::full().with_form(slots(Limit::None))),
        (keys::PHONES, FieldCapability::full().with_form(slots(Limit::EscapedBytes(MEDIUM)))),
        (keys::ADDRESSES, FieldCapability::full().with_form(address)),
        (keys::NOTES, FieldCapability::read_only()),
    ])
}

/// Everything of a reservation is the PMS's own.
fn reservation() -> LiteMap<FieldKey, FieldCapability> {
    let fields = [
        keys::PROPERTY,
        keys::NUMBER,
        keys::EXTERNAL_REFERENCES,
        keys::BOOKED_AT,
        keys::STATUS,
        keys::CANCELLED_AT,
        keys::ARRIVES_ON,
        keys::DEPARTS_ON,
        keys::ARRIVAL_TIME,
        keys::CHECKED_IN_AT,
        keys::CHECKED_OUT_AT,
        keys::HOLDER,
        keys::ACCOMPANYING,
        keys::COMPANY,
        keys::ROOMS,
        keys::CHANNEL,
        keys::ORIGIN,
        keys::REMARKS,
        keys::TOTAL,
        keys::DEPOSIT,
        keys::PAID,
        keys::BALANCE,
        keys::PAYMENT_METHOD,
        keys::COMMISSION,
        keys::EXTRAS,
        keys::PAYMENTS,
        keys::TOTAL_SPEND,
        keys::ROOM_SPEND,
        keys::OTHER_SPEND,
    ];
    fields.into_iter().map(|field| (field, FieldCapability::read_only())).collect()
}
