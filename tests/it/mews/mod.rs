//! The Mews connector against a Mews in memory that checks every request.

mod addresses;
pub(crate) mod conformance;
mod consents;
mod creating;
mod failing;
pub(crate) mod fake;
mod feeds;
mod reading;
mod through;
mod writing;

use cardex::connectors::Connector;
use cardex::connectors::registry::connect;
use cardex::model::SystemId;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::connectors::feed::settings;
use crate::connectors::subject::context;
use fake::{ACCESS_TOKEN, CLIENT_TOKEN, Fake};

/// The token in the webhook's address.
pub(crate) const WEBHOOK_TOKEN: &str = "webhook-token-of-the-test";

/// The settings of a connector to `url` with this token, whose files are in `folder`.
pub(crate) fn settings_of(folder: &Path, url: &str, access_token: &str) -> String {
    let mut settings = format!("base_url = \"{url}\"\n");
    for (name, token) in [("client", CLIENT_TOKEN), ("access", access_token), ("webhook", WEBHOOK_TOKEN)] {
        let file = folder.join(name);
        std::fs::write(&file, token).expect("the token can be written");
        writeln!(settings, "{name}_token_file = \"{}\"", file.display()).expect("text");
    }
    settings
}

/// A connector to `url` with this token, and further settings in TOML.
fn connector_with(url: &str, access_token: &str, more: &str) -> Arc<dyn Connector> {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(&(settings_of(folder.path(), url, access_token) + more));
    connect("mews", &SystemId::new("pms"), &context("ALBA"), settings).expect("a connector")
}

fn connector(fake: &Fake) -> Arc<dyn Connector> {
    connector_with(&fake.url, ACCESS_TOKEN, "")
}
