//! A hub that knows one system: a folder of export files.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardex::capture::{CaptureError, poll};
use cardex::clock::Clock;
use cardex::config::{Config, Sources};
use cardex::daemon::build;
use cardex::hub::{Hub, System};
use cardex::model::{CellSet, FieldKey, LinkLife, RecordKind, RemoteRef, SystemId};

/// Guests and reservations, one small mapping each, whatever the format.
pub(super) const MAPPING: &str = r#"
[[systems.pms.settings.files]]
files = "guests*"
row = "r"
kind = "person"
id = "id"
modified_at = "at"
fields.surname = "name"
fields.given_names = "given"

[[systems.pms.settings.files]]
files = "stays*"
row = "r"
kind = "reservation"
id = "id"
required = ["holder"]
fields.status = { column = "st", values = { OK = "confirmed", X = "cancelled" }, unknown = "reject" }
fields.arrives_on = "from"
fields.departs_on = "to"
fields.holder = "guest"
"#;

/// A hub with its folder.
pub(super) struct Rig {
    pub(super) hub: Hub,
    folder: tempfile::TempDir,
}

impl Rig {
    /// A watched folder with more settings, as TOML.
    pub(super) async fn watching(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("in")).expect("a folder");
        let inbox = folder.path().join("in");
        let settings = format!("folder = \"{}\"\nlook_ms = 50\n{settings}", inbox.display());
        Self::of(folder, &settings).await
    }

    /// Files that are imported by command.
    pub(super) async fn importing(settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("in")).expect("a folder");
        Self::of(folder, settings).await
    }

    async fn of(folder: tempfile::TempDir, settings: &str) -> Self {
        let file = folder.path().join("cardex.toml");
        let text = format!(
            "store.url = \"sqlite://{}\"\nretry.base_ms = 10\nretry.longest_s = 1\n\
             [properties.alba]\nname = \"Hotel Alba\"\ntime_zone = \"Europe/Madrid\"\ncurrency = \"EUR\"\n\
             country = \"ES\"\n[systems.pms]\nconnector = \"files\"\nproperty = \"alba\"\nside = \"pms\"\n\
             [systems.pms.settings]\n{settings}\n",
            folder.path().join("hub.db").display()
        );
        std::fs::write(&file, text).expect("the configuration");
        let sources = Sources { file: Some(file), env: BTreeMap::new() };
        let config = Config::load(&sources).unwrap_or_else(|error| panic!("{error}"));
        let hub = build::assemble(&config, Clock::system()).await.unwrap_or_else(|error| panic!("{error:#}"));
        Self { hub, folder }
    }

    pub(super) fn system(&self) -> Arc<System> {
        Arc::clone(&self.hub.systems[&SystemId::new("pms")])
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn inbox(&self) -> PathBuf {
        self.folder.path().join("in")
    }

    /// The system exports a file.
    pub(super) fn export(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.inbox().join(name), bytes).expect("a file");
    }

    /// One cycle of the daemon.
    pub(super) async fn cycle(&self) -> Result<(), CaptureError> {
        poll::cycle(&self.hub, &self.system()).await.map(|_| ())
    }

    /// Every record is compared, and what that asks for is read, whatever it has to wait for.
    pub(super) async fn sweep(&self) {
        poll::sweep(&self.hub, &self.system()).await.expect("a sweep");
        let systems = [self.system()];
        for (id, cycle) in cardex::daemon::once::cycle(&self.hub, &systems).await {
            assert!(cycle.failure.is_none(), "{id}: {:?}", cycle.failure);
        }
    }

    /// The names of the files that are in a folder below.
    pub(super) fn names(&self, below: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.inbox().join(below)) else { return Vec::new() };
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// The reports that lie in a folder below.
    pub(super) fn reports(&self, below: &str) -> Vec<Value> {
        let names = self.names(below).into_iter().filter(|name| name.ends_with(".report.json"));
        let read = |name: String| std::fs::read(self.inbox().join(below).join(name)).expect("a report");
        names.map(|name| serde_json::from_slice(&read(name)).expect("JSON")).collect()
    }

    /// What the hub has of a field of a record; `None` where it has no such record.
    pub(super) async fn text(&self, kind: RecordKind, id: &str, field: &str) -> Option<String> {
        let value = self.value(kind, id, field).await?;
        Some(value.as_text().unwrap_or_default().to_owned())
    }

    /// The same, as it is kept.
    pub(super) async fn value(
        &self,
        kind: RecordKind,
        id: &str,
        field: &str,
    ) -> Option<cardex::model::value::Value> {
        let refs = [RemoteRef::new(kind, id)];
        let linked = self.hub.store.links(&SystemId::new("pms"), &refs).await.expect("links");
        let record = linked.first()?.root;
        let records = self.hub.store.records(&[record]).await.expect("records");
        records.first()?.value(&FieldKey::new(field)).cloned()
    }

    /// How many elements the hub has of a field of a record.
    pub(super) async fn count(&self, kind: RecordKind, id: &str, field: &str) -> usize {
        let refs = [RemoteRef::new(kind, id)];
        let linked = self.hub.store.links(&SystemId::new("pms"), &refs).await.expect("links");
        let roots: Vec<_> = linked.iter().map(|linked| linked.root).collect();
        let records = self.hub.store.records(&roots).await.expect("records");
        match records.first().and_then(|record| record.fields.get(&FieldKey::new(field))) {
            Some(CellSet::Many(cells)) => cells.values().filter(|cell| cell.value.is_some()).count(),
            Some(CellSet::One(_)) | None => 0,
        }
    }

    /// Whether the hub takes a record to be there.
    pub(super) async fn life(&self, kind: RecordKind, id: &str) -> Option<LinkLife> {
        let refs = [RemoteRef::new(kind, id)];
        let linked = self.hub.store.links(&SystemId::new("pms"), &refs).await.expect("links");
        linked.first().map(|linked| linked.link.life.clone())
    }
}
