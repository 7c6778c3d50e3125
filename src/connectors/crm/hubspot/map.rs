//! Properties of HubSpot as documents of the hub, and back. Pure: no calls, no clock.
//!
//! What cannot be read is there, and nothing more is known of it; a word that a list does not have is kept.

use serde_json::{Map, Value as Json};
use smol_str::SmolStr;
use std::sync::Arc;

use super::super::text;
use super::config::{Settings, StayObject};
use super::schema::{FIRST_ROOM, Kept, MOBILE, OPTED_OUT, PIPELINE, PLACE, STAGE, Stages, Table, Way};
use super::value::{self, Locale};
use super::wire::{Properties, filled};
use crate::connectors::registry::Context;
use crate::model::field::{FieldType, Registry};
use crate::model::form::{Case, Keeps};
use crate::model::normalise::{Unreadable, address, country, money, phone, set_of};
use crate::model::value::{Choice, Phone};
use crate::model::{
    Document, FieldCapability, FieldDef, FieldKey, Form, RecordKind, Reference, Seen, Value, WriteOp,
    WriteOutcome, keys,
};

/// What the mapping goes by, fixed when the connector is built.
pub(super) struct Lens {
    pub(super) tables: [Table; 3],
    pub(super) stages: Stages,
    pub(super) pipeline: String,
    stay: StayObject,
    locale: Locale,
    registry: Arc<Registry>,
}

impl Lens {
    /// # Errors
    /// Which setting does not fit.
    pub(super) fn new(settings: &Settings, context: &Context) -> Result<Self, String> {
        Ok(Self {
            tables: Table::all(settings, &context.registry)?,
            stages: Stages(settings.stages.clone()),
            pipeline: settings.pipeline.clone(),
            stay: settings.stay_object,
            locale: Locale {
                region: country::read(&context.default_region).ok().flatten(),
                relays: context.relays.clone(),
            },
            registry: Arc::clone(&context.registry),
        })
    }

    /// The table of a kind; `None` for a kind that HubSpot does not hold.
    pub(super) fn table(&self, kind: RecordKind) -> Option<&Table> {
        self.tables.iter().find(|table| table.kind == kind)
    }

    /// What HubSpot does to the values of a field.
    pub(super) fn capability(&self, kind: RecordKind, kept: &Kept) -> FieldCapability {
        let bare = Form { keeps: Keeps::NOTHING, ..Form::default() };
        let form = match kept.way {
            Way::First if kept.field == keys::EMAILS => Form { slots: Some(1), case: Case::Lower, ..bare },
            Way::First => Form { slots: Some(1), ..bare },
            Way::Phones => Form { slots: Some(2), ..bare },
            Way::Address => Form {
                slots: Some(1),
                keeps: Keeps { region: true, ..Keeps::NOTHING },
                single_line: true,
                ..Form::default()
            },
            Way::Lines => bare,
            Way::One if self.is_instant(kind, &kept.field) => {
                Form { instant_step_seconds: 1, ..Form::default() }
            }
            Way::One | Way::Consents | Way::Status | Way::Link => Form::default(),
        };
        let full = FieldCapability { dated: kept.is_dated(), ..FieldCapability::full() }.with_form(form);
        if [keys::SURNAME, keys::NAME].contains(&kept.field) { full.not_clearable() } else { full }
    }

    fn is_instant(&self, kind: RecordKind, field: &FieldKey) -> bool {
        self.registry.field(kind, field).is_some_and(|field| field.of == FieldType::Instant)
    }

    /// What a record holds, but for what it belongs to.
    pub(super) fn document(&self, table: &Table, properties: &Properties) -> Document {
        let kept = table.kept.iter().filter(|kept| kept.way != Way::Link);
        kept.filter_map(|kept| Some((kept.field.clone(), self.seen(table, kept, properties)?))).collect()
    }

    /// What the answer to a write shows of the fields that were written; `None` where it does not show all of them.
    pub(super) fn stored(
        &self,
        table: &Table,
        properties: &Properties,
        written: &Document,
    ) -> Option<Document> {
        let shown = |(field, _): (&FieldKey, &Seen)| {
            let kept = table.kept.iter().find(|kept| kept.field == *field)?;
            let mut needed =
                kept.reads().into_iter().filter(|name| table.reads.iter().any(|read| read == name));
            needed.all(|name| properties.contains_key(name)).then_some(())?;
            Some((field.clone(), self.seen(table, kept, properties)?))
        };
        written.iter().map(shown).collect()
    }

