//! What is known of a system over a restart, and the slots of jobs.

use cardex::model::OperatorId;
use cardex::store::{Health, JobRun, ParkWindow, SystemState};
use uuid::Uuid;

use super::{at, crm, pms};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    epochs_and_generations_grow,
    health_and_outcomes_are_kept,
    last_push_is_the_latest_of_all_daemons,
    ended_work_is_counted_in_a_window,
    slot_runs_once,
    slot_of_a_dead_worker_runs_again,
);

async fn epochs_and_generations_grow(hub: Hub) {
    assert_eq!(hub.store.epoch(&pms()).await.expect("reads"), 0);
    let callers = (0..10).map(|_| {
        let store = hub.store.clone();
        tokio::spawn(async move { store.next_epoch(&pms()).await.expect("moves") })
    });
    let mut seen = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        seen.push(caller.await.expect("the task ends"));
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=10).collect::<Vec<_>>(), "everybody gets another one");
    assert_eq!(hub.store.epoch(&pms()).await.expect("reads"), 10);
    assert_eq!(hub.store.epoch(&crm()).await.expect("reads"), 0);
    assert_eq!(hub.store.next_generation(&pms()).await.expect("moves"), 1);
    assert_eq!(hub.store.next_generation(&pms()).await.expect("moves"), 2);
    assert_eq!(hub.store.epoch(&pms()).await.expect("reads"), 10);
}

async fn health_and_outcomes_are_kept(hub: Hub) {
    assert_eq!(hub.store.system_state(&pms()).await.expect("reads"), SystemState::new(pms()));
    assert_eq!(hub.store.note_failure(&pms(), "unreachable").await.expect("notes"), 1);
    assert_eq!(hub.store.note_failure(&pms(), "refused").await.expect("notes"), 2);
    let state = hub.store.system_state(&pms()).await.expect("reads");
    assert_eq!((state.failures, state.last_error.as_deref()), (2, Some("refused")));
    hub.store.note_success(&pms(), at(7)).await.expect("notes");
    let state = hub.store.system_state(&pms()).await.expect("reads");
    assert_eq!((state.failures, state.last_error, state.last_success_at), (0, None, Some(at(7))));
    let halted = Health::Halted { reason: "too much is parked".to_owned() };
    let paused = Health::Paused { by: OperatorId::new("ana"), at: at(9) };
    let set = async |health: &Health| hub.store.set_health(&pms(), health, &[]).await.expect("sets");
    for health in [&halted, &paused, &Health::Running] {
        assert!(set(health).await);
        assert!(!set(health).await, "it was so already");
        assert_eq!(hub.store.system_state(&pms()).await.expect("reads").health, *health);
    }
    assert!(set(&paused).await);
    assert!(!set(&halted).await, "what stops by itself leaves an operator's pause alone");
    assert_eq!(hub.store.system_state(&pms()).await.expect("reads").health, paused);
    hub.store.next_epoch(&crm()).await.expect("moves");
    let states = hub.store.system_states().await.expect("reads");
    assert_eq!(states.iter().map(|state| state.system.clone()).collect::<Vec<_>>(), [crm(), pms()]);
}

async fn last_push_is_the_latest_of_all_daemons(hub: Hub) {
    for (second, expected) in [(50, 50), (70, 70), (60, 70)] {
        hub.store.note_push(&pms(), at(second)).await.expect("notes");
        let state = hub.store.system_state(&pms()).await.expect("reads");
        assert_eq!((state.last_push_at, state.health), (Some(at(expected)), Health::Running));
    }
    assert_eq!(hub.store.system_state(&crm()).await.expect("reads").last_push_at, None);
}

async fn ended_work_is_counted_in_a_window(hub: Hub) {
    let count = async |second: i64, done, parked| {
        hub.store.count_ended(&pms(), at(second), at(second - 60), done, parked).await.expect("counts")
    };
    assert_eq!(count(100, 5, 1).await, ParkWindow { since: at(100), done: 5, parked: 1 });
    assert_eq!(count(160, 1, 0).await, ParkWindow { since: at(100), done: 6, parked: 1 });
    assert_eq!(count(161, 1, 2).await, ParkWindow { since: at(161), done: 1, parked: 2 });
    assert_eq!(hub.store.system_state(&pms()).await.expect("reads").window.parked, 2);
}

async fn slot_runs_once(hub: Hub) {
    let claim = async |slot, now, token| {
        hub.store.claim_slot("sweep:pms", at(slot), at(now), at(now + 60), token).await.expect("claims")
    };
    assert_eq!(hub.store.last_run("sweep:pms").await.expect("reads"), None);
    let (mine, theirs) = (Uuid::now_v7(), Uuid::now_v7());
    assert!(claim(10, 10, mine).await);
    assert!(!claim(10, 11, theirs).await, "somebody runs it");
    assert!(!claim(20, 20, theirs).await, "no pile-up: the job is still running");
    assert!(!hub.store.record_run("sweep:pms", at(10), at(12), theirs).await.expect("records"));
    assert!(hub.store.record_run("sweep:pms", at(10), at(12), mine).await.expect("records"));
    let run = JobRun { slot: at(10), finished_at: at(12) };
    assert_eq!(hub.store.last_run("sweep:pms").await.expect("reads"), Some(run));
    assert!(!claim(10, 13, theirs).await, "it has run");
    assert!(!claim(5, 13, theirs).await, "a later one has run");
    assert!(claim(20, 20, theirs).await);
    assert_eq!(hub.store.last_run("sweep:pms").await.expect("reads"), Some(run), "a run counts when it ends");
    assert!(hub.store.claim_slot("poll:pms", at(1), at(1), at(2), mine).await.expect("claims"));
}

async fn slot_of_a_dead_worker_runs_again(hub: Hub) {
    let (dead, heir) = (Uuid::now_v7(), Uuid::now_v7());
    assert!(hub.store.claim_slot("job", at(10), at(10), at(20), dead).await.expect("claims"));
    assert!(hub.store.claim_slot("job", at(10), at(20), at(30), heir).await.expect("claims"));
    assert!(!hub.store.record_run("job", at(10), at(21), dead).await.expect("records"), "he was not dead");
    assert!(hub.store.record_run("job", at(10), at(22), heir).await.expect("records"));
}
