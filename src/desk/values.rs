//! Values, and what was seen of a field, in the operator's language.

use litemap::LiteMap;
use smol_str::SmolStr;

use super::words::Words;
use crate::duplicates::explain::Tongue;
use crate::model::field::{Labels, Registry};
use crate::model::{FieldKey, RecordKind, Seen, Value};
use crate::words::{self, with_marks};

/// The part that tells an entry from others and tells people nothing.
const SILENT: &str = "id";
/// The lines of the table that say the words of a choice.
const CHOICES: [&str; 3] = ["choice: ", "status: ", "relation: "];

/// The name of a field.
pub(super) fn label(say: Words, labels: &Labels) -> String {
    match say.0 {
        Tongue::English => &labels.en,
        Tongue::Spanish => &labels.es,
        Tongue::French => &labels.fr,
    }
    .to_string()
}

/// What a field is called; by its key where nobody has declared it.
pub(super) fn field(say: Words, registry: &Registry, kind: RecordKind, key: &FieldKey) -> String {
    registry.field(kind, key).map_or_else(|| key.to_string(), |def| label(say, &def.labels))
}

/// A value. What the law protects especially is not shown.
pub(super) fn value(say: Words, value: &Value) -> String {
    match value {
        Value::Bool(yes) => say.say(if *yes { "yes" } else { "no" }).to_owned(),
        Value::Choice(choice) => choice_word(say, choice.as_str()),
        Value::Entry(parts) => entry(say, parts),
        Value::Special(_) => say.say("protected").to_owned(),
        Value::Email(email) => marked(say, words::of_email(email)),
        Value::Phone(phone) => marked(say, words::of_phone(phone)),
        Value::Text(_)
        | Value::Decimal(_)
        | Value::Integer(_)
        | Value::Date(_)
        | Value::Instant(_)
        | Value::Money(_)
        | Value::Country(_)
        | Value::Language(_)
        | Value::Address(_)
        | Value::Reference(_)
        | Value::Content(_) => words::value(value),
    }
}

fn marked(say: Words, (text, marks): (&str, Vec<&str>)) -> String {
    with_marks((text, marks.into_iter().map(|mark| say.word("mark: ", mark)).collect()))
}

/// What was seen of a field.
pub(super) fn seen(say: Words, seen: &Seen) -> String {
    if matches!(seen, Seen::Masked) {
        return say.say("hidden").to_owned();
    }
    let values: Vec<String> = seen.values().map(|one| value(say, one)).collect();
    if values.is_empty() { say.say("nothing there").to_owned() } else { values.join("; ") }
}

/// A word of a choice; as it is where it is a vendor's own.
pub(super) fn choice_word(say: Words, word: &str) -> String {
    let known = CHOICES.into_iter().find_map(|of| say.known(of, word));
    known.unwrap_or(word).to_owned()
}

/// An entry: its text first, where it has one, else its parts by name. An amount says its currency by itself.
fn entry(say: Words, parts: &LiteMap<SmolStr, Value>) -> String {
    let has_amount = parts.values().any(|part| matches!(part, Value::Money(_)));
    let is_silent = |name: &str| name == SILENT || has_amount && name == "currency";
    let told: Vec<(&str, String)> = parts
        .iter()
        .filter(|(name, _)| !is_silent(name))
        .map(|(name, part)| (name.as_str(), value(say, part)))
        .collect();
    if let [(_, only)] = told.as_slice() {
        return only.clone();
    }
    let of = |told: &[&(&str, String)]| told.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
    let (text, rest): (Vec<_>, Vec<_>) = told.iter().partition(|(name, _)| *name == "text");
    if let [text] = of(&text).as_slice() {
        let rest = of(&rest);
        return with_marks((text, rest.iter().map(String::as_str).collect()));
    }
    let named = told.iter().map(|(name, text)| format!("{} {text}", say.word("part: ", name)));
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FieldType;
    use crate::model::fields::standard;
    use crate::model::value::{Choice, Money};

    #[test]
    fn every_word_that_is_declared_is_said_in_each_language() {
        let says = |of: &FieldType| {
            if let FieldType::Choice(words) = of {
                for word in *words {
                    let is_known = CHOICES.iter().any(|of| Words(Tongue::French).known(of, word).is_some());
                    assert!(is_known, "choice: {word}");
                }
            }
        };
        for field in
            RecordKind::ALL.iter().flat_map(|kind| standard().fields(*kind).cloned().collect::<Vec<_>>())
        {
            says(&field.of);
            if let FieldType::Entry(parts) = field.of {
                for part in parts.iter().filter(|part| part.name != SILENT) {
                    assert!(
                        Words(Tongue::French).known("part: ", part.name).is_some(),
                        "part: {}",
                        part.name
                    );
                    says(&part.of);
                }
            }
        }
    }

    #[test]
    fn entries_are_read_as_people_write_them() {
        let text = |text: &str| Value::Text(text.to_owned());
        let told = |parts: &[(&str, Value)]| {
            let parts = parts.iter().map(|(name, value)| ((*name).into(), value.clone()));
            value(Words(Tongue::Spanish), &Value::entry(parts))
        };
        let note = [("author", text("recepción")), ("id", text("n9")), ("text", text("Llega tarde"))];
        assert_eq!(told(&note), "Llega tarde (recepción)");
        let amount = Value::Money(Money { amount_minor: 222_700, currency: "EUR".into() });
        assert_eq!(told(&[("amount", amount), ("currency", text("EUR"))]), "2227.00 EUR");
        let channel = Value::Choice(Choice::Known("walk_in".into()));
        assert_eq!(
            told(&[("channel", channel), ("stays", Value::Integer(2))]),
            "canal sin reserva, estancias 2"
        );
    }
}
