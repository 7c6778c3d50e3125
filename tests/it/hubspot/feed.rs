//! What the feeds tell, with a search that ends, lags and stamps whole batches with one millisecond.

use cardex::connectors::{Connector, Cursor};
use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::fake::sort::Sort;
use super::fake::table::By;
use super::fake::{Fake, Fault, TOKEN};
use super::{DEALS, PERSON, connector_with, guest, prepared};
use crate::connectors::feed::{about, here, news};
use crate::connectors::subject::{create, done, walk};

/// The feed of persons.
fn feed(connector: &Arc<dyn Connector>) -> String {
    let streams = &connector.capabilities().streams;
    streams.iter().find(|stream| stream.kind == PERSON).expect("a feed").name.to_string()
}

/// The ids that the feed of persons tells of beyond a place, how often it tells them, and the next place.
async fn told(connector: &Arc<dyn Connector>, from: &Cursor) -> (BTreeSet<String>, usize, Cursor) {
    let (changes, next) = news(connector, &feed(connector), from).await;
    (changes.iter().map(|change| about(change).to_owned()).collect(), changes.len(), next)
}

async fn start(connector: &Arc<dyn Connector>) -> Cursor {
    here(connector, &feed(connector)).await
}

fn contacts(fake: &Fake, n: usize) -> BTreeSet<String> {
    let mut inside = fake.inside();
    (0..n)
        .map(|n| inside.enter(Sort::Contact, &json!({"lastname": format!("Gil {n}")})).to_string())
        .collect()
}

#[tokio::test]
async fn a_batch_in_one_millisecond_is_told_whole() {
    let fake = Fake::start().await;
    let connector = connector_with(&fake.url, TOKEN, &format!("page_size = 20\n{DEALS}"));
    connector.prepare(false).await.expect("the account can be prepared");
    let place = start(&connector).await;
    let before = contacts(&fake, 7);
    let now = fake.inside().now();
    fake.inside().stopped_at = Some(now + TimeDelta::milliseconds(5));
    let same = contacts(&fake, 75);
    fake.inside().stopped_at = Some(now + TimeDelta::milliseconds(6));
    let after = contacts(&fake, 7);
    fake.calls();
    let (ids, _, place) = told(&connector, &place).await;
    assert_eq!(ids, &(&before | &same) | &after);
    let calls: usize = fake.calls().values().sum();
    assert!(calls <= 16, "{calls} calls for 89 changes in pages of 20");
    // Nothing new is told again and again.
    let (ids, n, _) = told(&connector, &place).await;
    assert!(n <= 1, "{n} changes are told again: {ids:?}");
}

#[tokio::test]
async fn a_search_that_ends_is_begun_anew() {
    for in_one_millisecond in [false, true] {
        let fake = Fake::start().await;
        let connector = connector_with(&fake.url, TOKEN, &format!("page_size = 20\n{DEALS}"));
        connector.prepare(false).await.expect("the account can be prepared");
        fake.inside().most_results = 60;
        let place = start(&connector).await;
        let mut expected = BTreeSet::new();
        let now = fake.inside().now();
        for step in 0..10 {
            fake.inside().stopped_at =
                Some(if in_one_millisecond { now } else { now + TimeDelta::milliseconds(step) });
            expected.extend(contacts(&fake, 15));
        }
        let (ids, _, next) = told(&connector, &place).await;
        assert_eq!(ids, expected, "in one millisecond: {in_one_millisecond}");
        // And the place goes on from there.
        fake.inside().stopped_at = None;
        let late = contacts(&fake, 1);
        assert!(told(&connector, &next).await.0.is_superset(&late));
    }
}

