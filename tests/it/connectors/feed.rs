//! What the feeds of a connector tell, for the tests of one connector.

use cardex::connectors::registry::Settings;
use cardex::connectors::{Change, Connector, Cursor};
use cardex::model::RemoteRef;
use cardex::model::capabilities::Stream;
use std::sync::Arc;

/// A feed with more pages than this does not end.
const MOST_PAGES: usize = 1000;

/// A connector's settings, from TOML.
pub(crate) fn settings(toml: &str) -> Settings {
    let file = config::File::from_str(toml, config::FileFormat::Toml);
    let settings = config::Config::builder().add_source(file).build().expect("TOML");
    settings.try_deserialize().expect("settings")
}

/// The feed of this name.
pub(crate) fn stream(connector: &Arc<dyn Connector>, name: &str) -> Stream {
    let streams = &connector.capabilities().streams;
    streams.iter().find(|stream| stream.name == name).expect("a feed").clone()
}

/// Where a feed stands now.
pub(crate) async fn here(connector: &Arc<dyn Connector>, name: &str) -> Cursor {
    connector.changes(&stream(connector, name), None).await.expect("the present").next
}

/// Everything that a feed tells beyond a place, and the place after it.
pub(crate) async fn news(connector: &Arc<dyn Connector>, name: &str, from: &Cursor) -> (Vec<Change>, Cursor) {
    let (mut changes, mut cursor) = (Vec::new(), from.clone());
    for _ in 0..MOST_PAGES {
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
pub(crate) fn subject_of(change: &Change) -> &RemoteRef {
    match change {
        Change::Seen(seen) => &seen.subject,
        Change::Hint(hint) => &hint.subject,
    }
}

/// The id of the record that a change is about.
pub(crate) fn about(change: &Change) -> &str {
    subject_of(change).external_id.as_str()
}
