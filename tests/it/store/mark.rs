//! Marks: one per key, touched again and again, ended under their lease.

use cardex::model::{ExternalId, Lane, RemoteRef, SystemId, Word};
use cardex::store::{
    Commit, End, Finished, Lease, MarkState, Queue, QueueFilter, ReadMark, Store, StoreError,
};
use uuid::Uuid;

use super::{at, commit, crm, due, person, pms, read, store_all};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    marks_of_one_key_are_one,
    mark_done_is_gone,
    mark_touched_while_worked_on_stays,
    failed_mark_waits_and_counts,
    live_touch_ends_the_wait_and_a_sweep_does_not,
    parked_mark_waits_for_news,
    park_of_a_touched_mark_is_news,
    released_mark_is_ready_again,
    claim_is_handed_back_whole,
    lost_lease_commits_nothing,
    lease_that_runs_out_is_a_try,
    renewed_lease_does_not_run_out,
    next_ready_is_the_earliest,
    the_strongest_word_is_kept,
);

/// Ends a claimed mark.
pub(super) fn finished<T>(queue: Queue, lease: &Lease<T>, end: End) -> Finished {
    Finished { queue, mark_id: lease.mark_id, token: lease.token, touched: lease.touched, end }
}

async fn touch(store: &Store, reads: &[ReadMark]) {
    store.commit(Commit { reads: reads.to_vec(), ..commit() }).await.expect("marks are set");
}

async fn claim_at(store: &Store, system: &SystemId, second: i64) -> Vec<Lease<ReadMark>> {
    let lanes = Lane::Status..=Lane::Audit;
    let until = at(second + 60);
    store.claim_reads(system, lanes, 100, at(second), until, Uuid::now_v7()).await.expect("claims")
}

async fn claim_one(store: &Store, second: i64) -> Lease<ReadMark> {
    let mut leases = claim_at(store, &pms(), second).await;
    assert_eq!(leases.len(), 1, "at second {second}");
    leases.remove(0)
}

async fn end(store: &Store, lease: &Lease<ReadMark>, end: End) -> Result<(), StoreError> {
    let finished = vec![finished(Queue::Reads, lease, end)];
    store.commit(Commit { finished, ..commit() }).await
}

fn again(second: i64, failed: bool) -> End {
    End::Again { not_before: at(second), failed, reason: "unreachable".into() }
}

async fn state_of(store: &Store, second: i64) -> Option<MarkState> {
    let items = store.queue_list(&QueueFilter::default(), at(second)).await.expect("lists");
    items.first().map(|item| item.state)
}

async fn marks_of_one_key_are_one(hub: Hub) {
    let later = ReadMark { not_before: at(50), ..read(&pms(), "1", Lane::Live) };
    touch(&hub.store, &[later.clone(), read(&pms(), "2", Lane::Live), read(&crm(), "1", Lane::Live)]).await;
    touch(&hub.store, &[ReadMark { lane: Lane::Backfill, ..later.clone() }]).await;
    touch(&hub.store, &[ReadMark { not_before: at(10), ..later }, read(&pms(), "1", Lane::Status)]).await;
    let leases = claim_at(&hub.store, &pms(), 5).await;
    assert_eq!(leases.len(), 2);
    let lease = &leases[0];
    assert_eq!(lease.mark, read(&pms(), "1", Lane::Status), "the most urgent lane, the earliest instant");
    assert_eq!((lease.touched, lease.attempts), (3, 0), "once per commit");
}

async fn mark_done_is_gone(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Live)]).await;
    let lease = claim_one(&hub.store, 0).await;
    end(&hub.store, &lease, End::Done).await.expect("the lease holds");
    assert_eq!(state_of(&hub.store, 100).await, None);
}

async fn mark_touched_while_worked_on_stays(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Live)]).await;
    let lease = claim_one(&hub.store, 0).await;
    touch(&hub.store, &[read(&pms(), "1", Lane::Audit)]).await;
    assert!(claim_at(&hub.store, &pms(), 1).await.is_empty(), "it is still leased");
    end(&hub.store, &lease, End::Done).await.expect("the lease holds");
    let lease = claim_one(&hub.store, 2).await;
    assert_eq!(lease.touched, 2);
    end(&hub.store, &lease, End::Done).await.expect("the lease holds");
    assert_eq!(state_of(&hub.store, 100).await, None);
}

async fn failed_mark_waits_and_counts(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Live)]).await;
    let lease = claim_one(&hub.store, 0).await;
    end(&hub.store, &lease, again(30, true)).await.expect("the lease holds");
    assert_eq!(state_of(&hub.store, 29).await, Some(MarkState::Waiting));
    assert!(claim_at(&hub.store, &pms(), 29).await.is_empty());
    let lease = claim_one(&hub.store, 30).await;
    assert_eq!(lease.attempts, 1);
    end(&hub.store, &lease, again(31, false)).await.expect("the lease holds");
    assert_eq!(claim_one(&hub.store, 31).await.attempts, 1, "not every wait is a failure");
}

