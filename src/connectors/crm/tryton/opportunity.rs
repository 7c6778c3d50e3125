//! An opportunity as a reservation, and a reservation as the values of an opportunity.
//!
//! Party, state, dates and amount are Tryton's own fields; everything, these included, stands in the block of the
//! comment. Where both say something, Tryton's own field is what people edit, so it wins wherever it can hold the value.

use serde_json::{Map, Value as Json, json};

use crate::model::normalise::money;
use crate::model::value::{Choice, Money};
use crate::model::{Document, ExternalId, FieldKey, RecordId, RecordKind, Reference, Seen, Value, keys};

use super::block::Comment;
use super::facts::Facts;
use super::lens::{HUB_ID, Lens};
use super::state::{State, Touches};
use super::wire::{self, Row};

/// The fields of one read of an opportunity.
pub(super) const FIELDS: &[&str] = &[
    "reference",
    "comment",
    "description",
    "state",
    "start_date",
    "end_date",
    "amount",
    "currency.code",
    "employee",
    "party",
    "party.categories.name",
    "write_date",
    "create_date",
    "_timestamp",
];

/// Selects the opportunities that are reservations: the others are the hotel's own leads.
pub(super) fn scope() -> Json {
    json!(["OR", ["reference", "like", format!("{HUB_ID}%")], ["comment", "like", "%[cardex %"]])
}

/// The hub id that an opportunity carries; `None` when it is no reservation of cardex.
pub(super) fn hub_id(lens: &Lens, row: Row<'_>) -> Option<RecordId> {
    let by_reference = || RecordId::parse(row.text("reference")?.strip_prefix(HUB_ID)?);
    by_reference().or_else(|| Comment::parse(lens, row.text("comment")?).hub_id)
}

/// What an opportunity holds.
pub(super) fn document(lens: &Lens, row: Row<'_>) -> Document {
    let comment = Comment::parse(lens, row.text("comment").unwrap_or_default());
    let written = &comment.document;
    let mut document = Document::new();
    for field in &lens.block_fields {
        let many = lens.is_many(RecordKind::Reservation, field);
        let empty = if many { Seen::set([]) } else { Seen::Empty };
        document.insert(field.clone(), written.get(field).cloned().unwrap_or(empty));
    }
    document.insert(keys::HOLDER, Seen::optional(holder(lens, row)));
    let state = row.text("state").and_then(State::parse);
    if let Some(state) = state {
        let status = state.status(word(written, &keys::STATUS), row.number("party").is_some());
        document.insert(keys::STATUS, Seen::one(Value::Choice(Choice::Known(status.into()))));
    }
    // Without an arrival of ours the start date is the day on which Tryton filled it in.
    if !comment.has_block || written.get(&keys::ARRIVES_ON).is_some() {
        document.insert(keys::ARRIVES_ON, Seen::optional(row.date("start_date").map(Value::Date)));
    }
    if !state.is_some_and(State::is_closed) {
        document.insert(keys::DEPARTS_ON, Seen::optional(row.date("end_date").map(Value::Date)));
    }
    if let Some(amount) = amount(row) {
        document.insert(keys::TOTAL, Seen::one(Value::Money(amount)));
    }
    document
}

/// The text of a choice or text in a document.
fn word<'a>(document: &'a Document, field: &FieldKey) -> Option<&'a str> {
    document.value(field).and_then(Value::as_text)
}

fn date(document: &Document, field: &FieldKey) -> Option<chrono::NaiveDate> {
    document.value(field).and_then(Value::as_date)
}

fn holder(lens: &Lens, row: Row<'_>) -> Option<Value> {
    let party = row.related("party")?;
    let id = ExternalId::new(party.id().to_string());
    Some(Value::Reference(Reference::Remote(lens.kind_of(party), id)))
}

fn amount(row: Row<'_>) -> Option<Money> {
    money::from_text(row.decimal("amount")?, row.related("currency")?.text("code")?).ok()
}

/// What a write of one opportunity sends and where it has to go.
#[derive(Debug)]
pub(super) struct Change {
    /// The values of the create or write; empty when there is nothing to write.
    pub(super) values: Map<String, Json>,
    /// How far the states restrict the values.
    pub(super) touches: Touches,
    /// The state to end in.
    pub(super) state: State,
}

/// What an opportunity's values are computed from.
pub(super) struct Target<'a> {
    pub(super) lens: &'a Lens,
    pub(super) facts: &'a Facts,
    pub(super) record: RecordId,
    pub(super) document: &'a Document,
    /// The opportunity as it is; `None` to create it.
    pub(super) current: Option<Row<'a>>,
}

