//! What operators' decisions teach: how pairs compared when they were proposed, and the weights that were fitted to it.
//!
//! What cells and weights mean is nothing that is known here.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Binds, Columns, execute, fetch, row, statements};
use super::turn::{Turn, keep_turn};
use crate::model::RecordId;

const PAIRS: &str = "compared_pair";
const WEIGHTS: &str = "learned_weights";

/// The columns of a set of weights, in their order.
macro_rules! weights_columns {
    () => {
        "version, made_at, base, learned_from, decisions, pairs, loss_before, loss_after, precision_before, \
         precision_after, refused, active, weights"
    };
}

statements! {
    NOTE("i", "ttiib") = "with v(one_id, other_id, form, weights, cells) as (values {values})
        insert into compared_pair (one_id, other_id, form, weights, cells, noted_at)
        select v.one_id, v.other_id, v.form, v.weights, v.cells, $1 from v where true
        on conflict (one_id, other_id) do update set form = excluded.form, weights = excluded.weights,
            cells = excluded.cells, noted_at = excluded.noted_at
        where compared_pair.form <> excluded.form or compared_pair.weights <> excluded.weights
            or compared_pair.cells <> excluded.cells";
    /// Those that operators keep apart, and those that have become one.
    DECIDED("", "") = "select p.one_id, p.other_id, p.form, p.weights, p.cells,
            case when k.one_id is null then 0 else 1 end
        from compared_pair p
        join record one on one.record_id = p.one_id join record other on other.record_id = p.other_id
        left join kept_apart k on k.one_id = p.one_id and k.other_id = p.other_id
        where k.one_id is not null or one.root_id = other.root_id";
    FORGET("", "") = "delete from compared_pair where
        not exists (select 1 from kept_apart k
            where k.one_id = compared_pair.one_id and k.other_id = compared_pair.other_id)
        and not exists (select 1 from record one join record other on other.root_id = one.root_id
            where one.record_id = compared_pair.one_id and other.record_id = compared_pair.other_id)
        and not exists (select 1 from review_member m join review_member n on n.review_id = m.review_id
            where m.record_id = compared_pair.one_id and n.record_id = compared_pair.other_id)";
    ALL_WEIGHTS("", "") =
        concat!("select ", weights_columns!(), " from learned_weights order by version");
    LAST("", "") =
        concat!("select ", weights_columns!(), " from learned_weights order by version desc limit 1");
    VERSION("i", "") = concat!("select ", weights_columns!(), " from learned_weights where version = $1");
    ACTIVE("i", "") = "select version from learned_weights where active = 1 and base = $1";
    PUT("", "iiiiiiiiiitit") = concat!("insert into learned_weights (", weights_columns!(), ") values {values}");
    /// At most one is active.
    USE("i", "") = "update learned_weights set active = case when version = $1 then 1 else 0 end
        where active <> case when version = $1 then 1 else 0 end";
}

/// How a pair of profiles compared when it was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedPair {
    /// The two, the lower id first.
    pub pair: (RecordId, RecordId),
    /// What the cells mean.
    pub form: i64,
    /// The version of the weights that it was proposed by; 0: the shipped ones.
    pub weights: i64,
    /// The cell of each factor.
    pub cells: Vec<u16>,
}

/// A set of weights that was fitted to decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedWeights {
    /// Its number, from 1.
    pub version: i64,
    /// When it was fitted.
    pub made_at: DateTime<Utc>,
    /// The shipped weights that it is near to.
    pub base: i64,
    /// A digest of the decisions.
    pub learned_from: i64,
    /// How many decisions these are.
    pub decisions: u64,
    /// How many pairs were decided by them.
    pub pairs: u64,
    /// Mean log-loss of decisions that it was not fitted to, before and after, in millionths.
    pub loss: (u64, u64),
    /// Share of one person among what is proposed of them, before and after, in parts per million.
    pub precision: (u64, u64),
    /// Why it must not be used.
    pub refused: Option<String>,
    /// Whether it counts.
    pub is_active: bool,
    /// The weights as text.
    pub weights: String,
}

