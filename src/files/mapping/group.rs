//! One record of several rows: a row per night, a row per room.
//!
//! A record is taken whole or not at all. A reservation without one of its nights would have the wrong dates and the
//! wrong money, and nobody could see it.

use chrono::{DateTime, Utc};
use std::collections::btree_map::{BTreeMap, Entry};
use std::collections::{BTreeSet, HashMap};
use xxhash_rust::xxh3::Xxh3;

use super::apply::{Mapped, reject};
use super::compile::{FieldPlan, Plan};
use super::fault::Fault;
use super::settings::OfRows;
use super::value::Sight;
use crate::files::read::{Batch, Row};
use crate::model::field::{FieldDef, Multiplicity};
use crate::model::normalise::element_of;
use crate::model::value::{Money, Value};
use crate::model::{Document, Element, Observation, Origin, RemoteRef, Seen, Shape};

const WITH: &str = "another row of this record is refused, and a record is taken whole or not at all";
const DIFFERS: &str = "is not the same in all rows of the record: the first counts";
const EMPTY: &str = "is empty, and what is made of all rows of a record needs it in each of them";
const CURRENCIES: &str = "is an amount in another currency than the rows before: they cannot be added up";
const TOO_LARGE: &str = "makes a sum that is too large to keep";

/// The rows of one record so far.
pub(super) struct Group {
    pub(super) subject: RemoteRef,
    /// Their numbers in the batch.
    rows: Vec<usize>,
    /// What is wrong, by the number of the row.
    faults: HashMap<usize, Fault>,
    remarks: Vec<(usize, Fault)>,
    modified_at: Option<DateTime<Utc>>,
    digest: Xxh3,
    /// What the rows say of each of the mapping's fields.
    fields: Vec<Said>,
}

/// What the rows say of one field.
#[derive(Default)]
struct Said {
    is_shown: bool,
    value: Option<Value>,
    /// What is counted: different texts, or rows.
    texts: BTreeSet<String>,
    rows: i64,
    elements: BTreeMap<Element, Value>,
    /// For each rule.
    given: Vec<Given>,
    is_remarked: bool,
}

/// The entries that a rule has given.
#[derive(Default)]
struct Given {
    count: usize,
    /// The texts of the `by` column, in the order in which they came.
    by: Vec<String>,
}

impl Group {
    pub(super) fn new(plan: &Plan, subject: RemoteRef) -> Self {
        Self {
            subject,
            rows: Vec::new(),
            faults: HashMap::new(),
            remarks: Vec::new(),
            modified_at: None,
            digest: Xxh3::with_seed(plan.salt),
            fields: plan.fields.iter().map(|_| Said::default()).collect(),
        }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, number: usize, row: Row<'_>, mut sight: Sight<'_>) {
        self.rows.push(number);
        self.digest.update(row.raw().trim_end().as_bytes());
        self.digest.update(b"\n");
        let read = self.read(&mut sight);
        self.remarks.extend(sight.remarks.into_iter().map(|remark| (number, remark)));
        if let Err(fault) = read {
            self.faults.insert(number, fault);
        }
    }

    fn read(&mut self, sight: &mut Sight<'_>) -> Result<(), Fault> {
        let plan = sight.plan;
        for (said, field) in self.fields.iter_mut().zip(&plan.fields) {
            if let Some(def) = field.of.get(&self.subject.kind)
                && field.takes.iter().any(|take| sight.is_shown(take))
            {
                said.is_shown = true;
                said.take(sight, field, def)?;
            }
        }
        sight.sums()?;
        self.modified_at = self.modified_at.max(sight.modified_at()?);
        Ok(())
    }

    /// Makes the record, or refuses every row of it.
    pub(super) fn finish(mut self, plan: &Plan, origin: &str, batch: &Batch, mapped: &mut Mapped) {
        let Some(first) = self.rows.first().copied() else { return };
        let document = self.document(plan);
        if self.faults.is_empty() {
            let remarks = self.remarks.iter().map(|(_, remark)| remark);
            if let Err(fault) = plan.is_whole(self.subject.kind, &document, remarks) {
                self.faults.insert(first, fault);
            }
        }
        if !self.faults.is_empty() {
            return self.refuse(plan, origin, batch, mapped);
        }
        mapped.observations.push(Observation {
            modified_at: self.modified_at,
            source_hash: Some(self.digest.digest().cast_signed()),
            origin: Origin::History,
            ..Observation::of(self.subject, Shape::Partial, document)
        });
        mapped.made_of.push(first);
        for (number, remark) in self.remarks {
            mapped.remarks.extend(batch.row(number).map(|row| reject(origin, row, remark, None)));
        }
    }

    fn refuse(mut self, plan: &Plan, origin: &str, batch: &Batch, mapped: &mut Mapped) {
        let bad = self.rows.iter().find(|number| self.faults.contains_key(number));
        let because_of = bad.and_then(|number| batch.row(*number)).map(|row| row.line());
        for number in self.rows {
            let Some(row) = batch.row(number) else { continue };
            mapped.rejects.push(match self.faults.remove(&number) {
                Some(fault) => reject(origin, row, fault, None),
                None => reject(origin, row, Fault::at(plan.id_column(), WITH), because_of),
            });
            mapped.refused.push(Some(self.subject.clone()));
        }
    }

    fn document(&mut self, plan: &Plan) -> Document {
        let mut document = Document::new();
        for (said, field) in self.fields.iter_mut().zip(&plan.fields) {
            if let Some(def) = field.of.get(&self.subject.kind).filter(|_| said.is_shown) {
                document.insert(field.key.clone(), std::mem::take(said).seen(field, def));
            }
        }
        document
    }
}

