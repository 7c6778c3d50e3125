//! What a guest is as a contact, and what a firm is as a company.

use cardex::model::value::{Address, Country, Language, Value};
use cardex::model::{Document, RecordKind, Seen, WriteOutcome, keys};
use serde_json::{Value as Json, json};

use super::fake::sort::Sort;
use super::fake::table::By;
use super::fake::{Fake, Oddity};
use super::{COMPANY, PERSON, guest, held, id_of, prepared, text};
use crate::connectors::subject::{create, done, found, update, write_one};
use crate::connectors::values::{date, email, phone, set, word};

#[tokio::test]
async fn a_guest_is_a_contact_with_the_properties_that_people_look_at() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let address = Address {
        street: "Calle Mayor 7\n2º B".to_owned(),
        city: "Ávila".to_owned(),
        postal_code: "05001".to_owned(),
        country: Some(Country("ES".into())),
        primary: true,
        ..Address::default()
    };
    let one = |value| Seen::one(value);
    let document = guest("Ana", "Núñez", "Ana.Nunez@Example.com")
        .with(keys::SECOND_SURNAME, text("Gil"))
        .with(keys::BIRTH_DATE, date(1980, 2, 29))
        .with(keys::SEX, word("female"))
        .with(keys::POSITION, text("Engineer"))
        .with(keys::EMPLOYER, text("Bodegas & Hijos"))
        .with(keys::LANGUAGE, one(Value::Language(Language("es-ES".into()))))
        .with(keys::PHONES, set(PERSON, &keys::PHONES, [phone("+34 600 99 88 77")]))
        .with(keys::ADDRESSES, set(PERSON, &keys::ADDRESSES, [Value::Address(Box::new(address))]));
    let op = create(PERSON, document.clone());
    let key = op.record.to_string();
    let id = done(&write_one(&connector, op).await);
    assert_eq!(fake.calls(), [("contacts/batch/upsert".to_owned(), 1)].into());
    for (property, value) in [
        ("pms_guest_key", key.as_str()),
        ("firstname", "Ana"),
        ("lastname", "Núñez"),
        ("pms_second_surname", "Gil"),
        ("email", "ana.nunez@example.com"),
        ("jobtitle", "Engineer"),
        ("company", "Bodegas & Hijos"),
        ("hs_language", "es-es"),
        ("address", "Calle Mayor 7\n2º B"),
        ("city", "Ávila"),
        ("zip", "05001"),
    ] {
        assert_eq!(held(&fake, Sort::Contact, &id, property).as_deref(), Some(value), "{property}");
    }
    let numbers = ["phone", "mobilephone"].map(|name| held(&fake, Sort::Contact, &id, name));
    assert!(numbers.contains(&Some("+34600998877".to_owned())), "{numbers:?}");
    assert!(held(&fake, Sort::Contact, &id, "date_of_birth").is_some_and(|day| day.contains("1980-02-29")));
    let read = found(&connector, PERSON, &id).await;
    let registry = cardex::model::fields::standard();
    for (field, written) in document.iter() {
        let form = &connector.capabilities().kinds[&PERSON].fields.get(field).expect("a field").form;
        let kept = read.document.get(field).unwrap_or(&Seen::Empty);
        let declared = registry.field(PERSON, field).expect("a field");
        assert!(form.equivalent(declared, written, kept), "{field} was not kept");
    }
}

#[tokio::test]
async fn an_update_sets_and_clears_what_it_names_and_needs_no_key() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let id = fake.inside().enter(
        Sort::Contact,
        &json!({"firstname": "Ana", "lastname": "Gil", "jobtitle": "Engineer", "city": "Ávila", "website": "a.example"}),
    );
    let id = id.to_string().as_str().into();
    let seen = found(&connector, PERSON, &id).await;
    assert_eq!(seen.hub_id, None);
    fake.calls();
    let changes = Document::new().with(keys::GIVEN_NAMES, text("Anaïs")).with(keys::POSITION, Seen::Empty);
    done(&write_one(&connector, update(&seen, changes)).await);
    assert_eq!(fake.calls().values().sum::<usize>(), 1);
    let inside = fake.inside();
    let mut values = inside.row(Sort::Contact, id_of(&id)).expect("a contact").values.clone();
    // The key may be given on the way.
    values.remove("pms_guest_key");
    let expected = [("city", "Ávila"), ("firstname", "Anaïs"), ("lastname", "Gil"), ("website", "a.example")];
    assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test]
