//! Whose value survives a merge where nobody has chosen.
//!
//! Of two consents the one that allows less. Of two names the owner's, then the one seen on a document, the fuller form,
//! the one that more of the profiles have. Of anything else the owner's, the better, the certainly later, and where none
//! of that tells the one that was seen last. What is left over is the main record's.

use litemap::LiteMap;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::merge::{Pick, Side, is_primary, value};
use super::policy::{self, is_authority, is_certainly_later, restriction};
use super::{FieldRule, Rules};
use crate::model::field::FieldDef;
use crate::model::{Cell, CellSet, Element, FieldKey, FieldType, Policy, Record, Value, keys};

/// One field of two records that become one.
pub(super) struct Contest<'a> {
    rules: &'a Rules,
    def: &'a FieldDef,
    rule: FieldRule,
    records: [&'a Record; 2],
}

impl<'a> Contest<'a> {
    /// The contest for `field` of the main record and the other one; `None` when there is no such field.
    pub(super) fn of(rules: &'a Rules, field: &FieldKey, records: [&'a Record; 2]) -> Option<Self> {
        let def = rules.registry.field(records[0].kind, field)?;
        Some(Self { rules, def, rule: rules.field_rule(records[0].kind, def), records })
    }

    /// Whether an operator may choose: not among consents, and not among what is only ever added to or computed.
    pub(super) const fn leaves_a_choice(&self) -> bool {
        leaves_a_choice(self.rule.policy)
    }

    /// Whose cell survives where both have one.
    pub(super) fn better(&self, mine: &Cell, theirs: &Cell) -> Side {
        let (own, other) = (value(mine), value(theirs));
        if mine.pinned_by.is_some() || other.is_none() {
            return Side::Main;
        }
        if theirs.pinned_by.is_some() || own.is_none() {
            return Side::Other;
        }
        let order = match self.rule.policy {
            Policy::MostRestrictive => restriction(own).cmp(&restriction(other)),
            Policy::Quality => policy::compare_quality(own, other)
                .then_with(|| self.by_owner(mine, theirs))
                .then_with(|| later(mine, theirs))
                .then_with(|| last_seen(mine, theirs)),
            Policy::Owner | Policy::Latest | Policy::Set if self.def.of == FieldType::Name => self
                .by_owner(mine, theirs)
                .then_with(|| self.by_document())
                .then_with(|| form(own).cmp(&form(other)))
                .then_with(|| later(mine, theirs)),
            Policy::Owner => self
                .by_owner(mine, theirs)
                .then_with(|| later(mine, theirs))
                .then_with(|| last_seen(mine, theirs)),
            Policy::Latest | Policy::Set => later(mine, theirs)
                .then_with(|| self.by_owner(mine, theirs))
                .then_with(|| last_seen(mine, theirs)),
            Policy::Append | Policy::Review | Policy::Derived | Policy::Ledger => Ordering::Equal,
        };
        if order == Ordering::Less { Side::Other } else { Side::Main }
    }

    fn by_owner(&self, mine: &Cell, theirs: &Cell) -> Ordering {
        is_owned(self.rules, &self.rule, mine).cmp(&is_owned(self.rules, &self.rule, theirs))
    }

    fn by_document(&self) -> Ordering {
        let [main, other] = self.records.map(has_document);
        main.cmp(&other)
    }
}

/// Whether the policy leaves an operator a choice.
pub const fn leaves_a_choice(policy: Policy) -> bool {
    match policy {
        Policy::Owner | Policy::Set | Policy::Quality | Policy::Latest | Policy::Review => true,
        Policy::MostRestrictive | Policy::Append | Policy::Derived | Policy::Ledger => false,
    }
}

fn is_owned(rules: &Rules, rule: &FieldRule, cell: &Cell) -> bool {
    let is_owned = || {
        let system = cell.provenance.system.as_ref()?;
        Some(is_authority(rule.owner.as_ref()?, system, rules.class(system)?))
    };
    is_owned().unwrap_or(false)
}

