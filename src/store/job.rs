//! Which slots of a scheduled job have run. A slot runs once over restarts and several daemons: whoever claims it has
//! it until the lease ends; when he dies on the way, another may run it again.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Columns, execute, fetch, row, statements};

const TABLE: &str = "job";

statements! {
    LAST("t", "") = "select done_slot, done_at from job
        where job_key = $1 and done_slot is not null and done_at is not null";
    CLAIM("titii", "") = "insert into job (job_key, claimed_slot, lease_token, lease_until)
        values ($1, $2, $3, $4)
        on conflict (job_key) do update set claimed_slot = excluded.claimed_slot,
            lease_token = excluded.lease_token, lease_until = excluded.lease_until
        where (job.done_slot is null or job.done_slot < excluded.claimed_slot)
            and (job.lease_until is null or job.lease_until <= $5)";
    RECORD("titi", "") = "update job set done_slot = $2, done_at = $4, claimed_slot = null, lease_token = null,
            lease_until = null
        where job_key = $1 and claimed_slot = $2 and lease_token = $3";
}

/// The last finished run of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobRun {
    /// The slot: the instant for which it was planned.
    pub slot: DateTime<Utc>,
    /// When it was finished.
    pub finished_at: DateTime<Utc>,
}

impl Store {
    /// The last finished run of the job called `key`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn last_run(&self, key: &str) -> Result<Option<JobRun>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &LAST, row![key], vec![]).await?;
        let run = |row| {
            let mut columns = Columns::of(row, TABLE);
            Ok(JobRun { slot: columns.instant()?, finished_at: columns.instant()? })
        };
        rows.first().map(run).transpose()
    }

    /// Claims `slot` of the job called `key` until `lease_until`; `false` when it or a later one has run, or somebody
    /// is running the job.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn claim_slot(
        &self,
        key: &str,
        slot: DateTime<Utc>,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
        token: Uuid,
    ) -> Result<bool, StoreError> {
        let mut db = self.single_writer().await?;
        let fixed = row![key, slot, token, lease_until, now];
        let n_rows = execute(&mut db, &CLAIM, fixed, vec![]).await?;
        Ok(n_rows == 1)
    }

    /// Notes that the claimed `slot` has run; `false` when the lease was lost, so that somebody else runs it too.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn record_run(
        &self,
        key: &str,
        slot: DateTime<Utc>,
        now: DateTime<Utc>,
        token: Uuid,
    ) -> Result<bool, StoreError> {
        let mut db = self.single_writer().await?;
        let n_rows = execute(&mut db, &RECORD, row![key, slot, token, now], vec![]).await?;
        Ok(n_rows == 1)
    }
}
