//! The open connector's subject: a small CRM in memory that speaks the open contract over HTTP.

use async_trait::async_trait;
use cardex::clock::Clock;
use cardex::connectors::Connector;
use cardex::connectors::registry;
use cardex::demo::ledger::{Author, Deed};
use cardex::demo::manners::Quirks;
use cardex::demo::server::Served;
use cardex::demo::system::System;
use cardex::model::normalise::element_of;
use cardex::model::value::{Address, Choice, Country, Email, Language, Money, Phone, Value as Held};
use cardex::model::{
    Document, ExternalId, FieldKey, RecordKind, Reference, RemoteRef, Seen, SystemId, fields, keys,
};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

use super::Subject;
use super::subject::{RELAY, context};

/// What no record of the system may hold.
const REFUSED: &str = "not at this house";

/// A served small system and its connector.
pub(crate) struct OpenSubject {
    served: Served,
    connector: Arc<dyn Connector>,
    folder: TempDir,
}

/// A system of good manners.
pub(crate) async fn start() -> OpenSubject {
    start_with(Quirks::default()).await
}

/// A system whose stamps have whole seconds, and whose feed repeats its last second.
pub(crate) async fn start_with_coarse_stamps() -> OpenSubject {
    start_with(Quirks { one_second_stamps: true, silent_answers: true, ..Quirks::default() }).await
}

async fn start_with(quirks: Quirks) -> OpenSubject {
    let system = Arc::new(System::new("crm", Clock::system()));
    system.set_quirks(|habits| *habits = Quirks { refused_text: Some(REFUSED.to_owned()), ..quirks });
    let mut capabilities = cardex::demo::declare::crm();
    capabilities["kinds"]["person"]["fields"]["identity_documents"] = json!({});
    capabilities["kinds"]["agency"]["withdraw"] = json!(false);
    let token = "token-of-the-test".to_owned();
    let served = Served::start(system, capabilities, token, "hook".to_owned()).await.expect("a port");
    let folder = tempfile::tempdir().expect("a folder");
    let connector = connect(&served.settings(folder.path()).expect("settings"));
    OpenSubject { served, connector, folder }
}

/// The connector of a system with these settings: a TOML inline table.
pub(crate) fn connect(settings: &str) -> Arc<dyn Connector> {
    let source = config::File::from_str(&format!("settings = {settings}"), config::FileFormat::Toml);
    let file = config::Config::builder().add_source(source).build().expect("TOML");
    let settings = file.get("settings").expect("settings");
    registry::connect("open", &SystemId::new("crm"), &context("ALBA"), settings).expect("a connector")
}

/// A date of the tests' year.
fn day(n: u32) -> NaiveDate {
    NaiveDate::from_yo_opt(2027, 1 + n).expect("a day of the year")
}

/// What [`OpenSubject::changed`] says, in the contract's JSON.
fn changed_json(kind: RecordKind, n: u32) -> Map<String, Value> {
    let changed = match kind {
        RecordKind::Person => json!({
            "given_names": format!("Anaïs {n}"),
            "phones": [{"typed": format!("+346001122{n:02}"), "e164": format!("+346001122{n:02}"), "label": "mobile"}],
        }),
        RecordKind::Company | RecordKind::Agency => json!({"legal_name": format!("Alborán {n} S.L.")}),
        RecordKind::Reservation => json!({"status": "cancelled", "cancel_reason": format!("reason {n}")}),
        RecordKind::Membership | RecordKind::Certificate => unreachable!("the contract has no {kind}"),
    };
    object(changed)
}

fn object(json: Value) -> Map<String, Value> {
    let Value::Object(object) = json else { panic!("no object") };
    object
}

/// A set of elements under the keys that the model gives them.
fn set(kind: RecordKind, key: &FieldKey, values: impl IntoIterator<Item = Held>) -> Seen {
    let registry = fields::standard();
    let field = registry.field(kind, key).expect("a field").clone();
    Seen::set(values.into_iter().map(|value| (element_of(&field, &value), value)))
}

fn text(text: impl Into<String>) -> Seen {
    Seen::one(Held::Text(text.into()))
}