#[tokio::test]
async fn what_the_index_learns_late_is_told_late_and_not_lost() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let mut place = start(&connector).await;
    let early = contacts(&fake, 3);
    let ids;
    (ids, _, place) = told(&connector, &place).await;
    assert_eq!(ids, early);
    // These are changed before the others and indexed after them.
    let now = fake.inside().now();
    fake.inside().index_stands = true;
    fake.inside().stopped_at = Some(now);
    let slow = contacts(&fake, 3);
    let (nothing, ..) = told(&connector, &place).await;
    assert!(nothing.is_disjoint(&slow), "the index stands");
    fake.inside().stopped_at = Some(now + TimeDelta::seconds(10));
    let quick = fake.inside().enter(Sort::Contact, &json!({"lastname": "Quick"}));
    fake.inside().index(Sort::Contact, quick);
    let quick = quick.to_string();
    let ids;
    (ids, _, place) = told(&connector, &place).await;
    assert!(ids.contains(&quick) && ids.is_disjoint(&slow), "{ids:?}");
    fake.inside().index_stands = false;
    let (ids, ..) = told(&connector, &place).await;
    assert!(ids.is_superset(&slow), "{ids:?}");
}

#[tokio::test]
async fn what_changes_while_pages_are_read_is_told_by_this_poll_or_the_next() {
    let fake = Fake::start().await;
    let connector = connector_with(&fake.url, TOKEN, &format!("page_size = 10\n{DEALS}"));
    connector.prepare(false).await.expect("the account can be prepared");
    let place = start(&connector).await;
    let mut expected = contacts(&fake, 35);
    let stream = crate::connectors::feed::stream(&connector, &feed(&connector));
    let first = connector.changes(&stream, Some(&place)).await.expect("a page");
    assert!(first.more);
    // The rows that were read move to the end, so those behind them move up.
    for id in expected.iter().take(10) {
        fake.inside().edit(Sort::Contact, id.parse().expect("a number"), &json!({"city": "Haro"}));
    }
    expected.extend(contacts(&fake, 5));
    let mut ids: BTreeSet<String> = first.changes.iter().map(|change| about(change).to_owned()).collect();
    ids.extend(told(&connector, &first.next).await.0);
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_place_does_not_move_past_a_refused_page() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let place = start(&connector).await;
    let expected = contacts(&fake, 3);
    let stream = crate::connectors::feed::stream(&connector, &feed(&connector));
    for fault in [Fault::Status(503), Fault::Garbage, Fault::TooManyCalls(None, None), Fault::CutAfterwards] {
        fake.fail("contacts/search", [fault]);
        connector.changes(&stream, Some(&place)).await.expect_err("no page");
    }
    assert_eq!(told(&connector, &place).await.0, expected);
}

#[tokio::test]
async fn the_bin_is_seen_by_the_walk_and_not_by_the_feed() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let ids: Vec<u64> = (0..120)
        .map(|n| fake.inside().enter(Sort::Contact, &json!({"lastname": format!("Gil {n}")})))
        .collect();
    fake.inside().archive(Sort::Contact, ids[50], By::User);
    fake.calls();
    let listed = walk(&connector, PERSON).await;
    let calls = fake.calls();
    assert_eq!(calls, [("contacts".to_owned(), 2)].into(), "a walk is a list: it has no end at ten thousand");
    let expected: BTreeSet<String> = ids.iter().filter(|id| **id != ids[50]).map(u64::to_string).collect();
    assert_eq!(listed.keys().map(ToString::to_string).collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn the_hubs_own_writes_come_back_as_what_they_were() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let place = start(&connector).await;
    let ops: Vec<_> = (0..30)
        .map(|n| create(PERSON, guest("Ana", &format!("Gil {n}"), &format!("g{n}@example.com"))))
        .collect();
    let outcomes = connector.write(&ops).await.expect("a batch");
    let written: BTreeSet<String> = outcomes.iter().map(|outcome| done(outcome).to_string()).collect();
    let (ids, n, place) = told(&connector, &place).await;
    assert_eq!((ids, n), (written, 30));
    let (_, again, _) = told(&connector, &place).await;
    assert_eq!(again, 0, "an echo is told for ever");
}
