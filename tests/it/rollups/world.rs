//! A hub without systems, its persons and reservations, and a count of them by hand to compare with.

use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

use cardex::clock::Clock;
use cardex::hub::Hub;
use cardex::model::document::Held;
use cardex::model::record::Evidence;
use cardex::model::value::{Choice, Money};
use cardex::model::{
    Cell, CellSet, FieldKey, Life, Provenance, Record, RecordId, RecordKind, Reference, Rule, Value, fields,
    keys,
};
use cardex::reconcile::Rules;
use cardex::rollup;
use cardex::store::{Commit, Recount};

use crate::support::hub::Hub as Memory;

/// What a test changes and counts.
pub(super) struct World {
    pub(super) hub: Hub,
    _memory: Memory,
}

/// A reservation in short.
#[derive(Debug, Clone)]
pub(super) struct Stay {
    pub(super) holder: Option<RecordId>,
    pub(super) status: &'static str,
    pub(super) channel: &'static str,
    pub(super) arrives: NaiveDate,
    pub(super) nights: u64,
    pub(super) total: (i64, &'static str),
}

impl Stay {
    /// Three nights that somebody has stayed.
    pub(super) fn of(holder: RecordId) -> Self {
        let arrives = "2026-05-01".parse().expect("a day");
        Self {
            holder: Some(holder),
            status: "checked_out",
            channel: "web",
            arrives,
            nights: 3,
            total: (100, "EUR"),
        }
    }

    /// The record with the fields of this stay.
    pub(super) fn put(&self, mut record: Record) -> Record {
        let departs = self.arrives.checked_add_days(Days::new(self.nights)).expect("a day");
        let (amount_minor, currency) = self.total;
        let holder = self.holder.map(|id| Value::Reference(Reference::Record(RecordKind::Person, id)));
        let booked = self.arrives.and_time(chrono::NaiveTime::MIN).and_utc() - chrono::TimeDelta::days(10);
        let fields = [
            (keys::HOLDER, holder),
            (keys::STATUS, Some(Value::Choice(Choice::Known(self.status.into())))),
            (keys::CHANNEL, Some(Value::Choice(Choice::Known(self.channel.into())))),
            (keys::PROPERTY, Some(Value::Text("Alba".to_owned()))),
            (keys::ARRIVES_ON, Some(Value::Date(self.arrives))),
            (keys::DEPARTS_ON, Some(Value::Date(departs))),
            (keys::BOOKED_AT, Some(Value::Instant(booked))),
            (keys::TOTAL, Some(Value::Money(Money { amount_minor, currency: currency.into() }))),
        ];
        for (field, value) in fields {
            record.fields.insert(field, CellSet::One(cell(value)));
        }
        record
    }
}

fn cell(value: Option<Value>) -> Cell {
    let at = DateTime::UNIX_EPOCH;
    let provenance = Provenance {
        system: None,
        observation: None,
        actor: None,
        rule: Rule::FirstContact,
        at,
        evidence: Evidence { after: None, until: at },
    };
    Cell { value: value.map(Held::new), provenance: Arc::new(provenance), pinned_by: None }
}

impl World {
    pub(super) fn of(memory: Memory) -> Self {
        let rules = Rules { registry: fields::standard(), ..Rules::default() };
        let hub = Hub {
            store: memory.store.clone(),
            rules: Arc::new(rules),
            clock: Clock::system(),
            systems: Arc::default(),
            matching: Arc::default(),
        };
        Self { hub, _memory: memory }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.hub.clock.now()
    }

    /// Stores records as one commit.
    pub(super) async fn store(&self, records: Vec<Record>, recount: Recount) {
        let commit = Commit { now: self.now(), records, recount, ..Commit::default() };
        self.hub.store.commit(commit).await.expect("a commit");
    }

    /// Somebody new.
    pub(super) async fn person(&self) -> RecordId {
        let person = Record::new(RecordId::new(Uuid::now_v7()), RecordKind::Person);
        let id = person.id;
        self.store(vec![person], Recount::Soon).await;
        id
    }

    /// A new reservation.
    pub(super) async fn book(&self, stay: &Stay, recount: Recount) -> RecordId {
        let record = stay.put(Record::new(RecordId::new(Uuid::now_v7()), RecordKind::Reservation));
        let id = record.id;
        self.store(vec![record], recount).await;
        id
    }

    /// Another version of a reservation.
    pub(super) async fn change(&self, id: RecordId, stay: &Stay, recount: Recount) {
        let record = stay.put(self.record(id).await);
        self.store(vec![record], recount).await;
    }

    pub(super) async fn set_life(&self, id: RecordId, life: Life) {
        let record = Record { life, ..self.record(id).await };
        self.store(vec![record], Recount::Soon).await;
    }

    pub(super) async fn record(&self, id: RecordId) -> Record {
        self.hub.store.records(&[id]).await.expect("records").pop().expect("the record")
    }

    /// Counts everything that is marked, and says how many persons have changed.
    pub(super) async fn count(&self) -> usize {
        let mut changed = 0;
        loop {
            let counted = rollup::work(&self.hub, None).await.expect("it counts");
            changed += counted.changed;
            if counted.persons == 0 {
                return changed;
            }
        }
    }

