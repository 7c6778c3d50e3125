//! Consents over a merge and its undoing: nobody gets back more than his own systems have allowed since, and nobody keeps a
//! refusal that was only another's.

use std::collections::BTreeMap;

use super::delivery::Luck;
use super::forest::Dice;
use super::value_cases::PERSON;
use super::values::{consent_over, element, note, set, text};
use super::world::World;
use crate::model::document::Held;
use crate::model::ids::LinkId;
use crate::model::journal::{Entry, Event};
use crate::model::keys::{CONSENTS, DO_NOT_CONTACT, NOTES, SURNAME};
use crate::model::record::Evidence;
use crate::model::{
    CellSet, ExternalId, FieldKey, Lane, Life, Provenance, Record, RecordId, Rule, Seen, SystemClass,
    SystemId, Value,
};
use crate::reconcile::{Story, resuming, unwind};

const FIELDS: &[FieldKey] = &[SURNAME, CONSENTS, DO_NOT_CONTACT, NOTES];
const PROGRAMS: u64 = 500;
const GUESTS: usize = 3;
const STEPS: usize = 20;
const SYSTEMS: [&str; 2] = ["pms", "crm"];
const CHANNELS: [&str; 2] = ["email", "sms"];

/// Guests who are known at a PMS and at a CRM.
struct Hotel {
    world: World,
    guests: Vec<RecordId>,
    luck: Luck,
}

impl Hotel {
    fn open(n_guests: usize) -> Self {
        let mut world = World::new().with_system("pms", SystemClass::Pms, &[(PERSON, FIELDS)]).with_system(
            "crm",
            SystemClass::Crm,
            &[(PERSON, FIELDS)],
        );
        for system in SYSTEMS {
            world.system(system).internal = true;
        }
        let create = |world: &mut World, nth: usize| {
            let name = Seen::one(text(&format!("Moreau {nth}")));
            let id = world.create("pms", PERSON, &[(SURNAME, name), (CONSENTS, consents(["granted"; 2]))]);
            world.settle_down();
            world.record("pms", PERSON, &id).id
        };
        let guests = (0..n_guests).map(|nth| create(&mut world, nth)).collect();
        Self { world, guests, luck: Luck::Good }
    }

    /// The guest's own counterpart.
    fn row(&self, guest: usize, system: &str) -> ExternalId {
        let mut links = self.world.links.values();
        let own = links.find(|link| link.record == self.guests[guest] && link.system == system.into());
        own.and_then(|link| link.external_id.clone()).expect("a counterpart")
    }

    /// Somebody says this of a guest at a system, and it is read; gives whether anything moved there.
    fn says(&mut self, guest: usize, system: &str, field: &FieldKey, seen: Seen) -> bool {
        let id = self.row(guest, system);
        let before = self.world.remotes[&SystemId::from(system)].rows[&(PERSON, id.clone())].document.clone();
        self.world.edit(system, PERSON, &id, field, seen);
        self.world.see(system, PERSON, &id);
        self.world.remotes[&SystemId::from(system)].rows[&(PERSON, id)].document != before
    }

    /// The same of his consent to be written to by one channel.
    fn consents(&mut self, guest: usize, system: &str, channel: &str, state: &str) -> bool {
        let id = self.row(guest, system);
        let row = &self.world.remotes[&SystemId::from(system)].rows[&(PERSON, id)];
        let mut known = row.document.get(&CONSENTS).and_then(Seen::elements).cloned().unwrap_or_default();
        let value = consent_over(channel, state);
        known.insert(element(&CONSENTS, &value), Held::new(value));
        self.says(guest, system, &CONSENTS, Seen::Set(known))
    }

    fn merge(&mut self, main: usize, other: usize) {
        self.world.merge(self.guests[main], self.guests[other]);
    }

    /// Writes what is due, and reads again what was written.
    fn deliver(&mut self) {
        while let Some((record, system)) = self.world.due.keys().next().cloned() {
            self.world.due.remove(&(record, system.clone()));
            self.world.deliver(record, &system, self.luck);
            if self.luck == Luck::LostRequest {
                self.luck = Luck::Good;
            }
        }
        self.world.see_all();
    }

