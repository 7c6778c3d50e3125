//! The index in which profiles are searched: the words of each, which profiles have a word, and which words are a typo
//! away. Written only by whoever has the turn; all of it changes together. What a word means is nothing that is known here.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::roots::in_trees;
use super::sql::{Binds, Columns, execute, fetch, json, row, statements};
use super::turn::{Turn, keep_turn};
use crate::model::RecordId;

const TABLE: &str = "search_document";

statements! {
    OF_RECORDS("", "t") = "with v(record_id) as (values {values})
        select d.number, d.record_id, d.words, d.bookings, d.nights, d.revenue
        from v cross join search_document d where d.record_id = v.record_id";
    /// Profiles that have a word of the spans that drive (0) and one of each that is probed (from 1 on), all of which are
    /// single words; behind so many candidates nobody looks any more.
    CANDIDATES("iii", "itt") = "with v(nth, first, last) as (values {values}),
        candidate(number) as (
            select p.number from v cross join search_posting p
            where v.nth = 0 and p.word >= v.first and p.word <= v.last limit $1)
        select d.number, d.record_id, d.words, d.bookings, d.nights, d.revenue
        from candidate c cross join search_document d
        where d.number = c.number and $3 = (select count(distinct v.nth) from v cross join search_posting p
            where v.nth > 0 and p.word = v.first and p.number = c.number)
        limit $2";
    COUNTS("i", "itt") = "with v(nth, first, last) as (values {values})
        select v.nth, (select count(*) from (select 1 from search_posting p
            where p.word >= v.first and p.word <= v.last limit $1) as counted) from v";
    NEAR("", "i") = "with v(variant) as (values {values})
        select distinct s.word from v cross join search_variant s where s.variant = v.variant";
    FIRMS("ii", "") = "select record_id, bookings, nights, revenue from search_document
        where bookings is not null order by bookings desc, number limit $2 offset $1";
    COUNT_FIRMS("", "") = "select count(*) from search_document where bookings is not null";
    INSERT("", "ttiit") = "insert into search_document (record_id, words, bookings, nights, revenue)
        values {values} returning number, record_id";
    UPDATE("", "itiit") = "with v(number, words, bookings, nights, revenue) as (values {values})
        update search_document set words = v.words, bookings = v.bookings, nights = v.nights, revenue = v.revenue
        from v where search_document.number = v.number";
    DELETE("", "i") = "with v(number) as (values {values})
        delete from search_document where number in (select v.number from v)";
    POST("", "ti") = "with v(word, number) as (values {values})
        insert into search_posting (word, number) select v.word, v.number from v where true
        on conflict (word, number) do nothing";
    UNPOST("", "ti") = "with v(word, number) as (values {values})
        delete from search_posting where (word, number) in (select v.word, v.number from v)";
    KNOWN("", "it") = "with v(variant, word) as (values {values})
        select s.word from v cross join search_variant s where s.variant = v.variant and s.word = v.word";
    UNUSED("", "t") = "with v(word) as (values {values})
        select v.word from v where not exists (select 1 from search_posting p where p.word = v.word)";
    ADD_VARIANTS("", "it") = "with v(variant, word) as (values {values})
        insert into search_variant (variant, word) select v.variant, v.word from v where true
        on conflict (variant, word) do nothing";
    FORGET_VARIANTS("", "it") = "with v(variant, word) as (values {values})
        delete from search_variant where (variant, word) in (select v.variant, v.word from v)";
    /// A reservation that names a company and an agency counts for both.
    FIRM_SUMS("", "t") = concat!(in_trees!(), ",
        stay(root_id, record_id) as (
            select m.root_id, r.record_id from member m cross join record r where r.company = m.record_id
            union
            select m.root_id, r.record_id from member m cross join record r where r.agency = m.record_id)
        select s.root_id, r.currency, count(*), cast(coalesce(sum(r.nights), 0) as bigint),
            cast(coalesce(sum(r.worth), 0) as bigint)
        from stay s cross join record r
        where r.record_id = s.record_id and r.kind = 'reservation' and r.life = 'live' and r.stepped_back is null
            and coalesce(r.status, '') not in ('cancelled', 'no_show')
        group by s.root_id, r.currency");
}

/// What a profile is found by, and of a company or an agency what its bookings add up to.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchDocument {
    /// What postings call it.
    pub number: i64,
    /// The profile.
    pub record: RecordId,
    /// Its words, in order. Personal data.
    pub words: String,
    /// Its bookings, if it is a company or an agency.
    pub firm: Option<FirmSum>,
}

