//! The queues as operators see them: lists, counts, retrying and dropping.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

use super::Queue;
use super::error::StoreError;
use super::journal;
use super::mark_sql::{QueueSql, sql_of};
use super::open::Store;
use super::sql::{Binds, Columns, fetch, row};
use crate::model::journal::Entry;
use crate::model::{ExternalId, Lane, RecordId, RecordKind, RemoteRef, SystemId};

/// Which marks are meant; all conditions hold together, and an empty filter means every mark.
#[derive(Debug, Clone, Default)]
pub struct QueueFilter {
    /// Those of this system.
    pub system: Option<SystemId>,
    /// Those of this queue.
    pub queue: Option<Queue>,
    /// This mark; give `queue` with it, because each queue numbers its own.
    pub mark_id: Option<i64>,
    /// Those to be written for this record; a mark to read is about no record of the hub.
    pub record: Option<RecordId>,
    /// Only those that were given up.
    pub parked_only: bool,
    /// Those whose last reason contains this text, in any case.
    pub reason: Option<String>,
    /// In a list, only what comes after this one: since when it has been there, and its row. Give `queue` with it.
    pub after: Option<(DateTime<Utc>, i64)>,
    /// At most this many per queue, oldest first.
    pub limit: Option<u32>,
}

/// What a mark is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkState {
    /// A worker.
    Ready,
    /// The worker that has it.
    Leased,
    /// Its time.
    Waiting,
    /// An operator, or news.
    Parked,
}

/// A mark as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueItem {
    /// Which queue.
    pub queue: Queue,
    /// The mark's row.
    pub mark_id: i64,
    /// The system.
    pub system: SystemId,
    /// What is to be read or written.
    pub subject: Subject,
    /// How urgent.
    pub lane: Lane,
    /// What it is waiting for.
    pub state: MarkState,
    /// Not before.
    pub not_before: DateTime<Utc>,
    /// Failed tries.
    pub attempts: u32,
    /// How many reasons there were for it.
    pub touched: i64,
    /// Why the last try failed.
    pub reason: Option<String>,
    /// Since when it has been there.
    pub created_at: DateTime<Utc>,
}

/// What a mark is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A record of the hub, to be written.
    Record(RecordId),
    /// A record of the system, to be read.
    Remote(RemoteRef),
}

/// How many marks of one queue, system, state and lane there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueCount {
    /// Which queue.
    pub queue: Queue,
    /// The system.
    pub system: SystemId,
    /// What they are waiting for.
    pub state: MarkState,
    /// How urgent.
    pub lane: Lane,
    /// How many.
    pub n_marks: u64,
    /// Since when the oldest has been there.
    pub oldest: DateTime<Utc>,
}

impl Store {
    /// The marks that `filter` means, oldest first within each queue.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn queue_list(
        &self,
        filter: &QueueFilter,
        now: DateTime<Utc>,
    ) -> Result<Vec<QueueItem>, StoreError> {
        let mut db = self.reader().await?;
        let mut items = Vec::new();
        for queue in filter.queues() {
            let [system, parked, reason, limit] = filter.binds();
            let (since, row) = filter.after.unzip();
            let mark = filter.mark_id.into();
            let fixed = vec![system, parked, reason, limit, mark, filter.record(), since.into(), row.into()];
            for row in &fetch(&mut db, sql_of(queue).list, fixed, vec![]).await? {
                items.push(item(row, queue, sql_of(queue), now)?);
            }
        }
        Ok(items)
    }

    /// How many marks there are, by queue, system, state and lane; what there are none of is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn queue_counts(&self, now: DateTime<Utc>) -> Result<Vec<QueueCount>, StoreError> {
        let mut db = self.reader().await?;
        let mut counts = Vec::new();
        for queue in Queue::ALL {
            let sql = sql_of(queue);
            for row in &fetch(&mut db, sql.counts, row![now], vec![]).await? {
                let mut columns = Columns::of(row, sql.table);
                counts.push(QueueCount {
                    queue,
                    system: SystemId::new(columns.text()?),
                    state: columns.word(MarkState::parse)?,
                    lane: Lane::from_number(columns.int()?),
                    n_marks: columns.count()?,
                    oldest: columns.instant()?,
                });
            }
        }
        Ok(counts)
    }

    /// Sets the marks that `filter` means going again, with fresh tries; those that a worker has are left to it. The
    /// journal says who asked. Gives back how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer; nothing has changed then.
    pub async fn queue_retry(
        &self,
        filter: &QueueFilter,
        journal: &[Entry],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.change(filter, journal, now, |sql| sql.retry).await
    }

    /// Forgets the marks that `filter` means; those that a worker has are left to it. The journal says who asked.
    /// Gives back how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer; nothing has changed then.
    pub async fn queue_drop(
        &self,
        filter: &QueueFilter,
        journal: &[Entry],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.change(filter, journal, now, |sql| sql.drop).await
    }

    async fn change(
        &self,
        filter: &QueueFilter,
        entries: &[Entry],
        now: DateTime<Utc>,
        statement: fn(&QueueSql) -> &'static super::sql::Statement,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.writer().await?;
        let mut n_marks = 0;
        let mut systems = BTreeSet::new();
        for queue in filter.queues() {
            let sql = sql_of(queue);
            let [system, parked, reason, limit] = filter.binds();
            let mark = filter.mark_id.into();
            let fixed: Binds = vec![system, parked, reason, limit, now.into(), mark, filter.record()];
            for row in &fetch(&mut transaction, statement(sql), fixed, vec![]).await? {
                systems.insert(SystemId::new(Columns::of(row, sql.table).text()?));
                n_marks += 1;
            }
        }
        journal::append(self.dialect(), entries)?.execute(&mut transaction).await?;
        self.audit_entries(&mut transaction, entries).await?;
        for system in &systems {
            self.0.waker.notify(&mut transaction, self.dialect(), system).await?;
        }
        transaction.commit().await?;
        for system in &systems {
            self.wake(system);
        }
        Ok(n_marks)
    }
}

