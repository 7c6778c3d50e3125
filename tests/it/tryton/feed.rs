//! Change feeds: every edit is seen once, whichever row carries its stamp.

use std::collections::BTreeSet;

use cardex::connectors::{Change, Hint};
use cardex::model::{Document, ExternalId, RecordKind, RemoteRef, Seen, Shape, keys};
use serde_json::json;

use super::{RELEASES, create, new_id, poll, prepared, text, written};
use crate::support::tryton::{Release, Tryton};

const PERSON: RecordKind = RecordKind::Person;

fn ids(changes: &[Change]) -> Vec<String> {
    let id = |change: &Change| match change {
        Change::Seen(seen) => seen.subject.external_id.to_string(),
        Change::Hint(hint) => hint.subject.external_id.to_string(),
    };
    changes.iter().map(id).collect()
}

#[tokio::test]
async fn each_childs_edit_shows_its_party() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let client = tryton.client();
        let party = client.create_party("Ana García", &[("email", "ana@example.com")]);
        let other = client.create_party("Luis Pérez", &[]);
        let address = client.create("party.address", &json!({"party": party, "street": "Calle 1"}));
        let friend =
            client.find("party.relation.type", &json!([["name", "=", "Friend"]]), &[])[0]["id"].clone();
        let mechanism = client.mechanism(party, "ana@example.com").expect("it is there");
        let edits: [(&str, &dyn Fn()); 5] = [
            ("contact_mechanism", &|| {
                client.write("party.contact_mechanism", mechanism, &json!({"value": "ana@example.org"}));
            }),
            ("address", &|| client.write("party.address", address, &json!({"city": "Sevilla"}))),
            ("identifier", &|| {
                client.create("party.identifier", &json!({"party": party, "code": "tax:1"}));
            }),
            ("relation", &|| {
                client.create("party.relation.all", &json!({"from_": party, "to": other, "type": friend}));
            }),
            ("party", &|| client.write("party.party", party, &json!({"name": "Ana Ruiz"}))),
        ];
        for (stream, edit) in edits {
            let (_, cursor) = poll(&*connector, stream, None).await;
            let (_, cursor) = poll(&*connector, stream, Some(&cursor)).await;
            let (quiet, cursor) = poll(&*connector, stream, Some(&cursor)).await;
            assert_eq!(ids(&quiet), [""; 0], "{release:?}: {stream} repeats itself");
            edit();
            let (changes, cursor) = poll(&*connector, stream, Some(&cursor)).await;
            assert!(ids(&changes).contains(&party.to_string()), "{release:?}: {stream}: {changes:?}");
            let (quiet, _) = poll(&*connector, stream, Some(&cursor)).await;
            assert_eq!(ids(&quiet), [""; 0], "{release:?}: {stream} is seen twice");
        }
    }
}

#[tokio::test]
async fn feed_walks_through_many_rows_of_one_stamp() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let (_, cursor) = poll(&*connector, "party", None).await;
        let client = tryton.client();
        let values: Vec<_> = (0..450).map(|number| json!({"name": format!("Guest {number}")})).collect();
        client.call("model.party.party.create", &[json!(values)]);
        let domain = json!([["name", "like", "Guest %"]]);
        let wanted: BTreeSet<String> =
            client.find("party.party", &domain, &[]).iter().map(|row| row["id"].to_string()).collect();
        let (changes, cursor) = poll(&*connector, "party", Some(&cursor)).await;
        let seen = ids(&changes);
        assert_eq!(seen.len(), 450, "{release:?}: each once");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), wanted);
        let all: Vec<_> = wanted.iter().filter_map(|id| id.parse::<i64>().ok()).collect();
        client.call("model.party.party.write", &[json!(all), json!({"lang": 1})]);
        let (changes, _) = poll(&*connector, "party", Some(&cursor)).await;
        assert_eq!(ids(&changes).len(), 450, "{release:?}: each once more");
    }
}

