//! The gate: background work that begins given up, and waits for an operator to let it go.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Columns, execute, fetch, row, statements};
use super::{Due, Gate};
use crate::model::{Lane, RecordId, RecordKind, SystemId};

const TABLE: &str = "due";

statements! {
    // A mark that was touched once is this commit's own; lanes from 3 on are background.
    HOLD("t", "tt") = "with v(record_id, system_id) as (values {values})
        update due set parked = 1, reason = $1
        from v where due.record_id = v.record_id and due.system_id = v.system_id
            and due.lane >= 3 and due.touched = 1 and due.attempts = 0 and due.lease_until is null";
    HOLD_AGAIN("ttti", "") = "update due set parked = 1, reason = $1
        where system_id = $2 and lane >= 3 and parked = 0 and (lease_until is null or lease_until <= $4)
            and exists (select 1 from link l where l.root_id = due.record_id and l.system_id = $3)";
    UNDER_WAY("ti", "") = "select count(*) from due
        where system_id = $1 and lane >= 3 and parked = 0 and lease_until > $2";
    HELD("t", "") = "select d.system_id, r.kind, count(*),
            count(case when exists (
                select 1 from link l where l.root_id = d.record_id and l.system_id = d.system_id) then 1 end)
        from due d join record r on r.record_id = d.record_id
        where d.parked = 1 and d.reason = $1 group by d.system_id, r.kind order by d.system_id, r.kind";
    HELD_RECORDS("ti", "") = "select record_id from due where parked = 1 and reason = $1 order by mark_id limit $2";
}

/// Writes of one kind of record to one system that a gate holds back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The system.
    pub system: SystemId,
    /// The kind.
    pub kind: RecordKind,
    /// How many.
    pub n_writes: u64,
    /// How many of them go to records that the system has already.
    pub n_known: u64,
}

impl Store {
    /// How many writes a gate holds back for this reason, by system and kind of record; what there are none of is left
    /// out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn held_back(&self, reason: &str) -> Result<Vec<HeldBack>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &HELD, row![reason], vec![]).await?;
        rows.iter()
            .map(|row| {
                let mut columns = Columns::of(row, TABLE);
                Ok(HeldBack {
                    system: SystemId::new(columns.text()?),
                    kind: columns.word(RecordKind::parse)?,
                    n_writes: columns.count()?,
                    n_known: columns.count()?,
                })
            })
            .collect()
    }

    /// Some records whose writes are held back for this reason, oldest mark first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn held_records(&self, reason: &str, limit: u32) -> Result<Vec<RecordId>, StoreError> {
        let rows =
            fetch(&mut *self.reader().await?, &HELD_RECORDS, row![reason, i64::from(limit)], vec![]).await?;
        rows.iter().map(|row| Ok(RecordId::new(Columns::of(row, TABLE).uuid()?))).collect()
    }

    /// Holds back the background writes to `system` of whatever is linked to `of`, and says how many these are, and how
    /// many a worker has now.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn hold_again(
        &self,
        system: &SystemId,
        of: &SystemId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(u64, u64), StoreError> {
        let mut db = self.writer().await?;
        let fixed = row![reason, system.as_str(), of.as_str(), now];
        let held = execute(&mut db, &HOLD_AGAIN, fixed, vec![]).await?;
        db.commit().await?;
        let rows = fetch(&mut *self.reader().await?, &UNDER_WAY, row![system.as_str(), now], vec![]).await?;
        let under_way = rows.first().map_or(Ok(0), |row| Columns::of(row, TABLE).count())?;
        Ok((held, under_way))
    }
}

/// Holds the new background marks of a commit, once they are set.
pub(super) async fn hold(db: &mut AnyConnection, gate: Option<&Gate>, due: &[Due]) -> Result<(), StoreError> {
    let Some(gate) = gate else { return Ok(()) };
    let is_held = |mark: &&Due| mark.lane >= Lane::Backfill && gate.systems.contains(&mark.system);
    let marks: BTreeSet<(RecordId, &SystemId)> =
        due.iter().filter(is_held).map(|mark| (mark.record, &mark.system)).collect();
    let rows = marks.into_iter().map(|(record, system)| row![record.uuid(), system.as_str()]).collect();
    execute(db, &HOLD, row![gate.reason.as_str()], rows).await?;
    Ok(())
}
