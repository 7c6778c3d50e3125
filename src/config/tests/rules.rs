//! From the configuration to the rules of the reconciler.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{SITE, Site};
use crate::model::capabilities::{Capabilities, Guard, MergeSupport, RateLimit, SystemClass};
use crate::model::field::{FieldType, Multiplicity};
use crate::model::policy::{Authority, Direction, Policy};
use crate::model::{FieldKey, RecordKind, SystemId, fields};

fn capabilities() -> Capabilities {
    Capabilities {
        kinds: BTreeMap::new(),
        streams: Vec::new(),
        guard: Guard::ReadCompare,
        read_batch: 100,
        write_batch: 50,
        batch_is_atomic: false,
        finds_by_hub_id: true,
        merge: MergeSupport::None,
        suppress: true,
        rate: RateLimit { calls: 10, per: Duration::from_secs(1) },
    }
}

#[test]
fn rules_say_what_the_configuration_says() {
    let site = Site::new(&format!(
        "{SITE}\nread_batch = 20\nwrite_batch = 500\nlimit_calls = 3\nlimit_per_s = 2\n
        [fields.person.surname]\nowner = \"system:crm\"\n
        [custom_fields.person.x_club]\ntype = \"text\"\nmany = true\nlabel = \"Club\"\nlabel_fr = \"Cercle\"\n"
    ));
    let crm = SystemId::new("crm");
    let rules = site
        .good()
        .rules(fields::standard(), &BTreeMap::from([(crm.clone(), capabilities())]))
        .expect("good rules");
    assert_eq!(rules.systems.keys().collect::<Vec<_>>(), [&crm], "a system without capabilities is left out");
    let system = &rules.systems[&crm];
    assert_eq!((system.class, system.internal, system.clock_offset_seconds), (SystemClass::Crm, true, 2));
    assert_eq!(system.purpose.as_deref(), Some("registration"));
    assert_eq!((system.capabilities.read_batch, system.capabilities.write_batch), (20, 50));
    assert_eq!(system.capabilities.rate, RateLimit { calls: 3, per: Duration::from_secs(2) });

    assert_eq!(system.time_zone, chrono_tz::Europe::Madrid);
    let ten = chrono::NaiveTime::from_hms_opt(10, 0, 0).expect("a time");
    assert_eq!((rules.mail.pre_arrival_days, rules.mail.pre_arrival_at), (3, ten));
    assert_eq!(rules.mail.clearance, chrono::TimeDelta::hours(24));

    let surname = &rules.overrides[&(RecordKind::Person, FieldKey::of("surname"))];
    assert_eq!(surname.owner, Some(Authority::System(crm)));
    assert_eq!((surname.policy, surname.direction), (Policy::Owner, Direction::PmsToCrmOrFill));

    let club = rules.registry.field(RecordKind::Person, &FieldKey::of("x_club")).expect("a field");
    assert_eq!(club.of, FieldType::Text);
    assert!(matches!(club.multiplicity, Multiplicity::Many(_)));
    assert_eq!((club.labels.es.as_str(), club.labels.fr.as_str()), ("Club", "Cercle"));
}

#[test]
fn change_of_a_field_that_does_not_exist_is_refused_with_the_nearest_one() {
    let problems = Site::new(&format!("{SITE}\n[fields.person.surnam]\npolicy = \"latest\"\n")).problems();
    assert_eq!(problems[0].why, "a person has no such field");
    assert_eq!(problems[0].hint.as_deref(), Some("did you mean `surname`?"));
}

#[test]
fn waits_come_from_both_sections() {
    let config = Site::new(&format!("{SITE}\nmax_attempts = 3\n[retry]\nbase_ms = 500\n")).good();
    let retry = config.systems["crm"].retry(&config.retry);
    assert_eq!((retry.base, retry.longest), (Duration::from_millis(500), Duration::from_mins(15)));
    assert!(retry.give_up(3) && !retry.give_up(2));
}
