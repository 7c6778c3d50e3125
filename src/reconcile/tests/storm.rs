//! A storm over one person who is known everywhere: edits, readings that come late, twice, in part or misshapen, false
//! news of a deletion, lost answers, operators, and then peace.

use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;

use super::delivery::Luck;
use super::natures::{Climate, FIELDS, PERSON, value};
use super::values::{remote_person, text};
use super::world::{Flight, World};
use crate::model::keys::SURNAME;
use crate::model::{
    CellSet, Document, ExternalId, FieldKey, LinkLife, Multiplicity, RecordId, Seen, Shape, SystemId,
};
use crate::reconcile::Outcome;

/// One thing that happens.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Edit {
        system: usize,
        field: usize,
        value: u8,
    },
    See {
        system: usize,
    },
    /// Somebody edits while the record is being read.
    SeeWhileEdited {
        system: usize,
        field: usize,
        value: u8,
    },
    SeePart {
        system: usize,
        field: usize,
    },
    /// A reading in which one field is not what such a field can be.
    SeeOdd {
        system: usize,
        field: usize,
    },
    /// The system begins to hide a field, or shows it again.
    Hide {
        system: usize,
        field: usize,
    },
    Keep {
        system: usize,
    },
    JudgeKept {
        at: usize,
    },
    JudgeLastAgain,
    Import {
        system: usize,
    },
    /// The system says that the record is not there, which it is.
    Say {
        system: usize,
        shape: u8,
    },
    /// An operator fixes a value, or lets it go.
    Pin {
        field: usize,
    },
    /// An operator answers a conflict.
    Answer {
        accept: bool,
    },
    Deliver {
        luck: u8,
    },
    Wait,
}

pub(super) fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let system = || 0_usize..5;
    let field = || 0_usize..FIELDS.len();
    let deed = prop_oneof![
        7 => (system(), field(), any::<u8>()).prop_map(|(system, field, value)| Deed::Edit { system, field, value }),
        4 => system().prop_map(|system| Deed::See { system }),
        2 => (system(), field(), any::<u8>())
            .prop_map(|(system, field, value)| Deed::SeeWhileEdited { system, field, value }),
        2 => (system(), field()).prop_map(|(system, field)| Deed::SeePart { system, field }),
        1 => (system(), field()).prop_map(|(system, field)| Deed::SeeOdd { system, field }),
        1 => (system(), field()).prop_map(|(system, field)| Deed::Hide { system, field }),
        2 => system().prop_map(|system| Deed::Keep { system }),
        2 => (0_usize..4).prop_map(|at| Deed::JudgeKept { at }),
        1 => Just(Deed::JudgeLastAgain),
        1 => system().prop_map(|system| Deed::Import { system }),
        1 => (system(), 0_u8..3).prop_map(|(system, shape)| Deed::Say { system, shape }),
        1 => field().prop_map(|field| Deed::Pin { field }),
        1 => any::<bool>().prop_map(|accept| Deed::Answer { accept }),
        4 => (0_u8..7).prop_map(|luck| Deed::Deliver { luck }),
        1 => Just(Deed::Wait),
    ];
    // Most storms are about few fields, so that what happens to one of them meets.
    (vec(deed, 1..40), vec(field(), 1..4), any::<bool>()).prop_map(|(mut deeds, few, is_narrow)| {
        if is_narrow {
            for deed in &mut deeds {
                deed.narrow(&few);
            }
        }
        deeds
    })
}

impl Deed {
    fn narrow(&mut self, few: &[usize]) {
        match self {
            Self::Edit { field, .. }
            | Self::SeeWhileEdited { field, .. }
            | Self::SeePart { field, .. }
            | Self::SeeOdd { field, .. }
            | Self::Hide { field, .. }
            | Self::Pin { field } => *field = few[*field % few.len()],
            Self::See { .. }
            | Self::Keep { .. }
            | Self::JudgeKept { .. }
            | Self::JudgeLastAgain
            | Self::Import { .. }
            | Self::Say { .. }
            | Self::Answer { .. }
            | Self::Deliver { .. }
            | Self::Wait => {}
        }
    }
}

/// A storm in a world with one person who is known everywhere.
#[derive(Debug, Clone)]
pub(super) struct Storm {
    pub(super) world: World,
    pub(super) ids: Vec<(SystemId, ExternalId)>,
    pub(super) record: RecordId,
    kept: Vec<Flight>,
    last: Option<Flight>,
}

impl Storm {
    pub(super) fn brewing(climate: &Climate) -> Self {
        let mut world = climate.world();
        let first = world.create("s0", PERSON, &[(SURNAME, Seen::one(text("Moreau")))]);
        world.settle_down();
        let record = world.record("s0", PERSON, &first).id;
        let name = |index| SystemId::new(format!("s{index}"));
        let ids = (0..climate.natures.len()).map(name).map(|system| {
            let id = world.counterpart(record, system.as_str()).expect("a counterpart everywhere");
            (system, id)
        });
        let ids = ids.collect();
        Self { world, ids, record, kept: Vec::new(), last: None }
    }

    pub(super) fn at(&self, system: usize) -> (String, ExternalId) {
        let (system, id) = &self.ids[system % self.ids.len()];
        (system.as_str().to_owned(), id.clone())
    }

    fn judge(&mut self, flight: Flight) -> Outcome {
        let outcome = self.world.judge(&flight);
        self.last = Some(flight);
        outcome
    }

