//! Mews as a subject of the suite that every connector is held to.

use async_trait::async_trait;
use cardex::connectors::Connector;
use cardex::model::normalise::{element_of, phone};
use cardex::model::value::Country;
use cardex::model::{Document, ExternalId, FieldKey, RecordKind, RemoteRef, Seen, Value, fields, keys};
use serde_json::json;
use std::sync::Arc;

use super::addresses::address_of;
use super::consents::{PHOTO, POST, consents};
use super::creating::{firm, guest};
use super::fake::Fake;
use super::{connector, connector_with};
use crate::connectors::Subject;
use crate::connectors::subject::RELAY;

/// A hotel at Mews.
pub(crate) struct MewsSubject {
    fake: Fake,
    connector: Arc<dyn Connector>,
}

/// A hotel without guests.
pub(crate) async fn start() -> MewsSubject {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    MewsSubject { fake, connector }
}

fn table(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Person => "Customers",
        RecordKind::Company => "Companies",
        RecordKind::Reservation => "Reservations",
        RecordKind::Agency | RecordKind::Membership | RecordKind::Certificate => {
            unreachable!("Mews has no {kind}")
        }
    }
}

fn number_of(n: u32) -> String {
    format!("+346009988{n:02}")
}

#[async_trait]
impl Subject for MewsSubject {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.connector)
    }

    async fn make(&self, kind: RecordKind, n: u32) -> ExternalId {
        let mut inside = self.fake.inside();
        ExternalId::new(match kind {
            RecordKind::Company => inside.company(n),
            RecordKind::Reservation => {
                let holder = inside.customer(n);
                inside.reservation(n, &holder)
            }
            RecordKind::Person => inside.customer(n),
            RecordKind::Agency | RecordKind::Membership | RecordKind::Certificate => {
                unreachable!("Mews has no {kind}")
            }
        })
    }

    async fn edit(&self, kind: RecordKind, id: &ExternalId, n: u32) {
        let changed = if kind == RecordKind::Person {
            json!({"FirstName": format!("Anaïs {n}"), "Phone": number_of(n),
                "Options": ["SendMarketingPostalMail", "GuestPhotoConsent", "Invoiceable"]})
        } else if kind == RecordKind::Company {
            json!({"Name": format!("Alborán {n}")})
        } else {
            json!({"State": "Canceled", "CancellationReason": "Other"})
        };
        let mut inside = self.fake.inside();
        inside.edit(table(kind), id.as_str(), changed);
        if kind != RecordKind::Reservation {
            let account_type = if kind == RecordKind::Person { "Customer" } else { "Company" };
            inside.move_to(
                id.as_str(),
                account_type,
                json!({"Line1": format!("Mayor {n}"), "Line2": "2.º", "City": "Ávila", "CountryCode": "ES"}),
            );
        }
    }

    async fn delete(&self, kind: RecordKind, id: &ExternalId) -> bool {
        if kind == RecordKind::Reservation {
            return false;
        }
        self.fake.inside().delete(table(kind), id.as_str());
        true
    }

    fn unknown_id(&self, _: RecordKind) -> ExternalId {
        ExternalId::new("ffffffff-0000-4000-8000-000000000000")
    }

    async fn sample(&self, kind: RecordKind, n: u32) -> Document {
        match kind {
            RecordKind::Person => guest(n),
            RecordKind::Company => firm(n),
            RecordKind::Reservation
            | RecordKind::Agency
            | RecordKind::Membership
            | RecordKind::Certificate => unreachable!("nobody creates a {kind} in Mews"),
        }
    }

    fn changed(&self, kind: RecordKind, n: u32) -> Option<Document> {
        let registry = fields::standard();
        let text = |text: String| Seen::one(Value::Text(text));
        match kind {
            RecordKind::Person => {
                let field = registry.field(kind, &keys::PHONES).expect("the field exists");
                let phone = phone::read(&number_of(n), Some(&Country("ES".into()))).expect("a number");
                let phone = Value::Phone(phone);
                Some(
                    Document::new()
                        .with(keys::GIVEN_NAMES, text(format!("Anaïs {n}")))
                        .with(keys::PHONES, Seen::set([(element_of(field, &phone), phone)]))
                        .with(keys::ADDRESSES, address_of(kind, n))
                        .with(keys::CONSENTS, consents(&[POST, PHOTO])),
                )
            }
            RecordKind::Company => Some(
                Document::new()
                    .with(keys::NAME, text(format!("Alborán {n}")))
                    .with(keys::ADDRESSES, address_of(kind, n)),
            ),
            RecordKind::Reservation
            | RecordKind::Agency
            | RecordKind::Membership
            | RecordKind::Certificate => None,
        }
    }

    async fn refused(&self, kind: RecordKind) -> Option<Document> {
        // Somebody else has the address; a company without a name is none.
        self.make(RecordKind::Person, 99).await;
        Some(match kind {
            RecordKind::Person => guest(99),
            RecordKind::Company => firm(99).with(keys::NAME, Seen::Empty),
            RecordKind::Reservation
            | RecordKind::Agency
            | RecordKind::Membership
            | RecordKind::Certificate => return None,
        })
    }

    async fn unknown_word(&self) -> Option<(RemoteRef, FieldKey, String)> {
        let id = self.make(RecordKind::Reservation, 1).await;
        self.fake.inside().edit("Reservations", id.as_str(), json!({"State": "Dreamt"}));
        Some((RemoteRef::new(RecordKind::Reservation, id), keys::STATUS, "Dreamt".to_owned()))
    }

    async fn make_relayed(&self) -> ExternalId {
        let mut inside = self.fake.inside();
        let id = inside.customer(1);
        inside.edit("Customers", &id, json!({"Email": format!("x1@{RELAY}")}));
        ExternalId::new(id)
    }

    async fn writes_to(&self, _: RecordKind, id: &ExternalId) -> usize {
        self.fake.inside().writes.get(id.as_str()).copied().unwrap_or_default()
    }

    async fn with_wrong_password(&self) -> Arc<dyn Connector> {
        connector_with(&self.fake.url, "wrong", "")
    }

    async fn unreachable(&self) -> Arc<dyn Connector> {
        connector_with("http://127.0.0.1:9", super::fake::ACCESS_TOKEN, "")
    }
}