impl QueueFilter {
    fn queues(&self) -> Vec<Queue> {
        self.queue.map_or_else(|| Queue::ALL.to_vec(), |queue| vec![queue])
    }

    fn record(&self) -> super::sql::Bind {
        self.record.map_or(super::sql::Bind::Text(None), |record| record.uuid().into())
    }

    /// System, parked, reason as a pattern, limit.
    fn binds(&self) -> [super::sql::Bind; 4] {
        let pattern = self.reason.as_ref().map(|text| {
            let escaped = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
            format!("%{escaped}%")
        });
        [
            self.system.as_ref().map(SystemId::as_str).into(),
            self.parked_only.into(),
            pattern.into(),
            self.limit.map_or(i64::MAX, i64::from).into(),
        ]
    }
}

impl MarkState {
    /// The state's name in storage, messages and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Ready, Self::Leased, Self::Waiting, Self::Parked]
            .into_iter()
            .find(|state| state.name() == word)
    }

    /// Parked beats leased beats waiting, as in the statement that counts.
    fn of(parked: bool, lease: Option<DateTime<Utc>>, not_before: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        if parked {
            Self::Parked
        } else if lease.is_some_and(|until| until > now) {
            Self::Leased
        } else if not_before > now {
            Self::Waiting
        } else {
            Self::Ready
        }
    }
}

fn item(row: &AnyRow, queue: Queue, sql: &QueueSql, now: DateTime<Utc>) -> Result<QueueItem, StoreError> {
    let mut columns = Columns::of(row, sql.table);
    let mark_id = columns.int()?;
    let touched = columns.int()?;
    let attempts = u32::try_from(columns.int()?).unwrap_or(u32::MAX);
    let system = SystemId::new(columns.text()?);
    let subject = subject(&mut columns, queue)?;
    let lane = Lane::from_number(columns.int()?);
    columns.skip();
    let not_before = columns.instant()?;
    let parked = columns.flag()?;
    let reason = columns.maybe_text()?;
    let state = MarkState::of(parked, columns.maybe_instant()?, not_before, now);
    let created_at = columns.instant()?;
    Ok(QueueItem {
        queue,
        mark_id,
        system,
        subject,
        lane,
        state,
        not_before,
        attempts,
        touched,
        reason,
        created_at,
    })
}

fn subject(columns: &mut Columns<'_>, queue: Queue) -> Result<Subject, StoreError> {
    match queue {
        Queue::Due => Ok(Subject::Record(RecordId::new(columns.uuid()?))),
        Queue::Reads => {
            let kind = columns.word(RecordKind::parse)?;
            let external_id = ExternalId::new(columns.text()?);
            columns.skip();
            Ok(Subject::Remote(RemoteRef { kind, external_id }))
        }
    }
}
