use litemap::LiteMap;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

use super::super::config::Settings;
use super::super::map::Lens;
use super::super::wire::Properties;
use crate::connectors::registry::Context;
use crate::model::normalise::{element_of, email::Relays, phone};
use crate::model::value::{Address, Choice, Country, Email, Language, Money, Special};
use crate::model::{
    Action, Document, ExternalId, FieldKey, RecordId, RecordKind, Reference, Seen, SystemId, Value, WriteOp,
    WriteOutcome, fields, keys,
};

const DEALS: &str =
    "access_token_file = \"t\"\n[stages]\nconfirmed = \"7\"\ntentative = \"6\"\nrequested = \"6\"\n";

fn settings(toml: &str) -> Result<Settings, String> {
    let file = config::File::from_str(toml, config::FileFormat::Toml);
    let built = config::Config::builder().add_source(file).build().expect("it is TOML");
    let settings = Settings::read(&SystemId::new("crm"), built.cache);
    settings.map_err(|error| error.to_string())
}

fn context() -> Context {
    Context {
        property: "ALBA".to_owned(),
        time_zone: chrono_tz::Europe::Madrid,
        default_region: "ES".to_owned(),
        currency: "EUR".to_owned(),
        relays: Relays::with(["relay.example"]),
        registry: Arc::new(fields::standard()),
    }
}

fn lens(toml: &str) -> Lens {
    Lens::new(&settings(toml).expect("they fit"), &context()).expect("they fit")
}

fn op(kind: RecordKind, document: Document) -> WriteOp {
    let record = RecordId::parse("0198f2c1-7a5e-7000-8000-000000000001").expect("an id");
    let base = Document::new();
    let (action, precondition, purpose) = (Action::Create, None, None);
    WriteOp { record, kind, action, document, base, precondition, quiet: true, purpose }
}

/// What is written of a document, and what HubSpot shows of it afterwards.
fn written(lens: &Lens, kind: RecordKind, document: &Document) -> (Map<String, Json>, Properties) {
    let table = lens.table(kind).expect("a kind");
    let op = op(kind, document.clone());
    let written = lens.properties(table, &op).unwrap_or_else(|refused| panic!("{refused:?}"));
    let shown = |(name, value): (&String, &Json)| (name.clone(), value.as_str().map(str::to_owned));
    let properties = written.iter().map(shown).map(|(name, value)| {
        // What is cleared is shown as null.
        (name, value.filter(|value| !value.is_empty()))
    });
    let properties = properties.collect();
    (written, properties)
}

fn set(kind: RecordKind, key: &FieldKey, values: impl IntoIterator<Item = Value>) -> Seen {
    let registry = fields::standard();
    let field = registry.field(kind, key).expect("a field");
    Seen::set(values.into_iter().map(|value| (element_of(field, &value), value)))
}

fn text(words: &str) -> Seen {
    Seen::one(Value::Text(words.to_owned()))
}

fn word(word: &str) -> Value {
    Value::Choice(Choice::Known(word.into()))
}

fn email(address: &str) -> Value {
    let address = address.to_owned();
    Value::Email(Email { address, label: None, primary: false, verified: false, relay: false })
}

fn number(typed: &str) -> Value {
    Value::Phone(phone::read(typed, None).expect("a number"))
}

fn day(date: &str) -> Seen {
    Seen::one(Value::Date(date.parse().expect("a date")))
}

/// That a document is read as it was written, in the forms that HubSpot keeps.
#[track_caller]
fn assert_kept(lens: &Lens, kind: RecordKind, document: &Document) -> Map<String, Json> {
    let (written, properties) = written(lens, kind, document);
    let table = lens.table(kind).expect("a kind");
    let read = lens.document(table, &properties);
    let registry = fields::standard();
    for (key, sent) in document.iter() {
        let kept = table.kept.iter().find(|kept| kept.field == *key).expect("a kept field");
        let form = lens.capability(kind, kept).form;
        let field = registry.field(kind, key).expect("a field");
        let held = read.get(key).unwrap_or_else(|| panic!("{key} is not read"));
        assert!(form.equivalent(field, sent, held), "{key}: {sent:?} is read as {held:?}");
    }
    written
}

