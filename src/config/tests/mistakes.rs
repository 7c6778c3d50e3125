//! What operators get wrong, and what they are told.

use std::path::Path;

use super::super::ConfigError;
use super::{SITE, Site};

/// One mistake in one line after a good site: the key, a part of the reason, and a part of the hint.
#[track_caller]
fn check(text: &str, key: &str, why: &str, hint: Option<&str>) {
    let site = Site::new(&format!("{text}\n{SITE}"));
    let problems = site.problems();
    let [problem] = problems.as_slice() else { panic!("not one problem: {problems:?}") };
    assert_eq!(problem.key, key, "{problem}");
    assert!(problem.why.contains(why), "{problem}");
    assert_eq!(problem.file.as_deref().map(Path::new), Some(site.path("cardex.toml").as_path()), "{problem}");
    match hint {
        Some(part) => assert!(problem.hint.as_deref().is_some_and(|hint| hint.contains(part)), "{problem:?}"),
        None => assert_eq!(problem.hint, None),
    }
}

#[test]
fn unknown_key_is_refused_with_the_nearest_one() {
    let unknown = "there is no such key";
    check("[log]\nlevle = \"info\"", "log.levle", unknown, Some("did you mean `level`?"));
    check("[quue]\nworkers = 2", "quue", unknown, Some("did you mean `queue`?"));
    check("[systems.x]\npol = \"every 1s\"", "systems.x.pol", unknown, Some("did you mean `poll`?"));
    check("[properties.x]\ntimezone = \"UTC\"", "properties.x.timezone", unknown, Some("`time_zone`"));
    check(
        "[system_defaults]\nproperty = \"alba\"",
        "system_defaults.property",
        unknown,
        Some("known here: "),
    );
    check("[fields.person.surname]\nwinner = 1", "fields.person.surname.winner", unknown, Some("`owner`"));
}

#[test]
fn unknown_key_names_the_layer_it_stands_in() {
    let site = Site::new(SITE).env("CARDEX__LOG__LEVLE", "info");
    site.write("conf.d/extra.toml", "[mail]\nclearence_h = 3\n");
    let problems = site.problems();
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let extra = site.path("conf.d/extra.toml");
    assert_eq!(
        shown,
        [
            "`log.levle`: there is no such key (in the environment)".to_owned(),
            format!("`mail.clearence_h`: there is no such key (in {})", extra.display()),
        ]
    );
}

#[test]
fn value_that_cannot_be_read_names_its_key() {
    check("[queue]\nworkers = \"many\"", "queue.workers", "string \"many\"", None);
    check(
        "[system_defaults]\npoll = \"every now\"",
        "system_defaults.poll",
        "is not a number and a unit",
        None,
    );
    check("[system_defaults]\nsweep = \"0 3 * * 9\"", "system_defaults.sweep", "day of the week", None);
    check("[system_defaults]\nsweep = \"0 3 1 * 1\"", "system_defaults.sweep", "ambiguous", None);
    check("[log]\nformat = \"xml\"", "log.format", "unknown variant `xml`, expected one of `auto`", None);
    check("[service]\nlisten = \"localhost\"", "service.listen", "socket address", None);
    check(
        "[system_defaults]\npush_silence = \"soon\"",
        "system_defaults.push_silence",
        "number and a unit",
        None,
    );
    check("[mail]\npre_arrival_at = \"noon\"", "mail.pre_arrival_at", "no time of day", None);
    check(
        "[system_defaults]\ncreates = [\"guest\"]",
        "system_defaults.creates",
        "unknown variant `guest`",
        None,
    );
}

#[test]
fn value_out_of_range_names_its_key() {
    check("[queue]\nworkers = 0", "queue.workers", "not between 1 and 64", None);
    check("[queue]\nlease_s = 1", "queue.lease_s", "not between", None);
    check("[retry]\nbase_ms = 1", "retry.base_ms", "not between", None);
    check("[guard]\nfield_ratio = 1.5", "guard.field_ratio", "not between 0 and 1", None);
    check("[log]\nlevel = \"loud=loudest\"", "log.level", "no level", None);
    check("[relay]\ndomains = [\"Guest.Example\"]", "relay.domains", "no domain", None);
    check("[store]\nurl = \"mysql://db/hub\"", "store.url", "starts neither", None);
    check("[store]\nmax_connections = 0", "store.max_connections", "not between 1 and 200", None);
    check("[mail]\nclearance_h = 0", "mail.clearance_h", "not between", None);
}