/// What the bookings of a company or an agency add up to, at all properties. What was cancelled does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FirmSum {
    /// How many.
    pub bookings: i64,
    /// Their nights.
    pub nights: i64,
    /// What they were worth, in minor units by currency.
    pub revenue: BTreeMap<String, i64>,
}

/// A company or an agency in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmLine {
    /// Which.
    pub record: RecordId,
    /// Its bookings.
    pub sum: FirmSum,
}

/// What one write changes in the index.
#[derive(Clone, Default)]
pub struct SearchChanges {
    /// New documents; their numbers are given.
    pub new: Vec<SearchDocument>,
    /// Documents as they were and as they are from now on.
    pub changed: Vec<(SearchDocument, SearchDocument)>,
    /// Documents that go.
    pub gone: Vec<SearchDocument>,
    /// Words in which a typo is forgiven, each with the hashes by which it is found then; the first of them is enough to
    /// know whether it is there already.
    pub variants: BTreeMap<String, Vec<i64>>,
    /// The same of words that go: they are forgotten where nobody else has them.
    pub forgotten: BTreeMap<String, Vec<i64>>,
}

/// Which profiles are looked for.
pub struct Candidates<'q> {
    /// Spans of words, from the first to the last: one of them has to be there.
    pub driver: Vec<(&'q str, &'q str)>,
    /// Words of which one of each list has to be there too.
    pub probes: Vec<Vec<&'q str>>,
    /// How many that have a word of the driver are looked at.
    pub most: u32,
    /// How many are wanted.
    pub limit: u32,
}

impl Candidates<'_> {
    fn rows(&self) -> Vec<Binds> {
        let mut rows = span_rows(0, &self.driver);
        for (nth, words) in (1_i64..).zip(&self.probes) {
            rows.extend(words.iter().map(|word| row![nth, *word, *word]));
        }
        rows
    }
}

fn span_rows(nth: i64, spans: &[(&str, &str)]) -> Vec<Binds> {
    spans.iter().map(|(first, last)| row![nth, *first, *last]).collect()
}

