//! Who has to be counted anew: set in the transaction that changes reservations or joins and parts persons, and ended by
//! whoever has counted.
//!
//! A mark names the person as the reservation does; whoever counts follows the aliases. There is no lease: two that
//! count one person find the same, and the commit of the slower one is refused.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;

use super::dialect::Dialect;
use super::error::StoreError;
use super::figures::{Figures, figure_columns};
use super::open::Store;
use super::record::{self, id_rows};
use super::sql::{Columns, Ready, execute, fetch, row, statements};
use super::touched::Since;
use super::{Commit, CursorMove, Recount, cursor};
use crate::model::{Lane, Record, RecordId, RecordKind, SystemId};

const TABLE: &str = "rollup_due";
/// Where the pass through reservations from before there were figures is; without a row there are none.
const FILLING: &str = "figures";

/// Touches a mark, or sets it; the more urgent lane stays.
macro_rules! touch {
    () => {
        " on conflict (person_id) do update set touched = rollup_due.touched + 1,
            lane = case when excluded.lane < rollup_due.lane then excluded.lane else rollup_due.lane end"
    };
}

statements! {
    /// Of reservations that are about to change: their persons before and after, where what is counted differs.
    MARK_CHANGED("ii", "ttttttttiitiiiiitt") = concat!("with
        v(record_id, life, arrives_on, departs_on, ", figure_columns!(), ") as (values {values}),
        moved(before, after) as (
            select r.holder, v.holder from v cross join record r
            where r.record_id = v.record_id and (
                r.holder is distinct from v.holder or r.life <> v.life
                or r.status is distinct from v.status or r.channel is distinct from v.channel
                or r.arrives_on is distinct from v.arrives_on or r.departs_on is distinct from v.departs_on
                or r.lead_days is distinct from v.lead_days or r.currency is distinct from v.currency
                or r.room_spend is distinct from v.room_spend or r.other_spend is distinct from v.other_spend
                or r.worth is distinct from v.worth or r.stepped_back is distinct from v.stepped_back)),
        marked(person_id) as (
            select before from moved where before is not null
            union select after from moved where after is not null)
        insert into rollup_due (person_id, lane, touched, marked_at)
        select person_id, $1, 1, $2 from marked where true order by person_id", touch!());
    MARK("ii", "t") = concat!("with v(person_id) as (values {values})
        insert into rollup_due (person_id, lane, touched, marked_at)
        select v.person_id, $1, 1, $2 from v where true", touch!());
    /// The earliest note stands.
    NOTE("ii", "") = "insert into rollup_due (person_id, lane, touched, marked_at) values ('', $1, 1, $2)
        on conflict (person_id) do update set touched = rollup_due.touched + 1,
            marked_at = case when excluded.marked_at < rollup_due.marked_at then excluded.marked_at
                else rollup_due.marked_at end";
    MARK_ROOTS("ii", "t") = concat!("with v(record_id) as (values {values})
        insert into rollup_due (person_id, lane, touched, marked_at)
        select distinct r.root_id, $1, 1, $2 from v cross join record r
        where r.record_id = v.record_id and r.kind = 'person' order by 1", touch!());
    PAGE("i", "") = "select person_id, lane, touched from rollup_due where person_id <> ''
        order by lane, marked_at, person_id limit $1";
    SINCE("", "") = "select marked_at, touched from rollup_due where person_id = ''";
    END("", "ti") = "with v(person_id, touched) as (values {values})
        delete from rollup_due where (person_id, touched) in (select v.person_id, v.touched from v)";
    HOLDERS("tii", "") = "select distinct holder from record
        where holder is not null and holder > $1 and changed_at >= $2 and kind = 'reservation' order by holder limit $3";
}

/// A person who has to be counted anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecountMark {
    /// The person, aliases not followed.
    pub person: RecordId,
    /// How urgent what follows is.
    pub lane: Lane,
    /// How often it had been touched when it was read.
    pub touched: i64,
}

impl Store {
    /// Some of the persons who have to be counted anew, the most urgent and then the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn recounts(&self, limit: u32) -> Result<Vec<RecountMark>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &PAGE, row![i64::from(limit)], vec![]).await?;
        rows.iter()
            .map(|row| {
                let mut columns = Columns::of(row, TABLE);
                let person = RecordId::new(columns.uuid()?);
                let lane = if columns.int()? < Lane::Backfill.number() { Lane::Live } else { Lane::Backfill };
                Ok(RecountMark { person, lane, touched: columns.int()? })
            })
            .collect()
    }

    /// Ends marks whose persons have been counted; one that was touched since it was read stays.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn end_recounts(&self, marks: &[RecountMark]) -> Result<(), StoreError> {
        let rows = marks.iter().map(|mark| row![mark.person.uuid(), mark.touched]).collect();
        execute(&mut *self.single_writer().await?, &END, row![], rows).await?;
        Ok(())
    }

    /// Has these persons counted anew in the background.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn mark_recounts(&self, now: DateTime<Utc>, persons: &[RecordId]) -> Result<(), StoreError> {
        let persons: BTreeSet<&RecordId> = persons.iter().collect();
        let fixed = row![Lane::Backfill.number(), now];
        execute(&mut *self.single_writer().await?, &MARK, fixed, id_rows(persons)).await?;
        Ok(())
    }

    /// Since when reservations were stored whose persons nobody has marked; `None` when there are none.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn recount_since(&self) -> Result<Option<Since>, StoreError> {
        self.noted_since((TABLE, &SINCE)).await
    }

    /// Ends what [`Self::recount_since`] gave, unless there is news.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn end_recount_since(&self, since: Since) -> Result<(), StoreError> {
        self.end_noted(&END, since).await
    }

    /// The persons, aliases not followed, of reservations that were changed since an instant, in the order of their
    /// ids, after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn holders_since(
        &self,
        since: DateTime<Utc>,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<RecordId>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let fixed = row![after, since, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &HOLDERS, fixed, vec![]).await?;
        rows.iter().map(|row| Ok(RecordId::new(Columns::of(row, TABLE).uuid()?))).collect()
    }

    /// Gives some of the reservations from before there were figures theirs; `false` when none are left. Their persons
    /// are counted anew after the last of them. Bounded by `limit`, and can be cut off anywhere.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn fill_figures(&self, now: DateTime<Utc>, limit: u32) -> Result<bool, StoreError> {
        let nobody = SystemId::new("");
        let Some(position) = self.cursor(&nobody, FILLING).await? else { return Ok(false) };
        let after = position.parse().ok().map(RecordId::new);
        let page = self.live_records(RecordKind::Reservation, after, limit).await?;
        let last = page.last().map(|record| record.id.to_string());
        let mut transaction = self.writer().await?;
        record::fill_figures(&mut transaction, &page).await?;
        if last.is_none() {
            note_since(&mut transaction, DateTime::UNIX_EPOCH).await?;
        }
        let is_left = last.is_some();
        let step = CursorMove { system: nobody, stream: FILLING.into(), cursor: last };
        cursor::move_all(&mut transaction, now, &[step]).await?;
        transaction.commit().await?;
        Ok(is_left)
    }
}

