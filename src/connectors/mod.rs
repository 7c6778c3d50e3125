//! The door to the systems: one trait for PMSs and CRMs alike.
//!
//! A connector is wire shapes, a mapping and its vendor's facts, nothing else. Retries, budgets, bisecting,
//! read-back and cursors live in the core and are driven by [`Capabilities`].

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::time::Duration;
use thiserror::Error;

use crate::model::capabilities::Stream;
use crate::model::{
    Capabilities, ExternalId, Observation, RecordId, RecordKind, RemoteRef, StayTotal, Withdrawal, WriteOp,
    WriteOutcome,
};

pub mod crm;
pub mod http;
pub mod open;
pub mod pms;
pub mod registry;

/// A system, spoken to.
///
/// Every method may be called again after any failure; none may retry by itself.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What the system can do. Constant for the connector's life, and free to ask.
    fn capabilities(&self) -> &Capabilities;

    /// How many calls of the rate limit were made since this was last asked, beyond the one that every method takes: a
    /// system whose records have to be put together needs several.
    fn further_calls(&self) -> u32 {
        0
    }

    /// Looks at credentials, rights, versions, time zone and missing fields, without changing anything.
    ///
    /// An unreachable system is a finding, not an error.
    async fn check(&self) -> Vec<Finding>;

    /// Creates what the connector needs at the system (triggers, a unique property), or with `plan_only` says what
    /// it would create. Idempotent; called at start and once per cycle, so it must be cheap when all is there.
    ///
    /// # Errors
    /// Whatever the system answers.
    async fn prepare(&self, plan_only: bool) -> Result<Vec<Step>, ConnectorError>;

    /// One page of what changed in `stream` since `cursor`, oldest first; `None` starts at the present.
    ///
    /// # Errors
    /// [`ConnectorError::CursorExpired`] when the system does not remember that far back: sweep, then start anew.
    async fn changes(&self, stream: &Stream, cursor: Option<&Cursor>) -> Result<ChangePage, ConnectorError>;

    /// One page of every record of `kind`, each with a digest of what a read would show; `None` starts at the beginning.
    ///
    /// A record that exists during the whole walk is listed at least once. A result that the vendor capped is
    /// an error, never an end.
    ///
    /// # Errors
    /// Whatever the system answers.
    async fn enumerate(&self, kind: RecordKind, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError>;

    /// Whether a walk of `kind` lists every record that the system has, so that one it does not list may be gone. Asked
    /// after a walk; a system that has told only of some of its records says `false`, and nothing is missed there.
    ///
    /// # Errors
    /// Whatever the system answers.
    async fn lists_all(&self, _kind: RecordKind) -> Result<bool, ConnectorError> {
        Ok(true)
    }

    /// The current state of these records (at most `read_batch`), in any order, one answer each.
    ///
    /// # Errors
    /// Whatever the system answers.
    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError>;

    /// The same with the times at which their fields were last changed (`Observation::changed_at`), where
    /// [`FieldCapability::dated`](crate::model::FieldCapability).
    ///
    /// # Errors
    /// As [`Connector::read`].
    async fn read_with_dates(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        self.read(refs).await
    }

    /// Looks records up by the hub id they carry, without an index that may lag. Those not found are left out.
    ///
    /// # Errors
    /// Whatever the system answers.
    async fn find(
        &self,
        kind: RecordKind,
        ids: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError>;

    /// Writes these (at most `write_batch`, one kind per call) and gives one outcome per write, in order.
    ///
    /// # Errors
    /// An error speaks for the whole batch: nothing is known to have been done unless the error says so.
    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError>;

    /// Takes back records of `kind` that cardex has created (at most `write_batch`), and gives one outcome each, in order:
    /// `Done`, `Stale` where somebody has changed the record since, `NotFound`, `Rejected` or `Retry`.
    ///
    /// # Errors
    /// [`ConnectorError::Unsupported`] where the system cannot; else as [`Connector::write`].
    async fn withdraw(
        &self,
        kind: RecordKind,
        records: &[Withdrawal],
    ) -> Result<Vec<WriteOutcome>, ConnectorError>;

    /// Merges `lose` into `keep` at the system.
    ///
    /// # Errors
    /// [`ConnectorError::Unsupported`] where the system cannot.
    async fn merge(
        &self,
        kind: RecordKind,
        keep: &ExternalId,
        lose: &ExternalId,
    ) -> Result<(), ConnectorError>;

    /// Verifies and decodes a pushed request. Pure: it reads nothing but its argument and its settings.
    ///
    /// # Errors
    /// [`PushError`] says what to answer; nothing of the body may be believed then.
    fn push_in(&self, _request: &PushRequest<'_>) -> Result<Vec<Hint>, PushError> {
        Err(PushError::NotSupported)
    }

    /// The records of which a request that [`Connector::push_in`] has taken says that they were erased, because their person
    /// asked to be forgotten. Pure, and asked only of verified requests.
    fn push_erased(&self, _request: &PushRequest<'_>) -> Vec<RemoteRef> {
        Vec::new()
    }

    /// What a request that [`Connector::push_in`] has taken is known by when it comes a second time; `None` where nothing in
    /// it tells a repetition from another change. Pure, and asked only of verified requests.
    fn push_stamp(&self, _request: &PushRequest<'_>) -> Option<SmolStr> {
        None
    }

    /// What the system's own reservations add up to, by a query of its own that goes another way than reading them does;
    /// `None` where it cannot say.
    ///
    /// # Errors
    /// Whatever the system answers.
    async fn totals(&self) -> Result<Option<Vec<StayTotal>>, ConnectorError> {
        Ok(None)
    }

    /// Waits until the system signals that something changed (a notify, a new data version, a file). A system that
    /// cannot signal never returns. The caller polls in any case.
    ///
    /// # Errors
    /// The signal's line broke; the caller waits and calls again.
    async fn watch(&self) -> Result<(), ConnectorError> {
        std::future::pending().await
    }
}

/// A place in a stream or a walk, meaningful to the connector that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One page of a change feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// What changed.
    pub changes: Vec<Change>,
    /// Where to go on. Already safe to store: it leaves room for stamps that lag behind commits.
    pub next: Cursor,
    /// Whether a further page is ready now.
    pub more: bool,
}

