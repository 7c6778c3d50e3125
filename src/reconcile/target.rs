//! What a system would hold of a field if it held the hub's value: the target of every write.

use litemap::LiteMap;
use std::collections::BTreeSet;

use super::{Rules, SystemRules, norm, policy};
use crate::model::document::Held;
use crate::model::field::FieldDef;
use crate::model::ids::ReviewId;
use crate::model::link::{Blocked, ShadowField};
use crate::model::{
    Audience, Cell, CellSet, Element, FieldCapability, Record, RecordKind, Seen, SystemClass, Value,
};

/// How the reason of a block starts that waits for a human.
const UNDER_REVIEW: &str = "review ";

/// What the system would hold; `None` when the hub has nothing to say there.
///
/// A cleared value is a target only where the system can clear. A relay address that the system holds stays there as
/// long as it has room for it: it belongs to a booking of that system.
pub(super) fn target(
    def: &FieldDef,
    capability: &FieldCapability,
    cells: &CellSet,
    shadow: Option<&Seen>,
) -> Option<Seen> {
    let wanted = match cells {
        CellSet::One(cell) => norm::one(def, &capability.form, value_of(cell)),
        CellSet::Many(elements) => Seen::Set(fit(def, capability, elements, shadow.and_then(Seen::elements))),
    };
    (capability.clearable || !norm::is_nothing(&wanted)).then_some(wanted)
}

/// The elements that the system has room for: primary ones first, then those that it holds already, then the rest.
fn fit(
    def: &FieldDef,
    capability: &FieldCapability,
    elements: &LiteMap<Element, Cell>,
    shadow: Option<&LiteMap<Element, Held>>,
) -> LiteMap<Element, Held> {
    let pieces = norm::pieces(def, &capability.form, elements).into_iter();
    let own = pieces.filter(|(_, piece)| !norm::is_relay(&piece.kept));
    let mut wanted: Vec<(bool, bool, Element, Held)> = own
        .map(|(key, piece)| {
            let is_held = shadow.is_some_and(|shadow| shadow.contains_key(&key));
            (!piece.is_primary, !is_held, key, Held::new(piece.kept))
        })
        .collect();
    let relays = shadow.into_iter().flatten().filter(|(_, held)| norm::is_relay(&held.0));
    let room = capability.form.slots.unwrap_or(usize::MAX);
    if wanted.len() > room {
        wanted.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
        wanted.truncate(room);
    }
    let free = room - wanted.len();
    let mut fitted: LiteMap<_, _> = wanted.into_iter().map(|(_, _, key, held)| (key, held)).collect();
    fitted.extend(relays.take(free).map(|(key, held)| (key.clone(), held.clone())));
    fitted
}

/// Whether the field may be written to the system at all, whatever its value.
pub(super) fn may_write(
    rules: &Rules,
    system: &SystemRules,
    kind: RecordKind,
    def: &FieldDef,
    cells: Option<&CellSet>,
) -> bool {
    let audience = match def.audience {
        Audience::All => true,
        Audience::Internal => system.internal,
        Audience::SpecialCategory => system.purpose.is_some(),
    };
    audience && may_go(rules, system.class, kind, def, cells)
}

fn may_go(
    rules: &Rules,
    class: SystemClass,
    kind: RecordKind,
    def: &FieldDef,
    cells: Option<&CellSet>,
) -> bool {
    let direction = rules.field_rule(kind, def).direction;
    let came_from = |cell: &Cell| cell.provenance.system.as_ref().and_then(|system| rules.class(system));
    match cells {
        None => policy::may_go(direction, None, class),
        Some(CellSet::One(cell)) => policy::may_go(direction, came_from(cell), class),
        Some(CellSet::Many(cells)) => {
            let origins: BTreeSet<_> = cells.values().map(came_from).collect();
            origins.is_empty() && policy::may_go(direction, None, class)
                || origins.into_iter().any(|origin| policy::may_go(direction, origin, class))
        }
    }
}

/// Whether a target must not be sent: the system has refused it, or a human has still to decide.
pub(super) fn is_blocked(shadow: &ShadowField, target: &Seen, cells: &CellSet) -> bool {
    shadow.blocked.as_ref().is_some_and(|blocked| {
        if is_under_review(blocked) { !is_pinned(cells) } else { norm::same(&blocked.target, target) }
    })
}

fn is_pinned(cells: &CellSet) -> bool {
    match cells {
        CellSet::One(cell) => cell.pinned_by.is_some(),
        CellSet::Many(cells) => cells.values().any(|cell| cell.pinned_by.is_some()),
    }
}

/// The block of a field whose conflict waits for a human: both sides keep what they have.
pub(super) fn in_review(target: Seen, reviews: &[ReviewId]) -> Blocked {
    let ids: Vec<String> = reviews.iter().map(ToString::to_string).collect();
    Blocked { target, reason: format!("{UNDER_REVIEW}{}", ids.join(" ")) }
}

/// Whether the block waits for a human.
pub(super) fn is_under_review(blocked: &Blocked) -> bool {
    blocked.reason.starts_with(UNDER_REVIEW)
}

/// The reviews that a block waits for.
pub(super) fn reviews_of(blocked: &Blocked) -> Vec<ReviewId> {
    let ids = blocked.reason.strip_prefix(UNDER_REVIEW).unwrap_or_default();
    ids.split(' ').filter_map(ReviewId::parse).collect()
}

/// Whether the system holds something else than it should, in a field that may be written.
pub(super) fn is_off(
    rules: &Rules,
    system: &SystemRules,
    record: &Record,
    def: &FieldDef,
    shadow: Option<&ShadowField>,
) -> bool {
    let Some(capability) =
        system.capabilities.kinds.get(&record.kind).and_then(|kind| kind.fields.get(&def.key))
    else {
        return false;
    };
    let Some(cells) = record.fields.get(&def.key) else { return false };
    if !capability.write || def.passive || !may_write(rules, system, record.kind, def, Some(cells)) {
        return false;
    }
    let known = shadow.map(|shadow| &shadow.known);
    let Some(target) = target(def, capability, cells, known) else { return false };
    let differs = known.map_or(!norm::is_nothing(&target), |known| !norm::same(known, &target));
    differs && !shadow.is_some_and(|shadow| is_blocked(shadow, &target, cells))
}

/// The value of a cell.
pub(super) fn value_of(cell: &Cell) -> Option<&Value> {
    cell.value.as_deref()
}
