//! The fields of a profile, each with why its value is what it is.

use super::values::{self, seen};
use super::words::Words;
use crate::hub::Hub;
use crate::model::{FieldKey, Policy, Provenance, RecordId, RecordKind, Verdict, keys};
use crate::profile::Profile;
use crate::reconcile::{FieldStory, GapReason};
use crate::words;

/// Fields that belong together.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
}

/// One field.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) values: Vec<Held>,
    /// What was beaten: the value, who said so and when, and why it did not make it.
    pub(super) beaten: Vec<Lost>,
    /// Which systems show something else, and why.
    pub(super) elsewhere: Vec<String>,
}

/// A value and where it came from.
pub(super) struct Held {
    pub(super) text: String,
    pub(super) why: String,
}

/// A value that did not make it.
pub(super) struct Lost {
    pub(super) text: String,
    pub(super) why: String,
}

const CONSENTS: [FieldKey; 4] =
    [keys::CONSENTS, keys::DO_NOT_CONTACT, FieldKey::of("blocked_addresses"), FieldKey::of("subscriptions")];
const RELATIONS: [FieldKey; 4] = [keys::RELATIONS, keys::CONTACT_PERSONS, keys::EMPLOYER, keys::PARENT];

/// The fields of a profile in sections: who it is, consents, relations, and what the hub counts. What is hidden is not
/// among them.
pub(super) fn sections(hub: &Hub, say: Words, profile: &Profile) -> Vec<Section> {
    let hidden = crate::profile::protected(hub, &profile.record);
    let kind = profile.record.kind;
    let place = |field: &FieldKey| {
        let def = hub.rules.registry.field(kind, field);
        let is_counted = def.is_some_and(|def| hub.rules.field_rule(kind, def).policy == Policy::Derived);
        if CONSENTS.contains(field) {
            1
        } else if RELATIONS.contains(field) {
            2
        } else if is_counted {
            3
        } else {
            0
        }
    };
    let section = |(nth, title)| {
        let of = profile.stories.iter().filter(|story| place(&story.field) == nth);
        let fields: Vec<Field> = of
            .filter(|story| !hidden.contains(&story.field))
            .map(|story| field(hub, say, profile, story))
            .collect();
        Section { title: say.say(title).to_owned(), fields }
    };
    let titles = ["section: who", "section: consents", "section: relations", "section: counted"];
    let found = titles.into_iter().enumerate().map(section);
    found.filter(|section| !section.fields.is_empty()).collect()
}

fn field(hub: &Hub, say: Words, profile: &Profile, story: &FieldStory) -> Field {
    let held = |cell: &crate::reconcile::CellStory| {
        let pinned = cell.pinned_by.as_ref();
        let pinned = pinned.map(|by| say.with("why: pinned", &[("{who}", by.as_str())])).unwrap_or_default();
        Held { text: named(profile, seen(say, &cell.value)), why: origin(say, &cell.provenance) + &pinned }
    };
    let lost = |beaten: &crate::reconcile::Beaten| {
        let system = beaten.system.as_ref().map_or_else(|| say.say("told: hub"), |system| system.as_str());
        let at = beaten.at.format("%Y-%m-%d %H:%M");
        Lost {
            text: named(profile, seen(say, &beaten.observed)),
            why: format!("{system}, {at}: {}", verdict(say, &beaten.verdict)),
        }
    };
    let elsewhere = |gap: &crate::reconcile::Gap| {
        let shows =
            gap.known.as_ref().map_or_else(|| say.say("unknown").to_owned(), |known| seen(say, known));
        let parts = [
            ("{system}", gap.system.as_str()),
            ("{value}", &named(profile, shows)),
            ("{why}", &why(say, &gap.reason)),
        ];
        say.with("elsewhere", &parts)
    };
    // A system that has no such field shows nothing else.
    let is_told = |gap: &&crate::reconcile::Gap| gap.known.is_some() || gap.reason != GapReason::NoField;
    Field {
        name: values::field(say, &hub.rules.registry, profile.record.kind, &story.field),
        values: story.cells.iter().map(held).collect(),
        beaten: story.beaten.iter().map(lost).collect(),
        elsewhere: story.gaps.iter().filter(is_told).map(elsewhere).collect(),
    }
}

/// The text with the names of records in place of their ids.
fn named(profile: &Profile, text: String) -> String {
    profile.names.iter().fold(text, |text, (id, (kind, name)): (&RecordId, &(RecordKind, String))| {
        text.replace(&format!("{kind} {id}"), name)
    })
}

fn origin(say: Words, provenance: &Provenance) -> String {
    let system = provenance.system.as_ref().map_or_else(|| say.say("told: hub"), |system| system.as_str());
    let actor = provenance.actor.as_ref().map_or_else(String::new, |actor| format!(" ({actor})"));
    let at = provenance.at.format("%Y-%m-%d %H:%M");
    format!("{system}{actor}, {at}: {}", reason(say, words::rule(provenance.rule)))
}

/// A reason in the operator's language: the table has it under what it is in English.
fn reason(say: Words, english: &str) -> String {
    let key = format!("why: {english}");
    let said = say.say(&key);
    said.strip_prefix("why: ").unwrap_or(said).to_owned()
}

fn verdict(say: Words, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Superseded { by, rule } => {
            let winner = by.as_ref().map_or_else(|| say.say("told: hub"), |system| system.as_str());
            say.with("lost: superseded", &[("{who}", winner), ("{why}", &reason(say, words::rule(*rule)))])
        }
        Verdict::Rejected(why) => say.with("lost: rejected", &[("{why}", why)]),
        Verdict::Review(_) => say.say("lost: review").to_owned(),
        Verdict::Applied(_) | Verdict::Adopted | Verdict::Ignored(_) | Verdict::Erased => {
            reason(say, &words::verdict(verdict))
        }
    }
}

fn why(say: Words, gap: &GapReason) -> String {
    if let GapReason::Refused(why) = gap {
        return say.with("lost: rejected", &[("{why}", why)]);
    }
    reason(say, &words::gap(gap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::explain::Tongue;
    use crate::model::Rule;
    use crate::model::disposition::Ignored;

    #[test]
    fn every_reason_is_said_in_each_language() {
        let rules = [
            Rule::OnlyChange,
            Rule::FirstContact,
            Rule::Fill,
            Rule::Owner,
            Rule::MostRestrictive,
            Rule::Element,
            Rule::Quality,
            Rule::Append,
            Rule::Latest,
            Rule::Derived,
            Rule::Operator,
            Rule::Pin,
            Rule::Survivor,
            Rule::GoneAtOwner,
        ];
        let ignored = [
            Ignored::Direction,
            Ignored::Derived,
            Ignored::NotClearable,
            Ignored::HistoryConsent,
            Ignored::HistoryLate,
            Ignored::Secondary,
            Ignored::Masked,
        ];
        let gaps = [
            GapReason::NoField,
            GapReason::Form,
            GapReason::Lossy,
            GapReason::UnderReview,
            GapReason::Direction,
            GapReason::Audience,
            GapReason::NoCounterpart,
            GapReason::Due,
        ];
        let spanish = Words(Tongue::Spanish);
        let texts = rules.map(|rule| words::rule(rule).to_owned()).into_iter();
        let texts = texts.chain(ignored.map(|why| words::verdict(&Verdict::Ignored(why))));
        for english in texts.chain(gaps.map(|why| words::gap(&why))) {
            assert_ne!(reason(spanish, &english), english, "not in the table");
        }
    }
}
