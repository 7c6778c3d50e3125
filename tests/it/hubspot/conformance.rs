//! HubSpot as a subject of the suite that every connector is held to.

use async_trait::async_trait;
use cardex::connectors::Connector;
use cardex::model::value::Money;
use cardex::model::{Document, ExternalId, FieldKey, RecordKind, RemoteRef, Seen, Value, keys};
use serde_json::json;
use std::sync::Arc;

use super::fake::sort::Sort;
use super::fake::table::By;
use super::fake::{Fake, Oddity, TOKEN};
use super::{APPOINTMENTS, CUSTOM, DEALS, connector_with, id_of};
use crate::connectors::Subject;
use crate::connectors::subject::RELAY;
use crate::connectors::values::{date, email, phone, reference, set, text, word};

/// What no record of this account may hold.
const REFUSED: &str = "not at this house";

/// An account with what the connector needs in it.
pub(crate) struct HubSpotSubject {
    fake: Fake,
    connector: Arc<dyn Connector>,
    stay: Sort,
}

/// Stays are deals.
pub(crate) async fn start() -> HubSpotSubject {
    start_with(Sort::Deal, DEALS).await
}

/// Stays are appointments; and a merge leaves the id of the one that is kept.
pub(crate) async fn start_with_appointments() -> HubSpotSubject {
    let subject = start_with(Sort::Appointment, APPOINTMENTS).await;
    subject.fake.inside().oddities.insert(Oddity::MergeKeepsTheId);
    subject
}

/// Stays are an object of the hotel's own.
pub(crate) async fn start_with_custom_object() -> HubSpotSubject {
    start_with(Sort::Stay, CUSTOM).await
}

async fn start_with(stay: Sort, settings: &str) -> HubSpotSubject {
    let fake = Fake::start().await;
    {
        let mut inside = fake.inside();
        // The suite asks more often in a second than a hub does.
        inside.budget.most_searches = 1000;
        inside.budget.most = 10_000;
        inside.forbidden = Some(REFUSED);
    }
    let connector = connector_with(&fake.url, TOKEN, settings);
    connector.prepare(false).await.expect("the account can be prepared");
    HubSpotSubject { fake, connector, stay }
}

fn euros(amount_minor: i64) -> Seen {
    Seen::one(Value::Money(Money { amount_minor, currency: "EUR".into() }))
}

fn number_of(n: u32) -> String {
    format!("+346009988{n:02}")
}

impl HubSpotSubject {
    fn sort(&self, kind: RecordKind) -> Sort {
        match kind {
            RecordKind::Person => Sort::Contact,
            RecordKind::Company => Sort::Company,
            RecordKind::Reservation => self.stay,
            RecordKind::Agency | RecordKind::Membership | RecordKind::Certificate => {
                unreachable!("HubSpot has no {kind}")
            }
        }
    }

    fn contact(&self, n: u32) -> u64 {
        self.fake.inside().enter(
            Sort::Contact,
            &json!({
                "firstname": format!("Ana {n}"), "lastname": "Núñez", "phone": format!("+346001122{n:02}"),
                "jobtitle": "Engineer", "city": "Ávila",
            }),
        )
    }

    /// What cardex leaves there, made by hand.
    fn make_stay(&self, n: u32) -> u64 {
        let holder = self.contact(n);
        let mut inside = self.fake.inside();
        let stay = inside.enter(
            self.stay,
            &json!({
                "pms_reservation_key": uuid::Uuid::now_v7().to_string(), "pms_number": n.to_string(),
                "pms_status": "confirmed", "pms_arrives_on": "2031-05-01", "pms_departs_on": "2031-05-03",
                "pms_holder": holder.to_string(), "pms_total": "480.50 EUR",
            }),
        );
        inside.link((self.stay, stay), (Sort::Contact, holder), true, By::OurApp);
        stay
    }
}

