//! The properties that objects have, and which values they take.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

use super::sort::Sort;

/// A property.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) kind: String,
    pub(super) field: String,
    pub(super) group: String,
    pub(crate) unique: bool,
    read_only: bool,
    pub(super) options: Vec<String>,
}

/// The properties and groups of every sort.
pub(crate) struct Schema {
    pub(crate) properties: BTreeMap<Sort, BTreeMap<String, Property>>,
    pub(super) groups: BTreeMap<Sort, BTreeSet<String>>,
}

/// Why a value is not taken: HubSpot's code and words.
pub(super) type Fault = (&'static str, String);

const CONTACT: &str = "firstname lastname email phone mobilephone fax address city state zip country date_of_birth \
    jobtitle company salutation website gender work_email twitterhandle job_function message degree school \
    relationship_status marital_status hs_whatsapp_phone_number military_status";
const COMPANY: &str = "name domain website phone address address2 city state zip country industry description \
    hs_additional_domains twitterhandle about_us founded_year timezone";
const DEAL: &str = "dealname description closed_lost_reason hs_next_step";
const APPOINTMENT: &str = "hs_appointment_name hs_appointment_status";
const STAY: &str = "stay_name";

/// Some of the languages that HubSpot knows.
const LANGUAGES: &str =
    "ca de de-at de-de en en-gb en-us es es-es es-mx fr fr-fr it it-it ja nl pl pt pt-br pt-pt ru sv zh-cn";
const LIFE_CYCLE: &str =
    "subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer other";

/// The pipeline of deals and its stages.
pub(crate) const PIPELINE: &str = "default";
pub(crate) const STAGES: [&str; 6] = ["requested", "booked", "inhouse", "closedwon", "closedlost", "noshow"];

fn property(kind: &str, field: &str) -> Property {
    let group = "standard".to_owned();
    let (kind, field) = (kind.to_owned(), field.to_owned());
    Property { kind, field, group, unique: false, read_only: false, options: Vec::new() }
}

fn choice(options: &str) -> Property {
    let options = options.split_whitespace().map(str::to_owned).collect();
    Property { options, ..property("enumeration", "select") }
}

fn standard(sort: Sort) -> BTreeMap<String, Property> {
    let texts = match sort {
        Sort::Contact => CONTACT,
        Sort::Company => COMPANY,
        Sort::Deal => DEAL,
        Sort::Appointment => APPOINTMENT,
        Sort::Stay => STAY,
    };
    let mut known: BTreeMap<String, Property> =
        texts.split_whitespace().map(|name| (name.to_owned(), property("string", "text"))).collect();
    let mut add = |name: &str, property: Property| drop(known.insert(name.to_owned(), property));
    let fixed = |kind| Property { read_only: true, ..property(kind, "text") };
    add("hs_object_id", fixed("number"));
    add("createdate", Property { read_only: sort != Sort::Deal, ..fixed("datetime") });
    add(sort.modified(), fixed("datetime"));
    add("hs_merged_object_ids", fixed("string"));
    match sort {
        Sort::Contact => {
            add("email", Property { unique: true, ..property("string", "text") });
            add("hs_language", choice(LANGUAGES));
            add("lifecyclestage", choice(LIFE_CYCLE));
            add("hs_calculated_merged_vids", fixed("string"));
            add("hs_additional_emails", fixed("string"));
            add("hs_email_optout", fixed("bool"));
        }
        Sort::Company => {
            add("numberofemployees", property("number", "number"));
            add("annualrevenue", property("number", "number"));
            add("lifecyclestage", choice(LIFE_CYCLE));
        }
        Sort::Deal => {
            add("amount", property("number", "number"));
            add("closedate", property("datetime", "date"));
            add("deal_currency_code", choice("EUR USD GBP CHF"));
            add("dealtype", choice("newbusiness existingbusiness"));
            add("pipeline", choice(PIPELINE));
            add("dealstage", choice(&STAGES.join(" ")));
        }
        Sort::Appointment => {
            add("hs_appointment_start", property("datetime", "date"));
            add("hs_appointment_end", property("datetime", "date"));
        }
        Sort::Stay => {}
    }
    known
}

impl Schema {
    /// What every account has.
    pub(super) fn standard() -> Self {
        let groups = BTreeSet::from(["standard".to_owned()]);
        Self {
            properties: Sort::ALL.map(|sort| (sort, standard(sort))).into(),
            groups: Sort::ALL.map(|sort| (sort, groups.clone())).into(),
        }
    }

    pub(super) fn property(&self, sort: Sort, name: &str) -> Option<&Property> {
        self.properties[&sort].get(name)
    }

    /// The properties of which no two records hold one value.
    pub(super) fn unique(&self, sort: Sort) -> impl Iterator<Item = &str> {
        self.properties[&sort].iter().filter(|(_, known)| known.unique).map(|(name, _)| name.as_str())
    }

    /// The value as HubSpot keeps it, or why it does not take it.
    pub(super) fn taken(&self, sort: Sort, name: &str, value: &Value) -> Result<String, Fault> {
        let Some(property) = self.property(sort, name) else {
            return Err(("PROPERTY_DOESNT_EXIST", format!("Property \"{name}\" does not exist")));
        };
        if property.read_only {
            return Err(("READ_ONLY_VALUE", format!("\"{name}\" is a read only property")));
        }
        let Some(text) = value.as_str() else {
            return Err(("INVALID_TYPE", format!("the value of \"{name}\" does not travel as a text")));
        };
        if text.is_empty() {
            return Ok(String::new());
        }
        property.taken(name, text)
    }

    /// Adds a property, or says why it cannot be one.
    pub(super) fn add(&mut self, sort: Sort, body: &Value) -> Result<(), Fault> {
        let known = ["name", "label", "type", "fieldType", "groupName", "hasUniqueValue", "options"];
        let known = known.into_iter().chain([
            "description",
            "hidden",
            "formField",
            "displayOrder",
            "dataSensitivity",
        ]);
        let known: BTreeSet<&str> = known.collect();
        let object = body.as_object().ok_or(("INVALID_JSON", "no object".to_owned()))?;
        if let Some(name) = object.keys().find(|name| !known.contains(name.as_str())) {
            return Err(("INVALID_JSON", format!("`{name}` is no part of a property")));
        }
        let text = |name: &str| {
            let text = body[name].as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or(("REQUIRED_FIELD", format!("`{name}` is required")))
        };
        let (name, kind, field, group) =
            (text("name")?, text("type")?, text("fieldType")?, text("groupName")?);
        text("label")?;
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_plain) {
            return Err(("INVALID_NAME", format!("`{name}` is no name of a property")));
        }
        if !is_shown_by(&kind, &field) {
            return Err(("INVALID_FIELD_TYPE", format!("`{kind}` is not entered in `{field}`")));
        }
        if !self.groups[&sort].contains(&group) {
            return Err(("PROPERTY_GROUP_NOT_FOUND", format!("there is no group `{group}`")));
        }
        let unique = body["hasUniqueValue"] == true;
        let properties = self.properties.get_mut(&sort).expect("a sort");
        if unique && properties.values().filter(|known| known.unique).count() > 10 {
            return Err(("TOO_MANY_UNIQUE", "ten unique properties are the most".to_owned()));
        }
        let options = body["options"].as_array().map(Vec::as_slice).unwrap_or_default();
        let options: Vec<String> =
            options.iter().filter_map(|option| option["value"].as_str().map(str::to_owned)).collect();
        if kind == "enumeration" && options.is_empty() {
            return Err(("REQUIRED_FIELD", format!("`{name}` has no options")));
        }
        properties.insert(name, Property { kind, field, group, unique, read_only: false, options });
        Ok(())
    }
}

