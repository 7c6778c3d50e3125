//! The laws of normal forms, and what single systems do.

use proptest::prelude::*;

use super::{Case, Form, Keeps, Limit};
use crate::model::arbitrary::{field_seen_twice, form, text};
use crate::model::document::Seen;
use crate::model::field::{FieldDef, FieldKey};
use crate::model::fields;
use crate::model::keys;
use crate::model::normalise::{element_of, email, phone};
use crate::model::record::RecordKind;
use crate::model::value::{Address, Choice, Email, Value};

fn person(key: &FieldKey) -> FieldDef {
    fields::standard().field(RecordKind::Person, key).cloned().expect("a standard field")
}

fn set(field: &FieldDef, values: impl IntoIterator<Item = Value>) -> Seen {
    Seen::set(values.into_iter().map(|value| (element_of(field, &value), value)))
}

proptest! {
    #[test]
    fn what_is_kept_whole_is_its_own_form((field, seen, _) in field_seen_twice(), form in form()) {
        for value in seen.values().filter(|value| form.keeps_whole(value)) {
            let key = element_of(&field, value);
            prop_assert_eq!(form.element(&field, &key, value).map(|(_, kept)| kept), Some(value.clone()));
        }
    }
}

/// HotelDruid's text column of `bytes` bytes.
fn hoteldruid(bytes: usize) -> Form {
    Form {
        case: Case::Capitalised,
        limit: Limit::EscapedBytes(bytes),
        slots: Some(2),
        keeps: Keeps::NOTHING,
        single_line: true,
        ..Form::default()
    }
}

/// What HotelDruid stores of a text typed into it, and what a connector reads back.
fn through_hoteldruid(typed: &str, bytes: usize) -> String {
    let escaped: String = typed
        .chars()
        .map(|letter| match letter {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#039;".to_owned(),
            other => other.to_string(),
        })
        .collect();
    let mut stored = super::apply::capitalised(&escaped).into_bytes();
    stored.truncate(bytes);
    let valid = match std::str::from_utf8(&stored) {
        Ok(whole) => whole,
        Err(error) => std::str::from_utf8(&stored[..error.valid_up_to()]).expect("valid up to there"),
    };
    let whole = match valid.rfind('&') {
        Some(start) if !valid[start..].contains(';') => &valid[..start],
        Some(_) | None => valid,
    };
    whole
        .replace("&#039;", "'")
        .replace("&quot;", "\"")
        .replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&")
}

proptest! {
    #[test]
    fn l1_the_normal_form_is_idempotent((field, seen, _) in field_seen_twice(), form in form()) {
        let once = form.apply(&field, &seen);
        prop_assert_eq!(form.apply(&field, &once), once);
    }

    #[test]
    fn l2_writing_back_what_was_read_changes_nothing((field, seen, _) in field_seen_twice(), form in form()) {
        // The system reports what it holds, the hub takes it, and the write is computed from the hub.
        let held = form.apply(&field, &seen);
        let written = form.apply(&field, &held);
        prop_assert_eq!(form.apply(&field, &written), held);
    }

    #[test]
    fn l3_reading_back_what_was_written_is_equivalent((field, seen, _) in field_seen_twice(), form in form()) {
        prop_assert!(form.equivalent(&field, &form.apply(&field, &seen), &seen));
    }

    #[test]
    fn equivalence_is_equality_of_normal_forms((field, left, right) in field_seen_twice(), form in form()) {
        let equal = form.apply(&field, &left) == form.apply(&field, &right);
        prop_assert_eq!(form.equivalent(&field, &left, &right), equal);
        prop_assert_eq!(form.equivalent(&field, &right, &left), equal);
    }

    #[test]
    fn a_set_never_exceeds_its_slots((field, seen, _) in field_seen_twice(), form in form()) {
        let kept = form.apply(&field, &seen);
        if let (Some(elements), Some(slots)) = (kept.elements(), form.slots) {
            prop_assert!(elements.len() <= slots);
        }
    }

    #[test]
    fn l3_holds_for_a_text_stored_by_a_system_that_escapes_capitalises_and_cuts(typed in text(), bytes in 1_usize..60) {
        let surname = person(&keys::SURNAME);
        let form = hoteldruid(bytes);
        let clean = crate::model::normalise::text::line(&typed);
        let stored = through_hoteldruid(&clean, bytes);
        let (written, read) = (Seen::one(Value::Text(clean)), Seen::one(Value::Text(stored)));
        prop_assert_eq!(form.apply(&surname, &read), form.apply(&surname, &written));
    }
}

fn check_text(form: &Form, given: &str, expected: &str) {
    let surname = person(&keys::SURNAME);
    let kept = form.apply(&surname, &Seen::one(Value::Text(given.into())));
    let expected = Seen::optional((!expected.is_empty()).then(|| Value::Text(expected.into())));
    assert_eq!(kept, expected, "{given}");
}

#[test]
fn text_is_cut_between_characters_and_entities() {
    let bytes = |most| Form { limit: Limit::EscapedBytes(most), ..Form::default() };
    check_text(&bytes(6), "O'Neil", "O"); // `O&#039;` has 7 bytes
    check_text(&bytes(7), "O'Neil", "O'");
    check_text(&bytes(3), "Peña", "Pe");
    check_text(&bytes(4), "Peña", "Peñ");
    check_text(&bytes(9), "Smith & Sons", "Smith");
    check_text(&Form { limit: Limit::Chars(5), ..Form::default() }, "Peñas y Sol", "Peñas");
    check_text(&Form { limit: Limit::Chars(6), ..Form::default() }, "Peñas y Sol", "Peñas");
    check_text(&Form::default(), " \u{0} ", "");
}

