//! The records of an account, and what happens to them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::schema::{instant, stamp};
use super::sort::Sort;
use super::{Inside, Oddity};

/// The addresses of a contact beside the first.
pub(super) const OTHER_EMAILS: &str = "hs_additional_emails";

/// Who changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Somebody at the hotel.
    User,
    /// The app that the connector's token belongs to.
    OurApp,
    /// Another app.
    OtherApp,
}

/// What a property once held.
#[derive(Debug, Clone)]
struct Past {
    value: String,
    at: DateTime<Utc>,
    by: By,
}

/// A record.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) values: BTreeMap<String, String>,
    history: BTreeMap<String, Vec<Past>>,
    pub(super) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) archived_at: Option<DateTime<Utc>>,
    pub(super) merged_into: Option<u64>,
    /// The ids that have become part of it, and when.
    pub(super) merged: Vec<(u64, DateTime<Utc>)>,
    /// How many writes over the interface were carried out on it.
    pub(crate) writes: usize,
}

impl Row {
    pub(super) fn is_live(&self) -> bool {
        self.archived_at.is_none() && self.merged_into.is_none()
    }

    /// What a property holds.
    pub(crate) fn property(&self, sort: Sort, name: &str) -> Option<String> {
        let joined = |words: Vec<String>| (!words.is_empty()).then(|| words.join(";"));
        let merged = self.merged.iter();
        match name {
            "hs_object_id" => Some(self.id.to_string()),
            "createdate" => Some(stamp(self.created_at)),
            "hs_merged_object_ids" => joined(merged.map(|(id, _)| id.to_string()).collect()),
            "hs_calculated_merged_vids" => {
                joined(merged.map(|(id, at)| format!("{id}:{}", at.timestamp_millis())).collect())
            }
            _ if name == sort.modified() => Some(stamp(self.updated_at)),
            _ => self.values.get(name).cloned(),
        }
    }

    /// What the property is compared by: a number, or a text.
    pub(super) fn weight(&self, sort: Sort, name: &str) -> Option<Weight> {
        self.property(sort, name).map(|text| Weight::of(&text))
    }

    fn set(&mut self, name: &str, value: &str, at: DateTime<Utc>, by: By) -> bool {
        let before = self.values.get(name).map_or("", String::as_str);
        if before == value {
            return false;
        }
        let past = Past { value: value.to_owned(), at, by };
        self.history.entry(name.to_owned()).or_default().insert(0, past);
        if value.is_empty() {
            self.values.remove(name);
        } else {
            self.values.insert(name.to_owned(), value.to_owned());
        }
        true
    }
}

/// What values are compared by.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Weight {
    Number(f64),
    Text(String),
}

impl Weight {
    pub(super) fn of(text: &str) -> Self {
        let number = text.parse().ok();
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of our time fit")]
        let by_instant = || instant(text).map(|at| at.timestamp_millis() as f64);
        number.or_else(by_instant).map_or_else(|| Self::Text(text.to_lowercase()), Self::Number)
    }
}

impl By {
    /// How webhooks and histories call it.
    pub(super) fn told(self, app: u64) -> (&'static str, String) {
        match self {
            Self::User => ("CRM_UI", "userId:882761034".to_owned()),
            Self::OurApp => ("INTEGRATION", app.to_string()),
            Self::OtherApp => ("INTEGRATION", (app + 7).to_string()),
        }
    }
}

impl Inside {
    /// The record that an id stands for: itself, or what it was merged into. Archived ones too.
    pub(crate) fn resolved(&self, sort: Sort, id: u64) -> Option<&Row> {
        let row = self.tables[&sort].get(&id)?;
        row.merged_into.map_or(Some(row), |survivor| self.resolved(sort, survivor))
    }

    /// The live record of this very id.
    pub(crate) fn row(&self, sort: Sort, id: u64) -> Option<&Row> {
        self.tables[&sort].get(&id).filter(|row| row.is_live())
    }

    /// The live records of a sort.
    pub(crate) fn rows(&self, sort: Sort) -> impl Iterator<Item = &Row> {
        self.tables[&sort].values().filter(|row| row.is_live())
    }

    /// The live record whose property holds this.
    pub(crate) fn with(&self, sort: Sort, name: &str, value: &str) -> Option<&Row> {
        let holds =
            |row: &&Row| row.property(sort, name).is_some_and(|held| held.eq_ignore_ascii_case(value));
        if self.schema.unique(sort).any(|unique| unique == name) {
            self.holders(sort, value).find(holds)
        } else {
            self.rows(sort).find(holds)
        }
    }