#[test]
fn hotels_and_systems_are_checked_too() {
    let with = |from: &str, to: &str| {
        let problems = Site::new(&SITE.replacen(from, to, 1)).problems();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let madrid = with("Europe/Madrid", "Europe/Madird");
    assert!(madrid.contains("`properties.alba.time_zone`"), "{madrid}");
    assert!(madrid.contains("did you mean `Europe/Madrid`?"), "{madrid}");
    assert!(with("\"EUR\"", "\"euro\"").contains("`properties.alba.currency`: it is no ISO 4217 code"));
    assert!(with("\"ES\"", "\"Spain\"").contains("`properties.alba.country`"));
    assert!(with("name = \"Hotel Alba\"", "").contains("`properties.alba.name`: it is missing"));
    assert!(with("side = \"pms\"", "side = \"erp\"").contains("unknown variant `erp`"));
    let limit = with("side = \"pms\"", "side = \"pms\"\npush_limit = 0");
    assert!(limit.contains("push_limit`: it is not between 1 and 100000"), "{limit}");
    assert!(with("connector = \"tryton\"", "").contains("`systems.crm.connector`: it is missing"));
    assert!(with("[systems.crm]", "[systems.CRM]").contains("a name has at most 40"));
    let property = Site::new(&SITE.replace("property = \"alba\"", "property = \"alva\"")).problems();
    assert_eq!(property.len(), 2, "{property:?}");
    assert_eq!(property[0].hint.as_deref(), Some("did you mean `alba`?"));
}

#[test]
fn listening_to_the_world_has_to_be_asked_for() {
    check("[service]\nlisten = \"0.0.0.0:80\"", "service.listen", "other machines", Some("allow_remote"));
    let site = Site::new("[service]\nlisten = \"0.0.0.0:80\"\nallow_remote = true\n");
    assert!(site.load().is_ok());
}

#[test]
fn proxy_that_signs_in_needs_a_secret_of_its_own() {
    let with = |lines: &str| format!("[service.proxy_sign_in]\n{lines}");
    let secret = "secret_file = \"proxy\"";
    let key = |name: &str| format!("service.proxy_sign_in.{name}");
    let bare = "header = \"X-Remote-User\"\nsecret_file = \"\"";
    check(&with(bare), &key("secret_file"), "without a secret", None);
    check(&with(&format!("header = \"X Remote\"\n{secret}")), &key("header"), "no name of a header", None);
    let same = format!("header = \"x-proxy\"\nsecret_header = \"X-Proxy\"\n{secret}");
    check(&with(&same), &key("secret_header"), "header of the name", None);
    assert!(Site::new(&with(&format!("header = \"X-Remote-User\"\n{secret}"))).load().is_ok());
    assert!(Site::new(&with("secret_header = \"\"")).load().is_ok(), "it is off");
}

#[test]
fn password_in_an_address_is_refused_and_not_repeated() {
    let site = Site::new("[store]\nurl = \"postgres://cardex:hunter2@db/hub\"\n");
    let problems = site.problems();
    assert_eq!(problems[0].key, "store.url");
    assert!(!format!("{problems:?}").contains("hunter2"));
}

#[test]
fn fields_are_checked() {
    let owner = "[fields.person.surname]\nowner = \"system:crn\"";
    check(owner, "fields.person.surname.owner", "there is no system `crn`", Some("did you mean `crm`?"));
    check("[fields.person.surname]\nowner = \"me\"", "fields.person.surname.owner", "is none of", None);
    check("[fields.person.surname]\npolicy = \"derived\"", "fields.person.surname.policy", "only the", None);
    check(
        "[fields.guest.surname]\npolicy = \"latest\"",
        "fields.guest",
        "there is no such key",
        Some("known here: "),
    );
    let custom = "[custom_fields.person.club]\ntype = \"text\"\nlabel = \"Club\"";
    check(custom, "custom_fields.person.club", "a key is `x_`", None);
    let custom = "[custom_fields.person.x_club]\ntype = \"word\"\nlabel = \"Club\"";
    check(custom, "custom_fields.person.x_club", "there is no type `word`", None);
}

#[test]
fn file_that_cannot_be_read_is_named() {
    let site = Site::new("[log\n");
    let error = site.load().expect_err("no TOML");
    assert!(matches!(error, ConfigError::Syntax { .. }));
    assert!(error.to_string().contains("cardex.toml"), "{error}");
    std::fs::remove_file(site.path("cardex.toml")).expect("a file");
    let error = site.load().expect_err("no file");
    assert!(matches!(error, ConfigError::Unreadable { .. }));
    assert!(error.to_string().contains("cardex.toml"), "{error}");
}
