//! The map of ids of a hotel that has changed its PMS: which record of the new system stands for which of the old one.
//!
//! Reading it is here and pure; what follows from it in the hub is `apply`.

mod apply;

pub use apply::{Mapped, Refused, apply};

use std::collections::BTreeMap;

use super::control::{cells, separator};
use crate::model::{ExternalId, RecordKind, SystemId};

/// The columns as they may always be called.
const KIND: &str = "kind";
const OLD: &str = "old";
const NEW: &str = "new";

/// A map of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdMap {
    /// The old system, where the head of the file names it.
    pub old: Option<SystemId>,
    /// Which id stands for which.
    pub pairs: Vec<Pair>,
}

/// One record under its two ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What it is of.
    pub kind: RecordKind,
    /// Its id at the old system.
    pub old: ExternalId,
    /// Its id at the new one.
    pub new: ExternalId,
    /// Its line in the file, counted from 1.
    pub line: usize,
}

/// A line of a map that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BadMap {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub why: String,
}

/// Reads a map for the import of `new`: CSV with a head of three columns in any order, separated by commas, semicolons or
/// tabs. `kind`, `old` and `new`, or the names of the two systems in place of the last two.
///
/// # Errors
/// [`BadMap`] names the first line that cannot be read.
pub fn parse(text: &str, new: &SystemId) -> Result<IdMap, BadMap> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let head = lines.next().map(|(_, line)| line).unwrap_or_default();
    let separator = separator(head);
    let places = Places::of(&cells(head, separator), new)?;
    let mut pairs = Vec::new();
    let (mut olds, mut news) = (BTreeMap::new(), BTreeMap::new());
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let line_number = index + 1;
        let pair = places.pair(&cells(line, separator), line_number)?;
        for (id, of, known) in [(&pair.old, OLD, &mut olds), (&pair.new, NEW, &mut news)] {
            if let Some(before) = known.insert((pair.kind, id.clone()), line_number) {
                let why = format!("the {of} id of this {} is in line {before} already", pair.kind);
                return Err(BadMap { line: line_number, why });
            }
        }
        pairs.push(pair);
    }
    Ok(IdMap { old: places.old_system, pairs })
}

/// Where the columns are.
struct Places {
    kind: usize,
    old: usize,
    new: usize,
    old_system: Option<SystemId>,
}

impl Places {
    fn of(names: &[String], new_system: &SystemId) -> Result<Self, BadMap> {
        let bad = |why: String| BadMap { line: 1, why };
        let place = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        if names.len() != 3 {
            return Err(bad(format!(
                "the head has {} columns: `kind`, `old` and `new` are wanted",
                names.len()
            )));
        }
        let kind = place(KIND).ok_or_else(|| bad("the column `kind` is missing".to_owned()))?;
        let new = place(NEW).or_else(|| place(new_system.as_str()));
        let new = new.ok_or_else(|| bad(format!("the column `new` or `{new_system}` is missing")))?;
        let rest = names.iter().enumerate().find(|(place, _)| *place != kind && *place != new);
        let (old, name) = rest.ok_or_else(|| bad("the column `old` is missing".to_owned()))?;
        if name.is_empty() || name.eq_ignore_ascii_case(KIND) || name.eq_ignore_ascii_case(NEW) {
            return Err(bad("the column `old` is missing".to_owned()));
        }
        let old_system = (!name.eq_ignore_ascii_case(OLD)).then(|| SystemId::new(name.as_str()));
        Ok(Self { kind, old, new, old_system })
    }

    fn pair(&self, cells: &[String], line: usize) -> Result<Pair, BadMap> {
        let bad = |why: String| BadMap { line, why };
        if cells.len() != 3 {
            return Err(bad(format!("the line has {} columns and the head has 3", cells.len())));
        }
        let cell = |place: usize| cells.get(place).map(String::as_str).unwrap_or_default();
        let kind = RecordKind::parse(&cell(self.kind).to_ascii_lowercase()).ok_or_else(|| {
            let known: Vec<&str> = RecordKind::ALL.iter().map(|kind| kind.name()).collect();
            bad(format!("`kind` is none of {}", known.join(", ")))
        })?;
        let id = |place: usize, of: &str| match cell(place) {
            "" => Err(bad(format!("the {of} id is missing"))),
            id => Ok(ExternalId::new(id)),
        };
        Ok(Pair { kind, old: id(self.old, OLD)?, new: id(self.new, NEW)?, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(kind: RecordKind, old: &str, new: &str, line: usize) -> Pair {
        Pair { kind, old: old.into(), new: new.into(), line }
    }

    type Expected<'a> = Result<(Option<&'a str>, Vec<Pair>), (usize, &'a str)>;

    #[track_caller]
    fn check(text: &str, expected: Expected<'_>) {
        let expected = expected
            .map(|(old, pairs)| IdMap { old: old.map(SystemId::new), pairs })
            .map_err(|(line, why)| BadMap { line, why: why.to_owned() });
        assert_eq!(parse(text, &SystemId::new("opera")), expected, "{text}");
    }

    #[test]
    fn columns_come_in_any_order_and_may_name_the_systems() {
        let two =
            || vec![pair(RecordKind::Person, "7", "a", 2), pair(RecordKind::Reservation, "7", "b;c", 4)];
        check("kind,old,new\nperson,7,a\n\nreservation,7,b;c\n", Ok((None, two())));
        check("\u{feff}NEW;Kind;Old\na;person;7\n\n\"b;c\";Reservation;7\n", Ok((None, two())));
        check("opera\tkind\tfidelio\na\tperson\t7\n\nb;c\treservation\t7\n", Ok((Some("fidelio"), two())));
        check("kind,old,new\n", Ok((None, vec![])));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        check("", Err((1, "the head has 1 columns: `kind`, `old` and `new` are wanted")));
        check("sort,old,new\n", Err((1, "the column `kind` is missing")));
        check("kind,old,newer\n", Err((1, "the column `new` or `opera` is missing")));
        check("kind,new,new\n", Err((1, "the column `old` is missing")));
        let head = "kind,old,new\n";
        let kinds = "`kind` is none of company, agency, person, reservation, membership, certificate";
        check(&format!("{head}guest,1,2"), Err((2, kinds)));
        check(&format!("{head}person,1,2\nperson,,3"), Err((3, "the old id is missing")));
        check(&format!("{head}person,1,"), Err((2, "the new id is missing")));
        check(&format!("{head}person,1"), Err((2, "the line has 2 columns and the head has 3")));
        let twice = "the old id of this person is in line 2 already";
        check(&format!("{head}person,1,2\nperson,1,3"), Err((3, twice)));
        let taken = "the new id of this person is in line 2 already";
        check(&format!("{head}person,1,2\nperson,3,2"), Err((3, taken)));
        check(
            &format!("{head}person,1,2\ncompany,1,2"),
            Ok((None, vec![pair(RecordKind::Person, "1", "2", 2), pair(RecordKind::Company, "1", "2", 3)])),
        );
    }
}
