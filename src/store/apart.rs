//! Pairs of records that operators keep apart. Stored as decided; whoever reads them gets the roots of today, so that a
//! pair goes where its records go, and comes back when a merge is undone.

use std::collections::BTreeMap;

use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::Commit;
use super::dialect::Dialect;
use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::roots::{self, in_trees};
use super::sql::{Columns, execute, fetch, row, statements};
use crate::model::review::Apart;
use crate::model::{OperatorId, RecordId};

const TABLE: &str = "kept_apart";

statements! {
    /// The first decision about a pair stands.
    KEEP("", "tttit") = "with v(one_id, other_id, operator, at, reason) as (values {values})
        insert into kept_apart (one_id, other_id, operator, at, reason)
        select v.one_id, v.other_id, v.operator, v.at, v.reason from v where true
        on conflict (one_id, other_id) do nothing";
    RELEASE("", "tt") = "with v(one_id, other_id) as (values {values})
        delete from kept_apart where (one_id, other_id) in (select v.one_id, v.other_id from v)";
    /// Every pair that one of these records, or what is one with it, is part of.
    OF("", "t") = concat!(in_trees!(), ",
        pair(one_id, other_id) as (
            select k.one_id, k.other_id from member m cross join kept_apart k where k.one_id = m.record_id
            union
            select k.one_id, k.other_id from member m cross join kept_apart k where k.other_id = m.record_id)
        select k.one_id, k.other_id, k.operator, k.at, k.reason, one.root_id, other.root_id
        from pair p cross join kept_apart k cross join record one cross join record other
        where k.one_id = p.one_id and k.other_id = p.other_id
            and one.record_id = p.one_id and other.record_id = p.other_id");
    ALL_PAIRS("", "") = "select one.root_id, other.root_id
        from kept_apart k cross join record one cross join record other
        where one.record_id = k.one_id and other.record_id = k.other_id";
}

/// A pair that is kept apart, with the records that the two stand for today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptApart {
    /// The pair as it was decided.
    pub apart: Apart,
    /// The roots of the two, in the same order. Equal where a system has made them one nevertheless.
    pub roots: (RecordId, RecordId),
}

impl KeptApart {
    /// Whether the pair is about two different ones of these roots.
    pub fn is_between(&self, roots: &[RecordId]) -> bool {
        let (one, other) = self.roots;
        one != other && roots.contains(&one) && roots.contains(&other)
    }
}

impl Store {
    /// The pairs that one of these records, or what is one with it, is part of.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn kept_apart(&self, records: &[RecordId]) -> Result<Vec<KeptApart>, StoreError> {
        of(&mut *self.reader().await?, records).await
    }
}

impl Store {
    /// The roots of every pair that is kept apart.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn all_kept_apart(&self) -> Result<Vec<(RecordId, RecordId)>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &ALL_PAIRS, row![], vec![]).await?;
        let pair = |row| {
            let mut columns = Columns::of(row, TABLE);
            Ok((RecordId::new(columns.uuid()?), RecordId::new(columns.uuid()?)))
        };
        rows.iter().map(pair).collect()
    }
}

/// Writes down what a commit keeps apart, and forgets what it does not keep apart any more.
pub(super) async fn put(db: &mut AnyConnection, dialect: Dialect, commit: &Commit) -> Result<(), StoreError> {
    if commit.apart.is_empty() && commit.no_longer_apart.is_empty() {
        return Ok(());
    }
    roots::lock(db, dialect).await?;
    let released = commit.no_longer_apart.iter().map(|(one, other)| row![one.uuid(), other.uuid()]);
    execute(db, &RELEASE, row![], released.collect()).await?;
    let kept = commit
        .apart
        .iter()
        .map(|pair| row![pair.one.uuid(), pair.other.uuid(), pair.by.as_str(), pair.at, pair.why.as_str()]);
    execute(db, &KEEP, row![], kept.collect()).await?;
    Ok(())
}

/// Refuses to make one of records that are kept apart: whoever decided so may have come first by a moment. Comes before
/// the trees move.
pub(super) async fn check(
    db: &mut AnyConnection,
    dialect: Dialect,
    commit: &Commit,
) -> Result<(), StoreError> {
    if commit.made_one.is_empty() {
        return Ok(());
    }
    roots::lock(db, dialect).await?;
    let pairs = of(db, &commit.made_one).await?;
    match pairs.iter().find(|pair| pair.is_between(&commit.made_one)) {
        Some(_) => Err(StoreError::Conflict { what: "a pair that is kept apart".to_owned() }),
        None => Ok(()),
    }
}

async fn of(db: &mut AnyConnection, records: &[RecordId]) -> Result<Vec<KeptApart>, StoreError> {
    let rows = fetch(db, &OF, row![], id_rows(records)).await?;
    let pairs = rows.iter().map(|row| pair(row).map(|pair| ((pair.apart.one, pair.apart.other), pair)));
    let pairs: BTreeMap<_, KeptApart> = pairs.collect::<Result<_, _>>()?;
    Ok(pairs.into_values().collect())
}

fn pair(row: &AnyRow) -> Result<KeptApart, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    let apart = Apart {
        one: RecordId::new(columns.uuid()?),
        other: RecordId::new(columns.uuid()?),
        by: OperatorId::new(columns.text()?),
        at: columns.instant()?,
        why: columns.text()?,
    };
    Ok(KeptApart { apart, roots: (RecordId::new(columns.uuid()?), RecordId::new(columns.uuid()?)) })
}
