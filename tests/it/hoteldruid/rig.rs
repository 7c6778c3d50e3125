//! A running HotelDruid with the connector beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use cardex::connectors::pms::hoteldruid::connect;
use cardex::connectors::registry::Context;
use cardex::connectors::{Connector, Cursor, Reading};
use cardex::model::capabilities::Stream;
use cardex::model::field::{Labels, Registry};
use cardex::model::fields::{self, CustomField};
use cardex::model::{Audience, Direction, Policy};
use cardex::model::{Document, ExternalId, FieldKey, Observation, RecordKind, RemoteRef, SystemId, Value};

use crate::connectors::subject;
use crate::support::hoteldruid::{Flavour, HotelDruid, ZONE};

/// The hotel and its connector.
pub(super) struct Rig {
    pub(super) hotel: HotelDruid,
    pub(super) connector: Arc<dyn Connector>,
    secrets: tempfile::TempDir,
}

impl Rig {
    pub(super) async fn start(flavour: Flavour) -> Self {
        Self::with(HotelDruid::start(flavour).await, "")
    }

    /// Connects to `hotel` with more settings, as TOML.
    pub(super) fn with(hotel: HotelDruid, more: &str) -> Self {
        let secrets = tempfile::tempdir().expect("a temporary directory can be made");
        let settings = settings(&hotel, &secrets, more);
        let connector =
            connect(&SystemId::from("pms-test"), &context(), settings).expect("the settings are right");
        Self { hotel, connector, secrets }
    }

    /// Connects anew under another account.
    pub(super) fn sign_in_as(&mut self, user: &str, password: &str) {
        self.connector = self.elsewhere(&format!("user = \"{user}\""), password);
    }

    /// Connects anew, to read the hotel's years from `first` on.
    pub(super) fn read_from(&mut self, first: i32, more: &str) {
        let settings = settings(&self.hotel, &self.secrets, &format!("first_year = {first}\n{more}"));
        self.connector =
            connect(&SystemId::from("pms-test"), &context(), settings).expect("the settings are right");
    }

    /// A connector to the same hotel with other settings of its database.
    fn elsewhere(&self, more: &str, password: &str) -> Arc<dyn Connector> {
        let mut settings = settings(&self.hotel, &self.secrets, "").into_table().expect("a table");
        let mut database = settings.remove("database").expect("it is there").into_table().expect("a table");
        database.extend(read(more).into_table().expect("a table"));
        settings.insert("database".to_owned(), database.into());
        let file = self.secrets.path().join(HotelDruid::PASSWORD_FILE);
        std::fs::write(file, password).expect("the password can be written");
        let settings = config::Value::new(None, settings);
        connect(&SystemId::from("pms-test"), &context(), settings).expect("the settings are right")
    }

    /// A connector to a place where nothing answers.
    pub(super) fn unreachable(&self) -> Arc<dyn Connector> {
        match self.hotel.flavour() {
            Flavour::Sqlite => self.elsewhere("file = \"/nowhere/db_hoteldruid\"", ""),
            Flavour::Postgres | Flavour::Mariadb => self.elsewhere("port = 1", "front-desk"),
        }
    }

    /// Every record of a kind with its digest, as a sweep sees them.
    pub(super) async fn sweep(&self, kind: RecordKind) -> BTreeMap<ExternalId, i64> {
        let mut found = BTreeMap::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = self.connector.enumerate(kind, after.as_ref()).await.expect("the sweep works");
            for (id, digest) in page.keys {
                assert!(found.insert(id.clone(), digest).is_none(), "{id} is listed twice");
            }
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    }

    /// The only record of a kind.
    pub(super) async fn only(&self, kind: RecordKind) -> (RemoteRef, Document) {
        let found = self.sweep(kind).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let id = found.into_keys().next().expect("there is one");
        let subject = RemoteRef { kind, external_id: id };
        let seen = self.seen(&subject).await;
        (subject, seen.document)
    }

    pub(super) async fn reading(&self, subject: &RemoteRef) -> Reading {
        let mut readings = self.connector.read(std::slice::from_ref(subject)).await.expect("the read works");
        assert_eq!(readings.len(), 1);
        readings.remove(0)
    }

    /// The record as it is now; its digest is the one the sweep computes.
    pub(super) async fn seen(&self, subject: &RemoteRef) -> Observation {
        let Reading::Found(seen) = self.reading(subject).await else { panic!("{subject:?} is not there") };
        let sweep = self.sweep(subject.kind).await;
        assert_eq!(sweep.get(&subject.external_id).copied(), seen.source_hash, "{subject:?}");
        *seen
    }

    pub(super) fn stream(&self, name: &str) -> Stream {
        let streams = &self.connector.capabilities().streams;
        streams.iter().find(|stream| stream.name == name).cloned().expect("the feed exists")
    }
}

/// The hotel's surroundings.
pub(super) fn context() -> Context {
    let time_zone = ZONE.parse().expect("the zone exists");
    Context { time_zone, registry: Arc::new(registry()), ..subject::context("MAD1") }
}

/// The standard fields and one of the hotel's own.
fn registry() -> Registry {
    let mut registry = fields::standard();
    let club = CustomField {
        key: "x_club".into(),
        of: "text".into(),
        words: Vec::new(),
        many: false,
        policy: Policy::Latest,
        owner: None,
        direction: Direction::PmsToCrm,
        audience: Audience::All,
        labels: Labels { en: "Club".into(), es: "Club".into(), fr: "Club".into() },
    };
    registry.declare_custom(RecordKind::Person, club).expect("the field can be declared");
    registry
}

/// The connector's section of the configuration for `hotel`.
pub(super) fn settings(hotel: &HotelDruid, secrets: &tempfile::TempDir, more: &str) -> config::Value {
    let (prefix, connection) = (hotel.prefix(), hotel.connection(secrets.path()));
    read(&format!("table_prefix = \"{prefix}\"\n{more}\n[database]\n{connection}"))
}

/// TOML as the configuration library holds it.
pub(super) fn read(toml: &str) -> config::Value {
    let source = config::File::from_str(toml, config::FileFormat::Toml);
    let read = config::Config::builder().add_source(source).build().expect("the TOML is right");
    read.try_deserialize().expect("it is a table")
}

/// The text or word of a field.
pub(super) fn text(document: &Document, field: &FieldKey) -> String {
    document.value(field).and_then(Value::as_text).unwrap_or_default().to_owned()
}
