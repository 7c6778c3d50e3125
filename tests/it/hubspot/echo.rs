//! What the feeds tell of the hub's own writes: nothing that takes further requests, and nothing that hides what somebody
//! else has done.

use cardex::connectors::{Change, Connector, Cursor};
use cardex::model::{Document, ExternalId, Observation, RecordKind, WriteOp, keys};
use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::fake::sort::Sort;
use super::fake::table::By;
use super::fake::{Fake, Fault};
use super::{PERSON, STAY, guest, id_of, prepared};
use crate::connectors::feed::{here, news};
use crate::connectors::subject::{create, done, update, write_one};
use crate::connectors::values::{reference, text};

/// The feed of a kind.
fn feed(kind: RecordKind) -> &'static str {
    if kind == PERSON { "contacts" } else { "stays" }
}

/// What a feed tells of each record beyond a place, the requests that took, and the next place.
async fn told(
    fake: &Fake,
    connector: &Arc<dyn Connector>,
    kind: RecordKind,
    from: &Cursor,
) -> (BTreeMap<ExternalId, Observation>, BTreeMap<String, usize>, Cursor) {
    fake.calls();
    let (changes, next) = news(connector, feed(kind), from).await;
    let seen = changes.into_iter().map(|change| match change {
        Change::Seen(seen) => (seen.subject.external_id.clone(), *seen),
        Change::Hint(hint) => panic!("a hint at {:?}", hint.subject),
    });
    (seen.collect(), fake.calls(), next)
}

fn somebody(n: u32) -> Document {
    guest(&format!("Ana {n}"), "Gil", &format!("g{n}@example.com"))
}

fn stay(n: u32, holder: &ExternalId) -> Document {
    Document::new()
        .with(keys::NUMBER, text(&n.to_string()))
        .with(keys::HOLDER, reference(PERSON, holder.as_str()))
}

async fn written(connector: &Arc<dyn Connector>, ops: &[WriteOp]) -> Vec<ExternalId> {
    connector.write(ops).await.expect("a batch").iter().map(done).collect()
}

#[tokio::test]
async fn our_own_writes_are_told_by_the_search_alone() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let [mut contacts, mut stays] = [here(&connector, "contacts").await, here(&connector, "stays").await];
    let ops: Vec<_> = (0..30).map(|n| create(PERSON, somebody(n))).collect();
    let people = written(&connector, &ops).await;
    let ops: Vec<_> = (0..30).zip(&people).map(|(n, holder)| create(STAY, stay(n, holder))).collect();
    let booked = written(&connector, &ops).await;
    for step in ["created", "changed"] {
        for (kind, ids, place, object) in
            [(PERSON, &people, &mut contacts, "contacts"), (STAY, &booked, &mut stays, "deals")]
        {
            let (seen, calls, next) = told(&fake, &connector, kind, place).await;
            assert_eq!(seen.len(), ids.len(), "{kind} {step}");
            assert!(ids.iter().all(|id| seen.contains_key(id)), "{kind} {step}");
            assert_eq!(calls, [(format!("{object}/search"), 1)].into(), "{kind} {step}");
            *place = next;
            let field = if kind == PERSON { keys::SURNAME } else { keys::NUMBER };
            let changed = |seen: &Observation| {
                let name = format!("N{step}{}", seen.subject.external_id);
                update(seen, Document::new().with(field.clone(), text(&name)))
            };
            written(&connector, &seen.values().map(changed).collect::<Vec<_>>()).await;
        }
    }
    // A daemon that was started anew remembers none of it.
    let other = super::connector(&fake);
    let (_, calls, _) = told(&fake, &other, PERSON, &contacts).await;
    assert_eq!(calls.get("contacts/batch/read"), Some(&1), "{calls:?}");
}

#[tokio::test]
async fn what_somebody_does_right_after_our_write_is_told() {
    for later in [0, 1] {
        let fake = Fake::start().await;
        let connector = prepared(&fake).await;
        let [contacts, stays] = [here(&connector, "contacts").await, here(&connector, "stays").await];
        let now = fake.inside().now();
        fake.inside().stopped_at = Some(now);
        let [one, other] = [1, 2].map(|n| create(PERSON, somebody(n)));
        let people = written(&connector, &[one, other]).await;
        let booked = done(&write_one(&connector, create(STAY, stay(1, &people[0]))).await);
        {
            let mut inside = fake.inside();
            inside.stopped_at = Some(now + TimeDelta::milliseconds(later));
            inside.edit(Sort::Contact, id_of(&people[0]), &json!({"jobtitle": "Engineer"}));
            inside.edit(Sort::Deal, id_of(&booked), &json!({"pms_number": "N7"}));
        }
        let (seen, ..) = told(&fake, &connector, PERSON, &contacts).await;
        assert_eq!(seen[&people[0]].document.get(&keys::POSITION), Some(&text("Engineer")), "{later} ms");
        let (seen, _, stays) = told(&fake, &connector, STAY, &stays).await;
        assert_eq!(seen[&booked].document.get(&keys::NUMBER), Some(&text("N7")), "{later} ms");
        // A change of the association that moves the stamp.
        {
            let mut inside = fake.inside();
            inside.stopped_at = Some(now + TimeDelta::milliseconds(2));
            let stay = (Sort::Deal, id_of(&booked));
            inside.link(stay, (Sort::Contact, id_of(&people[0])), false, By::User);
            inside.link(stay, (Sort::Contact, id_of(&people[1])), true, By::User);
            inside.edit(Sort::Deal, stay.1, &json!({}));
        }
        let (seen, ..) = told(&fake, &connector, STAY, &stays).await;
        let holder = reference(PERSON, people[1].as_str());
        assert_eq!(seen[&booked].document.get(&keys::HOLDER), Some(&holder), "{later} ms");
    }
}

#[tokio::test]
async fn a_write_of_which_not_all_is_known_to_be_done_is_read_when_it_is_told() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let [contacts, stays] = [here(&connector, "contacts").await, here(&connector, "stays").await];
    fake.fail("contacts/batch/upsert", [Fault::BrokenAfterwards]);
    connector.write(&[create(PERSON, somebody(1))]).await.expect_err("nobody knows whether it was done");
    let (seen, calls, _) = told(&fake, &connector, PERSON, &contacts).await;
    assert_eq!((seen.len(), calls.get("contacts/batch/read")), (1, Some(&1)));
    let (holder, _) = seen.into_iter().next().expect("a contact");
    fake.fail("associations/deals/contacts/batch/associate/default", [Fault::Status(503)]);
    write_one(&connector, create(STAY, stay(1, &holder))).await;
    let (seen, calls, _) = told(&fake, &connector, STAY, &stays).await;
    assert_eq!(calls.get("associations/deals/contacts/batch/read"), Some(&1), "{calls:?}");
    let seen = seen.into_values().next().expect("a stay");
    assert_eq!(seen.document.value(&keys::HOLDER), None, "the stay is not tied to anybody");
}