#[tokio::test]
async fn late_commit_inside_the_window_is_seen() {
    let tryton = Tryton::start(Release::V8_2);
    let connector = prepared(&tryton).await;
    let client = tryton.client();
    let early = client.create_party("Early", &[]);
    let (_, cursor) = poll(&*connector, "party", None).await;
    let (_, cursor) = poll(&*connector, "party", Some(&cursor)).await;
    // A transaction that began ten seconds ago commits now.
    tryton.sql(&format!(
        "update party_party set write_date = strftime('%Y-%m-%d %H:%M:%f', write_date, '-10 seconds'), \
         name = 'Late' where id = {early}"
    ));
    let (changes, _) = poll(&*connector, "party", Some(&cursor)).await;
    assert_eq!(ids(&changes), [early.to_string()]);
}

#[tokio::test]
async fn archived_and_replaced_parties_are_told_apart() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let client = tryton.client();
        let [archived, keep, lose] = ["Archived", "Keep", "Lose"].map(|name| client.create_party(name, &[]));
        let (_, cursor) = poll(&*connector, "party", None).await;
        let (_, cursor) = poll(&*connector, "party", Some(&cursor)).await;
        client.archive("party.party", archived);
        client.merge(keep, lose);
        let (changes, cursor) = poll(&*connector, "party", Some(&cursor)).await;
        let subject = |id: i64| RemoteRef::new(PERSON, ExternalId::new(id.to_string()));
        let gone = Change::Hint(Hint { subject: subject(archived), deleted: true });
        assert!(changes.contains(&gone), "{release:?}: {changes:?}");
        let merged = changes.iter().any(|change| match change {
            Change::Seen(seen) => {
                seen.subject == subject(lose)
                    && seen.shape == Shape::MergedInto(ExternalId::new(keep.to_string()))
            }
            Change::Hint(_) => false,
        });
        assert!(merged, "{release:?}: {changes:?}");
        client.write("party.party", archived, &json!({"active": true}));
        let (changes, _) = poll(&*connector, "party", Some(&cursor)).await;
        let [Change::Seen(back)] = changes.as_slice() else { panic!("{release:?}: {changes:?}") };
        assert_eq!((back.subject.clone(), back.shape.clone()), (subject(archived), Shape::Full));
    }
}

#[tokio::test]
async fn reservations_have_a_feed_of_their_own() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let (_, cursor) = poll(&*connector, "opportunity", None).await;
        let document = Document::new().with(keys::NUMBER, text("7"));
        let (id, ..) = written(&*connector, create(RecordKind::Reservation, new_id(), document)).await;
        let (changes, cursor) = poll(&*connector, "opportunity", Some(&cursor)).await;
        assert_eq!(ids(&changes), [id.to_string()], "{release:?}");
        let number: i64 = id.as_str().parse().expect("an id is a number");
        tryton.client().press("cancel", number);
        let (changes, _) = poll(&*connector, "opportunity", Some(&cursor)).await;
        let [Change::Seen(seen)] = changes.as_slice() else { panic!("{release:?}: {changes:?}") };
        let status = seen.document.get(&keys::STATUS).and_then(Seen::value).and_then(|value| value.as_text());
        assert_eq!(status, Some("cancelled"));
    }
}

#[tokio::test]
async fn idle_poll_is_one_call_for_each_feed() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        tryton.client().create_party("Ana García", &[("email", "ana@example.com")]);
        for stream in &connector.capabilities().streams {
            let (_, cursor) = poll(&*connector, &stream.name, None).await;
            let (_, cursor) = poll(&*connector, &stream.name, Some(&cursor)).await;
            tryton.meter().reset();
            let (changes, _) = poll(&*connector, &stream.name, Some(&cursor)).await;
            assert_eq!(ids(&changes), [""; 0], "{release:?}: {}", stream.name);
            assert_eq!(tryton.meter().calls().len(), 1, "{release:?}: {}", stream.name);
        }
    }
}

#[tokio::test]
async fn streams_are_polled_in_order_of_dependence() {
    let tryton = Tryton::start(Release::V8_2);
    let connector = prepared(&tryton).await;
    let names: Vec<&str> =
        connector.capabilities().streams.iter().map(|stream| stream.name.as_str()).collect();
    assert_eq!(names, ["party", "contact_mechanism", "address", "identifier", "relation", "opportunity"]);
}
