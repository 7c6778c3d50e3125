//! Links: the writes of a commit, in the order that keeps "one primary link per record and system" true throughout.

use sqlx::AnyConnection;

use super::dialect::Dialect;
use super::error::StoreError;
use super::link::TABLE;
use super::sql::{Binds, execute, execute_locking, json, row, statements};
use crate::model::link::SourceVersion;
use crate::model::{ExternalId, Link, LinkLife, Role};

/// The columns that [`binds`] gives, in its order.
macro_rules! with_values {
    ($rest:literal) => {
        concat!(
            "with v(link_id, version, record_id, external_id, role, life, life_detail, version_number, version_token,
                epoch, sent, source_hash, slot, seen_at, shadow, system_id, kind) as (values {values}) ",
            $rest
        )
    };
}

statements! {
    INSERT("", "titttttitititittt") = with_values!(
        "insert into link (link_id, version, record_id, root_id, external_id, role, life, life_detail,
            version_number, version_token, epoch, sent, source_hash, slot, seen_at, shadow, system_id, kind)
        select v.link_id, 1, v.record_id, r.root_id, v.external_id, v.role, v.life, v.life_detail,
            v.version_number, v.version_token, v.epoch, v.sent, v.source_hash, v.slot, v.seen_at, v.shadow,
            v.system_id, v.kind
        from v cross join record r where r.record_id = v.record_id {lock}");
    UPDATE("", "titttttitititittt") = with_values!(
        "update link set version = link.version + 1, record_id = v.record_id,
            root_id = (select r.root_id from record r where r.record_id = v.record_id),
            external_id = v.external_id, role = v.role, life = v.life, life_detail = v.life_detail,
            version_number = v.version_number, version_token = v.version_token, epoch = v.epoch,
            sent = v.sent, source_hash = v.source_hash, slot = v.slot, seen_at = v.seen_at,
            shadow = v.shadow
        from v where link.link_id = v.link_id and link.version = v.version");
}

/// The links of a commit: what gives up a place has to be written before what takes it.
pub(super) struct LinkWrites<'l> {
    giving: Vec<&'l Link>,
    taking: Vec<&'l Link>,
    new: Vec<&'l Link>,
}

impl<'l> LinkWrites<'l> {
    /// Sorts the links of a commit, always in one order, so that two commits do not wait for each other.
    pub(super) fn of(links: &'l [Link]) -> Self {
        let mut links: Vec<&Link> = links.iter().collect();
        links.sort_by_key(|link| link.id);
        let (new, changed): (Vec<_>, Vec<_>) = links.into_iter().partition(|link| link.version == 0);
        let (taking, giving) = changed.into_iter().partition(|link| is_active_primary(link));
        Self { giving, taking, new }
    }

    /// Writes the links that end or step back. Comes before the alias trees move.
    pub(super) async fn give_up(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        update(db, &self.giving).await
    }

    /// Writes the links that stay or become primary, then the new ones. Comes after the alias trees have moved.
    pub(super) async fn take(&self, db: &mut AnyConnection, dialect: Dialect) -> Result<(), StoreError> {
        update(db, &self.taking).await?;
        let rows = rows(&self.new)?;
        let n_rows = rows.len() as u64;
        if execute_locking(db, &INSERT, dialect.root_lock(), row![], rows).await? == n_rows {
            return Ok(());
        }
        Err(StoreError::Conflict { what: "the record of a new link".to_owned() })
    }
}

async fn update(db: &mut AnyConnection, links: &[&Link]) -> Result<(), StoreError> {
    let rows = rows(links)?;
    let n_rows = rows.len() as u64;
    if execute(db, &UPDATE, row![], rows).await? == n_rows {
        return Ok(());
    }
    Err(StoreError::Conflict { what: "a link of the commit".to_owned() })
}

/// Whether the link holds the one place that is written to: the condition of the index `link_primary`.
const fn is_active_primary(link: &Link) -> bool {
    matches!(link.role, Role::Primary)
        && match link.life {
            LinkLife::Creating | LinkLife::Live | LinkLife::Suspect(_) | LinkLife::Quarantined => true,
            LinkLife::Gone | LinkLife::MergedInto(_) | LinkLife::Erased => false,
        }
}

fn rows(links: &[&Link]) -> Result<Vec<Binds>, StoreError> {
    links.iter().map(|link| binds(link)).collect()
}

fn binds(link: &Link) -> Result<Binds, StoreError> {
    let (life, life_detail) = life_columns(&link.life);
    let (version_number, version_token) = match &link.source_version {
        None => (None, None),
        Some(SourceVersion::Number(number)) => (Some(*number), None),
        Some(SourceVersion::Token(token)) => (None, Some(token.as_str())),
    };
    Ok(row![
        link.id.uuid(),
        link.version,
        link.record.uuid(),
        link.external_id.as_ref().map(ExternalId::as_str),
        role_column(link.role),
        life,
        life_detail,
        version_number,
        version_token,
        link.epoch,
        link.sent.as_ref().map(|sent| json(TABLE, sent)).transpose()?,
        link.source_hash,
        link.slot.as_deref(),
        link.seen_at,
        json(TABLE, &link.shadow)?,
        link.system.as_str(),
        link.kind.name(),
    ])
}

const fn role_column(role: Role) -> &'static str {
    match role {
        Role::Primary => "primary",
        Role::Secondary => "secondary",
    }
}

fn life_columns(life: &LinkLife) -> (&'static str, Option<String>) {
    match life {
        LinkLife::Creating => ("creating", None),
        LinkLife::Live => ("live", None),
        LinkLife::Suspect(sweeps) => ("suspect", Some(sweeps.to_string())),
        LinkLife::Gone => ("gone", None),
        LinkLife::MergedInto(into) => ("merged", Some(into.to_string())),
        LinkLife::Quarantined => ("quarantined", None),
        LinkLife::Erased => ("erased", None),
    }
}
