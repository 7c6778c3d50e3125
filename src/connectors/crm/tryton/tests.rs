//! The pure parts: names, text, blocks, states, answers and feeds, as tables.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::block::Comment;
use super::classify::{Answer, Refusal, classify};
use super::config::TrytonSettings;
use super::feed::{Page, Position};
use super::lens::Lens;
use super::name::{self, Parts};
use super::state::{Button, Route, State, Touches};
use crate::connectors::registry::Context;
use crate::model::fields;
use crate::model::normalise::email::Relays;
use crate::model::{Document, RecordId, Seen, SystemId, Value, keys};

fn settings(more: &str) -> Result<TrytonSettings, String> {
    let text = format!(
        "[system]\nurl = \"http://localhost:8000\"\ndatabase = \"crm\"\nuser = \"cardex\"\n\
         password_file = \"/nowhere\"\n{more}"
    );
    let source = config::File::from_str(&text, config::FileFormat::Toml);
    let config = config::Config::builder().add_source(source).build().map_err(|error| error.to_string())?;
    let section = config.get::<config::Value>("system").map_err(|error| error.to_string())?;
    TrytonSettings::read(&SystemId::new("crm"), section).map_err(|error| error.to_string())
}

fn lens() -> Lens {
    let settings = settings("").expect("the settings are complete");
    let context = Context {
        property: "H1".to_owned(),
        time_zone: chrono_tz::UTC,
        default_region: "ES".to_owned(),
        currency: "EUR".to_owned(),
        relays: Relays::default(),
        registry: Arc::new(fields::standard()),
    };
    Lens::new(&settings, &context)
}

fn parts(given: &str, surname: &str, second: &str) -> Parts {
    Parts { given: given.to_owned(), surname: surname.to_owned(), second_surname: second.to_owned() }
}

#[test]
fn typed_names_are_split_before_the_last_word_and_its_particles() {
    let check = |typed: &str, expected: Parts| assert_eq!(name::split(typed), expected, "{typed}");
    check("", parts("", "", ""));
    check("García", parts("", "García", ""));
    check("Ana García", parts("Ana", "García", ""));
    check("  Ana   María  García ", parts("Ana María", "García", ""));
    check("Ana de la Cruz", parts("Ana", "de la Cruz", ""));
    check("Vincent van Gogh", parts("Vincent", "van Gogh", ""));
    check("de la Cruz", parts("de", "la Cruz", ""));
    check("García López, Ana", parts("Ana", "García López", ""));
    check("García,", parts("", "García", ""));
    check(",", parts("", "", ""));
}

proptest! {
    #[test]
    fn joined_name_is_split_into_the_same_parts(
        given in "[\\p{L},.' -]{0,12}",
        surname in "[\\p{L},.' -]{1,12}",
        second in "[\\p{L},.' -]{0,12}",
    ) {
        let line = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
        let parts = parts(&line(&given), &line(&surname), &line(&second));
        prop_assert_eq!(name::split(&name::join(&parts)), parts);
    }

    #[test]
    fn splitting_a_typed_name_loses_nothing_that_joining_brings_back(typed in "\\PC{0,24}") {
        let parts = name::split(&typed);
        prop_assert_eq!(name::split(&name::join(&parts)), parts);
    }

    #[test]
    fn blocks_survive_any_text_around_them(before in "\\PC{0,16}", after in "\\PC{0,16}", remark in "\\PC{0,24}") {
        let lens = lens();
        let record = RecordId::new(Uuid::from_u128(7));
        let document = Document::new().with(keys::REMARKS, Seen::one(Value::Text(remark)));
        prop_assume!(!before.contains("[cardex ") && !after.contains("[/cardex]"));
        let comment = Comment::parse(&lens, &before).with_block(record, &document, &lens.block_fields);
        let comment = format!("{comment}{after}");
        let read = Comment::parse(&lens, &comment);
        prop_assert_eq!(&read.document, &document);
        prop_assert_eq!(read.with_block(record, &document, &lens.block_fields), comment);
    }
}

#[test]
fn damaged_blocks_say_what_is_left() {
    let lens = lens();
    let check = |comment: &str, has_block: bool, known: &[&str]| {
        let read = Comment::parse(&lens, comment);
        assert_eq!(read.has_block, has_block, "{comment}");
        let found: Vec<String> = read.document.iter().map(|(field, _)| field.to_string()).collect();
        assert_eq!(found, known, "{comment}");
    };
    check("", false, &[]);
    check("no block", false, &[]);
    check("[cardex x", false, &[]);
    check("[cardex x]\nnumber: \"1\"", true, &["number"]);
    check("[cardex x]\r\nnumber: \"1\"\r\nstatus confirmed\r\n[/cardex]", true, &["number"]);
    check("[cardex x]\nnumber: \"1\nstatus: confirmed\n[/cardex]", true, &["status"]);
}

