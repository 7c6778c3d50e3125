//! Reviews: opened and ended by commits, one open hold per stream.

use cardex::model::document::Seen;
use cardex::model::ids::ReviewId;
use cardex::model::review::{Band, Cluster, HoldReason, Postponed, QuarantineReason, ReviewState, Task};
use cardex::model::{CellSet, Life, Record, RecordId, RecordKind, Review, ReviewKind, Value, keys};
use cardex::store::{Commit, ReviewFilter, StoreError};
use uuid::Uuid;

use super::record::cell;
use super::{at, commit, crm, person, pms, record_id, store_all, stored};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    review_keeps_question_and_answer,
    open_reviews_are_filtered,
    postponed_review_is_asked_again_when_its_time_has_come,
    nearest_arrival_is_asked_first,
    one_hold_is_open_per_stream,
    ended_review_stays_ended,
    released_hold_is_used_up,
    proposal_of_the_matcher_is_found_by_its_members,
    proposals_come_by_arrival_and_then_by_probability,
);

fn review(kind: ReviewKind) -> Review {
    Review {
        id: ReviewId::new(Uuid::now_v7()),
        record: Some(record_id()),
        system: Some(pms()),
        kind,
        opened_at: at(1),
        state: ReviewState::Open,
        postponed: None,
    }
}

fn hold(of: RecordKind) -> Review {
    Review {
        record: None,
        ..review(ReviewKind::Hold { of, why: HoldReason::Emptied { known: 9 }, examples: vec![] })
    }
}

fn conflict() -> Review {
    let seen = |text: &str| Box::new(Seen::one(Value::Text(text.to_owned())));
    review(ReviewKind::Conflict {
        field: keys::SURNAME,
        element: None,
        hub: seen("Pérez"),
        observed: seen("Perez"),
    })
}

async fn put(hub: &Hub, reviews: &[Review]) -> Result<(), StoreError> {
    hub.store.commit(Commit { reviews: reviews.to_vec(), ..commit() }).await
}

async fn review_keeps_question_and_answer(hub: Hub) {
    let quarantine = ReviewKind::Quarantine { external_id: "1".into(), why: QuarantineReason::SlotReused };
    let proposal = ReviewKind::Proposal { main: record_id(), others: vec![record_id()] };
    let task = Task::Merge { of: RecordKind::Person, keep: "1".into(), lose: "2".into(), refused: None };
    let found = duplicates(&[record_id(), record_id()]);
    let work = review(ReviewKind::Work { task });
    let reviews = [conflict(), hold(RecordKind::Person), review(quarantine), review(proposal), found, work];
    put(&hub, &reviews).await.expect("they are opened");
    for review in &reviews {
        assert_eq!(hub.store.review(review.id).await.expect("reads").as_ref(), Some(review));
    }
    let state = ReviewState::Rejected { by: "ana".into(), at: at(5), reason: "no".to_owned() };
    let rejected = Review { state, ..reviews[0].clone() };
    put(&hub, std::slice::from_ref(&rejected)).await.expect("it ends");
    assert_eq!(hub.store.review(rejected.id).await.expect("reads"), Some(rejected));
    assert_eq!(hub.store.review(ReviewId::new(Uuid::now_v7())).await.expect("reads"), None);
}

async fn open_reviews_are_filtered(hub: Hub) {
    let settled = Review { state: ReviewState::Settled { at: at(2) }, ..conflict() };
    let elsewhere = Review { system: Some(crm()), opened_at: at(0), ..conflict() };
    let held = hold(RecordKind::Person);
    put(&hub, &[settled, elsewhere.clone(), held.clone()]).await.expect("they are stored");
    let ids = async |filter: ReviewFilter| {
        let open = hub.store.open_reviews(&filter, 10).await.expect("lists");
        open.into_iter().map(|review| review.id).collect::<Vec<_>>()
    };
    let all = ReviewFilter::default();
    assert_eq!(ids(all.clone()).await, [held.id, elsewhere.id], "what stands still first");
    assert_eq!(ids(ReviewFilter { systems: Some(vec![pms()]), ..all.clone() }).await, [held.id]);
    let both = ReviewFilter { systems: Some(vec![crm(), pms()]), ..all.clone() };
    assert_eq!(ids(both).await, [held.id, elsewhere.id]);
    assert_eq!(ids(ReviewFilter { systems: Some(vec!["spa".into()]), ..all.clone() }).await, []);
    assert_eq!(ids(ReviewFilter { systems: Some(vec![]), ..all.clone() }).await, []);
    assert_eq!(ids(ReviewFilter { kind: Some("conflict"), ..all.clone() }).await, [elsewhere.id]);
    assert_eq!(ids(ReviewFilter { record: elsewhere.record, ..all }).await, [elsewhere.id]);
}

