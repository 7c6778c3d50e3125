//! What the workers of a system must know over a restart: its epoch, its health, and how its work has gone lately.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

use super::error::StoreError;
use super::journal;
use super::open::Store;
use super::sql::{Binds, Columns, Statement, execute, fetch, row, statements};
use crate::model::journal::Entry;
use crate::model::{OperatorId, SystemId};

const TABLE: &str = "system_state";

/// A `select` of states; the columns are those that [`state`] reads.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select system_id, epoch, health, health_reason, paused_by, paused_at, last_success_at, last_error, failures,
                window_since, window_done, window_parked, generation, last_push_at from system_state ",
            $rest
        )
    };
}

statements! {
    ONE("t", "") = select!("where system_id = $1");
    EVERY("", "") = select!("order by system_id");
    NEXT_EPOCH("t", "") = "insert into system_state (system_id, epoch) values ($1, 1)
        on conflict (system_id) do update set epoch = system_state.epoch + 1 returning epoch";
    NEXT_GENERATION("t", "") = "insert into system_state (system_id, generation) values ($1, 1)
        on conflict (system_id) do update set generation = system_state.generation + 1 returning generation";
    // What stops by itself does not take an operator's pause away.
    SET_HEALTH("tttti", "") = "insert into system_state (system_id, health, health_reason, paused_by, paused_at)
        values ($1, $2, $3, $4, $5)
        on conflict (system_id) do update set health = excluded.health, health_reason = excluded.health_reason,
            paused_by = excluded.paused_by, paused_at = excluded.paused_at
        where system_state.health <> excluded.health
            and (excluded.health <> 'halted' or system_state.health = 'running')";
    SUCCESS("ti", "") = "insert into system_state (system_id, last_success_at) values ($1, $2)
        on conflict (system_id) do update
        set last_success_at = excluded.last_success_at, last_error = null, failures = 0";
    FAILURE("tt", "") = "insert into system_state (system_id, last_error, failures) values ($1, $2, 1)
        on conflict (system_id) do update
        set last_error = excluded.last_error, failures = system_state.failures + 1 returning failures";
    // Several daemons may take what one system pushes.
    PUSHED("ti", "") = "insert into system_state (system_id, last_push_at) values ($1, $2)
        on conflict (system_id) do update set last_push_at = excluded.last_push_at
        where system_state.last_push_at is null or system_state.last_push_at < excluded.last_push_at";
    COUNT("tiiii", "") = "insert into system_state (system_id, window_since, window_done, window_parked)
        values ($1, $2, $4, $5)
        on conflict (system_id) do update set
            window_since = case when system_state.window_since < $3 then $2 else system_state.window_since end,
            window_done = case when system_state.window_since < $3 then $4
                else system_state.window_done + $4 end,
            window_parked = case when system_state.window_since < $3 then $5
                else system_state.window_parked + $5 end
        returning window_since, window_done, window_parked";
}

/// Whether the workers of a system may work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Health {
    /// They may.
    #[default]
    Running,
    /// An operator has stopped them.
    Paused {
        /// Who.
        by: OperatorId,
        /// When.
        at: DateTime<Utc>,
    },
    /// Something stopped them until an operator looks.
    Halted {
        /// Why, without values.
        reason: String,
    },
}

impl Health {
    /// Its name in the store, in commands and for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused { .. } => "paused",
            Self::Halted { .. } => "halted",
        }
    }
}

/// What is known of a system over a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemState {
    /// The system.
    pub system: SystemId,
    /// The last epoch that was handed out; see [`Store::next_epoch`].
    pub epoch: i64,
    /// Whether its workers may work.
    pub health: Health,
    /// When something last went well.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Why the last call failed, without values; `None` since the last success.
    pub last_error: Option<String>,
    /// Failures since the last success.
    pub failures: u32,
    /// What was done and parked lately.
    pub window: ParkWindow,
    /// The last sweep that was begun.
    pub generation: i64,
    /// When the last of its pushed requests was taken; up to a few seconds behind.
    pub last_push_at: Option<DateTime<Utc>>,
}

/// How much work of a system was done and parked since an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParkWindow {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Marks done.
    pub done: u64,
    /// Marks parked.
    pub parked: u64,
}

impl SystemState {
    /// A system that nothing is known of.
    pub const fn new(system: SystemId) -> Self {
        let window = ParkWindow { since: DateTime::UNIX_EPOCH, done: 0, parked: 0 };
        Self {
            system,
            epoch: 0,
            health: Health::Running,
            last_success_at: None,
            last_error: None,
            failures: 0,
            window,
            generation: 0,
            last_push_at: None,
        }
    }
}

