//! Profiles that are probably one: accepted, kept apart and taken apart again, with two systems that hold them.

use chrono::DateTime;
use serde_json::json;

use cardex::clock::new_id;
use cardex::model::document::Held;
use cardex::model::record::Evidence;
use cardex::model::review::{Band, Cluster, ReviewState, Task};
use cardex::model::{
    Cell, CellSet, ExternalId, FieldKey, Life, OperatorId, Provenance, Record, RecordId, RecordKind,
    Reference, Review, ReviewKind, Rule, Value, keys,
};
use cardex::reconcile::Pick;
use cardex::review::{self, Decision, Main, ReviewError, Wish};
use cardex::store::{Commit, ReviewFilter};

use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};

on_both_databases!(
    accepted_duplicates_are_one_everywhere_and_undone_are_two,
    refusal_of_each_guest_outlives_the_undoing_and_nobody_else_s_does,
    what_a_system_has_merged_for_good_is_work_for_its_staff,
    merge_goes_on_after_a_crash_on_either_side_of_the_call,
    rejected_pair_is_kept_apart_until_an_operator_takes_it_back,
    of_two_operators_one_decides_and_the_other_is_told,
    new_profile_stands_for_all_and_for_nobody_after_undo,
    guest_in_house_stays_who_he_is,
    hotel_s_own_merge_of_a_pair_kept_apart_is_not_followed,
);

/// Two guests who are known at both systems.
struct Two {
    pair: Pair,
    guests: [String; 2],
    records: [RecordId; 2],
}

async fn two(backend: Backend, more: &str) -> Two {
    let pair = Pair::open_with(backend, EMPTY, more).await;
    let guest = |name: &str, address: &str| {
        let guest = json!({"surname": "García", "given_names": name,
            "emails": [{"address": address, "primary": true}]});
        pair.hotel().create("person", "reception", fields(guest))
    };
    let guests = [guest("Ana", "ana@example.com"), guest("Anita", "anita@example.org")];
    pair.settle().await;
    let record = async |guest: &String| {
        pair.hub.store.find_record(guest, 2).await.expect("reads").pop().expect("a record").id
    };
    let records = [record(&guests[0]).await, record(&guests[1]).await];
    Two { pair, guests, records }
}

fn ana() -> OperatorId {
    OperatorId::new("ana")
}

impl Two {
    /// Has the matcher find the two, and gives the review.
    async fn found(&self) -> Review {
        let [main, other] = self.records;
        let cluster = Cluster {
            of: RecordKind::Person,
            main,
            others: vec![other],
            band: Band::Strong,
            probability_ppm: 985_000,
            next_arrival: None,
        };
        review::propose(&self.pair.hub, &self.records, &[cluster]).await.expect("it is proposed");
        self.open("duplicates").await.pop().expect("a review")
    }

    async fn open(&self, kind: &'static str) -> Vec<Review> {
        let filter = ReviewFilter { kind: Some(kind), ..ReviewFilter::default() };
        self.pair.hub.store.open_reviews(&filter, 10).await.expect("reads")
    }

    async fn decide(&self, review: &Review, decision: &Decision) -> Result<review::Decided, ReviewError> {
        review::decide(&self.pair.hub, review.id, decision, &ana()).await
    }

    async fn roots(&self) -> [RecordId; 2] {
        let roots = self.pair.hub.store.roots(&self.records).await.expect("reads");
        self.records.map(|record| roots[&record])
    }

    async fn stored(&self) -> [Record; 2] {
        let mut stored = self.pair.hub.store.records(&self.records).await.expect("reads");
        stored.sort_by_key(|record| record.id);
        stored.try_into().expect("two")
    }

    fn contacts(&self) -> usize {
        self.pair.crm().rows("person").len()
    }
}

