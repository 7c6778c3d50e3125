//! Merges made by cardex: the wizard, its warnings, and the channels that it silences.

use cardex::connectors::{NextStep, Reading};
use cardex::model::{ExternalId, RecordKind, RemoteRef, Shape};

use super::{RELEASES, connector, prepared};
use crate::support::tryton::meter::Fault;
use crate::support::tryton::{Release, Tryton};

const PERSON: RecordKind = RecordKind::Person;

fn external(id: i64) -> ExternalId {
    ExternalId::new(id.to_string())
}

fn channels(tryton: &Tryton, party: i64) -> Vec<(String, bool)> {
    tryton.client().mechanisms(party).into_iter().map(|(_, value, active)| (value, active)).collect()
}

#[tokio::test]
async fn merge_keeps_every_channel_that_was_in_use() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let client = tryton.client();
        let keep = client.create_party("Ana García", &[("email", "ana@example.com")]);
        let lose =
            client.create_party("Anna Garcia", &[("email", "anna@example.org"), ("phone", "+34600111222")]);
        let unused = client.mechanism(lose, "+34600111222").expect("it is there");
        client.archive("party.contact_mechanism", unused);
        connector.merge(PERSON, &external(keep), &external(lose)).await.expect("the merge is made");
        let expected = [("ana@example.com", true), ("anna@example.org", true), ("+34600111222", false)];
        assert_eq!(
            channels(&tryton, keep),
            expected.map(|(value, active)| (value.to_owned(), active)),
            "{release:?}"
        );
        let reading =
            connector.read(&[RemoteRef::new(PERSON, external(lose))]).await.expect("it answers").remove(0);
        let Reading::Found(seen) = reading else { panic!("{release:?}: {reading:?}") };
        assert_eq!(seen.shape, Shape::MergedInto(external(keep)));
        connector
            .merge(PERSON, &external(keep), &external(lose))
            .await
            .expect("asked again, it is still made");
    }
}

#[tokio::test]
async fn interrupted_merge_brings_its_channels_back_when_asked_again() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let client = tryton.client();
        let keep = client.create_party("Ana García", &[]);
        let lose = client.create_party("Ana García", &[("email", "ana@example.com")]);
        // The wizard's one write gets through, its answer does not.
        tryton.meter().spoil_write(Fault::LoseAnswer);
        let error =
            connector.merge(PERSON, &external(keep), &external(lose)).await.expect_err("no answer came");
        assert_eq!(error.next_step(), NextStep::Settle, "{release:?}: {error}");
        assert_eq!(channels(&tryton, keep), [("ana@example.com".to_owned(), false)], "{release:?}");
        connector.merge(PERSON, &external(keep), &external(lose)).await.expect("asked again, it is finished");
        assert_eq!(channels(&tryton, keep), [("ana@example.com".to_owned(), true)], "{release:?}");
    }
}

#[tokio::test]
async fn merges_that_make_no_sense_are_refused() {
    let tryton = Tryton::start(Release::V8_2);
    let connector = connector(&tryton);
    let client = tryton.client();
    let [first, second, third] = ["A", "B", "C"].map(|name| client.create_party(name, &[]));
    client.merge(first, second);
    for (keep, lose) in [(third, second), (second, third), (first, 4_711)] {
        let error =
            connector.merge(PERSON, &external(keep), &external(lose)).await.expect_err("it is refused");
        assert_eq!(error.next_step(), NextStep::Park, "{keep} {lose}: {error}");
    }
    let error = connector.merge(RecordKind::Reservation, &external(1), &external(2)).await;
    assert_eq!(error.expect_err("it is refused").next_step(), NextStep::Park);
}
