//! I6 over random programs: profiles are edited, booked for, made one, into one of them or into a new one, and parted
//! again in any order. Nothing that has a key of its own is ever lost or counted twice, and whoever stands alone again has
//! what was said of him and nothing that was said of another.

use chrono::{DateTime, TimeDelta, Utc};
use litemap::LiteMap;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use super::values::{consent, email, text};
use crate::model::document::Held;
use crate::model::fields::standard;
use crate::model::journal::{Entry, Event};
use crate::model::keys::{CONSENTS, EMAILS, GIVEN_NAMES, SURNAME, TITLE};
use crate::model::record::Evidence;
use crate::model::{
    Cell, CellSet, Element, FieldKey, Life, ObservationId, Provenance, Record, RecordId, RecordKind, Rule,
    Value,
};
use crate::reconcile::{Pick, Rules, Story, merge_all, root, unwind};

const PROGRAMS: u64 = 10_000;
const PERSONS: usize = 5;
const STEPS: usize = 24;

/// The same numbers every time: a generator of Steele and others (`SplitMix64`).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % sides as u64).expect("it is small")
    }
}

/// A value, and the element that it is of.
type Place = (FieldKey, Option<Element>);

struct Forest {
    rules: Rules,
    dice: Dice,
    persons: Vec<RecordId>,
    records: BTreeMap<RecordId, Record>,
    /// The merges that stand, by the record that they went into.
    standing: BTreeMap<RecordId, Vec<(Event, RecordId)>>,
    made: BTreeSet<RecordId>,
    /// Whom each observation was about.
    about: BTreeMap<ObservationId, RecordId>,
    /// What was last said of each person, unless somebody else has spoken over it while they were one.
    said: BTreeMap<(RecordId, Place), (Option<Cell>, u128)>,
    /// When each alias has gone into another record, or was put together with it again.
    came_at: BTreeMap<RecordId, u128>,
    /// Nights and points: whose they are, and how many.
    booked: Vec<(RecordId, i64)>,
    earned: Vec<(RecordId, i64)>,
    denied: Vec<(RecordId, Element)>,
    ids: u128,
}