/// The marks of a commit, ready to be set.
pub(super) struct RecountMarks {
    changed: Ready,
    new: Ready,
}

impl RecountMarks {
    /// The marks for new and changed records.
    pub(super) fn of(
        dialect: Dialect,
        now: DateTime<Utc>,
        recount: Recount,
        new: &[&Record],
        changed: &[&Record],
    ) -> Self {
        let is_stay = |record: &&&Record| record.kind == RecordKind::Reservation;
        let (lane, is_marked) = match recount {
            Recount::Soon => (Lane::Live, true),
            Recount::AtTheEnd => (Lane::Backfill, false),
        };
        let new = new.iter().filter(|_| is_marked).filter(is_stay);
        let holders: BTreeSet<RecordId> = new.filter_map(|record| Figures::of(record).holder).collect();
        let changed = changed.iter().filter(is_stay).map(|record| record::figures_row(record)).collect();
        let fixed = row![lane.number(), now];
        Self {
            changed: Ready::of(dialect, &MARK_CHANGED, "", &fixed, changed),
            new: Ready::of(dialect, &MARK, "", &fixed, id_rows(&holders)),
        }
    }

    /// Sets them. Comes before the records are written: what they were tells who was counted with them.
    pub(super) async fn set(self, db: &mut AnyConnection) -> Result<(), StoreError> {
        self.changed.execute(db).await?;
        self.new.execute(db).await?;
        Ok(())
    }
}

/// Notes that a commit brings reservations whose persons it does not mark.
pub(super) async fn note(db: &mut AnyConnection, commit: &Commit) -> Result<(), StoreError> {
    let is_new_stay = |record: &Record| record.version == 0 && record.kind == RecordKind::Reservation;
    match commit.recount {
        Recount::AtTheEnd if commit.records.iter().any(is_new_stay) => note_since(db, commit.now).await,
        Recount::AtTheEnd | Recount::Soon => Ok(()),
    }
}

/// Marks the persons that these records are part of, aliases followed as far as they are known at this point.
pub(super) async fn mark_roots(
    db: &mut AnyConnection,
    now: DateTime<Utc>,
    records: &[RecordId],
) -> Result<(), StoreError> {
    execute(db, &MARK_ROOTS, row![Lane::Live.number(), now], id_rows(records)).await?;
    Ok(())
}

/// Notes that there are reservations since `since` whose persons nobody has marked; an earlier note stands.
async fn note_since(db: &mut AnyConnection, since: DateTime<Utc>) -> Result<(), StoreError> {
    execute(db, &NOTE, row![Lane::Backfill.number(), since], vec![]).await?;
    Ok(())
}
