//! Reviews: whatever waits for a human or did.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::error::StoreError;
use super::household_marks::mark_members;
use super::open::Store;
use super::record::id_rows;
use super::roots::in_trees;
use super::sql::{Columns, execute, fetch, json, row, statements};
use crate::model::ids::ReviewId;
use crate::model::review::{Postponed, ReviewState};
use crate::model::{OperatorId, RecordId, RecordKind, Review, ReviewKind, SystemId};

const TABLE: &str = "review";
/// What no system is called. The hub's own questions have the empty name.
const NOWHERE: &str = " ";

statements! {
    PUT("", "ttttttiittti") = "insert into review
            (review_id, record_id, system_id, kind, of_kind, state, opened_at, ended_at, question, answer,
                arrives_on, probability)
        values {values}
        on conflict (review_id) do update set record_id = excluded.record_id, state = excluded.state,
            ended_at = excluded.ended_at, question = excluded.question, answer = excluded.answer, of_kind = excluded.of_kind,
            arrives_on = excluded.arrives_on, probability = excluded.probability
        where review.state = 'open'
            or review.state = 'accepted' and (excluded.state = 'undone' or review.kind = 'hold')";
    /// A system has the matcher's questions about its profiles too. What stands still comes first, and an arrival that is
    /// past counts as none. The indexes `review_coming` and `review_waiting` have this order: a page is all that is read.
    OPEN("itttiitii", "t") = "with v(system_id) as (values {values}), fits as not materialized (
            select review_id, kind, arrives_on, opened_at,
                case kind when 'duplicates' then 1 when 'household' then 2 else 0 end as asked,
                coalesce(-probability, 0) as doubt
            from review
            where state = 'open' and ($2 is null or kind = $2) and ($3 is null or record_id = $3)
                and ($4 is null or of_kind = $4)
                and ($5 is null or (coalesce(postponed_until, 0) > $5) = ($6 = 1))
                and ($1 = 0 or system_id in (select v.system_id from v)
                    or exists (select 1 from review_member m cross join link l
                        where m.review_id = review.review_id and l.root_id = m.record_id
                            and l.system_id in (select v.system_id from v)))),
        held(review_id, rank, arrival, asked, doubt, opened_at) as (
            select review_id, 0, case when arrives_on >= $7 then arrives_on end, asked, doubt, opened_at
            from fits where kind = 'hold'),
        coming(review_id, rank, arrival, asked, doubt, opened_at) as (
            select review_id, 1, arrives_on, asked, doubt, opened_at from fits
            where kind <> 'hold' and arrives_on >= $7
            order by arrives_on, asked, doubt, opened_at, review_id limit $8 + $9),
        others(review_id, rank, arrival, asked, doubt, opened_at) as (
            select review_id, 2, null, asked, doubt, opened_at from fits
            where kind <> 'hold' and (arrives_on is null or arrives_on < $7)
            order by asked, doubt, opened_at, review_id limit $8 + $9),
        page as (select * from held union all select * from coming union all select * from others
            order by rank, arrival, asked, doubt, opened_at, review_id limit $8 offset $9)
        select r.review_id, r.record_id, r.system_id, r.question, r.opened_at, r.answer, r.postponed_until,
            r.postponed_by
        from page p cross join review r where r.review_id = p.review_id
        order by p.rank, p.arrival, p.asked, p.doubt, p.opened_at, p.review_id";
    OPEN_AFTER("ttti", "") = "select review_id, record_id, system_id, question, opened_at, answer, postponed_until,
            postponed_by
        from review
        where state = 'open' and ($1 is null or system_id = $1) and ($2 is null or kind = $2)
            and ($3 is null or review_id > $3)
        order by review_id limit $4";
    /// The next arrival of the record itself, or of its holder.
    ARRIVES("t", "tt") = "with v(review_id, record_id) as (values {values}),
        next(review_id, day) as (
            select v.review_id, min(r.arrives_on) from v cross join record r
            where (r.record_id = v.record_id or r.holder = v.record_id) and r.kind = 'reservation' and r.life = 'live'
                and r.arrives_on >= $1
            group by v.review_id)
        update review set arrives_on = next.day from next where review.review_id = next.review_id";
    OPEN_KINDS("i", "") = "select case when coalesce(postponed_until, 0) > $1 then 'postponed' else kind end, count(*)
        from review where state = 'open' group by 1";
    POSTPONE("", "tit") = "with v(review_id, postponed_until, postponed_by) as (values {values})
        update review set postponed_until = v.postponed_until, postponed_by = v.postponed_by
        from v where review.review_id = v.review_id and review.state = 'open'";
    BY_ID("", "t") = "with v(review_id) as (values {values})
        select r.review_id, r.record_id, r.system_id, r.question, r.opened_at, r.answer, r.postponed_until,
            r.postponed_by
        from v cross join review r where r.review_id = v.review_id";
    AT_SYSTEM("tti", "") = "select review_id, record_id, system_id, question, opened_at, answer, postponed_until, postponed_by
        from review
        where state = 'open' and system_id = $1 and kind = $2 order by opened_at, review_id limit $3";
    DECIDED("i", "") = "select review_id, record_id, system_id, question, opened_at, answer, postponed_until, postponed_by
        from review
        where kind = 'duplicates' and state in ('accepted', 'rejected', 'undone') order by ended_at, review_id limit $1";
    ABOUT("", "t") = "with v(record_id) as (values {values})
        select r.review_id, r.record_id, r.system_id, r.question, r.opened_at, r.answer, r.postponed_until,
            r.postponed_by
        from v cross join review r where r.record_id = v.record_id and r.state = 'open'";
    /// Of these records and of everything that has become one with them.
    CLUSTERS("", "t") = concat!(in_trees!(), "
        select r.review_id, r.record_id, r.system_id, r.question, r.opened_at, r.answer, r.postponed_until,
            r.postponed_by
        from member m cross join review_member c cross join review r
        where c.record_id = m.record_id and r.review_id = c.review_id and r.state = 'open'");
    FORGET_MEMBERS("", "t") = "with v(review_id) as (values {values})
        delete from review_member where review_id in (select v.review_id from v)";
    KEEP_MEMBERS("", "tt") = "with v(review_id, record_id) as (values {values})
        insert into review_member (review_id, record_id) select v.review_id, v.record_id from v where true
        on conflict (review_id, record_id) do nothing";
    LAST_HOLD("ttt", "") = "select review_id, record_id, system_id, question, opened_at, answer, postponed_until, postponed_by
        from review
        where kind = 'hold' and system_id = $1 and of_kind = $2 and state = $3
        order by opened_at desc, review_id desc limit 1";
}

