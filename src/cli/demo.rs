//! `cardex demo`: the main job on a fresh machine. A small hotel and a small CRM inside the binary speak HTTP on
//! loopback, people work at both, and a real daemon keeps them in step.

use anyhow::Context as _;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Exit, signals};
use crate::clock::Clock;
use crate::config::{Config, Sources};
use crate::daemon::{self, build};
use crate::demo::Demo;
use crate::demo::cardex::Size;
use crate::demo::ledger::{Author, Deed, Entry};
use crate::demo::script::{Narration, Place};
use crate::desk;
use crate::hub::Hub;
use crate::model::{Operator, OperatorId, OperatorRole};
use crate::operators::{self, Secret};
use crate::service::{self, Readiness};
use crate::store::{MarkState, OperatorChange};

/// How often somebody does something.
const PACE: Duration = Duration::from_secs(4);
/// How long the first synchronisation may take before the demo gives up.
const PATIENCE: Duration = Duration::from_mins(5);

/// How many letters the password of the demo's operator has.
const PASSWORD: usize = 12;

/// The arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// End after this many deeds [default: go on until stopped]
    #[arg(long, value_name = "N")]
    deeds: Option<u32>,
    /// The same number gives the same hotel
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Keep the hub's database in this folder [default: a temporary one]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<std::path::PathBuf>,
}

/// Runs the demo.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(show(arguments))
}

async fn show(arguments: &Arguments) -> anyhow::Result<Exit> {
    let scratch = std::env::temp_dir().join(format!("cardex-demo-{}", std::process::id()));
    let folder = arguments.folder.clone().unwrap_or_else(|| scratch.clone());
    std::fs::create_dir_all(&folder).with_context(|| format!("could not create `{}`", folder.display()))?;
    let stop = CancellationToken::new();
    tokio::spawn(signals::listen(stop.clone()));
    let shown = play(arguments, &folder, &stop).await;
    if arguments.folder.is_none() {
        // Only what this process made; a folder that cannot be removed is the system's to clean.
        let _ = std::fs::remove_dir_all(&scratch);
    }
    shown.map(|()| Exit::Success)
}

async fn play(arguments: &Arguments, folder: &Path, stop: &CancellationToken) -> anyhow::Result<()> {
    let demo = Demo::start(arguments.seed, Size::DEMO, Clock::system()).await.context("no port is free")?;
    say(format_args!(
        "a hotel with {} guests and {} stays speaks HTTP at {}",
        count(&demo, "person"),
        count(&demo, "reservation"),
        demo.hotel.url
    ));
    say(format_args!(
        "a CRM with {} newsletter subscribers speaks HTTP at {}",
        demo.crm.system.rows("person").len(),
        demo.crm.url
    ));
    let config = configuration(&demo, folder)?;
    let hub = build::assemble(&config, Clock::system()).await?;
    say(format_args!("the hub is the SQLite database {}", folder.join("cardex.db").display()));
    let (tracker, work) = (TaskTracker::new(), stop.child_token());
    daemon::spawn(&hub, &tracker, &work);
    open_desk(&hub, &tracker, &work).await?;
    let shown = async {
        first_synchronisation(&demo, &hub, stop).await?;
        deeds(&demo, arguments.deeds, stop).await;
        anyhow::Ok(())
    }
    .await;
    work.cancel();
    tracker.close();
    tracker.wait().await;
    hub.store.close().await;
    demo.stop().await;
    shown
}

/// Opens the review desk on a free port, for an operator whose password nobody knows yet.
async fn open_desk(hub: &Hub, tracker: &TaskTracker, stop: &CancellationToken) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no port is free")?;
    let address = listener.local_addr().context("the port is not known")?;
    let (name, role) = (OperatorId::new("demo"), OperatorRole::Administrator);
    let secret = Secret::new().context("the machine gives no random numbers")?;
    let password: String = secret.expose().chars().take(PASSWORD).collect();
    let hash = operators::hash(&password.as_str().into(), name.as_str())?;
    let operator = Operator { name: name.clone(), role, created_at: hub.clock.now(), disabled_at: None };
    if !hub.store.add_operator(&operator, &hash, &name).await? {
        hub.store.change_operator(&name, &OperatorChange::Password(hash), &name, hub.clock.now()).await?;
    }
    let routes = desk::routes(hub, stop.clone(), None);
    tracker.spawn(service::serve_with(listener, Readiness::default(), routes, stop.clone()));
    say(format_args!(
        "the review desk is at http://{address}/desk: sign in as `{name}` with the password `{password}`\n"
    ));
    Ok(())
}