fn guest() -> Document {
    let kind = RecordKind::Person;
    let address = Address {
        street: "Calle Mayor 7".to_owned(),
        city: "Ávila".to_owned(),
        postal_code: "05001".to_owned(),
        region: "Ávila".to_owned(),
        country: Some(Country("ES".into())),
        ..Address::default()
    };
    let consent = [("purpose", word("marketing")), ("channel", word("email")), ("state", word("granted"))];
    let consent = Value::Entry(
        consent.map(|(name, value)| (name.into(), value)).into_iter().collect::<LiteMap<_, _>>(),
    );
    Document::new()
        .with(keys::SURNAME, text("Núñez"))
        .with(keys::SECOND_SURNAME, text("de la Cruz"))
        .with(keys::TITLE, text("Dra."))
        .with(keys::BIRTH_DATE, day("1980-02-29"))
        .with(keys::LANGUAGE, Seen::one(Value::Language(Language("pt-BR".into()))))
        .with(keys::NATIONALITIES, set(kind, &keys::NATIONALITIES, [Value::Country(Country("ES".into()))]))
        .with(keys::EMAILS, set(kind, &keys::EMAILS, [email("Ana@example.com")]))
        .with(keys::PHONES, set(kind, &keys::PHONES, [number("+34600112233"), number("+34911222333")]))
        .with(keys::ADDRESSES, set(kind, &keys::ADDRESSES, [Value::Address(Box::new(address))]))
        .with(keys::TAGS, set(kind, &keys::TAGS, ["vip", "two words"].map(|tag| Value::Text(tag.to_owned()))))
        .with(keys::CONSENTS, set(kind, &keys::CONSENTS, [consent]))
        .with(keys::DO_NOT_CONTACT, Seen::one(Value::Bool(false)))
        .with(keys::STAYS, Seen::one(Value::Integer(12)))
}

#[test]
fn a_guest_is_read_as_he_was_written() {
    let lens = lens(DEALS);
    let written = assert_kept(&lens, RecordKind::Person, &guest());
    for (name, value) in [
        ("lastname", "Núñez"),
        ("salutation", "Dra."),
        ("date_of_birth", "1980-02-29"),
        ("hs_language", "pt-br"),
        ("country", "Spain"),
        ("phone", "+34911222333"),
        ("mobilephone", "+34600112233"),
        ("pms_tags", "two words\nvip"),
        ("pms_do_not_contact", "false"),
        ("pms_stays", "12"),
    ] {
        assert_eq!(written.get(name), Some(&json!(value)), "{name}");
    }
}

#[test]
fn an_empty_field_clears_every_place_of_it() {
    let kind = RecordKind::Person;
    let nothing = Document::new()
        .with(keys::TITLE, Seen::Empty)
        .with(keys::PHONES, set(kind, &keys::PHONES, []))
        .with(keys::ADDRESSES, set(kind, &keys::ADDRESSES, []))
        .with(keys::EMAILS, set(kind, &keys::EMAILS, []));
    let written = assert_kept(&lens(DEALS), kind, &nothing);
    let names = ["salutation", "phone", "mobilephone", "address", "city", "state", "zip", "country", "email"];
    assert!(names.iter().all(|name| written.get(*name) == Some(&json!(""))), "{written:?}");
}

#[test]
fn a_number_goes_where_it_is_used() {
    let places = |numbers: &[&str]| {
        let kind = RecordKind::Person;
        let numbers = set(kind, &keys::PHONES, numbers.iter().map(|typed| number(typed)));
        let (written, _) = written(&lens(DEALS), kind, &Document::new().with(keys::PHONES, numbers));
        ["phone", "mobilephone"].map(|name| written[name].as_str().expect("a text").to_owned())
    };
    let (mobile, other, landline) = ("+34600112233", "+34600112244", "+34911222333");
    assert_eq!(places(&[mobile]), [mobile, mobile]);
    assert_eq!(places(&[landline]), [landline, ""]);
    assert_eq!(places(&[landline, mobile]), [landline, mobile]);
    assert_eq!(places(&[mobile, other]), [other, mobile]);
}