    /// The live records of which some unique property holds, or held once, this value.
    pub(super) fn holders(&self, sort: Sort, value: &str) -> impl Iterator<Item = &Row> {
        let ids = self.holders.get(&(sort, value.to_ascii_lowercase()));
        ids.into_iter().flatten().filter_map(move |id| self.row(sort, *id))
    }

    /// Notes what a record is known by.
    fn note_holder(&mut self, sort: Sort, id: u64) {
        let row = &self.tables[&sort][&id];
        let names = self.schema.unique(sort).chain([OTHER_EMAILS]);
        let held = names.filter_map(|name| row.values.get(name));
        for value in held.flat_map(|values| values.split(';')) {
            self.holders.entry((sort, value.to_ascii_lowercase())).or_default().insert(id);
        }
    }

    /// A new record; its values are as HubSpot keeps them.
    pub(super) fn insert(&mut self, sort: Sort, values: &BTreeMap<String, String>, by: By) -> u64 {
        let (id, at) = (self.next_id(sort), self.now());
        let mut row = Row {
            id,
            values: BTreeMap::new(),
            history: BTreeMap::new(),
            created_at: at,
            updated_at: at,
            archived_at: None,
            merged_into: None,
            merged: Vec::new(),
            writes: usize::from(by == By::OurApp),
        };
        for (name, value) in values {
            row.set(name, value, at, by);
        }
        self.tables.get_mut(&sort).expect("a sort").insert(id, row);
        self.note_holder(sort, id);
        self.touched(sort, id);
        self.tell(sort, "creation", id, by, &[]);
        id
    }

    /// New values of a live record. Every write moves its stamp, one that changes nothing too.
    pub(super) fn change(&mut self, sort: Sort, id: u64, values: &BTreeMap<String, String>, by: By) {
        let at = self.now();
        let row = self.tables.get_mut(&sort).and_then(|rows| rows.get_mut(&id)).expect("a record");
        row.writes += usize::from(by == By::OurApp);
        row.updated_at = at;
        let changed: Vec<_> = values.iter().filter(|(name, value)| row.set(name, value, at, by)).collect();
        self.note_holder(sort, id);
        for (name, value) in changed {
            let more = [("propertyName", json!(name)), ("propertyValue", json!(value))];
            self.tell(sort, "propertyChange", id, by, &more);
        }
        self.touched(sort, id);
    }

    /// Somebody at the hotel, or another app, enters a record.
    #[track_caller]
    pub(crate) fn enter(&mut self, sort: Sort, properties: &Value) -> u64 {
        let values = self.typed(sort, properties);
        self.insert(sort, &values, By::User)
    }

    /// Somebody at the hotel sets these properties.
    #[track_caller]
    pub(crate) fn edit(&mut self, sort: Sort, id: u64, properties: &Value) {
        self.edit_by(By::User, sort, id, properties);
    }

    /// Somebody sets these properties.
    #[track_caller]
    pub(crate) fn edit_by(&mut self, by: By, sort: Sort, id: u64, properties: &Value) {
        let values = self.typed(sort, properties);
        self.change(sort, id, &values, by);
    }

    /// HubSpot itself sets a property that nobody else can.
    pub(crate) fn force(&mut self, sort: Sort, id: u64, name: &str, value: &str) {
        self.change(sort, id, &[(name.to_owned(), value.to_owned())].into(), By::User);
    }

    #[track_caller]
    fn typed(&self, sort: Sort, properties: &Value) -> BTreeMap<String, String> {
        let properties = properties.as_object().expect("an object").iter();
        let taken = |(name, value): (&String, &Value)| {
            let value = self.schema.taken(sort, name, value);
            (name.clone(), value.unwrap_or_else(|(code, words)| panic!("{code}: {words}")))
        };
        properties.map(taken).collect()
    }

    /// Puts a record into the recycle bin.
    pub(crate) fn archive(&mut self, sort: Sort, id: u64, by: By) {
        let at = self.now();
        let Some(row) = self.tables.get_mut(&sort).and_then(|rows| rows.get_mut(&id)) else { return };
        if row.archived_at.is_none() {
            row.archived_at = Some(at);
            row.updated_at = at;
            row.writes += usize::from(by == By::OurApp);
            self.touched(sort, id);
            self.tell(sort, "deletion", id, by, &[]);
        }
    }

    /// Takes a record out of the recycle bin.
    pub(crate) fn restore(&mut self, sort: Sort, id: u64) {
        let at = self.now();
        let row = self.tables.get_mut(&sort).and_then(|rows| rows.get_mut(&id)).expect("a record");
        row.archived_at = None;
        row.updated_at = at;
        self.touched(sort, id);
        self.tell(sort, "restore", id, By::User, &[]);
    }

