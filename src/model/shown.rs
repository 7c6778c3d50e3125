//! The storage form of what was seen of a field, in shadows and in the journal: as few words as can tell it apart.
//!
//! `null` is empty, `[value]` one value, `[null, {"ana@example.com": value}]` a set, `"masked"` hidden. Entries of the
//! first version say it in words: `"empty"`, `{"one": value}`, `{"set": {..}}`, and so does a shadow's field that has
//! more to say than what is known.

use litemap::LiteMap;
use serde::de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::ser::{SerializeSeq, SerializeStruct, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

use super::document::{Held, Seen};
use super::link::{Blocked, ShadowField};

/// A map on its way out: an object, also when it is empty.
struct Map<'a, K, V>(&'a LiteMap<K, V>);

impl<K: Serialize, V: Serialize> Serialize for Map<'_, K, V> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        as_map(self.0, out)
    }
}

/// Writes a map as an object, also when it is empty.
pub(super) fn as_map<K, V, S>(map: &LiteMap<K, V>, out: S) -> Result<S::Ok, S::Error>
where
    K: Serialize,
    V: Serialize,
    S: Serializer,
{
    out.collect_map(map.iter())
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => out.serialize_unit(),
            Self::Masked => out.serialize_str("masked"),
            Self::One(held) => {
                let mut list = out.serialize_seq(Some(1))?;
                list.serialize_element(held)?;
                list.end()
            }
            Self::Set(elements) => {
                let mut list = out.serialize_seq(Some(2))?;
                list.serialize_element(&())?;
                list.serialize_element(&Map(elements))?;
                list.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Seen;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("what was seen of a field")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Seen, E> {
                Ok(Seen::Empty)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Seen, A::Error> {
                read(list)
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Seen, E> {
                in_a_word(word)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut words: A) -> Result<Seen, A::Error> {
                let first = words.next_key()?.ok_or_else(|| de::Error::custom("a field without a word"))?;
                match first {
                    Word::One => words.next_value().map(Seen::One),
                    Word::Set => words.next_value().map(Seen::Set),
                }
            }
        }

        input.deserialize_any(Any)
    }
}

/// The words of the first version.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    One,
    Set,
}

fn in_a_word<E: de::Error>(word: &str) -> Result<Seen, E> {
    match word {
        "masked" => Ok(Seen::Masked),
        "empty" => Ok(Seen::Empty),
        _other => Err(E::custom("a word that is not one of those for what was seen")),
    }
}

fn read<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Seen, A::Error> {
    let missing = || de::Error::custom("a list that holds neither a value nor a set");
    let first: Option<Held> = list.next_element()?.ok_or_else(missing)?;
    match first {
        Some(held) => Ok(Seen::One(held)),
        None => Ok(Seen::Set(list.next_element()?.ok_or_else(missing)?)),
    }
}

impl Serialize for ShadowField {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Self { known, lossy, blocked } = self;
        if !lossy && blocked.is_none() {
            return known.serialize(out);
        }
        let mut field = out.serialize_struct("ShadowField", 3)?;
        field.serialize_field("known", known)?;
        field.serialize_field("lossy", lossy)?;
        field.serialize_field("blocked", blocked)?;
        field.end()
    }
}

impl<'de> Deserialize<'de> for ShadowField {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = ShadowField;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a field of a shadow")
            }

            fn visit_unit<E: de::Error>(self) -> Result<ShadowField, E> {
                Ok(ShadowField::known(Seen::Empty))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<ShadowField, A::Error> {
                read(list).map(ShadowField::known)
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<ShadowField, E> {
                in_a_word(word).map(ShadowField::known)
            }

            fn visit_map<A: MapAccess<'de>>(self, words: A) -> Result<ShadowField, A::Error> {
                let InWords { known, lossy, blocked } =
                    InWords::deserialize(MapAccessDeserializer::new(words))?;
                Ok(ShadowField { known, lossy, blocked })
            }
        }

        input.deserialize_any(Either)
    }
}

/// [`ShadowField`] with a word for each part.
#[derive(Deserialize)]
struct InWords {
    known: Seen,
    #[serde(default)]
    lossy: bool,
    #[serde(default)]
    blocked: Option<Blocked>,
}

#[cfg(test)]
mod tests {
    use super::super::value::Value;
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[track_caller]
    fn check(field: &ShadowField, stored: &str, in_words: &str) {
        assert_eq!(serde_json::to_string(field).expect("a field is JSON"), stored);
        for text in [stored, in_words] {
            let read: ShadowField = serde_json::from_str(text).expect(text);
            assert_eq!(read, *field, "{text}");
        }
    }

    #[test]
    fn what_is_known_takes_few_words_and_those_of_the_first_version_are_understood() {
        check(&ShadowField::known(Seen::Empty), "null", r#"{"known":"empty"}"#);
        check(&ShadowField::known(Seen::one(text("Ana"))), r#"["Ana"]"#, r#"{"known":{"one":"Ana"}}"#);
        let set = Seen::set([("a".into(), text("A")), ("b".into(), Value::Bool(true))]);
        let known = ShadowField::known(set);
        check(&known, r#"[null,{"a":"A","b":true}]"#, r#"{"known":{"set":{"a":"A","b":true}}}"#);
        check(&ShadowField::known(Seen::set([])), "[null,{}]", r#"{"known":{"set":{}}}"#);
        let refused = Blocked { target: Seen::one(text("Eva")), reason: "too long".to_owned() };
        check(
            &ShadowField { known: Seen::one(text("Ana")), lossy: true, blocked: Some(refused) },
            r#"{"known":["Ana"],"lossy":true,"blocked":{"target":["Eva"],"reason":"too long"}}"#,
            r#"{"known":{"one":"Ana"},"lossy":true,"blocked":{"target":{"one":"Eva"},"reason":"too long"}}"#,
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["[]", "[null]", "7", r#""Ana""#, "{}", r#"{"lossy":true}"#] {
            assert!(serde_json::from_str::<ShadowField>(text).is_err(), "{text}");
        }
    }
}
