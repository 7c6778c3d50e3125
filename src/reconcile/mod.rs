//! The heart: what a change seen at one system means for the hub and for every other system.
//!
//! Pure functions over data: no `async`, clock, randomness, logging, SQL or HTTP. Time and ids come in as arguments,
//! reasons go out as data. [`observe()`] takes an observation in, [`plan()`] says what would bring one system to the hub,
//! [`guard`] stops a cycle that would do too much at once.
//!
//! Where the code is: `observe` says whether an observation may be believed, `hearing` walks it and gathers the outcome; `decide` judges a single value and
//! `sets` a set, element by element; `policy` is the only place where a side wins; `survivorship` whose value outlives a merge, `own_words` what outlives its undoing; `existence` knows absence,
//! deletion, merges at a system and reused ids; `mail_gate` computes what the hub adds to a reservation, with `clearance` for its times, `rollups` what it adds to a person, and `chain` which of two reservations stands for the stay; `target`
//! says what a system would hold if it held the hub's value; `norm` asks for normal forms.

mod acknowledge;
mod answer;
mod chain;
mod clearance;
mod decide;
mod due;
mod elsewhere;
mod evidence;
mod existence;
mod explain;
pub mod guard;
mod hearing;
mod mail_gate;
mod merge;
mod norm;
mod observe;
mod own_words;
mod plan;
mod policy;
mod references;
mod rollups;
mod sets;
mod split;
mod survivorship;
mod target;
#[cfg(test)]
mod tests;
mod unwind;

pub use acknowledge::{Done, acknowledge, refuse, settles};
pub use answer::{Answer, Answering, Said, answer, note, unpinned};
pub use chain::succeed;
pub use clearance::MailWindow;
pub use decide::{Decision, decide};
pub use elsewhere::{FollowUp, can_merge, follow_ups, irreversible};
pub use existence::not_found;
pub use explain::{Beaten, CellStory, Explanation, FieldStory, Gap, GapReason, explain};
pub use mail_gate::regate;
pub use merge::{
    Choice, MergeRefused, Merged, MergedAll, Pick, Side, merge, merge_all, resuming, root, yielding,
};
pub use observe::observe;
pub use own_words::Story;
pub use plan::{plan, plan_secondary};
pub use references::resolve;
pub use rollups::{EXPECTED, roll_up};
pub use split::{Split, SplitRefused, split};
pub use survivorship::leaves_a_choice;
pub use unwind::{UnwindRefused, Unwound, unwind};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::model::field::Registry;
use crate::model::ids::ReviewId;
use crate::model::policy::Authority;
use crate::model::{
    Capabilities, Direction, Disposition, ExternalId, FieldKey, Lane, Link, ObservationId, Policy, Record,
    RecordId, RecordKind, Review, SystemClass, SystemId, WriteOp,
};

/// What the hotel has decided about its systems and fields: everything that `observe` and `plan` go by.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Every field.
    pub registry: Registry,
    /// Every configured system.
    pub systems: BTreeMap<SystemId, SystemRules>,
    /// What the hotel has changed of a field's defaults.
    pub overrides: BTreeMap<(RecordKind, FieldKey), FieldRule>,
    /// When mails go out.
    pub mail: MailWindow,
}

/// What holds for one system.
#[derive(Debug, Clone)]
pub struct SystemRules {
    /// Its side.
    pub class: SystemClass,
    /// What it can do.
    pub capabilities: Capabilities,
    /// The kinds of record that are created there when they exist elsewhere.
    pub creates: Vec<RecordKind>,
    /// Whether fields for internal eyes may go there.
    pub internal: bool,
    /// The recorded purpose under which special-category fields may go there.
    pub purpose: Option<String>,
    /// How far the system's clock may be off, in seconds.
    pub clock_offset_seconds: u32,
    /// The time zone of its property.
    pub time_zone: Tz,
}

/// How one field is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    /// Who wins.
    pub policy: Policy,
    /// Whose value settles what the policy cannot.
    pub owner: Option<Authority>,
    /// Which way values travel.
    pub direction: Direction,
}