/// Which open reviews are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default)]
pub struct ReviewFilter {
    /// Those that arose at one of these systems, and the matcher's about profiles that one of them has.
    pub systems: Option<Vec<SystemId>>,
    /// `conflict`, `hold`, `quarantine`, `proposal`, `duplicates`, `household` or `work`.
    pub kind: Option<&'static str>,
    /// Those about this record.
    pub record: Option<RecordId>,
    /// The matcher's of this band; holds of this kind of record; households of this kind.
    pub of: Option<&'static str>,
    /// Those that are not postponed beyond now; `None` wants those too.
    pub now: Option<DateTime<Utc>>,
    /// Instead of those the ones that are.
    pub postponed: bool,
    /// Leaves out so many of the first.
    pub skip: u32,
}

impl Store {
    /// The reviews that wait, at most `limit`: holds first, then the nearest arrival first; those without an arrival
    /// after them, the matcher's last and the most probable of those first; the oldest first of what is equal.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn open_reviews(&self, filter: &ReviewFilter, limit: u32) -> Result<Vec<Review>, StoreError> {
        let fixed = row![
            i64::from(filter.systems.is_some()),
            filter.kind,
            filter.record.map(|id| id.to_string()),
            filter.of,
            filter.now,
            i64::from(filter.postponed),
            filter.now.map_or_else(String::new, |now| now.date_naive().to_string()),
            i64::from(limit),
            i64::from(filter.skip),
        ];
        // A list of SQL cannot be empty.
        let systems = filter.systems.iter().flatten().map(SystemId::as_str);
        let systems = std::iter::once(NOWHERE).chain(systems).map(|system| row![system]).collect();
        let rows = fetch(&mut *self.reader().await?, &OPEN, fixed, systems).await?;
        rows.iter().map(review).collect()
    }

    /// The reviews that wait at `system` and of this `kind`, or at all, by id and so nearly by age, beginning behind
    /// `after`: for whoever reads all of them page by page.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn open_reviews_after(
        &self,
        system: Option<&SystemId>,
        kind: Option<&'static str>,
        after: Option<ReviewId>,
        limit: u32,
    ) -> Result<Vec<Review>, StoreError> {
        let after = after.map(|id| id.to_string());
        let fixed = row![system.map(SystemId::as_str), kind, after, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &OPEN_AFTER, fixed, vec![]).await?;
        rows.iter().map(review).collect()
    }

    /// How many reviews of each kind wait; those that are postponed beyond `now` count as `postponed`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn open_review_counts(&self, now: DateTime<Utc>) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &OPEN_KINDS, row![now], vec![]).await?;
        let count = |row: &AnyRow| {
            let mut columns = Columns::of(row, TABLE);
            Ok((columns.text()?, columns.count()?))
        };
        rows.iter().map(count).collect()
    }

    /// The review called `id`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &BY_ID, row![], vec![row![id.uuid()]]).await?;
        rows.first().map(review).transpose()
    }

    /// The reviews of this kind that wait at `system`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn reviews_at(
        &self,
        system: &SystemId,
        kind: &'static str,
        limit: u32,
    ) -> Result<Vec<Review>, StoreError> {
        let fixed = row![system.as_str(), kind, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &AT_SYSTEM, fixed, vec![]).await?;
        rows.iter().map(review).collect()
    }

    /// The matcher's proposals that were accepted or rejected, or taken back after that, oldest decision first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn decided_proposals(&self, limit: u32) -> Result<Vec<Review>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &DECIDED, row![i64::from(limit)], vec![]).await?;
        rows.iter().map(review).collect()
    }

    /// The open reviews that name one of these records itself, aliases not followed, in no order.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn reviews_about(&self, records: &[RecordId]) -> Result<Vec<Review>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &ABOUT, row![], id_rows(records)).await?;
        rows.iter().map(review).collect()
    }

    /// The open proposals of the matcher that one of these records, or of what is one with them, is a member of, oldest
    /// first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn open_clusters(&self, records: &[RecordId]) -> Result<Vec<Review>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &CLUSTERS, row![], id_rows(records)).await?;
        let found = rows.iter().map(|row| review(row).map(|review| (review.id, review)));
        let found: BTreeMap<ReviewId, Review> = found.collect::<Result<_, _>>()?;
        let mut found: Vec<Review> = found.into_values().collect();
        found.sort_by_key(|review| (review.opened_at, review.id));
        Ok(found)
    }

    /// The open hold on a stream of `system`, if it is held.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn open_hold(&self, system: &SystemId, kind: RecordKind) -> Result<Option<Review>, StoreError> {
        self.last_hold(system, kind, "open").await
    }

    /// The last hold on a stream of `system` that an operator let through. It allows what it was opened for, so
    /// compare its numbers with the cycle at hand.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn released_hold(
        &self,
        system: &SystemId,
        kind: RecordKind,
    ) -> Result<Option<Review>, StoreError> {
        self.last_hold(system, kind, "accepted").await
    }

    async fn last_hold(
        &self,
        system: &SystemId,
        kind: RecordKind,
        state: &str,
    ) -> Result<Option<Review>, StoreError> {
        let fixed = row![system.as_str(), kind.name(), state];
        let rows = fetch(&mut *self.reader().await?, &LAST_HOLD, fixed, vec![]).await?;
        rows.first().map(review).transpose()
    }
}