impl Store {
    /// The documents of these profiles, in no order; one that has none is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn search_documents(&self, records: &[RecordId]) -> Result<Vec<SearchDocument>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &OF_RECORDS, row![], id_rows(records)).await?;
        rows.iter().map(document).collect()
    }

    /// The documents that fit, in no order, some of them more than once.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn search_candidates(
        &self,
        wanted: &Candidates<'_>,
    ) -> Result<Vec<SearchDocument>, StoreError> {
        let n_probes = i64::try_from(wanted.probes.len()).unwrap_or(i64::MAX);
        let fixed = row![i64::from(wanted.most), i64::from(wanted.limit), n_probes];
        let rows = fetch(&mut *self.reader().await?, &CANDIDATES, fixed, wanted.rows()).await?;
        rows.iter().map(document).collect()
    }

    /// How many profiles have a word of each list of spans, some of them counted more than once; no span is counted
    /// further than `most`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn search_counts(
        &self,
        lists: &[Vec<(&str, &str)>],
        most: u32,
    ) -> Result<Vec<u64>, StoreError> {
        let rows = (0_i64..).zip(lists).flat_map(|(nth, spans)| span_rows(nth, spans)).collect();
        let rows = fetch(&mut *self.reader().await?, &COUNTS, row![i64::from(most)], rows).await?;
        let mut counts = vec![0; lists.len()];
        for row in &rows {
            let mut columns = Columns::of(row, TABLE);
            let (nth, n) = (columns.count()?, columns.count()?);
            if let Some(count) = usize::try_from(nth).ok().and_then(|nth| counts.get_mut(nth)) {
                *count += n;
            }
        }
        Ok(counts)
    }

    /// The words that are found by one of these hashes.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn search_near(&self, variants: &[i64]) -> Result<Vec<String>, StoreError> {
        let rows = variants.iter().map(|variant| row![*variant]).collect();
        let rows = fetch(&mut *self.reader().await?, &NEAR, row![], rows).await?;
        rows.iter().map(|row| Columns::of(row, "search_variant").text()).collect()
    }

    /// Companies and agencies, those with the most bookings first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn firms(&self, skip: u32, limit: u32) -> Result<Vec<FirmLine>, StoreError> {
        let fixed = row![i64::from(skip), i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &FIRMS, fixed, vec![]).await?;
        let line = |row| {
            let mut columns = Columns::of(row, TABLE);
            let record = RecordId::new(columns.uuid()?);
            Ok(FirmLine { record, sum: firm(&mut columns)?.unwrap_or_default() })
        };
        rows.iter().map(line).collect()
    }

    /// How many companies and agencies there are.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn n_firms(&self) -> Result<u64, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &COUNT_FIRMS, row![], vec![]).await?;
        rows.first().map_or(Ok(0), |row| Columns::of(row, TABLE).count())
    }

    /// What the bookings of these companies and agencies, and of what was merged into them, add up to; one without any is
    /// left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn firm_sums(&self, roots: &[RecordId]) -> Result<BTreeMap<RecordId, FirmSum>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &FIRM_SUMS, row![], id_rows(roots)).await?;
        let mut sums: BTreeMap<RecordId, FirmSum> = BTreeMap::new();
        for row in &rows {
            let mut columns = Columns::of(row, "record");
            let sum = sums.entry(RecordId::new(columns.uuid()?)).or_default();
            let currency = columns.maybe_text()?;
            sum.bookings += columns.int()?;
            sum.nights += columns.int()?;
            if let Some(currency) = currency {
                sum.revenue.insert(currency, columns.int()?);
            }
        }
        Ok(sums)
    }

    /// Writes changes of the index.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else has the turn; nothing is written then.
    pub async fn change_search(&self, turn: Turn, changes: &SearchChanges) -> Result<(), StoreError> {
        let mut transaction = self.writer().await?;
        let db = &mut *transaction;
        keep_turn(db, turn).await?;
        let (mut posted, mut unposted) = (BTreeSet::new(), BTreeSet::new());
        for document in &changes.gone {
            unposted.extend(document.postings());
        }
        for (before, after) in &changes.changed {
            let (before, after): (BTreeSet<_>, BTreeSet<_>) =
                (before.postings().collect(), after.postings().collect());
            unposted.extend(before.difference(&after).copied());
            posted.extend(after.difference(&before).copied());
        }
        let numbered = insert(db, &changes.new).await?;
        posted.extend(numbered.iter().flat_map(SearchDocument::postings));
        let updated = changes.changed.iter().map(|(_, after)| after.row(row![after.number]));
        execute(db, &UPDATE, row![], updated.collect::<Result<_, _>>()?).await?;
        let gone = changes.gone.iter().map(|document| row![document.number]);
        execute(db, &DELETE, row![], gone.collect()).await?;
        let rows = |postings: &BTreeSet<(&str, i64)>| -> Vec<Binds> {
            postings.iter().map(|(word, number)| row![*word, *number]).collect()
        };
        execute(db, &UNPOST, row![], rows(&unposted)).await?;
        execute(db, &POST, row![], rows(&posted)).await?;
        forget_variants(db, &changes.forgotten).await?;
        add_variants(db, &changes.variants).await?;
        Ok(transaction.commit().await?)
    }
}

