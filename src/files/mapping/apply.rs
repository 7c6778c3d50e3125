//! A batch of rows to observations, rejects and remarks.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::compile::{Plan, Slot};
use super::fault::Fault;
use super::group::Group;
use super::spoilt::{Spoilt, Whose};
use super::value::Sight;
use crate::files::read::{Batch, Row};
use crate::import::source::Reject;
use crate::model::normalise::Unreadable;
use crate::model::value::Value;
use crate::model::{
    Document, ExternalId, FieldKey, Observation, Origin, RecordKind, RemoteRef, Seen, Shape, keys,
};

/// The longest id that a system gives a record.
const LONGEST_ID: usize = 200;

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct Mapped {
    /// The good rows.
    pub(crate) observations: Vec<Observation>,
    /// The bad ones.
    pub(crate) rejects: Vec<Reject>,
    /// Good ones without something that could not be taken.
    pub(crate) remarks: Vec<Reject>,
    /// What the refused rows are about, as far as it can be told.
    pub(crate) refused: Vec<Option<RemoteRef>>,
    /// How many rows these are, good and bad; those that are none of the mapping's do not count.
    pub(crate) rows: u64,
    /// The number of each observation's row, or of the first of them, in the batch.
    pub(super) made_of: Vec<usize>,
    batch: Batch,
}

impl Mapped {
    /// The line and the text of the row that an observation is made of.
    pub(crate) fn row(&self, observation: usize) -> (u64, String) {
        let row = self.made_of.get(observation).and_then(|number| self.batch.row(*number));
        row.map_or((0, String::new()), |row| (row.line(), row.shown()))
    }

    /// Takes a row that is a record of its own.
    fn take(&mut self, origin: &str, number: usize, row: Row<'_>, mut sight: Sight<'_>) {
        match sight.observation(row) {
            Ok(observation) => {
                self.observations.push(observation);
                self.made_of.push(number);
                let remarks = sight.remarks.into_iter();
                self.remarks.extend(remarks.map(|remark| reject(origin, row, remark, None)));
            }
            Err(fault) => self.refuse(reject(origin, row, fault, None), sight.subject().ok()),
        }
    }

    fn refuse(&mut self, reject: Reject, subject: Option<RemoteRef>) {
        self.rejects.push(reject);
        self.refused.push(subject);
    }
}

/// The text of a row by the mapping's columns.
#[derive(Default)]
struct Cells<'a> {
    texts: Vec<&'a str>,
    /// Which of the columns the row has.
    present: Vec<bool>,
}

/// A row that cannot be taken, or something of it.
pub(super) fn reject(origin: &str, row: Row<'_>, fault: Fault, because_of: Option<u64>) -> Reject {
    let (origin, line, reason) = (origin.to_owned(), row.line(), fault.why.into_owned());
    Reject { origin, line, field: fault.column, reason, because_of, row: row.shown() }
}

impl Plan {
    /// Maps every row of a batch; `origin` names the file. Where a record is made of several rows, the batch holds all
    /// of them, unless the record is `spoilt`.
    pub(crate) fn apply(&self, origin: &str, mut batch: Batch, spoilt: &Spoilt) -> Mapped {
        let rows = batch.len() as u64;
        let rejects = std::mem::take(&mut batch.rejects);
        let mut mapped = Mapped { rejects, rows, ..Mapped::default() };
        let slots = self.slots(&batch);
        let mut cells = Cells::default();
        mapped.refused.resize(mapped.rejects.len(), None);
        let mut group: Option<Group> = None;
        for (number, row) in batch.rows().enumerate() {
            self.fill(&mut cells, &slots, &batch, row);
            let mut sight = self.sight(&cells);
            if !sight.is_ours() {
                mapped.rows -= 1;
                continue;
            }
            if self.most_rows.is_none() {
                mapped.take(origin, number, row, sight);
                continue;
            }
            let subject = match sight.subject() {
                Ok(subject) => subject,
                Err(fault) => {
                    mapped.refuse(reject(origin, row, fault, None), None);
                    continue;
                }
            };
            if let Some((why, line)) = spoilt.why(&subject) {
                let fault = Fault::at(self.id_column(), why.reason());
                let because_of = Some(line).filter(|line| *line != row.line());
                mapped.refuse(reject(origin, row, fault, because_of), Some(subject));
                continue;
            }
            if let Some(done) = group.take_if(|group| group.subject != subject) {
                done.finish(self, origin, &batch, &mut mapped);
            }
            group.get_or_insert_with(|| Group::new(self, subject)).add(number, row, sight);
        }
        if let Some(last) = group {
            last.finish(self, origin, &batch, &mut mapped);
        }
        mapped.batch = batch;
        mapped
    }

