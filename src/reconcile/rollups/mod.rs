//! The roll-ups of a person: what the sums of his reservations make of his derived fields.
//!
//! A stay is a reservation in house or checked out; a cancellation, a no-show and a booking to come are none. A stay in
//! house counts from the check-in on, with the nights and the amounts it has then: they are put right as they change. The
//! reservation counts for its holder, not for who accompanies him.

use chrono::{DateTime, NaiveDate, Utc};
use litemap::LiteMap;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Outcome, Rules, due, norm};
use crate::model::document::Held;
use crate::model::field::FieldDef;
use crate::model::record::Evidence;
use crate::model::value::Money;
use crate::model::{
    Cell, CellSet, Element, FieldKey, Lane, Provenance, Record, RecordKind, Rule, StaySum, Value, keys,
};

/// The statuses of a stay.
const STAYED: [&str; 2] = ["in_house", "checked_out"];
/// The statuses of a booking to come.
pub const EXPECTED: [&str; 3] = ["requested", "tentative", "confirmed"];
/// The channels that cost the hotel no commission.
const DIRECT: [&str; 4] = ["web", "phone", "walk_in", "direct"];

/// The person with the roll-ups of these sums, and the systems that are due in `lane` where that changes anything.
///
/// A person on whom nothing changes gives [`Outcome::default`]. Whoever never had a reservation has no roll-ups.
pub fn roll_up(rules: &Rules, record: &Record, sums: &[StaySum], lane: Lane, now: DateTime<Utc>) -> Outcome {
    if record.kind != RecordKind::Person || (sums.is_empty() && !record.fields.contains_key(&keys::STAYS)) {
        return Outcome::default();
    }
    let provenance = Arc::new(Provenance {
        system: None,
        observation: None,
        actor: None,
        rule: Rule::Derived,
        at: now,
        evidence: Evidence { after: None, until: now },
    });
    let mut after = record.clone();
    let mut moved = Vec::new();
    for (field, rolled) in rolled(sums) {
        let Some(def) = rules.registry.field(RecordKind::Person, &field) else { continue };
        if put(&mut after, def, rolled, &provenance) {
            moved.push(field);
        }
    }
    if moved.is_empty() {
        return Outcome::default();
    }
    Outcome { due: due::others(rules, &after, &moved, None, lane), record: Some(after), ..Outcome::default() }
}

/// What a field is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rolled {
    /// One value or none.
    One(Option<Value>),
    /// Several.
    Many(Vec<Value>),
}

/// Every roll-up.
fn rolled(sums: &[StaySum]) -> [(FieldKey, Rolled); 13] {
    let of = |statuses: &'static [&'static str]| {
        sums.iter().filter(move |sum| statuses.contains(&sum.status.as_str()))
    };
    let stays = || of(&STAYED);
    let count = |statuses| of(statuses).map(|sum| sum.reservations).sum::<i64>();
    let number = |number| Rolled::One(Some(Value::Integer(number)));
    let day = |day: Option<NaiveDate>| Rolled::One(day.map(Value::Date));
    let (lead, with_lead) =
        stays().fold((0, 0), |(days, n), sum| (days + sum.lead_days, n + sum.with_lead_days));
    let channels = channels(stays());
    let with_channel = channels.values().sum();
    let direct = DIRECT.iter().filter_map(|channel| channels.get(channel)).sum();
    [
        (keys::STAYS, number(count(&STAYED))),
        (keys::NIGHTS, number(stays().map(|sum| sum.nights).sum())),
        (keys::NO_SHOWS, number(count(&["no_show"]))),
        (keys::CANCELLATIONS, number(count(&["cancelled"]))),
        (keys::FIRST_STAY_ON, day(stays().filter_map(|sum| sum.first_arrival).min())),
        (keys::LAST_STAY_ON, day(stays().filter_map(|sum| sum.last_departure).max())),
        (keys::NEXT_ARRIVAL_ON, day(of(&EXPECTED).filter_map(|sum| sum.next_arrival).min())),
        (keys::ROOM_SPEND, amounts(stays(), |sum| sum.room_spend)),
        (keys::OTHER_SPEND, amounts(stays(), |sum| sum.other_spend)),
        (keys::LIFETIME_VALUE, amounts(stays(), |sum| sum.worth)),
        (keys::AVERAGE_LEAD_DAYS, Rolled::One(ratio(lead, with_lead, 1))),
        (keys::CHANNELS_USED, Rolled::Many(channels.iter().map(used).collect())),
        (keys::DIRECT_SHARE, Rolled::One(ratio(direct, with_channel, 2))),
    ]
}