async fn postponed_review_is_asked_again_when_its_time_has_come(hub: Hub) {
    let (now_asked, later) = (conflict(), conflict());
    put(&hub, &[now_asked.clone(), later.clone()]).await.expect("they are stored");
    let postponed = Postponed { by: "ana".into(), until: at(60) };
    let wish = Commit { now: at(1), postponed: vec![(later.id, postponed.clone())], ..Commit::default() };
    hub.store.commit(wish.clone()).await.expect("it is postponed");
    let ids = async |now, postponed| {
        let filter = ReviewFilter { now: Some(now), postponed, ..ReviewFilter::default() };
        let open = hub.store.open_reviews(&filter, 10).await.expect("lists");
        open.into_iter().map(|review| review.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(at(2), false).await, [now_asked.id]);
    assert_eq!(ids(at(2), true).await, [later.id]);
    assert_eq!(ids(at(61), false).await.len(), 2);
    let counts = hub.store.open_review_counts(at(2)).await.expect("counts");
    assert_eq!((counts["conflict"], counts["postponed"]), (1, 1));
    let stored = hub.store.review(later.id).await.expect("reads").expect("it is there");
    assert_eq!(stored, Review { postponed: Some(postponed), ..later.clone() });

    let settled = Review { state: ReviewState::Settled { at: at(4) }, ..later };
    put(&hub, &[settled]).await.expect("it ends all the same");
    let late = hub.store.commit(wish).await.expect_err("it has ended");
    assert!(matches!(late, StoreError::Conflict { .. }), "{late:?}");
}

async fn nearest_arrival_is_asked_first(hub: Hub) {
    let stay = |day: &str| {
        let mut record = Record::new(record_id(), RecordKind::Reservation);
        let day = Value::Date(day.parse().expect("a day"));
        record.fields.insert(keys::ARRIVES_ON, CellSet::One(cell(day)));
        record
    };
    let stays = [stay("2026-03-20"), stay("2026-03-05"), stay("2020-01-01")];
    let records = Commit { now: at(0), records: stays.to_vec(), ..Commit::default() };
    hub.store.commit(records).await.expect("they are stored");
    let about = |record: &Record| Review { record: Some(record.id), ..conflict() };
    let asked: Vec<Review> =
        stays.iter().map(about).chain([duplicates(&[record_id(), record_id()])]).collect();
    put(&hub, &asked).await.expect("they are opened");
    let filter = ReviewFilter { now: Some(at(1)), ..ReviewFilter::default() };
    let open = hub.store.open_reviews(&filter, 10).await.expect("lists");
    let open: Vec<ReviewId> = open.into_iter().map(|review| review.id).collect();
    assert_eq!(open, [asked[1].id, asked[0].id, asked[2].id, asked[3].id], "what is past comes after");
}

async fn one_hold_is_open_per_stream(hub: Hub) {
    let first = hold(RecordKind::Person);
    put(&hub, &[first.clone(), hold(RecordKind::Reservation)]).await.expect("two streams");
    let error = put(&hub, &[hold(RecordKind::Person)]).await.expect_err("the stream is held already");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    let open = hub.store.open_hold(&pms(), RecordKind::Person).await.expect("reads");
    assert_eq!(open.as_ref(), Some(&first));
    assert_eq!(hub.store.open_hold(&crm(), RecordKind::Person).await.expect("reads"), None);
    assert_eq!(hub.store.released_hold(&pms(), RecordKind::Person).await.expect("reads"), None);
    let released =
        Review { state: ReviewState::Accepted { by: "ana".into(), at: at(3), merge: None }, ..first };
    put(&hub, std::slice::from_ref(&released)).await.expect("an operator lets it through");
    assert_eq!(hub.store.open_hold(&pms(), RecordKind::Person).await.expect("reads"), None);
    assert_eq!(hub.store.released_hold(&pms(), RecordKind::Person).await.expect("reads"), Some(released));
    put(&hub, &[hold(RecordKind::Person)]).await.expect("it can be held again");
}

async fn ended_review_stays_ended(hub: Hub) {
    let open = conflict();
    put(&hub, std::slice::from_ref(&open)).await.expect("it is opened");
    let accepted =
        Review { state: ReviewState::Accepted { by: "ana".into(), at: at(3), merge: None }, ..open.clone() };
    put(&hub, std::slice::from_ref(&accepted)).await.expect("one operator accepts");
    let settled = Review { state: ReviewState::Settled { at: at(4) }, ..open };
    let error = put(&hub, &[settled]).await.expect_err("it has ended");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    assert_eq!(hub.store.review(accepted.id).await.expect("reads"), Some(accepted));
}

async fn released_hold_is_used_up(hub: Hub) {
    let held = hold(RecordKind::Person);
    put(&hub, std::slice::from_ref(&held)).await.expect("it is held");
    let state = ReviewState::Accepted { by: "ana".into(), at: at(3), merge: None };
    let released = Review { state, ..held.clone() };
    put(&hub, std::slice::from_ref(&released)).await.expect("an operator lets it through");
    let used = Review { state: ReviewState::Settled { at: at(4) }, ..held };
    put(&hub, std::slice::from_ref(&used)).await.expect("a cycle has used it");
    assert_eq!(hub.store.released_hold(&pms(), RecordKind::Person).await.expect("reads"), None);
}

/// A proposal of the matcher.
fn duplicates(members: &[RecordId]) -> Review {
    let (main, others) = members.split_first().expect("a member");
    let cluster = Cluster {
        of: RecordKind::Person,
        main: *main,
        others: others.to_vec(),
        band: Band::Probable,
        probability_ppm: 700_000,
        next_arrival: None,
    };
    Review { system: None, record: Some(*main), ..review(ReviewKind::Duplicates(Box::new(cluster))) }
}

async fn proposal_of_the_matcher_is_found_by_its_members(hub: Hub) {
    let people = [person(), person(), person(), person()];
    store_all(&hub.store, &people, &[]).await;
    let [one, other, third, alias] = people.map(|record| record.id);
    let merged = Record { life: Life::MergedInto(other), ..stored(&hub.store, alias).await };
    hub.store.commit(Commit { records: vec![merged], ..commit() }).await.expect("it merges");
    let found = duplicates(&[one, alias]);
    put(&hub, std::slice::from_ref(&found)).await.expect("it is opened");
    let of = async |record: RecordId| {
        let open = hub.store.open_clusters(&[record]).await.expect("reads");
        open.into_iter().map(|review| review.id).collect::<Vec<_>>()
    };
    assert_eq!((of(one).await, of(other).await, of(third).await), (vec![found.id], vec![found.id], vec![]));
    let changed = Review { id: found.id, ..duplicates(&[one, third]) };
    put(&hub, std::slice::from_ref(&changed)).await.expect("it changes");
    assert_eq!((of(other).await, of(third).await), (vec![], vec![found.id]));
    let settled = Review { state: ReviewState::Settled { at: at(4) }, ..changed };
    put(&hub, &[settled]).await.expect("it ends");
    assert_eq!(of(one).await, vec![]);
}

async fn proposals_come_by_arrival_and_then_by_probability(hub: Hub) {
    let proposal = |arrival: Option<&str>, probability_ppm| {
        let cluster = Cluster {
            of: RecordKind::Person,
            main: record_id(),
            others: vec![record_id()],
            band: Band::Strong,
            probability_ppm,
            next_arrival: arrival.map(|day| day.parse().expect("a day")),
        };
        Review { system: None, ..review(ReviewKind::Duplicates(Box::new(cluster))) }
    };
    let never = [proposal(None, 700_000), proposal(None, 990_000)];
    let soon = [proposal(Some("2026-12-01"), 610_000), proposal(Some("2026-12-01"), 800_000)];
    let first = [proposal(Some("2026-11-30"), 600_000), conflict()];
    put(&hub, &[never.clone(), soon.clone(), first.clone()].concat()).await.expect("they are opened");
    let open = hub.store.open_reviews(&ReviewFilter::default(), 10).await.expect("lists");
    let order: Vec<ReviewId> = open.into_iter().map(|review| review.id).collect();
    let expected = [&first[0], &soon[1], &soon[0], &first[1], &never[1], &never[0]];
    assert_eq!(order, expected.map(|review| review.id));
}
