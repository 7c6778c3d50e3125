//! The open connector against a system of bad manners, and the small systems' own book.

use cardex::connectors::{Change, Connector, ConnectorError, Cursor, NextStep, PushRequest, Reading};
use cardex::demo::ledger::{Author, Deed};
use cardex::demo::manners::{Call, Fault, HookManners};
use cardex::model::capabilities::Stream;
use cardex::model::{Document, RecordKind, RemoteRef, Seen, Value, WriteOp, WriteOutcome, keys};
use std::sync::Arc;
use std::time::Duration;

use crate::connectors::Subject as _;
use crate::connectors::open::{OpenSubject, start};
use crate::connectors::subject::{create, done, found, update, write_one};

const PERSON: RecordKind = RecordKind::Person;

async fn guests(subject: &OpenSubject, n: u32) -> Vec<WriteOp> {
    let mut ops = Vec::new();
    for n in 0..n {
        ops.push(create(PERSON, subject.sample(PERSON, n).await));
    }
    ops
}

fn people() -> Stream {
    Stream { name: "person".into(), kind: PERSON }
}

/// What a call of each sort fails with when `fault` happens to it.
async fn failures(subject: &OpenSubject, fault: &Fault) -> [ConnectorError; 4] {
    let (connector, system) = (subject.connector(), &subject.served().system);
    for call in [Call::Changes, Call::Keys, Call::Read, Call::Write] {
        system.expect(call, fault, 1);
    }
    let refs = [RemoteRef::new(PERSON, "P000001")];
    let writes = guests(subject, 1).await;
    [
        connector.changes(&people(), None).await.expect_err("a failed feed"),
        connector.enumerate(PERSON, None).await.expect_err("a failed walk"),
        connector.read(&refs).await.expect_err("a failed read"),
        connector.write(&writes).await.expect_err("a failed write"),
    ]
}