/// How many stays came by each channel.
fn channels<'s>(stays: impl Iterator<Item = &'s StaySum>) -> BTreeMap<&'s str, i64> {
    let mut channels = BTreeMap::new();
    for sum in stays.filter(|sum| !sum.channel.is_empty()) {
        *channels.entry(sum.channel.as_str()).or_default() += sum.reservations;
    }
    channels
}

fn used((channel, stays): (&&str, &i64)) -> Value {
    entry([("channel", Value::Text((*channel).to_owned())), ("stays", Value::Integer(*stays))])
}

/// A sum per currency; a currency in which nothing is known has none.
fn amounts<'s>(stays: impl Iterator<Item = &'s StaySum>, amount: impl Fn(&StaySum) -> Option<i64>) -> Rolled {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for sum in stays.filter(|sum| !sum.currency.is_empty()) {
        if let Some(amount) = amount(sum) {
            let known = sums.entry(sum.currency.as_str()).or_default();
            *known = known.saturating_add(amount);
        }
    }
    let total = |(currency, amount_minor): (&str, i64)| {
        let money = Money { amount_minor, currency: currency.into() };
        entry([("currency", Value::Text(currency.to_owned())), ("amount", Value::Money(money))])
    };
    Rolled::Many(sums.into_iter().map(total).collect())
}

fn entry<const N: usize>(parts: [(&'static str, Value); N]) -> Value {
    Value::Entry(parts.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// `of` per `n` as a decimal number with so many digits behind the point, halves away from zero; none for none.
fn ratio(of: i64, n: i64, digits: u32) -> Option<Value> {
    if n <= 0 {
        return None;
    }
    let unit = 10_i64.pow(digits);
    let scaled = (of.saturating_mul(unit).saturating_mul(2) + n) / (2 * n);
    let (whole, rest) = (scaled / unit, scaled % unit);
    let text = format!("{whole}.{rest:0width$}", width = digits as usize);
    Some(Value::Decimal(text.trim_end_matches('0').trim_end_matches('.').to_owned()))
}

/// Puts the values into the record; says whether that changes it. What stays keeps its story.
fn put(record: &mut Record, def: &FieldDef, rolled: Rolled, provenance: &Arc<Provenance>) -> bool {
    let cell = |value| Cell { value, provenance: Arc::clone(provenance), pinned_by: None };
    let cells = match rolled {
        Rolled::One(value) => {
            if record.value(&def.key) == value.as_ref() {
                return false;
            }
            CellSet::One(cell(value.map(Held::new)))
        }
        Rolled::Many(values) => {
            let none = LiteMap::new_vec();
            let known = record.elements(&def.key).unwrap_or(&none);
            let keep = |value: Value| -> (Element, Cell) {
                let key = norm::key(def, &value);
                let same =
                    known.get(&key).filter(|known| known.value.as_ref().is_some_and(|held| *held.0 == value));
                (key, same.cloned().unwrap_or_else(|| cell(Some(Held::new(value)))))
            };
            let cells: LiteMap<Element, Cell> = values.into_iter().map(keep).collect();
            if cells == *known {
                return false;
            }
            CellSet::Many(cells)
        }
    };
    record.fields.insert(def.key.clone(), cells);
    true
}

#[cfg(test)]
mod tests;
