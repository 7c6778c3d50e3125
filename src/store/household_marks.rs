//! Whose households have to be looked at: marked in the transaction that changes the pairs of a profile, its relations, what
//! is proposed of it or whom it is kept apart from, and ended by whoever has looked.

use sqlx::AnyConnection;

use super::Commit;
use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::sql::{Binds, execute, row, statements};
use super::touched::Mark;
use crate::model::{RecordId, keys};

const TABLE: &str = "household_due";

/// Touches a mark, or sets it.
macro_rules! touch {
    () => {
        " on conflict (record_id) do update set touched = household_due.touched + 1"
    };
}

statements! {
    MARK("", "t") = concat!("with v(record_id) as (values {values})
        insert into household_due (record_id, touched) select distinct v.record_id, 1 from v where true order by 1",
        touch!());
    /// Of these pairs those that are households now.
    MARK_PAIRS("", "ii") = concat!("with v(a, b) as (values {values}),
        household(a, b) as (select p.a, p.b from v cross join profile_pair p
            where p.a = v.a and p.b = v.b and p.band = 'household'),
        member(number) as (select a from household union select b from household)
        insert into household_due (record_id, touched)
        select f.record_id, 1 from member m cross join profile_features f
        where f.number = m.number order by f.record_id", touch!());
    /// Of these profiles those that are part of a household.
    MARK_GONE("", "i") = concat!("with v(number) as (values {values})
        insert into household_due (record_id, touched)
        select f.record_id, 1 from v cross join profile_features f
        where f.number = v.number
            and (exists (select 1 from profile_pair p where p.a = v.number and p.band = 'household')
                or exists (select 1 from profile_pair p where p.b = v.number and p.band = 'household'))
        order by f.record_id", touch!());
    MARK_ASKED("", "") = concat!("insert into household_due (record_id, touched)
        select distinct m.record_id, 1 from review r cross join review_member m
        where r.kind = 'household' and r.state = 'open' and m.review_id = r.review_id order by 1", touch!());
    /// Of these reviews whoever they are about.
    MARK_MEMBERS("", "t") = concat!("with v(review_id) as (values {values})
        insert into household_due (record_id, touched)
        select distinct m.record_id, 1 from v cross join review_member m where m.review_id = v.review_id order by 1",
        touch!());
    PAGE("i", "") = "select record_id, touched from household_due order by record_id limit $1";
    END("", "ti") = "with v(record_id, touched) as (values {values})
        delete from household_due where (record_id, touched) in (select v.record_id, v.touched from v)";
}

impl Store {
    /// Some of the profiles whose households have to be looked at.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn household_marks(&self, limit: u32) -> Result<Vec<Mark>, StoreError> {
        self.marks((TABLE, &PAGE), limit).await
    }

    /// Has the households of these profiles looked at.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn mark_households(&self, records: &[RecordId]) -> Result<(), StoreError> {
        let mut transaction = self.writer().await?;
        execute(&mut transaction, &MARK, row![], id_rows(records)).await?;
        Ok(transaction.commit().await?)
    }

    /// Ends marks whose profiles have been looked at; one that was touched since it was read stays.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn end_household_marks(&self, marks: &[Mark]) -> Result<(), StoreError> {
        self.end_marks(&END, marks).await
    }
}

/// Marks the profiles of those of these pairs that are households now.
pub(super) async fn mark_pairs(db: &mut AnyConnection, pairs: Vec<Binds>) -> Result<(), StoreError> {
    execute(db, &MARK_PAIRS, row![], pairs).await?;
    Ok(())
}

/// Marks those of these profiles that are part of a household. Comes before they go.
pub(super) async fn mark_gone(db: &mut AnyConnection, numbers: &[i64]) -> Result<(), StoreError> {
    execute(db, &MARK_GONE, row![], numbers.iter().map(|number| row![*number]).collect()).await?;
    Ok(())
}

/// Marks everybody whom operators are asked about.
pub(super) async fn mark_asked(db: &mut AnyConnection) -> Result<(), StoreError> {
    execute(db, &MARK_ASKED, row![], vec![]).await?;
    Ok(())
}

/// Marks whom these reviews are about: who may be one with somebody is asked about later.
pub(super) async fn mark_members(db: &mut AnyConnection, reviews: Vec<Binds>) -> Result<(), StoreError> {
    execute(db, &MARK_MEMBERS, row![], reviews).await?;
    Ok(())
}

/// Marks whoever is related to others now, or not any more, and whoever may be asked about again.
pub(super) async fn mark(db: &mut AnyConnection, commit: &Commit) -> Result<(), StoreError> {
    let related = commit.records.iter().filter(|record| record.fields.contains_key(&keys::RELATIONS));
    let released = commit.no_longer_apart.iter().flat_map(|(one, other)| [*one, *other]);
    let records: Vec<RecordId> = related.map(|record| record.id).chain(released).collect();
    execute(db, &MARK, row![], id_rows(&records)).await?;
    Ok(())
}
