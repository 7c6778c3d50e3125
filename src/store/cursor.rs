//! Where each stream of each system goes on. A cursor is the connector's own text; the store only keeps it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;

use super::CursorMove;
use super::error::StoreError;
use super::open::Store;
use super::sql::{Columns, execute, fetch, fetch_locking, row, statements};
use crate::model::SystemId;

const TABLE: &str = "cursor";

statements! {
    ONE("tt", "") = "select cursor from cursor where system_id = $1 and stream = $2";
    LOCK_ONE("tt", "") = "select r.cursor from cursor r where r.system_id = $1 and r.stream = $2 {lock}";
    PUT("i", "ttt") = "with v(system_id, stream, cursor) as (values {values})
        insert into cursor (system_id, stream, cursor, moved_at)
        select v.system_id, v.stream, v.cursor, $1 from v where true
        on conflict (system_id, stream) do update set cursor = excluded.cursor, moved_at = excluded.moved_at";
    FORGET("", "tt") = "with v(system_id, stream) as (values {values})
        delete from cursor where (system_id, stream) in (select system_id, stream from v)";
}

impl Store {
    /// Where `stream` of `system` goes on; `None` when it has never begun.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn cursor(&self, system: &SystemId, stream: &str) -> Result<Option<String>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &ONE, row![system.as_str(), stream], vec![]).await?;
        rows.first().map(|row| Columns::of(row, TABLE).text()).transpose()
    }
}

impl Store {
    /// [`Store::cursor`], once whoever is moving it is done: a process that was killed may have left a commit under
    /// way.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn settled_cursor(
        &self,
        system: &SystemId,
        stream: &str,
    ) -> Result<Option<String>, StoreError> {
        let mut transaction = self.writer().await?;
        let (lock, fixed) = (self.dialect().root_lock(), row![system.as_str(), stream]);
        let rows = fetch_locking(&mut transaction, &LOCK_ONE, lock, fixed, vec![]).await?;
        let cursor = rows.first().map(|row| Columns::of(row, TABLE).text()).transpose()?;
        transaction.rollback().await?;
        Ok(cursor)
    }
}

/// Moves the cursors of a commit; of several moves of one stream the last counts.
pub(super) async fn move_all(
    db: &mut AnyConnection,
    now: DateTime<Utc>,
    moves: &[CursorMove],
) -> Result<(), StoreError> {
    let last: BTreeMap<(&str, &str), Option<&str>> = moves
        .iter()
        .map(|step| ((step.system.as_str(), step.stream.as_str()), step.cursor.as_deref()))
        .collect();
    let mut put = Vec::new();
    let mut forget = Vec::new();
    for ((system, stream), cursor) in last {
        match cursor {
            Some(cursor) => put.push(row![system, stream, cursor]),
            None => forget.push(row![system, stream]),
        }
    }
    execute(db, &PUT, row![now], put).await?;
    execute(db, &FORGET, row![], forget).await?;
    Ok(())
}
