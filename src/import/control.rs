//! Control totals: what the hub's reservations add up to, beside what a file or their system says, by property, month of
//! arrival, status and currency. The databases add up; nothing here reads a reservation.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::ImportError;
use super::source::SourceError;
use crate::hub::{Hub, System};
use crate::model::normalise::money;
use crate::model::{Lane, StayTotal};
use crate::rollup;
use crate::store::StoreError;

/// The columns of a file of totals, in any order.
const COLUMNS: [&str; 6] = ["property", "month", "status", "reservations", "amount", "currency"];

/// What is added up together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Group {
    /// The property, as its reservations name it; empty where they name none.
    pub property: String,
    /// The month of arrival, `2026-05`; empty where that is not known.
    pub month: String,
    /// The status.
    pub status: String,
    /// ISO 4217; empty where no amount is known.
    pub currency: String,
}

/// The totals of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many reservations.
    pub reservations: u64,
    /// Their amounts, in minor units of the currency.
    pub amount: i64,
}

/// A group whose totals are not the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// What the file says.
    pub wanted: Total,
    /// What the hub has.
    pub found: Total,
}

/// A line of a file of totals that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BadTotals {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

/// Reads totals: CSV with a head, separated by commas or semicolons, amounts with a decimal point.
///
/// # Errors
/// [`BadTotals`] names the first line that cannot be read.
pub fn parse(text: &str) -> Result<BTreeMap<Group, Total>, BadTotals> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let head = lines.next().map(|(_, line)| line).unwrap_or_default();
    let separator = separator(head);
    let names = cells(head, separator);
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found = names.iter().position(|name| name.eq_ignore_ascii_case(column));
        *place =
            found.ok_or_else(|| BadTotals { line: 1, why: format!("the column `{column}` is missing") })?;
    }
    let mut totals: BTreeMap<Group, Total> = BTreeMap::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let cells = cells(line, separator);
        let [property, month, status, reservations, amount, currency] =
            places.map(|place| cells.get(place).cloned().unwrap_or_default());
        let bad = |why: String| BadTotals { line: index + 1, why };
        let count: u64 =
            reservations.parse().map_err(|_| bad("`reservations` is no whole number".to_owned()))?;
        let amount = if amount.is_empty() {
            0
        } else {
            money::from_text(&amount, &currency).map_err(|why| bad(format!("`amount` {why}")))?.amount_minor
        };
        let total = totals.entry(Group { property, month, status, currency }).or_default();
        total.reservations += count;
        total.amount = total.amount.saturating_add(amount);
    }
    Ok(totals)
}

/// What separates the cells of a file with this head.
pub(super) fn separator(head: &str) -> char {
    [';', '\t'].into_iter().find(|separator| head.contains(*separator)).unwrap_or(',')
}

/// The cells of one line; a quoted one may hold the separator and doubled quotes.
pub(super) fn cells(line: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let (mut quoted, mut before) = (false, ' ');
    for character in line.chars() {
        let Some(cell) = cells.last_mut() else { break };
        match character {
            '"' if !quoted && before == '"' => {
                cell.push('"');
                quoted = true;
            }
            '"' => quoted = !quoted,
            _ if character == separator && !quoted => cells.push(String::new()),
            _ => cell.push(character),
        }
        before = character;
    }
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Compares the hub's reservations of every property that the totals name with them.
///
/// # Errors
/// The store did not answer.
pub async fn compare(hub: &Hub, wanted: &BTreeMap<Group, Total>) -> Result<Vec<Difference>, StoreError> {
    rollup::fill(hub).await?;
    let properties: BTreeSet<&str> = wanted.keys().map(|group| group.property.as_str()).collect();
    let mut found = by_group(hub.store.stay_totals().await?);
    found.retain(|group, _| properties.contains(group.property.as_str()));
    Ok(differences(wanted, &found))
}

/// What a system says of its own reservations, and where the hub's that are there differ from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// How many groups the system has.
    pub totals: usize,
    /// Those that are not the same.
    pub differences: Vec<Difference>,
}

/// Compares the hub's reservations of a system with what the system itself says they add up to; `None` where it
/// cannot say.
///
/// # Errors
/// The system or the store did not answer.
pub async fn compare_with_system(hub: &Hub, system: &System) -> Result<Option<Compared>, ImportError> {
    rollup::fill(hub).await?;
    system.turn(Lane::Backfill).await;
    let told = system.connector.totals().await.map_err(SourceError::from)?;
    let Some(told) = told else { return Ok(None) };
    let (wanted, found) = (by_group(told), by_group(hub.store.stay_totals_at(&system.id).await?));
    Ok(Some(Compared { totals: wanted.len(), differences: differences(&wanted, &found) }))
}

fn by_group(totals: Vec<StayTotal>) -> BTreeMap<Group, Total> {
    let of = |total: StayTotal| {
        let StayTotal { property, month, status, currency, reservations, amount } = total;
        (Group { property, month, status, currency }, Total { reservations, amount })
    };
    totals.into_iter().map(of).collect()
}

fn differences(wanted: &BTreeMap<Group, Total>, found: &BTreeMap<Group, Total>) -> Vec<Difference> {
    let groups: BTreeSet<&Group> = wanted.keys().chain(found.keys()).collect();
    let of = |totals: &BTreeMap<Group, Total>, group| totals.get(group).copied().unwrap_or_default();
    let differences = groups.into_iter().map(|group| Difference {
        group: group.clone(),
        wanted: of(wanted, group),
        found: of(found, group),
    });
    differences.filter(|difference| difference.wanted != difference.found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(property: &str, month: &str) -> Group {
        let (property, month) = (property.to_owned(), month.to_owned());
        Group { property, month, status: "confirmed".to_owned(), currency: "EUR".to_owned() }
    }

    #[test]
    fn totals_are_read_with_either_separator_in_any_order_and_quoted() {
        let total = Total { reservations: 3, amount: 123_450 };
        for text in [
            "property,month,status,reservations,amount,currency\nAlba,2026-05,confirmed,3,1234.5,EUR\n",
            "\u{feff}Currency;Amount;Status;Reservations;Month;Property\nEUR;1234.50;confirmed;3;2026-05;Alba\n\n",
        ] {
            assert_eq!(parse(text), Ok(BTreeMap::from([(group("Alba", "2026-05"), total)])), "{text}");
        }
        let quoted = "property,month,status,reservations,amount,currency\n\"Alba, \"\"Mar\"\"\",2026-05,confirmed,3,1234.5,EUR";
        assert_eq!(parse(quoted), Ok(BTreeMap::from([(group("Alba, \"Mar\"", "2026-05"), total)])));
    }

    #[track_caller]
    fn check_bad(text: &str, line: usize, why: &str) {
        let error = parse(text).expect_err("it cannot be read");
        assert_eq!((error.line, error.why.as_str()), (line, why));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let head = "property,month,status,reservations,amount,currency\n";
        check_bad("property,month\n", 1, "the column `status` is missing");
        check_bad(
            &format!("{head}Alba,2026-05,confirmed,three,1,EUR"),
            2,
            "`reservations` is no whole number",
        );
        check_bad(&format!("{head}\nAlba,2026-05,confirmed,3,1,euros"), 3, "`amount` is no currency code");
    }
}
