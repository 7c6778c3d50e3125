//! How fast an observation is judged, on one core.

use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use uuid::Uuid;

use cardex::connectors::Connector as _;
use cardex::model::value::{Address, Country, Email, Language, Phone};
use cardex::model::{
    Document, Element, Observation, ObservationId, RecordKind, RemoteRef, Seen, SystemClass, SystemId, Value,
    fields, keys,
};
use cardex::reconcile::{Circumstances, Known, Outcome, Rules, SystemRules, observe};

use crate::memory::{Sink, Source};

/// For how long each case is repeated.
const LASTS: Duration = Duration::from_secs(2);

/// A person with a value in every field that travels; `round` changes the phone.
pub(crate) fn person(number: usize, round: usize) -> Document {
    let text = |text: String| Seen::one(Value::Text(text));
    let address = Address {
        street: format!("Calle Mayor {number}"),
        city: "Sevilla".to_owned(),
        postal_code: "41001".to_owned(),
        country: Some(Country("ES".into())),
        primary: true,
        ..Address::default()
    };
    let mail = format!("guest{number}@example.com");
    let email = Email { address: mail.clone(), label: None, primary: true, verified: false, relay: false };
    let e164 = format!("+346{:08}", number * 4 + round);
    let phone = Phone {
        e164: Some(e164.as_str().into()),
        typed: e164.clone(),
        label: None,
        primary: true,
        verified: false,
    };
    Document::new()
        .with(keys::SURNAME, text(format!("García{number}")))
        .with(keys::SECOND_SURNAME, text("López".to_owned()))
        .with(keys::GIVEN_NAMES, text("Ana María".to_owned()))
        .with(keys::TITLE, text("Sra.".to_owned()))
        .with(keys::POSITION, text("Directora".to_owned()))
        .with(keys::BIRTH_DATE, Seen::one(Value::Date(NaiveDate::from_ymd_opt(1980, 5, 17).expect("a date"))))
        .with(keys::LANGUAGE, Seen::one(Value::Language(Language("es".into()))))
        .with(keys::RESIDENCE, Seen::one(Value::Country(Country("ES".into()))))
        .with(keys::EMAILS, Seen::set([(Element::new(mail), Value::Email(email))]))
        .with(keys::PHONES, Seen::set([(Element::new(e164), Value::Phone(phone))]))
        .with(
            keys::ADDRESSES,
            Seen::set([(Element::new("calle mayor sevilla 41001 es"), Value::Address(Box::new(address)))]),
        )
}

/// Prints cells per second for a first contact, a change and an echo.
pub(crate) fn measure() {
    let rules = rules();
    let first = judge(&rules, Known::default(), 0);
    let (record, link) = (first.record.expect("a record"), first.link.expect("a link"));
    let known = Known { link: Some(&link), record: Some(&record), ..Known::default() };
    let cells = u32::try_from(person(0, 0).len()).expect("a few");
    for (word, known, round) in
        [("first contact", Known::default(), 0), ("one field changed", known, 1), ("an echo", known, 0)]
    {
        let (started, mut judged) = (Instant::now(), 0);
        while started.elapsed() < LASTS {
            for _ in 0..100 {
                std::hint::black_box(judge(&rules, known, round));
            }
            judged += 100;
        }
        let seconds = started.elapsed().as_secs_f64();
        let rate = f64::from(judged) / seconds;
        println!(
            "reconcile: {:>9.0} cells/s, {rate:>8.0} observations/s ({word}, {cells} cells each)",
            rate * f64::from(cells)
        );
    }
}

fn judge(rules: &Rules, known: Known<'_>, round: usize) -> Outcome {
    let subject = RemoteRef::new(RecordKind::Person, "1");
    let observation = Observation::full(subject, person(0, round));
    let system = SystemId::new("pms");
    let now = DateTime::<Utc>::from_timestamp(1_790_000_000, 0).expect("an instant");
    let mut next = 0_u128;
    let mut new_id = || {
        next += 1;
        Uuid::from_u128(next)
    };
    let circumstances = Circumstances {
        system: &system,
        observation: ObservationId::new(Uuid::nil()),
        epoch: 0,
        fetched_at: now,
        now,
        closed_business_date: None,
        new_id: &mut new_id,
    };
    observe(rules, known, &observation, circumstances)
}

fn rules() -> Rules {
    let of = |class, capabilities| SystemRules {
        class,
        capabilities,
        creates: vec![RecordKind::Person],
        internal: false,
        purpose: None,
        clock_offset_seconds: 2,
        time_zone: chrono_tz::Tz::UTC,
    };
    let systems = BTreeMap::from([
        (SystemId::new("pms"), of(SystemClass::Pms, Source::new(1).capabilities().clone())),
        (SystemId::new("crm"), of(SystemClass::Crm, Sink::new(1).capabilities().clone())),
    ]);
    Rules { registry: fields::standard(), systems, ..Rules::default() }
}
