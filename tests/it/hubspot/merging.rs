//! Merges, made here and made there: whoever was merged away is followed, and never made anew.

use cardex::connectors::{Connector, ConnectorError, Reading};
use cardex::model::capabilities::MergeSupport;
use cardex::model::{Document, ExternalId, RecordKind, RemoteRef, Shape, WriteOutcome, keys};
use serde_json::json;
use std::sync::Arc;

use super::fake::sort::Sort;
use super::fake::table::By;
use super::fake::{Fake, Oddity};
use super::{COMPANY, PERSON, STAY, guest, id_of, prepared, text};
use crate::connectors::feed::{about, here, news};
use crate::connectors::subject::{create, done, found, update, walk, write_one};
use crate::connectors::values::reference;

async fn person(connector: &Arc<dyn Connector>, name: &str) -> ExternalId {
    let op = create(PERSON, guest("Ana", name, &format!("{name}@example.com")));
    done(&write_one(connector, op).await)
}

fn external(id: u64) -> ExternalId {
    ExternalId::new(id.to_string())
}

async fn shape(connector: &Arc<dyn Connector>, kind: RecordKind, id: &ExternalId) -> Shape {
    found(connector, kind, id).await.shape
}

#[tokio::test]
async fn a_merge_of_ours_is_followed_to_the_new_id() {
    for keeps_the_id in [false, true] {
        let fake = Fake::start().await;
        fake.inside().oddities.extend(keeps_the_id.then_some(Oddity::MergeKeepsTheId));
        let connector = prepared(&fake).await;
        assert_eq!(connector.capabilities().merge, MergeSupport::Full);
        for (kind, sort) in [(PERSON, Sort::Contact), (COMPANY, Sort::Company)] {
            let [keep, lose] = if kind == PERSON {
                [person(&connector, "Gil").await, person(&connector, "Vera").await]
            } else {
                ["one", "other"].map(|name| external(fake.inside().enter(sort, &json!({"name": name}))))
            };
            connector.merge(kind, &keep, &lose).await.expect("a merge");
            let left = external(fake.inside().resolved(sort, id_of(&lose)).expect("a record").id);
            assert_eq!(left == keep, keeps_the_id, "{kind}");
            assert_eq!(shape(&connector, kind, &lose).await, Shape::MergedInto(left.clone()), "{kind}");
            if !keeps_the_id {
                assert_eq!(shape(&connector, kind, &keep).await, Shape::MergedInto(left.clone()), "{kind}");
            }
            assert_eq!(shape(&connector, kind, &left).await, Shape::Full, "{kind}");
            let listed = walk(&connector, kind).await;
            assert!(listed.contains_key(&left) && !listed.contains_key(&lose), "{kind}");
        }
    }
}

#[tokio::test]
async fn merges_of_merges_lead_to_the_last_one() {
    for oddity in [None, Some(Oddity::ShallowMerges)] {
        let fake = Fake::start().await;
        fake.inside().oddities.extend(oddity);
        let connector = prepared(&fake).await;
        let ids = [0, 1, 2, 3].map(|n| {
            let contact = json!({"lastname": format!("Gil {n}")});
            external(fake.inside().enter(Sort::Contact, &contact))
        });
        let left = {
            let mut inside = fake.inside();
            let first = inside.merge(Sort::Contact, id_of(&ids[0]), id_of(&ids[1]), By::User);
            let second = inside.merge(Sort::Contact, id_of(&ids[2]), id_of(&ids[3]), By::User);
            external(inside.merge(Sort::Contact, second, first, By::User))
        };
        let refs = ids.clone().map(|id| RemoteRef::new(PERSON, id));
        fake.calls();
        let readings = connector.read(&refs).await.expect("a read");
        assert_eq!(readings.len(), 4);
        let calls: usize = fake.calls().values().sum();
        // What a survivor does not name is asked for by itself.
        assert!(calls <= if oddity.is_none() { 1 } else { 5 }, "{oddity:?}: {calls} calls");
        for reading in readings {
            let Reading::Found(seen) = reading else { panic!("{oddity:?}: {reading:?}") };
            assert_eq!(seen.shape, Shape::MergedInto(left.clone()), "{oddity:?}");
        }
    }
}