#[test]
fn states_show_statuses_until_somebody_presses_a_button() {
    let check = |written: Option<&str>, has_party: bool, state: State, expected: &str| {
        assert_eq!(state.status(written, has_party), expected, "{written:?} {state:?}");
    };
    for status in fields::STATUSES {
        let state = State::showing(Some(status), true);
        check(Some(status), true, state, status);
        check(Some(status), false, State::showing(Some(status), false), status);
    }
    check(Some("in_house"), true, State::Converted, "in_house");
    check(Some("checked_out"), true, State::Won, "checked_out");
    check(Some("confirmed"), true, State::Lead, "tentative");
    check(Some("confirmed"), true, State::Cancelled, "cancelled");
    check(Some("cancelled"), true, State::Opportunity, "confirmed");
    check(Some("cancelled"), true, State::Won, "confirmed");
    check(Some("tentative"), true, State::Lost, "no_show");
    check(None, true, State::Opportunity, "confirmed");
}

#[test]
fn routes_open_what_must_be_written_and_end_in_the_state() {
    use Button::{Cancel, Lead, Lost, Opportunity};
    let check = |from: State, touches: Touches, to: State, before: Option<Button>, after: Option<Button>| {
        assert_eq!(from.route(touches, to), Some(Route { before, after }), "{from:?} {touches:?} {to:?}");
    };
    check(State::Lead, Touches::LeadOnly, State::Opportunity, None, Some(Opportunity));
    check(State::Opportunity, Touches::Open, State::Opportunity, None, None);
    check(State::Opportunity, Touches::LeadOnly, State::Opportunity, Some(Lead), Some(Opportunity));
    check(State::Opportunity, Touches::Open, State::Cancelled, None, Some(Cancel));
    check(State::Opportunity, Touches::Nothing, State::Lead, None, Some(Lead));
    check(State::Cancelled, Touches::Open, State::Cancelled, Some(Lead), Some(Cancel));
    check(State::Cancelled, Touches::Nothing, State::Cancelled, None, None);
    check(State::Cancelled, Touches::Nothing, State::Lost, Some(Lead), Some(Lost));
    check(State::Lost, Touches::Open, State::Lead, Some(Lead), None);
    for state in [State::Converted, State::Won] {
        assert_eq!(state.route(Touches::Open, State::Cancelled), None);
        check(state, Touches::Nothing, State::Opportunity, None, None);
    }
}

