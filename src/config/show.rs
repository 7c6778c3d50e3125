//! The configuration in force, as `cardex config show` prints it: every key, its value and where it was set.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use config::{Value, ValueKind};
use serde::Serialize;

use super::Config;
use crate::schedule::Trigger;

/// How many coming runs of a schedule are shown.
const RUNS_SHOWN: usize = 3;

/// One key in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The key with its sections.
    pub key: String,
    /// Its value as TOML, a secret withheld.
    pub value: String,
    /// The file or the environment; `None` for the built-in default.
    pub set_in: Option<String>,
}

/// One schedule and its coming runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextRuns {
    /// The system.
    pub system: String,
    /// `poll` or `sweep`.
    pub job: &'static str,
    /// The schedule as configured.
    pub trigger: String,
    /// The zone it runs in.
    pub time_zone: String,
    /// The coming runs.
    pub runs: Vec<DateTime<Utc>>,
}

impl Config {
    /// Every key in force, in order.
    pub fn settings(&self) -> Vec<Setting> {
        let mut settings = Vec::new();
        list("", &self.effective.0, &mut settings);
        // What an empty address stands for is more use than the emptiness.
        for setting in settings.iter_mut().filter(|setting| setting.key == "store.url") {
            setting.value = format!("{:?}", self.store.url);
        }
        settings
    }

    /// The coming runs of every schedule.
    pub fn next_runs(&self, now: DateTime<Utc>) -> Vec<NextRuns> {
        let jobs = self.systems.iter().flat_map(|(name, system)| {
            [("poll", &system.poll), ("sweep", &system.sweep)]
                .map(|(job, trigger)| (name, system, job, trigger))
        });
        jobs.map(|(name, system, job, trigger)| {
            let zone = self.properties.get(&system.property).map_or(Tz::UTC, |property| property.time_zone);
            NextRuns {
                system: name.clone(),
                job,
                trigger: trigger.to_string(),
                time_zone: zone.name().to_owned(),
                runs: runs(trigger, zone, now),
            }
        })
        .collect()
    }
}

fn runs(trigger: &Trigger, zone: Tz, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    std::iter::successors(trigger.next(zone, now), |last| trigger.next(zone, *last))
        .take(RUNS_SHOWN)
        .collect()
}

fn list(path: &str, value: &Value, into: &mut Vec<Setting>) {
    let ValueKind::Table(table) = &value.kind else {
        let name = path.rsplit('.').next().unwrap_or(path);
        into.push(Setting {
            key: path.to_owned(),
            value: if is_secret(name) { "\"(withheld)\"".to_owned() } else { print(value) },
            set_in: value.origin().map(str::to_owned),
        });
        return;
    };
    let mut names: Vec<&String> = table.keys().collect();
    names.sort();
    for name in names {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if let Some(inner) = table.get(name) {
            list(&key, inner, into);
        }
    }
}

/// Whether a key looks as if a secret had been written behind it. None of ours is, but settings of connectors pass here.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.ends_with("_file")
        && ["password", "passwd", "secret", "token", "api_key", "apikey", "credential"]
            .iter()
            .any(|word| name.contains(word))
}

/// The value as TOML, without the password of an address.
fn print(value: &Value) -> String {
    match &value.kind {
        ValueKind::String(text) => format!("{:?}", without_password(text)),
        ValueKind::Array(items) => {
            format!("[{}]", items.iter().map(print).collect::<Vec<_>>().join(", "))
        }
        ValueKind::Table(table) => {
            let mut parts: Vec<String> = table
                .iter()
                .map(|(key, inner)| {
                    let shown = if is_secret(key) { "\"(withheld)\"".to_owned() } else { print(inner) };
                    format!("{key} = {shown}")
                })
                .collect();
            parts.sort();
            format!("{{ {} }}", parts.join(", "))
        }
        ValueKind::Nil => "\"\"".to_owned(),
        ValueKind::Boolean(_)
        | ValueKind::I64(_)
        | ValueKind::I128(_)
        | ValueKind::U64(_)
        | ValueKind::U128(_)
        | ValueKind::Float(_) => value.to_string(),
    }
}

fn without_password(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut address) if address.password().is_some() => {
            let _ = address.set_password(Some("withheld"));
            address.into()
        }
        Ok(_) | Err(_) => text.to_owned(),
    }
}
