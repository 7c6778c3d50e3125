//! The loops that work one system: reading what is marked, writing what is due, and asking for what changed.
//!
//! Each loop ends when `stop` is cancelled, after the piece of work it holds. A panic in one piece of work is
//! caught here: its marks come back when their lease ends, and the loop goes on.

use futures_util::FutureExt as _;
use std::future::Future;
use std::ops::RangeInclusive;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

use crate::capture::cycle::Cycle as Counts;
use crate::capture::{self, CaptureError};
use crate::connectors::{ConnectorError, NextStep};
use crate::deliver::{self, DeliverError};
use crate::hub::{Hub, System};
use crate::model::Lane;
use crate::queue::progress;
use crate::review::{self, ReviewError};
use crate::store::{Queue, StoreError};
use crate::telemetry;

/// How long a system is left alone after it refused the credentials or turned out to be another version.
const HALTED_PAUSE: Duration = Duration::from_mins(5);
/// The longest rest after a failure of the hub's own: the store is near, and nobody else is spared by waiting.
const OWN_PAUSE: Duration = Duration::from_secs(15);
/// Over how many batches of reads the mass guard counts.
const GUARDED_BATCHES: u32 = 100;

/// What one round of a loop found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// There was work, and there may be more.
    Busy,
    /// There was none.
    Idle,
}

/// Why a round failed, and for how long the loop should rest.
#[derive(Debug, thiserror::Error)]
pub(super) enum RoundError {
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    #[error(transparent)]
    Review(#[from] ReviewError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a piece of work panicked")]
    Panicked,
}

impl RoundError {
    /// The system's own error, where it is the cause.
    pub(super) fn connector(&self) -> Option<&ConnectorError> {
        match self {
            Self::Capture(CaptureError::Connector(error))
            | Self::Deliver(
                DeliverError::Connector(error) | DeliverError::Capture(CaptureError::Connector(error)),
            )
            | Self::Review(ReviewError::Merge(error)) => Some(error),
            Self::Capture(CaptureError::Store(_) | CaptureError::Held { .. })
            | Self::Deliver(
                DeliverError::Store(_)
                | DeliverError::Capture(CaptureError::Store(_) | CaptureError::Held { .. }),
            )
            | Self::Review(_)
            | Self::Store(_)
            | Self::Panicked => None,
        }
    }

    /// The error with its causes, where the hub's own store is the cause and may stay so: a disk that is full, a
    /// database that is away.
    pub(super) fn of_the_store(&self) -> Option<String> {
        let store = match self {
            Self::Capture(CaptureError::Store(error))
            | Self::Deliver(DeliverError::Store(error) | DeliverError::Capture(CaptureError::Store(error)))
            | Self::Review(ReviewError::Store(error))
            | Self::Store(error) => error,
            Self::Capture(CaptureError::Connector(_) | CaptureError::Held { .. })
            | Self::Deliver(
                DeliverError::Connector(_)
                | DeliverError::Capture(CaptureError::Connector(_) | CaptureError::Held { .. }),
            )
            | Self::Review(_)
            | Self::Panicked => return None,
        };
        store.is_transient().then(|| telemetry::Chain(store).to_string())
    }

    /// How long the loop rests after `failures` failures in a row.
    pub(super) fn rest(&self, system: &System, failures: u32) -> Duration {
        match self.connector().map(ConnectorError::next_step) {
            Some(NextStep::Halt) => HALTED_PAUSE,
            Some(NextStep::RetryAfter(Some(wait))) => wait,
            Some(
                NextStep::RetryAfter(None)
                | NextStep::Settle
                | NextStep::Bisect
                | NextStep::Park
                | NextStep::Sweep,
            ) => system.settings.retry.delay(failures, 1.0, None),
            None => system.settings.retry.delay(failures, 1.0, None).min(OWN_PAUSE),
        }
    }
}

/// What a worker does with its system.
#[derive(Debug, Clone)]
pub(super) enum Duty {
    /// Read what is marked in these lanes.
    Read(RangeInclusive<Lane>),
    /// Write what is due in these lanes.
    Deliver(RangeInclusive<Lane>),
    /// Make the merges that nobody has to be asked about.
    Merge,
}

impl Duty {
    fn lanes(&self) -> RangeInclusive<Lane> {
        match self {
            Self::Merge => Lane::Status..=Lane::Audit,
            Self::Read(lanes) | Self::Deliver(lanes) => lanes.clone(),
        }
    }