#[tokio::test]
async fn failures_are_typed_and_a_write_is_never_taken_for_undone() {
    let subject = start().await;
    let check = |errors: [ConnectorError; 4], reads: NextStep, write: NextStep| {
        let (write_error, read_errors) = errors.split_last().expect("four errors");
        for error in read_errors {
            assert_eq!(error.next_step(), reads, "{error}");
        }
        assert_eq!(write_error.next_step(), write, "{write_error}");
    };
    let wait = |seconds| NextStep::RetryAfter(Some(Duration::from_secs(seconds)));
    let (retry, settle, halt) = (NextStep::RetryAfter(None), NextStep::Settle, NextStep::Park);
    let faults = [
        (Fault::TooManyCalls(None), retry, retry),
        (Fault::TooManyCalls(Some("7".to_owned())), wait(7), wait(7)),
        (Fault::TooManyCalls(Some("soon".to_owned())), retry, retry),
        (Fault::Unavailable, retry, settle),
        (Fault::ErrorAfterCommit, retry, settle),
        (Fault::CutAfterCommit, retry, settle),
        (Fault::CutBeforeCommit, retry, settle),
        (Fault::Html, halt, settle),
    ];
    for (fault, reads, write) in faults {
        check(failures(&subject, &fault).await, reads, write);
    }
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_found_and_made_once() {
    let subject = start().await;
    let (connector, system) = (subject.connector(), &subject.served().system);
    for fault in [Fault::ErrorAfterCommit, Fault::CutAfterCommit] {
        let op = guests(&subject, 1).await.remove(0);
        system.expect(Call::Write, &fault, 1);
        let error = connector.write(std::slice::from_ref(&op)).await.expect_err("a lost answer");
        assert_eq!(error.next_step(), NextStep::Settle);
        let [(hub_id, id)] = &connector.find(PERSON, &[op.record]).await.expect("a look-up")[..] else {
            panic!("the record is not found by its hub id");
        };
        assert_eq!(*hub_id, op.record);
        // Sent again all the same, it is not made again.
        let again = write_one(&connector, op).await;
        assert_eq!(again, WriteOutcome::Exists { external_id: id.clone() });
    }
    let ledger = system.ledger();
    assert_eq!(ledger.creates_per_hub_id().len(), 2);
    assert_eq!(ledger.duplicate_creates(), Vec::<String>::new());
}

#[tokio::test]
async fn half_of_a_batch_may_fail() {
    let subject = start().await;
    subject.served().system.expect(Call::Write, &Fault::HalfFailed, 1);
    let outcomes = subject.connector().write(&guests(&subject, 5).await).await.expect("a batch");
    for (place, outcome) in outcomes.iter().enumerate() {
        if place % 2 == 0 {
            done(outcome);
        } else {
            assert_eq!(*outcome, WriteOutcome::Retry { after: None });
        }
    }
    assert_eq!(subject.served().system.rows("person").len(), 3);
}

#[tokio::test]
async fn a_refused_batch_is_for_bisecting() {
    let subject = start().await;
    subject.served().system.expect(Call::Write, &Fault::BatchRefused, 1);
    let error = subject.connector().write(&guests(&subject, 4).await).await.expect_err("a refusal");
    assert_eq!(error.next_step(), NextStep::Bisect);
    assert_eq!(subject.served().system.rows("person").len(), 0);
}

#[tokio::test]
async fn a_capped_or_oversized_page_is_no_end() {
    let subject = start().await;
    let (connector, system) = (subject.connector(), &subject.served().system);
    system.expect(Call::Keys, &Fault::Capped, 1);
    let capped = connector.enumerate(PERSON, None).await.expect_err("a capped page");
    assert!(matches!(capped, ConnectorError::Refused { .. }), "{capped}");
    system.set_quirks(|quirks| quirks.page_limit = Some(10));
    let refused = connector.enumerate(PERSON, None).await.expect_err("too large a page");
    assert!(matches!(refused, ConnectorError::Refused { .. }), "{refused}");
}

#[tokio::test]
async fn an_expired_or_foreign_cursor_is_an_error() {
    let subject = start().await;
    let connector = subject.connector();
    subject.served().system.expect(Call::Changes, &Fault::CursorExpired, 1);
    let cursor = Cursor("1".to_owned());
    let expired = connector.changes(&people(), Some(&cursor)).await.expect_err("an expired cursor");
    assert_eq!(expired.next_step(), NextStep::Sweep);
    let foreign = Cursor("a' or 1=1 --".to_owned());
    let refused = connector.changes(&people(), Some(&foreign)).await.expect_err("a foreign cursor");
    assert!(matches!(refused, ConnectorError::Refused { .. }), "{refused}");
}

#[tokio::test]
async fn a_long_feed_comes_in_pages_that_lose_nothing() {
    let subject = start().await;
    let (connector, system) = (subject.connector(), &subject.served().system);
    let start = connector.changes(&people(), None).await.expect("the present").next;
    for _ in 0..450 {
        subject.make(PERSON, 1).await;
    }
    for coarse in [false, true] {
        system.set_quirks(|quirks| quirks.one_second_stamps = coarse);
        let (mut cursor, mut seen, mut pages) = (start.clone(), std::collections::BTreeSet::new(), 0);
        loop {
            let page = connector.changes(&people(), Some(&cursor)).await.expect("a page");
            seen.extend(page.changes.iter().map(|change| match change {
                Change::Seen(seen) => seen.subject.external_id.clone(),
                Change::Hint(hint) => hint.subject.external_id.clone(),
            }));
            (cursor, pages) = (page.next, pages + 1);
            if !page.more {
                break;
            }
        }
        assert_eq!((seen.len(), pages), (450, 3));
    }
}

#[tokio::test]
async fn what_the_system_shortens_comes_back_short_and_is_told() {
    let subject = start().await;
    let (connector, system) = (subject.connector(), &subject.served().system);
    system.set_quirks(|quirks| (quirks.street_chars, quirks.capitalises_names) = (Some(5), true));
    let id = subject.make(PERSON, 1).await;
    let seen = found(&connector, PERSON, &id).await;
    let name = Seen::one(Value::Text("ana belén".to_owned()));
    let outcome = write_one(&connector, update(&seen, Document::new().with(keys::GIVEN_NAMES, name))).await;
    let WriteOutcome::Done { stored: Some(stored), .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(stored.value(&keys::GIVEN_NAMES).and_then(Value::as_text), Some("Ana Belén"));
    let with_address = create(PERSON, subject.sample(PERSON, 1).await);
    let outcome = write_one(&connector, with_address).await;
    let row = system.row("person", done(&outcome).as_str()).expect("a row");
    assert_eq!(row.fields["addresses"][0]["street"], "Calle");
}

#[tokio::test]
async fn a_refused_field_is_named() {
    let subject = start().await;
    let (connector, system) = (subject.connector(), &subject.served().system);
    let rejected = |outcome: WriteOutcome| {
        let WriteOutcome::Rejected { field: Some(field), .. } = outcome else { panic!("{outcome:?}") };
        field
    };
    system.set_quirks(|quirks| quirks.refused.extend(["person.phones".to_owned()]));
    let refused = write_one(&connector, guests(&subject, 1).await.remove(0)).await;
    assert_eq!(rejected(refused), keys::PHONES);
    system.set_quirks(|quirks| {
        quirks.refused.clear();
        quirks.read_only.extend(["person.birth_date".to_owned()]);
    });
    let read_only = write_one(&connector, guests(&subject, 1).await.remove(0)).await;
    assert_eq!(rejected(read_only), keys::BIRTH_DATE);
    system.set_quirks(|quirks| (quirks.read_only.clear(), quirks.unique_email = true).1);
    done(&write_one(&connector, guests(&subject, 1).await.remove(0)).await);
    let taken = write_one(&connector, guests(&subject, 1).await.remove(0)).await;
    assert_eq!(rejected(taken), keys::EMAILS);
}

#[tokio::test]
async fn a_poisoned_record_is_a_hint_and_its_page_goes_on() {
    let subject = start().await;
    let (connector, system) = (subject.connector(), &subject.served().system);
    let start = connector.changes(&people(), None).await.expect("the present").next;
    let good = subject.make(PERSON, 1).await;
    let bad = subject.make(PERSON, 2).await;
    let broken = serde_json::Map::from_iter([("birth_date".to_owned(), serde_json::json!({"year": 1980}))]);
    assert!(system.edit("person", bad.as_str(), "ana", broken));
    let page = connector.changes(&people(), Some(&start)).await.expect("a page");
    let [Change::Seen(seen), Change::Hint(hint)] = &page.changes[..] else { panic!("{page:?}") };
    assert_eq!((&seen.subject.external_id, &hint.subject.external_id), (&good, &bad));
    let readings = connector.read(std::slice::from_ref(&hint.subject)).await.expect("a read");
    let [Reading::Undecodable { why, .. }] = &readings[..] else { panic!("{readings:?}") };
    assert!(why.contains("birth_date") && !why.contains("1980"), "{why}");
}

#[tokio::test]
async fn a_budget_is_kept_or_answered_with_429() {
    let subject = start().await;
    let system = &subject.served().system;
    system.set_quirks(|quirks| quirks.budget = Some((3, Duration::from_mins(1))));
    let connector = subject.connector();
    for _ in 0..3 {
        connector.enumerate(PERSON, None).await.expect("within the budget");
    }
    let over = connector.enumerate(PERSON, None).await.expect_err("over the budget");
    assert!(matches!(over, ConnectorError::RateLimited { .. }), "{over}");
    assert_eq!(system.calls().get(&Call::Keys), Some(&4));
}

/// A place that webhooks are sent to: what came in, as headers and body.
async fn listener() -> (String, tokio::sync::mpsc::UnboundedReceiver<(Vec<(String, String)>, Vec<u8>)>) {
    let (tell, heard) = tokio::sync::mpsc::unbounded_channel();
    let take = move |headers: axum::http::HeaderMap, body: axum::body::Bytes| async move {
        let text = |value: &axum::http::HeaderValue| value.to_str().expect("text").to_owned();
        let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        tell.send((headers, body.to_vec())).expect("a listening test");
        axum::http::StatusCode::ACCEPTED
    };
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hooks/crm", socket.local_addr().expect("an address"));
    let router = axum::Router::new().route("/hooks/crm", axum::routing::post(take));
    tokio::spawn(async move { axum::serve(socket, router).await });
    (url, heard)
}

#[tokio::test]
async fn webhooks_are_signed_and_come_as_badly_as_they_are_told_to() {
    let subject = start().await;
    let (url, mut heard) = listener().await;
    subject.served().subscribe(url).expect("a sender");
    let system = &subject.served().system;
    system.set_quirks(|quirks| {
        quirks.hooks =
            HookManners { duplicates: 1, reversed_in_groups_of: Some(3), ..HookManners::default() };
    });
    let connector = subject.connector();
    let mut made = Vec::new();
    for n in 0..3 {
        made.push(subject.make(PERSON, n).await);
    }
    let mut hinted = Vec::new();
    for _ in 0..6 {
        let push = tokio::time::timeout(Duration::from_secs(20), heard.recv()).await.expect("in time");
        let (headers, body) = push.expect("a webhook");
        let arrived_at = system.clock().now().timestamp();
        let request = PushRequest { headers: &headers, uri: "/hooks/crm", body: &body, arrived_at };
        hinted.extend(connector.push_in(&request).expect("a signed webhook"));
    }
    let ids: Vec<_> = hinted.into_iter().map(|hint| hint.subject.external_id).collect();
    let expected: Vec<_> = made.into_iter().rev().flat_map(|id| [id.clone(), id]).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn the_book_tells_a_real_write_from_an_echo_and_a_step_back() {
    let subject = start().await;
    let (connector, system) = (subject.connector(), Arc::clone(&subject.served().system));
    let outcome = write_one(&connector, guests(&subject, 1).await.remove(0)).await;
    let id = done(&outcome);
    let write = |name: &'static str| {
        let (connector, id) = (Arc::clone(&connector), id.clone());
        async move {
            let seen = found(&connector, PERSON, &id).await;
            let name = Seen::one(Value::Text(name.to_owned()));
            done(&write_one(&connector, update(&seen, Document::new().with(keys::SURNAME, name))).await);
        }
    };
    for name in ["Uno", "Uno", "Dos"] {
        write(name).await;
    }
    let deeds: Vec<_> = system.ledger().0.into_iter().map(|entry| (entry.author, entry.deed)).collect();
    assert!(deeds.iter().all(|(author, _)| *author == Author::Contract));
    assert!(matches!(
        deeds[..],
        [(_, Deed::Created(_)), (_, Deed::Changed(_)), (_, Deed::Untouched), (_, Deed::Changed(_))]
    ));
    // The same course at a source is followed; a value that the source had left is a step back.
    let source = start().await;
    let there = source.make(PERSON, 1).await;
    for name in ["Núñez 0", "Uno", "Dos"] {
        let fields = serde_json::Map::from_iter([("surname".to_owned(), serde_json::json!(name))]);
        assert!(source.served().system.edit("person", there.as_str(), "ana", fields));
    }
    let pairs = [(there.to_string(), id.to_string())];
    let steps_back =
        || system.ledger().steps_back(&source.served().system.ledger(), &pairs, "person", "surname");
    assert_eq!(steps_back(), vec![]);
    write("Uno").await;
    assert_eq!(steps_back().len(), 1);
}

#[tokio::test]
async fn the_demo_is_the_same_every_time_and_its_people_can_act() {
    use cardex::clock::Clock;
    use cardex::demo::Demo;
    use cardex::demo::cardex::Size;
    let moment = chrono::DateTime::parse_from_rfc3339("2026-11-22T12:00:00Z").expect("a moment").to_utc();
    let clock = || Clock::from_fn(move || moment);
    let one = Demo::start(7, Size::SMALL, clock()).await.expect("a demo");
    let other = Demo::start(7, Size::SMALL, clock()).await.expect("a demo");
    for kind in ["company", "agency", "person", "reservation"] {
        assert_eq!(one.hotel.system.rows(kind), other.hotel.system.rows(kind), "{kind}");
        assert!(!one.hotel.system.rows(kind).is_empty(), "{kind}");
    }
    let statuses: std::collections::BTreeSet<String> =
        one.hotel.system.rows("reservation").iter().map(|row| row.fields["status"].to_string()).collect();
    for status in ["confirmed", "cancelled", "checked_out"] {
        assert!(statuses.contains(&format!("\"{status}\"")), "nobody is {status}: {statuses:?}");
    }
    let before = one.hotel.system.ledger().0.len();
    for n in 0..22 {
        let narration = one.step(n).expect("somebody to act on");
        assert!(!narration.touched.is_empty(), "{narration:?}");
    }
    assert!(one.hotel.system.ledger().0.len() >= before + 22);
    one.stop().await;
    other.stop().await;
}
