//! Turns: work that one daemon at a time does, because what it writes of one record depends on others. Whoever has a turn
//! renews it in every transaction of the work, so that nobody writes who has lost it.

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

impl Store {
    /// Takes the turn, or keeps it for longer; `false` when somebody else has it.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn take_turn(&self, turn: Turn, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let fixed = row![turn.at.key(), turn.token, turn.until, now];
        Ok(execute(&mut *self.single_writer().await?, &TAKE, fixed, vec![]).await? == 1)
    }

    /// Lets somebody else have the turn.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn end_turn(&self, turn: Turn) -> Result<(), StoreError> {
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