/// One change of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A record as it is now.
    Seen(Box<Observation>),
    /// Something happened to a record: read it.
    Hint(Hint),
}

/// Word that something happened to a record, without its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The record.
    pub subject: RemoteRef,
    /// The system says that it was deleted; still only a hint.
    pub deleted: bool,
}

/// One page of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage {
    /// Each record's id and the digest of its content (`Observation::source_hash`).
    pub keys: Vec<(ExternalId, i64)>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

/// The answer to a direct read of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It is there. A redirect shows as an observation of shape `MergedInto`.
    Found(Box<Observation>),
    /// It does not exist.
    NotFound(RemoteRef),
    /// It exists and is none of cardex's business (a placeholder, a record out of scope).
    OutOfScope(RemoteRef),
    /// It is there and cannot be understood.
    Undecodable {
        /// The record.
        subject: RemoteRef,
        /// Which field, and why, without values.
        why: String,
    },
}

/// A result of `check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What was found, as a lower-case fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// As it should be.
    Good,
    /// It works, but not as well as it could.
    Warning,
    /// The system cannot be used like this.
    Error,
}

/// A step that `prepare` took or would take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it does, as a lower-case fragment.
    pub what: String,
    /// Whether it was taken now; `false` when only planned.
    pub taken: bool,
}

/// A pushed request, as it came in.
#[derive(Clone, Copy)]
pub struct PushRequest<'a> {
    /// Header names in lower case, with their values.
    pub headers: &'a [(String, String)],
    /// The path and query, as sent.
    pub uri: &'a str,
    /// The body, as sent.
    pub body: &'a [u8],
    /// When it arrived, in seconds of Unix time.
    pub arrived_at: i64,
}

impl PushRequest<'_> {
    /// The value of the header called `name`, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }
}

