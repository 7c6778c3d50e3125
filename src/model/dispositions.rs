//! The storage form of an observation's dispositions: each verdict once, and beside each cell the number of its verdict.
//!
//! Most cells of an observation meet the same fate. Written out beside every value, that is half of the journal.
//!
//! `{"v": [verdicts], "c": [["surname", 0, ["García"]], ["emails", 1, [{..}], "ana@example.com"]]}`. Entries of the first
//! version are lists of [`Disposition`] as it is.

use serde::de::{
    self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer, value::SeqAccessDeserializer,
};
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

use super::disposition::{Disposition, Verdict};
use super::document::Seen;
use super::field::FieldKey;
use super::ids::Element;

/// Writes dispositions.
pub(super) fn serialize<S: Serializer>(dispositions: &[Disposition], out: S) -> Result<S::Ok, S::Error> {
    let mut verdicts: Vec<&Verdict> = Vec::new();
    let number = |disposition| {
        let Disposition { verdict, .. }: &Disposition = disposition;
        verdicts.iter().position(|known| *known == verdict).unwrap_or_else(|| {
            verdicts.push(verdict);
            verdicts.len() - 1
        })
    };
    let numbers: Vec<usize> = dispositions.iter().map(number).collect();
    let cells = dispositions.iter().zip(numbers).map(|(of, verdict)| CellOut { of, verdict }).collect();
    Out { verdicts, cells }.serialize(out)
}

/// Reads what [`serialize`] wrote, and what its predecessor did.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Disposition>, D::Error> {
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = Vec<Disposition>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("dispositions")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<Disposition>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }

        fn visit_map<A: MapAccess<'de>>(self, packed: A) -> Result<Vec<Disposition>, A::Error> {
            let In { verdicts, cells } = In::deserialize(MapAccessDeserializer::new(packed))?;
            let of = |cell: CellIn| {
                let CellIn(field, verdict, observed, element) = cell;
                Some(Disposition { field, element, observed, verdict: verdicts.get(verdict)?.clone() })
            };
            let dispositions = cells.into_iter().map(of).collect::<Option<_>>();
            dispositions.ok_or_else(|| de::Error::custom("a cell without its verdict"))
        }
    }

    input.deserialize_any(Either)
}

#[derive(Serialize)]
struct Out<'a> {
    #[serde(rename = "v")]
    verdicts: Vec<&'a Verdict>,
    #[serde(rename = "c")]
    cells: Vec<CellOut<'a>>,
}

struct CellOut<'a> {
    of: &'a Disposition,
    verdict: usize,
}

impl Serialize for CellOut<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Disposition { field, element, observed, verdict: _ } = self.of;
        let mut list = out.serialize_seq(None)?;
        list.serialize_element(field)?;
        list.serialize_element(&self.verdict)?;
        list.serialize_element(observed)?;
        if let Some(element) = element {
            list.serialize_element(element)?;
        }
        list.end()
    }
}

#[derive(Deserialize)]
struct In {
    #[serde(rename = "v")]
    verdicts: Vec<Verdict>,
    #[serde(rename = "c")]
    cells: Vec<CellIn>,
}

struct CellIn(FieldKey, usize, Seen, Option<Element>);

impl<'de> Deserialize<'de> for CellIn {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = CellIn;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a cell with the number of its verdict")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<CellIn, A::Error> {
                let missing = || de::Error::custom("a cell without a field, a verdict or a value");
                let field = list.next_element()?.ok_or_else(missing)?;
                let verdict = list.next_element()?.ok_or_else(missing)?;
                let observed = list.next_element()?.ok_or_else(missing)?;
                Ok(CellIn(field, verdict, observed, list.next_element()?))
            }
        }

        input.deserialize_seq(List)
    }
}

#[cfg(test)]
mod tests {
    use super::super::journal::Event;
    use super::super::record::Rule;
    use super::super::value::Value;
    use super::*;

    fn observed() -> Event {
        let cell = |field, element: Option<&str>, verdict| Disposition {
            field: FieldKey::of(field),
            element: element.map(Element::new),
            observed: Seen::one(Value::Text("García".to_owned())),
            verdict,
        };
        let dispositions = vec![
            cell("surname", None, Verdict::Applied(Rule::Owner)),
            cell("emails", Some("ana@example.com"), Verdict::Rejected("no address".to_owned())),
            cell("title", None, Verdict::Applied(Rule::Owner)),
        ];
        Event::Observed { dispositions }
    }

    #[test]
    fn dispositions_are_read_as_they_were_written_each_verdict_once() {
        let text = serde_json::to_string(&observed()).expect("an event is JSON");
        assert_eq!(text.matches("applied").count(), 1, "{text}");
        let read: Event = serde_json::from_str(&text).expect("it can be read");
        assert_eq!(read, observed());
    }

    #[test]
    fn entries_of_the_first_version_are_read() {
        let text = r#"{"event": "observed", "dispositions": [
            {"field": "surname", "observed": {"one": "García"}, "verdict": {"applied": "owner"}},
            {"field": "emails", "element": "ana@example.com", "observed": {"one": "García"},
             "verdict": {"rejected": "no address"}},
            {"field": "title", "observed": {"one": "García"}, "verdict": {"applied": "owner"}}]}"#;
        let read: Event = serde_json::from_str(text).expect("it can be read");
        assert_eq!(read, observed());
    }
}