#[test]
fn text_takes_the_case_of_the_system() {
    let case = |case| Form { case, ..Form::default() };
    check_text(&case(Case::Capitalised), "de la CRUZ élan o'neil", "De La CRUZ élan O'neil");
    check_text(&case(Case::Upper), "Straße", "STRASSE");
    check_text(&case(Case::Lower), "GARCÍA", "garcía");
}

#[test]
fn phones_are_equal_however_they_are_written() {
    let phones = person(&keys::PHONES);
    let spain = crate::model::value::Country("ES".into());
    let seen = |typed: &str, region| set(&phones, phone::read(typed, region).map(Value::Phone));
    for form in [Form::default(), hoteldruid(50), Form { keeps: Keeps::NOTHING, ..Form::default() }] {
        let known = seen("+34 600 11 22 33", None);
        assert!(form.equivalent(&phones, &known, &seen("0034600112233", None)));
        assert!(form.equivalent(&phones, &known, &seen("600 112 233", Some(&spain))));
        assert!(!form.equivalent(&phones, &known, &seen("+34 600 11 22 34", None)));
        // Without a region nobody can say whose number it is.
        assert!(!form.equivalent(&phones, &known, &seen("600 112 233", None)));
    }
}

#[test]
fn unread_phone_is_its_digits_where_the_typed_form_is_not_kept() {
    let phones = person(&keys::PHONES);
    let seen = |typed: &str| set(&phones, phone::read(typed, None).map(Value::Phone));
    let bare = Form { keeps: Keeps::NOTHING, ..Form::default() };
    assert!(bare.equivalent(&phones, &seen("600 11-22"), &seen("(600) 1122")));
    assert!(!Form::default().equivalent(&phones, &seen("600 11-22"), &seen("(600) 1122")));
    assert!(!bare.equivalent(&phones, &seen("ask Ana"), &seen("ask Eva")));
}

fn mail(address: &str, primary: bool) -> Value {
    let relays = email::Relays::default();
    Value::Email(Email { primary, ..email::read(address, &relays).expect("an address") })
}

#[test]
fn a_set_is_cut_to_the_slots_with_the_primary_first() {
    let emails = person(&keys::EMAILS);
    let all = set(&emails, [mail("c@x.es", true), mail("b@x.es", false), mail("a@x.es", false)]);
    let form = Form { keeps: Keeps::NOTHING, slots: Some(2), ..Form::default() };
    let kept = form.apply(&emails, &all);
    assert_eq!(kept, set(&emails, [mail("a@x.es", false), mail("c@x.es", false)]));
    assert!(form.equivalent(&emails, &all, &kept));
}

#[test]
fn an_email_that_does_not_fit_is_held_as_nothing() {
    let emails = person(&keys::EMAILS);
    let form = Form { limit: Limit::Chars(10), ..Form::default() };
    let kept =
        form.apply(&emails, &set(&emails, [mail("ana.garcia@example.com", true), mail("a@x.es", false)]));
    assert_eq!(kept, set(&emails, [mail("a@x.es", false)]));
}

#[test]
fn an_address_loses_what_the_system_has_no_place_for() {
    let addresses = person(&keys::ADDRESSES);
    let full = Address {
        street: "Calle Mayor 5\n2º B".into(),
        city: "Madrid".into(),
        region: "Madrid".into(),
        primary: true,
        ..Address::default()
    };
    let poor = Address { street: "Calle Mayor 5 2º B".into(), city: "Madrid".into(), ..Address::default() };
    let seen = |address| set(&addresses, [Value::Address(Box::new(address))]);
    let form = hoteldruid(70);
    assert_eq!(form.apply(&addresses, &seen(full.clone())), form.apply(&addresses, &seen(poor)));
    // The key is that of what the system shows, so that a cut address is recognised.
    let cut = hoteldruid(12);
    let (key, _) =
        cut.element(&addresses, &"any".into(), &Value::Address(Box::new(full))).expect("something is left");
    assert_eq!(key.as_str(), "calle mayor madrid");
}

#[test]
fn nothing_is_an_empty_set_and_masked_stays_masked() {
    let emails = person(&keys::EMAILS);
    assert!(Form::default().equivalent(&emails, &Seen::Empty, &set(&emails, [])));
    assert!(!Form::default().equivalent(&emails, &Seen::Empty, &Seen::Masked));
}

#[test]
fn a_word_outside_of_the_system_s_list_is_held_as_nothing() {
    let sex = person(&keys::SEX);
    let form = Form { words: Some(&["female", "male"]), ..Form::default() };
    let held = |word: &str| form.apply(&sex, &Seen::one(Value::Choice(Choice::Known(word.into()))));
    assert_eq!(held("other"), Seen::Empty);
    assert_eq!(held("male"), Seen::one(Value::Choice(Choice::Known("male".into()))));
}

#[test]
fn an_instant_is_rounded_down_to_the_step_of_the_system() {
    let created = person(&"profile_created_at".into());
    let at = |text: &str| Seen::one(Value::Instant(text.parse().expect("an instant")));
    let form = Form { instant_step_seconds: 60, ..Form::default() };
    assert_eq!(form.apply(&created, &at("2026-01-02T03:04:59.9Z")), at("2026-01-02T03:04:00Z"));
    assert_eq!(form.apply(&created, &at("1969-12-31T23:59:59Z")), at("1969-12-31T23:59:00Z"));
}
