//! A set, element by element: what was added, edited or removed here, against what the hub has of the same element.
//!
//! Elements are matched by the key of their form at the system, because a system that cuts an address short also
//! changes its key. An edit of an element beats its removal; a relay address is never an element of a person.

use litemap::LiteMap;

use super::hearing::{Field, Hearing};
use super::norm::Piece;
use super::policy::{self, Ruling};
use super::{decide, norm, references, target};
use crate::model::document::Held;
use crate::model::ids::ReviewId;
use crate::model::{Cell, CellSet, Element, Policy, Rule, Seen, Value, Verdict};

/// What was shown, by the keys of its form.
struct Shown {
    elements: LiteMap<Element, Showing>,
    unresolved: Vec<(Element, Held)>,
}

/// One element as it was read and as its form is.
#[derive(Clone)]
struct Showing {
    raw_key: Element,
    raw: Held,
    kept: Held,
}

/// One element that is not as the shadow says.
struct Change {
    key: Element,
    was: Option<Held>,
    is: Option<Showing>,
}

impl Change {
    /// The key of the element as it was read.
    fn name(&self) -> Element {
        self.is.as_ref().map_or(&self.key, |is| &is.raw_key).clone()
    }

    /// Whether the element now is as in a set that the hub has sent.
    fn is_in(&self, sent: &LiteMap<Element, Held>) -> bool {
        sent.get(&self.key) == self.is.as_ref().map(|is| &is.kept)
    }
}

/// Hears what a system says of a many-valued field that differs from its shadow as read.
pub(super) fn hear(hearing: &mut Hearing<'_, '_>, field: &Field<'_>, seen: &Seen, is_explicit: bool) {
    let none = LiteMap::new_vec();
    let elements = match seen {
        Seen::Empty => &none,
        Seen::Set(elements) => elements,
        Seen::Masked => return,
        Seen::One(_) => {
            return hearing.dispose(field, None, seen.clone(), decide::reject("one value in a set"));
        }
    };
    let shown = read(field, elements);
    let was = hearing.link.shadow.0.get(field.key).and_then(|shadow| shadow.known.elements());
    let changes = changes(was, &shown);
    let mut known: LiteMap<Element, Held> =
        shown.elements.into_iter().map(|(key, showing)| (key, showing.kept)).collect();
    if !shown.unresolved.is_empty() {
        known.extend(was.into_iter().flatten().map(|(key, held)| (key.clone(), held.clone())));
    }
    for (key, held) in shown.unresolved {
        hearing.dispose(field, Some(key), Seen::One(held), decide::reject(references::UNKNOWN));
    }
    if changes.is_empty() {
        return hearing.unchanged(field, Seen::Set(known));
    }
    let reviews = judge_all(hearing, field, changes, is_explicit, &mut known);
    if reviews.is_empty() {
        return hearing.know(field, Seen::Set(known));
    }
    let hub = hearing.record.fields.get(field.key);
    let hub = hub.and_then(|cells| target::target(field.def, field.capability, cells, None));
    hearing.know_in_review(field, Seen::Set(known), hub.unwrap_or(Seen::Empty), &reviews);
}

fn read(field: &Field<'_>, elements: &LiteMap<Element, Held>) -> Shown {
    let mut shown = Shown { elements: LiteMap::new_vec(), unresolved: Vec::new() };
    for (raw_key, held) in elements {
        if references::is_unresolved(&held.0) {
            shown.unresolved.push((raw_key.clone(), held.clone()));
        } else if let Some((key, kept)) = field.capability.form.element_shared(field.def, raw_key, held) {
            shown.elements.insert(key, Showing { raw_key: raw_key.clone(), raw: held.clone(), kept });
        }
    }
    shown
}

/// What differs from the shadow. While an element cannot be resolved, nothing counts as removed.
fn changes(was: Option<&LiteMap<Element, Held>>, shown: &Shown) -> Vec<Change> {
    let old = |key: &Element| was.and_then(|was| was.get(key));
    let mut changes: Vec<Change> = shown
        .elements
        .iter()
        .filter(|(key, showing)| old(key).is_none_or(|held| *held != showing.kept))
        .map(|(key, showing)| Change { key: key.clone(), was: old(key).cloned(), is: Some(showing.clone()) })
        .collect();
    if shown.unresolved.is_empty() {
        let removed = was.into_iter().flatten().filter(|(key, _)| !shown.elements.contains_key(*key));
        changes.extend(removed.map(|(key, held)| Change {
            key: key.clone(),
            was: Some(held.clone()),
            is: None,
        }));
    }
    changes
}

