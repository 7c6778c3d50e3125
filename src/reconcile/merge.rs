//! Two records become one. The other becomes an alias of the main one; nothing is copied that has a key of its own.
//!
//! Reservations, memberships, certificates and links keep pointing at the record that they were linked to and reach
//! the main one through the alias, so counts and sums are conserved and a split is exact. Only the cells of the two
//! profiles are put together.

use litemap::LiteMap;
use std::collections::BTreeSet;

use super::survivorship::{self, Contest};
use super::{Rules, norm};
use crate::model::journal::Event;
use crate::model::{
    Cell, CellSet, Element, FieldKey, Life, Link, LinkLife, Record, RecordId, RecordKind, Role, Rule, Value,
};

/// One of the two records of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that stays.
    Main,
    /// The one that becomes an alias.
    Other,
}

/// What an operator has chosen for one field, or for one element of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The field.
    pub field: FieldKey,
    /// The element; `None` chooses the whole field: of a set, that side's elements and no others.
    pub element: Option<Element>,
    /// Whose value stays.
    pub side: Side,
}

/// Two records as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The main record with the cells of both.
    pub main: Record,
    /// The other, an alias of it now; its cells stay readable.
    pub other: Record,
    /// What the journal keeps, so that a split is exact.
    pub event: Event,
    /// The fields of the main record that moved: whoever holds them is due.
    pub moved: Vec<FieldKey>,
}

/// Why two records cannot become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MergeRefused {
    /// A person is no company.
    #[error("the records are of different kinds")]
    DifferentKinds,
    /// Reservations, memberships and certificates keep their own keys.
    #[error("only persons, companies and agencies can be merged")]
    NotAProfile,
    /// It is one record already.
    #[error("the records are one already")]
    Same,
    /// One of them is erased, retired or an alias.
    #[error("one of the records is not in use")]
    NotLive,
    /// A certificate of one of them is being redeemed.
    #[error("a certificate is being redeemed")]
    CertificateInUse,
    /// One of them has a folio in house.
    #[error("a folio is in house")]
    FolioInHouse,
}

/// Makes `other` an alias of `main`.
///
/// Per field: the operator's choice, where the field leaves him one; else a pinned cell; else the rules of
/// `survivorship`. Sets are united. `hindrance` is what the caller found among the reservations and certificates of the
/// two.
///
/// # Errors
/// [`MergeRefused`] says why the two stay two.
pub fn merge(
    rules: &Rules,
    main: &Record,
    other: &Record,
    choices: &[Choice],
    hindrance: Option<MergeRefused>,
) -> Result<Merged, MergeRefused> {
    check(main, other)?;
    hindrance.map_or(Ok(()), Err)?;
    let mut merged = main.clone();
    let (mut moved, mut left_out) = (Vec::new(), Vec::new());
    for (field, cells) in &other.fields {
        let Some(contest) = Contest::of(rules, field, [main, other]) else { continue };
        let of_field = || choices.iter().filter(|choice| choice.field == *field && contest.leaves_a_choice());
        let survivors = match (main.fields.get(field), cells) {
            (None, cells) => Some(surviving(cells)),
            (Some(CellSet::One(mine)), CellSet::One(theirs)) => {
                let chosen = of_field().map(|choice| choice.side).next();
                let side = chosen.unwrap_or_else(|| contest.better(mine, theirs));
                (side == Side::Other && mine.value != theirs.value).then(|| CellSet::One(survivor(theirs)))
            }
            (Some(CellSet::Many(mine)), CellSet::Many(theirs)) => {
                let chosen = |element: &Element| {
                    let exact = of_field().find(|choice| choice.element.as_ref() == Some(element));
                    exact
                        .or_else(|| of_field().find(|choice| choice.element.is_none()))
                        .map(|choice| choice.side)
                };
                let united = unite(&contest, mine, theirs, &chosen);
                let had = mine.keys().chain(theirs.keys()).filter(|element| !united.contains_key(*element));
                left_out.extend(had.map(|element| (field.clone(), element.clone())));
                (united != *mine).then_some(CellSet::Many(united))
            }
            (Some(_), _) => None,
        };
        if let Some(survivors) = survivors {
            merged.fields.insert(field.clone(), survivors);
            moved.push(field.clone());
        }
    }
    let alias = Record { life: Life::MergedInto(main.id), ..other.clone() };
    let (main_before, other_before) = (Box::new(main.clone()), Box::new(other.clone()));
    let event = Event::Merged { main_before, other_before, left_out };
    Ok(Merged { main: merged, other: alias, event, moved })
}

/// What an operator has chosen among several records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// The field.
    pub field: FieldKey,
    /// The element; `None` chooses the whole field.
    pub element: Option<Element>,
    /// Whose value stays.
    pub from: RecordId,
}

/// Several records as one.
#[derive(Debug, Clone, PartialEq)]
pub struct MergedAll {
    /// The main record with the cells of all.
    pub main: Record,
    /// The others, aliases of it now, in the order in which they went into it.
    pub others: Vec<Record>,
    /// What the journal keeps of each.
    pub events: Vec<Event>,
    /// The fields of the main record that moved.
    pub moved: BTreeSet<FieldKey>,
}