impl Forest {
    fn grown(seed: u64) -> Self {
        let mut forest = Self {
            rules: Rules { registry: standard(), ..Rules::default() },
            dice: Dice(seed),
            persons: Vec::new(),
            records: BTreeMap::new(),
            standing: BTreeMap::new(),
            made: BTreeSet::new(),
            about: BTreeMap::new(),
            said: BTreeMap::new(),
            came_at: BTreeMap::new(),
            booked: Vec::new(),
            earned: Vec::new(),
            denied: Vec::new(),
            ids: 0,
        };
        for _ in 0..PERSONS {
            let id = RecordId::new(forest.id());
            forest.persons.push(id);
            forest.records.insert(id, Record::new(id, RecordKind::Person));
            forest.say(id);
            forest.say(id);
        }
        forest
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    fn root(&self, id: RecordId) -> RecordId {
        root(id, &|id| self.records.get(&id).map(|record| record.life))
    }

    /// The direct alias of a record that somebody is part of.
    fn branch(&self, main: RecordId, person: RecordId) -> Option<RecordId> {
        let mut at = person;
        while let Life::MergedInto(next) = self.records[&at].life {
            if next == main {
                return Some(at);
            }
            at = next;
        }
        None
    }

    fn roots(&self) -> Vec<RecordId> {
        self.persons.iter().map(|person| self.root(*person)).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn any_person(&mut self) -> RecordId {
        let nth = self.dice.roll(PERSONS);
        self.persons[nth]
    }

    /// A system says something of a person; whoever he is one with has it said of him.
    fn say(&mut self, person: RecordId) {
        let (place, value) = self.saying();
        let observation = ObservationId::new(self.id());
        self.about.insert(observation, person);
        let cell = value.map(|value| self.cell(observation, value));
        if place.0 == CONSENTS {
            self.denied.push((person, place.1.clone().expect("an element")));
        }
        let root = self.root(person);
        self.speak_over(person, &place);
        let record = self.records.get_mut(&root).expect("a root");
        match (&place.1, &cell) {
            (None, Some(cell)) => {
                record.fields.insert(place.0.clone(), CellSet::One(cell.clone()));
            }
            (Some(element), cell) => {
                let cells =
                    record.fields.entry(place.0.clone()).or_insert_with(|| CellSet::Many(LiteMap::new_vec()));
                let CellSet::Many(cells) = cells else { panic!("a set") };
                match cell {
                    Some(cell) => cells.insert(element.clone(), cell.clone()),
                    None => cells.remove(element),
                };
            }
            (None, None) => panic!("a single value is never taken away"),
        }
        self.said.insert((person, place), (cell, self.ids));
    }

    fn saying(&mut self) -> (Place, Option<Value>) {
        let nth = self.dice.roll(4);
        match self.dice.roll(6) {
            0 => ((SURNAME, None), Some(text(["García", "Garcia Pérez", "GARCIA", "Novak"][nth]))),
            1 => ((GIVEN_NAMES, None), Some(text(["Ana", "A.", "Ana María", "Jan"][nth]))),
            2 => ((TITLE, None), Some(text(["Dr", "Mr", "Ms", "Prof"][nth]))),
            3 => {
                let key = self.id().to_string();
                ((CONSENTS, Some(Element::new(key))), Some(consent("denied")))
            }
            _ => {
                let address = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"][nth];
                ((EMAILS, Some(Element::new(address))), Some(email(address)))
            }
        }
    }

    /// What others have said in the same place since they are one with the person is spoken over: it cannot come back.
    fn speak_over(&mut self, person: RecordId, place: &Place) {
        let others = self.persons.iter().copied().filter(|other| *other != person);
        let met: Vec<(RecordId, u128)> =
            others.filter_map(|other| Some((other, self.met(person, other)?))).collect();
        for (other, met) in met {
            let key = (other, place.clone());
            if self.said.get(&key).is_some_and(|(_, at)| *at > met) {
                self.said.remove(&key);
            }
        }
    }

    /// Since when two are one; `None` when they are not.
    fn met(&self, one: RecordId, other: RecordId) -> Option<u128> {
        let path = |from: RecordId| {
            let mut path = vec![from];
            while let Some(Life::MergedInto(next)) = path.last().map(|id| self.records[id].life) {
                path.push(next);
            }
            path
        };
        let (one, other) = (path(one), path(other));
        let meet = one.iter().position(|id| other.contains(id))?;
        let there = other.iter().position(|id| *id == one[meet])?;
        let came =
            |path: &[RecordId], at: usize| at.checked_sub(1).map_or(0, |before| self.came_at[&path[before]]);
        Some(came(&one, meet).max(came(&other, there)))
    }

    fn cell(&self, observation: ObservationId, value: Value) -> Cell {
        let at: DateTime<Utc> =
            DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(self.ids).expect("small"));
        let provenance = Provenance {
            system: Some("pms".into()),
            observation: Some(observation),
            actor: None,
            rule: Rule::OnlyChange,
            at,
            evidence: Evidence { after: None, until: at },
        };
        Cell { value: Some(Held::new(value)), provenance: provenance.into(), pinned_by: None }
    }

    fn merge(&mut self) {
        let mut roots = self.roots();
        let n_merged = (2 + self.dice.roll(2)).min(roots.len());
        while roots.len() > n_merged {
            let nth = self.dice.roll(roots.len());
            roots.remove(nth);
        }
        if roots.len() < 2 {
            return;
        }
        let main = if self.dice.roll(3) == 0 {
            let id = RecordId::new(self.id());
            self.made.insert(id);
            Record::new(id, RecordKind::Person)
        } else {
            let nth = self.dice.roll(roots.len());
            self.records[&roots.remove(nth)].clone()
        };
        let others: Vec<Record> = roots.iter().map(|id| self.records[id].clone()).collect();
        let from = roots[self.dice.roll(roots.len())];
        let field = [SURNAME, EMAILS, TITLE, CONSENTS][self.dice.roll(4)].clone();
        let picks = if self.dice.roll(2) == 0 { vec![Pick { field, element: None, from }] } else { vec![] };
        let merged = merge_all(&self.rules, &main, &others, &picks, None).expect("they become one");
        self.ids += 1;
        self.came_at.extend(roots.iter().map(|id| (*id, self.ids)));
        let standing = self.standing.entry(main.id).or_default();
        standing.extend(merged.events.into_iter().zip(roots));
        for record in merged.others.into_iter().chain([merged.main]) {
            self.records.insert(record.id, record);
        }
    }

    /// Undoes some of the merges into a record, whichever they are.
    fn part(&mut self, everything: bool) -> bool {
        let mains: Vec<RecordId> = self
            .standing
            .iter()
            .filter(|(id, all)| !all.is_empty() && self.root(**id) == **id)
            .map(|(id, _)| *id)
            .collect();
        if mains.is_empty() {
            return false;
        }
        let main = mains[self.dice.roll(mains.len())];
        let standing = self.standing.remove(&main).expect("merges");
        let first = self.dice.roll(standing.len());
        let nth_is_undone = |nth: usize| everything || self.made.contains(&main) || nth == first;
        let undone: Vec<RecordId> = standing
            .iter()
            .enumerate()
            .filter(|(nth, _)| nth_is_undone(*nth))
            .map(|(_, (_, id))| *id)
            .collect();
        let at = DateTime::UNIX_EPOCH;
        let entry = |event: &Event| {
            let (id, event) = (ObservationId::new(Uuid::nil()), event.clone());
            Entry { id, at, system: None, record: Some(main), link: None, event }
        };
        let whole: Vec<(Entry, Record)> =
            standing.iter().map(|(event, id)| (entry(event), self.records[id].clone())).collect();
        let owner = |provenance: &Provenance| {
            Some(self.branch(main, self.about[&provenance.observation?]).unwrap_or(main))
        };
        let story = Story { entries: &[], owner: &owner, of_nobody: None };
        let unwound = unwind(&self.rules, &self.records[&main], &whole, &undone, story).expect("they part");
        let mut stands: Vec<(Event, RecordId)> =
            standing.into_iter().filter(|(_, id)| !undone.contains(id)).collect();
        for event in unwound.events {
            let Event::Merged { other_before, .. } = &event else { continue };
            let told_anew = stands.iter_mut().find(|(_, id)| *id == other_before.id).expect("it stands");
            told_anew.0 = event;
        }
        self.standing.insert(main, stands);
        self.ids += 1;
        self.came_at.extend(unwound.rejoined.iter().map(|record| (record.id, self.ids)));
        for record in unwound.restored.into_iter().chain(unwound.rejoined).chain([unwound.main]) {
            self.records.insert(record.id, record);
        }
        true
    }

    /// Everything that has a key of its own is reached from exactly one live record.
    fn is_conserved(&self) {
        for counted in [&self.booked, &self.earned] {
            let mut sums: BTreeMap<RecordId, i64> = BTreeMap::new();
            for (whose, n) in counted {
                *sums.entry(self.root(*whose)).or_default() += n;
            }
            assert!(sums.keys().all(|root| self.records[root].life == Life::Live));
            assert_eq!(sums.values().sum::<i64>(), counted.iter().map(|(_, n)| n).sum::<i64>());
        }
        for (whose, consent) in &self.denied {
            let root = &self.records[&self.root(*whose)];
            assert!(cell_at(root, &(CONSENTS, Some(consent.clone()))).is_some(), "a refusal is lost");
        }
    }

    fn is_as_said(&self) {
        for person in &self.persons {
            let record = &self.records[person];
            for cell in record.fields.values().flat_map(CellSet::cells) {
                let whose = self.about[&cell.provenance.observation.expect("an observation")];
                assert_eq!(whose, *person, "what was said of another");
            }
        }
        for ((person, place), (said, _)) in &self.said {
            let found = cell_at(&self.records[person], place);
            let id = |cell: &Cell| (cell.value.clone(), cell.provenance.observation);
            assert_eq!(found.map(id), said.as_ref().map(id), "{place:?} of {person}");
        }
    }
}

fn cell_at<'r>(record: &'r Record, (field, element): &Place) -> Option<&'r Cell> {
    match (record.fields.get(field)?, element) {
        (CellSet::One(cell), None) => Some(cell),
        (CellSet::Many(cells), Some(element)) => cells.get(element),
        (CellSet::One(_), Some(_)) | (CellSet::Many(_), None) => None,
    }
}

fn run(seed: u64) {
    let mut forest = Forest::grown(seed);
    for _ in 0..STEPS {
        let person = forest.any_person();
        match forest.dice.roll(10) {
            0..4 => forest.say(person),
            4 => forest.booked.push((person, 1 + i64::from(seed.is_multiple_of(7)))),
            5 => forest.earned.push((person, 100)),
            6..8 => forest.merge(),
            _ => {
                forest.part(false);
            }
        }
        forest.is_conserved();
    }
    while forest.part(true) {}
    assert_eq!(forest.roots().len(), PERSONS, "everybody stands alone again");
    forest.is_conserved();
    forest.is_as_said();
}

#[test]
fn i6_merges_and_splits_in_any_order_lose_nothing() {
    for seed in 0..PROGRAMS {
        assert!(std::panic::catch_unwind(|| run(seed)).is_ok(), "the program of seed {seed} went wrong");
    }
}
