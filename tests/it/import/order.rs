//! Subscribe first, snapshot next, go on from the snapshot's low mark: what changes while the history is read is told by
//! the feed, and the history does not undo it.

use async_trait::async_trait;
use serde_json::json;
use std::sync::Arc;

use super::rig::{Told, by_interface, import};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};
use cardex::demo::system::System;
use cardex::import::source::{Page, Position, Source, SourceError};
use cardex::model::{Lane, SystemId};
use cardex::store::{QueueFilter, Subject};

on_both_databases!(
    what_changes_while_the_history_is_read_is_not_lost,
    history_fills_what_nobody_has_told,
    history_waits_behind_everything_else
);

/// A history that was read before its guest was changed: the change happens as soon as the first page is asked for.
struct Old {
    told: Told,
    hotel: Arc<System>,
    guest: String,
}

#[async_trait]
impl Source for Old {
    async fn next(&mut self, after: Option<&Position>) -> Result<Page, SourceError> {
        if after.is_none() {
            let change = fields(json!({"surname": "Garcés", "emails": [{"address": "ana@example.com"}]}));
            assert!(self.hotel.edit("person", &self.guest, "reception", change));
            self.hotel.create("person", "reception", fields(json!({"surname": "Nuevo"})));
        }
        self.told.next(after).await
    }
}

async fn what_changes_while_the_history_is_read_is_not_lost(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let guest = json!({"surname": "García", "given_names": "Ana"});
    let guest = pair.hotel().create("person", "reception", fields(guest));
    let told = Told::by(&pair, 1).await;
    let stream = "changes:person";
    let cursor = async || pair.hub.store.cursor(&SystemId::new("pms"), stream).await.expect("an answer");
    assert_eq!(cursor().await, None);
    let old = Old { told, hotel: Arc::clone(&pair.demo.hotel.system), guest: guest.clone() };
    import(&pair, Box::new(old)).await.expect("an import");
    assert!(cursor().await.is_some(), "nobody has subscribed before the history was read");

    pair.settle().await;
    let rows = pair.crm().rows("person");
    let mut surnames: Vec<&str> = rows.iter().filter_map(|row| row.fields["surname"].as_str()).collect();
    surnames.sort_unstable();
    assert_eq!(surnames, ["Garcés", "Nuevo"], "a change was lost between the history and the feed");
    // The same history once more, now older than what the feed has told.
    import(&pair, by_interface(&pair)).await.expect("an import");
    pair.settle().await;
    assert_eq!(pair.hotel().row("person", &guest).expect("the guest").fields["surname"], "Garcés");
}

async fn history_fills_what_nobody_has_told(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let guest = json!({"surname": "García", "title": "Sra."});
    let guest = pair.hotel().create("person", "reception", fields(guest));
    pair.settle().await;
    let mut old = Told::by(&pair, 10).await;
    old.observations.retain(|seen| seen.subject.external_id.as_str() == guest);
    for seen in &mut old.observations {
        // A file knows no versions, and knows less and more than the interface.
        (seen.source_version, seen.source_hash) = (None, None);
        seen.document.remove(&cardex::model::keys::TITLE);
        seen.shape = cardex::model::Shape::Partial;
    }
    let before = pair.crm().rows("person")[0].fields.clone();
    import(&pair, Box::new(old)).await.expect("an import");
    pair.settle().await;
    assert_eq!(pair.crm().rows("person")[0].fields, before, "history took something away");
}

async fn history_waits_behind_everything_else(backend: Backend) {
    let pair = Pair::open(
        backend,
        cardex::demo::cardex::Size { subscribers: 0, ..cardex::demo::cardex::Size::SMALL },
    )
    .await;
    import(&pair, by_interface(&pair)).await.expect("an import");
    let filter = QueueFilter::default();
    let marks = pair.hub.store.queue_list(&filter, pair.hub.clock.now()).await.expect("marks");
    let writes: Vec<_> = marks.iter().filter(|mark| matches!(mark.subject, Subject::Record(_))).collect();
    assert!(!writes.is_empty());
    assert!(writes.iter().all(|mark| mark.lane == Lane::Backfill), "history uses an urgent lane");
    pair.settle().await;
    assert_eq!(pair.crm().n_loud_writes(), 0, "history must start no automation");
}
