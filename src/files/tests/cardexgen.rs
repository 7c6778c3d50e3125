use super::dirt::{self, Fate, File, Style};
use super::take;
use crate::model::value::{Choice, Value};
use crate::model::{Document, FieldKey, Observation, Origin, Reference, Seen, Shape};

const LAYOUT: &str = "layout = \"cardexgen\"";
const STYLES: [Style; 3] = [
    Style { delimiter: ',', line_end: "\n", mark: "" },
    Style { delimiter: ';', line_end: "\r\n", mark: "\u{feff}" },
    Style { delimiter: '\t', line_end: "\n", mark: "" },
];

/// Every row of a file becomes what it is expected to, and the fields that are named are the right ones.
#[track_caller]
fn check(name: &str, file: &File) {
    for style in STYLES {
        let mapped = take(LAYOUT, name, &file.bytes(style)).expect("a readable file");
        let fates: Vec<Fate> = file.fates().collect();
        let mut wanted: Vec<&str> = Vec::new();
        let mut remarked: Vec<&str> = Vec::new();
        for fate in &fates {
            match fate {
                Fate::Taken => {}
                Fate::Refused(field) => wanted.push(field),
                Fate::Remarked(field) => remarked.push(field),
            }
        }
        let mut refused: Vec<_> = mapped.rejects.iter().collect();
        refused.sort_by_key(|reject| reject.line);
        let fields: Vec<&str> = refused.iter().map(|reject| reject.field.as_str()).collect();
        assert_eq!(fields, wanted, "{name} {style:?}: {refused:?}");
        let said: Vec<&str> = mapped.remarks.iter().map(|remark| remark.field.as_str()).collect();
        assert_eq!(said, remarked, "{name} {style:?}: {:?}", mapped.remarks);
        assert_eq!(mapped.observations.len(), fates.len() - wanted.len());
        assert!(refused.iter().all(|reject| !reject.row.is_empty()), "a reject without its row");
        assert!(
            mapped
                .observations
                .iter()
                .all(|seen| seen.origin == Origin::History && seen.shape == Shape::Partial)
        );
    }
}

#[test]
fn every_bad_row_of_a_dirty_cardex_is_found_and_explained() {
    check("companies.csv", &dirt::companies());
    check("guests.csv", &dirt::guests());
    check("reservations.csv", &dirt::reservations());
}

#[test]
fn torn_end_costs_nothing_but_itself() {
    let file = dirt::reservations();
    for style in STYLES {
        let whole = file.bytes(style);
        let good = take(LAYOUT, "reservations.csv", &whole).expect("a readable file");

        let torn = format!("R9{0}TORN{0}\"unterminated note\nwithout an end", style.delimiter);
        let bytes = [whole, torn.into_bytes()].concat();
        let mapped = take(LAYOUT, "reservations.csv", &bytes).expect("a readable file");
        assert_eq!(mapped.observations.len(), good.observations.len());
        assert_eq!(mapped.rejects.len(), good.rejects.len() + 1);
    }
}

fn first(name: &str, file: &File) -> Observation {
    let mut mapped = take(LAYOUT, name, &file.bytes(STYLES[0])).expect("a readable file");
    mapped.observations.swap_remove(0)
}

fn text<'a>(document: &'a Document, key: &str) -> &'a str {
    document.value(&FieldKey::new(key)).and_then(Value::as_text).unwrap_or_default()
}

fn keys(document: &Document, key: &str) -> Vec<String> {
    let elements = document.get(&FieldKey::new(key)).and_then(Seen::elements);
    elements.into_iter().flatten().map(|(element, _)| element.to_string()).collect()
}

#[test]
fn guest_is_read_whole() {
    let seen = first("guests.csv", &dirt::guests());
    let document = &seen.document;
    assert_eq!(seen.subject.external_id.as_str(), "G00000001");
    assert_eq!(seen.modified_at.map(|at| at.to_rfc3339()).as_deref(), Some("2019-05-20T11:18:42+00:00"));
    assert_eq!((text(document, "surname"), text(document, "given_names")), ("Navarro Torres", "Begoña"));
    assert_eq!(document.value(&FieldKey::of("sex")), Some(&Value::Choice(Choice::Known("female".into()))));
    assert_eq!(keys(document, "emails"), ["guest1@mail.example"]);
    assert_eq!(keys(document, "phones"), ["+34663547414"]);
    assert_eq!(keys(document, "addresses"), ["calle mayor 1 piso 2 madrid es"]);
    assert_eq!(keys(document, "preferences"), ["food/vegan/yes", "room/quiet/yes"]);
    assert_eq!(keys(document, "loyalty_numbers"), ["house/7000000018"]);
    assert_eq!(keys(document, "consents"), ["marketing/email/"]);
    assert_eq!(keys(document, "identity_documents").len(), 1);
    assert_eq!(keys(document, "notes"), ["cardex"]);
}

#[test]
fn reservation_is_read_whole() {
    let seen = first("reservations.csv", &dirt::reservations());
    let document = &seen.document;
    assert_eq!(seen.subject.external_id.as_str(), "R000000001");
    assert_eq!((text(document, "status"), text(document, "property")), ("checked_out", "H001"));
    assert_eq!(text(document, "channel"), "corporate");
    assert_eq!(keys(document, "rooms"), ["1", "2"]);
    assert_eq!(keys(document, "extras"), ["1", "2"]);
    assert_eq!(keys(document, "external_references"), ["confirmation/00000001"]);
    let Some(Value::Money(total)) = document.value(&FieldKey::of("total_spend")) else { panic!("no total") };
    assert_eq!((total.amount_minor, total.currency.as_str()), (36320, "EUR"));
    let Some(Value::Reference(Reference::Remote(_, holder))) = document.value(&FieldKey::of("holder")) else {
        panic!("no holder");
    };
    assert_eq!(holder.as_str(), "G00000001");
}

#[test]
fn companies_and_agencies_are_told_apart() {
    let mapped = take(LAYOUT, "companies.csv", &dirt::companies().bytes(STYLES[0])).expect("a readable file");
    let kinds: Vec<&str> = mapped.observations.iter().map(|seen| seen.subject.kind.name()).collect();
    assert_eq!(kinds, ["company", "agency"]);
    assert_eq!(text(&mapped.observations[1].document, "iata"), "12345678");
    assert!(
        mapped.observations[0].document.get(&FieldKey::of("iata")).is_none(),
        "a company has no such field"
    );
}
