//! The HubSpot connector against a HubSpot in memory that checks every request.

mod batch;
pub(crate) mod conformance;
mod contacts;
mod dates;
mod echo;
mod erasure;
mod fake;
mod feed;
mod figures;
mod merging;
mod rig;
mod setting_up;
mod stays;
mod storms;
mod through;
mod trouble;
mod vendor;
mod webhooks;

use cardex::connectors::Connector;
use cardex::connectors::registry::connect;
use cardex::model::{Document, ExternalId, RecordKind, SystemId, keys};
use std::path::Path;
use std::sync::Arc;

use crate::connectors::feed::settings;
use crate::connectors::subject::context;
use crate::connectors::values::{email, set, text};
use fake::sort::Sort;
use fake::webhooks::TARGET;
use fake::{APP, Fake, SECRET, TOKEN};

/// The settings of a connector to `url` with this token, whose files are in `folder`.
fn settings_of(folder: &Path, url: &str, token: &str) -> String {
    let file = |name: &str, secret: &str| {
        let file = folder.join(name);
        std::fs::write(&file, secret).expect("the secret can be written");
        file.display().to_string()
    };
    let (token, secret) = (file("hubspot-token", token), file("hubspot-secret", SECRET));
    format!(
        "base_url = \"{url}\"\naccess_token_file = \"{token}\"\nclient_secret_file = \"{secret}\"\n\
         webhook_url = \"{TARGET}\"\napp_id = \"{APP}\"\n"
    )
}

/// Deals in the fake's pipeline, each status in a stage of its own where there is one.
const DEALS: &str = r#"
stay_object = "deal"
pipeline = "default"
[stages]
requested = "requested"
tentative = "requested"
waitlisted = "requested"
confirmed = "booked"
in_house = "inhouse"
checked_out = "closedwon"
cancelled = "closedlost"
no_show = "noshow"
"#;

/// Appointments.
const APPOINTMENTS: &str = "stay_object = \"appointment\"\n";
/// An object of the hotel's own.
const CUSTOM: &str = "stay_object = \"custom\"\ncustom_object = \"2-4711471\"\n";

const PERSON: RecordKind = RecordKind::Person;
const COMPANY: RecordKind = RecordKind::Company;
const STAY: RecordKind = RecordKind::Reservation;

/// A connector with these settings, in TOML.
fn connected(toml: &str) -> Arc<dyn Connector> {
    connect("hubspot", &SystemId::new("crm"), &context("ALBA"), settings(toml)).expect("a connector")
}

/// A connector to `url` with this token, and further settings in TOML.
fn connector_with(url: &str, token: &str, more: &str) -> Arc<dyn Connector> {
    let folder = tempfile::tempdir().expect("a folder");
    connected(&(settings_of(folder.path(), url, token) + more))
}

/// A connector whose stays are deals.
fn connector(fake: &Fake) -> Arc<dyn Connector> {
    connector_with(&fake.url, TOKEN, DEALS)
}

/// A connector whose account has what it needs.
async fn prepared(fake: &Fake) -> Arc<dyn Connector> {
    let connector = connector(fake);
    connector.prepare(false).await.expect("the account can be prepared");
    fake.calls();
    connector
}

/// A guest with a name and an address.
fn guest(given: &str, surname: &str, address: &str) -> Document {
    Document::new()
        .with(keys::GIVEN_NAMES, text(given))
        .with(keys::SURNAME, text(surname))
        .with(keys::EMAILS, set(PERSON, &keys::EMAILS, [email(address)]))
}

/// The number that an id is.
fn id_of(id: &ExternalId) -> u64 {
    id.as_str().parse().expect("an id is a number")
}

/// What a live record holds in a property.
fn held(fake: &Fake, sort: Sort, id: &ExternalId, name: &str) -> Option<String> {
    fake.inside().row(sort, id_of(id)).expect("a record").property(sort, name)
}