/// Judges every change and carries it out; gives the conflicts that wait for a human.
fn judge_all(
    hearing: &mut Hearing<'_, '_>,
    field: &Field<'_>,
    changes: Vec<Change>,
    is_explicit: bool,
    known: &mut LiteMap<Element, Held>,
) -> Vec<ReviewId> {
    let relays_came =
        changes.iter().any(|change| change.is.as_ref().is_some_and(|is| norm::is_relay(&is.raw)));
    let is_clearing = is_explicit && (!known.is_empty() || field.capability.clearable);
    let replaced = replaced(field, &changes);
    let hub = counterpieces(hearing, field);
    let sent = hearing.sent(field.key).and_then(Seen::elements).cloned();
    let mut reviews = Vec::new();
    for change in changes {
        if sent.as_ref().is_some_and(|sent| change.is_in(sent)) {
            hearing.dispose(field, Some(change.name()), observed(&change), Verdict::Adopted);
            continue;
        }
        let piece = hub.get(&change.key);
        let heard = Heard { change: &change, piece, relays_came, is_clearing };
        let ruling = heard.rule(hearing, field);
        let heir = replaced.as_ref().filter(|_| change.was.is_none()).and_then(|old| hub.get(old));
        let verdict = match ruling {
            Ended::Ruled(Ruling::Take(rule)) => {
                match poorer(hearing, field, &change, &hub, known) {
                    Some(poorer) => replace(hearing, field, &change, &poorer.key, rule),
                    None => take(hearing, field, &change, piece, heir, rule),
                }
                Verdict::Applied(rule)
            }
            Ended::Blended(value) => {
                let piece_key = piece.map_or(&change.key, |piece| &piece.key).clone();
                put(hearing, field, piece_key, Held::new(value), Rule::Element);
                Verdict::Applied(Rule::Element)
            }
            Ended::Agreed => Verdict::Adopted,
            Ended::Ruled(Ruling::Keep(rule)) => {
                Verdict::Superseded { by: said_by(hearing, field, piece), rule }
            }
            Ended::Ruled(Ruling::Ignore(why)) => Verdict::Ignored(why),
            Ended::Ruled(Ruling::Reject(why)) => decide::reject(why),
            Ended::Ruled(Ruling::Review) => {
                let element = piece.map_or(&change.key, |piece| &piece.key).clone();
                let review = hearing.open_conflict(field, Some(element), observed(&change));
                reviews.push(review);
                Verdict::Review(review)
            }
        };
        if hearing.puts_off(field, &verdict) {
            restore(known, &change);
        }
        hearing.dispose(field, Some(change.name()), observed(&change), verdict);
    }
    reviews
}

/// What became of one change.
enum Ended {
    /// The policy has ruled.
    Ruled(Ruling),
    /// The hub has it already.
    Agreed,
    /// Both sides' knowledge of the element is put together.
    Blended(Value),
}

/// One change with what bears on it.
struct Heard<'c> {
    change: &'c Change,
    piece: Option<&'c Piece>,
    relays_came: bool,
    is_clearing: bool,
}