impl Target<'_> {
    /// The values to send and the state to end in.
    pub(super) fn change(&self) -> Change {
        let full = self.full();
        let party = party(&full);
        let state = State::showing(word(&full, &keys::STATUS), party.is_some());
        let mut values = self.native(&full, party, state);
        let now = self.current.and_then(|row| row.text("comment")).unwrap_or_default();
        let comment = Comment::parse(self.lens, now).with_block(self.record, &full, &self.lens.block_fields);
        values.insert("comment".to_owned(), json!(comment));
        values.insert("description".to_owned(), json!(description(&full)));
        if let Some(row) = self.current {
            values.retain(|field, value| !is_held(row, field, value));
        }
        let touches = touches(&values);
        Change { values, touches, state }
    }

    /// The whole reservation: what Tryton holds, with the document's fields over it.
    fn full(&self) -> Document {
        let mut full = self.current.map(|row| document(self.lens, row)).unwrap_or_default();
        for (field, seen) in self.document.iter() {
            full.insert(field.clone(), seen.clone());
        }
        full
    }

    fn native(&self, full: &Document, party: Option<i64>, state: State) -> Map<String, Json> {
        let mut values = Map::new();
        let mut put = |field: &str, value: Json| values.insert(field.to_owned(), value);
        put("reference", json!(format!("{HUB_ID}{}", self.record)));
        put("party", json!(party));
        if let Some(arrival) = date(full, &keys::ARRIVES_ON) {
            put("start_date", wire::date(arrival));
        }
        // Closing an opportunity sets its end date; the departure then stands in the block alone.
        let was_closed =
            self.current.and_then(|row| State::parse(row.text("state")?)).is_some_and(State::is_closed);
        if !(state.is_closed() && was_closed) {
            put("end_date", date(full, &keys::DEPARTS_ON).map_or(Json::Null, wire::date));
        }
        self.put_amount(full, &mut values);
        if self.current.is_none_or(|row| row.number("employee").is_none()) {
            values.insert("employee".to_owned(), json!(self.facts.employee));
        }
        if self.current.is_none() {
            values.insert("company".to_owned(), json!(self.facts.company));
        }
        values
    }

    /// The amount, where Tryton knows its currency; else it stands in the block alone.
    fn put_amount(&self, full: &Document, values: &mut Map<String, Json>) {
        let total = match full.value(&keys::TOTAL) {
            Some(Value::Money(money)) => Some(money),
            _ => None,
        };
        let own = self.facts.company_currency.as_deref();
        let fits = |money: &&Money| {
            let known = self.facts.currencies.contains_key(money.currency.as_str());
            if self.facts.opportunity_has_currency { known } else { own == Some(money.currency.as_str()) }
        };
        let total = total.filter(fits);
        let amount = total.map_or(Json::Null, |money| wire::decimal(&money::to_text(money)));
        values.insert("amount".to_owned(), amount);
        if self.facts.opportunity_has_currency {
            let kept = self.current.and_then(|row| row.related("currency")).and_then(|row| row.text("code"));
            let code = total.map(|money| money.currency.as_str()).or(kept).or(own);
            let id = code.and_then(|code| self.facts.currencies.get(code));
            values.insert("currency".to_owned(), json!(id));
        }
    }
}

/// The party that holds a reservation.
fn party(full: &Document) -> Option<i64> {
    match full.value(&keys::HOLDER) {
        Some(Value::Reference(Reference::Remote(_, id))) => id.as_str().parse().ok(),
        _ => None,
    }
}

/// One line for lists: `H1 1234, confirmed, 2031-12-01 to 2031-12-05`.
fn description(full: &Document) -> String {
    let text = |field| word(full, &field).map(str::to_owned);
    let number =
        [text(keys::PROPERTY), text(keys::NUMBER)].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let status = text(keys::STATUS).map(|word| word.replace('_', " "));
    let dates = match (date(full, &keys::ARRIVES_ON), date(full, &keys::DEPARTS_ON)) {
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
        (Some(day), None) | (None, Some(day)) => Some(day.to_string()),
        (None, None) => None,
    };
    let parts = [Some(number), status, dates].into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

fn is_held(row: Row<'_>, field: &str, value: &Json) -> bool {
    if field == "party" || field == "currency" {
        return row.related(field).map(Row::id) == value.as_i64();
    }
    if field == "amount" {
        let same = |text| money::from_text(text, "XXX").ok();
        return row.decimal("amount").and_then(same) == value["decimal"].as_str().and_then(same);
    }
    row.0.get(field).unwrap_or(&Json::Null) == value
}

fn touches(values: &Map<String, Json>) -> Touches {
    let of = |field: &String| match field.as_str() {
        "start_date" | "currency" => Touches::LeadOnly,
        "reference" => Touches::Nothing,
        _ => Touches::Open,
    };
    values.keys().map(of).max().unwrap_or(Touches::Nothing)
}
