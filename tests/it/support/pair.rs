//! A small hotel and a small CRM with bad manners on demand, and a hub between them, all in one process.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cardex::clock::Clock;
use cardex::config::{Config, Sources};
use cardex::daemon::build;
use cardex::daemon::once::{self, Cycle};
use cardex::demo::Demo;
use cardex::demo::cardex::Size;
use cardex::demo::system::System;
use cardex::hub::Hub;
use cardex::model::SystemId;
use cardex::store::{MarkState, QueueFilter};

use super::hub::Backend;

/// Nobody anywhere.
pub(crate) const EMPTY: Size =
    Size { guests: 0, regulars_percent: 0, twins_percent: 0, groups: 0, subscribers: 0 };

/// What a configuration begins with: one hotel, and no long waits.
pub(crate) const HOTEL: &str = r#"
retry.base_ms = 10
retry.longest_s = 1
[properties.alba]
name = "Hotel Alba"
time_zone = "Europe/Madrid"
currency = "EUR"
country = "ES"
"#;

/// A pair that has not come to rest by then never will.
const REST: Duration = Duration::from_secs(20);

/// The two systems and the hub.
pub(crate) struct Pair {
    pub(crate) demo: Demo,
    pub(crate) hub: Hub,
    folder: tempfile::TempDir,
}

impl Pair {
    /// Two systems of this size, and a hub that has not looked at them yet.
    pub(crate) async fn open(backend: Backend, size: Size) -> Self {
        Self::open_with(backend, size, "").await
    }

    /// The same, with more lines of configuration.
    pub(crate) async fn open_with(backend: Backend, size: Size, more: &str) -> Self {
        let demo = Demo::start(7, size, Clock::system()).await.expect("two loopback ports");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let hub = Self::assemble(&demo, folder.path(), backend, more).await;
        Self { demo, hub, folder }
    }

    async fn assemble(demo: &Demo, folder: &std::path::Path, backend: Backend, more: &str) -> Hub {
        let store = match backend {
            Backend::Sqlite => format!("sqlite://{}", folder.join("hub.db").display()),
            Backend::Postgres => super::postgres::cluster().fresh_database().await,
        };
        let config = format!(
            r#"
store.url = "{store}"
{HOTEL}
[systems.pms]
connector = "open"
property = "alba"
side = "pms"
settings = {}
[systems.crm]
connector = "open"
property = "alba"
side = "crm"
creates = ["company", "agency", "person", "reservation"]
settings = {}
{more}
"#,
            demo.hotel.settings(folder).expect("the hotel's settings"),
            demo.crm.settings(folder).expect("the CRM's settings"),
        );
        assembled(folder, &config).await
    }

    pub(crate) fn hotel(&self) -> &System {
        &self.demo.hotel.system
    }

    pub(crate) fn crm(&self) -> &System {
        &self.demo.crm.system
    }

    /// Polls both systems and works off what follows, until nothing is left to do; nothing may go wrong.
    pub(crate) async fn settle(&self) {
        let mut last = Vec::new();
        let began = Instant::now();
        while began.elapsed() < REST {
            let cycles = self.cycle().await;
            for (id, cycle) in &cycles {
                assert!(cycle.failure.is_none(), "{id}: {:?}", cycle.failure);
            }
            if cycles.iter().all(|(_, cycle)| cycle.changed == 0 && cycle.sent == 0)
                && self.pending().await == 0
            {
                return;
            }
            last = cycles;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let marks = self.hub.store.queue_list(&QueueFilter::default(), self.hub.clock.now()).await;
        let mut marks = marks.expect("the store answers");
        marks.retain(|mark| mark.state != MarkState::Parked);
        marks.truncate(5);
        panic!(
            "it does not come to rest: the last cycle did {last:?}; some of what is left to do: {marks:?}"
        );
    }

    /// Polls both systems once and works off what follows.
    pub(crate) async fn cycle(&self) -> Vec<(SystemId, Cycle)> {
        let systems: Vec<_> = self.hub.systems.values().map(Arc::clone).collect();
        once::cycle(&self.hub, &systems).await
    }

    /// How many marks wait that are not parked.
    pub(crate) async fn pending(&self) -> u64 {
        pending(&self.hub).await
    }

    /// The program on the pair's configuration, with these arguments; what it tells is JSON.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardex"));
        command.arg("--config").arg(self.folder().join("cardex.toml")).args(["--output", "json"]);
        command.args(arguments).env("USER", "ana").env("STATE_DIRECTORY", self.folder());
        command
    }

    /// Where the configuration and the hub's file are; it lives as long as the pair.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

/// A hub of this configuration, which is kept in `folder`.
pub(crate) async fn assembled(folder: &std::path::Path, config: &str) -> Hub {
    let file = folder.join("cardex.toml");
    std::fs::write(&file, config).expect("the configuration");
    let sources = Sources { file: Some(file), env: BTreeMap::new() };
    let config = Config::load(&sources).unwrap_or_else(|error| panic!("{error}"));
    build::assemble(&config, Clock::system()).await.unwrap_or_else(|error| panic!("{error:#}"))
}

/// How many marks of a hub wait that are not parked.
async fn pending(hub: &Hub) -> u64 {
    let counts = hub.store.queue_counts(hub.clock.now()).await.expect("the store answers");
    counts.iter().filter(|count| count.state != MarkState::Parked).map(|count| count.n_marks).sum()
}

/// Lets a hub work until there is nothing left to do, and gives how many polls of each system that took. Systems may
/// fail on the way.
pub(crate) async fn at_rest(hub: &Hub) -> usize {
    let systems: Vec<_> = hub.systems.values().map(Arc::clone).collect();
    let mut moved = Instant::now();
    let mut n_polls = 0;
    loop {
        n_polls += 1;
        let cycles = once::cycle(hub, &systems).await;
        let is_quiet = cycles.iter().all(|(_, cycle)| cycle.changed == 0 && cycle.sent == 0);
        let has_failed = cycles.iter().any(|(_, cycle)| cycle.failure.is_some());
        if is_quiet && !has_failed && pending(hub).await == 0 {
            return n_polls;
        }
        if !is_quiet {
            moved = Instant::now();
        }
        assert!(moved.elapsed() < REST, "it does not come to rest: {cycles:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A JSON object, as the systems' forms take it.
pub(crate) fn fields(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("no object: {value}") };
    map
}