fn word(word: &str) -> Seen {
    Seen::one(Held::Choice(Choice::Known(word.into())))
}

fn phone(n: u32) -> Held {
    let number = format!("+346001122{n:02}");
    let (label, e164) = (Some("mobile".into()), Some(number.as_str().into()));
    Held::Phone(Phone { e164, typed: number, label, primary: false, verified: false })
}

fn person(n: u32) -> Document {
    let kind = RecordKind::Person;
    let email = Email {
        address: format!("Ana.{n}@example.com"),
        label: None,
        primary: true,
        verified: n.is_multiple_of(2),
        relay: false,
    };
    let address = Address {
        street: format!("Calle Mayor {n}\n2.º dcha."),
        city: "Ávila".to_owned(),
        postal_code: "05001".to_owned(),
        country: Some(Country("ES".into())),
        primary: true,
        ..Address::default()
    };
    Document::new()
        .with(keys::SURNAME, text(format!("Núñez {n}")))
        .with(keys::GIVEN_NAMES, text("Ana Belén"))
        .with(keys::BIRTH_DATE, Seen::one(Held::Date(day(n))))
        .with(keys::LANGUAGE, Seen::one(Held::Language(Language("es".into()))))
        .with(keys::NATIONALITIES, set(kind, &keys::NATIONALITIES, [Held::Country(Country("ES".into()))]))
        .with(keys::EMAILS, set(kind, &keys::EMAILS, [Held::Email(email)]))
        .with(keys::PHONES, set(kind, &keys::PHONES, [phone(n), phone(n + 40)]))
        .with(keys::ADDRESSES, set(kind, &keys::ADDRESSES, [Held::Address(Box::new(address))]))
        .with(keys::TITLE, Seen::Empty)
        .with(keys::TAGS, Seen::set([]))
        .with(keys::DO_NOT_CONTACT, Seen::one(Held::Bool(true)))
}

fn reservation(n: u32, holder: &ExternalId) -> Document {
    let kind = RecordKind::Reservation;
    let holder = Held::Reference(Reference::Remote(RecordKind::Person, holder.clone()));
    let room = [
        ("index".into(), Held::Integer(1)),
        ("category".into(), Held::Text("DBL".to_owned())),
        ("board".into(), Held::Choice(Choice::Known("half_board".into()))),
    ];
    let total = Money { amount_minor: 12_345 + i64::from(n), currency: "EUR".into() };
    Document::new()
        .with(keys::PROPERTY, text("ALBA"))
        .with(keys::NUMBER, text(format!("2027-{n}")))
        .with(keys::STATUS, word("confirmed"))
        .with(keys::ARRIVES_ON, Seen::one(Held::Date(day(n))))
        .with(keys::DEPARTS_ON, Seen::one(Held::Date(day(n + 2))))
        .with(keys::HOLDER, Seen::one(holder.clone()))
        .with(keys::ACCOMPANYING, set(kind, &keys::ACCOMPANYING, [holder]))
        .with(keys::ROOMS, set(kind, &keys::ROOMS, [Held::entry(room)]))
        .with(keys::TOTAL, Seen::one(Held::Money(total)))
        .with(keys::MAILABLE, Seen::one(Held::Bool(false)))
        .with(keys::CONTENT_VERSION, Seen::one(Held::Integer(4)))
}

impl OpenSubject {
    /// The system, as served.
    pub(crate) fn served(&self) -> &Served {
        &self.served
    }

    fn settings(&self, folder: &Path) -> String {
        self.served.settings(folder).expect("settings")
    }
}