    fn seen(&self, table: &Table, kept: &Kept, properties: &Properties) -> Option<Seen> {
        let field = self.registry.field(table.kind, &kept.field)?;
        let text = filled(properties, &kept.property);
        Some(match kept.way {
            Way::One | Way::Link => self.one(&field.of, text).map_or(Seen::Masked, Seen::optional),
            Way::First => self.one(&field.of, text).map_or(Seen::Masked, |value| set_of(field, value)),
            Way::Lines => set_of(field, self.lines(field, text)),
            Way::Phones => {
                let numbers = [text, filled(properties, MOBILE)].into_iter().flatten();
                let region = self.locale.region.as_ref();
                set_of(field, numbers.filter_map(|typed| phone::read(typed, region)).map(Value::Phone))
            }
            Way::Address => set_of(field, postal(text, properties)),
            Way::Consents => set_of(field, self.consents(field, text, properties)),
            Way::Status => {
                let stage = filled(properties, STAGE);
                let word = self.stages.status(text, stage);
                self.one(&field.of, word).map_or(Seen::Masked, Seen::optional)
            }
        })
    }

    fn one(&self, of: &FieldType, text: Option<&str>) -> Result<Option<Value>, Unreadable> {
        text.map_or(Ok(None), |text| self.locale.read(of, text))
    }

    /// The values of a field, one a line; a line that says nothing of the sort is left out.
    fn lines(&self, field: &FieldDef, text: Option<&str>) -> Vec<Value> {
        let lines = text.unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
        let is_entry = matches!(field.of, FieldType::Entry(_));
        let read = |line: &str| {
            if is_entry {
                text::read(line).filter(|value| matches!(value, Value::Entry(_)))
            } else {
                self.locale.read(&field.of, line).ok().flatten()
            }
        };
        lines.filter_map(read).collect()
    }

    /// The consents; who has unsubscribed from every mail has denied it, whatever else is noted.
    fn consents(&self, field: &FieldDef, text: Option<&str>, properties: &Properties) -> Vec<Value> {
        let mut consents = self.lines(field, text);
        if filled(properties, OPTED_OUT) != Some("true") {
            return consents;
        }
        let word = |word: &'static str| Value::Choice(Choice::Known(SmolStr::new_static(word)));
        let is_marketing = |value: &Value| {
            let Value::Entry(parts) = value else { return false };
            let is = |part: &str, expected: &str| parts.get(part).and_then(Value::as_text) == Some(expected);
            is("purpose", "marketing") && is("channel", "email")
        };
        consents.retain(|value| !is_marketing(value));
        let parts = [("purpose", "marketing"), ("channel", "email"), ("state", "denied")];
        consents.push(Value::entry(parts.map(|(part, said)| (SmolStr::new_static(part), word(said)))));
        consents
    }

    /// The properties that a write sets, the ones that only people look at included.
    ///
    /// # Errors
    /// What becomes of the write: a field cannot be kept at HubSpot.
    pub(super) fn properties(&self, table: &Table, op: &WriteOp) -> Result<Map<String, Json>, WriteOutcome> {
        let mut map = Map::new();
        for (field, seen) in op.document.iter() {
            let refused =
                |why: &str| WriteOutcome::Rejected { field: Some(field.clone()), why: why.to_owned() };
            let kept = table.kept.iter().find(|kept| kept.field == *field);
            let kept = kept.ok_or_else(|| refused("is not kept at HubSpot"))?;
            if *seen == Seen::Masked {
                return Err(refused("is hidden and cannot be written"));
            }
            for (name, text) in self.put(kept, seen).ok_or_else(|| refused("has no place at HubSpot"))? {
                map.insert(name.to_owned(), Json::String(text));
            }
        }
        if table.kind == RecordKind::Reservation {
            self.put_shown(op, &mut map);
        }
        Ok(map)
    }

