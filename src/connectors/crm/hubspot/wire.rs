//! The JSON of HubSpot's interface, as far as it is read. Values are personal data: nothing here can be printed.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

use crate::model::normalise::date;

/// The properties of a record: every value travels as a text.
pub(super) type Properties = BTreeMap<String, Option<String>>;

/// A record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Object {
    pub(super) id: String,
    #[serde(default)]
    pub(super) properties: Properties,
    /// What each property has held, latest first, where that was asked for.
    #[serde(default, rename = "propertiesWithHistory")]
    pub(super) history: BTreeMap<String, Vec<Past>>,
    #[serde(default)]
    updated_at: Option<String>,
    /// Which input of a batch this is the result of.
    #[serde(default, rename = "objectWriteTraceId")]
    pub(super) trace: Option<String>,
}

/// What a property has held from some time on.
#[derive(Deserialize)]
pub(super) struct Past {
    #[serde(default)]
    value: Option<String>,
    timestamp: String,
}

impl Object {
    /// When a property was given what it holds now: setting it to the same once more is no change.
    pub(super) fn set_at(&self, name: &str) -> Option<DateTime<Utc>> {
        let pasts = self.history.get(name)?;
        let now = pasts.first()?.value.as_deref().unwrap_or_default();
        let run = pasts.iter().take_while(|past| past.value.as_deref().unwrap_or_default() == now);
        date::instant(&run.last()?.timestamp).ok().flatten()
    }

    /// A property that says something.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        filled(&self.properties, name)
    }

    /// When it was changed, in milliseconds of Unix time.
    pub(super) fn changed_at(&self) -> Option<i64> {
        let at = date::instant(self.updated_at.as_deref()?).ok().flatten()?;
        Some(at.timestamp_millis())
    }

    /// Every id that was merged into this record.
    pub(super) fn merged_ids(&self) -> impl Iterator<Item = &str> {
        let old = self.text(MERGED).unwrap_or_default().split(';');
        // Each with the time of its merge.
        let older = self.text(MERGED_VIDS).unwrap_or_default().split(';');
        let older = older.map(|pair| pair.split(':').next().unwrap_or_default());
        old.chain(older).map(str::trim).filter(|id| !id.is_empty() && *id != self.id)
    }
}

/// The ids that were merged into a record.
pub(super) const MERGED: &str = "hs_merged_object_ids";
/// The same of contacts, of merges made long ago.
pub(super) const MERGED_VIDS: &str = "hs_calculated_merged_vids";

/// A property that says something.
pub(super) fn filled<'p>(properties: &'p Properties, name: &str) -> Option<&'p str> {
    properties.get(name)?.as_deref().filter(|text| !text.trim().is_empty())
}

/// The answer to a batch, a search or a listing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Answer<T> {
    #[serde(default = "Vec::new")]
    pub(super) results: Vec<T>,
    #[serde(default)]
    pub(super) errors: Vec<Problem>,
    #[serde(default)]
    pub(super) num_errors: u32,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    next: Option<Next>,
}

#[derive(Deserialize)]
struct Next {
    after: String,
}

impl<T> Answer<T> {
    /// Whether it says that something was not done.
    pub(super) const fn has_errors(&self) -> bool {
        self.num_errors > 0 || !self.errors.is_empty()
    }

    /// Where a listing goes on.
    pub(super) fn next(&self) -> Option<&str> {
        self.paging.as_ref()?.next.as_ref().map(|next| next.after.as_str())
    }
}

/// What HubSpot says of a refusal; every part may be missing.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Problem {
    pub(super) category: Option<String>,
    pub(super) message: Option<String>,
    pub(super) policy_name: Option<String>,
    pub(super) errors: Option<Vec<Detail>>,
    pub(super) context: Json,
    /// The record that one error of a batch is about.
    pub(super) id: Option<String>,
}

/// One fault of a refusal.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Detail {
    pub(super) message: Option<String>,
    pub(super) code: Option<String>,
    pub(super) context: Json,
}

/// The texts under a name of a context.
pub(super) fn named<'j>(context: &'j Json, name: &str) -> Vec<&'j str> {
    match context.get(name) {
        Some(Json::Array(texts)) => texts.iter().filter_map(Json::as_str).collect(),
        Some(Json::String(text)) => vec![text],
        Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_)) | None => Vec::new(),
    }
}

/// What a record belongs to.
#[derive(Deserialize)]
pub(super) struct Associated {
    pub(super) from: End,
    #[serde(default)]
    pub(super) to: Vec<End>,
}

/// One end of an association: older versions name it `id`, and ids are texts or numbers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct End {
    #[serde(default)]
    id: Json,
    #[serde(default)]
    to_object_id: Json,
}

impl End {
    /// The record's id.
    pub(super) fn id(&self) -> String {
        [&self.to_object_id, &self.id].into_iter().find_map(id_text).unwrap_or_default()
    }
}

/// An id, text or number.
pub(super) fn id_text(id: &Json) -> Option<String> {
    match id {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The definition of a property.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Definition {
    pub(super) name: String,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) group_name: String,
    #[serde(default)]
    pub(super) has_unique_value: bool,
}

/// A pipeline.
#[derive(Deserialize)]
pub(super) struct Pipeline {
    pub(super) id: String,
    #[serde(default)]
    pub(super) stages: Vec<Stage>,
}

/// A stage of a pipeline.
#[derive(Deserialize)]
pub(super) struct Stage {
    pub(super) id: String,
}

/// The account.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Account {
    pub(super) portal_id: Json,
    #[serde(rename = "accountType")]
    pub(super) kind: String,
    pub(super) time_zone: String,
}
