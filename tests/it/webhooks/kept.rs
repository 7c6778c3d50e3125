//! What is taken is durable before it is answered, whether it comes alone, in hundreds, or from many at once.

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::{Door, about};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::postgres;

on_both_databases!(bursts_are_kept_before_they_are_answered);

fn ids(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("P{n:04}")).collect()
}

async fn bursts_are_kept_before_they_are_answered(backend: Backend) {
    let store = match backend {
        Backend::Sqlite => String::new(),
        Backend::Postgres => postgres::cluster().fresh_database().await,
    };
    let mut door = Door::open(&store, "").await;
    // Five hundred events in one message, among them some that can be about no record.
    let mut events: Vec<Value> = ids(500).iter().map(|id| about(id)["events"][0].clone()).collect();
    events.extend(["", "a\0b", &"x".repeat(9_000)].map(|id| about(id)["events"][0].clone()));
    assert_eq!(door.push(&json!({"events": events})).await, 202);
    // Four hundred messages, 64 at once; some records in several of them.
    let further = ids(900).split_off(500);
    let messages = further.iter().enumerate().map(|(n, id)| {
        let again = format!("P{:04}", n % 7);
        let event = |id: &str| about(id)["events"][0].clone();
        json!({"id": n, "events": [event(id), event(&again)]})
    });
    let messages: Vec<Value> = messages.collect();
    let door_ref = &door;
    let pushed = futures_util::stream::iter(messages.iter().map(|message| door_ref.push(message)));
    let answers: Vec<u16> = pushed.buffer_unordered(64).collect().await;
    assert_eq!(answers, vec![202; 400]);
    assert_eq!((door.counted("accepted").await, door.counted("store").await), (401, 0));
    door.site.kill();
    let expected: Vec<String> = ids(900).iter().map(|id| format!("person {id}")).collect();
    assert_eq!(door.hinted(), expected);
}

#[tokio::test]
async fn what_could_not_be_kept_is_taken_when_it_comes_again() {
    let door = Door::open("", "").await;
    let message = json!({"id": "m1", "events": [{"type": "changed", "kind": "person", "id": "P1"}]});
    door.site.fill_disk();
    assert_eq!(door.push(&message).await, 503);
    door.site.clear_disk();
    assert_eq!((door.counted("store").await, door.hinted()), (1, Vec::new()));
    assert_eq!(door.push(&message).await, 202);
    assert_eq!((door.counted("accepted").await, door.counted("replayed").await), (1, 0));
    assert_eq!(door.hinted(), ["person P1"]);
}