    /// The texts of a field; an empty one clears. `None` for a value that has no place.
    fn put<'k>(&'k self, kept: &'k Kept, seen: &Seen) -> Option<Vec<(&'k str, String)>> {
        let property = kept.property.as_str();
        Some(match kept.way {
            Way::One | Way::Link => {
                let text = seen.value().map_or(Some(String::new()), value::write)?;
                // HubSpot's own list has its languages in small letters.
                vec![(property, if property == "hs_language" { text.to_lowercase() } else { text })]
            }
            Way::First => {
                let text = seen.values().next().map_or(Some(String::new()), value::write)?;
                vec![(property, text)]
            }
            Way::Lines | Way::Consents => {
                let line = |value: &Value| {
                    if matches!(value, Value::Entry(_)) { text::write(value) } else { value::write(value) }
                };
                let lines: Vec<String> = seen.values().map(line).collect::<Option<_>>()?;
                vec![(property, lines.join("\n"))]
            }
            Way::Phones => {
                let [landline, mobile] = places(seen)?;
                vec![(property, landline), (MOBILE, mobile)]
            }
            Way::Address => put_address(property, seen)?,
            Way::Status => {
                let word = seen.value().map_or(Some(String::new()), value::write)?;
                let stage = self.stages.of(&word).map(str::to_owned);
                let staged = stage.map(|stage| [(PIPELINE, self.pipeline.clone()), (STAGE, stage)]);
                [(property, word)].into_iter().chain(staged.into_iter().flatten()).collect()
            }
        })
    }

    /// What people and reports look at: HubSpot's own properties of a stay, written and never read.
    fn put_shown(&self, op: &WriteOp, map: &mut Map<String, Json>) {
        let text = |field: &FieldKey| op.document.value(field).and_then(value::write);
        let mut put = |name: &str, text: Option<String>| {
            map.insert(name.to_owned(), Json::String(text.unwrap_or_default()));
        };
        let day = |field: &FieldKey| text(field).map(|day| format!("{day}T00:00:00Z"));
        let has = |field: &FieldKey| op.document.get(field).is_some();
        let name = || {
            let parts = [text(&keys::PROPERTY), text(&keys::NUMBER)];
            let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            if name.is_empty() { "Reservation".to_owned() } else { name }
        };
        let is_named =
            op.action == crate::model::Action::Create || has(&keys::NUMBER) && has(&keys::PROPERTY);
        match self.stay {
            StayObject::Deal => {
                if is_named {
                    put("dealname", Some(name()));
                }
                if has(&keys::TOTAL) {
                    let total = op.document.value(&keys::TOTAL).and_then(Value::as_money);
                    put("amount", total.map(money::to_text));
                }
            }
            StayObject::Appointment => {
                if is_named {
                    put("hs_appointment_name", Some(name()));
                }
                if has(&keys::ARRIVES_ON) {
                    put("hs_appointment_start", day(&keys::ARRIVES_ON));
                }
                if has(&keys::DEPARTS_ON) {
                    put("hs_appointment_end", day(&keys::DEPARTS_ON));
                }
            }
            StayObject::Custom => {}
        }
        if let Some(rooms) = op.document.get(&keys::ROOMS) {
            let first = rooms.values().next();
            for (part, name, _) in FIRST_ROOM {
                let said = first
                    .and_then(|room| if let Value::Entry(parts) = room { parts.get(part) } else { None });
                put(name, said.and_then(value::write));
            }
        }
    }
}

/// An address, where there is one.
fn postal(street: Option<&str>, properties: &Properties) -> Option<Value> {
    let [city, region, postal_code, named] = PLACE.map(|name| filled(properties, name).unwrap_or_default());
    let country = country::read(named).ok().flatten();
    let found = address::read(address::Parts {
        street: &[street.unwrap_or_default()],
        city,
        postal_code,
        region,
        country: country.as_ref(),
    });
    found.map(|address| Value::Address(Box::new(address)))
}

fn put_address<'k>(street: &'k str, seen: &Seen) -> Option<Vec<(&'k str, String)>> {
    let address = match seen.values().next() {
        Some(Value::Address(address)) => (**address).clone(),
        None => crate::model::value::Address::default(),
        Some(_) => return None,
    };
    let named = address.country.as_ref().map(|code| country::english(code).unwrap_or(&code.0).to_owned());
    let parts = [address.city, address.region, address.postal_code, named.unwrap_or_default()];
    Some([(street, address.street)].into_iter().chain(PLACE.into_iter().zip(parts)).collect())
}

/// The numbers for `phone` and `mobilephone`. A mobile number goes where messages are sent to; the only one stands in
/// both places.
fn places(seen: &Seen) -> Option<[String; 2]> {
    let numbers: Vec<(String, bool)> = seen
        .values()
        .map(|value| {
            let Value::Phone(number) = value else { return None };
            Some((value::write(value)?, is_mobile(number)))
        })
        .collect::<Option<_>>()?;
    let mobile = numbers.iter().position(|(_, is_mobile)| *is_mobile);
    let others = numbers.iter().enumerate().filter(|(place, _)| Some(*place) != mobile);
    let mut others = others.map(|(_, (number, _))| number.clone());
    let number = |place: usize| numbers.get(place).map(|(number, _)| number.clone()).unwrap_or_default();
    let first = others.next();
    Some(match mobile {
        Some(place) => [first.unwrap_or_else(|| number(place)), number(place)],
        None => [first.unwrap_or_default(), others.next().unwrap_or_default()],
    })
}

fn is_mobile(number: &Phone) -> bool {
    number.e164.as_deref().is_some_and(phone::is_mobile)
}

/// The record that a reference field names.
pub(super) fn referred(document: &Document, field: &FieldKey) -> Option<String> {
    let Value::Reference(Reference::Remote(_, id)) = document.value(field)? else { return None };
    Some(id.to_string())
}