    fn branch(&self, main: RecordId, record: RecordId) -> RecordId {
        match self.world.records[&record].life {
            Life::MergedInto(into) if into != main => self.branch(main, into),
            Life::MergedInto(_) | Life::Live | Life::Erased | Life::Retired => record,
        }
    }

    /// Undoes the merge that has made `alias` one with another; gives the fields that nobody is sure of.
    fn part(&mut self, alias: RecordId) -> Vec<(RecordId, FieldKey)> {
        let Life::MergedInto(main) = self.world.records[&alias].life else { panic!("no alias") };
        let links = self.world.links_of(main);
        let records: BTreeMap<LinkId, RecordId> = links.iter().map(|link| (link.id, link.record)).collect();
        let story = self.world.journal.clone();
        let seen = story.iter().filter_map(|entry| Some((entry.id, *records.get(&entry.link?)?)));
        let seen: BTreeMap<_, _> = seen.collect();
        let owner = |edit: &Provenance| Some(self.branch(main, *seen.get(&edit.observation?)?));
        let told = Story { entries: &story, owner: &owner, of_nobody: None };
        let standing = self.standing(main);
        let unwound = unwind(&self.world.rules, &self.world.records[&main], &standing, &[alias], told);
        let unwound = unwound.expect("they part");
        for event in unwound.events {
            self.world.tell(main, None, event);
        }
        for record in unwound.restored.into_iter().chain(unwound.rejoined).chain([unwound.main]) {
            self.world.put(record);
        }
        for root in [main, alias] {
            for link in resuming(&self.world.links_of(root)) {
                self.world.links.insert(link.id, link);
            }
            for system in SYSTEMS {
                self.world.mark(root, &system.into(), Lane::Live);
            }
        }
        unwound.doubtful
    }

    fn standing(&self, main: RecordId) -> Vec<(Entry, Record)> {
        let mut standing: Vec<(Entry, Record)> = Vec::new();
        for entry in self.world.journal.iter().filter(|entry| entry.record == Some(main)).rev() {
            let Event::Merged { other_before, .. } = &entry.event else { continue };
            let alias = &self.world.records[&other_before.id];
            let is_known = standing.iter().any(|(_, known)| known.id == alias.id);
            if alias.life == Life::MergedInto(main) && !is_known {
                standing.push((entry.clone(), alias.clone()));
            }
        }
        standing.reverse();
        standing
    }

    /// What the hub has of a guest's consent, who stands alone.
    fn state(&self, guest: usize, channel: &str) -> Option<String> {
        let key = element(&CONSENTS, &consent_over(channel, "granted"));
        let cell = self.world.records[&self.guests[guest]].elements(&CONSENTS)?.get(&key)?;
        let Some(Value::Entry(parts)) = cell.value.as_deref() else { panic!("no consent") };
        parts.get("state").and_then(Value::as_text).map(str::to_owned)
    }

    /// The consents of both to be written to, after they are parted and everything has come to rest.
    fn parted(&mut self) -> [Option<String>; 2] {
        self.part(self.guests[1]);
        self.deliver();
        self.world.settle_down();
        [0, 1].map(|guest| self.state(guest, "email"))
    }
}

fn consents(states: [&str; 2]) -> Seen {
    set(&CONSENTS, CHANNELS.into_iter().zip(states).map(|(channel, state)| consent_over(channel, state)))
}

fn states(states: [&str; 2]) -> [Option<String>; 2] {
    states.map(|state| Some(state.to_owned()))
}

#[test]
fn guest_who_refuses_at_his_own_system_while_he_is_one_has_refused() {
    for (refusing, before_delivery) in [(0, true), (1, true), (0, false), (1, false)] {
        let mut hotel = Hotel::open(2);
        hotel.merge(0, 1);
        hotel.deliver();
        assert!(hotel.consents(1 - refusing, "pms", "email", "denied"));
        if !before_delivery {
            // It has reached the other's PMS; he says it at the CRM, to which it is still under way.
            let record = hotel.world.root(hotel.guests[0]);
            hotel.world.deliver(record, &"pms".into(), Luck::Good);
        }
        let system = if before_delivery { "pms" } else { "crm" };
        assert!(hotel.consents(refusing, system, "email", "denied"), "he has refused on his own");
        hotel.deliver();
        assert_eq!(hotel.parted(), states(["denied"; 2]), "{refusing} refuses too");
    }
}

