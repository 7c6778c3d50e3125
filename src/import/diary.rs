//! What whoever looks on is told of a run: now and then in the store, because it is another process that runs.

use chrono::TimeDelta;

use super::Tally;
use super::run::Wish;
use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::SystemId;
use crate::store::ImportRun;

/// How often at most it is told.
const STEP: TimeDelta = TimeDelta::seconds(1);

/// What is told of one run. That it cannot be told ends no import.
pub(super) struct Diary<'a> {
    hub: &'a Hub,
    run: ImportRun,
}

impl<'a> Diary<'a> {
    /// Says that a run begins, or goes on with what an interrupted one had read.
    pub(super) async fn begin(hub: &'a Hub, system: &SystemId, wish: &Wish, so_far: &Tally) -> Self {
        let now = hub.clock.now();
        let run = ImportRun {
            id: new_id(),
            system: system.clone(),
            source: wish.source.to_owned(),
            begun_at: now,
            seen_at: now,
            ended: None,
            total: wish.total,
            before: so_far.rows,
            rows: so_far.rows,
            applied: so_far.applied,
            rejected: so_far.rejected,
        };
        let diary = Self { hub, run };
        diary.write().await;
        diary
    }

    /// Says how far it is, if it has not just been said.
    pub(super) async fn go_on(&mut self, tally: &Tally) {
        let now = self.hub.clock.now();
        if now - self.run.seen_at >= STEP {
            self.count(tally);
            self.write().await;
        }
    }

    /// Says how it has ended.
    pub(super) async fn end(mut self, tally: &Tally, succeeded: bool) {
        self.count(tally);
        self.run.ended = Some((self.run.seen_at, succeeded));
        self.write().await;
    }

    fn count(&mut self, tally: &Tally) {
        self.run.seen_at = self.hub.clock.now();
        (self.run.rows, self.run.applied, self.run.rejected) = (tally.rows, tally.applied, tally.rejected);
    }

    async fn write(&self) {
        if let Err(error) = self.hub.store.note_import(&self.run).await {
            tracing::warn!(error = %error, "how far the import is could not be written down");
        }
    }
}
