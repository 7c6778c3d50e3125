//! Alias trees: merges form a forest, and every record and link carries the root of its tree, so that no read has to
//! walk. Kept by the commits that merge and split.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AnyConnection;

use super::dialect::Dialect;
use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::sql::{Columns, execute, fetch, row, statements};
use crate::model::RecordId;

const TABLE: &str = "record";

/// `member(record_id, root_id)`: every record of the trees that the rows' records are part of.
macro_rules! in_trees {
    () => {
        "with v(record_id) as (values {values}),
            top(root_id) as (
                select distinct r.root_id from v cross join record r where r.record_id = v.record_id),
            member(record_id, root_id) as (
                select top.root_id, top.root_id from top
                union all
                select r.record_id, r.root_id from top cross join record r
                where r.root_id = top.root_id and r.merged_into is not null)"
    };
}
pub(super) use in_trees;

statements! {
    /// Every record of the trees that these records are or will be part of.
    TREES("", "t") = "with v(record_id) as (values {values}),
        touched(root_id) as (
            select r.root_id from v cross join record r where r.record_id = v.record_id
            union
            select t.root_id from v cross join record r cross join record t
            where r.record_id = v.record_id and t.record_id = r.merged_into)
        select r.record_id, r.merged_into, r.root_id
        from touched cross join record r where r.root_id = touched.root_id and r.merged_into is not null
        union
        select r.record_id, r.merged_into, r.root_id
        from touched cross join record r where r.record_id = touched.root_id
        union
        select r.record_id, r.merged_into, r.root_id
        from v cross join record r where r.record_id = v.record_id";
    ALIASES("", "t") = concat!(in_trees!(), "
        select r.record_id, r.merged_into from member m cross join record r
        where r.record_id = m.record_id and r.merged_into is not null");
    SET_RECORD_ROOT("", "tt") = "with v(record_id, root_id) as (values {values})
        update record set root_id = v.root_id from v where record.record_id = v.record_id";
    SET_LINK_ROOT("", "ttt") = "with v(record_id, old_root_id, root_id) as (values {values})
        update link set root_id = v.root_id from v
        where link.root_id = v.old_root_id and link.record_id = v.record_id";
}

/// A record of a tree.
struct Node {
    merged_into: Option<RecordId>,
    root: RecordId,
}

impl Store {
    /// The aliases in the trees that these records are part of, each with the record that it went into.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn aliases(&self, records: &[RecordId]) -> Result<BTreeMap<RecordId, RecordId>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &ALIASES, row![], id_rows(records)).await?;
        rows.iter()
            .map(|row| {
                let mut columns = Columns::of(row, TABLE);
                Ok((RecordId::new(columns.uuid()?), RecordId::new(columns.uuid()?)))
            })
            .collect()
    }
}

/// Waits until nobody else moves trees, or keeps records apart.
pub(super) async fn lock(db: &mut AnyConnection, dialect: Dialect) -> Result<(), StoreError> {
    if let Some(lock) = dialect.tree_lock() {
        sqlx::query(lock).execute(&mut *db).await?;
    }
    Ok(())
}

/// Recomputes the roots of the trees that `aliases`, already written, are or were part of.
pub(super) async fn recompute(
    db: &mut AnyConnection,
    dialect: Dialect,
    aliases: &[RecordId],
) -> Result<(), StoreError> {
    if aliases.is_empty() {
        return Ok(());
    }
    lock(db, dialect).await?;
    let nodes = trees(db, aliases).await?;
    let (mut records, mut links) = (Vec::new(), Vec::new());
    for (id, node) in &nodes {
        let root = root_of(*id, &nodes)?;
        if root != node.root {
            records.push(row![id.uuid(), root.uuid()]);
            links.push(row![id.uuid(), node.root.uuid(), root.uuid()]);
        }
    }
    execute(db, &SET_RECORD_ROOT, row![], records).await?;
    execute(db, &SET_LINK_ROOT, row![], links).await?;
    Ok(())
}

/// Every record of the trees, by id.
async fn trees(db: &mut AnyConnection, aliases: &[RecordId]) -> Result<BTreeMap<RecordId, Node>, StoreError> {
    let mut nodes = BTreeMap::new();
    for row in &fetch(db, &TREES, row![], id_rows(aliases)).await? {
        let mut columns = Columns::of(row, TABLE);
        let id = RecordId::new(columns.uuid()?);
        let merged_into = columns.maybe_uuid()?.map(RecordId::new);
        nodes.insert(id, Node { merged_into, root: RecordId::new(columns.uuid()?) });
    }
    Ok(nodes)
}

/// Follows the aliases from `id` to their end.
fn root_of(id: RecordId, nodes: &BTreeMap<RecordId, Node>) -> Result<RecordId, StoreError> {
    let mut at = id;
    let mut passed = BTreeSet::new();
    loop {
        let Some(node) = nodes.get(&at) else {
            return Err(StoreError::Conflict { what: format!("the record `{at}`, which is not there,") });
        };
        let Some(next) = node.merged_into else { return Ok(at) };
        if !passed.insert(at) {
            return Err(StoreError::AliasLoop { record: id.to_string() });
        }
        at = next;
    }
}
