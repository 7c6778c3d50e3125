//! The hub's memory: one schema on SQLite or PostgreSQL, one SQL text for both.
//!
//! Reads are batches; there is one way to write, [`Commit`], and it is one transaction. Ids and `now` come in as
//! arguments. SQL never leaves this folder, and no HTTP happens inside a transaction.

mod apart;
mod audit;
mod bookings;
mod commit;
mod cursor;
mod dialect;
mod error;
mod figures;
mod gate;
mod household_marks;
mod import_run;
mod in_use;
mod job;
mod journal;
mod learning;
mod link;
mod link_write;
mod mark_sql;
mod marks;
mod match_marks;
mod migrations;
mod open;
mod operator;
mod profile_pairs;
mod profiles;
mod prove;
mod queue;
mod races;
mod record;
mod recount;
mod review;
mod roots;
mod rows;
mod search;
mod search_marks;
mod sql;
mod statistics;
mod stays;
mod sums;
mod system;
mod token;
mod touched;
mod turn;
mod wake;

use chrono::{DateTime, Utc};
use smol_str::SmolStr;
use uuid::Uuid;

pub use apart::KeptApart;
pub use audit::AuditFilter;
pub use dialect::Dialect;
pub use error::StoreError;
pub use gate::HeldBack;
pub use import_run::ImportRun;
pub use in_use::InUse;
pub use job::JobRun;
pub use learning::{ComparedPair, LearnedWeights};
pub use link::Linked;
pub use migrations::NEWEST as SCHEMA_VERSION;
pub use open::{Store, StoreSettings};
pub use operator::{KeptSession, OperatorChange};
pub use profile_pairs::KeptPair;
pub use profiles::{KeptProfile, Posting, ProfileChanges};
pub use queue::{MarkState, QueueCount, QueueFilter, QueueItem, Subject};
pub use races::Races;
pub use record::RecordLine;
pub use recount::RecountMark;
pub use review::ReviewFilter;
pub use search::{Candidates, FirmLine, FirmSum, SearchChanges, SearchDocument};
pub use stays::{Booked, Stay};
pub use system::{Health, ParkWindow, SystemState};
pub use touched::{Mark, Since};
pub use turn::{Turn, TurnAt, TurnTaker};
pub use wake::Wakeups;

use crate::model::ids::{LinkId, ReviewId};
use crate::model::journal::{Entry, Event};
use crate::model::review::{Apart, Postponed};
use crate::model::{
    Document, Lane, Link, ObservationId, Record, RecordId, RecordKind, RemoteRef, Review, SystemId, Word,
};

/// Everything that one step of work changes, in one transaction. An empty part costs nothing; a full one costs a
/// handful of statements whatever its size.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// When.
    pub now: DateTime<Utc>,
    /// New and changed records. `version` is the one that the change was computed from; the stored one is one more.
    pub records: Vec<Record>,
    /// New and changed links, with `version` as for records.
    pub links: Vec<Link>,
    /// Links through which a write is about to be sent.
    pub intents: Vec<Intent>,
    /// Entries of the journal, in order.
    pub journal: Vec<Entry>,
    /// Reviews that were opened, changed or have ended.
    pub reviews: Vec<Review>,
    /// Reviews that nobody wants to be asked for a while.
    pub postponed: Vec<(ReviewId, Postponed)>,
    /// Pairs that are kept apart from now on. One that is kept apart already stays as it was decided.
    pub apart: Vec<Apart>,
    /// Pairs, as they were decided, that are not kept apart any more.
    pub no_longer_apart: Vec<(RecordId, RecordId)>,
    /// Roots that become one by an operator's decision: refused as a conflict when two of them are kept apart.
    pub made_one: Vec<RecordId>,
    /// Systems that now differ from the hub. A mark that exists keeps the more urgent lane and counts as touched.
    pub due: Vec<Due>,
    /// Subjects to read. A mark that exists keeps the more urgent lane and counts as touched.
    pub reads: Vec<ReadMark>,
    /// Work that the caller had claimed and what became of it. If one of the leases is lost, nothing is committed.
    pub finished: Vec<Finished>,
    /// Where streams go on.
    pub cursors: Vec<CursorMove>,
    /// What holds background work back until an operator lets it go.
    pub gate: Option<Gate>,
    /// When the persons are counted anew whose reservations it changes, and duplicates of its profiles looked for.
    pub recount: Recount,
}

/// When the roll-ups of persons follow a change of their reservations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Recount {
    /// Each person is marked, and counted soon.
    #[default]
    Soon,
    /// For an import: that there are new reservations is noted once, and whoever brings them has their persons counted
    /// when he is at the end.
    AtTheEnd,
}

