//! The index in which duplicates are searched: the features of each profile, the keys that it can be found by, and how
//! many bear a value. Written only by whoever has the turn; features, keys and counts change together.
//!
//! What a key or a value means is nothing that is known here: both are hashes.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::any::AnyRow;

use super::error::StoreError;
use super::household_marks::{mark_asked, mark_gone};
use super::match_marks::mark;
use super::open::Store;
use super::record::id_rows;
use super::roots::in_trees;
use super::sql::{Binds, Columns, execute, fetch, row, statements};
use super::turn::{Turn, keep_turn};
use crate::model::{RecordId, RecordKind};

const TABLE: &str = "profile_features";

statements! {
    OF_RECORDS("", "t") = "with v(record_id) as (values {values})
        select f.number, f.record_id, f.kind, f.fingerprint, f.form, f.features
        from v cross join profile_features f where f.record_id = v.record_id";
    NUMBERED("", "i") = "with v(number) as (values {values})
        select f.number, f.record_id, f.kind, f.fingerprint, f.form, f.features
        from v cross join profile_features f where f.number = v.number";
    PAGE("ii", "") = "select number, record_id, kind, fingerprint, form, features from profile_features
        where number > $1 order by number limit $2";
    INSERT("", "ttiib") = "insert into profile_features (record_id, kind, fingerprint, form, features)
        values {values} returning number, record_id";
    UPDATE("", "itiib") = "with v(number, kind, fingerprint, form, features) as (values {values})
        update profile_features set kind = v.kind, fingerprint = v.fingerprint, form = v.form,
            features = v.features
        from v where profile_features.number = v.number";
    DELETE("", "i") = "with v(number) as (values {values})
        delete from profile_features where number in (select v.number from v)";
    POST("", "iiii") = "with v(hash, part1, part2, number) as (values {values})
        insert into profile_key (hash, part1, part2, number)
        select v.hash, v.part1, v.part2, v.number from v where true
        on conflict (hash, part1, part2, number) do nothing";
    UNPOST("", "iiii") = "with v(hash, part1, part2, number) as (values {values})
        delete from profile_key where (hash, part1, part2, number) in
            (select v.hash, v.part1, v.part2, v.number from v)";
    COUNT("", "ii") = "with v(value, n) as (values {values})
        insert into profile_count (value, n) select v.value, v.n from v where true
        on conflict (value) do update set n = profile_count.n + excluded.n";
    COUNTS("", "i") = "with v(value) as (values {values})
        select c.value, c.n from v cross join profile_count c where c.value = v.value";
    SIZES_0("i", "iii") = "with v(hash, part1, part2) as (values {values})
        select v.hash, v.part1, v.part2, (select count(*) from (
            select 1 from profile_key k where k.hash = v.hash limit $1) as counted) from v";
    SIZES_1("i", "iii") = "with v(hash, part1, part2) as (values {values})
        select v.hash, v.part1, v.part2, (select count(*) from (
            select 1 from profile_key k where k.hash = v.hash and k.part1 = v.part1 limit $1) as counted) from v";
    SIZES_2("i", "iii") = "with v(hash, part1, part2) as (values {values})
        select v.hash, v.part1, v.part2, (select count(*) from (
            select 1 from profile_key k
            where k.hash = v.hash and k.part1 = v.part1 and k.part2 = v.part2 limit $1) as counted) from v";
    MEMBERS_0("", "iii") = "with v(hash, part1, part2) as (values {values})
        select v.hash, v.part1, v.part2, k.part1, k.number from v cross join profile_key k
        where k.hash = v.hash";
    MEMBERS_1("", "iii") = "with v(hash, part1, part2) as (values {values})
        select v.hash, v.part1, v.part2, k.part1, k.number from v cross join profile_key k
        where k.hash = v.hash and k.part1 = v.part1";
    MEMBERS_2("", "iii") = "with v(hash, part1, part2) as (values {values})
        select v.hash, v.part1, v.part2, k.part1, k.number from v cross join profile_key k
        where k.hash = v.hash and k.part1 = v.part1 and k.part2 = v.part2";
    /// Profiles that are none any more.
    GONE("ii", "") = "select f.number, f.record_id, f.kind, f.fingerprint, f.form, f.features
        from profile_features f cross join record r
        where f.number > $1 and r.record_id = f.record_id and r.life <> 'live' order by f.number limit $2";
    MEMBERSHIPS("", "t") = concat!(in_trees!(), "
        select m.root_id, r.number from member m cross join record r
        where r.holder = m.record_id and r.kind = 'membership' and r.life = 'live' and r.number is not null
        order by m.root_id, r.number");
    ARRIVALS("t", "t") = concat!(in_trees!(), "
        select m.root_id, min(r.arrives_on) from member m cross join record r
        where r.holder = m.record_id and r.kind = 'reservation' and r.life = 'live' and r.stepped_back is null
            and r.arrives_on >= $1 and r.status in ('requested', 'tentative', 'confirmed')
        group by m.root_id");
    FORGET_KEYS("", "") = "delete from profile_key";
    FORGET_COUNTS("", "") = "delete from profile_count";
    FORGET_PAIRS("", "") = "delete from profile_pair";
    FORGET_ALL("", "") = "delete from profile_features";
}

/// The features of a profile as they are kept.
#[derive(Clone)]
pub struct KeptProfile {
    /// What postings and pairs call it.
    pub number: i64,
    /// The profile.
    pub record: RecordId,
    /// Its kind.
    pub kind: RecordKind,
    /// Of the fields that the features were made of.
    pub fingerprint: i64,
    /// What the bytes mean.
    pub form: i64,
    /// The features. Personal data.
    pub features: Vec<u8>,
}

/// A place in the index: the hash of a key and its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Posting {
    /// The key's hash.
    pub hash: i64,
    /// Its parts.
    pub parts: [i64; 2],
}

/// What one write changes in the index.
#[derive(Clone, Default)]
pub struct ProfileChanges {
    /// New profiles, each with its postings; their numbers are given.
    pub new: Vec<(KeptProfile, Vec<Posting>)>,
    /// Profiles whose features are others now, with the postings that they have from now on and had not.
    pub changed: Vec<(KeptProfile, Vec<Posting>)>,
    /// Profiles that go.
    pub gone: Vec<i64>,
    /// Postings that go, each with its profile's number.
    pub unposted: Vec<(Posting, i64)>,
    /// How many more (or fewer) have a value.
    pub counts: BTreeMap<i64, i64>,
    /// Other profiles that have to be looked at because of it.
    pub marked: Vec<RecordId>,
}

impl ProfileChanges {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty() && self.marked.is_empty()
    }
}