    /// Forgets a contact for good. Word of it comes twice.
    pub(crate) fn forget(&mut self, id: u64, by: By) {
        let sort = Sort::Contact;
        self.tables.get_mut(&sort).expect("a sort").remove(&id);
        self.links.retain(|(from, to)| *from != (sort, id) && *to != (sort, id));
        self.touched(sort, id);
        self.tell(sort, "privacyDeletion", id, by, &[]);
        self.tell(sort, "deletion", id, by, &[]);
    }

    /// Makes one record of two, and gives its id: a new one, or that of the first.
    pub(crate) fn merge(&mut self, sort: Sort, primary: u64, loser: u64, by: By) -> u64 {
        let at = self.now();
        let [kept, lost] = [primary, loser].map(|id| self.row(sort, id).expect("a record").clone());
        let left =
            if self.oddities.contains(&Oddity::MergeKeepsTheId) { primary } else { self.next_id(sort) };
        let mut row = kept.clone();
        row.id = left;
        row.updated_at = at;
        for (name, value) in &lost.values {
            let is_unique = self.schema.property(sort, name).is_some_and(|property| property.unique);
            if !is_unique && !row.values.contains_key(name) {
                row.set(name, value, at, by);
            }
        }
        if self.oddities.contains(&Oddity::ShallowMerges) {
            row.merged.clear();
        } else {
            row.merged.extend(&lost.merged);
        }
        row.merged.extend([primary, loser].into_iter().filter(|id| *id != left).map(|id| (id, at)));
        if let Some(email) = lost.values.get("email").filter(|_| sort == Sort::Contact) {
            let known = row.values.get(OTHER_EMAILS).map(|known| format!("{known};"));
            let all = known.unwrap_or_default() + email;
            row.set(OTHER_EMAILS, &all, at, by);
        }
        let rows = self.tables.get_mut(&sort).expect("a sort");
        rows.insert(left, row);
        self.note_holder(sort, left);
        let rows = self.tables.get_mut(&sort).expect("a sort");
        for id in [primary, loser].into_iter().filter(|id| *id != left) {
            rows.get_mut(&id).expect("a record").merged_into = Some(left);
        }
        let moved = |end: &mut (Sort, u64)| {
            if *end == (sort, primary) || *end == (sort, loser) {
                end.1 = left;
            }
        };
        let links = std::mem::take(&mut self.links);
        self.links = links
            .into_iter()
            .map(|(mut from, mut to)| {
                moved(&mut from);
                moved(&mut to);
                (from, to)
            })
            .collect();
        for id in [primary, loser, left] {
            self.touched(sort, id);
        }
        let more = [
            ("primaryObjectId", json!(primary)),
            ("mergedObjectIds", json!([loser])),
            ("newObjectId", json!(left)),
            ("numberOfPropertiesMoved", json!(1)),
        ];
        self.tell(sort, "merge", left, by, &more);
        left
    }

    fn next_id(&mut self, sort: Sort) -> u64 {
        // Sorted as texts, 100 comes before 98.
        let next = self.next_ids.entry(sort).or_insert(97);
        *next += 1;
        *next - 1
    }

    /// What an answer shows of a record.
    pub(super) fn shown(&self, sort: Sort, row: &Row, wanted: &Wanted) -> Value {
        let always = ["hs_object_id", "createdate", sort.modified()];
        let mut names: Vec<&str> = always.to_vec();
        if let Some(asked) = &wanted.properties {
            let known = asked.iter().map(String::as_str);
            names.extend(known.filter(|name| self.schema.property(sort, name).is_some()));
        } else {
            names.extend(sort.shown());
        }
        let properties: Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), json!(row.property(sort, name)))).collect();
        let mut shown = json!({
            "id": row.id.to_string(), "properties": properties, "createdAt": stamp(row.created_at),
            "updatedAt": stamp(row.updated_at), "archived": row.archived_at.is_some(),
        });
        if let Some(at) = row.archived_at {
            shown["archivedAt"] = json!(stamp(at));
        }
        if !wanted.history.is_empty() {
            let pasts = wanted.history.iter().map(|name| {
                let pasts = row.history.get(name).map(Vec::as_slice).unwrap_or_default();
                let pasts: Vec<Value> = pasts.iter().map(|past| self.past(past)).collect();
                (name.clone(), Value::Array(pasts))
            });
            shown["propertiesWithHistory"] = Value::Object(pasts.collect());
        }
        shown
    }

    fn past(&self, past: &Past) -> Value {
        let (source, id) = past.by.told(self.app);
        json!({"value": past.value, "timestamp": stamp(past.at), "sourceType": source, "sourceId": id})
    }
}

/// What a reader wants to see of each record.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) properties: Option<Vec<String>>,
    pub(super) history: Vec<String>,
}