    /// The queue that it works off, if it works one off.
    const fn queue(&self) -> Option<Queue> {
        match self {
            Self::Read(_) => Some(Queue::Reads),
            Self::Deliver(_) => Some(Queue::Due),
            Self::Merge => None,
        }
    }
}

/// One loop over one queue of one system.
pub(super) struct Worker {
    hub: Hub,
    system: Arc<System>,
    duty: Duty,
    /// What the reads have done lately: the mass guard counts over `GUARDED_BATCHES` of them.
    counts: Counts,
    n_batches: u32,
}

impl Worker {
    /// What the worker is called where its loop has to be named.
    pub(super) fn name(&self) -> String {
        let duty = match &self.duty {
            Duty::Read(lanes) if *lanes.end() == Lane::Audit => "reader",
            Duty::Read(_) => "urgent reader",
            Duty::Deliver(lanes) if *lanes.end() == Lane::Audit => "writer",
            Duty::Deliver(_) => "urgent writer",
            Duty::Merge => "merger",
        };
        format!("the {duty} of system `{}`", self.system.id)
    }

    /// A worker that has not begun.
    pub(super) fn new(hub: &Hub, system: &Arc<System>, duty: Duty) -> Self {
        Self { hub: hub.clone(), system: Arc::clone(system), duty, counts: Counts::new(system), n_batches: 0 }
    }

    /// Works until stopped: at once while there is work, else when woken, when the next mark is ready, or after the
    /// idle poll.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut wakeups = self.hub.store.wakeups();
        let mut failures = 0;
        while stop.run_until_cancelled(self.room()).await.is_some() {
            let rest = match guarded(Box::pin(self.round())).await {
                Ok(round) => {
                    failures = 0;
                    progress::beat();
                    progress::trouble(None);
                    if round == Round::Busy {
                        continue;
                    }
                    self.until_ready().await
                }
                Err(error) => {
                    failures += 1;
                    telemetry::round_failed(&self.system.id, &error, failures);
                    progress::trouble(error.of_the_store());
                    error.rest(&self.system, failures)
                }
            };
            let waiting = async {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(rest) => {}
                    () = wakeups.woken(&self.system.id), if failures == 0 => {}
                }
            };
            progress::rest(waiting).await;
        }
    }

    /// Waits until the system can be called: whatever becomes due meanwhile goes with the next call.
    async fn room(&self) {
        if self.duty.queue().is_some() {
            self.system.budget.room(*self.duty.lanes().start()).await;
        }
    }

    async fn round(&mut self) -> Result<Round, RoundError> {
        if self.system.is_halted() {
            return Ok(Round::Idle);
        }
        let n_claimed = match self.duty {
            Duty::Read(_) => self.read().await?,
            Duty::Deliver(_) => self.deliver().await?,
            Duty::Merge => review::make(&self.hub, &self.system).await?,
        };
        Ok(if n_claimed == 0 { Round::Idle } else { Round::Busy })
    }

    async fn read(&mut self) -> Result<usize, RoundError> {
        self.n_batches += 1;
        if self.n_batches.is_multiple_of(GUARDED_BATCHES) {
            self.counts = Counts::new(&self.system);
        }
        let lanes = self.duty.lanes();
        Ok(capture::reads::work(&self.hub, &self.system, lanes, &mut self.counts).await?)
    }

    async fn deliver(&self) -> Result<usize, RoundError> {
        let started = Instant::now();
        let delivered = deliver::work(&self.hub, &self.system, self.duty.lanes()).await?;
        if delivered.sent > 0 {
            telemetry::write_took(&self.system.id, started.elapsed());
        }
        telemetry::delivered(&self.system.id, delivered.done, delivered.parked);
        if self.system.parks_too_much(delivered.done, delivered.parked) {
            super::halt(&self.hub, &self.system, "too much of the last work was parked").await?;
        }
        Ok(delivered.claimed)
    }

    async fn until_ready(&self) -> Duration {
        let longest = self.system.settings.idle_poll;
        let Some(queue) = self.duty.queue() else { return longest };
        match self.hub.store.next_ready_at(&self.system.id, queue, self.duty.lanes()).await {
            Ok(Some(at)) => {
                (at - self.hub.clock.now()).to_std().unwrap_or(Duration::from_millis(1)).min(longest)
            }
            Ok(None) | Err(_) => longest,
        }
    }
}

/// Runs one round and turns a panic into an error.
pub(super) async fn guarded(
    round: impl Future<Output = Result<Round, RoundError>>,
) -> Result<Round, RoundError> {
    AssertUnwindSafe(round).catch_unwind().await.unwrap_or(Err(RoundError::Panicked))
}
