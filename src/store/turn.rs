//! Turns: work that one daemon at a time does, because what it writes of one record depends on others. Whoever has a turn
//! renews it in every transaction of the work, so that nobody writes who has lost it.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;
use uuid::Uuid;

use super::error::StoreError;
use super::open::Store;
use super::sql::{execute, row, statements};

statements! {
    TAKE("ttii", "") = "insert into job (job_key, lease_token, lease_until) values ($1, $2, $3)
        on conflict (job_key) do update set lease_token = excluded.lease_token,
            lease_until = excluded.lease_until
        where job.lease_until is null or job.lease_until <= $4 or job.lease_token = $2";
    KEEP("tti", "") = "update job set lease_until = $3 where job_key = $1 and lease_token = $2";
    END("tt", "") = "update job set lease_until = null where job_key = $1 and lease_token = $2";
}

/// The right to do some work: one daemon has it at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// At what.
    pub at: TurnAt,
    /// Tells who has it.
    pub token: Uuid,
    /// When another may take it.
    pub until: DateTime<Utc>,
}

/// What turns are taken at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnAt {
    /// Looking for duplicates.
    Matching,
    /// Keeping the index of the search.
    Search,
}

impl TurnAt {
    const fn key(self) -> &'static str {
        match self {
            Self::Matching => "match-turn",
            Self::Search => "search-turn",
        }
    }
}

/// Somebody who takes turns at some work, and gives back only what he has.
pub struct TurnTaker {
    at: TurnAt,
    token: Uuid,
    has_turn: AtomicBool,
}

impl TurnTaker {
    /// Somebody who has no turn yet; `token` tells him from others.
    pub const fn new(at: TurnAt, token: Uuid) -> Self {
        Self { at, token, has_turn: AtomicBool::new(false) }
    }

    /// The turn as it is from now on, for what is written under it.
    pub const fn until(&self, until: DateTime<Utc>) -> Turn {
        Turn { at: self.at, token: self.token, until }
    }

    /// Takes the turn, or keeps it for longer; `false` when somebody else has it.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn take(
        &self,
        store: &Store,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let is_ours = store.take_turn(self.until(until), now).await?;
        self.has_turn.fetch_or(is_ours, Ordering::Relaxed);
        Ok(is_ours)
    }

    /// Lets somebody else have the turn, if it is ours: who has none writes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer; the turn ends by itself.
    pub async fn rest(&self, store: &Store, now: DateTime<Utc>) -> Result<(), StoreError> {
        if self.has_turn.swap(false, Ordering::Relaxed) {
            store.end_turn(self.until(now)).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Takes the turn, or keeps it for longer; `false` when somebody else has it.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    async fn take_turn(&self, turn: Turn, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let fixed = row![turn.at.key(), turn.token, turn.until, now];
        Ok(execute(&mut *self.single_writer().await?, &TAKE, fixed, vec![]).await? == 1)
    }

    /// Lets somebody else have the turn.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    async fn end_turn(&self, turn: Turn) -> Result<(), StoreError> {
        execute(&mut *self.single_writer().await?, &END, row![turn.at.key(), turn.token], vec![]).await?;
        Ok(())
    }
}

/// Keeps the turn for a transaction of whoever has it, and everybody else out of it until it is done.
pub(super) async fn keep_turn(db: &mut AnyConnection, turn: Turn) -> Result<(), StoreError> {
    if execute(db, &KEEP, row![turn.at.key(), turn.token, turn.until], vec![]).await? == 1 {
        return Ok(());
    }
    Err(StoreError::Conflict { what: format!("the `{}`", turn.at.key()) })
}