impl Said {
    /// Takes what a row says.
    fn take(&mut self, sight: &mut Sight<'_>, field: &FieldPlan, def: &FieldDef) -> Result<(), Fault> {
        match (&def.multiplicity, field.of_rows) {
            (Multiplicity::Many(_), _) => self.entries(sight, field, def),
            (Multiplicity::One, OfRows::First) => {
                let value = sight.one(def, field)?;
                match (&self.value, value) {
                    (None, value) => self.value = value,
                    (Some(known), Some(value)) if *known != value => self.remark(sight, field),
                    (Some(_), _) => {}
                }
                Ok(())
            }
            (Multiplicity::One, OfRows::Count) => self.count(sight, field),
            (Multiplicity::One, OfRows::Min | OfRows::Max | OfRows::Sum) => self.fold(sight, field, def),
        }
    }

    fn fold(&mut self, sight: &mut Sight<'_>, field: &FieldPlan, def: &FieldDef) -> Result<(), Fault> {
        if !field.takes.iter().any(|take| sight.applies(take, None)) {
            return Ok(());
        }
        let fault = |why: &'static str| Fault::at(sight.plan.column_of(&field.key), why);
        let value = sight.one(def, field)?.ok_or_else(|| fault(EMPTY))?;
        self.value = Some(match self.value.take() {
            None => value,
            Some(known) => folded(field.of_rows, known, value).map_err(fault)?,
        });
        Ok(())
    }

    fn count(&mut self, sight: &mut Sight<'_>, field: &FieldPlan) -> Result<(), Fault> {
        let Some(take) = field.takes.first().filter(|take| sight.applies(take, None)) else { return Ok(()) };
        if take.columns.is_empty() {
            self.rows += 1;
            return Ok(());
        }
        let text = sight.text(take, None)?;
        if !text.is_empty() {
            self.texts.insert(text.to_lowercase());
        }
        Ok(())
    }

    fn entries(&mut self, sight: &mut Sight<'_>, field: &FieldPlan, def: &FieldDef) -> Result<(), Fault> {
        self.given.resize_with(field.takes.len(), Given::default);
        for (nth, take) in field.takes.iter().enumerate() {
            let Some(given) = self.given.get_mut(nth) else { continue };
            let by = take.by.map(|slot| sight.cell(slot).to_lowercase());
            let place = by.as_ref().map(|by| given.by.iter().position(|known| known == by));
            sight.before = place.map_or(given.count, |place| place.unwrap_or(given.by.len()));
            let values = sight.values(&def.of, take)?;
            given.count += sight.given;
            given.by.extend(by.filter(|_| place == Some(None) && !values.is_empty()));
            sight.before = 0;
            for value in values {
                self.element(sight, field, def, value);
            }
        }
        Ok(())
    }

    /// Adds an entry, or what it says beyond an earlier row's.
    fn element(&mut self, sight: &mut Sight<'_>, field: &FieldPlan, def: &FieldDef, value: Value) {
        let is_same = match self.elements.entry(element_of(def, &def.sealed(value.clone()))) {
            Entry::Vacant(place) => {
                place.insert(value);
                true
            }
            Entry::Occupied(mut known) => match (known.get_mut(), value) {
                (Value::Entry(known), Value::Entry(parts)) => {
                    let same = parts.iter().all(|(name, part)| known.get(name).is_none_or(|one| one == part));
                    for (name, part) in parts {
                        known.entry(name).or_insert(part);
                    }
                    same
                }
                (known, value) => *known == value,
            },
        };
        if !is_same {
            self.remark(sight, field);
        }
    }

    /// Once for a field is enough.
    fn remark(&mut self, sight: &mut Sight<'_>, field: &FieldPlan) {
        if !self.is_remarked {
            sight.remarks.push(Fault::at(sight.plan.column_of(&field.key), DIFFERS));
        }
        self.is_remarked = true;
    }

    fn seen(self, field: &FieldPlan, def: &FieldDef) -> Seen {
        match (&def.multiplicity, field.of_rows) {
            (Multiplicity::Many(_), _) => {
                Seen::set(self.elements.into_iter().map(|(key, value)| (key, def.sealed(value))))
            }
            (Multiplicity::One, OfRows::Count) => {
                let texts = i64::try_from(self.texts.len()).unwrap_or(i64::MAX);
                Seen::one(def.sealed(Value::Integer(self.rows.saturating_add(texts))))
            }
            (Multiplicity::One, OfRows::First | OfRows::Min | OfRows::Max | OfRows::Sum) => {
                Seen::optional(self.value.map(|value| def.sealed(value)))
            }
        }
    }
}

/// What is made of two values of a field.
fn folded(of_rows: OfRows, known: Value, value: Value) -> Result<Value, &'static str> {
    let takes_less = of_rows == OfRows::Min;
    Ok(match (known, value) {
        (Value::Date(one), Value::Date(other)) => {
            Value::Date(if takes_less { one.min(other) } else { one.max(other) })
        }
        (Value::Instant(one), Value::Instant(other)) => {
            Value::Instant(if takes_less { one.min(other) } else { one.max(other) })
        }
        (Value::Integer(one), Value::Integer(other)) => Value::Integer(match of_rows {
            OfRows::Min => one.min(other),
            OfRows::Max => one.max(other),
            OfRows::Sum => one.checked_add(other).ok_or(TOO_LARGE)?,
            OfRows::First | OfRows::Count => one,
        }),
        (Value::Money(one), Value::Money(other)) if one.currency != other.currency => return Err(CURRENCIES),
        (Value::Money(one), Value::Money(other)) => {
            let amount_minor = one.amount_minor.checked_add(other.amount_minor).ok_or(TOO_LARGE)?;
            Value::Money(Money { amount_minor, ..one })
        }
        // A mapping with another sort of values is refused.
        (known, _) => known,
    })
}
