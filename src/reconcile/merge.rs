//! Two records become one. The other becomes an alias of the main one; nothing is copied that has a key of its own.
//!
//! Reservations, memberships, certificates and links keep pointing at the record that they were linked to and reach
//! the main one through the alias, so counts and sums are conserved and a split is exact. Only the cells of the two
//! profiles are put together.

use litemap::LiteMap;
use std::collections::BTreeSet;

use super::policy::{self, is_authority, is_certainly_later, restriction};
use super::{FieldRule, Rules, norm};
use crate::model::journal::Event;
use crate::model::{
    Cell, CellSet, Element, FieldKey, Life, Link, Policy, Record, RecordId, RecordKind, Role, Rule, Value,
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
    /// The element; `None` chooses the whole field.
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
/// Per field: the operator's choice; else a pinned cell; else the field's policy (the more restrictive consent, the
/// owner's value, the better or the certainly later one); else the main record's. Sets are united. `hindrance` is what
/// the caller found among the reservations and certificates of the two.
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
    let mut moved = Vec::new();
    for (field, cells) in &other.fields {
        let Some(def) = rules.registry.field(main.kind, field) else { continue };
        let rule = rules.field_rule(main.kind, def);
        let of_field = || choices.iter().filter(|choice| choice.field == *field);
        let survivors = match (main.fields.get(field), cells) {
            (None, cells) => Some(surviving(cells)),
            (Some(CellSet::One(mine)), CellSet::One(theirs)) => {
                let chosen = of_field().map(|choice| choice.side).next();
                let side = chosen.unwrap_or_else(|| better(rules, &rule, mine, theirs));
                (side == Side::Other && mine.value != theirs.value).then(|| CellSet::One(survivor(theirs)))
            }
            (Some(CellSet::Many(mine)), CellSet::Many(theirs)) => {
                let chosen = |element: &Element| {
                    let exact = of_field().find(|choice| choice.element.as_ref() == Some(element));
                    exact
                        .or_else(|| of_field().find(|choice| choice.element.is_none()))
                        .map(|choice| choice.side)
                };
                unite(rules, &rule, mine, theirs, &chosen)
            }
            (Some(_), _) => None,
        };
        if let Some(survivors) = survivors {
            merged.fields.insert(field.clone(), survivors);
            moved.push(field.clone());
        }
    }
    let alias = Record { life: Life::MergedInto(main.id), ..other.clone() };
    let event = Event::Merged { main_before: Box::new(main.clone()), other_before: Box::new(other.clone()) };
    Ok(Merged { main: merged, other: alias, event, moved })
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

/// The union of two sets; `None` when the main one stays as it was.
fn unite(
    rules: &Rules,
    rule: &FieldRule,
    mine: &LiteMap<Element, Cell>,
    theirs: &LiteMap<Element, Cell>,
    chosen: &dyn Fn(&Element) -> Option<Side>,
) -> Option<CellSet> {
    let mut united = mine.clone();
    let has_primary = mine.values().any(is_primary);
    for (element, cell) in theirs {
        let choice = chosen(element);
        let takes = match (mine.get(element), choice) {
            (_, Some(side)) => side == Side::Other,
            (None, None) => true,
            (Some(own), None) => own.value != cell.value && better(rules, rule, own, cell) == Side::Other,
        };
        if takes {
            let mut cell = survivor(cell);
            if has_primary && choice.is_none() && is_primary(&cell) {
                demote(&mut cell);
            }
            united.insert(element.clone(), cell);
        }
    }
    (united != *mine).then_some(CellSet::Many(united))
}

/// Whose cell survives where both have one.
fn better(rules: &Rules, rule: &FieldRule, mine: &Cell, theirs: &Cell) -> Side {
    let (own, other) = (value(mine), value(theirs));
    if mine.pinned_by.is_some() || other.is_none() {
        return Side::Main;
    }
    if theirs.pinned_by.is_some() || own.is_none() {
        return Side::Other;
    }
    let by_owner = || {
        let owner = rule.owner.as_ref()?;
        let is_owned = |cell: &Cell| {
            let system = cell.provenance.system.as_ref()?;
            Some(is_authority(owner, system, rules.class(system)?))
        };
        match (is_owned(mine).unwrap_or(false), is_owned(theirs).unwrap_or(false)) {
            (false, true) => Some(Side::Other),
            (true, false) => Some(Side::Main),
            (true, true) | (false, false) => None,
        }
    };
    let is_later = || is_certainly_later(theirs.provenance.evidence, mine.provenance.evidence);
    let later = || is_later().then_some(Side::Other);
    match rule.policy {
        Policy::MostRestrictive => (restriction(other) > restriction(own)).then_some(Side::Other),
        Policy::Quality => match policy::compare_quality(own, other) {
            std::cmp::Ordering::Less => Some(Side::Other),
            std::cmp::Ordering::Greater => Some(Side::Main),
            std::cmp::Ordering::Equal => by_owner().or_else(later),
        },
        Policy::Owner => by_owner().or_else(later),
        Policy::Latest | Policy::Set => later().or_else(by_owner),
        Policy::Append | Policy::Review | Policy::Derived | Policy::Ledger => None,
    }
    .unwrap_or(Side::Main)
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

fn value(cell: &Cell) -> Option<&Value> {
    cell.value.as_deref()
}

fn is_primary(cell: &Cell) -> bool {
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
