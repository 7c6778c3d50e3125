//! What would bring one system to the hub: the difference between what it is known to hold and what it should hold.
//!
//! Nothing is remembered between two plans. A plan that was lost is computed again, edits that came in between
//! coalesce, and a system that is already as it should be gets no write.

use super::{Counterpart, Exclusion, Planned, Rules, SystemRules, norm, policy, references, target};
use crate::model::document::Held;
use crate::model::field::FieldDef;
use crate::model::value::Purpose;
use crate::model::{
    Action, Audience, CellSet, Document, FieldCapability, KindCapabilities, Life, Link, LinkLife, Record,
    RecordId, RecordKind, Role, Seen, SystemId, Value, WriteOp, keys,
};

/// Tells where the counterpart of another record is.
type Finder<'a> = &'a dyn Fn(RecordKind, RecordId) -> Counterpart;

/// The write that would bring `system`'s primary counterpart of `record` to the hub, or why there is none.
///
/// `links` are the record's links, those of its aliases included; `counterpart` finds the records that it refers to.
/// `quiet` is passed on: the write must start no automations. After a write has been acknowledged, plan again: fields
/// that had to wait for another record follow then. Secondary counterparts are planned by [`plan_secondary`].
pub fn plan(
    rules: &Rules,
    system: &SystemId,
    record: &Record,
    links: &[Link],
    counterpart: Finder<'_>,
    quiet: bool,
) -> Planned {
    let Some((at, kind)) = reachable(rules, system, record.kind) else {
        return Planned::Excluded(Exclusion::Kind);
    };
    if record.life != Life::Live {
        return Planned::Excluded(Exclusion::NotLive);
    }
    let here = || links.iter().filter(|link| link.system == *system && link.kind == record.kind);
    if here().any(|link| link.life == LinkLife::Quarantined) {
        return Planned::Excluded(Exclusion::Quarantined);
    }
    let draft = Draft { rules, system: at, kind, record, counterpart, quiet, only_restrictions: false };
    if let Some(link) = writable(here()) {
        return draft.update(link);
    }
    if here().any(|link| link.life.has_ended()) {
        return Planned::Excluded(Exclusion::DoNotRecreate);
    }
    if !kind.create || !at.creates.contains(&record.kind) {
        return Planned::Excluded(Exclusion::Kind);
    }
    if is_stub(rules, record) {
        return Planned::Excluded(Exclusion::Stub);
    }
    // A link that is being created knows already what the system has refused.
    draft.create(here().find(|link| link.life == LinkLife::Creating))
}

/// The write for a second counterpart of the same record at the same system: consent, do-not-contact and status only,
/// so that nobody is written to through a duplicate.
pub fn plan_secondary(
    rules: &Rules,
    record: &Record,
    link: &Link,
    counterpart: Finder<'_>,
    quiet: bool,
) -> Planned {
    let Some((at, kind)) = reachable(rules, &link.system, record.kind) else {
        return Planned::Excluded(Exclusion::Kind);
    };
    if record.life != Life::Live {
        return Planned::Excluded(Exclusion::NotLive);
    }
    match link.life {
        LinkLife::Live | LinkLife::Suspect(_) => {
            Draft { rules, system: at, kind, record, counterpart, quiet, only_restrictions: true }
                .update(link)
        }
        LinkLife::Quarantined => Planned::Excluded(Exclusion::Quarantined),
        LinkLife::Creating | LinkLife::Gone | LinkLife::MergedInto(_) | LinkLife::Erased => Planned::Nothing,
    }
}

fn reachable<'a>(
    rules: &'a Rules,
    system: &SystemId,
    kind: RecordKind,
) -> Option<(&'a SystemRules, &'a KindCapabilities)> {
    let system = rules.systems.get(system)?;
    Some((system, system.capabilities.kinds.get(&kind)?))
}

/// The link to write to: the primary one, or the oldest other one where the primary one is gone.
fn writable<'l>(links: impl Iterator<Item = &'l Link>) -> Option<&'l Link> {
    links
        .filter(|link| matches!(link.life, LinkLife::Live | LinkLife::Suspect(_)))
        .min_by_key(|link| (link.role == Role::Secondary, link.id))
}

/// A person without a name, or a reservation of which only the cancellation is known: nothing to create.
fn is_stub(rules: &Rules, record: &Record) -> bool {
    match record.kind {
        RecordKind::Person => record.value(&keys::SURNAME).is_none(),
        RecordKind::Company | RecordKind::Agency => record.value(&keys::NAME).is_none(),
        RecordKind::Reservation => {
            let status = record.value(&keys::STATUS).and_then(Value::as_text);
            let has_dates = rules.registry.field(record.kind, &keys::ARRIVES_ON).is_some();
            status == Some("cancelled") && has_dates && record.value(&keys::ARRIVES_ON).is_none()
        }
        RecordKind::Membership | RecordKind::Certificate => false,
    }
}

