//! The proof that every statement fits the schema: what a compile-time check would do, for two databases.

use super::dialect::Dialect;
use super::error::StoreError;
use super::open::Store;
use super::sql::{Statement, explain};
use super::{
    apart, audit, bookings, cursor, gate, household_marks, import_run, in_use, job, journal, learning, link,
    link_write, mark_sql, match_marks, operator, profile_pairs, profiles, record, recount, review, roots,
    search, search_marks, stays, sums, system, token, turn,
};

/// Every statement of the store.
const ALL: [&[Statement]; 30] = [
    apart::ALL,
    audit::ALL,
    bookings::ALL,
    cursor::ALL,
    gate::ALL,
    household_marks::ALL,
    import_run::ALL,
    in_use::ALL,
    job::ALL,
    journal::ALL,
    learning::ALL,
    link::ALL,
    link_write::ALL,
    mark_sql::due::ALL,
    mark_sql::reads::ALL,
    match_marks::ALL,
    operator::ALL,
    profile_pairs::ALL,
    profiles::ALL,
    record::ALL,
    recount::ALL,
    review::ALL,
    roots::ALL,
    search::ALL,
    search_marks::ALL,
    stays::ALL,
    sums::ALL,
    system::ALL,
    token::ALL,
    turn::ALL,
];

impl Store {
    /// Has the database plan every statement that the store can send, without running any, and gives back how many
    /// there are.
    ///
    /// # Errors
    /// The name of the statement that the database refuses, with its reason.
    pub async fn prove_statements(&self) -> Result<usize, (&'static str, StoreError)> {
        let mut db = self.reader().await.map_err(|error| ("connection", error))?;
        let mut n_statements = 0;
        for statement in ALL.into_iter().flatten() {
            let lock = lock_of(statement, self.dialect());
            explain(&mut db, statement, lock).await.map_err(|error| (statement.name, error.into()))?;
            n_statements += 1;
        }
        Ok(n_statements)
    }
}

/// The words that go into `{lock}` of this statement.
fn lock_of(statement: &Statement, dialect: Dialect) -> &'static str {
    if statement.name.ends_with("CLAIM") { dialect.claim_lock() } else { dialect.root_lock() }
}