#[async_trait]
impl Subject for OpenSubject {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.connector)
    }

    async fn make(&self, kind: RecordKind, n: u32) -> ExternalId {
        let fields = match kind {
            RecordKind::Person => {
                json!({"surname": format!("García {n}"), "emails": [{"address": "a@b.example"}]})
            }
            RecordKind::Company | RecordKind::Agency => json!({"name": format!("Casa {n}")}),
            RecordKind::Reservation => json!({
                "property": "ALBA",
                "number": format!("2026-{n}"),
                "status": "confirmed",
                "arrives_on": day(n),
                "departs_on": day(n + 1),
            }),
            RecordKind::Membership | RecordKind::Certificate => unreachable!("the contract has no {kind}"),
        };
        ExternalId::new(self.served.system.create(kind.name(), "ana", object(fields)))
    }

    async fn edit(&self, kind: RecordKind, id: &ExternalId, n: u32) {
        assert!(self.served.system.edit(kind.name(), id.as_str(), "ana", changed_json(kind, n)));
    }

    async fn delete(&self, kind: RecordKind, id: &ExternalId) -> bool {
        self.served.system.delete(kind.name(), id.as_str(), "ana")
    }

    fn unknown_id(&self, kind: RecordKind) -> ExternalId {
        ExternalId::new(format!("{}999999", kind.name()))
    }

    async fn sample(&self, kind: RecordKind, n: u32) -> Document {
        match kind {
            RecordKind::Person => person(n),
            RecordKind::Company | RecordKind::Agency => Document::new()
                .with(keys::NAME, text(format!("Bodegas & Hijos {n}")))
                .with(keys::TAX_ID, text("B12345678"))
                .with(keys::PHONES, set(kind, &keys::PHONES, [phone(n)])),
            RecordKind::Reservation => reservation(n, &self.make(RecordKind::Person, n).await),
            RecordKind::Membership | RecordKind::Certificate => unreachable!("the contract has no {kind}"),
        }
    }

    fn changed(&self, kind: RecordKind, n: u32) -> Option<Document> {
        Some(match kind {
            RecordKind::Person => Document::new()
                .with(keys::GIVEN_NAMES, text(format!("Anaïs {n}")))
                .with(keys::PHONES, set(kind, &keys::PHONES, [phone(n)])),
            RecordKind::Company | RecordKind::Agency => {
                Document::new().with(keys::LEGAL_NAME, text(format!("Alborán {n} S.L.")))
            }
            RecordKind::Reservation => Document::new()
                .with(keys::STATUS, word("cancelled"))
                .with(keys::CANCEL_REASON, text(format!("reason {n}"))),
            RecordKind::Membership | RecordKind::Certificate => return None,
        })
    }

    async fn refused(&self, kind: RecordKind) -> Option<Document> {
        let field = match kind {
            RecordKind::Person => keys::GIVEN_NAMES,
            RecordKind::Company | RecordKind::Agency => keys::WEB,
            RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => keys::REMARKS,
        };
        Some(self.sample(kind, 30).await.with(field, text(REFUSED)))
    }

    async fn unknown_word(&self) -> Option<(RemoteRef, FieldKey, String)> {
        let id = self.make(RecordKind::Reservation, 1).await;
        let word = "half checked-in".to_owned();
        let fields = object(json!({"status": word}));
        assert!(self.served.system.edit("reservation", id.as_str(), "ana", fields));
        Some((RemoteRef::new(RecordKind::Reservation, id), keys::STATUS, word))
    }

    async fn make_relayed(&self) -> ExternalId {
        let fields = json!({"surname": "García", "emails": [{"address": format!("x1@{RELAY}")}]});
        ExternalId::new(self.served.system.create(RecordKind::Person.name(), "ana", object(fields)))
    }

    async fn writes_to(&self, kind: RecordKind, id: &ExternalId) -> usize {
        let ledger = self.served.system.ledger();
        let of_record = ledger.0.iter().filter(|entry| entry.kind == kind.name() && entry.id == id.as_str());
        let real =
            of_record.filter(|entry| entry.author == Author::Contract && entry.deed != Deed::Untouched);
        real.count()
    }

    async fn with_wrong_password(&self) -> Arc<dyn Connector> {
        let settings = self.settings(self.folder.path());
        let token = self.folder.path().join("crm-token");
        std::fs::write(token, "not the token").expect("a file");
        connect(&settings)
    }

    async fn unreachable(&self) -> Arc<dyn Connector> {
        // Port 1 of loopback: nobody listens there.
        let settings = self.settings(self.folder.path()).replace(&self.served.url, "http://127.0.0.1:1");
        connect(&settings)
    }
}