/// A write in the making.
struct Draft<'a> {
    rules: &'a Rules,
    system: &'a SystemRules,
    kind: &'a KindCapabilities,
    record: &'a Record,
    counterpart: Finder<'a>,
    quiet: bool,
    only_restrictions: bool,
}

/// One field that differs, or would if its references were there.
enum Difference {
    /// To write: what it should hold and what it is believed to hold, in the system's words.
    Write(Seen, Option<Seen>),
    /// It refers to records that have to be delivered first.
    Waits(Vec<RecordId>),
}

impl Draft<'_> {
    fn create(&self, link: Option<&Link>) -> Planned {
        self.gather(link, Action::Create)
    }

    fn update(&self, link: &Link) -> Planned {
        let Some(external_id) = link.external_id.clone() else { return Planned::Nothing };
        self.gather(Some(link), Action::Update(external_id))
    }

    fn gather(&self, link: Option<&Link>, action: Action) -> Planned {
        let mut op = WriteOp {
            record: self.record.id,
            kind: self.record.kind,
            action,
            document: Document::new(),
            base: Document::new(),
            precondition: link.and_then(|link| link.source_version.clone()),
            quiet: self.quiet,
            purpose: None,
        };
        let is_new = op.action == Action::Create;
        let (mut awaited, mut is_worth_it) = (Vec::new(), is_new);
        for (key, cells) in &self.record.fields {
            let Some((def, capability)) = self.allowed(key, cells) else { continue };
            match self.difference(def, capability, cells, link) {
                None => {}
                Some(Difference::Waits(ids)) => awaited.extend(ids),
                Some(Difference::Write(seen, base)) => {
                    is_worth_it |= !def.passive;
                    op.document.insert(key.clone(), seen);
                    if let Some(base) = base {
                        op.base.insert(key.clone(), base);
                    }
                    if def.audience == Audience::SpecialCategory {
                        op.purpose = self.system.purpose.clone().map(Purpose::recorded);
                    }
                }
            }
        }
        awaited.sort();
        awaited.dedup();
        // What exists is not held back by what is missing: a cancellation does not wait for a company.
        let may_go = is_worth_it && (awaited.is_empty() || !is_new && !op.document.is_empty());
        match (may_go, awaited.is_empty()) {
            (true, _) => Planned::Write(op),
            (false, false) => Planned::Await(awaited),
            (false, true) => Planned::Nothing,
        }
    }

    fn allowed(
        &self,
        key: &crate::model::FieldKey,
        cells: &CellSet,
    ) -> Option<(&FieldDef, &FieldCapability)> {
        let capability = self.kind.fields.get(key).filter(|capability| capability.write)?;
        let def = self.rules.registry.field(self.record.kind, key)?;
        if self.only_restrictions {
            let rule = self.rules.field_rule(self.record.kind, def);
            policy::reaches_secondary(rule.policy, key).then_some(())?;
        }
        target::may_write(self.rules, self.system, self.record.kind, def, Some(cells))
            .then_some((def, capability))
    }

    fn difference(
        &self,
        def: &FieldDef,
        capability: &FieldCapability,
        cells: &CellSet,
        link: Option<&Link>,
    ) -> Option<Difference> {
        let shadow = link.and_then(|link| link.shadow.0.get(&def.key));
        let known = shadow.map(|shadow| &shadow.known);
        let wanted = self.sendable(target::target(def, capability, cells, known)?)?;
        let differs = known.map_or(!norm::is_nothing(&wanted), |known| !norm::same(known, &wanted));
        if !differs || shadow.is_some_and(|shadow| target::is_blocked(shadow, &wanted, cells)) {
            return None;
        }
        let awaited = self.awaited(&wanted);
        if !awaited.is_empty() {
            return Some(Difference::Waits(awaited));
        }
        let base = known.and_then(|known| references::translate(def, known, self.counterpart));
        references::translate(def, &wanted, self.counterpart).map(|seen| Difference::Write(seen, base))
    }

    /// The target without what refers to records that will never be at the system; `None` when nothing is left of it.
    fn sendable(&self, wanted: Seen) -> Option<Seen> {
        let never = |held: &Held| {
            let mut targets = references::targets(&held.0).into_iter();
            targets.any(|(kind, id)| (self.counterpart)(kind, id) == Counterpart::Never)
        };
        match wanted {
            Seen::One(held) => (!never(&held)).then_some(Seen::One(held)),
            Seen::Set(mut elements) => {
                elements.retain(|_, held| !never(held));
                Some(Seen::Set(elements))
            }
            Seen::Empty | Seen::Masked => Some(wanted),
        }
    }

    fn awaited(&self, wanted: &Seen) -> Vec<RecordId> {
        let all = wanted.values().flat_map(references::targets);
        let missing = all.filter(|(kind, id)| (self.counterpart)(*kind, *id) == Counterpart::Awaited);
        missing.map(|(_, id)| id).collect()
    }
}