impl Heard<'_> {
    fn rule(&self, hearing: &Hearing<'_, '_>, field: &Field<'_>) -> Ended {
        let (was, is) = (self.change.was.as_deref(), self.change.is.as_ref());
        if is.is_some_and(|is| norm::is_relay(&is.raw)) {
            return Ended::Ruled(Ruling::Keep(Rule::Quality));
        }
        if self.piece.map(|piece| &piece.kept) == is.map(|is| &*is.kept) {
            return Ended::Agreed;
        }
        if is.is_none() && self.relays_came {
            return Ended::Ruled(Ruling::Keep(Rule::Quality)); // The relay took its place; nobody removed it.
        }
        let hub_moved = self.piece.map(|piece| &piece.kept) != was;
        let cell = self.piece.and_then(|piece| hearing.record.elements(field.key)?.get(&piece.key));
        let observed = is.map(|is| &*is.raw);
        let contest = decide::contest(hearing, field, observed, cell, hub_moved, self.is_clearing);
        let ruling = hearing.rule(field, &contest);
        let is_set = matches!(field.rule.policy, Policy::Set | Policy::Append);
        let is_poorer = observed.is_some_and(|observed| decide::is_poorer(hearing, field, cell, observed));
        let ruling = if is_poorer { policy::prefer(ruling) } else { ruling };
        let is_judged = matches!(ruling, Ruling::Take(_) | Ruling::Keep(_) | Ruling::Review);
        if is_judged && is_set && !is_poorer && was.is_none() && self.piece.is_some() {
            // Added on both sides: what only one side knows of it is no contradiction.
            if let Some(both) = self.blend(cell).filter(|_| self.is_compatible(cell)) {
                return Self::blended(both, cell);
            }
        }
        match ruling {
            Ruling::Take(_) | Ruling::Review if is.is_none() && hub_moved && is_set => {
                Ended::Ruled(Ruling::Keep(Rule::Element))
            }
            Ruling::Take(Rule::OnlyChange) if is_set => Ended::Ruled(Ruling::Take(Rule::Element)),
            Ruling::Take(Rule::Fill) if is_set && was.is_some() => Ended::Ruled(Ruling::Take(Rule::Element)),
            Ruling::Review => self.blend(cell).map_or(Ended::Ruled(ruling), |both| Self::blended(both, cell)),
            Ruling::Take(_) | Ruling::Keep(_) | Ruling::Ignore(_) | Ruling::Reject(_) => Ended::Ruled(ruling),
        }
    }

    fn blended(both: Value, hub: Option<&Cell>) -> Ended {
        if Some(&both) == hub.and_then(target::value_of) {
            Ended::Ruled(Ruling::Keep(Rule::Element))
        } else {
            Ended::Blended(both)
        }
    }

    /// Whether the two sides say nothing that contradicts the other.
    fn is_compatible(&self, hub: Option<&Cell>) -> bool {
        let both = hub.and_then(target::value_of).zip(self.change.is.as_ref());
        both.is_some_and(|(hub, is)| norm::is_compatible(hub, &is.raw))
    }

    /// The same address or number with what either side knows about it; `None` for anything else.
    fn blend(&self, hub: Option<&Cell>) -> Option<Value> {
        norm::blend(target::value_of(hub?)?, &self.change.is.as_ref()?.raw)
    }
}

/// In a system with few slots, one element gone and one come is an edit of the slot: the new one takes the old one's
/// place, with whatever the system does not keep.
fn replaced(field: &Field<'_>, changes: &[Change]) -> Option<Element> {
    let came = changes.iter().filter(|change| change.was.is_none()).count();
    let mut gone = changes.iter().filter(|change| change.is.is_none());
    let first = gone.next()?;
    (field.capability.form.slots.is_some() && came == 1 && gone.next().is_none()).then(|| first.key.clone())
}

fn counterpieces(hearing: &Hearing<'_, '_>, field: &Field<'_>) -> LiteMap<Element, Piece> {
    let cells = hearing.record.elements(field.key);
    cells.map(|cells| norm::pieces(field.def, &field.capability.form, cells)).unwrap_or_default()
}

/// The element of the hub that is only what its own system could keep of a new one, and that this system does not hold
/// beside it: the new one is the fuller of the two and takes its place, as if it had been heard first.
fn poorer<'p>(
    hearing: &Hearing<'_, '_>,
    field: &Field<'_>,
    change: &Change,
    hub: &'p LiteMap<Element, Piece>,
    shown: &LiteMap<Element, Held>,
) -> Option<&'p Piece> {
    let is = change.is.as_ref().filter(|_| change.was.is_none() && !hub.contains_key(&change.key))?;
    let cells = hearing.record.elements(field.key)?;
    let is_poorer = |piece: &Piece| {
        let cell = cells.get(&piece.key)?;
        let origin = cell.provenance.system.as_ref().filter(|origin| *origin != hearing.now.system)?;
        let kind = hearing.rules.systems.get(origin)?.capabilities.kinds.get(&hearing.record.kind)?;
        let form = &kind.fields.get(field.key)?.form;
        let (at_origin, _) = norm::element(field.def, form, &is.raw_key, &is.raw)?;
        (cell.pinned_by.is_none() && at_origin == piece.key).then_some(())
    };
    let absent = hub.iter().filter(|(at_system, _)| !shown.contains_key(*at_system));
    absent.map(|(_, piece)| piece).find(|piece| is_poorer(piece).is_some())
}

