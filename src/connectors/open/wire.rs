//! The shapes of the open contract, version 1, as `docs/open-connector.openapi.yaml` describes them.
//!
//! Nothing is interpreted here: [`super::map`] turns fields into values, [`super::client`] statuses into errors.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Field key to value, in the contract's JSON.
pub(super) type Fields = Map<String, Value>;

/// A record.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    #[serde(deserialize_with = "text")]
    pub(super) id: String,
    pub(super) version: Option<Version>,
    pub(super) hub_id: Option<String>,
    pub(super) modified_at: Option<String>,
    pub(super) modified_by: Option<String>,
    pub(super) hash: String,
    #[serde(default)]
    pub(super) partial: bool,
    pub(super) fields: Fields,
}

/// A version: a number that grows, or a token that only says whether something changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Version {
    Number(i64),
    Token(String),
}

/// The answer to `GET /v1/{kind}?changed_since=`.
#[derive(Debug, Deserialize)]
pub(super) struct Changes {
    #[serde(rename = "changes")]
    pub(super) page: Vec<Value>,
    #[serde(deserialize_with = "text")]
    pub(super) next: String,
    #[serde(default)]
    pub(super) more: bool,
    #[serde(default)]
    pub(super) capped: bool,
}

/// One change of a feed.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Change {
    Upserted { record: Value },
    Deleted(Name),
    Merged(Merged),
}

/// A record's id.
#[derive(Debug, Deserialize)]
pub(super) struct Name {
    #[serde(deserialize_with = "text")]
    pub(super) id: String,
}

/// A record that went into another.
#[derive(Debug, Deserialize)]
pub(super) struct Merged {
    #[serde(deserialize_with = "text")]
    pub(super) id: String,
    #[serde(deserialize_with = "text")]
    pub(super) into: String,
}

/// The answer to `GET /v1/{kind}/keys`.
#[derive(Debug, Deserialize)]
pub(super) struct Keys {
    #[serde(rename = "keys")]
    pub(super) page: Vec<Key>,
    #[serde(default)]
    pub(super) next: Option<String>,
    #[serde(default)]
    pub(super) capped: bool,
}

/// A record's id and the text that is equal for equal content.
#[derive(Debug, Deserialize)]
pub(super) struct Key {
    #[serde(deserialize_with = "text")]
    pub(super) id: String,
    pub(super) hash: String,
}

/// The answer to `POST /v1/{kind}/read`.
#[derive(Debug, Deserialize)]
pub(super) struct Readings {
    pub(super) results: Vec<Reading>,
}

/// What one read found.
#[derive(Debug, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(super) enum Reading {
    Found {
        #[serde(deserialize_with = "text")]
        id: String,
        record: Value,
    },
    NotFound(Name),
    OutOfScope(Name),
    Merged(Merged),
}

/// The answer to `POST /v1/{kind}/find`.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) found: Vec<FoundOne>,
}

/// A record and the hub id that it carries.
#[derive(Debug, Deserialize)]
pub(super) struct FoundOne {
    pub(super) hub_id: String,
    #[serde(deserialize_with = "text")]
    pub(super) id: String,
}

/// One write of `POST /v1/{kind}/write`. Without an id it creates.
#[derive(Debug, Serialize)]
pub(super) struct Write {
    pub(super) hub_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) if_version: Option<Version>,
    pub(super) quiet: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) purpose: Option<String>,
    pub(super) fields: Fields,
}

/// One record of `POST /v1/{kind}/withdraw`.
#[derive(Debug, Serialize)]
pub(super) struct Withdraw {
    pub(super) id: String,
    pub(super) hub_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) if_version: Option<Version>,
}

/// The answer to `POST /v1/{kind}/write` and to `POST /v1/{kind}/withdraw`.
#[derive(Debug, Deserialize)]
pub(super) struct Written {
    pub(super) results: Vec<Outcome>,
}

/// What became of one write.
#[derive(Debug, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(super) enum Outcome {
    Done {
        #[serde(deserialize_with = "text")]
        id: String,
        version: Option<Version>,
        fields: Option<Fields>,
    },
    Exists(Name),
    Stale {},
    NotFound {},
    Rejected {
        field: Option<String>,
        #[serde(default)]
        why: String,
    },
    Retry {
        after_seconds: Option<u64>,
    },
}

/// A webhook's body.
#[derive(Debug, Deserialize)]
pub(super) struct Push {
    pub(super) events: Vec<Event>,
}

/// What happened to one record. A kind or a type that this version does not know is skipped or read as a change.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) kind: String,
    #[serde(deserialize_with = "text")]
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) what: String,
}

/// The body of an error (RFC 9457).
#[derive(Debug, Default, Deserialize)]
pub(super) struct Problem {
    #[serde(rename = "type", default)]
    pub(super) name: String,
}

/// Ids are text here; a system that has numbers may send numbers.
fn text<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum TextOrNumber {
        Text(String),
        Number(i64),
    }
    Ok(match TextOrNumber::deserialize(input)? {
        TextOrNumber::Text(text) => text,
        TextOrNumber::Number(number) => number.to_string(),
    })
}
