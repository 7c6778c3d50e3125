//! The Mews connector against a Mews in memory that checks every request.

pub(crate) mod conformance;
mod failing;
mod fake;
mod feeds;
mod reading;
mod through;
mod writing;

use cardex::connectors::registry::connect;
use cardex::connectors::{Change, Connector, Cursor};
use cardex::model::capabilities::Stream;
use cardex::model::{RemoteRef, SystemId};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::connectors::subject::context;
use fake::{ACCESS_TOKEN, CLIENT_TOKEN, Fake};

/// The token in the webhook's address.
const WEBHOOK_TOKEN: &str = "webhook-token-of-the-test";

/// The settings of a connector to `url` with this token, whose files are in `folder`.
fn settings_of(folder: &Path, url: &str, access_token: &str) -> String {
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
    let settings = settings_of(folder.path(), url, access_token) + more;
    let file = config::File::from_str(&settings, config::FileFormat::Toml);
    let settings = config::Config::builder().add_source(file).build().expect("TOML");
    let settings = settings.try_deserialize().expect("settings");
    connect("mews", &SystemId::new("pms"), &context("ALBA"), settings).expect("a connector")
}

fn connector(fake: &Fake) -> Arc<dyn Connector> {
    connector_with(&fake.url, ACCESS_TOKEN, "")
}

/// The feed of this name.
fn stream(connector: &Arc<dyn Connector>, name: &str) -> Stream {
    let streams = &connector.capabilities().streams;
    streams.iter().find(|stream| stream.name == name).expect("a feed").clone()
}

/// Where a feed stands now.
async fn here(connector: &Arc<dyn Connector>, name: &str) -> Cursor {
    connector.changes(&stream(connector, name), None).await.expect("the present").next
}

/// Everything that a feed tells beyond a place, and the place after it.
async fn news(connector: &Arc<dyn Connector>, name: &str, from: &Cursor) -> (Vec<Change>, Cursor) {
    let (mut changes, mut cursor) = (Vec::new(), from.clone());
    for _ in 0..1000 {
        let page = connector.changes(&stream(connector, name), Some(&cursor)).await.expect("a page");
        changes.extend(page.changes);
        cursor = page.next;
        if !page.more {
            return (changes, cursor);
        }
    }
    panic!("the feed `{name}` does not end");
}

/// The record that a change is about.
fn subject_of(change: &Change) -> &RemoteRef {
    match change {
        Change::Seen(seen) => &seen.subject,
        Change::Hint(hint) => &hint.subject,
    }
}

/// The id of the record that a change is about.
fn about(change: &Change) -> &str {
    subject_of(change).external_id.as_str()
}
