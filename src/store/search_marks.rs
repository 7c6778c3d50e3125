//! Whose words have to be looked at: marked in the transaction that changes a profile, moves it in a tree, or changes the
//! bookings of a company, and ended by whoever has looked. An import leaves one note instead.

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;

use super::dialect::Dialect;
use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::sql::{Columns, Ready, execute, fetch, row, statements};
use super::touched::{Mark, Since};
use super::{Commit, Recount};
use crate::model::matched::is_profile;
use crate::model::{RecordId, RecordKind};

const TABLE: &str = "search_due";

/// Touches a mark, or sets it.
macro_rules! touch {
    () => {
        " on conflict (record_id) do update set touched = search_due.touched + 1"
    };
}

statements! {
    MARK("i", "t") = concat!("with v(record_id) as (values {values})
        insert into search_due (record_id, touched, marked_at)
        select v.record_id, 1, $1 from v where true order by 1", touch!());
    MARK_ROOTS("i", "t") = concat!("with v(record_id) as (values {values})
        insert into search_due (record_id, touched, marked_at)
        select distinct r.root_id, 1, $1 from v cross join record r
        where r.record_id = v.record_id and r.kind in ('person', 'company', 'agency') order by 1", touch!());
    /// Of reservations, as they are at this point.
    MARK_FIRMS("i", "t") = concat!("with v(record_id) as (values {values}),
        firm(record_id) as (
            select r.company from v cross join record r where r.record_id = v.record_id and r.company is not null
            union select r.agency from v cross join record r where r.record_id = v.record_id and r.agency is not null)
        insert into search_due (record_id, touched, marked_at)
        select f.record_id, 1, $1 from firm f where true order by 1", touch!());
    /// The earliest note stands.
    NOTE("i", "") = "insert into search_due (record_id, touched, marked_at) values ('', 1, $1)
        on conflict (record_id) do update set touched = search_due.touched + 1,
            marked_at = case when excluded.marked_at < search_due.marked_at then excluded.marked_at
                else search_due.marked_at end";
    PAGE("i", "") = "select record_id, touched from search_due where record_id <> ''
        order by marked_at, record_id limit $1";
    SINCE("", "") = "select marked_at, touched from search_due where record_id = ''";
    END("", "ti") = "with v(record_id, touched) as (values {values})
        delete from search_due where (record_id, touched) in (select v.record_id, v.touched from v)";
    /// The bookings of a company change without it.
    CHANGED("tii", "") = "select record_id from record
        where record_id > $1 and (kind = 'person' and changed_at >= $2 or kind in ('company', 'agency'))
        order by record_id limit $3";
}

impl Store {
    /// Some of the profiles that are marked, the oldest marks first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn search_marks(&self, limit: u32) -> Result<Vec<Mark>, StoreError> {
        self.marks((TABLE, &PAGE), limit).await
    }

    /// Ends marks whose profiles have been looked at; one that was touched since it was read stays.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn end_search_marks(&self, marks: &[Mark]) -> Result<(), StoreError> {
        self.end_marks(&END, marks).await
    }

    /// Since when profiles were stored that nobody has marked; `None` when there are none.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn search_since(&self) -> Result<Option<Since>, StoreError> {
        self.noted_since((TABLE, &SINCE)).await
    }

    /// Ends what [`Self::search_since`] gave, unless there is news.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn end_search_since(&self, since: Since) -> Result<(), StoreError> {
        self.end_noted(&END, since).await
    }

    /// The profiles that were changed since, and every company and agency, in the order of their ids, after `after`, at
    /// most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn profiles_since(
        &self,
        since: DateTime<Utc>,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<RecordId>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let fixed = row![after, since, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &CHANGED, fixed, vec![]).await?;
        rows.iter().map(|row| Ok(RecordId::new(Columns::of(row, TABLE).uuid()?))).collect()
    }
}

/// The marks of a commit, ready to be set.
pub(super) struct SearchMarks {
    profiles: Ready,
    firms_before: Option<Ready>,
    firms_after: Ready,
    now: DateTime<Utc>,
    note: Option<DateTime<Utc>>,
}

impl SearchMarks {
    /// The marks for what `commit` writes.
    pub(super) fn of(dialect: Dialect, commit: &Commit) -> Self {
        let mut profiles = Vec::new();
        let (mut changed, mut stays) = (Vec::new(), Vec::new());
        for record in &commit.records {
            if is_profile(record.kind) {
                profiles.push(record.id);
            } else if record.kind == RecordKind::Reservation {
                stays.push(record.id);
                changed.extend((record.version > 0).then_some(record.id));
            }
        }
        let is_noted = match commit.recount {
            Recount::AtTheEnd => !(profiles.is_empty() && stays.is_empty()),
            Recount::Soon => false,
        };
        if commit.recount == Recount::AtTheEnd {
            (profiles, changed, stays) = Default::default();
        }
        profiles.sort_unstable();
        profiles.dedup();
        let ready =
            |statement, ids: &[RecordId]| Ready::of(dialect, statement, "", &row![commit.now], id_rows(ids));
        Self {
            profiles: ready(&MARK, &profiles),
            firms_before: Some(ready(&MARK_FIRMS, &changed)),
            firms_after: ready(&MARK_FIRMS, &stays),
            now: commit.now,
            note: is_noted.then_some(commit.now),
        }
    }

    /// Marks the companies that reservations are about to leave.
    pub(super) async fn before(mut self, db: &mut AnyConnection) -> Result<Self, StoreError> {
        if let Some(firms) = self.firms_before.take() {
            firms.execute(db).await?;
        }
        Ok(self)
    }

    /// Marks the roots of trees, as far as they are known at this point.
    pub(super) async fn trees(&self, db: &mut AnyConnection, records: &[RecordId]) -> Result<(), StoreError> {
        execute(db, &MARK_ROOTS, row![self.now], id_rows(records)).await?;
        Ok(())
    }

    /// Marks what was written.
    pub(super) async fn after(self, db: &mut AnyConnection) -> Result<(), StoreError> {
        self.profiles.execute(db).await?;
        self.firms_after.execute(db).await?;
        if let Some(now) = self.note {
            execute(db, &NOTE, row![now], vec![]).await?;
        }
        Ok(())
    }
}
