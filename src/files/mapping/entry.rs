//! Fields of several values and of several parts: one text that holds a list, a group of columns, both.

use litemap::LiteMap;
use smol_str::SmolStr;

use super::compile::{FieldPlan, Take};
use super::fault::Fault;
use super::value::{Piece, Sight};
use crate::model::Seen;
use crate::model::field::{FieldDef, FieldType, Multiplicity, Part};
use crate::model::normalise::{element_of, number};
use crate::model::value::Value;

/// The most entries of one field of one row: more is damage.
const MOST_ENTRIES: usize = 1000;

impl Sight<'_> {
    /// What the rules of a field see.
    pub(super) fn seen(&mut self, def: &FieldDef, plan: &FieldPlan) -> Result<Seen, Fault> {
        match def.multiplicity {
            Multiplicity::One => Ok(Seen::optional(self.one(def, plan)?.map(|value| def.sealed(value)))),
            Multiplicity::Many(_) => {
                let mut set = Vec::new();
                for take in &plan.takes {
                    for value in self.values(&def.of, take)? {
                        let value = def.sealed(value);
                        set.push((element_of(def, &value), value));
                    }
                }
                // The first of two that are the same one wins, as the first column of a file is the first to ask for.
                set.reverse();
                Ok(Seen::set(set))
            }
        }
    }

    /// What the first rule that finds something gives.
    pub(super) fn one(&mut self, def: &FieldDef, plan: &FieldPlan) -> Result<Option<Value>, Fault> {
        for take in &plan.takes {
            if let Some(value) = self.value(&def.of, take, None)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// What a rule of a field of several values gives.
    pub(super) fn values(&mut self, of: &FieldType, take: &Take) -> Result<Vec<Value>, Fault> {
        self.given = 0;
        if !self.applies(take, None) {
            return Ok(Vec::new());
        }
        let Some(each) = &take.each else {
            let value = self.value(of, take, None)?;
            self.given = usize::from(value.is_some());
            return Ok(value.into_iter().collect());
        };
        let list = take.columns.first().map_or("", |slot| self.cell(*slot));
        let pieces: Vec<&str> =
            list.split(each.as_str()).map(str::trim).filter(|piece| !piece.is_empty()).collect();
        let wanted = match take.count {
            Some(slot) if !self.cell(slot).is_empty() => {
                let count =
                    number::integer(self.cell(slot)).ok().and_then(|count| usize::try_from(count).ok());
                count.ok_or_else(|| {
                    Fault::at(self.plan.columns.get(slot).map_or("", String::as_str), "is no count")
                })?
            }
            Some(_) | None => 0,
        };
        let many = pieces.len().max(wanted);
        if many > MOST_ENTRIES {
            return Err(self.fault(take, "holds more than a thousand entries: it is damaged"));
        }
        self.given = many;
        // The rule of an entry's parts, or of the piece itself, sees one piece at a time.
        let mut values = Vec::with_capacity(many);
        let filler = std::iter::repeat("");
        for (number, text) in (1..=many).zip(pieces.into_iter().chain(filler)) {
            let piece = Piece { text, number };
            values.extend(if let FieldType::Entry(parts) = of {
                self.parts(parts, take, Some(piece), take.count.is_some())?
            } else {
                self.piece(of, take, piece)?
            });
        }
        Ok(values)
    }

    /// A piece of a list of plain values: read as the rule says, but for its column.
    fn piece(&mut self, of: &FieldType, take: &Take, piece: Piece<'_>) -> Result<Option<Value>, Fault> {
        let bare = Take {
            values: take.values.clone(),
            prefix: take.prefix.clone(),
            pattern: take.pattern.clone(),
            split: take.split.clone(),
            order: take.order,
            kind: take.kind,
            bad: take.bad,
            label: take.label.clone(),
            region: take.region.clone(),
            currency: take.currency.clone(),
            currency_column: take.currency_column,
            placeholders: take.placeholders,
            decimal_comma: take.decimal_comma,
            ..Take::default()
        };
        self.value(of, &bare, Some(piece)).map_err(|fault| self.named(fault, take))
    }

    /// A fault of a piece is one of the column that the piece is from.
    fn named(&self, fault: Fault, take: &Take) -> Fault {
        if fault.column.is_empty() { Fault { column: self.column(take).to_owned(), ..fault } } else { fault }
    }

    pub(super) fn entry(
        &mut self,
        parts: &[Part],
        take: &Take,
        piece: Option<Piece<'_>>,
    ) -> Result<Option<Value>, Fault> {
        self.parts(parts, take, piece, false)
    }

    /// An entry; `None` when nothing but constants and numbers is in it, unless it was counted.
    fn parts(
        &mut self,
        parts: &[Part],
        take: &Take,
        piece: Option<Piece<'_>>,
        is_counted: bool,
    ) -> Result<Option<Value>, Fault> {
        let mut entry = LiteMap::new_vec();
        let mut says_something = is_counted;
        for (name, takes) in &take.parts {
            let Some(part) = parts.iter().find(|part| part.name == name) else { continue };
            for rule in takes {
                let value = self.value(&part.of, rule, piece).map_err(|fault| self.named(fault, take))?;
                if let Some(value) = value {
                    says_something |= !rule.ordinal && (rule.constant.is_none() || !rule.columns.is_empty());
                    entry.insert(SmolStr::new_static(part.name), value);
                    break;
                }
            }
        }
        Ok((says_something && !entry.is_empty()).then_some(Value::Entry(entry)))
    }
}
