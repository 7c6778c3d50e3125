//! Batches whose answers say less, or something else, than one would like.

use cardex::connectors::{Connector, NextStep};
use cardex::model::{RecordKind, WriteOp, WriteOutcome};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::fake::sort::Sort;
use super::fake::{Fake, Fault, Oddity};
use super::{PERSON, guest, held, prepared};
use crate::connectors::subject::{create, done};

const UPSERT: &str = "contacts/batch/upsert";

fn guests(n: usize) -> Vec<WriteOp> {
    (0..n).map(|n| create(PERSON, guest(&format!("Ana {n}"), "Gil", &format!("g{n}@example.com")))).collect()
}

/// That each outcome that is done is about the contact with the key of its write.
fn assert_matched(fake: &Fake, ops: &[WriteOp], outcomes: &[WriteOutcome]) {
    assert_eq!(ops.len(), outcomes.len());
    for (op, outcome) in ops.iter().zip(outcomes) {
        if let WriteOutcome::Done { external_id, .. } = outcome {
            let key = held(fake, Sort::Contact, external_id, "pms_guest_key");
            assert_eq!(key, Some(op.record.to_string()), "{external_id} is somebody else");
        }
    }
}

fn is_done(outcome: &WriteOutcome) -> bool {
    matches!(outcome, WriteOutcome::Done { .. })
}

#[tokio::test]
async fn a_hundred_guests_are_one_call_and_each_finds_its_contact() {
    for oddity in [None, Some(Oddity::NamelessResults)] {
        let fake = Fake::start().await;
        fake.inside().oddities.extend(oddity);
        let connector = prepared(&fake).await;
        let most = connector.capabilities().write_batch;
        assert_eq!(most, 100);
        let ops = guests(most);
        let outcomes = connector.write(&ops).await.expect("a batch");
        assert_eq!(fake.calls(), [(UPSERT.to_owned(), 1)].into());
        assert!(outcomes.iter().all(is_done));
        assert_matched(&fake, &ops, &outcomes);
        // Sent again after a crash, nothing is there twice.
        let again = connector.write(&ops).await.expect("a batch");
        assert_eq!(again.iter().map(done).collect::<Vec<_>>(), outcomes.iter().map(done).collect::<Vec<_>>());
        assert_eq!(fake.inside().rows(Sort::Contact).count(), most);
    }
}

#[tokio::test]
async fn a_bad_one_among_good_ones_is_told_apart() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    fake.inside().forbidden = Some("Prohibido");
    let mut ops = guests(9);
    ops[4] = create(PERSON, guest("Ana", "Prohibido", "p@example.com"));
    let outcomes = connector.write(&ops).await.expect("a batch");
    assert_matched(&fake, &ops, &outcomes);
    for (n, outcome) in outcomes.iter().enumerate() {
        assert_eq!(is_done(outcome), n != 4, "{n}: {outcome:?}");
    }
    let WriteOutcome::Rejected { field, why } = &outcomes[4] else { panic!("{:?}", outcomes[4]) };
    assert_eq!(field.as_ref(), Some(&cardex::model::keys::SURNAME));
    assert!(!why.contains("Prohibido"), "{why}");
}

#[tokio::test]
async fn an_address_of_somebody_else_stops_its_batch_and_nothing_is_done() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    fake.inside().enter(Sort::Contact, &json!({"lastname": "Gil", "email": "g3@example.com"}));
    let ops = guests(8);
    let error = connector.write(&ops).await.expect_err("one address is taken");
    assert_eq!(error.next_step(), NextStep::Bisect, "{error}");
    assert!(!error.to_string().contains('@'), "{error}");
    assert_eq!(fake.inside().rows(Sort::Contact).count(), 1);
    // Halved, down to the one that it is.
    let (mut parts, mut refused) = (vec![ops], Vec::new());
    while let Some(part) = parts.pop() {
        match connector.write(&part).await {
            Ok(outcomes) => {
                assert_matched(&fake, &part, &outcomes);
                let rejected =
                    outcomes.iter().filter(|outcome| matches!(outcome, WriteOutcome::Rejected { .. }));
                refused.extend(rejected.map(|outcome| format!("{outcome:?}")));
            }
            Err(error) if part.len() == 1 => refused.push(error.to_string()),
            Err(_) => parts.extend(part.chunks(part.len().div_ceil(2)).map(<[WriteOp]>::to_vec)),
        }
    }
    let [why] = &refused[..] else { panic!("{refused:?}") };
    assert!(why.contains("97") && !why.contains('@'), "whose address it is should be told: {why}");
    assert_eq!(fake.inside().rows(Sort::Contact).count(), 8);
}

#[tokio::test]
async fn what_an_answer_does_not_name_is_not_done() {
    for fault in [Fault::Half, Fault::SilentHalf] {
        let fake = Fake::start().await;
        let connector = prepared(&fake).await;
        fake.fail(UPSERT, [fault.clone()]);
        let ops = guests(20);
        let outcomes = connector.write(&ops).await.expect("half a batch");
        assert_matched(&fake, &ops, &outcomes);
        assert_eq!(outcomes.iter().filter(|outcome| is_done(outcome)).count(), 10, "{fault:?}");
        let left: Vec<WriteOp> = ops
            .into_iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| !is_done(outcome))
            .map(|(op, _)| op)
            .collect();
        let may_go_again =
            |outcome: &WriteOutcome| matches!(outcome, WriteOutcome::Retry { .. } | WriteOutcome::Unknown);
        assert!(
            outcomes.iter().all(|outcome| is_done(outcome) || may_go_again(outcome)),
            "{fault:?}: {outcomes:?}"
        );
        assert!(connector.write(&left).await.expect("the other half").iter().all(is_done));
        assert_eq!(fake.inside().rows(Sort::Contact).count(), 20, "{fault:?}");
    }
}

/// The contacts that carry the keys of these writes.
async fn looked_up(connector: &Arc<dyn Connector>, ops: &[WriteOp]) -> BTreeMap<String, String> {
    let ids: Vec<_> = ops.iter().map(|op| op.record).collect();
    let hits = connector.find(RecordKind::Person, &ids).await.expect("a look-up");
    hits.into_iter().map(|(record, id)| (record.to_string(), id.to_string())).collect()
}

#[tokio::test]
async fn a_batch_without_an_answer_is_looked_up_and_never_done_twice() {
    for fault in [Fault::BrokenAfterwards, Fault::CutAfterwards, Fault::Garbage] {
        let fake = Fake::start().await;
        let connector = prepared(&fake).await;
        let ops = guests(30);
        fake.fail(UPSERT, [fault.clone()]);
        let error = connector.write(&ops).await.expect_err("no answer");
        assert_eq!(error.next_step(), NextStep::Settle, "{fault:?}: {error}");
        let is_there = !matches!(fault, Fault::Garbage);
        // The index of the search may lag: it is not what is asked.
        fake.inside().index_stands = true;
        fake.calls();
        let known = looked_up(&connector, &ops).await;
        assert_eq!(fake.calls(), [("contacts/batch/read".to_owned(), 1)].into());
        assert_eq!(known.len(), if is_there { 30 } else { 0 }, "{fault:?}");
        let outcomes = connector.write(&ops).await.expect("a batch");
        assert_matched(&fake, &ops, &outcomes);
        assert_eq!(fake.inside().rows(Sort::Contact).count(), 30, "{fault:?}");
    }
}