fn count(demo: &Demo, kind: &str) -> usize {
    demo.hotel.system.rows(kind).len()
}

fn configuration(demo: &Demo, folder: &Path) -> anyhow::Result<Config> {
    let text = format!(
        r#"
store.url = "sqlite://{}"
[properties.alba]
name = "Hotel Alba"
time_zone = "Europe/Madrid"
currency = "EUR"
country = "ES"
[systems.hotel]
connector = "open"
property = "alba"
side = "pms"
poll = "every 1s"
settings = {}
[systems.crm]
connector = "open"
property = "alba"
side = "crm"
creates = ["company", "agency", "person", "reservation"]
poll = "every 1s"
settings = {}
"#,
        folder.join("cardex.db").display(),
        demo.hotel.settings(folder)?,
        demo.crm.settings(folder)?,
    );
    let file = folder.join("cardex.toml");
    std::fs::write(&file, text).with_context(|| format!("could not write `{}`", file.display()))?;
    Ok(Config::load(&Sources { file: Some(file), env: BTreeMap::new() })?)
}

/// Waits until the CRM has everything that the hotel has.
async fn first_synchronisation(demo: &Demo, hub: &Hub, stop: &CancellationToken) -> anyhow::Result<()> {
    let started = Instant::now();
    let wanted = count(demo, "reservation");
    say(format_args!("carrying the hotel's history over to the CRM ..."));
    while !stop.is_cancelled() {
        stop.run_until_cancelled(tokio::time::sleep(Duration::from_millis(200))).await;
        let there = demo.crm.system.rows("reservation").len();
        let waiting = hub.store.queue_counts(hub.clock.now()).await?;
        let waiting: u64 =
            waiting.iter().filter(|count| count.state != MarkState::Parked).map(|count| count.n_marks).sum();
        if there >= wanted && waiting == 0 {
            let people = demo.crm.system.rows("person").len();
            let seconds = started.elapsed().as_secs_f32();
            say(format_args!("  {people} people and {there} stays are at the CRM after {seconds:.1} s\n"));
            return Ok(());
        }
        anyhow::ensure!(
            started.elapsed() < PATIENCE,
            "the CRM has {there} of {wanted} stays after {PATIENCE:?}"
        );
    }
    Ok(())
}

/// Lets people work at both sides, and tells what comes of it.
async fn deeds(demo: &Demo, limit: Option<u32>, stop: &CancellationToken) {
    say(format_args!("now people work at both sides; stop with Ctrl-C\n"));
    let (mut hotel, mut crm) = (demo.hotel.system.listen(), demo.crm.system.listen());
    let mut done = 0;
    while !stop.is_cancelled() && limit.is_none_or(|limit| done < limit) {
        let Some(narration) = demo.step(done) else { return };
        let began = Instant::now();
        tell(&narration);
        let until = tokio::time::Instant::now() + PACE;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(until) => break,
                Ok(entry) = hotel.recv() => written("hotel", &entry, began),
                Ok(entry) = crm.recv() => written("CRM", &entry, began),
            }
        }
        say(format_args!(""));
        done += 1;
    }
}

/// Tells a line; who has stopped reading is told no more.
fn say(line: std::fmt::Arguments<'_>) {
    let _unread = writeln!(std::io::stdout(), "{line}");
}

fn tell(narration: &Narration) {
    let place = match narration.place {
        Place::Hotel => "at the hotel",
        Place::Crm => "at the CRM",
        Place::Both => "at both",
    };
    say(format_args!("{place}: {}", narration.said));
    say(format_args!("  expected: {}", narration.expected));
}

/// Tells what cardex wrote; what people type is told by the narration.
fn written(place: &str, entry: &Entry, began: Instant) {
    if entry.author != Author::Contract {
        return;
    }
    let what = match &entry.deed {
        Deed::Created(fields) => format!("creates {} {} ({} fields)", entry.kind, entry.id, fields.len()),
        Deed::Changed(fields) => {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            format!("changes {} {}: {}", entry.kind, entry.id, names.join(", "))
        }
        Deed::Untouched => format!("writes {} {} without a change", entry.kind, entry.id),
        Deed::Deleted => format!("deletes {} {}", entry.kind, entry.id),
        Deed::MergedInto(other) => format!("merges {} {} into {other}", entry.kind, entry.id),
    };
    say(format_args!("  +{:>4} ms  cardex {what} at the {place}", began.elapsed().as_millis()));
}