#[async_trait]
impl Subject for HubSpotSubject {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.connector)
    }

    async fn make(&self, kind: RecordKind, n: u32) -> ExternalId {
        let id = if kind == RecordKind::Person {
            self.contact(n)
        } else if kind == RecordKind::Reservation {
            self.make_stay(n)
        } else {
            let company = json!({"name": format!("Bodegas {n}"), "phone": "+34911222333", "city": "Haro"});
            self.fake.inside().enter(self.sort(kind), &company)
        };
        ExternalId::new(id.to_string())
    }

    async fn edit(&self, kind: RecordKind, id: &ExternalId, n: u32) {
        let changed = if kind == RecordKind::Person {
            json!({"firstname": format!("Anaïs {n}"), "phone": number_of(n)})
        } else if kind == RecordKind::Company {
            json!({"name": format!("Alborán {n}")})
        } else {
            json!({"pms_total": format!("{}.00 EUR", 500 + n)})
        };
        self.fake.inside().edit(self.sort(kind), id_of(id), &changed);
    }

    async fn delete(&self, kind: RecordKind, id: &ExternalId) -> bool {
        self.fake.inside().archive(self.sort(kind), id_of(id), By::User);
        true
    }

    fn unknown_id(&self, _: RecordKind) -> ExternalId {
        ExternalId::new("999999")
    }

    async fn sample(&self, kind: RecordKind, n: u32) -> Document {
        match kind {
            RecordKind::Person => Document::new()
                .with(keys::SURNAME, text("Núñez"))
                .with(keys::GIVEN_NAMES, text(&format!("Ana {n}")))
                .with(keys::BIRTH_DATE, date(1980, 2, 29))
                .with(keys::POSITION, text("Engineer"))
                .with(keys::EMAILS, set(kind, &keys::EMAILS, [email(&format!("ana.{n}@example.com"))]))
                .with(keys::PHONES, set(kind, &keys::PHONES, [phone(&number_of(n))])),
            RecordKind::Company => Document::new()
                .with(keys::NAME, text(&format!("Bodegas & Hijos {n}")))
                .with(keys::PHONES, set(kind, &keys::PHONES, [phone(&number_of(n))])),
            RecordKind::Reservation => Document::new()
                .with(keys::PROPERTY, text("ALBA"))
                .with(keys::NUMBER, text(&format!("2031-{n}")))
                .with(keys::STATUS, word("confirmed"))
                .with(keys::ARRIVES_ON, date(2031, 5, 1))
                .with(keys::DEPARTS_ON, date(2031, 5, 3))
                .with(keys::HOLDER, reference(RecordKind::Person, &self.contact(n).to_string()))
                .with(keys::TOTAL, euros(12_345 + i64::from(n)))
                .with(keys::MAILABLE, Seen::one(Value::Bool(false)))
                .with(keys::CONTENT_VERSION, Seen::one(Value::Integer(4))),
            RecordKind::Agency | RecordKind::Membership | RecordKind::Certificate => {
                unreachable!("HubSpot has no {kind}")
            }
        }
    }

    fn changed(&self, kind: RecordKind, n: u32) -> Option<Document> {
        match kind {
            RecordKind::Person => Some(
                Document::new()
                    .with(keys::GIVEN_NAMES, text(&format!("Anaïs {n}")))
                    .with(keys::PHONES, set(kind, &keys::PHONES, [phone(&number_of(n))])),
            ),
            RecordKind::Company => Some(Document::new().with(keys::NAME, text(&format!("Alborán {n}")))),
            RecordKind::Reservation => {
                Some(Document::new().with(keys::TOTAL, euros(50_000 + 100 * i64::from(n))))
            }
            RecordKind::Agency | RecordKind::Membership | RecordKind::Certificate => None,
        }
    }

    async fn refused(&self, kind: RecordKind) -> Option<Document> {
        let field = match kind {
            RecordKind::Person => keys::SURNAME,
            RecordKind::Company => keys::NAME,
            RecordKind::Reservation
            | RecordKind::Agency
            | RecordKind::Membership
            | RecordKind::Certificate => keys::NUMBER,
        };
        Some(self.sample(kind, 30).await.with(field, text(REFUSED)))
    }

    async fn unknown_word(&self) -> Option<(RemoteRef, FieldKey, String)> {
        let id = self.make_stay(1);
        self.fake.inside().edit(self.stay, id, &json!({"pms_channel": "Concierge desk"}));
        let record = RemoteRef::new(RecordKind::Reservation, id.to_string().as_str());
        Some((record, keys::CHANNEL, "Concierge desk".to_owned()))
    }

    async fn make_relayed(&self) -> ExternalId {
        let id = self.contact(1);
        self.fake.inside().edit(Sort::Contact, id, &json!({"email": format!("x1@{RELAY}")}));
        ExternalId::new(id.to_string())
    }

    async fn writes_to(&self, kind: RecordKind, id: &ExternalId) -> usize {
        self.fake.inside().resolved(self.sort(kind), id_of(id)).map_or(0, |row| row.writes)
    }

    async fn with_wrong_password(&self) -> Arc<dyn Connector> {
        connector_with(&self.fake.url, "wrong", "")
    }

    async fn unreachable(&self) -> Arc<dyn Connector> {
        connector_with("http://127.0.0.1:9", TOKEN, "")
    }
}