    /// Lets one thing happen; gives what an observation meant, if it was one.
    pub(super) fn happen(&mut self, deed: &Deed) -> Option<(Flight, Outcome)> {
        let outcome = match deed {
            Deed::Edit { system, field, value: number } => {
                let ((system, id), field) = (self.at(*system), &FIELDS[*field]);
                self.world.edit(&system, PERSON, &id, field, value(field, *number));
                return None;
            }
            Deed::See { system } => {
                let flight = self.fetch(*system);
                self.judge(flight)
            }
            Deed::SeeWhileEdited { system, field, value: number } => {
                let ((name, id), key) = (self.at(*system), &FIELDS[*field]);
                let (begun, epoch) = (self.world.now(), self.world.remote(&name).epoch);
                self.world.edit(&name, PERSON, &id, key, value(key, *number));
                let flight = Flight { fetched_at: begun, epoch, ..self.fetch(*system) };
                self.judge(flight)
            }
            Deed::SeePart { system, field } => {
                let mut flight = self.fetch(*system);
                flight.observation.shape = Shape::Partial;
                let seen = flight.observation.document.get(&FIELDS[*field]).cloned();
                flight.observation.document =
                    Document::new().with(FIELDS[*field].clone(), seen.unwrap_or(Seen::Empty));
                self.judge(flight)
            }
            Deed::SeeOdd { system, field } => {
                let mut flight = self.fetch(*system);
                flight.observation.document.insert(FIELDS[*field].clone(), self.odd(&FIELDS[*field]));
                self.judge(flight)
            }
            Deed::Import { system } => {
                let mut flight = self.fetch(*system);
                flight.observation.origin = crate::model::Origin::History;
                self.judge(flight)
            }
            Deed::Say { system, shape } => {
                let mut flight = self.fetch(*system);
                flight.observation.document = Document::new();
                flight.observation.shape =
                    [Shape::Absent, Shape::Deleted, Shape::NotFound][usize::from(*shape)].clone();
                self.judge(flight)
            }
            Deed::JudgeKept { at } => {
                let flight = self.kept.get(*at).cloned()?;
                self.judge(flight)
            }
            Deed::JudgeLastAgain => self.last.clone().map(|flight| self.judge(flight))?,
            Deed::Keep { system } => {
                let flight = self.fetch(*system);
                self.kept.push(flight);
                return None;
            }
            Deed::Hide { .. }
            | Deed::Pin { .. }
            | Deed::Answer { .. }
            | Deed::Deliver { .. }
            | Deed::Wait => {
                self.intervene(deed);
                return None;
            }
        };
        Some((self.last.clone()?, outcome))
    }

    /// What happens at the hub, or with a system as a whole.
    fn intervene(&mut self, deed: &Deed) {
        match deed {
            Deed::Hide { system, field } => {
                let (system, _) = self.at(*system);
                let hides = &mut self.world.remote(&system).hides;
                if !hides.remove(&FIELDS[*field]) {
                    hides.insert(FIELDS[*field].clone());
                }
            }
            Deed::Pin { field } => self.pin(&FIELDS[*field]),
            Deed::Answer { accept } => {
                let waiting = self.world.reviews.keys().next().copied();
                if let Some(review) = waiting {
                    self.world.answer(review, *accept);
                }
            }
            Deed::Deliver { luck } => self.deliver(*luck),
            Deed::Wait => self.world.wait(90),
            Deed::Edit { .. }
            | Deed::See { .. }
            | Deed::SeeWhileEdited { .. }
            | Deed::SeePart { .. }
            | Deed::SeeOdd { .. }
            | Deed::Keep { .. }
            | Deed::JudgeKept { .. }
            | Deed::JudgeLastAgain
            | Deed::Import { .. }
            | Deed::Say { .. } => {}
        }
    }

    fn fetch(&mut self, system: usize) -> Flight {
        let (system, id) = self.at(system);
        self.world.fetch(&system, PERSON, &id)
    }

    /// Something that a field of this multiplicity cannot hold, or a reference to nobody.
    fn odd(&self, field: &FieldKey) -> Seen {
        let def = self.world.rules.registry.field(PERSON, field).expect("a declared field");
        match def.multiplicity {
            Multiplicity::One if *field == SURNAME => Seen::one(remote_person("nobody")),
            Multiplicity::One => Seen::set([("odd".into(), text("odd"))]),
            Multiplicity::Many(_) => Seen::one(text("odd")),
        }
    }

    fn pin(&mut self, field: &FieldKey) {
        let mut record = self.world.records[&self.record].clone();
        if let Some(CellSet::One(cell)) = record.fields.get_mut(field) {
            cell.pinned_by = match cell.pinned_by {
                Some(_) => None,
                None => Some("olga".into()),
            };
            self.world.put(record);
            for (system, _) in self.ids.clone() {
                self.world.mark(self.record, &system, crate::model::Lane::Live);
            }
        }
    }

    fn deliver(&mut self, luck: u8) {
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

    pub(super) fn rage(&mut self, deeds: &[Deed]) {
        for deed in deeds {
            self.happen(deed);
        }
    }

    /// Nothing is hidden any more.
    pub(super) fn calm(&mut self) {
        self.world.remotes.values_mut().for_each(|remote| remote.hides.clear());
    }

    /// The systems whose counterpart takes part: it exists as far as the hub knows, and shows whom it is known to show.
    pub(super) fn members(&self) -> BTreeSet<SystemId> {
        let is_in = |(system, id): &&(SystemId, ExternalId)| {
            let link = self.world.link_of(system, PERSON, id);
            link.is_some_and(|link| matches!(link.life, LinkLife::Live | LinkLife::Suspect(_)))
        };
        self.ids.iter().filter(is_in).map(|(system, _)| system.clone()).collect()
    }
}
