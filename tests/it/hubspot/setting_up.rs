//! What is made at the account, and what the doctor says of it.

use cardex::connectors::{Connector, Finding, Severity};
use std::sync::Arc;

use super::fake::sort::Sort;
use super::fake::{Fake, TOKEN};
use super::{APPOINTMENTS, CUSTOM, DEALS, connector, connector_with, prepared};

fn errors(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Error).collect()
}

/// Everything that the findings say, hints too.
fn words(findings: &[&Finding]) -> String {
    let words = |finding: &&Finding| {
        format!("{} ({})", finding.message, finding.hint.as_deref().unwrap_or("no hint"))
    };
    findings.iter().map(words).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn preparing_makes_the_keys_once_and_then_costs_next_to_nothing() {
    for (stay, settings) in [(Sort::Deal, DEALS), (Sort::Appointment, APPOINTMENTS), (Sort::Stay, CUSTOM)] {
        let fake = Fake::start().await;
        let connector = connector_with(&fake.url, TOKEN, settings);
        let planned = connector.prepare(true).await.expect("a plan");
        assert!(!planned.is_empty() && planned.iter().all(|step| !step.taken), "{planned:?}");
        let is_made = |fake: &Fake, sort: Sort, name: &str| {
            fake.inside().schema.properties[&sort].get(name).map(|property| property.unique)
        };
        assert_eq!(is_made(&fake, Sort::Contact, "pms_guest_key"), None, "planning made something");
        let taken = connector.prepare(false).await.expect("it is prepared");
        assert!(taken.iter().all(|step| step.taken), "{taken:?}");
        for (sort, key) in [
            (Sort::Contact, "pms_guest_key"),
            (Sort::Company, "pms_company_key"),
            (stay, "pms_reservation_key"),
        ] {
            assert_eq!(is_made(&fake, sort, key), Some(true), "{key}");
        }
        fake.calls();
        for _ in 0..5 {
            assert!(connector.prepare(false).await.expect("it is prepared").iter().all(|step| !step.taken));
        }
        let calls: usize = fake.calls().values().sum();
        assert!(calls <= 3, "{calls} calls for five cycles of a prepared account");
        // Another process finds everything there.
        let other = connector_with(&fake.url, TOKEN, settings);
        assert!(other.prepare(false).await.expect("it is prepared").iter().all(|step| !step.taken));
    }
}

#[tokio::test]
async fn what_half_a_preparation_left_is_finished() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    fake.inside().schema.properties.get_mut(&Sort::Deal).expect("a sort").remove("pms_status");
    fake.inside().schema.properties.get_mut(&Sort::Contact).expect("a sort").remove("pms_guest_key");
    drop(connector);
    let taken = connector_with(&fake.url, TOKEN, DEALS).prepare(false).await.expect("it is prepared");
    let said = format!("{taken:?}");
    assert!(said.contains("pms_status") && said.contains("pms_guest_key"), "{said}");
    assert!(fake.inside().schema.properties[&Sort::Deal].contains_key("pms_status"));
}

#[tokio::test]
async fn a_prepared_account_is_as_it_should_be() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let before = fake.inside().schema.properties[&Sort::Contact].len();
    let findings = connector.check().await;
    assert!(errors(&findings).is_empty(), "{findings:?}");
    assert!(
        findings.iter().any(|finding| finding.message.contains("62515")),
        "which account is told: {findings:?}"
    );
    assert_eq!(fake.inside().schema.properties[&Sort::Contact].len(), before, "the doctor changes nothing");
    assert_eq!(fake.inside().rows(Sort::Contact).count(), 0);
}

#[tokio::test]
async fn an_account_that_was_not_prepared_is_told_how() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let findings = connector.check().await;
    let all: Vec<&Finding> = findings.iter().filter(|finding| finding.severity != Severity::Good).collect();
    let said = words(&all);
    for key in ["pms_guest_key", "pms_company_key", "pms_reservation_key"] {
        assert!(said.contains(key), "{key} is not named: {said}");
    }
    assert!(!said.contains("no hint"), "{said}");
}

#[tokio::test]
async fn each_missing_scope_is_named_with_what_to_do() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    for scope in [
        "crm.objects.contacts.read",
        "crm.objects.companies.write",
        "crm.objects.deals.write",
        "crm.schemas.contacts.read",
    ] {
        fake.inside().missing_scopes = [scope.to_owned()].into();
        let findings = connector.check().await;
        let said = words(&errors(&findings));
        assert!(said.contains(scope), "{scope} is not named: {said}");
        assert!(!said.contains("no hint"), "{said}");
    }
}

async fn check_of(fake: &Fake, settings: &str) -> String {
    let connector: Arc<dyn Connector> = connector_with(&fake.url, TOKEN, settings);
    let findings = connector.check().await;
    words(&errors(&findings))
}

#[tokio::test]
async fn a_wrong_pipeline_stage_or_object_is_named() {
    let fake = Fake::start().await;
    prepared(&fake).await;
    let said = check_of(&fake, &DEALS.replace("\"default\"", "\"elsewhere\"")).await;
    assert!(said.contains("elsewhere"), "{said}");
    let said = check_of(&fake, &DEALS.replace("\"noshow\"", "\"nowhere\"")).await;
    assert!(said.contains("nowhere"), "{said}");
    let without = DEALS.replace("no_show = \"noshow\"\n", "");
    let connector = connector_with(&fake.url, TOKEN, &without);
    let findings = connector.check().await;
    assert!(findings.iter().any(|finding| finding.message.contains("no_show")), "{findings:?}");
    let said = check_of(&fake, "stay_object = \"custom\"\ncustom_object = \"2-999\"\n").await;
    assert!(said.contains("2-999"), "{said}");
}

#[tokio::test]
async fn a_key_that_is_not_unique_is_found_out() {
    let fake = Fake::start().await;
    prepared(&fake).await;
    for sort in [Sort::Contact, Sort::Deal] {
        let mut inside = fake.inside();
        let properties = inside.schema.properties.get_mut(&sort).expect("a sort");
        let key = if sort == Sort::Contact { "pms_guest_key" } else { "pms_reservation_key" };
        properties.get_mut(key).expect("the key").unique = false;
    }
    let said = check_of(&fake, DEALS).await;
    assert!(said.contains("pms_guest_key") && said.contains("pms_reservation_key"), "{said}");
}
