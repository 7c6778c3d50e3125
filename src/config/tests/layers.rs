//! Which layer wins, what the defaults are, and what is shown.

use std::path::PathBuf;

use super::super::known::Keys;
use super::super::{CustomField, FieldChange, LogFormat, Property, System, keys};
use super::{SITE, Site};
use crate::model::RecordKind;
use crate::schedule::Trigger;

#[test]
fn defaults_alone_are_a_good_configuration() {
    let config = Site::new("").good();
    assert_eq!(config.store.url, "sqlite:///var/lib/cardex/cardex.db");
    assert_eq!(config.service.listen.to_string(), "127.0.0.1:8642");
    assert_eq!(config.log.format, LogFormat::Auto);
    assert!(config.systems.is_empty());
    assert!(config.properties.is_empty());
}

#[test]
fn hotel_and_system_inherit_what_they_do_not_say() {
    let config = Site::new(SITE).good();
    let alba = &config.properties["alba"];
    assert_eq!((alba.code.as_str(), alba.phone_region.as_str()), ("alba", "ES"));
    assert_eq!(alba.night_audit.to_string(), "04:00:00");
    let (pms, crm) = (&config.systems["pms-alba"], &config.systems["crm"]);
    assert_eq!(pms.poll, Trigger::parse("every 5s").expect("a schedule"));
    assert_eq!(crm.poll, Trigger::parse("every 15s").expect("a schedule"));
    assert_eq!(crm.creates, [RecordKind::Company, RecordKind::Person, RecordKind::Reservation]);
    assert_eq!((pms.purpose(), crm.purpose()), (None, Some("registration")));
}

#[test]
fn later_layer_wins() {
    let site =
        Site::new("[log]\nlevel = \"warn\"\n[queue]\nworkers = 3\nclaim = 7\n[mail]\nclearance_h = 5\n")
            .env("CARDEX__LOG__LEVEL", "debug")
            .env("CARDEX__QUEUE__WORKERS", "6")
            .env("CARDEX__QUEUE__CLAIM", "")
            .env("CARDEX__MAIL__PRE_ARRIVAL_AT", "09:30");
    site.write("conf.d/20-late.toml", "[mail]\nclearance_h = 20\n");
    site.write("conf.d/10-early.toml", "[mail]\nclearance_h = 10\n[retry]\nbase_ms = 100\n");
    site.write("conf.d/ignored.txt", "not toml");
    let config = site.good();
    assert_eq!(config.log.level, "debug");
    assert_eq!((config.queue.workers, config.queue.claim), (6, 7));
    assert_eq!((config.mail.clearance_h, config.retry.base_ms), (20, 100));
    assert_eq!(config.mail.pre_arrival_at.to_string(), "09:30:00");
}

#[test]
fn environment_reaches_into_a_system() {
    let site = Site::new(SITE).env("CARDEX__SYSTEMS__PMS-ALBA__POLL", "*/5 * * * *");
    let config = site.good();
    assert_eq!(config.systems["pms-alba"].poll.to_string(), "*/5 * * * *");
}

#[test]
fn state_folder_follows_the_environment() {
    let url = |key: &str, value: &str| {
        let mut site = Site::new("").env(key, value);
        if key != "STATE_DIRECTORY" {
            site.env.remove("STATE_DIRECTORY");
        }
        site.good().store.url
    };
    assert_eq!(url("XDG_STATE_HOME", "/state"), "sqlite:///state/cardex/cardex.db");
    assert_eq!(url("HOME", "/home/ana"), "sqlite:///home/ana/.local/state/cardex/cardex.db");
    assert_eq!(url("HOME", ""), "sqlite:///var/lib/cardex/cardex.db");
}

/// Every key below `keys`, without the names that operators choose.
fn leaves(keys: &Keys, into: &mut Vec<&'static str>) {
    match keys {
        Keys::Anything => {}
        Keys::Named(inner) => leaves(inner, into),
        Keys::These(named) => {
            for (name, inner) in named {
                into.push(name);
                leaves(inner, into);
            }
        }
    }
}

#[test]
fn default_file_names_every_key() {
    let text = include_str!("../../../config/default.toml");
    let mut names = Vec::new();
    leaves(&keys(), &mut names);
    assert!(names.len() > 60, "only {} keys were found", names.len());
    for name in names {
        assert!(text.contains(name), "config/default.toml says nothing of `{name}`");
    }
}

#[test]
fn keys_are_read_off_the_types() {
    let count = |keys: Keys| match keys {
        Keys::These(named) => named.len(),
        Keys::Anything | Keys::Named(_) => 0,
    };
    assert_eq!(count(Keys::of::<Property>(vec![])), 7);
    assert_eq!(count(Keys::of::<System>(vec![])), 21);
    assert_eq!(count(Keys::of::<FieldChange>(vec![])), 3);
    assert_eq!(count(Keys::of::<CustomField>(vec![])), 10);
}

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    let site = Site::new(SITE);
    let config = site.good();
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    let settings = config.settings();
    let shown: Vec<String> = settings.iter().map(|s| format!("{} = {}", s.key, s.value)).collect();
    assert!(!shown.concat().contains("hunter2"), "{shown:?}");
    assert!(shown.contains(&"systems.pms-alba.settings.token = \"(withheld)\"".to_owned()), "{shown:?}");
    let poll = settings.iter().find(|s| s.key == "systems.pms-alba.poll").expect("a setting");
    assert_eq!(poll.set_in.as_deref().map(PathBuf::from), Some(site.path("cardex.toml")));
    let listen = settings.iter().find(|s| s.key == "service.listen").expect("a setting");
    assert_eq!(listen.set_in, None);
}

#[test]
fn next_runs_are_on_the_clock_of_the_hotel() {
    let config = Site::new(SITE).good();
    let runs = config.next_runs("2026-07-10T10:00:00Z".parse().expect("an instant"));
    let sweep = runs.iter().find(|r| r.system == "crm" && r.job == "sweep").expect("a job");
    let shown: Vec<String> = sweep.runs.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["2026-07-11 01:30:00 UTC", "2026-07-12 01:30:00 UTC", "2026-07-13 01:30:00 UTC"]);
    assert_eq!(sweep.time_zone, "Europe/Madrid");
}

#[test]
fn password_comes_from_a_file() {
    use secrecy::ExposeSecret;
    let site = Site::new("");
    site.write("password", "p@ss/word\n");
    let password_file = site.path("password").display().to_string();
    site.write(
        "cardex.toml",
        &format!("[store]\nurl = \"postgres://cardex@db/hub\"\npassword_file = {password_file:?}\n"),
    );
    let url = site.good().store.connect_url().expect("a URL");
    assert_eq!(url.expose_secret(), "postgres://cardex:p%40ss%2Fword@db/hub");
}