impl Store {
    /// Keeps how these pairs compare.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn note_compared(&self, now: DateTime<Utc>, pairs: &[ComparedPair]) -> Result<(), StoreError> {
        let rows = pairs.iter().map(|compared| {
            let (one, other) = compared.pair;
            let cells: Vec<u8> = compared.cells.iter().flat_map(|cell| cell.to_le_bytes()).collect();
            row![one.uuid(), other.uuid(), compared.form, compared.weights, cells.as_slice()]
        });
        let rows = rows.collect();
        let mut transaction = self.writer().await?;
        execute(&mut transaction, &NOTE, row![now], rows).await?;
        Ok(transaction.commit().await?)
    }

    /// How those pairs compared that operators keep apart (`true`), or that have become one.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn decided_compared(
        &self,
    ) -> Result<BTreeMap<(RecordId, RecordId), (ComparedPair, bool)>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &DECIDED, row![], vec![]).await?;
        let found = rows.iter().map(|row| {
            let mut columns = Columns::of(row, PAIRS);
            let compared = ComparedPair {
                pair: (RecordId::new(columns.uuid()?), RecordId::new(columns.uuid()?)),
                form: columns.int()?,
                weights: columns.int()?,
                cells: columns.bytes()?.as_chunks().0.iter().map(|cell| u16::from_le_bytes(*cell)).collect(),
            };
            Ok((compared.pair, (compared, columns.flag()?)))
        });
        found.collect()
    }

    /// Forgets the pairs that nobody has decided and that no open proposal is about.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn forget_undecided(&self) -> Result<u64, StoreError> {
        execute(&mut *self.single_writer().await?, &FORGET, row![], vec![]).await
    }

    /// Every set of weights, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn learned_weights(&self) -> Result<Vec<LearnedWeights>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &ALL_WEIGHTS, row![], vec![]).await?;
        rows.iter().map(weights).collect()
    }

    /// The newest set of weights, whether it counts or not.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn last_weights(&self) -> Result<Option<LearnedWeights>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &LAST, row![], vec![]).await?;
        rows.first().map(weights).transpose()
    }

    /// The set of weights with this number.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or the row cannot be read.
    pub async fn weights_of(&self, version: i64) -> Result<Option<LearnedWeights>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &VERSION, row![version], vec![]).await?;
        rows.first().map(weights).transpose()
    }

    /// The number of the set of weights that counts, near to these shipped ones; `None`: the shipped ones count.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn active_weights(&self, base: i64) -> Result<Option<i64>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &ACTIVE, row![base], vec![]).await?;
        rows.first().map(|row| Columns::of(row, WEIGHTS).int()).transpose()
    }

    /// Stores a new set of weights, which counts from now on if it is active.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else has the turn; nothing is written then.
    pub async fn put_weights(&self, turn: Turn, new: &LearnedWeights) -> Result<(), StoreError> {
        let mut transaction = self.writer().await?;
        keep_turn(&mut transaction, turn).await?;
        execute(&mut transaction, &PUT, row![], vec![binds(new)]).await?;
        if new.is_active {
            execute(&mut transaction, &USE, row![new.version], vec![]).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Has the set with this number count; `None`: the shipped weights.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn use_weights(&self, version: Option<i64>) -> Result<(), StoreError> {
        let fixed = row![version.unwrap_or_default()];
        execute(&mut *self.single_writer().await?, &USE, fixed, vec![]).await?;
        Ok(())
    }
}

fn binds(of: &LearnedWeights) -> Binds {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    row![
        of.version,
        of.made_at,
        of.base,
        of.learned_from,
        whole(of.decisions),
        whole(of.pairs),
        whole(of.loss.0),
        whole(of.loss.1),
        whole(of.precision.0),
        whole(of.precision.1),
        of.refused.as_deref(),
        of.is_active,
        of.weights.as_str(),
    ]
}

fn weights(row: &AnyRow) -> Result<LearnedWeights, StoreError> {
    let mut columns = Columns::of(row, WEIGHTS);
    Ok(LearnedWeights {
        version: columns.int()?,
        made_at: columns.instant()?,
        base: columns.int()?,
        learned_from: columns.int()?,
        decisions: columns.count()?,
        pairs: columns.count()?,
        loss: (columns.count()?, columns.count()?),
        precision: (columns.count()?, columns.count()?),
        refused: columns.maybe_text()?,
        is_active: columns.flag()?,
        weights: columns.text()?,
    })
}