/// Why a pushed request is refused.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum PushError {
    /// The system does not push, or not by HTTP.
    #[error("the system takes no pushed requests")]
    NotSupported,
    /// The signature is missing or wrong.
    #[error("the signature is missing or wrong")]
    BadSignature,
    /// The request is too old or from the future.
    #[error("the time stamp is outside the window")]
    BadTime,
    /// The body cannot be read.
    #[error("the body cannot be read")]
    BadBody,
}

/// What went wrong with a system.
#[derive(Debug, Error)]
pub enum ConnectorError {
    /// It asks for fewer calls.
    #[error("`{system}` asks for fewer calls")]
    RateLimited {
        /// The system.
        system: SmolStr,
        /// The wait it asked for.
        wait: Option<Duration>,
    },
    /// No answer, a cut line, or an answer that says try again.
    #[error("`{system}` cannot be reached")]
    Unreachable {
        /// The system.
        system: SmolStr,
        /// Whether the request may have been carried out all the same.
        sent: bool,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// One record refuses the whole batch.
    #[error("`{system}` refuses the batch: {why}")]
    BatchRefused {
        /// The system.
        system: SmolStr,
        /// Why, without values.
        why: String,
    },
    /// The system refuses the call for good.
    #[error("`{system}` refuses: {why}")]
    Refused {
        /// The system.
        system: SmolStr,
        /// Why, without values.
        why: String,
    },
    /// Credentials or rights are missing.
    #[error("`{system}` refuses the credentials or lacks a right: {why}")]
    Unauthorised {
        /// The system.
        system: SmolStr,
        /// Which, without secrets.
        why: String,
    },
    /// The system is not what the connector was made for: a missing table, another version.
    #[error("`{system}` is not as expected: {what}")]
    Incompatible {
        /// The system.
        system: SmolStr,
        /// What is missing or different.
        what: String,
    },
    /// An answer cannot be understood.
    #[error("the answer of `{system}` cannot be understood: {what}")]
    Undecodable {
        /// The system.
        system: SmolStr,
        /// Which part, without values.
        what: String,
    },
    /// The feed does not reach back to the cursor.
    #[error("`{system}` does not remember as far back as the cursor")]
    CursorExpired {
        /// The system.
        system: SmolStr,
    },
    /// The system cannot do this at all; the capabilities should have said so.
    #[error("`{system}` cannot {what}")]
    Unsupported {
        /// The system.
        system: SmolStr,
        /// What was asked.
        what: &'static str,
    },
}

/// What to do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Wait as long as the system asked, else as long as the back-off says.
    RetryAfter(Option<Duration>),
    /// Nothing is known: read before writing again.
    Settle,
    /// Halve the batch and try each half.
    Bisect,
    /// Give the record up until somebody looks.
    Park,
    /// Stop the system until somebody looks; the others go on.
    Halt,
    /// Sweep, then start the stream anew.
    Sweep,
}

impl ConnectorError {
    /// The wait that the system asked for, where it asked for one.
    pub const fn wait(&self) -> Option<Duration> {
        match self.next_step() {
            NextStep::RetryAfter(wait) => wait,
            NextStep::Settle | NextStep::Bisect | NextStep::Park | NextStep::Halt | NextStep::Sweep => None,
        }
    }

    /// Decides once, for every caller, what happens next.
    #[must_use]
    pub const fn next_step(&self) -> NextStep {
        match self {
            Self::RateLimited { wait, .. } => NextStep::RetryAfter(*wait),
            Self::Unreachable { sent: true, .. } => NextStep::Settle,
            Self::Unreachable { sent: false, .. } => NextStep::RetryAfter(None),
            Self::BatchRefused { .. } => NextStep::Bisect,
            Self::Refused { .. } | Self::Undecodable { .. } | Self::Unsupported { .. } => NextStep::Park,
            Self::Unauthorised { .. } | Self::Incompatible { .. } => NextStep::Halt,
            Self::CursorExpired { .. } => NextStep::Sweep,
        }
    }
}
