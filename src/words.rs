//! Values and reasons in words, for operators' eyes only: never for a log.

use crate::model::disposition::Ignored;
use crate::model::normalise::money;
use crate::model::value::{Address, Email, Phone};
use crate::model::{FieldKey, Provenance, Record, Reference, Rule, Seen, Value, Verdict, keys};
use crate::reconcile::{Exclusion, GapReason};

/// What a profile is called: its id where it has no name.
pub(crate) fn name(record: &Record) -> String {
    let text = |key: &FieldKey| record.value(key).map(value).unwrap_or_default();
    let parts = [&keys::GIVEN_NAMES, &keys::SURNAME, &keys::SECOND_SURNAME, &keys::NAME].map(text);
    let name = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    if name.is_empty() { record.id.to_string() } else { name }
}

/// What was seen of a field.
pub(crate) fn seen(seen: &Seen) -> String {
    match seen {
        Seen::Empty => "(nothing)".to_owned(),
        Seen::Masked => "(hidden)".to_owned(),
        Seen::One(held) => value(&held.0),
        Seen::Set(elements) if elements.is_empty() => "(nothing)".to_owned(),
        Seen::Set(elements) => elements.values().map(|held| value(&held.0)).collect::<Vec<_>>().join("; "),
    }
}

/// A value. What the law protects especially is not printed.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Decimal(text) => text.replace('\n', " / "),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Instant(instant) => instant.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Value::Money(amount) => format!("{} {}", money::to_text(amount), amount.currency),
        Value::Country(country) => country.0.to_string(),
        Value::Language(language) => language.0.to_string(),
        Value::Email(email) => with_marks(of_email(email)),
        Value::Phone(phone) => with_marks(of_phone(phone)),
        Value::Address(address) => postal(address),
        Value::Choice(choice) => choice.as_str().to_owned(),
        Value::Reference(Reference::Record(kind, id)) => format!("{kind} {id}"),
        Value::Reference(Reference::Remote(kind, id)) => format!("{kind} `{id}`"),
        Value::Content(content) => format!("({} of {} bytes)", content.media_type, content.size_bytes),
        Value::Entry(parts) => {
            let parts: Vec<String> =
                parts.iter().map(|(name, part)| format!("{name} {}", self::value(part))).collect();
            parts.join(", ")
        }
        Value::Special(_) => "(protected)".to_owned(),
    }
}

/// An address, and what it is marked with.
pub(crate) fn of_email(email: &Email) -> (&str, Vec<&str>) {
    let marks = [(email.primary, "primary"), (email.verified, "verified"), (email.relay, "relay")];
    (&email.address, set(email.label.as_deref(), &marks))
}

/// A number, and what it is marked with.
pub(crate) fn of_phone(phone: &Phone) -> (&str, Vec<&str>) {
    let marks = [(phone.primary, "primary"), (phone.verified, "verified")];
    (phone.e164.as_deref().unwrap_or(&phone.typed), set(phone.label.as_deref(), &marks))
}

fn set<'v>(label: Option<&'v str>, marks: &[(bool, &'static str)]) -> Vec<&'v str> {
    label.into_iter().chain(marks.iter().filter(|(is_set, _)| *is_set).map(|(_, name)| *name)).collect()
}

/// A text with what is said about it.
pub(crate) fn with_marks((text, marks): (&str, Vec<&str>)) -> String {
    if marks.is_empty() { text.to_owned() } else { format!("{text} ({})", marks.join(", ")) }
}

fn postal(address: &Address) -> String {
    let street = address.street.replace('\n', ", ");
    let country = address.country.as_ref().map_or("", |country| country.0.as_str());
    let parts = [street.as_str(), &address.postal_code, &address.city, &address.region, country];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Where a value came from.
pub(crate) fn origin(provenance: &Provenance) -> String {
    let system = provenance.system.as_ref().map_or_else(|| "the hub".to_owned(), ToString::to_string);
    let actor = provenance.actor.as_ref().map_or_else(String::new, |actor| format!(" ({actor})"));
    format!("{system}{actor}, {}, {}", provenance.at.format("%Y-%m-%d %H:%M:%S"), rule(provenance.rule))
}

/// The rule that let a value in, or kept it out.
pub(crate) const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::OnlyChange => "nobody else had changed it",
        Rule::FirstContact => "it was new",
        Rule::Fill => "the hub had nothing",
        Rule::Owner => "the owner's value wins",
        Rule::MostRestrictive => "what allows less wins",
        Rule::Element => "an element was added, edited or removed",
        Rule::Quality => "the better kind of value wins",
        Rule::Append => "it was added",
        Rule::Latest => "the later change wins",
        Rule::Derived => "computed",
        Rule::Operator => "an operator decided",
        Rule::Pin => "an operator has fixed it",
        Rule::Survivor => "the survivor of a merge",
        Rule::GoneAtOwner => "it is gone at its PMS",
    }
}

/// What became of a value that did not make it.
pub(crate) fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Applied(by) => rule(*by).to_owned(),
        Verdict::Adopted => "the hub had the same".to_owned(),
        Verdict::Superseded { by: Some(system), rule: by } => format!("{system} won: {}", rule(*by)),
        Verdict::Superseded { by: None, rule: by } => format!("the hub's own won: {}", rule(*by)),
        Verdict::Ignored(why) => ignored(*why).to_owned(),
        Verdict::Rejected(why) => format!("refused: {why}"),
        Verdict::Review(id) => format!("waits for review {id}"),
        Verdict::Erased => "the person asked to be forgotten".to_owned(),
    }
}

pub(crate) const fn ignored(why: Ignored) -> &'static str {
    match why {
        Ignored::Direction => "the field does not travel this way",
        Ignored::Derived => "the hub computes the field itself",
        Ignored::NotClearable => "empty does not clear it there",
        Ignored::HistoryConsent => "history does not raise consent",
        Ignored::HistoryLate => "history does not beat a live change",
        Ignored::Secondary => "a second counterpart does not change it",
        Ignored::Masked => "the system hides it",
    }
}

/// Why a system shows something else.
pub(crate) fn gap(reason: &GapReason) -> String {
    match reason {
        GapReason::NoField => "it has no such field, or nobody can write it".to_owned(),
        GapReason::Form => "that is how it can hold it".to_owned(),
        GapReason::Lossy => "it does not keep what it is sent".to_owned(),
        GapReason::Refused(why) => format!("it has refused the value: {why}"),
        GapReason::UnderReview => "a review waits".to_owned(),
        GapReason::Direction => "the field does not travel there".to_owned(),
        GapReason::Audience => "the field is not for it to see".to_owned(),
        GapReason::NoCounterpart => "its record is gone, merged, quarantined or not there yet".to_owned(),
        GapReason::Due => "it will be written".to_owned(),
    }
}

/// Why a record is not sent to a system.
pub(crate) const fn exclusion(why: Exclusion) -> &'static str {
    match why {
        Exclusion::Kind => "the system does not have or create this kind of record",
        Exclusion::DoNotRecreate => "it was deleted, erased or merged there and is not created again",
        Exclusion::Quarantined => "its id there is quarantined",
        Exclusion::NotLive => "the record is merged, erased or retired",
        Exclusion::Stub => "it was never more than a placeholder or a cancelled stub",
    }
}
