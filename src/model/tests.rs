//! What the hub stores it reads back, special-category values included; nothing else ever writes those out.

use chrono::DateTime;
use litemap::LiteMap;
use proptest::prelude::*;
use std::sync::Arc;

use super::arbitrary;
use super::document::{Document, Held, Seen};
use super::ids::{RecordId, RemoteRef, SystemId};
use super::link::{Blocked, Shadow, ShadowField};
use super::observation::{Observation, Shape};
use super::packed::{Packed, Unpacked};
use super::record::{Cell, CellSet, Evidence, Provenance, Record, RecordKind, Rule};
use super::value::{Purpose, Special, Value};
use super::{FieldKey, keys};

fn again<T: serde::Serialize + serde::de::DeserializeOwned>(document: &T) -> T {
    let text = serde_json::to_string(document).expect("documents can be stored");
    serde_json::from_str(&text).expect("what was stored can be read")
}

fn passport() -> Value {
    let parts = [("number".into(), Value::Text("AB123456".into()))];
    Value::Special(Special::seal(Value::entry(parts)))
}

proptest! {
    #[test]
    fn keys_of_fields_sort_as_their_texts(one in "[a-z_\\x00é]{0,12}", other in "[a-z_\\x00é]{0,12}") {
        let keys = [&one, &other].map(|text| FieldKey::new(text.as_str()));
        prop_assert_eq!(keys[0].cmp(&keys[1]), one.cmp(&other));
    }

    #[test]
    fn records_are_read_as_they_were_stored(record in arbitrary::record()) {
        prop_assert_eq!(again(&record), record);
    }

    #[test]
    fn shadows_are_read_as_they_were_stored(known in arbitrary::document(), refused in arbitrary::document()) {
        let mut shadow = Shadow::default();
        for (key, known) in known {
            let blocked = refused.get(&key).cloned().map(|target| Blocked { target, reason: "too long".into() });
            shadow.0.insert(key, ShadowField { lossy: blocked.is_some(), blocked, ..ShadowField::known(known) });
        }
        prop_assert_eq!(again(&shadow), shadow);
    }

    #[test]
    fn observations_are_read_as_they_were_stored(document in arbitrary::document()) {
        let seen = Observation::of(RemoteRef::new(RecordKind::Person, "1"), Shape::Partial, document);
        prop_assert_eq!(again(&seen), seen);
    }

    #[test]
    fn plain_serialisation_refuses_every_special_value(value in arbitrary::text()) {
        let sealed = Value::Special(Special::seal(Value::Text(value)));
        prop_assert!(serde_json::to_string(&sealed).is_err());
        let inside = Value::entry([("part".into(), sealed)]);
        prop_assert!(serde_json::to_string(&inside).is_err());
        // The hub's own form takes it at any depth.
        prop_assert_eq!(&*again(&Held::new(inside.clone())), &inside);
    }
}

#[test]
fn a_special_value_is_opened_for_a_purpose_only_and_never_printed() {
    let Value::Special(sealed) = passport() else { unreachable!("it is sealed") };
    assert!(!format!("{sealed:?}").contains("AB123456"));
    let Value::Entry(parts) = sealed.open(&Purpose::recorded("police register")) else { panic!("an entry") };
    assert_eq!(parts.get("number"), Some(&Value::Text("AB123456".into())));
}

fn story(rule: Rule) -> Arc<Provenance> {
    let at = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
    let evidence = Evidence { after: None, until: at };
    Arc::new(Provenance {
        system: Some(SystemId::new("pms")),
        observation: None,
        actor: None,
        rule,
        at,
        evidence,
    })
}

#[test]
fn a_story_is_stored_once_and_shared_after_reading() {
    let cell = |word: &str, rule| Cell {
        value: Some(Held::new(Value::Text(word.into()))),
        provenance: story(rule),
        pinned_by: None,
    };
    let mut record = Record::new(RecordId::new(uuid::Uuid::nil()), RecordKind::Person);
    record.fields.insert(keys::SURNAME, CellSet::One(cell("García", Rule::FirstContact)));
    record.fields.insert(keys::GIVEN_NAMES, CellSet::One(cell("Ana", Rule::FirstContact)));
    let pinned = Cell { value: None, pinned_by: Some("eva".into()), ..cell("", Rule::Operator) };
    record.fields.insert(keys::TAGS, CellSet::Many(LiteMap::from_iter([("vip".into(), pinned)])));
    let text = serde_json::to_string(&Packed(&record.fields)).expect("it can be stored");
    insta::assert_snapshot!(text, @r#"{"b":[{"s":"pms","r":"first_contact","t":"2027-01-15T08:00:00Z"},{"s":"pms","r":"operator","t":"2027-01-15T08:00:00Z"}],"c":{"given_names":["Ana",0],"surname":["García",0],"tags":{"vip":[null,1,"eva"]}}}"#);
    let Unpacked(fields) = serde_json::from_str(&text).expect("it can be read");
    assert_eq!(fields, record.fields);
    let (Some(CellSet::One(left)), Some(CellSet::One(right))) =
        (fields.get(&keys::SURNAME), fields.get(&keys::GIVEN_NAMES))
    else {
        panic!("two cells")
    };
    assert!(Arc::ptr_eq(&left.provenance, &right.provenance));
}

#[test]
fn broken_documents_are_refused() {
    for text in [
        r#"{"b":[],"c":{"surname":["García",0]}}"#,
        r#"{"b":[],"c":{"surname":["García"]}}"#,
        r#"{"b":[],"c":{"surname":[{"date":"2026-01-01","at":1},0]}}"#,
        r#"{"b":[],"c":{"surname":[{},0]}}"#,
        r#"{"b":[],"c":{"surname":[18446744073709551615,0]}}"#,
        r#"{"c":{}}"#,
    ] {
        assert!(serde_json::from_str::<Unpacked>(text).is_err(), "{text}");
    }
}

#[test]
fn nothing_seen_is_not_empty_and_empty_is_not_masked() {
    let document = Document::new().with(keys::TITLE, Seen::Empty).with(keys::SEX, Seen::Masked);
    let read = again(&document);
    let seen = |key: &FieldKey| read.get(key).cloned();
    assert_eq!(
        (seen(&keys::TITLE), seen(&keys::SEX), seen(&keys::SURNAME)),
        (Some(Seen::Empty), Some(Seen::Masked), None)
    );
}
