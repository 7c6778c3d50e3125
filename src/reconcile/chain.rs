//! Two reservations that stand for one stay: legs of one chain, exactly one of which is the active one.

use chrono::{DateTime, NaiveDate, Utc};
use std::sync::Arc;

use super::{Rules, mail_gate};
use crate::model::document::Held;
use crate::model::record::Evidence;
use crate::model::{
    Cell, CellSet, FieldKey, ObservationId, Provenance, Record, RecordKind, Rule, Value, keys,
};

/// Makes `successor` the active leg of the chain of `former`, which steps back; gives both as they are then.
///
/// A leg that has stepped back is no stay, and nobody is written to about it. `None` when it is so already, or the two
/// are no two reservations.
pub fn succeed(
    rules: &Rules,
    former: &Record,
    successor: &Record,
    closed: Option<NaiveDate>,
    entry: ObservationId,
    now: DateTime<Utc>,
) -> Option<[Record; 2]> {
    if former.id == successor.id || [former, successor].iter().any(|leg| leg.kind != RecordKind::Reservation)
    {
        return None;
    }
    let provenance = |rule| {
        let evidence = Evidence { after: None, until: now };
        Arc::new(Provenance { system: None, observation: Some(entry), actor: None, rule, at: now, evidence })
    };
    let (decided, derived) = (provenance(Rule::Operator), provenance(Rule::Derived));
    let chain = former.value(&keys::CHAIN).cloned().unwrap_or_else(|| Value::Text(former.id.to_string()));
    let (mut one, mut other) = (former.clone(), successor.clone());
    let mut moved = false;
    for (leg, is_active) in [(&mut one, false), (&mut other, true)] {
        moved |= put(leg, keys::CHAIN, chain.clone(), &decided);
        moved |= put(leg, keys::ACTIVE_LEG, Value::Bool(is_active), &derived);
        mail_gate::refresh(rules, leg, closed, &derived);
    }
    moved.then_some([one, other])
}

/// Whether the reservation stands for its stay.
pub(super) fn is_active(record: &Record) -> bool {
    record.value(&keys::ACTIVE_LEG) != Some(&Value::Bool(false))
}

fn put(record: &mut Record, field: FieldKey, value: Value, provenance: &Arc<Provenance>) -> bool {
    if record.value(&field) == Some(&value) {
        return false;
    }
    let cell = Cell { value: Some(Held::new(value)), provenance: Arc::clone(provenance), pinned_by: None };
    record.fields.insert(field, CellSet::One(cell));
    true
}
