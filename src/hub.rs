//! What every part of the work shares: the store, the rules, the clock, and one entry per system.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use smol_str::SmolStr;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::connectors::Connector;
use crate::model::value::Purpose;
use crate::model::{Capabilities, CellSet, Door, Lane, Merging, Record, RecordKind, SystemId};
use crate::queue::budget::Budget;
use crate::queue::pushes::{PushSettings, Pushes};
use crate::queue::retry::RetrySettings;
use crate::reconcile::Rules;
use crate::reconcile::guard::Limits;
use crate::schedule::Trigger;
use crate::store::Store;

/// The hub: cheap to clone, shared by every task.
#[derive(Clone)]
pub struct Hub {
    /// The memory.
    pub store: Store,
    /// What the hotel has decided.
    pub rules: Arc<Rules>,
    /// The time.
    pub clock: Clock,
    /// Every system that is configured.
    pub systems: Arc<BTreeMap<SystemId, Arc<System>>>,
    /// How duplicates are searched.
    pub matching: Arc<Matching>,
}

impl Hub {
    /// The same hub for whoever comes by this door.
    #[must_use]
    pub fn through(&self, door: Door) -> Self {
        Self { store: self.store.through(door), ..self.clone() }
    }
}

/// How duplicates are searched.
#[derive(Debug, Clone, Default)]
pub struct Matching {
    /// When all profiles are compared; `None`: only those that change.
    pub schedule: Option<Trigger>,
    /// On whose clock.
    pub time_zone: Tz,
    /// Whether what is certain is made one without asking.
    pub merge_identity: bool,
    /// Whether weights follow the operators' decisions.
    pub learn: bool,
    /// Whether operators are asked how people with one contact belong together.
    pub households: bool,
    /// Why identity documents may be compared; without it they are not.
    pub purpose: Option<Purpose>,
    /// Domains of addresses that belong to a booking.
    pub relays: Vec<String>,
    /// The country of each system's property: where a phone number without a prefix belongs.
    pub countries: BTreeMap<SystemId, SmolStr>,
}

impl Matching {
    /// The country of the property that a profile came from.
    pub fn country_of(&self, record: &Record) -> &str {
        let mut systems = record
            .fields
            .values()
            .flat_map(CellSet::cells)
            .filter_map(|cell| self.countries.get(cell.provenance.system.as_ref()?));
        systems.next().map_or("", |country| country)
    }
}

/// One configured system.
pub struct System {
    /// Its name in the configuration.
    pub id: SystemId,
    /// How it is spoken to.
    pub connector: Arc<dyn Connector>,
    /// What it can do, within what the hotel allows.
    pub capabilities: Capabilities,
    /// How many calls it allows.
    pub budget: Budget,
    /// What it pushes.
    pub pushes: Pushes,
    /// How work on it is done.
    pub settings: SystemSettings,
    /// Somebody wants its changes now.
    pub poll_now: Notify,
    /// Work on it has stopped until an operator looks.
    halted: AtomicBool,
    /// Whether each of the last pieces of work was parked, oldest first.
    outcomes: Mutex<VecDeque<bool>>,
}

/// How work on a system is done.
#[derive(Debug, Clone)]
pub struct SystemSettings {
    /// The kinds of record that are read there, dependencies first.
    pub kinds: Vec<RecordKind>,
    /// The code of its property.
    pub property: SmolStr,
    /// The time zone of its property.
    pub time_zone: Tz,
    /// When the property's night audit is done with the day before, on the hotel's clock.
    pub night_audit: NaiveTime,
    /// When it is asked for changes.
    pub poll: Trigger,
    /// When every record is compared.
    pub sweep: Trigger,
    /// How long a claimed mark is ours.
    pub lease: Duration,
    /// How many marks are claimed at once.
    pub claim: u32,
    /// How often the queues are looked at when nothing wakes the workers.
    pub idle_poll: Duration,
    /// The waits between tries, and after how many tries work is parked.
    pub retry: RetrySettings,
    /// The share of parked work, 0 to 1, above which the system is halted.
    pub park_ratio: f64,
    /// Over how many of the last pieces of work the share is taken.
    pub park_window: usize,
    /// What a cycle may do without an operator.
    pub guard: Limits,
    /// What becomes of a merge made elsewhere, where the system holds the records too.
    pub merges: Merging,
    /// How its pushed requests are taken.
    pub push: PushSettings,
    /// How long a record must stay unfindable before it is taken for gone.
    pub absence_grace: Duration,
}

impl System {
    /// A system at rest.
    pub fn new(
        id: SystemId,
        connector: Arc<dyn Connector>,
        capabilities: Capabilities,
        budget: Budget,
        settings: SystemSettings,
    ) -> Self {
        Self {
            id,
            connector,
            capabilities,
            budget,
            pushes: Pushes::new(settings.push),
            settings,
            poll_now: Notify::new(),
            halted: AtomicBool::new(false),
            outcomes: Mutex::default(),
        }
    }

    /// Waits until a call of `lane` may start, and counts it; what the calls before have taken beyond one each is counted
    /// first.
    pub async fn turn(&self, lane: Lane) {
        self.budget.charge(self.connector.further_calls());
        self.budget.take(lane).await;
    }

    /// The last business date that the night audit has closed at `now`.
    pub fn closed_business_date(&self, now: DateTime<Utc>) -> NaiveDate {
        let local = now.with_timezone(&self.settings.time_zone).naive_local();
        let days = if local.time() >= self.settings.night_audit { 1 } else { 2 };
        local.date().checked_sub_days(Days::new(days)).unwrap_or(local.date())
    }

    /// Whether work on the system has stopped until an operator looks.
    pub fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Acquire)
    }

    /// Stops or resumes work on the system.
    pub fn set_halted(&self, halted: bool) {
        self.halted.store(halted, Ordering::Release);
    }

    /// Notes what became of some work, and says whether so much of it was parked that the system has to stop.
    #[expect(clippy::cast_precision_loss, reason = "the window is small")]
    pub fn parks_too_much(&self, done: usize, parked: usize) -> bool {
        let window = self.settings.park_window.max(1);
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.extend(std::iter::repeat_n(false, done.min(window)));
        outcomes.extend(std::iter::repeat_n(true, parked.min(window)));
        let surplus = outcomes.len().saturating_sub(window);
        outcomes.drain(..surplus);
        let share = outcomes.iter().filter(|parked| **parked).count() as f64 / window as f64;
        let stop = parked > 0 && outcomes.len() == window && share > self.settings.park_ratio;
        if stop {
            outcomes.clear();
        }
        stop
    }
}
