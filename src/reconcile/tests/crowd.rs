//! Worlds of several people: born, deleted, back again, merged at a system or in the hub, and ids that are given out
//! twice. What must hold is about who is who, not about values.

use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use super::delivery::Luck;
use super::natures::{Climate, PERSON, climates, value};
use super::oracle::{allowed, allows};
use super::properties::some;
use super::world::{Row, World};
use crate::model::ids::LinkId;
use crate::model::keys::{CONSENTS, DO_NOT_CONTACT, EMAILS, SURNAME, TITLE};
use crate::model::{ExternalId, Life, LinkLife, RecordId, ReviewKind, Role, Seen, Shape, SystemId, Value};

/// One thing that happens; people are counted over all systems.
#[derive(Debug, Clone)]
enum Deed {
    Born {
        system: usize,
        value: u8,
    },
    Edit {
        person: usize,
        value: u8,
    },
    /// Somebody changes his mind about being written to.
    Consent {
        person: usize,
        value: u8,
    },
    See {
        person: usize,
    },
    SeeAll,
    /// Removed at its system, which says so, and is asked again.
    Delete {
        person: usize,
    },
    /// The last one that was removed is there again.
    Revive,
    /// Two of one system are merged there.
    MergeThere {
        lose: usize,
        keep: usize,
    },
    /// Two records are merged by an operator.
    MergeHere {
        main: usize,
        other: usize,
    },
    /// Somebody new gets the slot of somebody who is still there.
    Reuse {
        person: usize,
    },
    Deliver {
        luck: u8,
    },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let person = || 0_usize..12;
    let deed = prop_oneof![
        3 => (0_usize..5, any::<u8>()).prop_map(|(system, value)| Deed::Born { system, value }),
        3 => (person(), any::<u8>()).prop_map(|(person, value)| Deed::Edit { person, value }),
        3 => (person(), any::<u8>()).prop_map(|(person, value)| Deed::Consent { person, value }),
        3 => person().prop_map(|person| Deed::See { person }),
        1 => Just(Deed::SeeAll),
        2 => person().prop_map(|person| Deed::Delete { person }),
        2 => Just(Deed::Revive),
        2 => (person(), person()).prop_map(|(lose, keep)| Deed::MergeThere { lose, keep }),
        1 => (person(), person()).prop_map(|(main, other)| Deed::MergeHere { main, other }),
        1 => person().prop_map(|person| Deed::Reuse { person }),
        3 => (0_u8..7).prop_map(|luck| Deed::Deliver { luck }),
    ];
    vec(deed, 1..30)
}

struct Crowd {
    world: World,
    n_systems: usize,
    removed: Option<(SystemId, ExternalId, Row)>,
    /// The link of each id of a system, and the record that it was made for.
    first: BTreeMap<(SystemId, ExternalId), (LinkId, RecordId)>,
}

impl Crowd {
    fn gathering(climate: &Climate) -> Self {
        let world = climate.world();
        Self { world, n_systems: climate.natures.len(), removed: None, first: BTreeMap::new() }
    }

    fn rows(&self) -> Vec<(SystemId, ExternalId)> {
        let of = |(system, remote): (&SystemId, &super::world::Remote)| -> Vec<_> {
            remote.rows.keys().map(|(_, id)| (system.clone(), id.clone())).collect()
        };
        self.world.remotes.iter().flat_map(of).collect()
    }

    fn person(&self, number: usize) -> Option<(SystemId, ExternalId)> {
        let rows = self.rows();
        rows.get(number % rows.len().max(1)).cloned()
    }

    fn remove(&mut self, system: &SystemId, id: &ExternalId) {
        let row = self.world.remote(system.as_str()).rows.remove(&(PERSON, id.clone()));
        self.removed = row.map(|row| (system.clone(), id.clone(), row));
    }

    fn see_in_slot(&mut self, system: &SystemId, id: &ExternalId, slot: &ExternalId) {
        let mut flight = self.world.fetch(system.as_str(), PERSON, id);
        flight.observation.slot = Some(slot.as_str().into());
        self.world.judge(&flight);
    }