/// Puts a new element into the place of a poorer one, with what was known of that one.
fn replace(hearing: &mut Hearing<'_, '_>, field: &Field<'_>, change: &Change, poorer: &Element, rule: Rule) {
    let Some(is) = &change.is else { return };
    let cells = hearing.record.elements(field.key);
    let known = cells.and_then(|cells| cells.get(poorer)).and_then(target::value_of);
    let is_compatible = known.is_some_and(|known| norm::is_compatible(known, &is.raw));
    let both = known.filter(|_| is_compatible).and_then(|known| norm::blend(&is.raw, known));
    let value = both.map_or_else(|| is.raw.clone(), Held::new);
    remove(hearing, field, poorer);
    put(hearing, field, is.raw_key.clone(), value, rule);
}

fn remove(hearing: &mut Hearing<'_, '_>, field: &Field<'_>, key: &Element) {
    if let Some(CellSet::Many(cells)) = hearing.change(field.key).fields.get_mut(field.key) {
        cells.remove(key);
    }
}

fn take(
    hearing: &mut Hearing<'_, '_>,
    field: &Field<'_>,
    change: &Change,
    piece: Option<&Piece>,
    heir: Option<&Piece>,
    rule: Rule,
) {
    let Some(is) = &change.is else {
        if let Some(piece) = piece {
            remove(hearing, field, &piece.key);
        }
        return;
    };
    let cells = hearing.record.elements(field.key);
    let model = piece.or(heir).and_then(|piece| cells?.get(&piece.key)).and_then(target::value_of);
    let value = norm::enriched(&is.raw, model, &field.capability.form);
    let key = piece.map_or(&is.raw_key, |piece| &piece.key).clone();
    put(hearing, field, key, value, rule);
}

/// Puts an element into the hub's set. At most one element is the primary one: a system that was known before moves
/// the mark, a first contact does not.
fn put(hearing: &mut Hearing<'_, '_>, field: &Field<'_>, key: Element, mut value: Held, rule: Rule) {
    let has_shadow = hearing.has_shadow(field.key);
    let is_other_primary = |(other, cell): (&Element, &Cell)| {
        *other != key && target::value_of(cell).is_some_and(norm::is_primary)
    };
    let primaries: Vec<Element> = hearing
        .record
        .elements(field.key)
        .filter(|_| norm::is_primary(&value))
        .into_iter()
        .flatten()
        .filter(|element| is_other_primary(*element))
        .map(|(key, _)| key.clone())
        .collect();
    if !primaries.is_empty() && !has_shadow {
        value = Held::new(norm::demoted(&value));
    }
    let cell = hearing.cell(Some(value), rule, hearing.evidence(field));
    let record = hearing.change(field.key);
    let cells = record.fields.entry(field.key.clone()).or_insert_with(|| CellSet::Many(LiteMap::new_vec()));
    if let CellSet::Many(cells) = cells {
        for primary in primaries.iter().filter(|_| has_shadow) {
            demote(cells, primary, &cell);
        }
        cells.insert(key, cell);
    } else {
        *cells = CellSet::Many(LiteMap::from_iter([(key, cell)]));
    }
}

fn demote(cells: &mut LiteMap<Element, Cell>, key: &Element, by: &Cell) {
    if let Some(cell) = cells.get_mut(key) {
        cell.value = target::value_of(cell).map(|value| Held::new(norm::demoted(value)));
        cell.provenance = std::sync::Arc::clone(&by.provenance);
    }
}

/// Leaves the shadow of an element as it was.
fn restore(known: &mut LiteMap<Element, Held>, change: &Change) {
    match &change.was {
        Some(held) => known.insert(change.key.clone(), held.clone()),
        None => known.remove(&change.key),
    };
}

fn said_by(
    hearing: &Hearing<'_, '_>,
    field: &Field<'_>,
    piece: Option<&Piece>,
) -> Option<crate::model::SystemId> {
    let cells = hearing.record.elements(field.key)?;
    cells.get(&piece?.key)?.provenance.system.clone()
}

fn observed(change: &Change) -> Seen {
    change.is.as_ref().map_or(Seen::Empty, |is| Seen::One(is.raw.clone()))
}
