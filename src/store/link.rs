//! Links: reading them in batches. Every read gives the root of the alias chain with the link.

use chrono::NaiveDate;
use std::collections::HashMap;

use sqlx::any::AnyRow;

use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::sql::{Binds, Columns, Statement, fetch, row, statements};
use crate::model::ids::LinkId;
use crate::model::link::SourceVersion;
use crate::model::{ExternalId, Link, LinkLife, RecordId, RecordKind, RemoteRef, Role, SystemId};

pub(super) const TABLE: &str = "link";

/// A `select` of links; the columns are those that [`linked`] reads.
macro_rules! select {
    ($rest:literal) => { select!("", $rest) };
    ($with:literal, $rest:literal) => {
        concat!(
            $with,
            " select l.link_id, l.record_id, l.system_id, l.kind, l.external_id, l.role, l.life, l.life_detail,
                l.version_number, l.version_token, l.epoch, l.sent, l.source_hash, l.slot, l.seen_at,
                l.version, l.shadow, l.root_id ",
            $rest
        )
    };
}

statements! {
    BY_REF("t", "tt") = select!("with v(kind, external_id) as (values {values})",
        "from v cross join link l
         where l.system_id = $1 and l.kind = v.kind and l.external_id = v.external_id");
    RECORDS_BY_REF("t", "tt") = "with v(kind, external_id) as (values {values})
        select l.kind, l.external_id, l.record_id from v cross join link l
        where l.system_id = $1 and l.kind = v.kind and l.external_id = v.external_id";
    OF_ROOTS("", "t") = select!("with v(root_id) as (values {values})",
        "from v cross join link l where l.root_id = v.root_id");
    OF_ROOTS_AT("t", "t") = select!("with v(root_id) as (values {values})",
        "from v cross join link l where l.root_id = v.root_id and l.system_id = $1");
    BY_SLOT("tt", "t") = select!("with v(slot) as (values {values})",
        "from v cross join link l where l.system_id = $1 and l.kind = $2 and l.slot = v.slot");
    HASHES("tt", "t") = "with v(external_id) as (values {values})
        select l.external_id, l.source_hash from v cross join link l
        where l.system_id = $1 and l.kind = $2 and l.external_id = v.external_id
            and l.source_hash is not null and l.life <> 'gone'";
    LIVE("ttti", "") = "select external_id, link_id, life, life_detail from link
        where system_id = $1 and kind = $2 and external_id > $3 and life in ('live', 'suspect', 'quarantined')
        order by external_id limit $4";
    DEPARTING("tt", "") = "select l.external_id from record r join link l on l.root_id = r.record_id
        where r.departs_on = $2 and l.system_id = $1 and l.kind = 'reservation'
            and l.external_id is not null and l.life in ('live', 'suspect')";
    ARRIVING("tt", "") = "select l.external_id from record r join link l on l.root_id = r.record_id
        where r.arrives_on = $2 and l.system_id = $1 and l.kind = 'reservation'
            and l.external_id is not null and l.life in ('live', 'suspect')";
    CREATING("t", "") = select!("", "from link l where l.system_id = $1 and l.life = 'creating'");
    COUNT_LIVE("tt", "") = "select count(*) from link
        where system_id = $1 and kind = $2 and external_id is not null
            and life in ('live', 'suspect', 'quarantined')";
}

/// A link with the live record at the end of its alias chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The link.
    pub link: Link,
    /// The record that it reaches through the aliases.
    pub root: RecordId,
}