async fn accepted_duplicates_are_one_everywhere_and_undone_are_two(backend: Backend) {
    let two = two(backend, "").await;
    let before = two.stored().await;
    let review = two.found().await;
    let pick = Pick { field: keys::GIVEN_NAMES, element: None, from: two.records[1] };
    let wish = Wish { main: Main::Record(two.records[0]), picks: vec![pick], only: vec![] };
    let decided = two.decide(&review, &Decision::Merge(wish)).await.expect("they are one");
    assert_eq!(decided.main, Some(two.records[0]));
    two.pair.settle().await;
    assert_eq!(two.roots().await, [two.records[0]; 2]);
    let main = &two.stored().await[0];
    assert_eq!(main.value(&keys::GIVEN_NAMES).and_then(Value::as_text), Some("Anita"), "as chosen");
    assert_eq!(main.elements(&keys::EMAILS).map(litemap::LiteMap::len), Some(2), "no address is lost");
    let hotel = two.pair.hotel().row("person", &two.guests[0]).expect("the guest");
    assert_eq!(hotel.fields["given_names"], "Anita", "the systems are written");
    assert_eq!((two.contacts(), two.open("proposal").await.len()), (2, 2), "each system is asked");

    let undone = review::undo(&two.pair.hub, review.id, &ana()).await.expect("they are two");
    assert_eq!((undone.restored, undone.stays), (vec![two.records[1]], vec![]));
    let cells = |records: [Record; 2]| records.map(|record| (record.life, record.fields));
    assert_eq!(cells(two.stored().await), cells(before), "both as they were");
    two.pair.settle().await;
    let hotel = two.pair.hotel().row("person", &two.guests[0]).expect("the guest");
    assert_eq!(hotel.fields["given_names"], "Ana", "and so are the systems");
    assert_eq!(hotel.fields["emails"].as_array().map(Vec::len), Some(1));
    assert!(two.open("proposal").await.is_empty(), "nobody is asked any more");
    let again = review::undo(&two.pair.hub, review.id, &ana()).await.expect_err("it is undone");
    assert!(again.to_string().contains("undone by ana"), "{again}");
    let review = two.found().await;
    let refused = two.decide(&review, &Decision::Accept).await.expect_err("they are kept apart");
    assert!(matches!(refused, ReviewError::KeptApart(_)), "{refused:?}");
}

async fn refusal_of_each_guest_outlives_the_undoing_and_nobody_else_s_does(backend: Backend) {
    let two = two(backend, "").await;
    let consent =
        |channel: &str, state: &str| json!({"purpose": "marketing", "channel": channel, "state": state});
    let says = |guest: usize, email: &str, sms: &str| {
        let consents = json!({"consents": [consent("email", email), consent("sms", sms)]});
        assert!(two.pair.hotel().edit("person", &two.guests[guest], "reception", fields(consents)));
    };
    says(0, "granted", "granted");
    says(1, "granted", "granted");
    two.pair.settle().await;
    let review = two.found().await;
    two.decide(&review, &Decision::Accept).await.expect("they are one");
    two.pair.settle().await;
    // Both refuse by SMS, the first of them by mail too: the hub says no for both, whoever it has heard first.
    says(0, "denied", "denied");
    says(1, "granted", "denied");
    two.pair.settle().await;
    let held = |guest: usize, channel: &str| {
        let row = two.pair.hotel().row("person", &two.guests[guest]).expect("the guest");
        let consents = row.fields["consents"].as_array().expect("consents").clone();
        let one = consents.into_iter().find(|consent| consent["channel"] == channel).expect("a consent");
        one["state"].as_str().expect("a state").to_owned()
    };
    assert_eq!(held(1, "email"), "denied", "while they are one, who has granted it is not written to either");
    review::undo(&two.pair.hub, review.id, &ana()).await.expect("they are two");
    two.pair.settle().await;
    let all =
        [(0, "email"), (0, "sms"), (1, "email"), (1, "sms")].map(|(guest, channel)| held(guest, channel));
    assert_eq!(all, ["denied", "denied", "granted", "denied"]);
}

