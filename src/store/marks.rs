//! The two queues: setting marks, claiming them under a lease, and ending the lease.
//!
//! A lease that runs out is a try that failed: whoever had the mark has died over it, or hangs.
//!
//! A mark is one row per key. Touching it again counts, keeps the more urgent lane, and never makes it wait longer.
//! A touch in a live lane (status, arrival, live) is news: it clears failed tries and the park. A touch in a
//! background lane (backfill, audit) is not, or every sweep would set parked work going again.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::error::StoreError;
use super::mark_sql::{QueueSql, sql_of};
use super::open::Store;
use super::sql::{Binds, Columns, execute, fetch, fetch_locking, row};
use super::{Due, End, Finished, Lease, Queue, ReadMark};
use crate::model::{ExternalId, Lane, RecordId, RecordKind, RemoteRef, SystemId, Word};

impl Store {
    /// Takes up to `limit` ready marks of the outbox of `system`, most urgent first, until `lease_until`. A mark whose
    /// last lease ran out says so.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn claim_due(
        &self,
        system: &SystemId,
        lanes: RangeInclusive<Lane>,
        limit: u32,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
        token: Uuid,
    ) -> Result<Vec<Lease<Due>>, StoreError> {
        let fixed = claim_binds(system, &lanes, limit, now, lease_until, token);
        let mut leases = self.claim(Queue::Due, fixed, token, due).await?;
        leases.sort_by_key(|lease| (lease.mark.lane, lease.mark.rank, lease.mark.not_before, lease.mark_id));
        Ok(leases)
    }

    /// Takes up to `limit` ready marks of the change queue of `system`, most urgent first, until `lease_until`. A mark
    /// whose last lease ran out says so.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn claim_reads(
        &self,
        system: &SystemId,
        lanes: RangeInclusive<Lane>,
        limit: u32,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
        token: Uuid,
    ) -> Result<Vec<Lease<ReadMark>>, StoreError> {
        let fixed = claim_binds(system, &lanes, limit, now, lease_until, token);
        let mut leases = self.claim(Queue::Reads, fixed, token, read_mark).await?;
        let order = |lease: &Lease<ReadMark>| {
            (lease.mark.lane, lease.mark.subject.kind.rank(), lease.mark.not_before, lease.mark_id)
        };
        leases.sort_by_key(order);
        Ok(leases)
    }

    async fn claim<T>(
        &self,
        queue: Queue,
        fixed: Binds,
        token: Uuid,
        mark: fn(&mut Columns<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<Lease<T>>, StoreError> {
        let sql = sql_of(queue);
        let mut db = self.single_writer().await?;
        let rows = fetch_locking(&mut db, sql.claim, self.dialect().claim_lock(), fixed, vec![]).await?;
        rows.iter().map(|row| lease(row, sql, token, mark)).collect()
    }

    /// Gives back every mark of a claim that is still held, without counting a failed try.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn hand_back<T>(
        &self,
        queue: Queue,
        claim: &[Lease<T>],
        not_before: DateTime<Utc>,
        reason: &str,
    ) -> Result<(), StoreError> {
        let Some(first) = claim.first() else { return Ok(()) };
        let marks = claim.iter().map(|lease| row![lease.mark_id]).collect();
        let mut db = self.single_writer().await?;
        execute(&mut db, sql_of(queue).hand_back, row![first.token, not_before, reason], marks).await?;
        Ok(())
    }

    /// Lets those of these marks that are still held under the token of a claim stay so until `lease_until`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn renew(
        &self,
        queue: Queue,
        token: Uuid,
        marks: &[i64],
        lease_until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let marks = marks.iter().map(|mark| row![*mark]).collect();
        let mut db = self.single_writer().await?;
        execute(&mut db, sql_of(queue).renew, row![token, lease_until], marks).await?;
        Ok(())
    }

    /// When the next mark of `system` in these lanes becomes ready, or has become; `None` when nothing waits. Parked marks do not
    /// count, leased ones do when their lease ends.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn next_ready_at(
        &self,
        system: &SystemId,
        queue: Queue,
        lanes: RangeInclusive<Lane>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sql = sql_of(queue);
        let fixed = row![system.as_str(), lanes.start().number(), lanes.end().number()];
        let rows = fetch(&mut *self.reader().await?, sql.next, fixed, vec![]).await?;
        rows.first().map_or(Ok(None), |row| Columns::of(row, sql.table).maybe_instant())
    }
}

fn claim_binds(
    system: &SystemId,
    lanes: &RangeInclusive<Lane>,
    limit: u32,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    token: Uuid,
) -> Binds {
    let (first, last) = (lanes.start().number(), lanes.end().number());
    row![system.as_str(), first, last, now, i64::from(limit), token, lease_until]
}