/// Stores reviews that were opened or have ended. What has ended stays as it is: a second decision is a conflict.
pub(super) async fn put(
    db: &mut AnyConnection,
    now: DateTime<Utc>,
    reviews: &[Review],
) -> Result<(), StoreError> {
    let last: BTreeMap<ReviewId, &Review> = reviews.iter().map(|review| (review.id, review)).collect();
    put_members(db, last.values().copied()).await?;
    let arriving = |review: &&Review| review.state == ReviewState::Open && review.kind.cluster().is_none();
    let arriving = last.values().copied().filter(arriving);
    let arriving: Vec<_> =
        arriving.filter_map(|review| Some(row![review.id.uuid(), review.record?.uuid()])).collect();
    let rows = last.into_values().map(|review| {
        Ok(row![
            review.id.uuid(),
            review.record.map(|id| id.to_string()),
            review.system.as_ref().map_or("", SystemId::as_str),
            review.kind.name(),
            of_kind(&review.kind),
            review.state.name(),
            review.opened_at,
            ended_at(&review.state),
            json(TABLE, &review.kind)?,
            json(TABLE, &review.state)?,
            next_arrival(&review.kind),
            probability(&review.kind),
        ])
    });
    let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
    let n_rows = rows.len() as u64;
    if execute(db, &PUT, row![], rows).await? == n_rows {
        let today = now.date_naive().to_string();
        return execute(db, &ARRIVES, row![today], arriving).await.map(drop);
    }
    Err(StoreError::Conflict { what: "a review of the commit".to_owned() })
}

