//! When the fields of a record were last changed, and what that decides.

use cardex::connectors::Reading;
use cardex::model::{Observation, RemoteRef, keys};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::time::Duration;

use super::fake::Fake;
use super::fake::sort::Sort;
use super::rig::Joined;
use super::{PERSON, guest, id_of, prepared};
use crate::connectors::subject::{create, done};

fn found(reading: Reading) -> Observation {
    let Reading::Found(seen) = reading else { panic!("not found: {reading:?}") };
    *seen
}

#[tokio::test]
async fn fields_are_dated_by_what_their_properties_have_held() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let ops: Vec<_> =
        (0..60).map(|n| create(PERSON, guest("Ana", "Gil", &format!("g{n}@example.com")))).collect();
    let written = connector.write(&ops).await.expect("a batch");
    let refs: Vec<RemoteRef> =
        written.iter().map(|outcome| RemoteRef::new(PERSON, done(outcome).as_str())).collect();
    let (id, from) = (id_of(&refs[7].external_id), fake.inside().now());
    let at = |minutes| from + TimeDelta::minutes(minutes);
    let edits = [
        (1, json!({"lastname": "Ruiz", "phone": "+34600000001"})),
        (2, json!({"mobilephone": "+34600000002"})),
        (3, json!({"lastname": "Ruiz", "jobtitle": "Engineer"})),
    ];
    for (minutes, properties) in edits {
        fake.inside().stopped_at = Some(at(minutes));
        fake.inside().edit(Sort::Contact, id, &properties);
    }
    fake.calls();
    let readings = connector.read_with_dates(&refs).await.expect("a read");
    assert_eq!(fake.calls(), [("contacts/batch/read".to_owned(), 2)].into(), "fifty at a time");
    let seen: Vec<Observation> = readings.into_iter().map(found).collect();
    assert_eq!(seen.len(), 60);
    let seen = seen.into_iter().find(|seen| seen.subject == refs[7]).expect("the contact");
    let times = seen.changed_at.as_ref().expect("its times");
    let of = |field| times.get(&field).cloned().unwrap_or_default();
    assert_eq!(of(keys::SURNAME), [at(1)], "what is set to the same once more is no change");
    assert_eq!(of(keys::PHONES), [at(1), at(2)], "one time for each place");
    assert_eq!(of(keys::POSITION), [at(3)]);
    assert_eq!(of(keys::TAGS), Vec::<DateTime<Utc>>::new(), "one property holds them all");
    let plain = connector.read(&refs[7..8]).await.expect("a read").remove(0);
    assert_eq!(found(plain), Observation { changed_at: None, ..seen });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_later_of_two_edits_stands_whatever_was_edited_after_it() {
    let joined = Joined::with("[fields.person.position]\nowner = \"pms\"").await;
    let (guests, _) = joined.pair.fill(3, 0);
    joined.work().await;
    let (mews, hubspot) = (&joined.pair.mews, &joined.pair.hubspot);
    let contact = hubspot.inside().with(Sort::Contact, "lastname", "Núñez 1").expect("the guest").id;
    let edit = |properties| hubspot.inside().edit(Sort::Contact, contact, &properties);
    mews.inside().edit("Customers", &guests[1], json!({"Occupation": "Pilot"}));
    // The stamps of Mews are cut to the second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    edit(json!({"jobtitle": "Architect"}));
    edit(json!({"salutation": "Dr."}));
    joined.work().await;
    let job = hubspot.inside().row(Sort::Contact, contact).expect("the guest").values["jobtitle"].clone();
    let occupation =
        mews.inside().tables.row_mut("Customers", &guests[1]).expect("the guest")["Occupation"].clone();
    assert_eq!((job.as_str(), occupation), ("Architect", json!("Architect")));
}