async fn live_touch_ends_the_wait_and_a_sweep_does_not(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Live)]).await;
    let lease = claim_one(&hub.store, 0).await;
    end(&hub.store, &lease, again(1_000, true)).await.expect("the lease holds");
    touch(&hub.store, &[read(&pms(), "1", Lane::Audit)]).await;
    assert!(claim_at(&hub.store, &pms(), 1).await.is_empty(), "a sweep is no news");
    touch(&hub.store, &[ReadMark { not_before: at(3), ..read(&pms(), "1", Lane::Live) }]).await;
    assert!(claim_at(&hub.store, &pms(), 2).await.is_empty());
    assert_eq!(claim_one(&hub.store, 3).await.attempts, 0, "news gets fresh tries");
}

async fn parked_mark_waits_for_news(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Live)]).await;
    let lease = claim_one(&hub.store, 0).await;
    end(&hub.store, &lease, End::Parked { reason: "refused".into() }).await.expect("the lease holds");
    assert_eq!(state_of(&hub.store, 1).await, Some(MarkState::Parked));
    touch(&hub.store, &[read(&pms(), "1", Lane::Backfill)]).await;
    assert!(claim_at(&hub.store, &pms(), 1_000_000).await.is_empty());
    assert_eq!(
        hub.store.next_ready_at(&pms(), Queue::Reads, Lane::Status..=Lane::Audit).await.expect("reads"),
        None
    );
    touch(&hub.store, &[read(&pms(), "1", Lane::Status)]).await;
    assert_eq!(claim_one(&hub.store, 1).await.attempts, 0);
}

async fn park_of_a_touched_mark_is_news(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Live)]).await;
    let lease = claim_one(&hub.store, 0).await;
    touch(&hub.store, &[read(&pms(), "1", Lane::Status)]).await;
    end(&hub.store, &lease, End::Parked { reason: "refused".into() }).await.expect("the lease holds");
    let lease = claim_one(&hub.store, 1).await;
    assert_eq!((lease.attempts, lease.mark.lane), (0, Lane::Status), "a cancellation is not parked unseen");
}

async fn released_mark_is_ready_again(hub: Hub) {
    let record = person();
    store_all(&hub.store, std::slice::from_ref(&record), &[]).await;
    let marks = Commit { due: vec![due(record.id, &crm(), Lane::Live)], ..commit() };
    hub.store.commit(marks).await.expect("a mark is set");
    for round in 0..2 {
        let lanes = Lane::Status..=Lane::Audit;
        let claimed = hub.store.claim_due(&crm(), lanes, 10, at(0), at(60), Uuid::now_v7()).await;
        let leases = claimed.expect("claims");
        assert_eq!(leases.len(), 1, "round {round}");
        assert_eq!(leases[0].mark, due(record.id, &crm(), Lane::Live));
        let release = vec![finished(Queue::Due, &leases[0], End::Released)];
        hub.store.commit(Commit { finished: release, ..commit() }).await.expect("the lease holds");
    }
}

async fn claim_is_handed_back_whole(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Live), read(&pms(), "2", Lane::Live)]).await;
    let leases = claim_at(&hub.store, &pms(), 0).await;
    end(&hub.store, &leases[0], End::Done).await.expect("the lease holds");
    hub.store.hand_back(Queue::Reads, &leases, at(30), "throttled").await.expect("hands back");
    assert!(claim_at(&hub.store, &pms(), 29).await.is_empty());
    let lease = claim_one(&hub.store, 30).await;
    assert_eq!((lease.mark_id, lease.attempts), (leases[1].mark_id, 0), "no try has failed");
    hub.store.hand_back(Queue::Reads, &leases, at(99), "late").await.expect("hands back nothing");
    end(&hub.store, &lease, End::Done).await.expect("the heir's lease holds");
}

async fn lease_that_runs_out_is_a_try(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Backfill)]).await;
    let first = claim_one(&hub.store, 0).await;
    assert_eq!((first.attempts, first.cut_off), (0, false));
    end(&hub.store, &first, again(1, true)).await.expect("it failed");
    let second = claim_one(&hub.store, 1).await;
    assert_eq!((second.attempts, second.cut_off), (1, false), "it failed, and nobody died");
    for (second, times) in [(61, 1), (121, 2), (181, 3)] {
        let lease = claim_one(&hub.store, second).await;
        assert_eq!((lease.attempts, lease.cut_off), (times, true), "cut off in a row");
    }
    let released = claim_one(&hub.store, 241).await;
    end(&hub.store, &released, End::Released).await.expect("it is handed back");
    let again_claimed = claim_one(&hub.store, 241).await;
    assert_eq!((again_claimed.attempts, again_claimed.cut_off), (4, true), "handing back is no try");
    end(&hub.store, &again_claimed, again(242, true)).await.expect("it failed in another way");
    let last = claim_one(&hub.store, 242).await;
    assert_eq!((last.attempts, last.cut_off), (5, false));
}

