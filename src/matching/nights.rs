//! Nobody sleeps at two hotels in one night: profiles of a group that both did are two, whatever else they have in common.
//!
//! Only who is about to be proposed is looked at, all of them at once. Where somebody shows the same identity document, an
//! operator is asked after all, and nothing is made one without him.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};

use super::groups::{Group, ordered};
use crate::duplicates::judge::Band;
use crate::hub::Hub;
use crate::model::{FieldKey, Record, RecordId, Value, keys};
use crate::store::{Stay, Store, StoreError};

/// How many groups are looked at together.
const GROUPS: usize = 200;
/// Whoever comes in this long after midnight has come for the night before.
const LATE: TimeDelta = TimeDelta::hours(12);

/// Two profiles, the lower id first.
type Pair = (RecordId, RecordId);

/// Groups with `group`, which is given more and more pairs that must not be in one group, until nobody in a group was at
/// two hotels in one night, but for those who are identified by a document.
pub(super) async fn parted(
    hub: &Hub,
    mut group: impl FnMut(&BTreeSet<Pair>) -> Vec<Group>,
) -> Result<Vec<Group>, StoreError> {
    let (mut apart, mut documented) = (BTreeSet::new(), BTreeSet::<Pair>::new());
    let mut checked: BTreeSet<Vec<RecordId>> = BTreeSet::new();
    let today = hub.clock.now().date_naive();
    let mut found = group(&apart);
    loop {
        let n_apart = apart.len();
        let fresh: Vec<&Group> = found.iter().filter(|group| !checked.contains(&group.members)).collect();
        for some in fresh.chunks(GROUPS) {
            let members: Vec<&[RecordId]> = some.iter().map(|group| group.members.as_slice()).collect();
            let clashes = clashing(&hub.store, today, &members).await?;
            let known: BTreeSet<Pair> = some.iter().flat_map(|group| group.documented()).collect();
            documented.extend(clashes.intersection(&known));
            apart.extend(clashes.difference(&known));
        }
        checked.extend(fresh.into_iter().map(|group| group.members.clone()));
        if apart.len() == n_apart {
            break;
        }
        found = group(&apart);
    }
    for group in found.iter_mut().filter(|group| pairs(&group.members).any(|pair| documented.contains(&pair)))
    {
        group.band = group.band.max(Band::Strong);
    }
    Ok(found)
}

/// Whether two persons were at two hotels in one night.
pub(super) async fn do_clash(
    store: &Store,
    today: NaiveDate,
    both: [RecordId; 2],
) -> Result<bool, StoreError> {
    Ok(!clashing(store, today, &[&both]).await?.is_empty())
}

/// The pairs inside of each of these sets that were at two hotels in one night.
async fn clashing(
    store: &Store,
    today: NaiveDate,
    sets: &[&[RecordId]],
) -> Result<BTreeSet<Pair>, StoreError> {
    let everyone: BTreeSet<RecordId> = sets.iter().flat_map(|set| set.iter().copied()).collect();
    let mut stays = store.begun_stays(&everyone.into_iter().collect::<Vec<_>>()).await?;
    for stay in stays.values_mut().flatten().filter(|stay| stay.is_in_house) {
        stay.until = stay.until.min(today + TimeDelta::days(1));
    }
    // By the days that were booked first, which are at hand; who came late or left early is known by the document only.
    let by_days = overlapping(sets, &stays);
    if by_days.is_empty() {
        return Ok(BTreeSet::new());
    }
    let concerned: BTreeSet<RecordId> = by_days.into_iter().flat_map(|(one, other)| [one, other]).collect();
    stays.retain(|person, _| concerned.contains(person));
    let reservations: Vec<RecordId> = stays.values().flatten().map(|stay| stay.reservation).collect();
    let records = store.records(&reservations).await?;
    let records: BTreeMap<RecordId, &Record> = records.iter().map(|record| (record.id, record)).collect();
    for stay in stays.values_mut().flatten() {
        if let Some(record) = records.get(&stay.reservation) {
            shorten(stay, record);
        }
    }
    Ok(overlapping(sets, &stays))
}

/// Leaves the nights that he was there: from his coming, to his going.
fn shorten(stay: &mut Stay, record: &Record) {
    let at = |field: &FieldKey| record.value(field).and_then(Value::as_instant);
    if let Some(came) = at(&keys::CHECKED_IN_AT) {
        stay.from = stay.from.max((came - LATE).date_naive());
    }
    if let Some(went) = at(&keys::CHECKED_OUT_AT) {
        stay.until = stay.until.min(went.date_naive());
    }
}

fn overlapping(sets: &[&[RecordId]], stays: &BTreeMap<RecordId, Vec<Stay>>) -> BTreeSet<Pair> {
    let of = |person: &RecordId| stays.get(person).map(Vec::as_slice).unwrap_or_default();
    let clash = |(one, other): &Pair| {
        of(one).iter().any(|one| of(other).iter().any(|other| is_one_night_at_two(one, other)))
    };
    sets.iter().flat_map(|set| pairs(set)).filter(clash).collect()
}

fn is_one_night_at_two(one: &Stay, other: &Stay) -> bool {
    one.property != other.property && one.from.max(other.from) < one.until.min(other.until)
}

/// Every pair of these records, the lower id first.
pub(super) fn pairs(members: &[RecordId]) -> impl Iterator<Item = Pair> + use<'_> {
    let with = |(nth, one): (usize, &'_ RecordId)| {
        let one = *one;
        members.iter().skip(nth + 1).map(move |other| ordered(one, *other))
    };
    members.iter().enumerate().flat_map(with)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn stay(property: &str, from: &str, until: &str) -> Stay {
        let day = |day: &str| day.parse().expect("a day");
        let (from, until) = (day(from), day(until));
        let reservation = RecordId::new(Uuid::nil());
        Stay { reservation, property: property.to_owned(), from, until, is_in_house: false }
    }

    #[test]
    fn a_night_counts_once() {
        let base = stay("ALBA", "2026-05-10", "2026-05-14");
        let check = |property, from, until| is_one_night_at_two(&base, &stay(property, from, until));
        assert!(check("MAR", "2026-05-13", "2026-05-15"), "the last night");
        assert!(check("MAR", "2026-05-09", "2026-05-20"), "all of them");
        assert!(!check("MAR", "2026-05-14", "2026-05-15"), "he went from one to the other");
        assert!(!check("MAR", "2026-05-08", "2026-05-10"), "he came from the other");
        assert!(!check("ALBA", "2026-05-10", "2026-05-14"), "two rooms at one hotel");
    }
}
