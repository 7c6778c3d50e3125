//! Reservations as opportunities: the whole reservation, its status by Tryton's buttons, and what a CRM user edits.

use cardex::connectors::Connector;
use cardex::model::value::{Choice, Money};
use cardex::model::{
    Document, ExternalId, FieldKey, RecordId, RecordKind, Reference, Seen, Value, WriteOutcome, keys,
};
use chrono::{NaiveDate, TimeZone, Utc};
use serde_json::{Value as Json, json};

use super::{RELEASES, create, new_id, prepared, read_one, set, text, update, write_one, written};
use crate::support::tryton::client::{Client, date};
use crate::support::tryton::{Release, Tryton};

const RESERVATION: RecordKind = RecordKind::Reservation;

fn day(month: u32, day: u32) -> Seen {
    Seen::one(Value::Date(NaiveDate::from_ymd_opt(2031, month, day).expect("a date")))
}

fn word(word: &str) -> Seen {
    Seen::one(Value::Choice(Choice::Known(word.into())))
}

fn euros(amount_minor: i64) -> Value {
    Value::Money(Money { amount_minor, currency: "EUR".into() })
}

fn entry<const N: usize>(parts: [(&str, Value); N]) -> Value {
    Value::Entry(parts.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn words(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn person(id: &ExternalId) -> Value {
    Value::Reference(Reference::Remote(RecordKind::Person, id.clone()))
}

/// A confirmed reservation with something of every type of value.
fn stay(holder: &ExternalId) -> Document {
    let room = |index, number| {
        entry([
            ("index", Value::Integer(index)),
            ("number", words(number)),
            ("category", words("Doble; vistas = mar")),
            ("rate_code", words("BAR")),
            ("board", Value::Choice(Choice::Known("breakfast".into()))),
            ("adults", Value::Integer(2)),
            ("child_ages", words("7, 9")),
        ])
    };
    let extra = entry([
        ("id", words("1")),
        ("name", words("Parking \"P1\"")),
        ("quantity", Value::Integer(2)),
        ("date", day(12, 1).value().expect("a value").clone()),
        ("amount", euros(-1550)),
    ]);
    let verified = Utc.with_ymd_and_hms(2031, 11, 1, 10, 0, 0).single().expect("an instant");
    Document::new()
        .with(keys::PROPERTY, text("H1"))
        .with(keys::NUMBER, text("2031/12"))
        .with(keys::STATUS, word("confirmed"))
        .with(keys::ARRIVES_ON, day(12, 1))
        .with(keys::DEPARTS_ON, day(12, 5))
        .with(keys::HOLDER, Seen::one(person(holder)))
        .with(keys::ACCOMPANYING, set(RESERVATION, &keys::ACCOMPANYING, [person(holder)]))
        .with(keys::ROOMS, set(RESERVATION, &keys::ROOMS, [room(1, "101"), room(2, "2B")]))
        .with(keys::EXTRAS, set(RESERVATION, &keys::EXTRAS, [extra]))
        .with(keys::TOTAL, Seen::one(euros(48_050)))
        .with(keys::CHANNEL, Seen::one(Value::Choice(Choice::Other("Concierge desk".into()))))
        .with(keys::REMARKS, text("late arrival:\nkeep [101] key; 100% sure"))
        .with(keys::MAILABLE, Seen::one(Value::Bool(true)))
        .with(keys::SURVEYABLE, Seen::one(Value::Bool(false)))
        .with(keys::CONTENT_VERSION, Seen::one(Value::Integer(7)))
        .with(keys::VERIFIED_AT, Seen::one(Value::Instant(verified)))
}

async fn a_holder(connector: &dyn Connector) -> ExternalId {
    let document = Document::new().with(keys::SURNAME, text("García"));
    written(connector, create(RecordKind::Person, new_id(), document)).await.0
}

/// A reservation that is at Tryton already.
struct Stay<'a> {
    connector: &'a dyn Connector,
    record: RecordId,
    id: ExternalId,
}

impl<'a> Stay<'a> {
    async fn create(connector: &'a dyn Connector) -> Self {
        let holder = a_holder(connector).await;
        let record = new_id();
        let (id, ..) = written(connector, create(RESERVATION, record, stay(&holder))).await;
        Self { connector, record, id }
    }

    fn number(&self) -> i64 {
        self.id.as_str().parse().expect("an id is a number")
    }

    fn at_tryton(&self, client: &Client) -> Json {
        let fields =
            ["state", "start_date", "end_date", "amount", "comment", "description", "reference", "party"];
        client.get("sale.opportunity", self.number(), &fields).expect("it exists")
    }

    async fn seen(&self) -> Document {
        read_one(self.connector, RESERVATION, &self.id).await.document
    }

    /// Writes these fields; what is stored must be what was sent.
    async fn put<const N: usize>(&self, fields: [(FieldKey, Seen); N]) {
        let seen = read_one(self.connector, RESERVATION, &self.id).await;
        let document: Document = fields.into_iter().collect();
        let (.., stored) = written(self.connector, update(&seen, self.record, document.clone())).await;
        assert_eq!(stored, document);
    }
}

#[tokio::test]
async fn whole_reservation_is_read_back_as_sent() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let holder = a_holder(&*connector).await;
        let record = new_id();
        let (id, _, stored) = written(&*connector, create(RESERVATION, record, stay(&holder))).await;
        assert_eq!(stored, stay(&holder), "{release:?}");
        let stay_at = Stay { connector: &*connector, record, id: id.clone() };
        let row = stay_at.at_tryton(&tryton.client());
        assert_eq!(row["state"], "opportunity");
        assert_eq!(row["start_date"], date(2031, 12, 1));
        assert_eq!(row["end_date"], date(2031, 12, 5));
        assert_eq!(row["amount"]["decimal"], "480.50");
        assert_eq!(row["reference"], format!("cardex:{record}"));
        assert_eq!(row["party"].to_string(), holder.as_str());
        assert_eq!(row["description"], "H1 2031/12, confirmed, 2031-12-01 to 2031-12-05");
        let again = write_one(&*connector, create(RESERVATION, record, stay(&holder))).await;
        assert_eq!(again, WriteOutcome::Exists { external_id: id.clone() });
        let seen = read_one(&*connector, RESERVATION, &id).await;
        tryton.meter().reset();
        written(&*connector, update(&seen, record, stay(&holder))).await;
        assert_eq!(tryton.meter().writes(), [""; 0], "{release:?}: the echo writes nothing");
    }
}