#[test]
fn refusal_of_the_other_is_not_kept_for_a_guest_whose_systems_were_only_told() {
    for luck in [Luck::Good, Luck::Mute] {
        for refusing in [0, 1] {
            let mut hotel = Hotel { luck, ..Hotel::open(2) };
            hotel.merge(0, 1);
            hotel.deliver();
            assert!(hotel.consents(refusing, "pms", "email", "denied"));
            hotel.deliver();
            let told = hotel.row(1 - refusing, "pms");
            let told = hotel.world.remotes[&"pms".into()].rows[&(PERSON, told)].document.get(&CONSENTS);
            assert_eq!(told, Some(&consents(["denied", "granted"])), "it was written to him too");
            let mut left = ["granted"; 2];
            left[refusing] = "denied";
            assert_eq!(hotel.parted(), states(left), "{luck:?}");
        }
    }
}

#[test]
fn refusal_from_before_the_merge_is_the_refusing_guest_s_alone() {
    let mut hotel = Hotel::open(2);
    assert!(hotel.consents(0, "crm", "email", "denied"));
    hotel.deliver();
    hotel.merge(0, 1);
    hotel.deliver();
    assert_eq!(hotel.parted(), states(["denied", "granted"]));
}

#[test]
fn refusal_stands_where_nobody_can_tell_whether_the_system_only_repeats_it() {
    for luck in [Luck::LostAnswer, Luck::Silence] {
        let mut hotel = Hotel::open(2);
        hotel.merge(0, 1);
        hotel.deliver();
        assert!(hotel.consents(0, "pms", "email", "denied"));
        let (record, pms) = (hotel.guests[0], SystemId::from("pms"));
        hotel.world.mark(record, &pms, Lane::Status);
        hotel.world.deliver(record, &pms, luck);
        hotel.deliver();
        let doubtful = hotel.part(hotel.guests[1]);
        assert_eq!(doubtful, [(hotel.guests[1], CONSENTS)], "{luck:?}");
        assert_eq!(hotel.state(1, "email").as_deref(), Some("denied"));
        assert_eq!(hotel.state(1, "sms").as_deref(), Some("granted"), "of which nobody has said anything");
    }
}

#[test]
fn guest_who_consents_again_has_consented() {
    let mut hotel = Hotel::open(2);
    hotel.merge(0, 1);
    hotel.deliver();
    assert!(hotel.consents(0, "pms", "email", "denied"));
    assert!(hotel.consents(1, "pms", "email", "denied"));
    hotel.deliver();
    assert!(hotel.consents(1, "pms", "email", "granted"));
    hotel.deliver();
    assert_eq!(hotel.parted(), states(["denied", "granted"]), "each has what he has said last");
}

#[test]
fn refusal_is_not_lost_when_the_other_consents_over_it() {
    let mut hotel = Hotel::open(2);
    hotel.merge(0, 1);
    hotel.deliver();
    assert!(hotel.consents(0, "pms", "email", "denied"));
    hotel.deliver();
    hotel.world.wait(60);
    hotel.world.see_all();
    assert!(hotel.consents(1, "pms", "email", "granted"));
    assert_eq!(hotel.state(0, "email").as_deref(), Some("granted"), "it was certainly given later");
    assert_eq!(hotel.parted(), states(["denied", "granted"]));
}

#[test]
fn refused_contact_and_notes_are_kept_for_whoever_they_were_said_of() {
    let mut hotel = Hotel::open(2);
    hotel.merge(0, 1);
    hotel.deliver();
    let refused = Seen::one(Value::Bool(true));
    let notes = || set(&NOTES, [note("n1", "rang on Monday")]);
    for guest in [0, 1] {
        assert!(hotel.says(guest, "pms", &DO_NOT_CONTACT, refused.clone()));
        assert!(hotel.says(guest, "pms", &NOTES, notes()));
    }
    assert!(hotel.says(1, "pms", &DO_NOT_CONTACT, Seen::Empty));
    hotel.part(hotel.guests[1]);
    let [main, other] = [0, 1].map(|guest| &hotel.world.records[&hotel.guests[guest]]);
    let contact = [main, other].map(|record| record.value(&DO_NOT_CONTACT).cloned());
    assert_eq!(contact, [Some(Value::Bool(true)), Some(Value::Bool(true))], "what is gone is no leave");
    let n_notes = [main, other].map(|record| record.elements(&NOTES).map_or(0, litemap::LiteMap::len));
    assert_eq!(n_notes, [1, 1]);
}

