//! Whose duplicates have to be looked for: marked in the transaction that changes what is compared of a profile, its life, or
//! the nights of one that is in a likely pair, and ended by whoever has looked. An import leaves one note instead.
//!
//! One daemon looks at a time, because what it finds of one profile depends on the others: it has the turn, and every
//! write of it proves that.

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;

use super::dialect::Dialect;
use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::sql::{Binds, Columns, Ready, execute, fetch, row, statements};
use super::touched::{Mark, Since};
use super::{Commit, Recount};
use crate::model::matched::{fingerprint, is_profile};
use crate::model::{Record, RecordId, RecordKind, Reference, Value, keys};

const TABLE: &str = "match_due";

/// Touches a mark, or sets it.
macro_rules! touch {
    () => {
        " on conflict (record_id) do update set touched = match_due.touched + 1"
    };
}

statements! {
    /// Of profiles that were written: those whose features are of other fields, and those that are gone.
    MARK_CHANGED("i", "ti") = concat!("with v(record_id, fingerprint) as (values {values})
        insert into match_due (record_id, touched, marked_at)
        select v.record_id, 1, $1 from v left join profile_features f on f.record_id = v.record_id
        where v.fingerprint is distinct from f.fingerprint order by v.record_id", touch!());
    MARK("i", "t") = concat!("with v(record_id) as (values {values})
        insert into match_due (record_id, touched, marked_at)
        select distinct v.record_id, 1, $1 from v where true order by 1", touch!());
    /// The earliest note stands.
    NOTE("i", "") = "insert into match_due (record_id, touched, marked_at) values ('', 1, $1)
        on conflict (record_id) do update set touched = match_due.touched + 1,
            marked_at = case when excluded.marked_at < match_due.marked_at then excluded.marked_at
                else match_due.marked_at end";
    PAGE("i", "") = "select record_id, touched from match_due where record_id <> ''
        order by marked_at, record_id limit $1";
    SINCE("", "") = "select marked_at, touched from match_due where record_id = ''";
    WAITING("", "") = "select count(*), coalesce(min(marked_at), 0) from match_due where record_id <> ''";
    END("", "ti") = "with v(record_id, touched) as (values {values})
        delete from match_due where (record_id, touched) in (select v.record_id, v.touched from v)";
}

impl Store {
    /// Some of the profiles that are marked, the oldest marks first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn match_marks(&self, limit: u32) -> Result<Vec<Mark>, StoreError> {
        self.marks((TABLE, &PAGE), limit).await
    }

    /// How many profiles are marked, and since when the oldest is.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn match_marks_waiting(&self) -> Result<(u64, Option<DateTime<Utc>>), StoreError> {
        let rows = fetch(&mut *self.reader().await?, &WAITING, row![], vec![]).await?;
        let Some(row) = rows.first() else { return Ok((0, None)) };
        let mut columns = Columns::of(row, TABLE);
        let n_marks = columns.count()?;
        Ok((n_marks, Some(columns.instant()?).filter(|_| n_marks > 0)))
    }

    /// Ends marks whose profiles have been looked at; one that was touched since it was read stays.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn end_matches(&self, marks: &[Mark]) -> Result<(), StoreError> {
        self.end_marks(&END, marks).await
    }

    /// Has the duplicates of these profiles looked for.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn mark_matches(&self, now: DateTime<Utc>, records: &[RecordId]) -> Result<(), StoreError> {
        let mut transaction = self.writer().await?;
        mark(&mut transaction, now, records).await?;
        Ok(transaction.commit().await?)
    }

    /// Since when profiles were stored that nobody has marked; `None` when there are none.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn match_since(&self) -> Result<Option<Since>, StoreError> {
        self.noted_since((TABLE, &SINCE)).await
    }

    /// Ends what [`Self::match_since`] gave, unless there is news.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn end_match_since(&self, since: Since) -> Result<(), StoreError> {
        self.end_noted(&END, since).await
    }
}

/// Marks these profiles.
pub(super) async fn mark(
    db: &mut AnyConnection,
    now: DateTime<Utc>,
    records: &[RecordId],
) -> Result<(), StoreError> {
    execute(db, &MARK, row![now], id_rows(records)).await?;
    Ok(())
}

/// The marks of a commit, ready to be set.
pub(super) struct MatchMarks {
    changed: Ready,
    members: Ready,
    now: DateTime<Utc>,
    note: Option<DateTime<Utc>>,
}

impl MatchMarks {
    /// The marks for what `commit` writes.
    pub(super) fn of(dialect: Dialect, commit: &Commit) -> Self {
        let mut records: Vec<&Record> = commit.records.iter().collect();
        records.sort_by_key(|record| record.id);
        let mut profiles = records.iter().filter(|record| is_profile(record.kind)).peekable();
        let note = match commit.recount {
            Recount::AtTheEnd => profiles.peek().map(|_| commit.now),
            Recount::Soon => None,
        };
        let marked = profiles.filter(|_| commit.recount == Recount::Soon);
        let changed: Vec<Binds> = marked.map(|record| row![record.id.uuid(), fingerprint(record)]).collect();
        let members: Vec<Binds> =
            records.iter().filter_map(|record| member_of(record)).map(|member| row![member.uuid()]).collect();
        let fixed = row![commit.now];
        Self {
            changed: Ready::of(dialect, &MARK_CHANGED, "", &fixed, changed),
            members: Ready::of(dialect, &MARK, "", &fixed, members),
            now: commit.now,
            note,
        }
    }

    /// Sets them, and marks those who were `moved` to another hotel or night.
    pub(super) async fn set(self, db: &mut AnyConnection, moved: &[RecordId]) -> Result<(), StoreError> {
        self.changed.execute(db).await?;
        self.members.execute(db).await?;
        mark(db, self.now, moved).await?;
        if let Some(now) = self.note {
            execute(db, &NOTE, row![now], vec![]).await?;
        }
        Ok(())
    }
}

/// Whose membership it is: its number is one of the member's.
fn member_of(record: &Record) -> Option<RecordId> {
    if record.kind != RecordKind::Membership {
        return None;
    }
    let Value::Reference(Reference::Record(RecordKind::Person, id)) = record.value(&keys::MEMBER)? else {
        return None;
    };
    Some(*id)
}