impl Store {
    /// The reservations of `system` whose stay ends on this hotel-local date.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn departures(&self, system: &SystemId, date: NaiveDate) -> Result<Vec<RemoteRef>, StoreError> {
        self.stays(&DEPARTING, system, date).await
    }

    /// The reservations of `system` whose stay begins on this hotel-local date.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn arrivals(&self, system: &SystemId, date: NaiveDate) -> Result<Vec<RemoteRef>, StoreError> {
        self.stays(&ARRIVING, system, date).await
    }

    async fn stays(
        &self,
        of_day: &Statement,
        system: &SystemId,
        date: NaiveDate,
    ) -> Result<Vec<RemoteRef>, StoreError> {
        let fixed = row![system.as_str(), date.to_string()];
        let rows = fetch(&mut *self.reader().await?, of_day, fixed, vec![]).await?;
        let reservation = |row| {
            let external_id = ExternalId::new(Columns::of(row, TABLE).text()?);
            Ok(RemoteRef { kind: RecordKind::Reservation, external_id })
        };
        rows.iter().map(reservation).collect()
    }

    /// The links of these records of `system`, in no order; an unknown one is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn links(&self, system: &SystemId, subjects: &[RemoteRef]) -> Result<Vec<Linked>, StoreError> {
        let rows =
            fetch(&mut *self.reader().await?, &BY_REF, row![system.as_str()], ref_rows(subjects)).await?;
        rows.iter().map(linked).collect()
    }

    /// The records that these of `system` were linked to, aliases not followed, in no order; an unknown one is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn linked_records(
        &self,
        system: &SystemId,
        refs: &[RemoteRef],
    ) -> Result<Vec<(RemoteRef, RecordId)>, StoreError> {
        let rows =
            fetch(&mut *self.reader().await?, &RECORDS_BY_REF, row![system.as_str()], ref_rows(refs)).await?;
        rows.iter()
            .map(|row| {
                let mut columns = Columns::of(row, TABLE);
                let kind = columns.word(RecordKind::parse)?;
                let external_id = ExternalId::new(columns.text()?);
                Ok((RemoteRef { kind, external_id }, RecordId::new(columns.uuid()?)))
            })
            .collect()
    }

    /// The links of these roots and of every record merged into them, at `system` or at all, in no order.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn links_of(
        &self,
        roots: &[RecordId],
        system: Option<&SystemId>,
    ) -> Result<Vec<Linked>, StoreError> {
        let mut db = self.reader().await?;
        let rows = match system {
            Some(system) => fetch(&mut db, &OF_ROOTS_AT, row![system.as_str()], id_rows(roots)).await?,
            None => fetch(&mut db, &OF_ROOTS, row![], id_rows(roots)).await?,
        };
        rows.iter().map(linked).collect()
    }

    /// The links whose ids the system gave out under one of these slots, whatever their life.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn links_by_slot(
        &self,
        system: &SystemId,
        kind: RecordKind,
        slots: &[&str],
    ) -> Result<Vec<Linked>, StoreError> {
        let slots = slots.iter().map(|slot| row![*slot]).collect();
        let fixed = row![system.as_str(), kind.name()];
        let rows = fetch(&mut *self.reader().await?, &BY_SLOT, fixed, slots).await?;
        rows.iter().map(linked).collect()
    }

    /// The digests that the last sweep saw; without those never swept, and without those gone, so that an id that
    /// comes back counts as new.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn source_hashes(
        &self,
        system: &SystemId,
        kind: RecordKind,
        ids: &[ExternalId],
    ) -> Result<HashMap<ExternalId, i64>, StoreError> {
        let ids = ids.iter().map(|id| row![id.as_str()]).collect();
        let fixed = row![system.as_str(), kind.name()];
        let rows = fetch(&mut *self.reader().await?, &HASHES, fixed, ids).await?;
        rows.iter()
            .map(|row| {
                let mut columns = Columns::of(row, TABLE);
                Ok((ExternalId::new(columns.text()?), columns.int()?))
            })
            .collect()
    }

    /// The counterparts that exist as far as is known (live, suspect, quarantined), in the byte order of their ids,
    /// after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn live_links(
        &self,
        system: &SystemId,
        kind: RecordKind,
        after: Option<&ExternalId>,
        limit: u32,
    ) -> Result<Vec<(ExternalId, LinkId, LinkLife)>, StoreError> {
        let after = after.map_or("", ExternalId::as_str);
        let fixed = row![system.as_str(), kind.name(), after, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &LIVE, fixed, vec![]).await?;
        rows.iter()
            .map(|row| {
                let mut columns = Columns::of(row, TABLE);
                let external_id = ExternalId::new(columns.text()?);
                Ok((external_id, LinkId::new(columns.uuid()?), life(&mut columns)?))
            })
            .collect()
    }

    /// The links at `system` whose counterparts are being created, or were when whoever was at it died.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn creating_links(&self, system: &SystemId) -> Result<Vec<Linked>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &CREATING, row![system.as_str()], vec![]).await?;
        rows.iter().map(linked).collect()
    }

    /// How many counterparts exist as far as is known.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn count_live(&self, system: &SystemId, kind: RecordKind) -> Result<u64, StoreError> {
        let fixed = row![system.as_str(), kind.name()];
        let rows = fetch(&mut *self.reader().await?, &COUNT_LIVE, fixed, vec![]).await?;
        rows.first().map_or(Ok(0), |row| Columns::of(row, TABLE).count())
    }
}

/// Reads a link and its root.
fn linked(row: &AnyRow) -> Result<Linked, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    let link = Link {
        id: LinkId::new(columns.uuid()?),
        record: RecordId::new(columns.uuid()?),
        system: SystemId::new(columns.text()?),
        kind: columns.word(RecordKind::parse)?,
        external_id: columns.maybe_text()?.map(ExternalId::new),
        role: columns.word(role_of)?,
        life: life(&mut columns)?,
        source_version: source_version(columns.maybe_int()?, columns.maybe_text()?),
        epoch: columns.int()?,
        sent: columns.maybe_document()?,
        source_hash: columns.maybe_int()?,
        slot: columns.maybe_text()?.map(Into::into),
        seen_at: columns.maybe_instant()?,
        version: columns.int()?,
        shadow: columns.document()?,
    };
    Ok(Linked { link, root: RecordId::new(columns.uuid()?) })
}

fn role_of(word: &str) -> Option<Role> {
    match word {
        "primary" => Some(Role::Primary),
        "secondary" => Some(Role::Secondary),
        _unknown => None,
    }
}

fn life(columns: &mut Columns<'_>) -> Result<LinkLife, StoreError> {
    let word = columns.text()?;
    let detail = columns.maybe_text()?;
    let life = match (word.as_str(), detail) {
        ("creating", None) => Some(LinkLife::Creating),
        ("live", None) => Some(LinkLife::Live),
        ("suspect", Some(sweeps)) => sweeps.parse().ok().map(LinkLife::Suspect),
        ("gone", None) => Some(LinkLife::Gone),
        ("merged", Some(into)) => Some(LinkLife::MergedInto(ExternalId::new(into))),
        ("quarantined", None) => Some(LinkLife::Quarantined),
        ("erased", None) => Some(LinkLife::Erased),
        _unknown => None,
    };
    life.ok_or_else(|| columns.wrong("the life is not a known one"))
}

fn source_version(number: Option<i64>, token: Option<String>) -> Option<SourceVersion> {
    number.map(SourceVersion::Number).or_else(|| token.map(|token| SourceVersion::Token(token.into())))
}

/// Rows of one reference each.
fn ref_rows(refs: &[RemoteRef]) -> Vec<Binds> {
    refs.iter().map(|subject| row![subject.kind.name(), subject.external_id.as_str()]).collect()
}
