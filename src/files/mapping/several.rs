//! Whether a mapping may make one record of several rows, and what each field is of them.

use super::compile::{Compiler, MappingError};
use super::settings::{OfRows, Rules};
use crate::model::field::{FieldDef, FieldType, Multiplicity};

/// The most rows of a record where nothing else is said: a hundred rooms for three weeks.
const MOST: usize = 2_000;
/// More are never put together: they are in memory all at once.
const LIMIT: usize = 20_000;

/// The most rows that make one record; `None` where each row is one.
pub(super) fn most_rows(compiler: &Compiler<'_>) -> Result<Option<usize>, MappingError> {
    match (compiler.mapping.several_rows, compiler.mapping.most_rows) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err(compiler.error("most_rows", "it is for `several_rows`")),
        (true, Some(most)) if most == 0 || most > LIMIT => {
            Err(compiler.error("most_rows", "it is 1 at least and 20,000 at most"))
        }
        (true, most) => Ok(Some(most.unwrap_or(MOST))),
    }
}

/// What a field is of the rows of a record: its rules have to agree.
pub(super) fn of_rows(
    compiler: &Compiler<'_>,
    place: &str,
    rules: &Rules,
    def: &FieldDef,
) -> Result<OfRows, MappingError> {
    if !compiler.mapping.several_rows {
        not_in(compiler, place, rules)?;
    }
    let error = |why: &str| Err(compiler.error(place, why));
    let first = rules.0.first().and_then(|rule| rule.of_rows);
    if rules.0.iter().any(|rule| rule.of_rows != first) {
        return error("its rules have to have the same `of_rows`");
    }
    let by = rules.0.iter().any(|rule| rule.by.is_some());
    match (&def.multiplicity, first) {
        (Multiplicity::Many(_), Some(_)) => {
            return error("it has several values: those of all rows are taken, and `of_rows` says nothing");
        }
        (Multiplicity::One, _) if by => return error("`by` tells the entries of a list apart"),
        (Multiplicity::Many(_) | Multiplicity::One, _) => {}
    }
    if rules.0.iter().any(|rule| rule.by.is_some() && rule.each.is_some()) {
        return error("`by` and `each` cannot be used together");
    }
    let of_rows = first.unwrap_or_default();
    if of_rows == OfRows::Count && rules.0.len() > 1 {
        return error("a count has one rule");
    }
    if fits(of_rows, &def.of) { Ok(of_rows) } else { error("its values have no such `of_rows`") }
}

/// What is no field of the record itself says nothing of its rows.
pub(super) fn not_in(compiler: &Compiler<'_>, place: &str, rules: &Rules) -> Result<(), MappingError> {
    if rules.0.iter().any(|rule| rule.of_rows.is_some() || rule.by.is_some()) {
        let why =
            "`of_rows` and `by` are for the fields of a mapping with `several_rows`, and not for their parts";
        return Err(compiler.error(place, why));
    }
    Ok(())
}

fn fits(of_rows: OfRows, of: &FieldType) -> bool {
    let is_ordered = matches!(of, FieldType::Date | FieldType::LocalDate | FieldType::Instant);
    match of_rows {
        OfRows::First => true,
        OfRows::Min | OfRows::Max => is_ordered || matches!(of, FieldType::Integer),
        OfRows::Sum => matches!(of, FieldType::Money | FieldType::Integer),
        OfRows::Count => matches!(of, FieldType::Integer),
    }
}