impl SearchDocument {
    fn postings(&self) -> impl Iterator<Item = (&str, i64)> {
        self.words.split(' ').filter(|word| !word.is_empty()).map(|word| (word, self.number))
    }

    /// What tells it apart, and behind it the columns that both statements have.
    fn row(&self, identity: Binds) -> Result<Binds, StoreError> {
        let revenue = self.firm.as_ref().map(|sum| json(TABLE, &sum.revenue)).transpose()?;
        let (bookings, nights) =
            (self.firm.as_ref().map(|sum| sum.bookings), self.firm.as_ref().map(|sum| sum.nights));
        let mut row = identity;
        row.extend(row![self.words.as_str(), bookings, nights, revenue]);
        Ok(row)
    }
}

/// Inserts documents and gives them back with their numbers.
async fn insert(db: &mut AnyConnection, new: &[SearchDocument]) -> Result<Vec<SearchDocument>, StoreError> {
    let rows = new.iter().map(|document| document.row(row![document.record.uuid()]));
    let rows = rows.collect::<Result<_, _>>()?;
    let mut numbers = BTreeMap::new();
    for row in &fetch(db, &INSERT, row![], rows).await? {
        let mut columns = Columns::of(row, TABLE);
        let number = columns.int()?;
        numbers.insert(RecordId::new(columns.uuid()?), number);
    }
    let numbered = |document: &SearchDocument| {
        let number = numbers.get(&document.record).copied().unwrap_or(document.number);
        SearchDocument { number, ..document.clone() }
    };
    Ok(new.iter().map(numbered).collect())
}

/// Adds the hashes of words that have none yet.
async fn add_variants(
    db: &mut AnyConnection,
    variants: &BTreeMap<String, Vec<i64>>,
) -> Result<(), StoreError> {
    let first = variants.iter().filter_map(|(word, hashes)| Some(row![*hashes.first()?, word.as_str()]));
    let mut known = BTreeSet::new();
    for row in &fetch(db, &KNOWN, row![], first.collect()).await? {
        known.insert(Columns::of(row, "search_variant").text()?);
    }
    let new = variants.iter().filter(|(word, _)| !known.contains(*word));
    let new = new.map(|(word, hashes)| (word.clone(), hashes.clone())).collect();
    execute(db, &ADD_VARIANTS, row![], variant_rows(&new)).await?;
    Ok(())
}

/// Forgets words that nobody has any more, with the hashes by which they were found.
async fn forget_variants(
    db: &mut AnyConnection,
    words: &BTreeMap<String, Vec<i64>>,
) -> Result<(), StoreError> {
    let mut unused = BTreeMap::new();
    for row in &fetch(db, &UNUSED, row![], words.keys().map(|word| row![word.as_str()]).collect()).await? {
        let word = Columns::of(row, "search_posting").text()?;
        let hashes = words.get(&word).cloned().unwrap_or_default();
        unused.insert(word, hashes);
    }
    execute(db, &FORGET_VARIANTS, row![], variant_rows(&unused)).await?;
    Ok(())
}

fn variant_rows(words: &BTreeMap<String, Vec<i64>>) -> Vec<Binds> {
    words.iter().flat_map(|(word, hashes)| hashes.iter().map(|hash| row![*hash, word.as_str()])).collect()
}

fn document(row: &AnyRow) -> Result<SearchDocument, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    Ok(SearchDocument {
        number: columns.int()?,
        record: RecordId::new(columns.uuid()?),
        words: columns.text()?,
        firm: firm(&mut columns)?,
    })
}

fn firm(columns: &mut Columns<'_>) -> Result<Option<FirmSum>, StoreError> {
    let (bookings, nights) = (columns.maybe_int()?, columns.maybe_int()?);
    let revenue = columns.maybe_document()?.unwrap_or_default();
    Ok(bookings.map(|bookings| FirmSum { bookings, nights: nights.unwrap_or(0), revenue }))
}