/// What the hub knows of the subject of an observation before it is judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The link of the observed id, if the id was ever seen.
    pub link: Option<&'a Link>,
    /// The record behind the link, aliases resolved; or the record whose hub id the remote record carries, unless it has
    /// another counterpart at the system already (somebody copied the remote record with its hub id).
    pub record: Option<&'a Record>,
    /// Another live link of the same system and kind that holds the observation's slot.
    pub slot_holder: Option<&'a Link>,
    /// The hub id that the remote record carries, when no record of the hub has it: a hub that has lost its memory
    /// takes the old id up again, so that every system's counterpart finds the same record.
    pub free_hub_id: Option<RecordId>,
    /// The link of the record that the observed one was merged into, where the hub knows it.
    pub survivor: Option<&'a Link>,
    /// Another counterpart of the record at the system is the one that is written to. Asked only of a link that was
    /// gone: it may come back to a record that has another counterpart by now.
    pub has_other_primary: bool,
}

/// The circumstances of an observation: everything that a pure function must be told.
pub struct Circumstances<'a> {
    /// The system that was observed.
    pub system: &'a SystemId,
    /// The id under which the journal keeps the observation.
    pub observation: ObservationId,
    /// The system's epoch when the fetch began.
    pub epoch: i64,
    /// When the fetch began.
    pub fetched_at: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
    /// The last business date that the property's night audit has closed.
    pub closed_business_date: Option<NaiveDate>,
    /// Makes a new id.
    pub new_id: &'a mut dyn FnMut() -> Uuid,
}

/// What an observation means. Applying it is one transaction of the store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The record as it is now; `None` when it stays as it was.
    pub record: Option<Record>,
    /// The link as it is now; `None` when it stays as it was.
    pub link: Option<Link>,
    /// What became of each changed cell. Empty: nothing had changed, and nothing is journalled.
    pub dispositions: Vec<Disposition>,
    /// The systems that now differ from the hub, each with the lane of the most urgent difference.
    pub due: Vec<(SystemId, Lane)>,
    /// What a human has to decide.
    pub reviews: Vec<Review>,
    /// Reviews whose question has gone away.
    pub settled: Vec<ReviewId>,
    /// The observation cannot be judged yet: read the subject again.
    pub read_again: Option<ReadAgain>,
    /// A system has merged the counterparts of two records: `(main, other)` are one now, and the caller merges them.
    pub merge: Option<(RecordId, RecordId)>,
    /// The system showed another body under a version that it had given before: its versions prove less than they say.
    pub version_reused: bool,
}

/// Why a subject has to be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAgain {
    /// A write was sent or acknowledged after the fetch began.
    StaleEpoch,
    /// Absent from a listing, or said to be deleted: only a direct read can tell.
    Absence,
    /// A merge was seen: the survivor has to be read.
    Survivor,
    /// It hangs on when a field was changed, and the system can tell.
    FieldDates,
    /// The dates have moved: mails stay stopped until a second read confirms them.
    MovedDates,
}

/// The counterpart of another record, as `plan` needs it to write a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counterpart {
    /// It exists at the system.
    At(ExternalId),
    /// It will exist: the write has to wait for it.
    Awaited,
    /// It will never exist there (its kind is not sent there): the reference is left out.
    Never,
}

/// What would bring one system to the hub.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// The system is equivalent to the hub, as far as it may be.
    Nothing,
    /// This write.
    Write(WriteOp),
    /// A record that it refers to has to be delivered first.
    Await(Vec<RecordId>),
    /// The record is not to be sent there; operators are told why.
    Excluded(Exclusion),
}

/// Why a record is not sent to a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// The system does not have this kind, or does not create it.
    Kind,
    /// It was deleted there: it is not created again.
    DoNotRecreate,
    /// The id there is quarantined.
    Quarantined,
    /// The record was erased, merged or retired.
    NotLive,
    /// A placeholder, or a reservation that was never more than a cancelled stub.
    Stub,
}