fn is_shown_by(kind: &str, field: &str) -> bool {
    match kind {
        "string" => ["text", "textarea", "phonenumber", "html", "file"].contains(&field),
        "number" => field == "number",
        "date" | "datetime" => field == "date",
        "bool" => field == "booleancheckbox",
        "enumeration" => ["select", "radio", "checkbox", "booleancheckbox"].contains(&field),
        _ => false,
    }
}

impl Property {
    fn taken(&self, name: &str, text: &str) -> Result<String, Fault> {
        let wrong = |code, what: &str| Err((code, format!("\"{name}\" was not a valid {what}")));
        match self.kind.as_str() {
            "number" => match text.parse::<f64>() {
                Ok(_) => Ok(text.to_owned()),
                Err(_) => wrong("INVALID_INTEGER", "number"),
            },
            "date" => day(text).map_or_else(|| wrong("INVALID_DATE", "date"), |day| Ok(day.to_string())),
            "datetime" => instant(text).map_or_else(|| wrong("INVALID_DATE", "date"), |at| Ok(stamp(at))),
            "bool" if !["true", "false"].contains(&text) => wrong("INVALID_BOOLEAN", "bool"),
            "enumeration" => {
                let mut words = text.split(';').filter(|word| !word.is_empty());
                let is_several = self.field == "checkbox";
                if words.clone().any(|word| !self.options.iter().any(|option| option == word))
                    || (!is_several && words.nth(1).is_some())
                {
                    return wrong("INVALID_OPTION", "option");
                }
                Ok(text.to_owned())
            }
            _ if name == "email" => {
                if is_address(text) {
                    Ok(text.to_lowercase())
                } else {
                    wrong("INVALID_EMAIL", "email")
                }
            }
            _ if name == "domain" => Ok(text.to_lowercase()),
            _ if text.chars().count() > 65_536 => wrong("INVALID_LENGTH", "text"),
            _ => Ok(text.to_owned()),
        }
    }

    pub(super) fn shown(&self, name: &str) -> Value {
        let options: Vec<Value> =
            self.options.iter().map(|value| json!({"label": value, "value": value})).collect();
        json!({
            "name": name, "label": name, "type": self.kind, "fieldType": self.field, "groupName": self.group,
            "hasUniqueValue": self.unique, "options": options, "archived": false,
            "modificationMetadata": {"readOnlyValue": self.read_only},
        })
    }
}

fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(user, host)| {
        let is_plain = |c: char| c.is_ascii_graphic() && c != '@';
        !user.is_empty()
            && host.contains('.')
            && !host.ends_with('.')
            && text.replace('@', "").chars().all(is_plain)
    })
}

/// A date: ISO, or midnight UTC in milliseconds.
fn day(text: &str) -> Option<NaiveDate> {
    let by_stamp = || {
        let at = instant(text).filter(|at| *at == at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc());
        at.map(|at| at.date_naive())
    };
    text.parse().ok().or_else(by_stamp)
}

/// An instant: milliseconds, or ISO 8601.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let by_count = || text.parse().ok().and_then(DateTime::from_timestamp_millis);
    let by_text = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let by_day = || text.parse::<NaiveDate>().ok().map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc());
    by_count().or_else(by_text).or_else(by_day)
}

/// A stamp of HubSpot.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An instant as coarse as HubSpot keeps it.
pub(super) fn coarse(at: DateTime<Utc>) -> DateTime<Utc> {
    at - TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos() % 1_000_000))
}