#[test]
fn answers_are_classified() {
    let check = |status: u16, retry_after: Option<&str>, body: &str, expected: Answer| {
        assert_eq!(classify(status, retry_after, body.as_bytes()), expected, "{status} {body}");
    };
    let answer = |status: u16, expected: Answer| check(status, None, "<!doctype html>", expected);
    check(200, None, r#"{"id":1,"result":[1]}"#, Answer::Done(json!([1])));
    check(200, None, r#"{"id":1,"result":null}"#, Answer::Done(json!(null)));
    check(
        200,
        None,
        r#"{"id":1,"error":["UserWarning",["w 3 2","Different names","",null]]}"#,
        Answer::Warning("w 3 2".to_owned()),
    );
    check(200, None, r#"{"id":1,"error":["ConcurrencyException","Records were modified"]}"#, Answer::Stale);
    check(200, None, r#"{"id":1,"error":["LoginException",["x"]]}"#, Answer::MoreFactors);
    check(
        200,
        None,
        r#"{"id":1,"error":["'sale.opportunity'",""]}"#,
        Answer::Unknown("sale.opportunity".to_owned()),
    );
    check(200, None, r#"{"id":1,"error":["Database 'x' doesn't exist!",""]}"#, Answer::NoDatabase);
    check(200, None, r#"{"id":1,"error":["'Ana García'",""]}"#, Answer::Broken);
    check(200, None, r#"{"id":1,"error":[]}"#, Answer::Broken);
    check(200, None, r#"{"id":1}"#, Answer::Undecodable);
    check(200, None, "[1]", Answer::Undecodable);
    answer(200, Answer::Undecodable);
    answer(401, Answer::SessionGone);
    answer(403, Answer::Forbidden);
    answer(404, Answer::NoDatabase);
    answer(405, Answer::WrongAddress);
    answer(308, Answer::WrongAddress);
    answer(413, Answer::TooLarge);
    answer(422, Answer::Broken);
    answer(429, Answer::Throttled(None));
    check(429, Some("30"), "", Answer::Throttled(Some(Duration::from_secs(30))));
    check(429, Some("-1"), "", Answer::Throttled(None));
    check(429, Some("Wed, 21 Oct 2026 07:28:00 GMT"), "", Answer::Throttled(None));
    for status in [408, 500, 502, 503, 504] {
        answer(status, Answer::Unwell(status));
    }
}

#[test]
fn refusals_keep_labels_and_lose_values() {
    let check = |message: &str, field: Option<&str>, model: Option<&str>, why: &str| {
        let body = json!({"id": 1, "error": ["UserError", [message, "", null]]}).to_string();
        let (field, model) = (field.map(str::to_owned), model.map(str::to_owned));
        let expected = Answer::Refused(Refusal { field, model, why: why.to_owned() });
        assert_eq!(classify(200, None, body.as_bytes()), expected, "{message}");
    };
    check(
        r#"A value is required for field "Employee" in record "12 [cardex:x]" of "Sale Opportunity"."#,
        Some("Employee"),
        Some("Sale Opportunity"),
        "A value is required for field Employee in record … of Sale Opportunity.",
    );
    check(
        r#"The value "ana@example.com" for field "Type" in "Contact Mechanism" is not one of the allowed options."#,
        Some("Type"),
        Some("Contact Mechanism"),
        "The value … for field Type in Contact Mechanism is not one of the allowed options.",
    );
    check("ana@example.com was refused 3 times", None, None, "… was refused … times");
    check("", None, None, "");
}

/// The window of the feeds below: ten seconds.
const WINDOW: i64 = 10_000_000;

/// Walks a feed the way `changes` does, `limit` rows at a time, over rows that do not move.
fn walk(
    mut position: Position,
    written: &[(i64, i64)],
    created: &[(i64, i64)],
    limit: usize,
) -> (Vec<i64>, Position) {
    let mut seen = Vec::new();
    loop {
        let lower = position.lower(WINDOW);
        let half = |rows: &[(i64, i64)]| -> Vec<(i64, i64)> {
            rows.iter().copied().filter(|place| *place > lower).take(limit).collect()
        };
        let Page { fresh, next, more } = position.advance(&[half(written), half(created)], limit, WINDOW);
        seen.extend(fresh);
        position = next;
        if !more {
            return (seen, position);
        }
    }
}

proptest! {
    #[test]
    fn walk_shows_every_row_once(
        stamps in proptest::collection::vec((0_i64..40_000_000, any::<bool>()), 0..60),
        late in proptest::collection::vec(0_i64..10_000_000, 0..10),
        limit in 1_usize..7,
    ) {
        let mut rows: Vec<(i64, i64, bool)> =
            stamps.into_iter().zip(1..).map(|((stamp, changed), id)| (stamp, id, changed)).collect();
        rows.sort_unstable();
        let half = |rows: &[(i64, i64, bool)], changed: bool| -> Vec<(i64, i64)> {
            rows.iter().filter(|row| row.2 == changed).map(|row| (row.0, row.1)).collect()
        };
        let (mut seen, position) = walk(Position::at(None), &half(&rows, true), &half(&rows, false), limit);
        // Transactions that began inside the window commit after the walk.
        let high = rows.last().map_or(0, |row| row.0);
        rows.extend(late.into_iter().zip(1_000..).map(|(back, id)| (high - back + 1, id, true)));
        rows.sort_unstable();
        let (more, _) = walk(position, &half(&rows, true), &half(&rows, false), limit);
        seen.extend(more);
        seen.sort_unstable();
        let mut expected: Vec<i64> = rows.iter().map(|row| row.1).collect();
        expected.sort_unstable();
        prop_assert_eq!(seen, expected);
    }
}

#[test]
fn settings_are_refused_by_the_key_that_is_wrong() {
    let check = |more: &str, key: &str| {
        let error = settings(more).expect_err("it is refused");
        assert!(error.contains(key), "{more}: {error}");
    };
    assert!(settings("").is_ok());
    check("colour = \"red\"", "colour");
    check("agency_category = \"Company\"", "agency_category");
    check("timeout_ms = 0", "timeout_ms");
}