    /// Whose each row of a batch is, in the order of their lines.
    pub(crate) fn whose(&self, batch: &Batch) -> Vec<(u64, Whose)> {
        let slots = self.slots(batch);
        let mut cells = Cells::default();
        let bad = batch.rejects.iter().map(|reject| (reject.line, Whose::Unknown));
        let mut all: Vec<(u64, Whose)> = bad.collect();
        for row in batch.rows() {
            self.fill(&mut cells, &slots, batch, row);
            let mut sight = self.sight(&cells);
            let whose = if sight.is_ours() {
                sight.subject().map_or(Whose::Unknown, Whose::Of)
            } else {
                Whose::Nobodys
            };
            all.push((row.line(), whose));
        }
        all.sort_by_key(|(line, _)| *line);
        all
    }

    /// The most rows that make one record; `None` where each row is one.
    pub(crate) const fn most_rows(&self) -> Option<usize> {
        self.most_rows
    }

    fn fill<'a>(&self, cells: &mut Cells<'a>, slots: &[Vec<Slot>], batch: &Batch, row: Row<'a>) {
        cells.texts.clear();
        cells.texts.resize(self.columns.len(), "");
        cells.present.clear();
        cells.present.resize(self.columns.len(), !batch.is_sparse);
        for (column, text) in row.cells() {
            for slot in slots.get(column as usize).into_iter().flatten() {
                if let Some(cell) = cells.texts.get_mut(*slot) {
                    *cell = text;
                }
                if let Some(present) = cells.present.get_mut(*slot) {
                    *present = true;
                }
            }
        }
    }

    const fn sight<'a>(&'a self, cells: &'a Cells<'a>) -> Sight<'a> {
        Sight {
            plan: self,
            cells: cells.texts.as_slice(),
            present: cells.present.as_slice(),
            remarks: Vec::new(),
            before: 0,
            given: 0,
        }
    }

    /// Whether a document is a record of its kind; `remarks` are what was left out of it.
    pub(super) fn is_whole<'a>(
        &self,
        kind: RecordKind,
        document: &Document,
        remarks: impl Iterator<Item = &'a Fault>,
    ) -> Result<(), Fault> {
        self.has_required(kind, document, remarks)?;
        self.ends_after_its_beginning(document)
    }

    fn has_required<'a>(
        &self,
        kind: RecordKind,
        document: &Document,
        mut remarks: impl Iterator<Item = &'a Fault>,
    ) -> Result<(), Fault> {
        let is_nothing =
            |seen: &Seen| seen.value().is_none() && seen.elements().is_none_or(litemap::LiteMap::is_empty);
        let is_missing = |key: &&FieldKey| {
            let field = self.fields.iter().find(|field| field.key == **key);
            field.is_some_and(|field| field.of.contains_key(&kind))
                && document.get(key).is_none_or(is_nothing)
        };
        match self.required.iter().find(is_missing) {
            Some(key) => {
                let column = self.column_of(key);
                let was_left_out = remarks.any(|remark| remark.column == column);
                let why = if was_left_out {
                    "holds no value that can be taken, and a row needs one"
                } else {
                    "is empty, and a row needs a value there"
                };
                Err(Fault::at(column, why))
            }
            None => Ok(()),
        }
    }

    /// Nobody leaves before he has come.
    fn ends_after_its_beginning(&self, document: &Document) -> Result<(), Fault> {
        let date = |key| document.value(key).and_then(Value::as_date);
        match (date(&keys::ARRIVES_ON), date(&keys::DEPARTS_ON)) {
            (Some(arrives), Some(departs)) if departs < arrives => {
                Err(Fault::at(self.column_of(&keys::DEPARTS_ON), "is before the arrival"))
            }
            (_, _) => Ok(()),
        }
    }

    /// Whether a row is nothing without this field.
    pub(crate) fn needs(&self, key: &FieldKey) -> bool {
        self.required.contains(key)
    }

    /// The column that a field is read from first.
    pub(crate) fn column_of(&self, key: &FieldKey) -> &str {
        let field = self.fields.iter().find(|field| field.key == *key);
        field.and_then(|field| field.takes.first()).map_or("", |take| self.column(take))
    }

    /// The column of the id.
    pub(crate) fn id_column(&self) -> &str {
        self.id.first().map_or("", |take| self.column(take))
    }

    /// The places of each of the file's columns in the mapping.
    fn slots(&self, batch: &Batch) -> Vec<Vec<Slot>> {
        let mut slots = vec![Vec::new(); batch.columns.len()];
        for (slot, name) in self.columns.iter().enumerate() {
            let column = batch.columns.number(name);
            if let Some(list) = column.and_then(|column| slots.get_mut(column as usize)) {
                list.push(slot);
            }
        }
        slots
    }
}