/// Makes aliases of `main` of all `others`, one after the other.
///
/// # Errors
/// As [`merge`]; then all of them stay.
pub fn merge_all(
    rules: &Rules,
    main: &Record,
    others: &[Record],
    picks: &[Pick],
    hindrance: Option<MergeRefused>,
) -> Result<MergedAll, MergeRefused> {
    let mut picks = picks.to_vec();
    picks.extend(survivorship::best_names(rules, main, others, &picks));
    let mut all = MergedAll { main: main.clone(), others: vec![], events: vec![], moved: BTreeSet::new() };
    for other in others {
        let choice = |pick: &Pick| Choice {
            field: pick.field.clone(),
            element: pick.element.clone(),
            side: if pick.from == other.id { Side::Other } else { Side::Main },
        };
        let choices: Vec<Choice> = picks.iter().map(choice).collect();
        let merged = merge(rules, &all.main, other, &choices, hindrance)?;
        all.main = merged.main;
        all.others.push(merged.other);
        all.events.push(merged.event);
        all.moved.extend(merged.moved);
    }
    Ok(all)
}

fn check(main: &Record, other: &Record) -> Result<(), MergeRefused> {
    if main.id == other.id {
        return Err(MergeRefused::Same);
    }
    if main.kind != other.kind {
        return Err(MergeRefused::DifferentKinds);
    }
    match main.kind {
        RecordKind::Person | RecordKind::Company | RecordKind::Agency => {}
        RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => {
            return Err(MergeRefused::NotAProfile);
        }
    }
    if main.life == Life::Live && other.life == Life::Live { Ok(()) } else { Err(MergeRefused::NotLive) }
}

/// The union of two sets, as far as nothing else was chosen, with one primary element.
fn unite(
    contest: &Contest<'_>,
    mine: &LiteMap<Element, Cell>,
    theirs: &LiteMap<Element, Cell>,
    chosen: &dyn Fn(&Element) -> Option<Side>,
) -> LiteMap<Element, Cell> {
    let mut united = mine.clone();
    let is_ours =
        |element: &Element, _: &Cell| chosen(element) != Some(Side::Other) || theirs.contains_key(element);
    united.retain(is_ours);
    for (element, cell) in theirs {
        let takes = match (mine.get(element), chosen(element)) {
            (_, Some(side)) => side == Side::Other,
            (None, None) => true,
            (Some(own), None) => own.value != cell.value && contest.better(own, cell) == Side::Other,
        };
        if takes {
            united.insert(element.clone(), survivor(cell));
        }
    }
    let best = survivorship::primary(&united, mine);
    for (element, cell) in united.iter_mut() {
        if is_primary(cell) && Some(element) != best.as_ref() {
            demote(cell);
        }
    }
    united
}

fn surviving(cells: &CellSet) -> CellSet {
    match cells {
        CellSet::One(cell) => CellSet::One(survivor(cell)),
        CellSet::Many(cells) => {
            CellSet::Many(cells.iter().map(|(key, cell)| (key.clone(), survivor(cell))).collect())
        }
    }
}

/// The cell with its own origin, and the merge as the rule that brought it here.
fn survivor(cell: &Cell) -> Cell {
    let mut provenance = cell.provenance.as_ref().clone();
    provenance.rule = Rule::Survivor;
    Cell { provenance: provenance.into(), ..cell.clone() }
}

pub(super) fn value(cell: &Cell) -> Option<&Value> {
    cell.value.as_deref()
}

pub(super) fn is_primary(cell: &Cell) -> bool {
    value(cell).is_some_and(norm::is_primary)
}

fn demote(cell: &mut Cell) {
    cell.value = value(cell).map(|value| crate::model::document::Held::new(norm::demoted(value)));
}

/// The links that give up their place after a merge, as they are then: of the primary links of the merged record, one
/// per system stays the one that is written to. `is_losing` tells the links of the alias.
///
/// A counterpart that exists goes before one that is being created or in doubt, and one of the main record before one
/// of its alias.
pub fn yielding(links: &[Link], is_losing: &dyn Fn(&Link) -> bool) -> Vec<Link> {
    let mut held: Vec<&Link> = links.iter().filter(|link| link.holds_place()).collect();
    held.sort_by_key(|link| (!link.is_writable(), is_losing(link), link.id));
    let mut places = BTreeSet::new();
    held.retain(|link| !places.insert((&link.system, link.kind)));
    held.into_iter().map(|link| Link { role: Role::Secondary, ..link.clone() }).collect()
}

/// The links that take a place up again once a merge is undone, as they are then: of the links of one record, the one to
/// write to of each system that has none any more.
pub fn resuming(links: &[Link]) -> Vec<Link> {
    let place = |link: &Link| (link.system.clone(), link.kind);
    let mut places: BTreeSet<_> = links.iter().filter(|link| link.holds_place()).map(place).collect();
    let can_hold = |link: &&Link| match link.life {
        LinkLife::Live | LinkLife::Suspect(_) | LinkLife::Creating => link.role == Role::Secondary,
        LinkLife::Gone | LinkLife::MergedInto(_) | LinkLife::Quarantined | LinkLife::Erased => false,
    };
    let mut stepped_back: Vec<&Link> = links.iter().filter(can_hold).collect();
    stepped_back.sort_by_key(|link| (link.life == LinkLife::Creating, link.id));
    stepped_back.retain(|link| places.insert(place(link)));
    stepped_back.into_iter().map(|link| Link { role: Role::Primary, ..link.clone() }).collect()
}

/// The record that `id` stands for: follows aliases to the root of the forest.
///
/// `life_of` gives a record's life, `None` for one that is not there. Ends whatever it is told: a chain that comes
/// back to itself stops at the smallest id of the ring.
pub fn root(id: RecordId, life_of: &dyn Fn(RecordId) -> Option<Life>) -> RecordId {
    let mut passed = BTreeSet::from([id]);
    let mut at = id;
    while let Some(Life::MergedInto(next)) = life_of(at) {
        if !passed.insert(next) {
            return passed.into_iter().next().unwrap_or(id);
        }
        at = next;
    }
    at
}
