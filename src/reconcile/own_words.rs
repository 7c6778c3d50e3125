//! What a guest's own systems have said while he was one with another, of what is never loosened silently: consents and
//! do-not-contact, and what is only ever added to.
//!
//! While two are one, the stricter word stands for both, whoever said it, and is written to the systems of both: the cell
//! that stands does not tell who else has refused. The journal does. What a system repeats of a write that was done is no
//! word of its own. Where that cannot be told, the word counts if it forbids, and does not if it allows.

use chrono::{DateTime, Utc};
use litemap::LiteMap;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::policy::{self, is_certainly_later};
use super::split::is_same;
use super::{Rules, norm};
use crate::model::disposition::Ignored;
use crate::model::document::Held;
use crate::model::field::FieldDef;
use crate::model::form::Form;
use crate::model::ids::LinkId;
use crate::model::journal::{Entry, Event, WRITE_DONE, WRITE_READ_BACK, WRITE_UNKNOWN};
use crate::model::record::Evidence;
use crate::model::{
    Cell, CellSet, Disposition, Element, FieldKey, Multiplicity, ObservationId, Policy, Provenance, Record,
    RecordId, RecordKind, Rule, Seen, SystemId, Value, Verdict,
};

/// What the journal tells about everybody who is part of a merged record.
#[derive(Clone, Copy)]
pub struct Story<'a> {
    /// What it tells of them, oldest first.
    pub entries: &'a [Entry],
    /// Whom an edit concerned: a direct alias of the main record, or the main record itself; `None` when nobody can tell.
    pub owner: &'a dyn Fn(&Provenance) -> Option<RecordId>,
    /// Who gets the edits of which nobody can tell; `None`: the main record.
    pub of_nobody: Option<RecordId>,
}

/// One thing that was said of one cell.
pub(super) struct Word {
    field: FieldKey,
    /// The element by its key at the system.
    element: Option<Element>,
    said: Option<Held>,
    provenance: Provenance,
    /// Whether it is certain that it was said, and of whom.
    is_certain: bool,
}

/// A write that no reading has shown since.
#[derive(Default)]
struct Unread {
    is_done: bool,
    /// When a reading has found out what became of it.
    read_back: Option<DateTime<Utc>>,
}

/// Who speaks of what, while the journal is gone through.
#[derive(Default)]
struct Spoken {
    /// The last word that came through each link.
    words: BTreeMap<(LinkId, FieldKey, Option<Element>), Word>,
    unread: BTreeMap<(LinkId, FieldKey), Unread>,
}

impl Story<'_> {
    /// Whether an edit concerned `record`.
    pub(super) fn is_of(&self, record: RecordId, provenance: &Provenance) -> bool {
        (self.owner)(provenance).or(self.of_nobody) == Some(record)
    }

    /// What the own systems of `record` have last said since the entry `since`, and what was said of it or of another.
    pub(super) fn words(&self, rules: &Rules, record: &Record, since: ObservationId) -> Vec<Word> {
        let begun = self.entries.iter().position(|entry| entry.id == since).map_or(0, |at| at + 1);
        let mut spoken = Spoken::default();
        for entry in self.entries.iter().skip(begun) {
            let (Some(link), Some(system)) = (entry.link, &entry.system) else { continue };
            match &entry.event {
                Event::Written { fields, outcome, .. } => spoken.written(link, fields, outcome, entry.at),
                Event::Observed { dispositions } => {
                    let provenance = heard(system, entry);
                    let owner = (self.owner)(&provenance);
                    if owner.is_none_or(|owner| owner == record.id) {
                        for disposition in dispositions {
                            let word = word(rules, record.kind, disposition, &provenance, owner.is_some());
                            spoken.heard(link, disposition, word);
                        }
                    }
                    spoken.unread.retain(|(of, field), _| {
                        *of != link || !dispositions.iter().any(|disposition| disposition.field == *field)
                    });
                }
                Event::LinkLife { .. }
                | Event::Creating { .. }
                | Event::Merged { .. }
                | Event::Split { .. }
                | Event::ReviewOpened { .. }
                | Event::Decided { .. }
                | Event::Viewed { .. }
                | Event::Parked { .. } => {}
            }
        }
        spoken.words.into_values().collect()
    }

    /// What was said of a merged record since it was made by `merge`, and nobody can tell of which of the two: by an
    /// operator, or when both were part of yet another one.
    pub(super) fn of_either(&self, rules: &Rules, merged: &Record, merge: &Event) -> Vec<Word> {
        let mut words = Vec::new();
        let Event::Merged { main_before, other_before, .. } = merge else { return words };
        let before = [main_before, other_before];
        for (field, cells) in &merged.fields {
            let Some(def) = tightening(rules, merged.kind, field) else { continue };
            let mut add = |element: Option<&Element>, cell: &Cell| {
                let mut was = before.iter().filter_map(|record| cell_at(record, field, element));
                if (self.owner)(&cell.provenance).is_some() || was.any(|was| is_same(was, cell)) {
                    return;
                }
                let form = form(rules, merged.kind, field, cell.provenance.system.as_ref());
                let element = element.map(|element| at_system(def, form, element, cell.value.as_ref()));
                let (provenance, said) = (cell.provenance.as_ref().clone(), cell.value.clone());
                words.push(Word { field: field.clone(), element, said, provenance, is_certain: false });
            };
            match cells {
                CellSet::One(cell) => add(None, cell),
                CellSet::Many(cells) => cells.iter().for_each(|(element, cell)| add(Some(element), cell)),
            }
        }
        words
    }
}

