//! Control totals: what the hub's reservations add up to, beside what their system says, by property, month of arrival,
//! status and currency.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::hub::Hub;
use crate::model::normalise::money;
use crate::model::value::Money;
use crate::model::{Record, RecordKind, Value, keys};
use crate::store::StoreError;

/// How many records are added up at once.
const PAGE: u32 = 1_000;
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
    let separator = if head.contains(';') { ';' } else { ',' };
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

/// The cells of one line; a quoted one may hold the separator and doubled quotes.
fn cells(line: &str, separator: char) -> Vec<String> {
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

/// Compares the hub's live reservations of every property that the totals name with them.
///
/// # Errors
/// The store did not answer.
pub async fn compare(hub: &Hub, wanted: &BTreeMap<Group, Total>) -> Result<Vec<Difference>, StoreError> {
    let properties: BTreeSet<&str> = wanted.keys().map(|group| group.property.as_str()).collect();
    let mut found: BTreeMap<Group, Total> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = hub.store.live_records(RecordKind::Reservation, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for record in &page {
            let (group, amount) = group_of(record);
            if properties.contains(group.property.as_str()) {
                let total = found.entry(group).or_default();
                total.reservations += 1;
                total.amount = total.amount.saturating_add(amount);
            }
        }
    }
    let groups: BTreeSet<&Group> = wanted.keys().chain(found.keys()).collect();
    let of = |totals: &BTreeMap<Group, Total>, group| totals.get(group).copied().unwrap_or_default();
    let differences = groups.into_iter().map(|group| Difference {
        group: group.clone(),
        wanted: of(wanted, group),
        found: of(&found, group),
    });
    Ok(differences.filter(|difference| difference.wanted != difference.found).collect())
}

fn group_of(record: &Record) -> (Group, i64) {
    let text = |value: Option<&Value>| match value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Choice(choice)) => choice.as_str().to_owned(),
        _ => String::new(),
    };
    let month = match record.value(&keys::ARRIVES_ON) {
        Some(Value::Date(day)) => day.format("%Y-%m").to_string(),
        _ => String::new(),
    };
    let (amount, currency) = match record.value(&keys::TOTAL) {
        Some(Value::Money(Money { amount_minor, currency })) => (*amount_minor, currency.to_string()),
        _ => (0, String::new()),
    };
    let (property, status) = (text(record.value(&keys::PROPERTY)), text(record.value(&keys::STATUS)));
    (Group { property, month, status, currency }, amount)
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