/// Stores until when nobody wants to be asked. A review that has ended meanwhile is a conflict.
pub(super) async fn postpone(
    db: &mut AnyConnection,
    postponed: &[(ReviewId, Postponed)],
) -> Result<(), StoreError> {
    let rows = postponed.iter().map(|(id, Postponed { by, until })| row![id.uuid(), *until, by.as_str()]);
    let rows: Vec<_> = rows.collect();
    let n_rows = rows.len() as u64;
    if execute(db, &POSTPONE, row![], rows).await? == n_rows {
        return Ok(());
    }
    Err(StoreError::Conflict { what: "a review of the commit".to_owned() })
}

/// Notes the profiles of the matcher's proposals that wait; of one that has ended nobody asks for them.
async fn put_members(
    db: &mut AnyConnection,
    reviews: impl Iterator<Item = &Review>,
) -> Result<(), StoreError> {
    let (mut ids, mut members, mut proposals) = (Vec::new(), Vec::new(), Vec::new());
    for review in reviews {
        let Some(cluster) = review.kind.cluster() else { continue };
        ids.push(row![review.id.uuid()]);
        proposals.extend(matches!(review.kind, ReviewKind::Duplicates(_)).then_some(review.id));
        if review.state == ReviewState::Open {
            members.extend(cluster.members().map(|member| row![review.id.uuid(), member.uuid()]));
        }
    }
    let proposals = || proposals.iter().map(|id| row![id.uuid()]).collect();
    // Whom they were about, and whom they are about now.
    mark_members(db, proposals()).await?;
    execute(db, &FORGET_MEMBERS, row![], ids).await?;
    execute(db, &KEEP_MEMBERS, row![], members).await?;
    mark_members(db, proposals()).await?;
    Ok(())
}

/// What the kind is counted by.
const fn of_kind(kind: &ReviewKind) -> Option<&'static str> {
    match kind {
        ReviewKind::Hold { of, .. } => Some(of.name()),
        ReviewKind::Duplicates(cluster) => Some(cluster.band.name()),
        ReviewKind::Household(cluster) => Some(cluster.of.name()),
        ReviewKind::Conflict { .. }
        | ReviewKind::Quarantine { .. }
        | ReviewKind::Proposal { .. }
        | ReviewKind::Work { .. } => None,
    }
}

fn next_arrival(kind: &ReviewKind) -> Option<String> {
    let cluster = kind.cluster()?;
    cluster.next_arrival.map(|day| day.to_string())
}

fn probability(kind: &ReviewKind) -> Option<i64> {
    let cluster = kind.cluster()?;
    Some(cluster.probability_ppm.into())
}

const fn ended_at(state: &ReviewState) -> Option<DateTime<Utc>> {
    match state {
        ReviewState::Open => None,
        ReviewState::Accepted { at, .. }
        | ReviewState::Rejected { at, .. }
        | ReviewState::Settled { at }
        | ReviewState::Undone { at, .. } => Some(*at),
    }
}

fn review(row: &AnyRow) -> Result<Review, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    let id = ReviewId::new(columns.uuid()?);
    let record = columns.maybe_uuid()?.map(RecordId::new);
    let system = Some(columns.text()?).filter(|system| !system.is_empty()).map(SystemId::new);
    let kind = columns.document()?;
    let (opened_at, state) = (columns.instant()?, columns.document()?);
    let (until, by) = (columns.maybe_instant()?, columns.maybe_text()?);
    let postponed = until.zip(by).map(|(until, by)| Postponed { by: OperatorId::new(by), until });
    Ok(Review { id, record, system, kind, opened_at, state, postponed })
}