    fn happen(&mut self, deed: &Deed) -> Option<()> {
        match deed {
            Deed::Born { system, value: number } => {
                let system = format!("s{}", system % self.n_systems);
                let fields = [(SURNAME, value(&SURNAME, *number)), (EMAILS, value(&EMAILS, *number))];
                self.world.create(&system, PERSON, &fields);
            }
            Deed::Edit { person, value: number } => {
                let (system, id) = self.person(*person)?;
                self.world.edit(system.as_str(), PERSON, &id, &TITLE, value(&TITLE, *number));
            }
            Deed::Consent { person, value: number } => {
                let (system, id) = self.person(*person)?;
                let field = if number & 128 == 0 { DO_NOT_CONTACT } else { CONSENTS };
                self.world.edit(system.as_str(), PERSON, &id, &field, value(&field, *number));
            }
            Deed::See { person } => {
                let (system, id) = self.person(*person)?;
                self.world.see(system.as_str(), PERSON, &id);
            }
            Deed::SeeAll => self.world.see_all(),
            Deed::Delete { person } => {
                let (system, id) = self.person(*person)?;
                self.world.link_of(&system, PERSON, &id)?; // Whom the hub never saw, it cannot miss.
                self.remove(&system, &id);
                self.world.show(system.as_str(), PERSON, &id, Shape::Deleted);
                self.world.show(system.as_str(), PERSON, &id, Shape::NotFound);
            }
            Deed::Revive => {
                let (system, id, row) = self.removed.take()?;
                self.world.remote(system.as_str()).rows.insert((PERSON, id), row);
            }
            Deed::MergeThere { lose, keep } => {
                let (system, lose) = self.person(*lose)?;
                self.world.link_of(&system, PERSON, &lose)?;
                let mut there = self.rows();
                there.retain(|(at, id)| *at == system && *id != lose);
                let (_, keep) = there.get(keep % there.len().max(1))?.clone();
                self.remove(&system, &lose);
                self.removed = None;
                self.world.show(system.as_str(), PERSON, &lose, Shape::MergedInto(keep));
            }
            Deed::MergeHere { main, other } => {
                let live: Vec<_> =
                    self.world.records.values().filter(|record| record.life == Life::Live).collect();
                let n = live.len().max(1);
                let (main, other) = (live.get(main % n)?.id, live.get(other % n)?.id);
                self.world.merge(main, other);
            }
            Deed::Reuse { person } => {
                let (system, id) = self.person(*person)?;
                self.see_in_slot(&system, &id, &id);
                let other = self.world.create(system.as_str(), PERSON, &[(SURNAME, value(&SURNAME, 5))]);
                self.see_in_slot(&system, &other, &id);
            }
            Deed::Deliver { luck } => {
                let luck = match luck {
                    0 => Luck::LostAnswer,
                    1 => Luck::LostRequest,
                    2 => Luck::Mute,
                    3 => Luck::Silence,
                    _ => Luck::Good,
                };
                let marks: Vec<_> = self.world.due.keys().cloned().collect();
                for (record, system) in marks {
                    self.world.deliver(record, &system, luck);
                }
            }
        }
        Some(())
    }

    /// What must hold at every instant.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let mut primary = BTreeSet::new();
        for link in self.world.links.values() {
            let root = self.world.root(link.record);
            prop_assert!(self.world.is_live(root), "a link ends at nobody");
            if link.is_writable() && link.role == Role::Primary {
                prop_assert!(primary.insert((root, link.system.clone())), "two primary counterparts");
            }
            if let Some(id) = link.external_id.clone() {
                let first = self.first.entry((link.system.clone(), id)).or_insert((link.id, link.record));
                prop_assert_eq!(*first, (link.id, link.record), "a link was rewritten");
            }
        }
        Ok(())
    }

    /// After peace nobody is written to through any counterpart who has refused at another one.
    fn check_refusals(&self) -> Result<(), TestCaseError> {
        for (link, id) in
            self.world.links.values().filter_map(|link| Some((link, link.external_id.as_ref()?)))
        {
            let root = self.world.root(link.record);
            let others = self.world.links_of(root).into_iter().filter(|other| other.system == link.system);
            let is_in_doubt = others.map(|other| other.life).any(|life| life == LinkLife::Quarantined);
            if link.life != LinkLife::Live || is_in_doubt {
                continue;
            }
            let row = &self.world.remotes[&link.system].rows[&(PERSON, id.clone())].document;
            let record = &self.world.records[&root];
            let refuses = |value: Option<&Value>| value == Some(&Value::Bool(true));
            let (hub, there) = (record.value(&DO_NOT_CONTACT), row.value(&DO_NOT_CONTACT));
            prop_assert!(!refuses(hub) || refuses(there), "{id} may be contacted");
            for (channel, cell) in record.elements(&CONSENTS).into_iter().flatten() {
                let there = row.get(&CONSENTS).and_then(Seen::elements).and_then(|all| all.get(channel));
                let there = there.map_or(1, |held| allowed(Some(&*held.0)));
                prop_assert!(there <= allows(Some(cell)).max(1), "{id} is written to over {channel}");
            }
        }
        Ok(())
    }

    /// How many rows the hub has made for each record.
    fn made(&self) -> BTreeMap<(SystemId, RecordId), usize> {
        let mut made = BTreeMap::new();
        for (system, remote) in &self.world.remotes {
            for record in remote.rows.values().filter_map(|row| row.made_for) {
                *made.entry((system.clone(), record)).or_default() += 1;
            }
        }
        made
    }
}

proptest! {
    #![proptest_config(some())]

    #[test]
    fn i6_i7_i12_people_stay_who_they_are(climate in climates(), deeds in deeds()) {
        let mut crowd = Crowd::gathering(&climate);
        for deed in &deeds {
            let rows: BTreeSet<_> = crowd.rows().into_iter().collect();
            crowd.happen(deed);
            crowd.check()?;
            let is_removal = matches!(deed, Deed::Delete { .. } | Deed::MergeThere { .. });
            let now: BTreeSet<_> = crowd.rows().into_iter().collect();
            prop_assert!(is_removal || rows.is_subset(&now), "nobody asked for a deletion");
            prop_assert!(crowd.made().values().all(|rows| *rows == 1), "made twice: {:?}", crowd.made());
        }
        crowd.world.settle_down();
        crowd.check()?;
        crowd.check_refusals()?;
        for (system, id) in crowd.rows() {
            let link = crowd.world.link_of(&system, PERSON, &id).expect("everybody is known");
            prop_assert!(matches!(link.life, LinkLife::Live | LinkLife::Quarantined), "{:?}", link.life);
            let is_asked = |kind: &ReviewKind| matches!(kind, ReviewKind::Quarantine { external_id, .. } if *external_id == id);
            let is_asked = crowd.world.reviews.values().any(|review| is_asked(&review.kind));
            prop_assert!(link.life == LinkLife::Live || is_asked, "quarantined, and nobody is asked");
        }
        prop_assert_eq!(crowd.world.round(), 0, "peace");
    }
}