async fn a_contact_in_the_bin_is_neither_written_nor_made_anew() {
    let fake = Fake::start().await;
    for is_silent in [false, true] {
        fake.inside().oddities.extend(is_silent.then_some(Oddity::SilentAboutUnknownIds));
        let connector = prepared(&fake).await;
        let op = create(PERSON, guest("Ana", "Gil", "gil@example.com"));
        let id = done(&write_one(&connector, op).await);
        let seen = found(&connector, PERSON, &id).await;
        fake.inside().archive(Sort::Contact, id_of(&id), By::User);
        let changes = Document::new().with(keys::GIVEN_NAMES, text("Anaïs"));
        let outcome = write_one(&connector, update(&seen, changes)).await;
        if is_silent {
            assert!(!matches!(outcome, WriteOutcome::Done { .. }), "{outcome:?}");
        } else {
            assert_eq!(outcome, WriteOutcome::NotFound);
        }
        assert_eq!(fake.inside().rows(Sort::Contact).count(), 0);
    }
}

#[tokio::test]
async fn what_the_law_protects_never_gets_there() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let kept = &connector.capabilities().kinds[&PERSON].fields;
    for key in [keys::IDENTITY_DOCUMENTS, keys::MEDICAL, keys::NOTES, keys::LEVEL] {
        assert!(kept.get(&key).is_none_or(|can| !can.write), "{key} can be written");
    }
    let inside = fake.inside();
    let names = inside.schema.properties[&Sort::Contact].keys();
    let telling = names
        .filter(|name| ["passport", "document", "medical", "allerg"].iter().any(|word| name.contains(word)));
    assert_eq!(telling.count(), 0);
}

#[tokio::test]
async fn a_language_and_an_address_that_hubspot_does_not_know_lose_no_guest() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let document = guest("Ana", "Gil", "ana@example.com")
        .with(keys::LANGUAGE, Seen::one(Value::Language(Language("tlh".into()))));
    let outcome = write_one(&connector, create(PERSON, document)).await;
    match outcome {
        WriteOutcome::Done { .. } => assert_eq!(fake.inside().rows(Sort::Contact).count(), 1),
        // Told with its field, the core leaves the field out and sends the rest.
        WriteOutcome::Rejected { field, .. } => assert_eq!(field, Some(keys::LANGUAGE)),
        other @ (WriteOutcome::Exists { .. }
        | WriteOutcome::Stale
        | WriteOutcome::NotFound
        | WriteOutcome::Retry { .. }
        | WriteOutcome::Unknown) => panic!("{other:?}"),
    }
    let odd = guest("Ana", "Gil", "añá@example.com");
    let outcome = write_one(&connector, create(PERSON, odd)).await;
    let WriteOutcome::Rejected { field, why } = outcome else { panic!("{outcome:?}") };
    assert_eq!(field, Some(keys::EMAILS));
    assert!(why.contains("INVALID_EMAIL") && !why.contains('@'), "{why}");
}

#[tokio::test]
async fn a_firm_is_a_company() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let document = Document::new()
        .with(keys::NAME, text("Bodegas & Hijos"))
        .with(keys::TAX_ID, text("B12345678"))
        .with(keys::WEB, text("https://bodegas.example"))
        .with(keys::EMAILS, set(COMPANY, &keys::EMAILS, [email("office@bodegas.example")]));
    let op = create(COMPANY, document);
    let record = op.record;
    let id = done(&write_one(&connector, op).await);
    assert_eq!(held(&fake, Sort::Company, &id, "name").as_deref(), Some("Bodegas & Hijos"));
    assert_eq!(held(&fake, Sort::Company, &id, "pms_company_key"), Some(record.to_string()));
    let read = found(&connector, COMPANY, &id).await;
    assert_eq!(read.document.value(&keys::NAME).and_then(Value::as_text), Some("Bodegas & Hijos"));
    assert_eq!(read.document.value(&keys::WEB).and_then(Value::as_text), Some("https://bodegas.example"));
    assert_eq!(read.hub_id, Some(record));
}

#[tokio::test]
async fn who_unsubscribed_there_is_known_here() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let id = fake.inside().enter(Sort::Contact, &json!({"lastname": "Gil", "email": "gil@example.com"}));
    let id = id.to_string().as_str().into();
    let before = found(&connector, RecordKind::Person, &id).await;
    fake.inside().force(Sort::Contact, id_of(&id), "hs_email_optout", "true");
    let after = found(&connector, RecordKind::Person, &id).await;
    assert_ne!(before.document.get(&keys::CONSENTS), after.document.get(&keys::CONSENTS));
    assert_ne!(before.source_hash, after.source_hash);
    let shown: Json = serde_json::to_value(after.document.get(&keys::CONSENTS)).expect("JSON");
    assert!(shown.to_string().contains("denied"), "{shown}");
}