impl Sight<'_> {
    fn observation(&mut self, row: Row<'_>) -> Result<Observation, Fault> {
        let subject = self.subject()?;
        let kind = subject.kind;
        let mut document = Document::new();
        for field in &self.plan.fields {
            if let Some(def) = field.of.get(&kind)
                && field.takes.iter().any(|take| self.is_shown(take))
            {
                let seen = self.seen(def, field)?;
                document.insert(field.key.clone(), seen);
            }
        }
        self.plan.is_whole(kind, &document, self.remarks.iter())?;
        self.sums()?;
        Ok(Observation {
            modified_at: self.modified_at()?,
            source_hash: Some(self.hash(row)),
            origin: Origin::History,
            ..Observation::of(subject, Shape::Partial, document)
        })
    }

    /// Whether the row is one of the mapping's.
    fn is_ours(&self) -> bool {
        self.plan.when.as_ref().is_none_or(|when| self.holds(when))
    }

    fn subject(&mut self) -> Result<RemoteRef, Fault> {
        let kind = match self.plan.fixed_kind {
            Some(kind) => kind,
            None => self.kind()?,
        };
        Ok(RemoteRef::new(kind, self.id()?))
    }

    fn first_text(&mut self, takes: &'_ [super::compile::Take]) -> Result<String, Fault> {
        for take in takes {
            let found = self.text(take, None)?.into_owned();
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(String::new())
    }

    fn kind(&mut self) -> Result<RecordKind, Fault> {
        let plan = self.plan;
        let word = self.first_text(&plan.kind)?;
        let column = plan.kind.first().map_or("", |take| self.column(take));
        RecordKind::parse(&word).ok_or_else(|| Fault::at(column, "says no kind of record"))
    }

    fn id(&mut self) -> Result<ExternalId, Fault> {
        let plan = self.plan;
        let id = self.first_text(&plan.id)?;
        let column = plan.id.first().map_or("", |take| self.column(take));
        match id.len() {
            0 => Err(Fault::at(column, "is empty: the record has no id")),
            1..=LONGEST_ID => Ok(ExternalId::new(id)),
            _ => Err(Fault::at(column, "is too long for the id of a record")),
        }
    }

    pub(super) fn sums(&self) -> Result<(), Fault> {
        let wrong =
            self.plan.checks.iter().find(|check| self.sum_is_right(&check.parts, check.total) == Some(false));
        match wrong {
            Some(check) => {
                let column = self.plan.columns.get(check.total).map_or("", String::as_str);
                Err(Fault::at(column, "is not the sum of its parts"))
            }
            None => Ok(()),
        }
    }

    pub(super) fn modified_at(&mut self) -> Result<Option<chrono::DateTime<chrono::Utc>>, Fault> {
        let plan = self.plan;
        for take in &plan.modified_at {
            let found = self.text(take, None)?;
            if !found.is_empty() {
                let read = self.instant(&found, take);
                return read.map_err(|Unreadable(why)| self.fault(take, why));
            }
        }
        Ok(None)
    }

    /// Equal for the same row under the same mapping.
    fn hash(&self, row: Row<'_>) -> i64 {
        xxh3_64_with_seed(row.raw().trim_end().as_bytes(), self.plan.salt).cast_signed()
    }
}
