//! The tables are whole and make sense.

use std::collections::BTreeSet;

use super::*;
use crate::model::keys;

fn all() -> Vec<(RecordKind, FieldDef)> {
    let registry = standard();
    RecordKind::ALL
        .into_iter()
        .flat_map(|kind| registry.fields(kind).map(move |field| (kind, field.clone())).collect::<Vec<_>>())
        .collect()
}

#[test]
fn every_key_that_code_names_is_declared() {
    let declared: BTreeSet<FieldKey> = all().into_iter().map(|(_, field)| field.key).collect();
    let missing: Vec<_> = keys::ALL.iter().filter(|key| !declared.contains(*key)).collect();
    assert!(missing.is_empty(), "not declared: {missing:?}");
}

#[test]
fn no_table_declares_a_key_twice() {
    let counted = [
        person::IDENTITY_FIELDS.len() + person::CRM_FIELDS.len() + person::ROLL_UPS.len(),
        company::SHARED_FIELDS.len(),
        company::SHARED_FIELDS.len() + company::AGENCY_FIELDS.len(),
        reservation::BOOKING.len() + reservation::MONEY.len() + reservation::MAIL_GATE.len(),
        loyalty::MEMBERSHIP.len(),
        loyalty::CERTIFICATE.len(),
    ];
    assert_eq!(all().len(), counted.iter().sum::<usize>());
}

#[test]
fn every_field_has_a_word_in_every_language() {
    for (kind, field) in all() {
        let Labels { en, es, fr } = field.labels;
        assert!([en, es, fr].iter().all(|word| !word.trim().is_empty()), "{kind} {}", field.key);
    }
}

#[test]
fn element_keys_are_parts_of_their_entries() {
    for (kind, field) in all() {
        let FieldType::Entry(parts) = field.of else { continue };
        let names: BTreeSet<&str> = parts.iter().map(|part| part.name).collect();
        assert_eq!(names.len(), parts.len(), "{kind} {}: a part twice", field.key);
        let Multiplicity::Many(ElementRule::Parts(by)) = field.multiplicity else {
            assert_eq!(field.multiplicity, Multiplicity::One, "{kind} {}", field.key);
            continue;
        };
        assert!(!by.is_empty() && by.iter().all(|name| names.contains(name)), "{kind} {}", field.key);
    }
}

#[test]
fn owner_policies_have_an_owner_and_derived_fields_none() {
    for (kind, field) in all() {
        match field.policy {
            Policy::Owner | Policy::Ledger => assert!(field.owner.is_some(), "{kind} {}", field.key),
            Policy::Derived => {
                assert!(field.owner.is_none(), "{kind} {}", field.key);
                assert!(matches!(field.direction, Direction::Out | Direction::Hub), "{kind} {}", field.key);
            }
            Policy::MostRestrictive
            | Policy::Set
            | Policy::Quality
            | Policy::Append
            | Policy::Latest
            | Policy::Review => {}
        }
    }
}

#[test]
fn a_crm_never_decides_about_a_reservation() {
    for field in standard().fields(RecordKind::Reservation) {
        let allowed = matches!(field.direction, Direction::PmsToCrm | Direction::Out | Direction::Hub);
        assert!(allowed, "{} travels {:?}", field.key, field.direction);
    }
}

#[test]
fn levels_and_notes_are_internal_and_documents_special() {
    let registry = standard();
    let audience = |key| registry.field(RecordKind::Person, &key).map(|field| field.audience);
    for (key, expected) in [
        (keys::LEVEL, Audience::Internal),
        (keys::NOTES, Audience::Internal),
        (keys::IDENTITY_DOCUMENTS, Audience::SpecialCategory),
        (keys::MEDICAL, Audience::SpecialCategory),
        (keys::EMAILS, Audience::All),
    ] {
        assert_eq!(audience(key.clone()), Some(expected), "{key}");
    }
}

#[test]
fn only_the_stamp_of_verification_is_passive() {
    let passive: Vec<_> =
        all().into_iter().filter(|(_, field)| field.passive).map(|(_, field)| field.key).collect();
    assert_eq!(passive, [keys::VERIFIED_AT]);
}

#[test]
fn relations_have_inverses_of_their_own() {
    for (word, inverse) in RELATIONS {
        assert!(RELATIONS.contains(&(inverse, word)), "{word}");
    }
}

fn custom(key: &str, of: &str) -> CustomField {
    CustomField {
        key: key.into(),
        of: of.into(),
        words: Vec::new(),
        many: false,
        policy: Policy::Latest,
        owner: None,
        direction: Direction::Both,
        audience: Audience::All,
        labels: Labels { en: "Persona".into(), es: SmolStr::default(), fr: SmolStr::default() },
    }
}

#[test]
fn custom_field_is_declared_beside_the_standard_ones() {
    let mut registry = standard();
    registry.declare_custom(RecordKind::Person, custom("x_persona", "text")).unwrap();
    let field = registry.field(RecordKind::Person, &FieldKey::of("x_persona")).unwrap();
    assert_eq!((field.labels.es.as_str(), &field.of), ("Persona", &FieldType::Text));
    let words = vec!["north".into(), "south".into()];
    registry.declare_custom(RecordKind::Person, CustomField { words, ..custom("x_side", "choice") }).unwrap();
    let field = registry.field(RecordKind::Person, &FieldKey::of("x_side")).unwrap();
    assert_eq!(field.of, FieldType::Choice(&["north", "south"]));
}

#[test]
fn custom_field_errors_name_the_field_and_the_fault() {
    let check = |field: CustomField, expected: &str| {
        let error = standard().declare_custom(RecordKind::Person, field).unwrap_err();
        assert_eq!(error.to_string(), format!("custom field {expected}"));
    };
    check(
        custom("persona", "text"),
        "`persona`: a key is `x_` followed by lower-case letters, digits and `_`",
    );
    check(custom("x_", "text"), "`x_`: a key is `x_` followed by lower-case letters, digits and `_`");
    check(custom("x_p", "colour"), "`x_p`: there is no type `colour`");
    check(custom("x_p", "choice"), "`x_p`: words belong to the type `choice`, which needs at least one");
    let words = vec!["a".into()];
    check(
        CustomField { words, ..custom("x_p", "text") },
        "`x_p`: words belong to the type `choice`, which needs at least one",
    );
    let policy = Policy::Owner;
    check(CustomField { policy, ..custom("x_p", "text") }, "`x_p`: the policy `owner` needs an owner");
    let policy = Policy::Set;
    check(
        CustomField { policy, ..custom("x_p", "text") },
        "`x_p`: the policy needs a field of several values",
    );
}

#[test]
fn custom_field_is_not_declared_twice() {
    let mut registry = standard();
    registry.declare_custom(RecordKind::Person, custom("x_persona", "text")).unwrap();
    let again = registry.declare_custom(RecordKind::Person, custom("x_persona", "text"));
    assert_eq!(again, Err(CustomFieldError::Twice { key: "x_persona".into() }));
}
