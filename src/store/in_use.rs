//! What goes on with a profile at this moment, so that it must not become one with another.

use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::roots::in_trees;
use super::sql::{fetch, row, statements};
use crate::model::RecordId;

statements! {
    IN_HOUSE("", "t") = concat!(in_trees!(), "
        select r.record_id from member m cross join record r
        where r.holder = m.record_id and r.kind = 'reservation' and r.life = 'live' and r.status = 'in_house'");
    /// A certificate that was captured is being redeemed: it is issued, and its points deducted, or void after that.
    REDEEMING("", "t") = concat!(in_trees!(), "
        select c.record_id from member m cross join record s cross join record c
        where s.holder = m.record_id and s.kind = 'membership' and s.life = 'live'
            and c.holder = s.record_id and c.kind = 'certificate' and c.life = 'live' and c.status = 'captured'");
}

/// Why profiles must stay as they are for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InUse {
    /// Somebody is in house, on one of their folios.
    FolioInHouse,
    /// A certificate of one of them is being redeemed.
    Certificate,
}

impl Store {
    /// What goes on with one of these persons, or with what is one with him; `None`: nothing that stands in the way.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn in_use(&self, records: &[RecordId]) -> Result<Option<InUse>, StoreError> {
        let mut db = self.reader().await?;
        for (statement, why) in [(&IN_HOUSE, InUse::FolioInHouse), (&REDEEMING, InUse::Certificate)] {
            if !fetch(&mut db, statement, row![], id_rows(records)).await?.is_empty() {
                return Ok(Some(why));
            }
        }
        Ok(None)
    }
}