impl Spoken {
    fn written(&mut self, link: LinkId, fields: &[FieldKey], outcome: &str, at: DateTime<Utc>) {
        for field in fields {
            let place = (link, field.clone());
            match outcome {
                WRITE_DONE => drop(self.unread.insert(place, Unread { is_done: true, read_back: None })),
                WRITE_READ_BACK => self.unread.entry(place).or_default().read_back = Some(at),
                // What was refused, or came too late, is not there.
                WRITE_UNKNOWN => drop(self.unread.insert(place, Unread::default())),
                _ => {}
            }
        }
    }

    fn heard(&mut self, link: LinkId, disposition: &Disposition, word: Option<Word>) {
        let Some(mut word) = word else { return };
        let unread = self.unread.get(&(link, word.field.clone()));
        let place = (link, word.field.clone(), word.element.clone());
        let said_before = self.words.get(&place);
        let forbids = said_before.is_none_or(|before| word.is_stricter_than(before.said.as_deref()));
        match &disposition.verdict {
            Verdict::Adopted => {
                let read_back = unread
                    .is_some_and(|unread| unread.is_done && unread.read_back == Some(word.provenance.at));
                if read_back {
                    return;
                }
                word.is_certain &= unread.is_none();
            }
            // A second counterpart is not asked about what is only added to: nobody has heard it yet.
            Verdict::Applied(_) | Verdict::Superseded { .. } | Verdict::Ignored(Ignored::Secondary) => {}
            Verdict::Ignored(_) | Verdict::Rejected(_) | Verdict::Review(_) | Verdict::Erased => return,
        }
        if !forbids && word.said.is_none() {
            return; // What is gone is no leave.
        }
        let may_repeat_us = unread.is_some() && !matches!(disposition.verdict, Verdict::Applied(_));
        match self.words.get_mut(&place) {
            Some(before) if may_repeat_us && !forbids => before.is_certain = false,
            Some(_) | None => drop(self.words.insert(place, word)),
        }
    }
}

impl Word {
    fn is_stricter_than(&self, known: Option<&Value>) -> bool {
        policy::compare_restriction(self.said.as_deref(), known) == Ordering::Greater
    }
}

/// Keeps of these words in `record` whatever allows less than it does; gives the fields that somebody may not have meant.
///
/// What is certainly later than a word stands against it, as it would have then.
pub(super) fn tighten(rules: &Rules, record: &mut Record, words: Vec<Word>) -> Vec<FieldKey> {
    let mut doubtful = Vec::new();
    for word in words {
        let Some(def) = tightening(rules, record.kind, &word.field) else { continue };
        let form = form(rules, record.kind, &word.field, word.provenance.system.as_ref());
        let element = word.element.as_ref().map(|element| in_hub(record, def, form, element));
        let known = cell_at(record, &word.field, element.as_ref());
        let is_later = known
            .is_some_and(|known| is_certainly_later(known.provenance.evidence, word.provenance.evidence));
        if is_later || !word.is_stricter_than(known.and_then(|known| known.value.as_deref())) {
            continue;
        }
        let model = known.and_then(|known| known.value.clone());
        let enriched =
            |said: Held| form.map_or(said.clone(), |form| norm::enriched(&said, model.as_deref(), form));
        let value = word.said.map(enriched);
        if !word.is_certain && !doubtful.contains(&word.field) {
            doubtful.push(word.field.clone());
        }
        put(record, word.field, element, Cell { value, provenance: word.provenance.into(), pinned_by: None });
    }
    doubtful
}

