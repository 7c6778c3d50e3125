//! The conformance suite's subject: a PMS that exports everything it has whenever somebody changes something.

use async_trait::async_trait;
use cardex::connectors::{Connector, registry};
use cardex::model::{Document, ExternalId, FieldKey, RecordKind, RemoteRef, SystemId};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::connectors::Subject;
use crate::connectors::subject::{RELAY, context};

const MAPPING: &str = r#"
stable_s = 0
full = ["guests*", "stays*"]
absences = 1
[[files]]
files = "guests*"
kind = "person"
id = "id"
fields.surname = "name"
fields.given_names = "given"
fields.emails = "email"
fields.sex = { column = "sex", values = { F = "female", M = "male" }, unknown = "keep" }
[[files]]
files = "stays*"
kind = "reservation"
id = "id"
fields.status = { constant = "confirmed" }
fields.arrives_on = "from"
fields.departs_on = "to"
fields.remarks = "given"
"#;

/// The rows of the PMS and the folder that it exports into.
pub(crate) struct Pms {
    connector: Arc<dyn Connector>,
    folder: tempfile::TempDir,
    rows: Mutex<BTreeMap<(RecordKind, String), Row>>,
    exports: Mutex<u32>,
}

#[derive(Clone)]
struct Row {
    given: String,
    email: String,
    sex: &'static str,
}

/// A PMS without records.
pub(crate) async fn start() -> Pms {
    let folder = tempfile::tempdir().expect("a folder");
    let pms =
        Pms { connector: connect(folder.path()), folder, rows: Mutex::default(), exports: Mutex::default() };
    for kind in [RecordKind::Person, RecordKind::Reservation] {
        pms.keep(kind, "first", Row::of(0)).await;
    }
    pms
}

fn connect(folder: &Path) -> Arc<dyn Connector> {
    let text = format!("folder = \"{}\"\n{MAPPING}", folder.display());
    let file = config::File::from_str(&text, config::FileFormat::Toml);
    let settings = config::Config::builder().add_source(file).build().expect("TOML");
    let settings = settings.try_deserialize().expect("settings");
    registry::connect("files", &SystemId::new("pms"), &context("ALBA"), settings).expect("a connector")
}

impl Row {
    fn of(n: u32) -> Self {
        Self { given: format!("Ana {n}"), email: format!("ana{n}@mail.example"), sex: "F" }
    }
}

impl Pms {
    /// Changes a row and exports everything of its kind.
    async fn keep(&self, kind: RecordKind, id: &str, row: Row) {
        self.rows.lock().expect("rows").insert((kind, id.to_owned()), row);
        self.export(kind).await;
    }

    async fn export(&self, kind: RecordKind) {
        let is_person = kind == RecordKind::Person;
        let (name, header) =
            if is_person { ("guests", "id,name,given,email,sex") } else { ("stays", "id,from,to,given") };
        let mut text = format!("{header}\n");
        for ((_, id), row) in self.rows.lock().expect("rows").iter().filter(|((of, _), _)| *of == kind) {
            let Row { given, email, sex } = row;
            let _ = if is_person {
                writeln!(text, "{id},García,{given},{email},{sex}")
            } else {
                writeln!(text, "{id},2099-01-02,2099-01-05,{given}")
            };
        }
        let number = {
            let mut exports = self.exports.lock().expect("a number");
            *exports += 1;
            *exports
        };
        let path = self.folder.path().join(format!("{name}-{number}.csv"));
        std::fs::write(&path, text).expect("a file");
        self.connector.enumerate(kind, None).await.expect("it is taken in");
        assert!(!path.exists(), "`{name}-{number}.csv` was not taken in");
    }
}

#[async_trait]
impl Subject for Pms {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.connector)
    }

    async fn make(&self, kind: RecordKind, n: u32) -> ExternalId {
        let id = format!("{kind}-{n}-{}", self.rows.lock().expect("rows").len());
        self.keep(kind, &id, Row::of(n)).await;
        ExternalId::new(id)
    }

    async fn edit(&self, kind: RecordKind, id: &ExternalId, n: u32) {
        self.keep(kind, id.as_str(), Row::of(n)).await;
    }

    async fn delete(&self, kind: RecordKind, id: &ExternalId) -> bool {
        self.rows.lock().expect("rows").remove(&(kind, id.to_string()));
        self.export(kind).await;
        true
    }

    fn unknown_id(&self, _: RecordKind) -> ExternalId {
        ExternalId::new("nobody")
    }

    async fn sample(&self, _: RecordKind, _: u32) -> Document {
        Document::new()
    }

    fn changed(&self, _: RecordKind, _: u32) -> Option<Document> {
        None
    }

    async fn refused(&self, _: RecordKind) -> Option<Document> {
        None
    }

    async fn unknown_word(&self) -> Option<(RemoteRef, FieldKey, String)> {
        self.keep(RecordKind::Person, "robot", Row { sex: "ROBOT", ..Row::of(1) }).await;
        let subject = RemoteRef::new(RecordKind::Person, "robot");
        Some((subject, FieldKey::new("sex"), "ROBOT".to_owned()))
    }

    async fn make_relayed(&self) -> ExternalId {
        let row = Row { email: format!("x7@{RELAY}"), ..Row::of(2) };
        self.keep(RecordKind::Person, "relayed", row).await;
        ExternalId::new("relayed")
    }

    async fn writes_to(&self, _: RecordKind, _: &ExternalId) -> usize {
        0
    }

    async fn with_wrong_password(&self) -> Arc<dyn Connector> {
        // Nobody, not even root, makes a folder there.
        connect(Path::new("/sys/kernel"))
    }

    async fn unreachable(&self) -> Arc<dyn Connector> {
        connect(&self.folder.path().join("not mounted"))
    }
}
