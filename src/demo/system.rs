//! A small hotel's PMS or a small CRM, in memory, shared by its server, its users and whoever watches it.
//!
//! The methods here are what somebody at the system does; what comes through the contract enters by
//! [`super::server`]. Must never use the daemon's types or rules.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::broadcast;

use super::ledger::{Author, Entry, Ledger};
use super::manners::{Call, Fault, Manners, Quirks};
use super::table::{Answer, Hand, Request, Row, Table};
use crate::clock::Clock;

/// How many entries somebody who listens may lag behind before he misses some.
const EVENTS_KEPT: usize = 16_384;

/// A small system. Every method takes `&self`; share it in an `Arc`.
pub struct System {
    name: String,
    clock: Clock,
    table: Mutex<Table>,
    manners: Mutex<Manners>,
    recent_calls: Mutex<VecDeque<Instant>>,
    counts: Mutex<BTreeMap<Call, usize>>,
    loud_writes: AtomicUsize,
    events: broadcast::Sender<Entry>,
}

impl System {
    /// An empty system called `name`.
    pub fn new(name: impl Into<String>, clock: Clock) -> Self {
        Self {
            name: name.into(),
            clock,
            table: Mutex::default(),
            manners: Mutex::default(),
            recent_calls: Mutex::default(),
            counts: Mutex::default(),
            loud_writes: AtomicUsize::default(),
            events: broadcast::channel(EVENTS_KEPT).0,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Changes its habits.
    pub fn set_quirks(&self, change: impl FnOnce(&mut Quirks)) {
        change(&mut locked(&self.manners).quirks);
    }

    /// Lets `fault` happen to the next `times` calls of this sort.
    pub fn expect(&self, call: Call, fault: &Fault, times: usize) {
        locked(&self.manners).expect(call, fault, times);
    }

    /// Back to good manners.
    pub fn calm(&self) {
        locked(&self.manners).calm();
    }

    /// How many calls of each sort have come in, refused ones included.
    pub fn calls(&self) -> BTreeMap<Call, usize> {
        locked(&self.counts).clone()
    }

    /// How many writes of the contract did not ask to be kept quiet: automations would have heard of them.
    pub fn n_loud_writes(&self) -> usize {
        self.loud_writes.load(Ordering::Relaxed)
    }

    pub(super) fn count_loud_write(&self) {
        self.loud_writes.fetch_add(1, Ordering::Relaxed);
    }

    /// A copy of the book.
    pub fn ledger(&self) -> Ledger {
        Ledger(locked(&self.table).ledger.clone())
    }

    /// Every deed from now on, as it happens.
    pub fn listen(&self) -> broadcast::Receiver<Entry> {
        self.events.subscribe()
    }

    /// The record, whatever its life.
    pub fn row(&self, kind: &str, id: &str) -> Option<Row> {
        locked(&self.table).row(kind, id).cloned()
    }

    /// The live record that carries this hub id.
    pub fn by_hub_id(&self, kind: &str, hub_id: &str) -> Option<Row> {
        locked(&self.table).by_hub_id(kind, hub_id).cloned()
    }

    /// Every live record of `kind`, by id.
    pub fn rows(&self, kind: &str) -> Vec<Row> {
        locked(&self.table).live(kind).cloned().collect()
    }

    /// Somebody at the system makes a record. Gives its id.
    pub fn create(&self, kind: &str, author: &str, fields: Map<String, Value>) -> String {
        self.act(by(author), |table, hand| table.insert(kind, None, fields, hand)).id
    }

    /// Somebody at the system changes fields of a record; `Value::Null` empties one. `false` when it is not there.
    pub fn edit(&self, kind: &str, id: &str, author: &str, fields: Map<String, Value>) -> bool {
        self.act(by(author), |table, hand| table.update(kind, id, fields, hand)).is_some()
    }

    /// Somebody at the system deletes a record. `false` when it is not there.
    pub fn delete(&self, kind: &str, id: &str, author: &str) -> bool {
        self.act(by(author), |table, hand| table.delete(kind, id, hand))
    }

    /// Somebody at the system merges `lose` into `keep`. `false` when one of them is not there.
    pub fn merge(&self, kind: &str, keep: &str, lose: &str, author: &str) -> bool {
        self.act(by(author), |table, hand| table.merge(kind, keep, lose, hand))
    }

    /// A merge through the contract.
    pub(super) fn merge_by_contract(&self, kind: &str, keep: &str, lose: &str) -> bool {
        self.act(Author::Contract, |table, hand| table.merge(kind, keep, lose, hand))
    }

    /// A write through the contract.
    pub(super) fn write(&self, kind: &str, request: Request) -> Answer {
        self.act(Author::Contract, |table, hand| table.write(kind, request, hand))
    }

    /// Taking a record back through the contract.
    pub(super) fn withdraw(&self, kind: &str, id: &str, if_version: Option<i64>) -> Answer {
        self.act(Author::Contract, |table, hand| table.withdraw(kind, id, if_version, hand))
    }

    /// Live records of `kind` with an id after `after`, by id, at most `limit`.
    pub(super) fn page(&self, kind: &str, after: &str, limit: usize) -> Vec<Row> {
        locked(&self.table).live_after(kind, after).take(limit).cloned().collect()
    }

    /// Records of `kind` changed after the change number `after`, oldest change first, at most `limit`.
    pub(super) fn changed_after(&self, kind: &str, after: u64, limit: usize) -> Vec<Row> {
        locked(&self.table).changed_after(kind, after).take(limit).cloned().collect()
    }

    /// The number of the last change of anything.
    pub(super) fn sequence(&self) -> u64 {
        locked(&self.table).sequence
    }

    pub(super) fn quirks(&self) -> Quirks {
        locked(&self.manners).quirks.clone()
    }

    pub(super) fn fault(&self, call: Call) -> Option<Fault> {
        locked(&self.manners).take(call)
    }

    /// Counts a call; `false` when it is over the budget.
    pub(super) fn count(&self, call: Call) -> bool {
        *locked(&self.counts).entry(call).or_default() += 1;
        let Some((calls, window)) = self.quirks().budget else { return true };
        let (mut recent, now) = (locked(&self.recent_calls), Instant::now());
        recent.retain(|at| now.duration_since(*at) < window);
        let allowed = recent.len() < calls;
        if allowed {
            recent.push_back(now);
        }
        allowed
    }

    /// One deed under the lock; what it wrote into the book is told to whoever listens.
    fn act<T>(&self, author: Author, deed: impl FnOnce(&mut Table, Hand<'_>) -> T) -> T {
        let quirks = self.quirks();
        let mut table = locked(&self.table);
        let told = table.ledger.len();
        let done = deed(&mut table, Hand { author, now: self.clock.now(), quirks: &quirks });
        for entry in table.ledger.iter().skip(told) {
            // Nobody listening is no error.
            let _ = self.events.send(entry.clone());
        }
        done
    }
}

fn by(author: &str) -> Author {
    Author::User(author.to_owned())
}

/// A lock whose earlier holder panicked is still good: every deed is complete or not done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