fn put(record: &mut Record, field: FieldKey, element: Option<Element>, cell: Cell) {
    let Some(element) = element else {
        record.fields.insert(field, CellSet::One(cell));
        return;
    };
    let cells = record.fields.entry(field).or_insert_with(|| CellSet::Many(LiteMap::new_vec()));
    if let CellSet::Many(cells) = cells {
        if cell.value.is_some() {
            cells.insert(element, cell);
        } else {
            cells.remove(&element);
        }
    }
}

/// What a system said of one cell; `None` where it is of a field that is judged otherwise, or takes back what only an
/// operator can.
fn word(
    rules: &Rules,
    kind: RecordKind,
    disposition: &Disposition,
    provenance: &Provenance,
    is_certain: bool,
) -> Option<Word> {
    let Disposition { field, element, observed, .. } = disposition;
    let def = tightening(rules, kind, field)?;
    let said = match observed {
        Seen::One(held) => Some(held.clone()),
        Seen::Empty => None,
        Seen::Masked | Seen::Set(_) => return None,
    };
    if said.is_none() && rules.field_rule(kind, def).policy == Policy::Append {
        return None;
    }
    if element.is_some() != matches!(def.multiplicity, Multiplicity::Many(_)) {
        return None;
    }
    let form = form(rules, kind, field, provenance.system.as_ref());
    let element = element.as_ref().map(|element| at_system(def, form, element, said.as_ref()));
    Some(Word { field: field.clone(), element, said, provenance: provenance.clone(), is_certain })
}

/// Where a word came from that the journal tells of.
fn heard(system: &SystemId, entry: &Entry) -> Provenance {
    Provenance {
        system: Some(system.clone()),
        observation: Some(entry.id),
        actor: None,
        rule: Rule::MostRestrictive,
        at: entry.at,
        evidence: Evidence { after: None, until: entry.at },
    }
}

/// The field, where two words of it become the one that allows less, or both.
fn tightening<'r>(rules: &'r Rules, kind: RecordKind, field: &FieldKey) -> Option<&'r FieldDef> {
    let def = rules.registry.field(kind, field)?;
    match rules.field_rule(kind, def).policy {
        Policy::MostRestrictive | Policy::Append => Some(def),
        Policy::Owner
        | Policy::Set
        | Policy::Quality
        | Policy::Latest
        | Policy::Review
        | Policy::Derived
        | Policy::Ledger => None,
    }
}

fn form<'r>(
    rules: &'r Rules,
    kind: RecordKind,
    field: &FieldKey,
    system: Option<&SystemId>,
) -> Option<&'r Form> {
    let kinds = &rules.systems.get(system?)?.capabilities.kinds;
    Some(&kinds.get(&kind)?.fields.get(field)?.form)
}

/// The key that an element has at a system.
fn at_system(def: &FieldDef, form: Option<&Form>, key: &Element, held: Option<&Held>) -> Element {
    let shared = form.zip(held).and_then(|(form, held)| form.element_shared(def, key, held));
    shared.map_or_else(|| key.clone(), |(key, _)| key)
}

/// The key that the hub has for an element of a system.
fn in_hub(record: &Record, def: &FieldDef, form: Option<&Form>, key: &Element) -> Element {
    let piece = || {
        let pieces = norm::pieces(def, form?, record.elements(&def.key)?);
        Some(pieces.get(key)?.key.clone())
    };
    piece().unwrap_or_else(|| key.clone())
}

fn cell_at<'r>(record: &'r Record, field: &FieldKey, element: Option<&Element>) -> Option<&'r Cell> {
    match element {
        None => record.cell(field),
        Some(element) => record.elements(field)?.get(element),
    }
}
