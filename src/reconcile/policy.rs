//! Who wins. The only place where a side wins; everything else only finds out what is contested.
//!
//! The order of the questions in [`judge`] is the order of the rules: what may never come in, what an operator has
//! settled, what the system may say at all, what history may say, what the law says (consent), and only then the
//! field's own policy.

use chrono::{DateTime, Utc};

use super::{FieldRule, Rules, norm};
use crate::model::disposition::Ignored;
use crate::model::field::FieldDef;
use crate::model::policy::Authority;
use crate::model::record::Evidence;
use crate::model::{Cell, Direction, FieldKey, Policy, RecordKind, Rule, SystemClass, SystemId, Value, keys};

/// One change at one system, with everything that its judging may look at.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the change")]
pub(super) struct Contest<'a> {
    /// What the hotel has decided.
    pub(super) rules: &'a Rules,
    /// The field's rule.
    pub(super) rule: &'a FieldRule,
    /// The system that changed.
    pub(super) system: &'a SystemId,
    /// Its side.
    pub(super) class: SystemClass,
    /// Its counterpart is not the one that is written to.
    pub(super) is_secondary: bool,
    /// It is history, and not by a version newer than the one known.
    pub(super) is_history: bool,
    /// It came with history, whatever its version.
    pub(super) is_backfill: bool,
    /// The record is new to the hub.
    pub(super) is_new: bool,
    /// The system and the hub have never agreed on the field.
    pub(super) is_first_contact: bool,
    /// The hub has moved away from what the system was known to hold.
    pub(super) hub_moved: bool,
    /// The hub's cell.
    pub(super) hub: Option<&'a Cell>,
    /// Whether a CRM may fill the field: the PMS side has said nothing of its own.
    pub(super) is_fillable: bool,
    /// What the system says; `None` when it holds nothing.
    pub(super) observed: Option<&'a Value>,
    /// Whether holding nothing means that somebody cleared it.
    pub(super) is_clearing: bool,
    /// When the change was made, as far as can be said.
    pub(super) evidence: Evidence,
}

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ruling {
    /// The hub takes it.
    Take(Rule),
    /// The hub's value stands.
    Keep(Rule),
    /// It is not looked at.
    Ignore(Ignored),
    /// A human decides.
    Review,
    /// It cannot be taken.
    Reject(&'static str),
}

/// Whether this change, or one that contests it later, may be judged by when it was made.
pub(super) fn may_hang_on_time(contest: &Contest<'_>) -> bool {
    let is_heard = !contest.is_secondary
        && !contest.is_first_contact
        && !contest.is_pinned()
        && may_come(contest.rule.direction, contest.class, contest.is_fillable);
    is_heard
        && match contest.rule.policy {
            Policy::Latest | Policy::Set | Policy::Quality | Policy::Owner => true,
            Policy::MostRestrictive | Policy::Append | Policy::Review | Policy::Derived | Policy::Ledger => {
                false
            }
        }
}

/// Judges one change.
pub(super) fn judge(contest: &Contest<'_>) -> Ruling {
    if contest.rule.policy == Policy::Derived {
        return Ruling::Ignore(Ignored::Derived);
    }
    // A status goes to a second counterpart, so that nothing is promised there; it does not speak for the stay itself.
    if contest.is_secondary && contest.rule.policy != Policy::MostRestrictive {
        return Ruling::Ignore(Ignored::Secondary);
    }
    if !may_come(contest.rule.direction, contest.class, contest.is_fillable) {
        return Ruling::Ignore(Ignored::Direction);
    }
    if contest.observed.is_none() && !contest.is_clearing {
        return Ruling::Ignore(Ignored::NotClearable);
    }
    if contest.rule.policy == Policy::MostRestrictive {
        return most_restrictive(contest);
    }
    if contest.is_pinned() {
        return Ruling::Keep(Rule::Pin);
    }
    if contest.is_history && contest.hub_value().is_some() {
        return Ruling::Ignore(Ignored::HistoryLate);
    }
    if contest.is_taken_back() {
        return Ruling::Take(Rule::OnlyChange);
    }
    if let Some(fill) = uncontested(contest) {
        return fill;
    }
    if contest.ends_filling() {
        return Ruling::Take(Rule::Owner);
    }
    if contest.is_first_contact { first_contact(contest) } else { contested(contest) }
}

/// The ruling where the two values are the same one and the observed one is the fuller: nobody loses by taking it.
pub(super) const fn prefer(ruling: Ruling) -> Ruling {
    match ruling {
        Ruling::Review | Ruling::Keep(Rule::Latest | Rule::Owner | Rule::Quality | Rule::Element) => {
            Ruling::Take(Rule::Quality)
        }
        Ruling::Take(_) | Ruling::Keep(_) | Ruling::Ignore(_) | Ruling::Reject(_) => ruling,
    }
}

/// The rulings that need no policy, because nobody else has anything to say.
fn uncontested(contest: &Contest<'_>) -> Option<Ruling> {
    let rule = match (contest.hub_value(), contest.is_first_contact) {
        (None, _) if contest.is_new => Rule::FirstContact,
        (None, true) => Rule::Fill,
        (_, false) if !contest.hub_moved => Rule::OnlyChange,
        (None, false) if contest.hub.is_none() => Rule::Fill,
        (Some(_), _) | (None, false) => return None,
    };
    Some(match contest.rule.policy {
        Policy::Append | Policy::Ledger if contest.hub_value().is_some() => contested(contest),
        Policy::Owner
        | Policy::MostRestrictive
        | Policy::Set
        | Policy::Quality
        | Policy::Append
        | Policy::Latest
        | Policy::Review
        | Policy::Derived
        | Policy::Ledger => Ruling::Take(rule),
    })
}

/// Two values that were never compared: the owner's, where there is one; never a silent overwrite.
fn first_contact(contest: &Contest<'_>) -> Ruling {
    contest.by_owner().unwrap_or(Ruling::Review)
}

/// Two values that both moved.
fn contested(contest: &Contest<'_>) -> Ruling {
    let latest = || contest.by_evidence();
    let owner = || contest.by_owner();
    match contest.rule.policy {
        Policy::Owner => owner().or_else(latest).unwrap_or(Ruling::Review),
        Policy::Latest | Policy::Set => latest().or_else(owner).unwrap_or(Ruling::Review),
        Policy::Quality => contest.by_quality().or_else(owner).or_else(latest).unwrap_or(Ruling::Review),
        Policy::MostRestrictive => most_restrictive(contest),
        Policy::Append => Ruling::Keep(Rule::Append),
        Policy::Review => Ruling::Review,
        Policy::Derived => Ruling::Ignore(Ignored::Derived),
        Policy::Ledger => Ruling::Reject("an entry of a ledger is never changed"),
    }
}

/// Consent only tightens, unless the evidence is certain that it was given after it was refused. Evidence here is what
/// was read when, never a source's stamp.
///
/// Tightening beats even an operator's pin: a guest who opts out has opted out.
fn most_restrictive(contest: &Contest<'_>) -> Ruling {
    let hub = contest.hub_value();
    let order = compare_restriction(contest.observed, hub);
    if order.is_gt() {
        return tightened(contest, hub);
    }
    if contest.is_pinned() {
        return Ruling::Keep(Rule::Pin);
    }
    if order.is_lt() {
        return raised(contest, hub);
    }
    match (hub, contest.by_evidence()) {
        (None, _) => Ruling::Take(if contest.is_new { Rule::FirstContact } else { Rule::Fill }),
        (Some(_), _) if !contest.hub_moved && !contest.is_first_contact => Ruling::Take(Rule::OnlyChange),
        (Some(_), Some(ruling)) => ruling,
        (Some(_), None) => Ruling::Keep(Rule::MostRestrictive),
    }
}

/// A consent that allows less than before: taken, unless it was read before the hub's was certainly given.
fn tightened(contest: &Contest<'_>, hub: Option<&Value>) -> Ruling {
    match (hub, contest.by_evidence()) {
        (None, _) if contest.is_new => Ruling::Take(Rule::FirstContact),
        (Some(_), _) if !contest.hub_moved && !contest.is_first_contact => Ruling::Take(Rule::OnlyChange),
        (Some(_), Some(Ruling::Keep(rule))) => Ruling::Keep(rule),
        (None | Some(_), _) => Ruling::Take(Rule::MostRestrictive),
    }
}

/// A consent that would allow more than before.
fn raised(contest: &Contest<'_>, hub: Option<&Value>) -> Ruling {
    if contest.is_backfill {
        return Ruling::Ignore(Ignored::HistoryConsent);
    }
    if contest.observed.is_none() {
        return Ruling::Keep(Rule::MostRestrictive); // A row that is gone is no consent.
    }
    match (hub, contest.by_evidence()) {
        (None, _) => Ruling::Take(if contest.is_new { Rule::FirstContact } else { Rule::Fill }),
        (Some(_), Some(Ruling::Take(_))) => Ruling::Take(Rule::Latest),
        (Some(_), Some(_) | None) => Ruling::Keep(Rule::MostRestrictive),
    }
}

/// Which of what is said and what is known forbids more. Beside a refusal that is a plain yes or no, "nothing known" counts as
/// not refused.
pub(super) fn compare_restriction(said: Option<&Value>, known: Option<&Value>) -> std::cmp::Ordering {
    const NOT_REFUSED: &Value = &Value::Bool(false);
    let nothing = matches!(said, Some(Value::Bool(_))).then_some(NOT_REFUSED);
    restriction(said).cmp(&restriction(known.or(nothing)))
}

/// How much a value forbids: 0 allows, 1 is open, 2 forbids.
///
/// A yes is a "do not"; an entry or a word says `granted`, `unknown` or something stricter; an entry without a state
/// (an address not to be used) forbids by being there.
pub(super) fn restriction(value: Option<&Value>) -> u8 {
    let word = match value {
        None => return 1,
        Some(Value::Bool(refused)) => return if *refused { 2 } else { 0 },
        Some(Value::Entry(parts)) => parts.get("state").and_then(Value::as_text),
        Some(other) => other.as_text(),
    };
    match word {
        Some("granted") => 0,
        Some("unknown") => 1,
        Some(_) | None => 2,
    }
}

/// Which of two values is the better one.
pub(super) fn compare_quality(one: Option<&Value>, other: Option<&Value>) -> std::cmp::Ordering {
    one.map(quality).cmp(&other.map(quality))
}

/// How good a value is: verified, typed, an OTA's relay.
fn quality(value: &Value) -> u8 {
    if norm::is_relay(value) {
        return 0;
    }
    let is_verified = matches!(value, Value::Email(email) if email.verified)
        || matches!(value, Value::Phone(phone) if phone.verified);
    if is_verified { 2 } else { 1 }
}

/// Whether a counterpart that is not the primary one takes part in a field.
pub(super) fn reaches_secondary(policy: Policy, field: &FieldKey) -> bool {
    policy == Policy::MostRestrictive || *field == keys::STATUS
}

/// Whether a value of the field may come in from a system of `class`.
pub(super) const fn may_come(direction: Direction, class: SystemClass, is_fillable: bool) -> bool {
    match (direction, class) {
        (Direction::Both, SystemClass::Pms | SystemClass::Crm)
        | (Direction::PmsToCrm | Direction::PmsToCrmOrFill, SystemClass::Pms)
        | (Direction::CrmToPms, SystemClass::Crm) => true,
        (Direction::PmsToCrmOrFill, SystemClass::Crm) => is_fillable,
        (Direction::PmsToCrm, SystemClass::Crm)
        | (Direction::CrmToPms, SystemClass::Pms)
        | (Direction::Out | Direction::Hub, SystemClass::Pms | SystemClass::Crm) => false,
    }
}

/// Whether a value that came from `origin` (`None`: the hub or an operator) may go out to a system of `class`.
///
/// Between two systems of the same side a value always travels: the arrows of a direction are between sides.
pub(super) fn may_go(direction: Direction, origin: Option<SystemClass>, class: SystemClass) -> bool {
    match direction {
        Direction::Both | Direction::Out | Direction::PmsToCrmOrFill => true,
        Direction::PmsToCrm => class == SystemClass::Crm || origin != Some(SystemClass::Crm),
        Direction::CrmToPms => class == SystemClass::Pms || origin != Some(SystemClass::Pms),
        Direction::Hub => false,
    }
}

/// Whether the evidence is certain that `one` was made after `other`.
pub(super) fn is_certainly_later(one: Evidence, other: Evidence) -> bool {
    one.after.is_some_and(|after: DateTime<Utc>| after >= other.until)
}

impl Contest<'_> {
    fn hub_value(&self) -> Option<&Value> {
        self.hub.and_then(|cell| cell.value.as_deref())
    }

    /// Whether the hub only concluded its value from the record's absence at this system, which now shows the record.
    fn is_taken_back(&self) -> bool {
        self.hub.is_some_and(|cell| {
            cell.provenance.rule == Rule::GoneAtOwner && cell.provenance.system.as_ref() == Some(self.system)
        })
    }

    /// Whether a PMS speaks of what a CRM was let say only as long as no PMS did. Whoever owns the field: had the PMS been
    /// heard first, the CRM would not have been heard at all.
    fn ends_filling(&self) -> bool {
        let origin = self.hub.and_then(|cell| self.rules.class(cell.provenance.system.as_ref()?));
        let is_judged = match self.rule.policy {
            Policy::Owner | Policy::Set | Policy::Quality | Policy::Latest | Policy::Review => true,
            Policy::MostRestrictive | Policy::Append | Policy::Derived | Policy::Ledger => false,
        };
        let is_filling = origin == Some(SystemClass::Crm) && self.rule.direction == Direction::PmsToCrmOrFill;
        is_judged && is_filling && self.class == SystemClass::Pms && self.observed.is_some()
    }

    fn is_pinned(&self) -> bool {
        self.hub.is_some_and(|cell| cell.pinned_by.is_some())
    }

    /// The owner's value, where exactly one of the two is the owner's.
    fn by_owner(&self) -> Option<Ruling> {
        let owner = self.rule.owner.as_ref()?;
        let observed = is_authority(owner, self.system, self.class);
        let hub = self.hub.and_then(|cell| cell.provenance.system.as_ref()).is_some_and(|system| {
            self.rules.class(system).is_some_and(|class| is_authority(owner, system, class))
        });
        match (observed, hub) {
            (true, false) => Some(Ruling::Take(Rule::Owner)),
            (false, true) => Some(Ruling::Keep(Rule::Owner)),
            (true, true) | (false, false) => None,
        }
    }

    /// The later value, where the evidence is certain.
    fn by_evidence(&self) -> Option<Ruling> {
        let hub = self.hub?.provenance.evidence;
        if is_certainly_later(self.evidence, hub) {
            Some(Ruling::Take(Rule::Latest))
        } else if is_certainly_later(hub, self.evidence) {
            Some(Ruling::Keep(Rule::Latest))
        } else {
            None
        }
    }

    /// The better value, where one is better.
    fn by_quality(&self) -> Option<Ruling> {
        match compare_quality(Some(self.observed?), Some(self.hub_value()?)) {
            std::cmp::Ordering::Greater => Some(Ruling::Take(Rule::Quality)),
            std::cmp::Ordering::Less => Some(Ruling::Keep(Rule::Quality)),
            std::cmp::Ordering::Equal => None,
        }
    }
}

/// Whether a system is the one, or of the side, that settles a field.
pub(super) fn is_authority(owner: &Authority, system: &SystemId, class: SystemClass) -> bool {
    match owner {
        Authority::Side(side) => *side == class,
        Authority::System(id) => id == system,
    }
}

impl Rules {
    /// How `def` of `kind` is judged: its defaults, or what the hotel has changed.
    pub fn field_rule(&self, kind: RecordKind, def: &FieldDef) -> FieldRule {
        let changed =
            if self.overrides.is_empty() { None } else { self.overrides.get(&(kind, def.key.clone())) };
        changed.cloned().unwrap_or_else(|| FieldRule {
            policy: def.policy,
            owner: def.owner.clone(),
            direction: def.direction,
        })
    }

    /// The side of a configured system.
    pub fn class(&self, system: &SystemId) -> Option<SystemClass> {
        self.systems.get(system).map(|rules| rules.class)
    }
}
