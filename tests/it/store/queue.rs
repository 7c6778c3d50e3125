//! The queues as operators see and change them.

use cardex::model::journal::{Entry, Event};
use cardex::model::{Lane, ObservationId, RecordKind, RemoteRef};
use cardex::store::{Commit, End, MarkState, Queue, QueueCount, QueueFilter, ReadMark, Subject};
use uuid::Uuid;

use super::mark::finished;
use super::{at, commit, crm, due, person, pms, read, store_all};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    list_and_counts_tell_every_state,
    filters_hold_together,
    retry_gives_fresh_tries,
    drop_forgets_and_is_journalled,
);

/// Four reads of the PMS, one in each state, and one due mark of the CRM.
async fn fill(hub: &Hub) {
    let record = person();
    store_all(&hub.store, std::slice::from_ref(&record), &[]).await;
    let waiting = ReadMark { not_before: at(500), ..read(&pms(), "waiting", Lane::Live) };
    let reads = vec![
        read(&pms(), "parked", Lane::Status),
        read(&pms(), "leased", Lane::Arrival),
        waiting,
        read(&pms(), "ready", Lane::Backfill),
    ];
    let marks = Commit { reads, due: vec![due(record.id, &crm(), Lane::Live)], ..commit() };
    hub.store.commit(marks).await.expect("marks are set");
    let lanes = Lane::Status..=Lane::Arrival;
    let claimed = hub.store.claim_reads(&pms(), lanes, 10, at(0), at(60), Uuid::now_v7()).await;
    let parked = End::Parked { reason: "Refused: 100% of_it".into() };
    let finished = vec![finished(Queue::Reads, &claimed.expect("claims")[0], parked)];
    hub.store.commit(Commit { finished, ..commit() }).await.expect("the lease holds");
}

fn decided() -> Entry {
    let event = Event::Decided { review: None, operator: "ana".into(), decision: "retry".into() };
    let id = ObservationId::new(Uuid::now_v7());
    Entry { id, at: at(9), system: None, record: None, link: None, event }
}

async fn list_and_counts_tell_every_state(hub: Hub) {
    fill(&hub).await;
    let items = hub.store.queue_list(&QueueFilter::default(), at(1)).await.expect("lists");
    let reads: Vec<_> = items.iter().filter(|item| item.queue == Queue::Reads).collect();
    for item in &reads {
        let name = format!("{:?}", item.state).to_lowercase();
        assert_eq!(item.subject, Subject::Remote(RemoteRef::new(RecordKind::Person, name.as_str())));
    }
    assert_eq!(reads.len(), 4);
    let parked = reads.iter().find(|item| item.state == MarkState::Parked).expect("one is parked");
    assert_eq!(parked.reason.as_deref(), Some("Refused: 100% of_it"));
    assert_eq!((parked.attempts, parked.lane), (1, Lane::Status));
    let counts = hub.store.queue_counts(at(1)).await.expect("counts");
    let states: Vec<_> = counts.iter().map(|count| (count.queue, count.state)).collect();
    let expected = [MarkState::Leased, MarkState::Parked, MarkState::Ready, MarkState::Waiting];
    assert_eq!(states[..4], expected.map(|state| (Queue::Reads, state)));
    let due = QueueCount {
        queue: Queue::Due,
        system: crm(),
        state: MarkState::Ready,
        lane: Lane::Live,
        n_marks: 1,
        oldest: at(0),
    };
    assert_eq!(counts[4..], [due]);
}

async fn filters_hold_together(hub: Hub) {
    fill(&hub).await;
    let count = async |filter: QueueFilter| hub.store.queue_list(&filter, at(1)).await.expect("lists").len();
    let all = QueueFilter::default();
    assert_eq!(count(QueueFilter { system: Some(pms()), ..all.clone() }).await, 4);
    assert_eq!(count(QueueFilter { queue: Some(Queue::Due), ..all.clone() }).await, 1);
    assert_eq!(count(QueueFilter { parked_only: true, ..all.clone() }).await, 1);
    assert_eq!(count(QueueFilter { limit: Some(1), ..all.clone() }).await, 2, "one of each queue");
    let reason = |text: &str| QueueFilter { reason: Some(text.to_owned()), ..all.clone() };
    assert_eq!(count(reason("refused: 100% OF_")).await, 1);
    assert_eq!(count(reason("100_")).await, 0, "a wildcard is only a character");
    assert_eq!(count(QueueFilter { system: Some(crm()), ..reason("refused") }).await, 0);
}

async fn retry_gives_fresh_tries(hub: Hub) {
    fill(&hub).await;
    let parked = QueueFilter { parked_only: true, ..QueueFilter::default() };
    assert_eq!(hub.store.queue_retry(&parked, &[decided()], at(9)).await.expect("retries"), 1);
    assert_eq!(hub.store.queue_retry(&parked, &[], at(9)).await.expect("retries"), 0);
    let lanes = Lane::Status..=Lane::Status;
    let claimed = hub.store.claim_reads(&pms(), lanes, 10, at(9), at(60), Uuid::now_v7()).await;
    let leases = claimed.expect("claims");
    assert_eq!(leases.len(), 1);
    assert_eq!(leases[0].attempts, 0);
    assert_eq!(hub.store.recent_journal(None, 10).await.expect("reads").len(), 1);
}

async fn drop_forgets_and_is_journalled(hub: Hub) {
    fill(&hub).await;
    let items = hub.store.queue_list(&QueueFilter::default(), at(1)).await.expect("lists");
    let parked = items.iter().find(|item| item.state == MarkState::Parked).expect("one is parked");
    let one =
        QueueFilter { queue: Some(Queue::Reads), mark_id: Some(parked.mark_id), ..QueueFilter::default() };
    assert_eq!(hub.store.queue_drop(&one, &[decided()], at(1)).await.expect("drops"), 1);
    assert_eq!(hub.store.recent_journal(None, 10).await.expect("reads").len(), 1);
    let all = QueueFilter::default();
    assert_eq!(hub.store.queue_drop(&all, &[], at(1)).await.expect("drops"), 3, "all but the leased one");
    let left = hub.store.queue_list(&all, at(1)).await.expect("lists");
    assert_eq!(left.iter().map(|item| item.state).collect::<Vec<_>>(), [MarkState::Leased]);
}