#[test]
fn refusal_that_an_operator_enters_for_a_merged_guest_is_kept_for_both() {
    let mut hotel = Hotel::open(2);
    hotel.merge(0, 1);
    hotel.deliver();
    let mut merged = hotel.world.records[&hotel.guests[0]].clone();
    let at = hotel.world.now();
    let provenance = Provenance {
        system: None,
        observation: None,
        actor: Some("olga".to_owned()),
        rule: Rule::Operator,
        at,
        evidence: Evidence { after: None, until: at },
    };
    let Some(CellSet::Many(cells)) = merged.fields.get_mut(&CONSENTS) else { panic!("consents") };
    let cell = cells.get_mut(&element(&CONSENTS, &consent_over("email", "granted"))).expect("a consent");
    cell.value = Some(Held::new(consent_over("email", "denied")));
    cell.provenance = provenance.into();
    hotel.world.put(merged);
    assert_eq!(hotel.part(hotel.guests[1]), [(hotel.guests[1], CONSENTS)]);
    assert_eq!([0, 1].map(|guest| hotel.state(guest, "email")), states(["denied"; 2]));
}

/// What the own systems of each guest have said last of each channel, as far as it showed there.
type Said = BTreeMap<(usize, usize), &'static str>;

fn nobody_has_more_than_he_has_allowed(hotel: &Hotel, said: &Said) {
    for ((guest, channel), last) in said {
        let root = |guest: &RecordId| hotel.world.root(*guest);
        let n_in_him = hotel.guests.iter().filter(|other| root(other) == hotel.guests[*guest]).count();
        if n_in_him == 1 && *last == "denied" {
            let state = hotel.state(*guest, CHANNELS[*channel]);
            assert_eq!(state.as_deref(), Some("denied"), "guest {guest} by {channel}");
        }
    }
}

fn run(seed: u64) {
    let (mut dice, mut hotel, mut said) = (Dice(seed), Hotel::open(GUESTS), Said::new());
    for _ in 0..STEPS {
        match dice.roll(8) {
            0..4 => {
                let (guest, channel) = (dice.roll(GUESTS), dice.roll(2));
                let state = ["denied", "granted"][dice.roll(2)];
                if hotel.consents(guest, SYSTEMS[dice.roll(2)], CHANNELS[channel], state) {
                    said.insert((guest, channel), state);
                }
            }
            4..6 => {
                hotel.luck = [Luck::Good, Luck::Mute, Luck::LostRequest][dice.roll(3)];
                hotel.deliver();
            }
            6 => hotel.merge(dice.roll(GUESTS), dice.roll(GUESTS)),
            _ => part_one(&mut dice, &mut hotel),
        }
        nobody_has_more_than_he_has_allowed(&hotel, &said);
    }
    hotel.luck = Luck::Good;
    while hotel.guests.iter().any(|guest| !hotel.world.is_live(*guest)) {
        part_one(&mut dice, &mut hotel);
        nobody_has_more_than_he_has_allowed(&hotel, &said);
    }
    hotel.world.settle_down();
    nobody_has_more_than_he_has_allowed(&hotel, &said);
}

/// Parts one of the aliases of a live record, if there is any.
fn part_one(dice: &mut Dice, hotel: &mut Hotel) {
    let is_outer = |guest: &&RecordId| match hotel.world.records[*guest].life {
        Life::MergedInto(main) => hotel.world.is_live(main),
        Life::Live | Life::Erased | Life::Retired => false,
    };
    let aliases: Vec<RecordId> = hotel.guests.iter().filter(is_outer).copied().collect();
    if !aliases.is_empty() {
        hotel.part(aliases[dice.roll(aliases.len())]);
    }
}

#[test]
fn i10_no_undo_loosens_what_a_guest_s_own_systems_have_said_last() {
    for seed in 0..PROGRAMS {
        assert!(std::panic::catch_unwind(|| run(seed)).is_ok(), "the program of seed {seed} went wrong");
    }
}
