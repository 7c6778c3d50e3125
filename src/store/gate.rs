//! The gate: background work that begins given up, and waits for an operator to let it go.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Columns, execute, fetch, row, statements};
use super::{Due, Gate};
use crate::model::{Lane, RecordId, SystemId};

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
    HELD("t", "") = "select system_id, count(*) from due where parked = 1 and reason = $1
        group by system_id order by system_id";
}

impl Store {
    /// How many writes a gate holds back for this reason, by system; a system without any is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn held_back(&self, reason: &str) -> Result<Vec<(SystemId, u64)>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &HELD, row![reason], vec![]).await?;
        rows.iter()
            .map(|row| {
                let mut columns = Columns::of(row, TABLE);
                Ok((SystemId::new(columns.text()?), columns.count()?))
            })
            .collect()
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