#[test]
fn who_has_unsubscribed_has_denied_whatever_is_noted() {
    let lens = lens(DEALS);
    let table = lens.table(RecordKind::Person).expect("persons");
    let (_, mut properties) = written(&lens, RecordKind::Person, &guest());
    let states = |properties: &Properties| {
        let seen = lens.document(table, properties);
        let consents: Vec<Value> = seen.get(&keys::CONSENTS).expect("consents").values().cloned().collect();
        let state = |value: &Value| {
            let Value::Entry(parts) = value else { return None };
            parts.get("state").and_then(Value::as_text).map(str::to_owned)
        };
        consents.iter().map(|value| state(value).expect("a state")).collect::<Vec<_>>()
    };
    assert_eq!(states(&properties), ["granted"]);
    properties.insert("hs_email_optout".to_owned(), Some("true".to_owned()));
    assert_eq!(states(&properties), ["denied"]);
}

fn stay() -> Document {
    let kind = RecordKind::Reservation;
    let room = [
        ("index", Value::Integer(1)),
        ("board", word("breakfast")),
        ("category", Value::Text("Double".into())),
    ];
    let room = Value::entry(room.map(|(name, value)| (name.into(), value)));
    let at = |text: &str| Seen::one(Value::Instant(text.parse().expect("an instant")));
    let contact = Value::Reference(Reference::Remote(RecordKind::Person, ExternalId::new("106651134132")));
    Document::new()
        .with(keys::PROPERTY, text("ALBA"))
        .with(keys::NUMBER, text("1234"))
        .with(keys::STATUS, Seen::one(word("confirmed")))
        .with(keys::ARRIVES_ON, day("2031-05-01"))
        .with(keys::BOOKED_AT, at("2031-01-02T03:04:05Z"))
        .with(keys::ROOMS, set(kind, &keys::ROOMS, [room]))
        .with(keys::TOTAL, Seen::one(Value::Money(Money { amount_minor: 48_050, currency: "EUR".into() })))
        .with(keys::MAILABLE, Seen::one(Value::Bool(true)))
        .with(keys::RECIPIENT, Seen::one(contact))
}

#[test]
fn a_stay_is_a_deal_that_people_and_the_hub_can_read() {
    let written = assert_kept(&lens(DEALS), RecordKind::Reservation, &stay());
    for (name, value) in [
        ("dealname", "ALBA 1234"),
        ("amount", "480.50"),
        ("pipeline", "default"),
        ("dealstage", "7"),
        ("pms_status", "confirmed"),
        ("pms_arrives_on", "2031-05-01"),
        ("pms_total", "480.50 EUR"),
        ("pms_board", "breakfast"),
        ("pms_room_category", "Double"),
        ("pms_recipient", "106651134132"),
    ] {
        assert_eq!(written.get(name), Some(&json!(value)), "{name}");
    }
    let appointment = "access_token_file = \"t\"\nstay_object = \"appointment\"\n";
    let written = assert_kept(&lens(appointment), RecordKind::Reservation, &stay());
    assert_eq!(written.get("hs_appointment_start"), Some(&json!("2031-05-01T00:00:00Z")));
    assert!(!written.contains_key("dealstage") && !written.contains_key("amount"));
}

#[test]
fn a_deal_that_was_moved_has_the_status_of_its_stage() {
    let lens = lens(DEALS);
    let table = lens.table(RecordKind::Reservation).expect("stays");
    let check = |word: Option<&str>, stage: Option<&str>, expected: Option<&str>| {
        let properties = [("pms_status", word), ("dealstage", stage)];
        let properties = properties.map(|(name, text)| (name.to_owned(), text.map(str::to_owned)));
        let read = lens.document(table, &properties.into_iter().collect());
        let status = read.value(&keys::STATUS).and_then(Value::as_text);
        assert_eq!(status, expected, "{word:?} in stage {stage:?}");
    };
    check(Some("confirmed"), Some("7"), Some("confirmed"));
    check(Some("confirmed"), Some("6"), Some("requested"));
    // Two statuses share a stage: the word says which it is.
    check(Some("tentative"), Some("6"), Some("tentative"));
    check(Some("confirmed"), Some("of the hotel's own"), Some("confirmed"));
    check(Some("Concierge"), None, Some("Concierge"));
    check(None, Some("7"), Some("confirmed"));
    check(None, None, None);
}