async fn what_a_system_has_merged_for_good_is_work_for_its_staff(backend: Backend) {
    let two = two(backend, "merges = \"make\"").await;
    let review = two.found().await;
    two.decide(&review, &Decision::Accept).await.expect("they are one");
    assert_eq!(two.contacts(), 2, "no system is called while it is decided");
    two.pair.settle().await;
    assert_eq!(two.contacts(), 1, "the CRM was told to make it");
    let asked: Vec<_> = two.open("proposal").await.into_iter().filter_map(|review| review.system).collect();
    assert_eq!(asked, ["pms".into()], "the hotel is asked");

    let undone = review::undo(&two.pair.hub, review.id, &ana()).await.expect("they are two");
    let [stays] = undone.stays.as_slice() else { panic!("{:?}", undone.stays) };
    assert_eq!(stays.system, "crm".into());
    two.pair.settle().await;
    assert_eq!(two.roots().await, two.records, "what the CRM keeps as one is two in the hub");
    let [work] = two.open("work").await.try_into().expect("one piece of work");
    let ReviewKind::Work { task: Task::Unmerge { lose, .. } } = &work.kind else { panic!("{work:?}") };
    let at_crm = two.pair.hub.store.links_of(&[two.records[1]], Some(&"crm".into())).await.expect("reads");
    assert_eq!(at_crm[0].link.external_id.as_ref(), Some(lose));
    let journal = two.pair.hub.store.journal_of(two.records[0], 50).await.expect("reads");
    let told = format!("{journal:?}");
    assert!(told.contains(&format!("`crm` keeps `{lose}`")), "{told}");
    two.decide(&work, &Decision::Accept).await.expect("the staff has done it");
    two.pair.settle().await;
    assert!(two.open("work").await.is_empty());
    assert_eq!(two.roots().await, two.records, "reading it again makes nothing one");
}

async fn merge_goes_on_after_a_crash_on_either_side_of_the_call(backend: Backend) {
    let two = two(backend, "merges = \"make\"").await;
    let review = two.found().await;
    two.decide(&review, &Decision::Accept).await.expect("they are one");
    // Whoever accepted is dead by now, and so is the one who has called the CRM and told nobody.
    let crm = &two.pair.hub.systems[&"crm".into()];
    let mut ids: Vec<ExternalId> = Vec::new();
    for record in two.records {
        let links = two.pair.hub.store.links_of(&[two.records[0]], Some(&crm.id)).await.expect("reads");
        let link = links.into_iter().find(|one| one.link.record == record).expect("a link").link;
        ids.extend(link.external_id);
    }
    crm.connector.merge(RecordKind::Person, &ids[0], &ids[1]).await.expect("it is merged");
    two.pair.settle().await;
    assert_eq!(two.contacts(), 1);
    assert_eq!(two.pair.crm().ledger().duplicate_merges(), Vec::<String>::new());
    let left = two.open("proposal").await.into_iter().chain(two.open("work").await);
    assert!(
        left.into_iter().all(|review| review.system == Some("pms".into())),
        "the CRM has nothing left to do"
    );
}

async fn rejected_pair_is_kept_apart_until_an_operator_takes_it_back(backend: Backend) {
    let two = two(backend, "").await;
    let review = two.found().await;
    let rejected = Decision::Reject { reason: "mother and daughter".to_owned() };
    assert_eq!(two.decide(&review, &rejected).await.expect("they are two").n_apart, 1);
    let kept = two.pair.hub.store.kept_apart(&[two.records[1]]).await.expect("reads");
    assert_eq!((kept.len(), kept[0].apart.why.as_str()), (1, "mother and daughter"));
    let review = two.found().await;
    let refused = two.decide(&review, &Decision::Accept).await.expect_err("they are kept apart");
    assert!(refused.to_string().contains("ana said so"), "{refused}");
    let [one, other] = two.records;
    review::reconsider(&two.pair.hub, (other, one), &ana()).await.expect("it is taken back");
    two.decide(&review, &Decision::Accept).await.expect("they are one after all");
    assert_eq!(two.roots().await, [one; 2]);
    let error = review::reconsider(&two.pair.hub, (one, other), &ana()).await.expect_err("they are one");
    assert!(matches!(error, ReviewError::NotApart(..)), "{error:?}");
}

async fn of_two_operators_one_decides_and_the_other_is_told(backend: Backend) {
    let two = two(backend, "").await;
    let review = two.found().await;
    let rejected = Decision::Reject { reason: "no".to_owned() };
    let (one, other) = tokio::join!(two.decide(&review, &Decision::Accept), two.decide(&review, &rejected));
    let (won, lost) = (one.is_ok() != other.is_ok(), one.err().or(other.err()));
    let lost = lost.expect("one of them lost").to_string();
    assert!(won && lost.contains("has ended already") && lost.contains("by ana on"), "{lost}");
    let are_one = two.roots().await[1] == two.records[0];
    let apart = two.pair.hub.store.kept_apart(&two.records).await.expect("reads");
    assert_ne!(are_one, !apart.is_empty(), "one or the other");
}

