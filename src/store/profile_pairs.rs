//! Pairs of profiles that have been judged. Written only by whoever has the turn.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use smol_str::SmolStr;
use sqlx::any::AnyRow;

use super::error::StoreError;
use super::household_marks::mark_pairs;
use super::open::Store;
use super::sql::{Columns, Statement, execute, fetch, row, statements};
use super::turn::{Turn, keep_turn};

const TABLE: &str = "profile_pair";

statements! {
    OF("", "i") = "with v(number) as (values {values})
        select p.a, p.b, p.ppm, p.band, p.vetoed from v cross join profile_pair p where p.a = v.number
        union
        select p.a, p.b, p.ppm, p.band, p.vetoed from v cross join profile_pair p where p.b = v.number";
    PAGE("iii", "") = "select a, b, ppm, band, vetoed from profile_pair
        where (a, b) > ($1, $2) order by a, b limit $3";
    PUT("i", "iiiti") = "with v(a, b, ppm, band, vetoed) as (values {values})
        insert into profile_pair (a, b, ppm, band, vetoed, updated_at)
        select v.a, v.b, v.ppm, v.band, v.vetoed, $1 from v where true
        on conflict (a, b) do update set ppm = excluded.ppm, band = excluded.band, vetoed = excluded.vetoed,
            updated_at = excluded.updated_at";
    DELETE("", "ii") = "with v(a, b) as (values {values})
        delete from profile_pair where (a, b) in (select v.a, v.b from v)";
    BANDS("", "") = "select band, count(*) from profile_pair group by band";
    STATES("", "") = "select state, count(*) from review where kind = 'duplicates' group by state";
    OPEN_BANDS("", "") = "select of_kind, count(*) from review
        where kind = 'duplicates' and state = 'open' and of_kind is not null group by of_kind";
    LARGEST("i", "") = "select count(*) from profile_key group by hash order by 1 desc limit $1";
}

/// A judged pair, by the numbers of its profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPair {
    /// The profile with the lower number.
    pub a: i64,
    /// The other.
    pub b: i64,
    /// How probable it is that they are one, in parts per million.
    pub ppm: i64,
    /// What is done about it, in a word.
    pub band: SmolStr,
    /// Whether something certain speaks against it.
    pub is_vetoed: bool,
}

impl Store {
    /// Every pair that one of these profiles is part of, each once, in their order.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn pairs_of(&self, numbers: &[i64]) -> Result<Vec<KeptPair>, StoreError> {
        let rows = numbers.iter().map(|number| row![*number]).collect();
        let rows = fetch(&mut *self.reader().await?, &OF, row![], rows).await?;
        // A pair comes once for each of its profiles.
        let pairs = rows.iter().map(|row| pair(row).map(|pair| ((pair.a, pair.b), pair)));
        let pairs: BTreeMap<(i64, i64), KeptPair> = pairs.collect::<Result<_, _>>()?;
        Ok(pairs.into_values().collect())
    }

    /// All pairs in their order, after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn pairs_after(&self, after: (i64, i64), limit: u32) -> Result<Vec<KeptPair>, StoreError> {
        let fixed = row![after.0, after.1, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &PAGE, fixed, vec![]).await?;
        rows.iter().map(pair).collect()
    }

    /// Stores pairs, and forgets others.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else has the turn; nothing is written then.
    pub async fn change_pairs(
        &self,
        turn: Turn,
        now: DateTime<Utc>,
        put: &[KeptPair],
        gone: &[(i64, i64)],
    ) -> Result<(), StoreError> {
        let mut transaction = self.writer().await?;
        keep_turn(&mut transaction, turn).await?;
        let gone = || gone.iter().map(|(a, b)| row![*a, *b]);
        let put_too = || put.iter().map(|pair| row![pair.a, pair.b]);
        // Who were a household, and who are one from now on.
        mark_pairs(&mut transaction, gone().chain(put_too()).collect()).await?;
        execute(&mut transaction, &DELETE, row![], gone().collect()).await?;
        let rows = put
            .iter()
            .map(|pair| row![pair.a, pair.b, pair.ppm, pair.band.as_str(), pair.is_vetoed])
            .collect();
        execute(&mut transaction, &PUT, row![now], rows).await?;
        mark_pairs(&mut transaction, put_too().collect()).await?;
        Ok(transaction.commit().await?)
    }

    /// How many pairs there are of each band.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn pairs_by_band(&self) -> Result<Vec<(SmolStr, u64)>, StoreError> {
        self.counted(&BANDS).await
    }

    /// How many proposals of duplicates there are of each state.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn proposals_by_state(&self) -> Result<Vec<(SmolStr, u64)>, StoreError> {
        self.counted(&STATES).await
    }

    /// How many open proposals of duplicates there are of each band.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn open_proposals_by_band(&self) -> Result<Vec<(SmolStr, u64)>, StoreError> {
        self.counted(&OPEN_BANDS).await
    }

    /// How many profiles the largest blocks have, the largest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn largest_blocks(&self, limit: u32) -> Result<Vec<u64>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &LARGEST, row![i64::from(limit)], vec![]).await?;
        rows.iter().map(|row| Columns::of(row, "profile_key").count()).collect()
    }

    async fn counted(&self, statement: &Statement) -> Result<Vec<(SmolStr, u64)>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, statement, row![], vec![]).await?;
        let count = |row| {
            let mut columns = Columns::of(row, TABLE);
            Ok((columns.text()?.into(), columns.count()?))
        };
        rows.iter().map(count).collect()
    }
}

fn pair(row: &AnyRow) -> Result<KeptPair, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    Ok(KeptPair {
        a: columns.int()?,
        b: columns.int()?,
        ppm: columns.int()?,
        band: columns.text()?.into(),
        is_vetoed: columns.flag()?,
    })
}
