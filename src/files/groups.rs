//! Files whose records are made of several rows: no page ends within a record.

use super::mapping::{Plan, Spoilt, Survey, Whose};
use super::pages::ROWS;
use super::read::{Batch, Rows};
use crate::import::source::SourceError;
use crate::model::RemoteRef;
use std::sync::Arc;

/// Goes through a file and finds the records that cannot be put together.
///
/// # Errors
/// The file cannot be read.
pub(super) fn survey(mut rows: Box<dyn Rows>, plan: &Plan, most: usize) -> Result<Spoilt, SourceError> {
    let mut survey = Survey::new(most);
    loop {
        let mut batch = Batch::default();
        let goes_on = rows.read(&mut batch, ROWS)?;
        for (line, whose) in plan.whose(&batch) {
            survey.note(line, &whose);
        }
        if !goes_on {
            return Ok(survey.finish());
        }
    }
}

/// A file that is read a record at a time. A record that is spoilt may be cut anywhere: it is refused row by row.
pub(super) struct Groups {
    rows: Box<dyn Rows>,
    plan: Arc<Plan>,
    most: usize,
    spoilt: Arc<Spoilt>,
    /// The row behind the last page: the first of another record.
    held: Option<Batch>,
    has_ended: bool,
}

impl Groups {
    pub(super) fn new(rows: Box<dyn Rows>, plan: &Arc<Plan>, most: usize, spoilt: &Arc<Spoilt>) -> Self {
        let (plan, spoilt) = (Arc::clone(plan), Arc::clone(spoilt));
        Self { rows, plan, most, spoilt, held: None, has_ended: false }
    }

    /// The record that the last rows of a batch are of, if more of it may follow, and over how many rows it reaches.
    fn open(&self, batch: &Batch) -> Option<(RemoteRef, usize)> {
        let whose = self.plan.whose(batch);
        let of = whose.iter().rev().find(|(_, whose)| *whose != Whose::Nobodys);
        let Some((_, Whose::Of(subject))) = of else { return None };
        let is_of = |whose: &Whose| match whose {
            Whose::Of(other) => other == subject,
            Whose::Nobodys => true,
            Whose::Unknown => false,
        };
        let begin = whose.iter().rposition(|(_, whose)| !is_of(whose)).map_or(0, |before| before + 1);
        let rest = whose.get(begin..).unwrap_or_default();
        let before = rest.iter().take_while(|(_, whose)| *whose == Whose::Nobodys).count();
        (!self.spoilt.has(subject)).then(|| (subject.clone(), rest.len() - before))
    }

    /// Whether a row belongs to a record, or is nobody's and may stand between its rows.
    fn follows(&self, one: &Batch, subject: &RemoteRef) -> bool {
        self.plan.whose(one).iter().all(|(_, whose)| match whose {
            Whose::Of(other) => other == subject,
            Whose::Nobodys => true,
            Whose::Unknown => false,
        })
    }
}

impl Rows for Groups {
    fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<bool, SourceError> {
        if let Some(held) = self.held.take() {
            batch.append(held);
        }
        if !self.has_ended && batch.len() < rows {
            self.has_ended = !self.rows.read(batch, rows)?;
        }
        let Some((subject, mut reach)) = self.open(batch).filter(|_| !self.has_ended) else {
            return Ok(!self.has_ended);
        };
        // What reaches further is spoilt.
        while !self.has_ended && reach < self.most {
            let mut one = Batch::default();
            self.has_ended = !self.rows.read(&mut one, 1)?;
            if one.len() > 0 && !self.follows(&one, &subject) {
                self.held = Some(one);
                return Ok(true);
            }
            reach += one.len();
            batch.append(one);
        }
        Ok(!self.has_ended)
    }
}