fn lease<T>(
    row: &AnyRow,
    sql: &QueueSql,
    token: Uuid,
    mark: fn(&mut Columns<'_>) -> Result<T, StoreError>,
) -> Result<Lease<T>, StoreError> {
    let mut columns = Columns::of(row, sql.table);
    let mark_id = columns.int()?;
    let touched = columns.int()?;
    let attempts = u32::try_from(columns.int()?).unwrap_or(u32::MAX);
    let mark = mark(&mut columns)?;
    Ok(Lease { mark_id, token, touched, attempts, cut_off: columns.flag()?, mark })
}

fn due(columns: &mut Columns<'_>) -> Result<Due, StoreError> {
    Ok(Due {
        system: SystemId::new(columns.text()?),
        record: RecordId::new(columns.uuid()?),
        lane: Lane::from_number(columns.int()?),
        rank: columns.int()?,
        not_before: columns.instant()?,
    })
}

fn read_mark(columns: &mut Columns<'_>) -> Result<ReadMark, StoreError> {
    let system = SystemId::new(columns.text()?);
    let kind = columns.word(RecordKind::parse)?;
    let external_id = ExternalId::new(columns.text()?);
    let said = said(columns.int()?);
    Ok(ReadMark {
        system,
        subject: RemoteRef { kind, external_id },
        said,
        lane: Lane::from_number(columns.int()?),
        not_before: {
            columns.skip();
            columns.instant()?
        },
    })
}

/// The word that the column `absence` keeps. A later hub may know more of them.
const fn said(absence: i64) -> Word {
    match absence {
        i64::MIN..=0 => Word::Changed,
        1 => Word::Absent,
        2.. => Word::Erased,
    }
}

const fn absence(said: Word) -> i64 {
    match said {
        Word::Changed => 0,
        Word::Absent => 1,
        Word::Erased => 2,
    }
}

/// Sets the marks of a commit.
pub(super) async fn touch(
    db: &mut AnyConnection,
    now: DateTime<Utc>,
    due: &[Due],
    reads: &[ReadMark],
) -> Result<(), StoreError> {
    execute(db, sql_of(Queue::Due).touch, row![now], due_rows(due)).await?;
    execute(db, sql_of(Queue::Reads).touch, row![now], read_rows(reads)).await?;
    Ok(())
}

/// One row per key, in one order: a statement must not touch a row twice, and two commits must not wait for each other.
fn due_rows(due: &[Due]) -> Vec<Binds> {
    let mut marks: BTreeMap<(RecordId, &SystemId), Due> = BTreeMap::new();
    for mark in due {
        marks
            .entry((mark.record, &mark.system))
            .and_modify(|known| {
                known.lane = known.lane.min(mark.lane);
                known.not_before = known.not_before.min(mark.not_before);
            })
            .or_insert_with(|| mark.clone());
    }
    let row = |mark: Due| {
        row![mark.system.as_str(), mark.lane.number(), mark.rank, mark.not_before, mark.record.uuid()]
    };
    marks.into_values().map(row).collect()
}

fn read_rows(reads: &[ReadMark]) -> Vec<Binds> {
    let mut marks: BTreeMap<(&SystemId, &RemoteRef), ReadMark> = BTreeMap::new();
    for mark in reads {
        marks
            .entry((&mark.system, &mark.subject))
            .and_modify(|known| {
                known.lane = known.lane.min(mark.lane);
                known.not_before = known.not_before.min(mark.not_before);
                known.said = known.said.max(mark.said);
            })
            .or_insert_with(|| mark.clone());
    }
    let row = |mark: ReadMark| {
        row![
            mark.system.as_str(),
            mark.lane.number(),
            mark.subject.kind.rank(),
            mark.not_before,
            mark.subject.kind.name(),
            mark.subject.external_id.as_str(),
            absence(mark.said),
        ]
    };
    marks.into_values().map(row).collect()
}

/// What became of the claimed marks of one queue, by what has to be done with them.
#[derive(Default)]
struct Ends {
    done: Vec<Binds>,
    again: Vec<Binds>,
    parked: Vec<Binds>,
    released: Vec<Binds>,
}

/// Ends the leases of a commit; if one is lost, the commit fails.
pub(super) async fn finish(db: &mut AnyConnection, finished: &[Finished]) -> Result<(), StoreError> {
    for queue in [Queue::Reads, Queue::Due] {
        let of_queue: Vec<&Finished> = finished.iter().filter(|mark| mark.queue == queue).collect();
        if of_queue.is_empty() {
            continue;
        }
        let n_marks = of_queue.len() as u64;
        if end(db, sql_of(queue), ends(of_queue)).await? != n_marks {
            return Err(StoreError::LeaseLost { queue });
        }
    }
    Ok(())
}

fn ends(mut finished: Vec<&Finished>) -> Ends {
    finished.sort_by_key(|mark| mark.mark_id);
    let mut ends = Ends::default();
    for mark in finished {
        match &mark.end {
            End::Done => ends.done.push(row![mark.mark_id, mark.token, mark.touched]),
            End::Again { not_before, failed, reason } => {
                ends.again.push(row![mark.mark_id, mark.token, *not_before, *failed, reason.as_str()]);
            }
            End::Parked { reason } => {
                ends.parked.push(row![mark.mark_id, mark.token, mark.touched, reason.as_str()]);
            }
            End::Released => ends.released.push(row![mark.mark_id, mark.token]),
        }
    }
    ends
}

/// Ends the leases and says how many were still held. What was done but touched since stays in the queue, fresh.
async fn end(db: &mut AnyConnection, sql: &QueueSql, ends: Ends) -> Result<u64, StoreError> {
    let n_done = ends.done.len() as u64;
    let mut held = execute(db, sql.done, row![], ends.done.clone()).await?;
    if held < n_done {
        held += execute(db, sql.touched_since, row![], ends.done).await?;
    }
    held += execute(db, sql.again, row![], ends.again).await?;
    held += execute(db, sql.park, row![], ends.parked).await?;
    held += execute(db, sql.release, row![], ends.released).await?;
    Ok(held)
}