#[tokio::test]
async fn status_goes_wherever_the_hotel_takes_it() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let stay = Stay::create(&*connector).await;
        for (status, state) in [
            ("in_house", "opportunity"),
            ("confirmed", "opportunity"),
            ("cancelled", "cancelled"),
            ("confirmed", "opportunity"),
            ("no_show", "lost"),
            ("cancelled", "cancelled"),
            ("tentative", "lead"),
            ("in_house", "opportunity"),
            ("checked_out", "opportunity"),
        ] {
            let mailable = Seen::one(Value::Bool(status == "confirmed"));
            stay.put([(keys::STATUS, word(status)), (keys::MAILABLE, mailable)]).await;
            assert_eq!(stay.at_tryton(&tryton.client())["state"], state, "{release:?}: {status}");
            let seen = stay.seen().await;
            assert_eq!(seen.get(&keys::DEPARTS_ON), Some(&day(12, 5)), "{release:?}: {status}");
            assert_eq!(seen.get(&keys::TOTAL), Some(&Seen::one(euros(48_050))));
        }
        assert_eq!(tryton.client().count("sale.sale", &json!([])), 0, "no sale is made of a stay");
    }
}

#[tokio::test]
async fn dates_and_amount_move_in_every_state() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let stay = Stay::create(&*connector).await;
        stay.put([(keys::ARRIVES_ON, day(12, 2)), (keys::DEPARTS_ON, day(12, 8))]).await;
        let row = stay.at_tryton(&tryton.client());
        assert_eq!((&row["start_date"], &row["end_date"]), (&date(2031, 12, 2), &date(2031, 12, 8)));
        assert_eq!(row["state"], "opportunity", "{release:?}");
        stay.put([(keys::STATUS, word("cancelled"))]).await;
        stay.put([
            (keys::ARRIVES_ON, day(12, 3)),
            (keys::DEPARTS_ON, day(12, 9)),
            (keys::TOTAL, Seen::one(euros(0))),
        ])
        .await;
        assert_eq!(stay.at_tryton(&tryton.client())["state"], "cancelled", "{release:?}");
        let yen = Seen::one(Value::Money(Money { amount_minor: 75_000, currency: "JPY".into() }));
        stay.put([(keys::STATUS, word("confirmed")), (keys::TOTAL, yen)]).await;
        let row = stay.at_tryton(&tryton.client());
        assert_eq!((&row["end_date"], &row["amount"]), (&date(2031, 12, 9), &Json::Null), "{release:?}");
        let dollars = Seen::one(Value::Money(Money { amount_minor: 9_950, currency: "USD".into() }));
        stay.put([(keys::TOTAL, dollars)]).await;
        let native = &stay.at_tryton(&tryton.client())["amount"]["decimal"];
        assert_eq!(native.is_null(), release == Release::V6_0, "6.0 knows the company's currency only");
    }
}

