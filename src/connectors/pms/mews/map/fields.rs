//! Which fields Mews holds, which of them are written back, and what it does to their values.

use litemap::LiteMap;
use std::collections::BTreeMap;

use super::super::config::Settings;
use super::reservation;
use crate::model::form::{Keeps, Limit};
use crate::model::{FieldCapability, FieldKey, Form, KindCapabilities, RecordKind, keys};

/// The kinds of record of a Mews with these settings.
///
/// Reservations are Mews's own and never written, so no guest gets a mail and nothing is priced anew.
pub(in super::super) fn kinds(settings: &Settings) -> BTreeMap<RecordKind, KindCapabilities> {
    let kind = |create, fields| KindCapabilities { read: true, create, withdraw: false, fields };
    let stay = reservation::FIELDS.iter().map(|field| (field.clone(), FieldCapability::read_only()));
    BTreeMap::from([
        (RecordKind::Person, kind(true, person(settings))),
        (RecordKind::Company, kind(true, company())),
        (RecordKind::Reservation, kind(false, stay.collect())),
    ])
}

/// One e-mail address or phone number, without what the hub knows about it.
fn one() -> Form {
    Form { slots: Some(1), keeps: Keeps::NOTHING, ..Form::default() }
}

/// Any number of addresses, one of them the main one. A region is a code in Mews and a word elsewhere, so it is read and
/// not written.
pub(super) fn postal() -> Form {
    let keeps = Keeps { primary: true, ..Keeps::NOTHING };
    Form { limit: Limit::Chars(255), keeps, ..Form::default() }
}

fn person(settings: &Settings) -> LiteMap<FieldKey, FieldCapability> {
    let full = |form| FieldCapability::full().with_form(form);
    // When and where a consent was given has no place.
    let consents = Form { parts: Some(&["purpose", "channel", "address", "state"]), ..Form::default() };
    let sexes = Form { words: Some(&["female", "male"]), ..Form::default() };
    let mut fields = LiteMap::from_iter([
        // A customer without a surname cannot be.
        (keys::SURNAME, FieldCapability::full().not_clearable()),
        (keys::SECOND_SURNAME, FieldCapability::full()),
        (keys::GIVEN_NAMES, FieldCapability::full()),
        // A list of Mews's own.
        (keys::TITLE, FieldCapability::read_only()),
        (keys::SEX, full(sexes)),
        (keys::BIRTH_DATE, FieldCapability::full()),
        (keys::BIRTH_PLACE, FieldCapability::full()),
        (keys::NATIONALITIES, full(Form { slots: Some(1), ..Form::default() })),
        // Mews takes only the languages with a country that it knows.
        (keys::LANGUAGE, FieldCapability::read_only()),
        (keys::TAX_ID, FieldCapability::full()),
        (keys::POSITION, FieldCapability::full()),
        (keys::EMAILS, full(one())),
        (keys::PHONES, full(one())),
        (keys::ADDRESSES, full(postal())),
        (keys::LEVEL, FieldCapability::read_only()),
        (keys::CONSENTS, full(consents)),
        (keys::PREFERENCES, FieldCapability::read_only()),
        (keys::LOYALTY_NUMBERS, FieldCapability::read_only()),
        (keys::NOTES, FieldCapability::read_only()),
    ]);
    if settings.medical {
        fields.insert(keys::MEDICAL, FieldCapability::read_only());
    }
    if settings.identity_documents {
        fields.insert(keys::IDENTITY_DOCUMENTS, FieldCapability::read_only());
    }
    fields
}

fn company() -> LiteMap<FieldKey, FieldCapability> {
    let full = |form| FieldCapability::full().with_form(form);
    LiteMap::from_iter([
        (keys::NAME, FieldCapability::full().not_clearable()),
        (keys::TAX_ID, FieldCapability::full()),
        (keys::WEB, FieldCapability::full()),
        (keys::EMAILS, full(one())),
        (keys::PHONES, full(one())),
        (keys::ADDRESSES, full(postal())),
        (keys::PARENT, FieldCapability::read_only()),
        (keys::PAYMENT_TERMS, FieldCapability::read_only()),
        (keys::NOTES, FieldCapability::read_only()),
    ])
}
