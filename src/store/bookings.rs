//! What belongs to a profile and to everything that is one with it: reservations and memberships.

use super::error::StoreError;
use super::open::Store;
use super::record::{id_rows, record};
use super::roots::in_trees;
use super::sql::{Columns, fetch, row, statements};
use crate::model::{Record, RecordId};

/// `stay(record_id)`: the reservations that the members hold, and those that are made in their name.
macro_rules! stays {
    () => {
        ", stay(record_id) as (
            select r.record_id from member m cross join record r where r.holder = m.record_id and r.kind = 'reservation'
            union select r.record_id from member m cross join record r where r.company = m.record_id
            union select r.record_id from member m cross join record r where r.agency = m.record_id)"
    };
}

statements! {
    STAYS("ii", "t") = concat!(in_trees!(), stays!(), ",
        page(record_id) as (
            select s.record_id from stay s cross join record r where r.record_id = s.record_id and r.life = 'live'
            order by coalesce(r.arrives_on, '') desc, r.record_id desc limit $2 offset $1)
        select r.record_id, r.kind, r.life, r.merged_into, r.version, r.fields
        from page p cross join record r where r.record_id = p.record_id
        order by coalesce(r.arrives_on, '') desc, r.record_id desc");
    COUNT_STAYS("", "t") = concat!(in_trees!(), stays!(), "
        select count(*) from stay s cross join record r where r.record_id = s.record_id and r.life = 'live'");
    MEMBERSHIPS("", "t") = concat!(in_trees!(), "
        select r.record_id, r.kind, r.life, r.merged_into, r.version, r.fields
        from member m cross join record r
        where r.holder = m.record_id and r.kind = 'membership' and r.life = 'live' order by r.number, r.record_id");
}

impl Store {
    /// The reservations of a profile, of whatever status, the newest arrival first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn bookings_of(
        &self,
        root: RecordId,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let fixed = row![i64::from(skip), i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &STAYS, fixed, id_rows(&[root])).await?;
        rows.iter().map(record).collect()
    }

    /// How many reservations a profile has.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn n_bookings_of(&self, root: RecordId) -> Result<u64, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &COUNT_STAYS, row![], id_rows(&[root])).await?;
        rows.first().map_or(Ok(0), |row| Columns::of(row, "record").count())
    }

    /// The memberships of a person.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn memberships_of(&self, root: RecordId) -> Result<Vec<Record>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &MEMBERSHIPS, row![], id_rows(&[root])).await?;
        rows.iter().map(record).collect()
    }
}