#[tokio::test]
async fn a_merge_of_somebody_there_is_told_by_the_feed() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let [one, other] = [person(&connector, "Gil").await, person(&connector, "Vera").await];
    let feed = connector.capabilities().streams.iter().find(|stream| stream.kind == PERSON).expect("a feed");
    let place = here(&connector, &feed.name).await;
    let left = external(fake.inside().merge(Sort::Contact, id_of(&one), id_of(&other), By::User));
    let (changes, _) = news(&connector, &feed.name, &place).await;
    let ids: Vec<&str> = changes.iter().map(about).collect();
    for id in [&one, &other, &left] {
        assert!(ids.contains(&id.as_str()), "{id} is not told of: {ids:?}");
    }
}

#[tokio::test]
async fn whoever_was_merged_away_is_not_made_anew() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let [one, other] = [person(&connector, "Gil").await, person(&connector, "Vera").await];
    // The hub has not heard of the merge yet, and writes to the one that is gone.
    let seen = found(&connector, PERSON, &other).await;
    let left = external(fake.inside().merge(Sort::Contact, id_of(&one), id_of(&other), By::User));
    let outcome =
        write_one(&connector, update(&seen, Document::new().with(keys::POSITION, text("Engineer")))).await;
    assert_eq!(fake.inside().rows(Sort::Contact).count(), 1, "{outcome:?}");
    match outcome {
        WriteOutcome::Stale | WriteOutcome::NotFound | WriteOutcome::Unknown | WriteOutcome::Retry { .. } => {
        }
        // Where it went to is told, so that nobody believes that the lost one holds it.
        WriteOutcome::Done { external_id, .. } => assert_eq!(external_id, left),
        other @ (WriteOutcome::Exists { .. } | WriteOutcome::Rejected { .. }) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stay_of_a_merged_guest_is_read_with_the_guest_who_is_left() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let [one, other] = [person(&connector, "Gil").await, person(&connector, "Vera").await];
    let stay =
        Document::new().with(keys::NUMBER, text("7")).with(keys::HOLDER, reference(PERSON, other.as_str()));
    let id = done(&write_one(&connector, create(STAY, stay)).await);
    let left = external(fake.inside().merge(Sort::Contact, id_of(&one), id_of(&other), By::User));
    let tied: Vec<u64> = fake.inside().linked((Sort::Deal, id_of(&id)), Sort::Contact).collect();
    assert_eq!(tied, [id_of(&left)]);
    let read = found(&connector, STAY, &id).await;
    let holder = read.document.get(&keys::HOLDER);
    // The lost id reads as merged, so either leads to who is left.
    let either = [reference(PERSON, left.as_str()), reference(PERSON, other.as_str())];
    assert!(holder.is_some_and(|holder| either.contains(holder)), "{holder:?}");
    // A new holder's association takes the place of the old one's, whatever its id is now.
    let third = person(&connector, "Tercera").await;
    let change = update(&read, Document::new().with(keys::HOLDER, reference(PERSON, third.as_str())));
    done(&write_one(&connector, change).await);
    let tied: Vec<u64> = fake.inside().linked((Sort::Deal, id_of(&id)), Sort::Contact).collect();
    assert_eq!(tied, [id_of(&third)], "the guest who is left is tied to a stay that is not his");
}

#[tokio::test]
async fn what_hubspot_does_not_merge_is_refused_with_its_reason() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let one = person(&connector, "Gil").await;
    let gone = ExternalId::new("999999");
    assert!(connector.merge(PERSON, &one, &gone).await.is_err());
    let stays = connector.merge(STAY, &one, &gone).await.expect_err("stays are not merged");
    assert!(matches!(stays, ConnectorError::Unsupported { .. }), "{stays}");
    assert_eq!(fake.inside().rows(Sort::Contact).count(), 1);
}
