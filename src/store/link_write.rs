//! Links: the writes of a commit, in the order that keeps "one primary link per record and system" true throughout.

use std::collections::BTreeSet;

use sqlx::AnyConnection;

use super::Intent;
use super::dialect::Dialect;
use super::error::StoreError;
use super::link::TABLE;
use super::sql::{Binds, Ready, json, row, statements};
use crate::model::link::SourceVersion;
use crate::model::{ExternalId, Life, Link, LinkLife, Record, RecordId, Role};

/// The columns that [`binds`] gives, in its order.
macro_rules! with_values {
    ($($rest:literal),+) => {
        concat!(
            "with v(link_id, version, record_id, external_id, role, life, life_detail, version_number, version_token,
                epoch, sent, source_hash, slot, seen_at, shadow, system_id, kind) as (values {values}) ",
            $($rest),+
        )
    };
}

/// New links, each with the root of its record.
macro_rules! insert {
    ($root:literal, $from:literal) => {
        with_values!(
            "insert into link (link_id, version, record_id, root_id, external_id, role, life, life_detail,
                version_number, version_token, epoch, sent, source_hash, slot, seen_at, shadow, system_id, kind)
            select v.link_id, 1, v.record_id, ",
            $root,
            ", v.external_id, v.role, v.life, v.life_detail, v.version_number, v.version_token, v.epoch, v.sent,
                v.source_hash, v.slot, v.seen_at, v.shadow, v.system_id, v.kind
            from ",
            $from
        )
    };
}

statements! {
    INSERT("", "titttttitititittt") =
        insert!("r.root_id", "v cross join record r where r.record_id = v.record_id {lock}");
    /// Of a record that comes with the same commit: it is its own root, and nobody else can see it yet.
    INSERT_FIRST("", "titttttitititittt") = insert!("v.record_id", "v");
    UPDATE("", "titttttitititittt") = with_values!(
        "update link set version = link.version + 1, record_id = v.record_id,
            root_id = (select r.root_id from record r where r.record_id = v.record_id),
            external_id = v.external_id, role = v.role, life = v.life, life_detail = v.life_detail,
            version_number = v.version_number, version_token = v.version_token, epoch = v.epoch,
            sent = v.sent, source_hash = v.source_hash, slot = v.slot, seen_at = v.seen_at,
            shadow = v.shadow
        from v where link.link_id = v.link_id and link.version = v.version");
    INTEND("", "tiit") = "with v(link_id, version, epoch, sent) as (values {values})
        update link set version = link.version + 1, epoch = v.epoch, sent = v.sent
        from v where link.link_id = v.link_id and link.version = v.version";
}

/// The links of a commit, ready to be written: what gives up a place has to be written before what takes it.
pub(super) struct LinkWrites {
    giving: Ready,
    taking: Taking,
}

/// What is left to write once places have been given up.
pub(super) struct Taking {
    changed: Ready,
    first: Ready,
    new: Ready,
    intents: Ready,
}

impl LinkWrites {
    /// Puts the links into their stored form, always in one order, so that two commits do not wait for each other.
    pub(super) fn of(
        dialect: Dialect,
        records: &[Record],
        links: &[Link],
        intents: &[Intent],
    ) -> Result<Self, StoreError> {
        let mut links: Vec<&Link> = links.iter().collect();
        links.sort_by_key(|link| link.id);
        let (new, changed): (Vec<_>, Vec<_>) = links.into_iter().partition(|link| link.version == 0);
        let born: BTreeSet<RecordId> =
            records.iter().filter(|record| is_born(record)).map(|record| record.id).collect();
        let (first, new): (Vec<_>, Vec<_>) = new.into_iter().partition(|link| born.contains(&link.record));
        let (taking, giving): (Vec<_>, Vec<_>) = changed.into_iter().partition(|link| link.holds_place());
        let mut intents: Vec<&Intent> = intents.iter().collect();
        intents.sort_by_key(|intent| intent.link);
        let intents = intents.into_iter().map(intent_row).collect::<Result<_, _>>()?;
        Ok(Self {
            giving: Ready::of(dialect, &UPDATE, "", &row![], rows(&giving)?),
            taking: Taking {
                changed: Ready::of(dialect, &UPDATE, "", &row![], rows(&taking)?),
                first: Ready::of(dialect, &INSERT_FIRST, "", &row![], rows(&first)?),
                new: Ready::of(dialect, &INSERT, dialect.root_lock(), &row![], rows(&new)?),
                intents: Ready::of(dialect, &INTEND, "", &row![], intents),
            },
        })
    }

    /// Writes the links that end or step back. Comes before the alias trees move.
    pub(super) async fn give_up(self, db: &mut AnyConnection) -> Result<Taking, StoreError> {
        self.giving.execute_all(db, CHANGED).await?;
        Ok(self.taking)
    }
}

impl Taking {
    /// Writes the links that stay or become primary, the new ones, and what is about to be sent. Comes after the alias
    /// trees have moved.
    pub(super) async fn take(self, db: &mut AnyConnection) -> Result<(), StoreError> {
        self.changed.execute_all(db, CHANGED).await?;
        self.first.execute_all(db, "the first link of a record").await?;
        self.new.execute_all(db, "the record of a new link").await?;
        self.intents.execute_all(db, CHANGED).await
    }
}

/// Whether a record comes into being as itself.
fn is_born(record: &Record) -> bool {
    record.version == 0 && record.life == Life::Live
}

/// What a link's conflict is about.
const CHANGED: &str = "a link of the commit";

fn intent_row(intent: &Intent) -> Result<Binds, StoreError> {
    Ok(row![intent.link.uuid(), intent.version, intent.epoch, json(TABLE, &intent.sent)?])
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