#[tokio::test]
async fn cancelling_takes_two_calls_and_a_mail_gate_one() {
    let tryton = Tryton::start(Release::V8_2);
    let connector = prepared(&tryton).await;
    let stay = Stay::create(&*connector).await;
    tryton.meter().reset();
    stay.put([(keys::CONTENT_VERSION, Seen::one(Value::Integer(8)))]).await;
    assert_eq!(tryton.meter().writes(), ["model.sale.opportunity.write"]);
    tryton.meter().reset();
    stay.put([(keys::STATUS, word("cancelled")), (keys::MAILABLE, Seen::one(Value::Bool(false)))]).await;
    assert_eq!(tryton.meter().writes(), ["model.sale.opportunity.write", "model.sale.opportunity.cancel"]);
}

#[tokio::test]
async fn users_text_around_the_block_stays_and_their_buttons_are_seen() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let stay = Stay::create(&*connector).await;
        let client = tryton.client();
        let comment = stay.at_tryton(&client)["comment"].as_str().expect("a comment").to_owned();
        let around = format!("Called on Monday.\n{comment}\nWants a quiet room.");
        client.write("sale.opportunity", stay.number(), &json!({"comment": around}));
        stay.put([(keys::CONTENT_VERSION, Seen::one(Value::Integer(9)))]).await;
        let comment = stay.at_tryton(&client)["comment"].as_str().expect("a comment").to_owned();
        assert!(comment.starts_with("Called on Monday.\n[cardex "), "{comment}");
        assert!(comment.ends_with("[/cardex]\nWants a quiet room."), "{comment}");
        assert!(comment.contains("content_version: 9"), "{comment}");
        client.press("cancel", stay.number());
        assert_eq!(stay.seen().await.get(&keys::STATUS), Some(&word("cancelled")), "{release:?}");
        client.press("lead", stay.number());
        assert_eq!(stay.seen().await.get(&keys::STATUS), Some(&word("tentative")), "{release:?}");
        stay.put([(keys::STATUS, word("confirmed"))]).await;
        client.write(
            "sale.opportunity",
            stay.number(),
            &json!({"comment": "all gone", "end_date": date(2031, 12, 6)}),
        );
        let seen = stay.seen().await;
        assert_eq!(seen.get(&keys::MAILABLE), Some(&Seen::Empty), "{release:?}: a lost block says nothing");
        assert_eq!(seen.get(&keys::DEPARTS_ON), Some(&day(12, 6)));
    }
}

#[tokio::test]
async fn reservation_without_a_holder_waits_as_a_lead() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let document = Document::new().with(keys::NUMBER, text("9")).with(keys::STATUS, word("confirmed"));
        let record = new_id();
        let (id, _, stored) = written(&*connector, create(RESERVATION, record, document.clone())).await;
        assert_eq!(stored, document, "{release:?}");
        let stay = Stay { connector: &*connector, record, id };
        assert_eq!(stay.at_tryton(&tryton.client())["state"], "lead");
        assert_eq!(stay.seen().await.get(&keys::ARRIVES_ON), Some(&Seen::Empty), "today is no arrival");
        let holder = a_holder(&*connector).await;
        stay.put([(keys::HOLDER, Seen::one(person(&holder)))]).await;
        assert_eq!(stay.at_tryton(&tryton.client())["state"], "opportunity", "{release:?}");
    }
}

#[tokio::test]
async fn stale_reservation_holds_nothing_else_back() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let (first, second) = (Stay::create(&*connector).await, Stay::create(&*connector).await);
        let mut ops = Vec::new();
        for stay in [&first, &second] {
            let seen = read_one(&*connector, RESERVATION, &stay.id).await;
            let document = Document::new().with(keys::STATUS, word("cancelled"));
            ops.push(update(&seen, stay.record, document));
        }
        tryton.client().write("sale.opportunity", first.number(), &json!({"conversion_probability": 0.9}));
        let outcomes = connector.write(&ops).await.expect("the batch is taken");
        assert_eq!(outcomes[0], WriteOutcome::Stale, "{release:?}");
        assert!(matches!(outcomes[1], WriteOutcome::Done { .. }), "{release:?}");
        assert_eq!(second.at_tryton(&tryton.client())["state"], "cancelled");
    }
}

#[tokio::test]
async fn the_hotels_own_leads_are_none_of_cardexs_business() {
    let tryton = Tryton::start(Release::V8_2);
    let connector = prepared(&tryton).await;
    let stay = Stay::create(&*connector).await;
    let lead = json!({"company": 1, "currency": 1, "start_date": date(2031, 1, 1), "description": "Wedding"});
    tryton.client().create("sale.opportunity", &lead);
    let page = connector.enumerate(RESERVATION, None).await.expect("it answers");
    assert_eq!(page.keys.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&stay.id]);
    tryton.client().write("sale.opportunity", stay.number(), &json!({"reference": "overwritten"}));
    let seen = read_one(&*connector, RESERVATION, &stay.id).await;
    assert_eq!(seen.hub_id, Some(stay.record), "the block carries the hub id too");
}