    /// The roll-ups of a person in one line; what is empty or zero is as good as absent.
    pub(super) async fn roll_ups(&self, id: RecordId) -> String {
        let record = self.record(id).await;
        let one = |field: &FieldKey| match record.value(field) {
            Some(Value::Integer(number)) => number.to_string(),
            Some(Value::Date(day)) => day.to_string(),
            Some(Value::Decimal(text)) => text.clone(),
            Some(other) => panic!("{field}: {other:?}"),
            None => "0".to_owned(),
        };
        let set = |field: &FieldKey| {
            let cells = record.elements(field).into_iter().flatten();
            let parts = cells.map(|(element, cell)| match cell.value.as_ref().map(|held| &*held.0) {
                Some(Value::Entry(parts)) => match (parts.get("amount"), parts.get("stays")) {
                    (Some(Value::Money(money)), _) => format!("{} {element}", money.amount_minor),
                    (_, Some(Value::Integer(stays))) => format!("{stays} {element}"),
                    _ => panic!("{field}"),
                },
                _ => panic!("{field}"),
            });
            parts.collect::<Vec<_>>().join("+")
        };
        let fields = [keys::STAYS, keys::NIGHTS, keys::NO_SHOWS, keys::CANCELLATIONS];
        let days = [keys::FIRST_STAY_ON, keys::LAST_STAY_ON, keys::NEXT_ARRIVAL_ON];
        let mut words: Vec<String> = fields.iter().chain(&days).map(one).collect();
        words.extend([keys::LIFETIME_VALUE, keys::CHANNELS_USED].iter().map(set));
        words.join(" ")
    }

    /// The same of every live person who has a reservation, counted by hand from the records as they are.
    pub(super) async fn by_hand(&self) -> BTreeMap<RecordId, String> {
        let stays =
            self.hub.store.live_records(RecordKind::Reservation, None, 10_000).await.expect("records");
        let holder = |stay: &Record| match stay.value(&keys::HOLDER) {
            Some(Value::Reference(Reference::Record(_, id))) => Some(*id),
            _ => None,
        };
        let holders: Vec<RecordId> = stays.iter().filter_map(holder).collect();
        let roots = self.hub.store.roots(&holders).await.expect("roots");
        let mut by_person: BTreeMap<RecordId, ByHand> = BTreeMap::new();
        let today = self.now().date_naive().pred_opt().expect("a day");
        for stay in &stays {
            if let Some(root) = holder(stay).and_then(|id| roots.get(&id)) {
                by_person.entry(*root).or_default().add(stay, today);
            }
        }
        by_person.into_iter().map(|(id, by_hand)| (id, by_hand.line())).collect()
    }
}

/// A count of one reservation after the other.
#[derive(Default)]
struct ByHand {
    stays: i64,
    nights: i64,
    no_shows: i64,
    cancellations: i64,
    days: Vec<(NaiveDate, NaiveDate)>,
    coming: Vec<NaiveDate>,
    value: BTreeMap<String, i64>,
    channels: BTreeMap<String, i64>,
}

impl ByHand {
    fn add(&mut self, stay: &Record, today: NaiveDate) {
        let text = |field: &FieldKey| stay.value(field).and_then(Value::as_text).expect("a word").to_owned();
        let day = |field: &FieldKey| match stay.value(field) {
            Some(Value::Date(day)) => *day,
            _ => panic!("no day"),
        };
        let (arrives, departs) = (day(&keys::ARRIVES_ON), day(&keys::DEPARTS_ON));
        match text(&keys::STATUS).as_str() {
            "no_show" => self.no_shows += 1,
            "cancelled" => self.cancellations += 1,
            "checked_out" | "in_house" => {
                self.stays += 1;
                self.nights += (departs - arrives).num_days();
                self.days.push((arrives, departs));
                let Some(Value::Money(total)) = stay.value(&keys::TOTAL) else { panic!("no total") };
                *self.value.entry(total.currency.to_string()).or_default() += total.amount_minor;
                *self.channels.entry(text(&keys::CHANNEL)).or_default() += 1;
            }
            _ if arrives >= today => self.coming.push(arrives),
            _ => {}
        }
    }

    fn line(self) -> String {
        let day = |day: Option<NaiveDate>| day.map_or_else(|| "0".to_owned(), |day| day.to_string());
        let set = |of: BTreeMap<String, i64>| {
            of.iter().map(|(name, n)| format!("{n} {}", name.to_lowercase())).collect::<Vec<_>>().join("+")
        };
        let first = day(self.days.iter().map(|(arrives, _)| *arrives).min());
        let last = day(self.days.iter().map(|(_, departs)| *departs).max());
        let next = day(self.coming.into_iter().min());
        let Self { stays, nights, no_shows, cancellations, .. } = self;
        let (value, channels) = (set(self.value), set(self.channels));
        format!("{stays} {nights} {no_shows} {cancellations} {first} {last} {next} {value} {channels}")
    }
}
