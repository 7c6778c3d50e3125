//! The one way to write: everything that one step of work changes, in one transaction.

use std::collections::BTreeSet;

use sqlx::AnyConnection;

use super::error::{StoreError, is_conflict};
use super::link_write::LinkWrites;
use super::match_marks::MatchMarks;
use super::open::Store;
use super::record::RecordWrites;
use super::search_marks::SearchMarks;
use super::sql::Ready;
use super::{Commit, apart, cursor, gate, household_marks, journal, marks, recount, review, roots};
use crate::model::SystemId;

impl Store {
    /// Stores `commit` whole or not at all, and wakes the workers of the systems that have something to do now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a record, link or review was changed since it was read, or somebody else has
    /// linked the same id or created the same counterpart: read again and compute again.
    /// [`StoreError::LeaseLost`] when a mark of `finished` has passed to somebody else: drop the work.
    /// Every other error leaves nothing behind either.
    pub async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        // Whatever takes time and no database is done before the one place that writes is held.
        let records = RecordWrites::of(self.dialect(), commit.now, commit.recount, &commit.records)?;
        let links = LinkWrites::of(self.dialect(), &commit.records, &commit.links, &commit.intents)?;
        let journal = journal::append(self.dialect(), &commit.journal)?;
        let matches = MatchMarks::of(self.dialect(), &commit);
        let found = SearchMarks::of(self.dialect(), &commit);
        let n_new = commit.links.iter().filter(|link| link.version == 0).count();
        let mut transaction = self.writer().await?;
        self.write(&mut transaction, (records, links, journal, matches, found), &commit)
            .await
            .map_err(as_conflict)?;
        let woken = woken(&commit);
        for system in &woken {
            self.0.waker.notify(&mut transaction, self.dialect(), system).await?;
        }
        transaction.commit().await.map_err(|error| as_conflict(error.into()))?;
        for system in woken {
            self.wake(system);
        }
        self.freshen_statistics_after(n_new).await;
        Ok(())
    }

    /// What others refer to before what refers to it, and records before marks: two workers on one record then meet
    /// at the record, where one of them waits, and not at each other's marks, where both would.
    async fn write(
        &self,
        db: &mut AnyConnection,
        (records, links, journal, matches, found): (RecordWrites, LinkWrites, Ready, MatchMarks, SearchMarks),
        commit: &Commit,
    ) -> Result<(), StoreError> {
        let found = found.before(db).await?;
        let (aliases, moved) = records.write(db).await?;
        let links = links.give_up(db).await?;
        apart::check(db, self.dialect(), commit).await?;
        // Whoever was counted together before, and whoever is from now on.
        recount::mark_roots(db, commit.now, &aliases).await?;
        found.trees(db, &aliases).await?;
        roots::recompute(db, self.dialect(), &aliases).await?;
        recount::mark_roots(db, commit.now, &aliases).await?;
        found.trees(db, &aliases).await?;
        links.take(db).await?;
        journal.execute(db).await?;
        self.audit_entries(db, &commit.journal).await?;
        review::put(db, commit.now, &commit.reviews).await?;
        review::postpone(db, &commit.postponed).await?;
        apart::put(db, self.dialect(), commit).await?;
        household_marks::mark(db, commit).await?;
        marks::finish(db, &commit.finished).await?;
        marks::touch(db, commit.now, &commit.due, &commit.reads).await?;
        gate::hold(db, commit.gate.as_ref(), &commit.due).await?;
        recount::note(db, commit).await?;
        matches.set(db, &moved).await?;
        found.after(db).await?;
        cursor::move_all(db, commit.now, &commit.cursors).await
    }
}

/// The systems that have something to do now.
fn woken(commit: &Commit) -> BTreeSet<&SystemId> {
    let due = commit.due.iter().map(|mark| &mark.system);
    due.chain(commit.reads.iter().map(|mark| &mark.system)).collect()
}

/// Two commits that met in the database are a conflict like any other.
fn as_conflict(error: StoreError) -> StoreError {
    let StoreError::Database(cause) = &error else { return error };
    if !is_conflict(cause) {
        return error;
    }
    let what = cause.as_database_error().and_then(|error| error.constraint()).unwrap_or("a row");
    StoreError::Conflict { what: what.to_owned() }
}