impl Store {
    /// What is known of `system`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or the row cannot be read.
    pub async fn system_state(&self, system: &SystemId) -> Result<SystemState, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &ONE, row![system.as_str()], vec![]).await?;
        rows.first().map_or_else(|| Ok(SystemState::new(system.clone())), state)
    }

    /// What is known of every system that has ever worked, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn system_states(&self) -> Result<Vec<SystemState>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &EVERY, row![], vec![]).await?;
        rows.iter().map(state).collect()
    }

    /// The epoch of `system`: what is fetched now is fetched under it.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn epoch(&self, system: &SystemId) -> Result<i64, StoreError> {
        Ok(self.system_state(system).await?.epoch)
    }

    /// Moves the epoch of `system` on, durably, and gives back the new one.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn next_epoch(&self, system: &SystemId) -> Result<i64, StoreError> {
        let rows = self.change_state(&NEXT_EPOCH, row![system.as_str()]).await?;
        rows.first().map_or(Ok(0), |row| Columns::of(row, TABLE).int())
    }

    /// Begins a sweep of `system` and gives back its number.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn next_generation(&self, system: &SystemId) -> Result<i64, StoreError> {
        let rows = self.change_state(&NEXT_GENERATION, row![system.as_str()]).await?;
        rows.first().map_or(Ok(0), |row| Columns::of(row, TABLE).int())
    }

    /// Lets the workers of `system` work, or stops them; the journal says who asked. `false`, and no word in the journal,
    /// when it is so already, or when what stops by itself meets an operator's pause.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn set_health(
        &self,
        system: &SystemId,
        health: &Health,
        entries: &[Entry],
    ) -> Result<bool, StoreError> {
        let word = health.name();
        let fixed = match health {
            Health::Running => row![system.as_str(), word, None::<&str>, None::<&str>, None::<i64>],
            Health::Paused { by, at } => row![system.as_str(), word, None::<&str>, by.as_str(), *at],
            Health::Halted { reason } => {
                row![system.as_str(), word, reason.as_str(), None::<&str>, None::<i64>]
            }
        };
        let mut transaction = self.writer().await?;
        if execute(&mut transaction, &SET_HEALTH, fixed, vec![]).await? == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        journal::append(self.dialect(), entries)?.execute(&mut transaction).await?;
        self.audit_entries(&mut transaction, entries).await?;
        self.0.waker.notify(&mut transaction, self.dialect(), system).await?;
        transaction.commit().await?;
        self.wake(system);
        Ok(true)
    }

    /// Notes that a call to `system` went well.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn note_success(&self, system: &SystemId, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.change_state(&SUCCESS, row![system.as_str(), now]).await?;
        Ok(())
    }

    /// Notes that a call to `system` failed, why (without values), and gives back how many have failed in a row.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn note_failure(&self, system: &SystemId, error: &str) -> Result<u32, StoreError> {
        let rows = self.change_state(&FAILURE, row![system.as_str(), error]).await?;
        let failures = rows.first().map_or(Ok(0), |row| Columns::of(row, TABLE).int())?;
        Ok(u32::try_from(failures).unwrap_or(u32::MAX))
    }

    /// Notes that a pushed request of `system` was taken at `at`, unless a later one was.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn note_push(&self, system: &SystemId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.change_state(&PUSHED, row![system.as_str(), at]).await?;
        Ok(())
    }

    /// Counts work of `system` that was done and parked, in the window that begins with the first count after
    /// `oldest`, and gives back the window so far.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn count_ended(
        &self,
        system: &SystemId,
        now: DateTime<Utc>,
        oldest: DateTime<Utc>,
        done: u32,
        parked: u32,
    ) -> Result<ParkWindow, StoreError> {
        let fixed = row![system.as_str(), now, oldest, i64::from(done), i64::from(parked)];
        let rows = self.change_state(&COUNT, fixed).await?;
        let empty = ParkWindow { since: now, done: 0, parked: 0 };
        rows.first().map_or(Ok(empty), |row| window(&mut Columns::of(row, TABLE)))
    }

    async fn change_state(&self, statement: &Statement, fixed: Binds) -> Result<Vec<AnyRow>, StoreError> {
        fetch(&mut *self.single_writer().await?, statement, fixed, vec![]).await
    }
}

fn window(columns: &mut Columns<'_>) -> Result<ParkWindow, StoreError> {
    Ok(ParkWindow { since: columns.instant()?, done: columns.count()?, parked: columns.count()? })
}

fn state(row: &AnyRow) -> Result<SystemState, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    let system = SystemId::new(columns.text()?);
    let epoch = columns.int()?;
    let word = columns.text()?;
    let reason = columns.maybe_text()?.unwrap_or_default();
    let by = OperatorId::new(columns.maybe_text()?.unwrap_or_default());
    let at = columns.maybe_instant()?.unwrap_or_default();
    let health = match word.as_str() {
        "running" => Health::Running,
        "paused" => Health::Paused { by, at },
        "halted" => Health::Halted { reason },
        _unknown => return Err(columns.wrong("the health is not a known one")),
    };
    Ok(SystemState {
        system,
        epoch,
        health,
        last_success_at: columns.maybe_instant()?,
        last_error: columns.maybe_text()?,
        failures: u32::try_from(columns.int()?).unwrap_or(u32::MAX),
        window: window(&mut columns)?,
        generation: columns.int()?,
        last_push_at: columns.maybe_instant()?,
    })
}