#[test]
fn dates_are_read_in_both_of_their_looks() {
    let lens = lens(DEALS);
    let table = lens.table(RecordKind::Reservation).expect("stays");
    for (name, field, shown, expected) in [
        ("pms_arrives_on", &keys::ARRIVES_ON, "1935360000000", day("2031-05-01")),
        ("pms_arrives_on", &keys::ARRIVES_ON, "2031-05-01", day("2031-05-01")),
        ("pms_arrives_on", &keys::ARRIVES_ON, "20310501", day("2031-05-01")),
        ("pms_arrives_on", &keys::ARRIVES_ON, "soon", Seen::Masked),
        ("pms_arrives_on", &keys::ARRIVES_ON, " ", Seen::Empty),
    ] {
        let properties = Properties::from([(name.to_owned(), Some(shown.to_owned()))]);
        assert_eq!(lens.document(table, &properties).get(field), Some(&expected), "{shown}");
    }
}

#[test]
fn what_must_not_leave_is_not_written() {
    let lens = lens(DEALS);
    let table = lens.table(RecordKind::Person).expect("persons");
    for (field, seen) in [
        (keys::MEDICAL, Seen::one(Value::Special(Special::seal(Value::Text("nuts".to_owned()))))),
        (keys::LEVEL, text("do not book")),
        (keys::TITLE, Seen::Masked),
        (keys::TITLE, Seen::one(Value::Special(Special::seal(Value::Text("nuts".to_owned()))))),
    ] {
        let op = op(RecordKind::Person, Document::new().with(field.clone(), seen));
        let refused = lens.properties(table, &op).expect_err("it is refused");
        let WriteOutcome::Rejected { field: Some(named), why } = refused else { panic!("{refused:?}") };
        assert!(named == field && !why.contains("nuts"), "{named}: {why}");
        let is_there = |name: &str| table.own().iter().any(|own| own.name == name);
        assert!(!is_there("pms_medical") && !is_there("pms_level"));
    }
}

#[test]
fn what_a_write_answers_counts_only_when_it_is_whole() {
    let lens = lens(DEALS);
    let table = lens.table(RecordKind::Person).expect("persons");
    let numbers = set(RecordKind::Person, &keys::PHONES, [number("+34911222333")]);
    let written = Document::new().with(keys::PHONES, numbers.clone());
    let mut answer = Properties::from([("phone".to_owned(), Some("+34911222333".to_owned()))]);
    assert_eq!(lens.stored(table, &answer, &written), None, "half of the field is not shown");
    answer.insert("mobilephone".to_owned(), None);
    let stored = lens.stored(table, &answer, &written).expect("all of it is shown");
    assert_eq!(stored.get(&keys::PHONES).expect("numbers").values().count(), 1);
}

#[test]
fn settings_are_checked_before_anything_is_asked() {
    let check = |more: &str, expected: &str| {
        let toml = format!("access_token_file = \"t\"\n{more}\n");
        let found = settings(&toml).and_then(|settings| Lens::new(&settings, &context()).map(drop));
        let why = found.expect_err(more);
        assert!(why.contains(expected), "{more}: {why}");
    };
    check("page_size = 201", "`page_size`");
    check("calls = 3", "`calls`");
    check("client_secret_file = \"s\"", "`webhook_url`");
    check("stay_object = \"custom\"", "`custom_object`");
    check("custom_object = \"2-1\"", "`custom_object`");
    check("stay_object = \"order\"", "order");
    check("stay_object = \"appointment\"\n[stages]\nconfirmed = \"1\"", "`stages`");
    check("[stages]\nbooked = \"1\"", "`booked`");
    check("[properties]\nmedical = \"allergies\"", "`medical`");
    check("[properties]\nsurname = \"name\"", "`surname`");
    check("[properties]\nno_such_field = \"name\"", "`no_such_field`");
    check("colour = \"red\"", "colour");
    let moved = lens("access_token_file = \"t\"\n[properties]\nbuyer_persona = \"hs_persona\"\n");
    let written = Document::new().with(keys::BUYER_PERSONA, text("Walker"));
    assert_eq!(assert_kept(&moved, RecordKind::Person, &written).get("hs_persona"), Some(&json!("Walker")));
}
