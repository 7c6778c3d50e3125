//! The audit: appended to by whatever somebody does, in the same transaction, and never changed.

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Binds, Columns, execute, fetch, row, statements};
use crate::model::journal::{Entry, Event};
use crate::model::{AuditLine, Deed, Door, FieldKey, OperatorId};

const TABLE: &str = "audit";

statements! {
    APPEND("", "itttt") = "insert into audit (at, who, door, deed, about) values {values}";
    LINES("tii", "") = "select seq, at, who, door, deed, about from audit
        where ($1 is null or who = $1) and ($2 is null or seq < $2) order by seq desc limit $3";
}

/// Which lines of the audit are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Those of this operator.
    pub who: Option<OperatorId>,
    /// Those before this one.
    pub before: Option<i64>,
}

impl Store {
    /// Lines of the audit, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditLine>, StoreError> {
        let who = filter.who.as_ref().map(OperatorId::as_str);
        let fixed = row![who, filter.before, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &LINES, fixed, vec![]).await?;
        rows.iter().map(line).collect()
    }

    /// Appends what somebody has done that changes nothing else.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer: then it must not be done.
    pub async fn note_deed(
        &self,
        now: DateTime<Utc>,
        who: &OperatorId,
        deed: Deed,
        about: &str,
    ) -> Result<(), StoreError> {
        let line = self.line(now, who, deed, about);
        execute(&mut *self.single_writer().await?, &APPEND, row![], vec![line]).await.map(drop)
    }

    /// A line ready to be appended.
    pub(super) fn line(&self, now: DateTime<Utc>, who: &OperatorId, deed: Deed, about: &str) -> Binds {
        row![now, who.as_str(), self.door().name(), deed.name(), about]
    }

    /// Appends the decisions and the views of protected data among what the same transaction writes in the journal.
    pub(super) async fn audit_entries(
        &self,
        db: &mut AnyConnection,
        entries: &[Entry],
    ) -> Result<(), StoreError> {
        let lines = entries.iter().filter_map(|entry| self.deed(entry)).collect();
        append(db, lines).await
    }

    fn deed(&self, entry: &Entry) -> Option<Binds> {
        let record = entry.record.map(|id| format!("record {id}"));
        let (who, deed, about) = match &entry.event {
            Event::Decided { review, operator, decision } => {
                // What follows the word is an operator's own text, and may say anything.
                let word = decision.split_once(':').map_or(decision.as_str(), |(word, _)| word);
                let parts = [
                    Some(if review.is_some() { word.to_owned() } else { decision.to_string() }),
                    review.map(|id| format!("review {id}")),
                    entry.system.as_ref().map(|id| format!("system {id}")),
                    record,
                ];
                (operator, Deed::Decided, parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
            }
            Event::Viewed { operator, fields } => {
                let names: Vec<&str> = fields.iter().map(FieldKey::as_str).collect();
                (operator, Deed::Viewed, format!("{}: {}", record.unwrap_or_default(), names.join(", ")))
            }
            Event::Observed { .. }
            | Event::LinkLife { .. }
            | Event::Creating { .. }
            | Event::Written { .. }
            | Event::Merged { .. }
            | Event::Split { .. }
            | Event::ReviewOpened { .. }
            | Event::Parked { .. } => return None,
        };
        Some(self.line(entry.at, &OperatorId::new(who.clone()), deed, &about))
    }
}

/// Appends lines.
pub(super) async fn append(db: &mut AnyConnection, lines: Vec<Binds>) -> Result<(), StoreError> {
    execute(db, &APPEND, row![], lines).await.map(drop)
}

fn line(row: &AnyRow) -> Result<AuditLine, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    Ok(AuditLine {
        seq: columns.int()?,
        at: columns.instant()?,
        who: OperatorId::new(columns.text()?),
        door: columns.word(Door::named)?,
        deed: columns.word(Deed::named)?,
        about: columns.text()?,
    })
}