impl Store {
    /// What is kept of these profiles, in no order.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn kept_profiles(&self, records: &[RecordId]) -> Result<Vec<KeptProfile>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &OF_RECORDS, row![], id_rows(records)).await?;
        rows.iter().map(kept).collect()
    }

    /// The same by their numbers.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn numbered_profiles(&self, numbers: &[i64]) -> Result<Vec<KeptProfile>, StoreError> {
        let rows = numbers.iter().map(|number| row![*number]).collect();
        let rows = fetch(&mut *self.reader().await?, &NUMBERED, row![], rows).await?;
        rows.iter().map(kept).collect()
    }

    /// What is kept of all profiles in the order of their numbers, after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn profiles_after(&self, after: i64, limit: u32) -> Result<Vec<KeptProfile>, StoreError> {
        let fixed = row![after, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &PAGE, fixed, vec![]).await?;
        rows.iter().map(kept).collect()
    }

    /// What is still kept of profiles that are not live any more, in the order of their numbers, after `after`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn gone_profiles(&self, after: i64, limit: u32) -> Result<Vec<KeptProfile>, StoreError> {
        let fixed = row![after, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &GONE, fixed, vec![]).await?;
        rows.iter().map(kept).collect()
    }

    /// Writes changes of the index; gives back the numbers of the new profiles.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else has the turn; nothing is written then.
    pub async fn change_profiles(
        &self,
        turn: Turn,
        now: DateTime<Utc>,
        changes: &ProfileChanges,
    ) -> Result<BTreeMap<RecordId, i64>, StoreError> {
        let mut transaction = self.writer().await?;
        let db = &mut *transaction;
        keep_turn(db, turn).await?;
        let unposted = changes.unposted.iter().map(|(posting, number)| posting_row(*posting, *number));
        execute(db, &UNPOST, row![], unposted.collect()).await?;
        mark_gone(db, &changes.gone).await?;
        execute(db, &DELETE, row![], changes.gone.iter().map(|number| row![*number]).collect()).await?;
        let new = changes.new.iter().map(|(profile, _)| {
            let mut row: Binds = row![profile.record.uuid()];
            row.extend(content(profile));
            row
        });
        let mut numbers = BTreeMap::new();
        for row in &fetch(db, &INSERT, row![], new.collect()).await? {
            let mut columns = Columns::of(row, TABLE);
            let number = columns.int()?;
            numbers.insert(RecordId::new(columns.uuid()?), number);
        }
        let updated = changes.changed.iter().map(|(profile, _)| {
            let mut row: Binds = row![profile.number];
            row.extend(content(profile));
            row
        });
        execute(db, &UPDATE, row![], updated.collect()).await?;
        let number = |profile: &KeptProfile| numbers.get(&profile.record).copied().unwrap_or(profile.number);
        let posted =
            changes.new.iter().chain(&changes.changed).flat_map(|(profile, postings)| {
                postings.iter().map(move |posting| (*posting, number(profile)))
            });
        let mut posted: Vec<(Posting, i64)> = posted.collect();
        posted.sort_unstable();
        let posted = posted.into_iter().map(|(posting, number)| posting_row(posting, number));
        execute(db, &POST, row![], posted.collect()).await?;
        let counts = changes.counts.iter().filter(|(_, n)| **n != 0);
        execute(db, &COUNT, row![], counts.map(|(value, n)| row![*value, *n]).collect()).await?;
        mark(db, now, &changes.marked).await?;
        transaction.commit().await?;
        self.freshen_statistics_after(changes.new.len()).await;
        Ok(numbers)
    }

    /// Forgets the whole index, because it means something else now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else has the turn; nothing is forgotten then.
    pub async fn forget_profiles(&self, turn: Turn) -> Result<(), StoreError> {
        let mut transaction = self.writer().await?;
        keep_turn(&mut transaction, turn).await?;
        mark_asked(&mut transaction).await?;
        for statement in [&FORGET_PAIRS, &FORGET_KEYS, &FORGET_COUNTS, &FORGET_ALL] {
            execute(&mut transaction, statement, row![], vec![]).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// How many profiles have each of these values; one that nobody has is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn bearers(&self, values: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
        let rows = values.iter().map(|value| row![*value]).collect();
        let rows = fetch(&mut *self.reader().await?, &COUNTS, row![], rows).await?;
        let count = |row| {
            let mut columns = Columns::of(row, "profile_count");
            Ok((columns.int()?, columns.int()?))
        };
        rows.iter().map(count).collect()
    }

    /// How many profiles stand at each of these places, those that differ behind the first `depth` parts included; it is
    /// not counted further than `most`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn block_sizes(
        &self,
        depth: u8,
        blocks: &[Posting],
        most: u32,
    ) -> Result<Vec<(Posting, i64)>, StoreError> {
        let statement = match depth {
            0 => &SIZES_0,
            1 => &SIZES_1,
            _ => &SIZES_2,
        };
        let rows = blocks.iter().map(|block| block_row(*block)).collect();
        let rows = fetch(&mut *self.reader().await?, statement, row![i64::from(most)], rows).await?;
        let size = |row| {
            let mut columns = Columns::of(row, "profile_key");
            Ok((block(&mut columns)?, columns.int()?))
        };
        rows.iter().map(size).collect()
    }

    /// The profiles that stand at each of these places: the place, the first part of the profile's own key, its number.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn block_members(
        &self,
        depth: u8,
        blocks: &[Posting],
    ) -> Result<Vec<(Posting, i64, i64)>, StoreError> {
        let statement = match depth {
            0 => &MEMBERS_0,
            1 => &MEMBERS_1,
            _ => &MEMBERS_2,
        };
        let rows = blocks.iter().map(|block| block_row(*block)).collect();
        let rows = fetch(&mut *self.reader().await?, statement, row![], rows).await?;
        let member = |row| {
            let mut columns = Columns::of(row, "profile_key");
            Ok((block(&mut columns)?, columns.int()?, columns.int()?))
        };
        rows.iter().map(member).collect()
    }

    /// The numbers of the memberships of these persons and of their aliases, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn membership_numbers(
        &self,
        persons: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Vec<String>>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &MEMBERSHIPS, row![], id_rows(persons)).await?;
        let mut numbers: BTreeMap<RecordId, Vec<String>> = BTreeMap::new();
        for row in &rows {
            let mut columns = Columns::of(row, "record");
            numbers.entry(RecordId::new(columns.uuid()?)).or_default().push(columns.text()?);
        }
        Ok(numbers)
    }

    /// The next arrival from `today` on of these persons and of their aliases; one who is not expected is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn next_arrivals(
        &self,
        persons: &[RecordId],
        today: NaiveDate,
    ) -> Result<BTreeMap<RecordId, NaiveDate>, StoreError> {
        let fixed = row![today.to_string()];
        let rows = fetch(&mut *self.reader().await?, &ARRIVALS, fixed, id_rows(persons)).await?;
        let arrival = |row| {
            let mut columns = Columns::of(row, "record");
            let person = RecordId::new(columns.uuid()?);
            let day = columns.text()?.parse().map_err(|_| columns.wrong("the day is none"))?;
            Ok((person, day))
        };
        rows.iter().map(arrival).collect()
    }
}

fn content(profile: &KeptProfile) -> Binds {
    row![profile.kind.name(), profile.fingerprint, profile.form, profile.features.as_slice()]
}

fn posting_row(posting: Posting, number: i64) -> Binds {
    row![posting.hash, posting.parts[0], posting.parts[1], number]
}

fn block_row(block: Posting) -> Binds {
    row![block.hash, block.parts[0], block.parts[1]]
}

fn block(columns: &mut Columns<'_>) -> Result<Posting, StoreError> {
    Ok(Posting { hash: columns.int()?, parts: [columns.int()?, columns.int()?] })
}

fn kept(row: &AnyRow) -> Result<KeptProfile, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    let number = columns.int()?;
    Ok(KeptProfile {
        number,
        record: RecordId::new(columns.uuid()?),
        kind: columns.word(RecordKind::parse)?,
        fingerprint: columns.int()?,
        form: columns.int()?,
        features: columns.bytes()?,
    })
}