fn later(mine: &Cell, theirs: &Cell) -> Ordering {
    let (mine, theirs) = (mine.provenance.evidence, theirs.provenance.evidence);
    is_certainly_later(mine, theirs).cmp(&is_certainly_later(theirs, mine))
}

fn last_seen(mine: &Cell, theirs: &Cell) -> Ordering {
    mine.provenance.evidence.until.cmp(&theirs.provenance.evidence.until)
}

fn has_document(record: &Record) -> bool {
    record.elements(&keys::IDENTITY_DOCUMENTS).is_some_and(|documents| !documents.is_empty())
}

/// How full a form of a name is: its words, an initial being none; whether it is written in small and capital letters; and
/// its accents. Of two names of as many words, the longer one is not the fuller one.
fn form(name: Option<&Value>) -> (usize, bool, usize) {
    let name = name.and_then(Value::as_text).unwrap_or_default();
    let letters = |word: &str| word.chars().filter(|letter| letter.is_alphabetic()).count();
    let words = name.split_whitespace().filter(|word| letters(word) > 1).count();
    let is_cased = name.contains(char::is_uppercase) && name.contains(char::is_lowercase);
    let accents = name.chars().filter(|letter| letter.is_alphabetic() && !letter.is_ascii()).count();
    (words, is_cased, accents)
}

/// Of three records and more, whose names survive where nobody has picked one: how many have a name alike cannot be seen
/// while two of them are compared.
pub(super) fn best_names(rules: &Rules, main: &Record, others: &[Record], picks: &[Pick]) -> Vec<Pick> {
    if others.len() < 2 {
        return vec![];
    }
    let records: Vec<&Record> = std::iter::once(main).chain(others).collect();
    let names = rules.registry.fields(main.kind).filter(|def| def.of == FieldType::Name);
    let unpicked = names.filter(|def| !picks.iter().any(|pick| pick.field == def.key));
    unpicked.filter_map(|def| best_name(rules, def, &records)).collect()
}

fn best_name(rules: &Rules, def: &FieldDef, records: &[&Record]) -> Option<Pick> {
    let rule = rules.field_rule(records.first()?.kind, def);
    let cell_of = |record: &Record| match record.fields.get(&def.key)? {
        CellSet::One(cell) if cell.value.is_some() => Some(cell.clone()),
        CellSet::One(_) | CellSet::Many(_) => None,
    };
    let mut held_by: BTreeMap<String, usize> = BTreeMap::new();
    let folded = |cell: &Cell| value(cell).and_then(Value::as_text).unwrap_or_default().to_lowercase();
    for cell in records.iter().filter_map(|record| cell_of(record)) {
        *held_by.entry(folded(&cell)).or_default() += 1;
    }
    let rank = |(nth, record): (usize, &&Record)| {
        let cell = cell_of(record)?;
        let standing = (
            cell.pinned_by.is_some(),
            is_owned(rules, &rule, &cell),
            has_document(record),
            form(value(&cell)),
        );
        Some((standing, held_by.get(&folded(&cell)).copied(), std::cmp::Reverse(nth), record.id))
    };
    let (.., from) = records.iter().enumerate().filter_map(rank).max()?;
    Some(Pick { field: def.key.clone(), element: None, from })
}

/// Which of the elements that call themselves the primary one is it: the best, and of equals one of the main record's.
pub(super) fn primary(united: &LiteMap<Element, Cell>, mine: &LiteMap<Element, Cell>) -> Option<Element> {
    let mut best: Option<(&Element, &Cell)> = None;
    for (element, cell) in united.iter().filter(|(_, cell)| is_primary(cell)) {
        let is_better = |(held, known): (&Element, &Cell)| {
            let order = policy::compare_quality(value(known), value(cell));
            order.then(mine.contains_key(held).cmp(&mine.contains_key(element))) == Ordering::Less
        };
        if best.is_none_or(is_better) {
            best = Some((element, cell));
        }
    }
    best.map(|(element, _)| element.clone())
}