async fn new_profile_stands_for_all_and_for_nobody_after_undo(backend: Backend) {
    let two = two(backend, "").await;
    let review = two.found().await;
    let wish = Wish { main: Main::New, ..Wish::default() };
    let main =
        two.decide(&review, &Decision::Merge(wish)).await.expect("they are one").main.expect("a record");
    assert_eq!(two.roots().await, [main; 2]);
    two.pair.settle().await;
    let guest = two.pair.hotel().row("person", &two.guests[1]).expect("the guest");
    let email = json!({"emails": [{"address": "anita@example.org"}, {"address": "new@example.org"}]});
    assert!(two.pair.hotel().edit("person", &guest.id, "reception", fields(email)));
    two.pair.settle().await;
    review::undo(&two.pair.hub, review.id, &ana()).await.expect("they are two");
    assert_eq!(two.roots().await, two.records);
    let life = two.pair.hub.store.records(&[main]).await.expect("reads")[0].life;
    assert_eq!(life, Life::Retired);
    two.pair.settle().await;
}

/// A cell that the hotel has said.
fn cell(field: FieldKey, value: Value) -> (FieldKey, CellSet) {
    let at = DateTime::UNIX_EPOCH;
    let provenance = Provenance {
        system: Some("pms".into()),
        observation: None,
        actor: None,
        rule: Rule::FirstContact,
        at,
        evidence: Evidence { after: None, until: at },
    };
    (
        field,
        CellSet::One(Cell { value: Some(Held::new(value)), provenance: provenance.into(), pinned_by: None }),
    )
}

async fn guest_in_house_stays_who_he_is(backend: Backend) {
    let two = two(backend, "").await;
    let review = two.found().await;
    let holder = Value::Reference(Reference::Record(RecordKind::Person, two.records[1]));
    let mut stay = Record::new(RecordId::new(new_id()), RecordKind::Reservation);
    let status = cell(keys::STATUS, Value::Text("in_house".to_owned()));
    stay.fields = [cell(keys::HOLDER, holder), status].into_iter().collect();
    let store = &two.pair.hub.store;
    let now = two.pair.hub.clock.now();
    store
        .commit(Commit { now, records: vec![stay.clone()], ..Commit::default() })
        .await
        .expect("it is stored");
    let refused = two.decide(&review, &Decision::Accept).await.expect_err("he is in house");
    let why = std::error::Error::source(&refused).map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("a folio is in house"));
    assert_eq!(
        store.review(review.id).await.expect("reads").map(|review| review.state),
        Some(ReviewState::Open)
    );

    let mut membership = Record::new(RecordId::new(new_id()), RecordKind::Membership);
    membership.fields =
        [cell(keys::MEMBER, Value::Reference(Reference::Record(RecordKind::Person, two.records[0])))]
            .into_iter()
            .collect();
    let mut certificate = Record::new(RecordId::new(new_id()), RecordKind::Certificate);
    let of = Value::Reference(Reference::Record(RecordKind::Membership, membership.id));
    certificate.fields = [cell(keys::MEMBERSHIP, of), cell(keys::STATUS, Value::Text("captured".to_owned()))]
        .into_iter()
        .collect();
    stay.version = 1;
    let (field, left) = cell(keys::STATUS, Value::Text("checked_out".to_owned()));
    stay.fields.insert(field, left);
    let records = vec![stay, membership, certificate];
    store.commit(Commit { now, records, ..Commit::default() }).await.expect("they are stored");
    let refused = two.decide(&review, &Decision::Accept).await.expect_err("a certificate is being redeemed");
    let why = std::error::Error::source(&refused).map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("a certificate is being redeemed"));
}

async fn hotel_s_own_merge_of_a_pair_kept_apart_is_not_followed(backend: Backend) {
    let two = two(backend, "").await;
    let review = two.found().await;
    two.decide(&review, &Decision::Reject { reason: "twins".to_owned() }).await.expect("they are two");
    assert!(two.pair.hotel().merge("person", &two.guests[0], &two.guests[1], "reception"));
    two.pair.settle().await;
    assert_eq!(two.roots().await, two.records);
    let [work] = two.open("work").await.try_into().expect("the staff is told once");
    assert!(matches!(&work.kind, ReviewKind::Work { task: Task::Unmerge { .. } }), "{work:?}");
}