async fn renewed_lease_does_not_run_out(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Live), read(&pms(), "2", Lane::Live)]).await;
    let mut leases = claim_at(&hub.store, &pms(), 0).await;
    let done = leases.remove(0);
    end(&hub.store, &done, End::Done).await.expect("one is done");
    hub.store
        .renew(Queue::Reads, leases[0].token, &[done.mark_id, leases[0].mark_id], at(100))
        .await
        .expect("the other goes on");
    assert!(claim_at(&hub.store, &pms(), 99).await.is_empty());
    end(&hub.store, &leases[0], End::Done).await.expect("the lease holds");
}

async fn lost_lease_commits_nothing(hub: Hub) {
    touch(&hub.store, &[read(&pms(), "1", Lane::Live), read(&pms(), "2", Lane::Live)]).await;
    let zombie = claim_at(&hub.store, &pms(), 0).await;
    let heir = claim_at(&hub.store, &pms(), 61).await;
    assert_eq!(heir.len(), 2, "the leases have ended");
    let ends = [End::Done, again(0, true), End::Parked { reason: "refused".into() }, End::Released];
    for end in ends {
        let record = person();
        let step = Commit {
            finished: vec![finished(Queue::Reads, &zombie[0], end.clone())],
            records: vec![record.clone()],
            ..commit()
        };
        let error = hub.store.commit(step).await.expect_err("the lease is lost");
        assert!(matches!(error, StoreError::LeaseLost { queue: Queue::Reads }), "{end:?}: {error:?}");
        assert!(hub.store.records(&[record.id]).await.expect("reads").is_empty());
    }
    // One lost lease among those that hold spoils the commit, too.
    let mixed =
        vec![finished(Queue::Reads, &heir[0], End::Done), finished(Queue::Reads, &zombie[1], End::Done)];
    let error = hub.store.commit(Commit { finished: mixed, ..commit() }).await.expect_err("one is lost");
    assert!(matches!(error, StoreError::LeaseLost { .. }), "{error:?}");
    let kept = heir.iter().map(|lease| finished(Queue::Reads, lease, End::Done)).collect();
    hub.store.commit(Commit { finished: kept, ..commit() }).await.expect("the heir's leases hold");
    assert_eq!(state_of(&hub.store, 100).await, None);
}

async fn next_ready_is_the_earliest(hub: Hub) {
    assert_eq!(
        hub.store.next_ready_at(&pms(), Queue::Reads, Lane::Status..=Lane::Audit).await.expect("reads"),
        None
    );
    let marks = [(40, "1"), (20, "2")]
        .map(|(second, id)| ReadMark { not_before: at(second), ..read(&pms(), id, Lane::Live) });
    touch(&hub.store, &marks).await;
    assert_eq!(
        hub.store.next_ready_at(&pms(), Queue::Reads, Lane::Status..=Lane::Audit).await.expect("reads"),
        Some(at(20))
    );
    assert_eq!(
        hub.store.next_ready_at(&crm(), Queue::Reads, Lane::Status..=Lane::Audit).await.expect("reads"),
        None
    );
    claim_one(&hub.store, 20).await;
    assert_eq!(
        hub.store.next_ready_at(&pms(), Queue::Reads, Lane::Status..=Lane::Audit).await.expect("reads"),
        Some(at(40))
    );
    claim_one(&hub.store, 40).await;
    assert_eq!(
        hub.store.next_ready_at(&pms(), Queue::Reads, Lane::Status..=Lane::Audit).await.expect("reads"),
        Some(at(80)),
        "a lease ends by itself"
    );
}

async fn the_strongest_word_is_kept(hub: Hub) {
    let cases = [
        ("1", [Word::Absent, Word::Changed], Word::Absent),
        ("2", [Word::Absent, Word::Erased], Word::Erased),
        ("3", [Word::Erased, Word::Absent], Word::Erased),
        ("4", [Word::Changed, Word::Changed], Word::Changed),
    ];
    for (id, words, expected) in cases {
        let marks = words.map(|said| ReadMark { said, ..read(&pms(), id, Lane::Live) });
        for mark in &marks {
            touch(&hub.store, std::slice::from_ref(mark)).await;
        }
        assert_eq!(claim_one(&hub.store, 0).await.mark.said, expected, "{words:?} one after the other");
        let both = marks.map(|mark| ReadMark {
            subject: RemoteRef { external_id: ExternalId::new(format!("{id}0")), ..mark.subject },
            ..mark
        });
        touch(&hub.store, &both).await;
        assert_eq!(claim_one(&hub.store, 0).await.mark.said, expected, "{words:?} at once");
    }
}
