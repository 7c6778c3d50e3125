//! A record of the model as the values of a party: what a create or a write sends.
//!
//! Only what differs from the current party is sent. Children that the document does not name, or that cannot be
//! read, are left alone; a channel that goes is archived, never deleted, and one that comes back is revived.

use serde_json::{Map, Value as Json, json};

use crate::model::document::Held;
use crate::model::value::Language;
use crate::model::{Document, FieldKey, RecordId, RecordKind, Reference, Seen, Value, keys};

use super::block;
use super::children;
use super::facts::Facts;
use super::lens::{HUB_ID, Lens, TAX_ID};
use super::name;
use super::party::{self, relation_word};
use super::wire::Row;

/// What a party's values are computed from.
pub(super) struct Target<'a> {
    pub(super) lens: &'a Lens,
    pub(super) facts: &'a Facts,
    pub(super) kind: RecordKind,
    pub(super) record: RecordId,
    pub(super) document: &'a Document,
    /// The party as it is, archived children included; `None` to create it.
    pub(super) current: Option<Row<'a>>,
}

impl Target<'_> {
    /// The values to send; empty when there is nothing to do.
    pub(super) fn values(&self) -> Map<String, Json> {
        let mut values = Map::new();
        let mut put = |field: &str, value: Option<Json>| {
            if let Some(value) = value {
                values.insert(field.to_owned(), value);
            }
        };
        put("name", self.name());
        put("lang", self.language());
        put("categories", commands(self.categories()));
        put("contact_mechanisms", commands(children::mechanisms(self)));
        put("addresses", commands(children::addresses(self)));
        put("identifiers", commands(self.identifiers()));
        put("relations", commands(self.relations()));
        values
    }

    /// The elements of a many-valued field, where the document names it.
    pub(super) fn elements(&self, field: &FieldKey) -> Option<Vec<&Value>> {
        let elements = self.document.get(field)?.elements()?;
        Some(elements.values().map(|held| &*held.0).collect())
    }

    fn name(&self) -> Option<Json> {
        let now = self.current.and_then(|row| row.text("name"));
        if self.kind != RecordKind::Person {
            let wanted = self.document.get(&keys::NAME)?.value().and_then(Value::as_text);
            return (wanted != now).then(|| json!(wanted));
        }
        let mut parts = name::split(now.unwrap_or_default());
        let before = parts.clone();
        for (field, part) in [
            (keys::GIVEN_NAMES, &mut parts.given),
            (keys::SURNAME, &mut parts.surname),
            (keys::SECOND_SURNAME, &mut parts.second_surname),
        ] {
            if let Some(seen) = self.document.get(&field) {
                seen.value().and_then(Value::as_text).unwrap_or_default().clone_into(part);
            }
        }
        (parts != before || self.current.is_none()).then(|| json!(name::join(&parts)))
    }

    /// The language's id, or its primary language's where Tryton has no such region.
    fn language(&self) -> Option<Json> {
        let wanted = match self.document.get(&keys::LANGUAGE)?.value() {
            Some(Value::Language(Language(tag))) => {
                let primary = tag.split('-').next().unwrap_or_default();
                [tag.replace('-', "_").as_str(), primary]
                    .iter()
                    .find_map(|code| self.facts.languages.get(*code).copied())
            }
            _ => None,
        };
        let now = self.current.and_then(|row| row.related("lang")).map(Row::id);
        (wanted != now).then(|| json!(wanted))
    }

    fn categories(&self) -> Vec<Json> {
        let now: Vec<Row<'_>> = self.current.into_iter().flat_map(|row| row.children("categories")).collect();
        let mut wanted: Vec<&str> = self.lens.category_of(self.kind).into_iter().collect();
        let tags = self.elements(&keys::TAGS);
        wanted.extend(tags.iter().flatten().filter_map(|value| value.as_text()));
        let has = |name: &str| now.iter().any(|row| row.text("name") == Some(name));
        let missing = wanted.iter().filter(|name| !has(name));
        let add: Vec<i64> = missing.filter_map(|name| self.facts.categories.get(*name).copied()).collect();
        let marks = [self.lens.company_category.as_str(), self.lens.agency_category.as_str()];
        let is_extra = |name: &str| tags.is_some() && !marks.contains(&name) && !wanted.contains(&name);
        let extra = now.iter().filter(|row| row.text("name").is_some_and(is_extra));
        let remove: Vec<i64> = extra.map(|row| row.id()).collect();
        [("add", add), ("remove", remove)]
            .into_iter()
            .filter(|(_, ids)| !ids.is_empty())
            .map(|(command, ids)| json!([command, ids]))
            .collect()
    }

    fn identifiers(&self) -> Vec<Json> {
        let mut create = Vec::new();
        let mut write = Vec::new();
        let mut delete = Vec::new();
        if self.current.and_then(party::hub_id).is_none() {
            create.push(format!("{HUB_ID}{}", self.record));
        }
        let tax_row = self.current.and_then(party::tax_row);
        match (self.document.get(&keys::TAX_ID).map(|seen| seen.value().and_then(Value::as_text)), tax_row) {
            (None, _) | (Some(None), None) => {}
            (Some(None), Some(row)) => delete.push(row.id()),
            (Some(Some(code)), None) => create.push(format!("{TAX_ID}{code}")),
            (Some(Some(code)), Some(row)) => {
                let prefix = if row.text("type").is_none() { TAX_ID } else { "" };
                let code = format!("{prefix}{code}");
                if row.text("code") != Some(&code) {
                    write.push(json!(["write", [row.id()], {"code": code}]));
                }
            }
        }
        for field in self.lens.identifier_fields.get(&self.kind).into_iter().flatten() {
            let Some(seen) = self.document.get(field) else { continue };
            let mut wanted: Vec<String> = block::lines(field, seen).collect();
            for row in self.current.into_iter().flat_map(|row| party::active(row, "identifiers")) {
                let Some(code) = row.text("code").filter(|code| is_line_of(field, code)) else { continue };
                match wanted.iter().position(|line| line == code) {
                    Some(index) => drop(wanted.swap_remove(index)),
                    None => delete.push(row.id()),
                }
            }
            create.append(&mut wanted);
        }
        let rows: Vec<Json> = create.into_iter().map(|code| json!({"type": null, "code": code})).collect();
        write.extend((!rows.is_empty()).then(|| json!(["create", rows])));
        write.extend((!delete.is_empty()).then(|| json!(["delete", delete])));
        write
    }

    fn relations(&self) -> Vec<Json> {
        let (field, name_part) = match self.kind {
            RecordKind::Person => (keys::RELATIONS, "type"),
            RecordKind::Company | RecordKind::Agency => (keys::CONTACT_PERSONS, "role"),
            RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => return Vec::new(),
        };
        let Some(elements) = self.elements(&field) else { return Vec::new() };
        let mut wanted: Vec<(i64, i64)> =
            elements.into_iter().filter_map(|value| self.relation(value, name_part)).collect();
        let mut delete = Vec::new();
        for row in self.current.into_iter().flat_map(|row| row.children("relations")) {
            let Some(kind) = row.related("type") else { continue };
            let between_persons = kind.text("name").and_then(relation_word).is_some();
            if between_persons != (self.kind == RecordKind::Person) {
                continue;
            }
            let now = (kind.id(), row.number("to").unwrap_or(0));
            match wanted.iter().position(|pair| *pair == now) {
                Some(index) => drop(wanted.swap_remove(index)),
                None => delete.push(row.id()),
            }
        }
        let rows: Vec<Json> = wanted.into_iter().map(|(kind, to)| json!({"type": kind, "to": to})).collect();
        let create = (!rows.is_empty()).then(|| json!(["create", rows]));
        create.into_iter().chain((!delete.is_empty()).then(|| json!(["delete", delete]))).collect()
    }

    /// The type and the other party of a relation; `None` while one of them is not at Tryton.
    fn relation(&self, value: &Value, name_part: &str) -> Option<(i64, i64)> {
        let Value::Entry(parts) = value else { return None };
        let name = parts.get(name_part)?.as_text()?;
        let Value::Reference(Reference::Remote(_, id)) = parts.get("person")? else { return None };
        Some((self.facts.relation_type(name)?, id.as_str().parse().ok()?))
    }
}

/// The commands of a field; `None` when there are none.
fn commands(commands: Vec<Json>) -> Option<Json> {
    (!commands.is_empty()).then_some(Json::Array(commands))
}

fn is_line_of(field: &FieldKey, code: &str) -> bool {
    code.strip_prefix(field.as_str()).is_some_and(|rest| rest.starts_with(": "))
}

/// The names of categories that a document needs.
pub(super) fn category_names<'a>(lens: &'a Lens, kind: RecordKind, document: &'a Document) -> Vec<&'a str> {
    let tags = document.get(&keys::TAGS).and_then(Seen::elements).into_iter().flatten();
    let tags = tags.filter_map(|(_, Held(value))| value.as_text());
    lens.category_of(kind).into_iter().chain(tags).collect()
}

/// The names of relation types that a document needs.
pub(super) fn role_names(document: &Document) -> impl Iterator<Item = &str> {
    let roles = document.get(&keys::CONTACT_PERSONS).and_then(Seen::elements).into_iter().flatten();
    roles.filter_map(|(_, Held(value))| {
        let value = &**value;
        let Value::Entry(parts) = value else { return None };
        parts.get("role")?.as_text()
    })
}
