//! Hints that come together are kept together, and each sender hears only of its own.

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;

use cardex::clock::Clock;
use cardex::model::{Lane, RecordKind, RemoteRef, SystemId, Word};
use cardex::queue::together::Together;
use cardex::store::{QueueFilter, ReadMark};

use crate::support::hub::{Backend, Hub, on_both_databases};

on_both_databases!(hints_that_come_together_are_one_transaction, whoever_gives_up_takes_nobody_along,);

fn crm() -> SystemId {
    SystemId::new("crm")
}

fn hint(id: &str) -> ReadMark {
    let subject = RemoteRef::new(RecordKind::Person, id);
    ReadMark {
        system: crm(),
        subject,
        lane: Lane::Live,
        not_before: Clock::system().now(),
        said: Word::Changed,
    }
}

async fn n_marks(hub: &Hub) -> usize {
    let marks = hub.store.queue_list(&QueueFilter::default(), Clock::system().now()).await;
    marks.expect("the store answers").len()
}

async fn hints_that_come_together_are_one_transaction(hub: Hub) {
    // Each transaction wakes the system's workers once.
    let mut n_transactions = Vec::new();
    for most in [1, 12, 1_000] {
        let (together, mut wakeups) = (Together::new(most), hub.store.wakeups());
        let keep =
            |n: usize| together.keep(&hub.store, vec![hint(&format!("{most}-{n}"))], Clock::system().now());
        for kept in join_all((0..25).map(keep)).await {
            kept.expect("it is kept");
        }
        n_transactions.push(std::iter::from_fn(|| wakeups.woken(&crm()).now_or_never()).count());
    }
    // The first goes alone, and meanwhile the others come: 3 and 2, unless a transaction is over before they do.
    assert_eq!(n_transactions[0], 25);
    assert!(
        (3..10).contains(&n_transactions[1]) && (1..10).contains(&n_transactions[2]),
        "{n_transactions:?}"
    );
    assert_eq!(n_marks(&hub).await, 3 * 25);
}

async fn whoever_gives_up_takes_nobody_along(hub: Hub) {
    let together = Arc::new(Together::new(10));
    let keep = |n: usize| {
        let (together, store) = (Arc::clone(&together), hub.store.clone());
        tokio::spawn(
            async move { together.keep(&store, vec![hint(&n.to_string())], Clock::system().now()).await },
        )
    };
    let (impatient, patient): (Vec<_>, Vec<_>) =
        (0..200).map(keep).enumerate().partition(|(n, _)| n % 3 == 0);
    let giving_up = async {
        for (_, sender) in impatient {
            sender.abort();
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    };
    let (kept, ()) = tokio::join!(join_all(patient.into_iter().map(|(_, sender)| sender)), giving_up);
    let n_kept = kept.into_iter().filter(|kept| matches!(kept, Ok(Ok(())))).count();
    assert_eq!(n_kept, 133);
    assert!(n_marks(&hub).await >= n_kept);
}

#[tokio::test]
async fn what_the_database_refuses_is_refused_alone() {
    let hub = Backend::Postgres.fresh_hub().await;
    let together = Together::new(100);
    // PostgreSQL keeps no text with a null character in it.
    let ids: Vec<String> = (0..20).map(|n| if n == 7 { "a\0b".to_owned() } else { n.to_string() }).collect();
    let keep = |id: &String| together.keep(&hub.store, vec![hint(id)], Clock::system().now());
    let kept = join_all(ids.iter().map(keep)).await;
    let refused: Vec<usize> =
        kept.iter().enumerate().filter(|(_, kept)| kept.is_err()).map(|(n, _)| n).collect();
    assert_eq!(refused, [7]);
    assert_eq!(n_marks(&hub).await, 19);
}