impl Commit {
    /// Opens a review, and says so in the journal under `entry`.
    pub fn open(&mut self, review: Review, entry: ObservationId) {
        self.journal.push(Entry {
            id: entry,
            at: self.now,
            system: review.system.clone(),
            record: review.record,
            link: None,
            event: Event::ReviewOpened { review: review.id },
        });
        self.reviews.push(review);
    }

    /// Marks a record as due at every one of these systems.
    pub fn due_at<'s>(
        &mut self,
        systems: impl Iterator<Item = &'s SystemId>,
        (record, kind): (RecordId, RecordKind),
        lane: Lane,
    ) {
        let not_before = self.now;
        let due =
            |system: &SystemId| Due { record, system: system.clone(), lane, rank: kind.rank(), not_before };
        self.due.extend(systems.map(due));
    }

    /// Whether it would store nothing at all.
    pub const fn is_empty(&self) -> bool {
        let Self {
            now: _,
            records,
            links,
            intents,
            journal,
            reviews,
            postponed,
            apart,
            no_longer_apart,
            made_one: _,
            due,
            reads,
            finished,
            cursors,
            gate: _,
            recount: _,
        } = self;
        records.is_empty()
            && links.is_empty()
            && intents.is_empty()
            && journal.is_empty()
            && reviews.is_empty()
            && postponed.is_empty()
            && apart.is_empty()
            && no_longer_apart.is_empty()
            && due.is_empty()
            && reads.is_empty()
            && finished.is_empty()
            && cursors.is_empty()
    }
}

/// Holds back what a commit marks as due in a background lane and that nothing else had marked before: the marks are
/// given up at once, so that only an operator, or news in a live lane, sets them going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The systems that nothing goes to.
    pub systems: Vec<SystemId>,
    /// Why, for operators and for letting go what was held.
    pub reason: SmolStr,
}

/// A write that is about to be sent to a counterpart that exists: from now on a lost answer is found out by reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The link.
    pub link: LinkId,
    /// The version that the write was computed from; the stored one is one more.
    pub version: i64,
    /// The system's epoch of this write.
    pub epoch: i64,
    /// What is sent, with references as records of the hub.
    pub sent: Document,
}

/// A system that differs from the hub in one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The record (the root of its aliases).
    pub record: RecordId,
    /// The system.
    pub system: SystemId,
    /// How urgent.
    pub lane: Lane,
    /// The rank of the record's kind: dependencies are delivered first.
    pub rank: i64,
    /// Not before.
    pub not_before: DateTime<Utc>,
}

/// A record of a system that has to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMark {
    /// The system.
    pub system: SystemId,
    /// The record there.
    pub subject: RemoteRef,
    /// How urgent.
    pub lane: Lane,
    /// Not before.
    pub not_before: DateTime<Utc>,
    /// What is said of it: a hint until a direct read finds nothing.
    pub said: Word,
}

/// The two queues of the hub. Both hold marks, never payloads: what has to be done is found out when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Subjects to read: the change queue.
    Reads,
    /// Systems to write to: the outbox.
    Due,
}

impl Queue {
    /// Both queues.
    pub const ALL: [Self; 2] = [Self::Reads, Self::Due];

    /// The queue's name in messages, metrics and commands.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Due => "due",
        }
    }
}

/// A claimed mark. It is the caller's until the lease ends; whoever claims it then gets another token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease<T> {
    /// The mark's row.
    pub mark_id: i64,
    /// The fencing token.
    pub token: Uuid,
    /// How often the mark had been touched when it was claimed.
    pub touched: i64,
    /// How many tries have failed so far.
    pub attempts: u32,
    /// The last lease ran out: whoever had the mark died over it, or hung. `attempts` counts how often in a row.
    pub cut_off: bool,
    /// The mark.
    pub mark: T,
}

/// What became of a claimed mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Which queue.
    pub queue: Queue,
    /// The mark's row.
    pub mark_id: i64,
    /// The fencing token of the lease.
    pub token: Uuid,
    /// How often the mark had been touched when it was claimed: a mark touched since stays in the queue.
    pub touched: i64,
    /// What became of it.
    pub end: End,
}

/// How work on a mark ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Done: the mark goes, unless it was touched since the claim.
    Done,
    /// Not this time: back into the queue.
    Again {
        /// Not before.
        not_before: DateTime<Utc>,
        /// Whether it counts as a failed try.
        failed: bool,
        /// Why, without values.
        reason: SmolStr,
    },
    /// Given up until an operator retries it.
    Parked {
        /// Why, without values.
        reason: SmolStr,
    },
    /// Handed back untouched, at shutdown.
    Released,
}

/// Where a stream goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorMove {
    /// The system.
    pub system: SystemId,
    /// The stream.
    pub stream: SmolStr,
    /// The connector's cursor; `None` forgets it.
    pub cursor: Option<String>,
}
