//! A desk on which there is something of everything, and the pages that show it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cardex::demo::cardex::Size;
use cardex::finder::Keeper;
use cardex::hub::{Hub, Matching};
use cardex::matching::Matcher;
use cardex::model::document::Seen;
use cardex::model::ids::{ObservationId, ReviewId};
use cardex::model::review::{Example, HoldReason, QuarantineReason, ReviewState, Task};
use cardex::model::{Record, RecordId, RecordKind, Reference, Review, ReviewKind, Value, keys};
use cardex::store::{Commit, MarkState, QueueFilter, Recount, ReviewFilter};
use serde_json::json;
use uuid::Uuid;

use crate::import::rig::{by_interface, import};
use crate::matching::people::Guest;
use crate::support::hub::Backend;
use crate::support::pair::{Pair, fields};
use crate::support::site::eventually;
use crate::web::deciding::guest;
use crate::web::profile::passport;
use crate::web::site::Site;

/// A hotel whose history has been loaded: some come again, some with a tour operator, and nobody is there twice.
const HOTEL: Size = Size { guests: 40, regulars_percent: 40, twins_percent: 0, groups: 1, subscribers: 0 };

/// A page, where it is, and what has to be on it.
pub(super) struct Page {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) has: &'static str,
}

fn page(name: &str, path: impl Into<String>, has: &'static str) -> Page {
    Page { name: name.to_owned(), path: path.into(), has }
}

/// A desk with every kind of question and two systems, of which one has given work up, and its pages: a further page is a
/// further line here.
pub(super) async fn desk() -> (Pair, Site, Vec<Page>) {
    let pair = Pair::open(Backend::Sqlite, HOTEL).await;
    import(&pair, by_interface(&pair)).await.expect("an import");
    give_up(&pair).await;
    let matching = Arc::new(Matching { households: true, ..Matching::default() });
    let hub = Hub { matching, ..pair.hub.clone() };
    let ids = people(&hub).await;
    passport(&hub, ids[0], "XY1234567").await;
    let mut commit = Commit { now: hub.clock.now(), ..Commit::default() };
    for (record, kind) in questions(&ids) {
        let (id, system, opened_at) = (ReviewId::new(Uuid::now_v7()), Some("pms".into()), hub.clock.now());
        let review =
            Review { id, record, system, kind, opened_at, state: ReviewState::Open, postponed: None };
        commit.open(review, ObservationId::new(Uuid::now_v7()));
    }
    hub.store.commit(commit).await.expect("they are opened");
    let site = Site::open(hub).await;
    let pages = pages(&site.hub, ids[0]).await;
    (pair, site, pages)
}

/// People of whom some are one, some live together, and one has a long name. They can be found.
pub(super) async fn people(hub: &Hub) -> Vec<RecordId> {
    let long = Guest { surname: "Wolfeschlegelsteinhausenbergerdorff".into(), ..guest("Maximiliane", "") };
    let at_home =
        Guest { phone: "+34600999888".into(), birth: String::new(), ..guest("Ana", "casa@example.org") };
    let guests = [
        guest("Itziar", "itziar@example.org"),
        guest("Itzíar María", "itziar@example.org"),
        long,
        Guest { surname: "Garmonez".into(), second: String::new(), ..at_home.clone() },
        Guest {
            given: "Pedro".into(),
            surname: "Lasa".into(),
            second: String::new(),
            sex: "male".into(),
            ..at_home
        },
    ];
    let records: Vec<Record> = guests.iter().map(Guest::record).collect();
    let ids = records.iter().map(|record| record.id).collect();
    let commit = Commit { now: hub.clock.now(), records, recount: Recount::Soon, ..Commit::default() };
    hub.store.commit(commit).await.expect("a commit");
    Matcher::new(hub).catch_up().await.expect("it works");
    while Keeper::new(hub).work().await.expect("it works") > 0 {}
    ids
}

/// The CRM refuses somebody for good.
async fn give_up(pair: &Pair) {
    pair.crm().set_quirks(|quirks| quirks.refused_text = Some("Veneno".to_owned()));
    pair.hotel().create("person", "reception", fields(json!({"surname": "Veneno", "given_names": "Ana"})));
    let is_parked = async || {
        pair.cycle().await;
        let marks = pair.hub.store.queue_list(&QueueFilter::default(), pair.hub.clock.now()).await;
        let marks = marks.expect("the store answers");
        marks.iter().any(|mark| mark.state == MarkState::Parked).then_some(())
    };
    eventually("the CRM refuses somebody", is_parked).await;
}

/// What only a system can make anybody ask.
fn questions(ids: &[RecordId]) -> [(Option<RecordId>, ReviewKind); 7] {
    let seen = |text: &str| Box::new(Seen::one(Value::Text(text.to_owned())));
    let (hub, observed) = (seen("Etxeberria"), seen("Etxebarria"));
    let (of, keep, lose) = (RecordKind::Person, || "1041@2026".into(), || "1042@2026".into());
    let conflict = ReviewKind::Conflict { field: keys::SURNAME, element: None, hub, observed };
    let deletions = HoldReason::Deletions { gone: 412, known: 1_873 };
    let changed = HoldReason::FieldChanged { field: keys::SURNAME, changed: 730, known: 1_873 };
    [
        (Some(ids[0]), conflict),
        (None, ReviewKind::Hold { of, why: deletions, examples: examples(None) }),
        (
            None,
            ReviewKind::Hold {
                of: RecordKind::Reservation,
                why: changed,
                examples: examples(Some(&seen("Etxebarria"))),
            },
        ),
        (
            Some(ids[2]),
            ReviewKind::Quarantine { external_id: keep(), why: QuarantineReason::IdentityChanged },
        ),
        (Some(ids[0]), ReviewKind::Proposal { main: ids[0], others: vec![ids[2]] }),
        (
            Some(ids[0]),
            ReviewKind::Work { task: Task::Merge { of, keep: keep(), lose: lose(), refused: None } },
        ),
        (Some(ids[0]), ReviewKind::Work { task: Task::Unmerge { of, keep: keep(), lose: lose() } }),
    ]
}

/// Some of what a hold is about.
fn examples(observed: Option<&Seen>) -> Vec<Example> {
    let example = |nth| Example {
        external_id: format!("{nth}@2026").as_str().into(),
        element: None,
        observed: observed.cloned().map(Box::new),
    };
    (1..=20).map(example).collect()
}

/// Who has the most reservations, and so the fullest profile.
async fn regular(hub: &Hub) -> RecordId {
    let stays = hub.store.live_records(RecordKind::Reservation, None, 1_000).await.expect("reservations");
    let mut n_stays: BTreeMap<RecordId, usize> = BTreeMap::new();
    for stay in stays {
        if let Some(Value::Reference(Reference::Record(RecordKind::Person, holder))) =
            stay.value(&keys::HOLDER)
        {
            *n_stays.entry(*holder).or_default() += 1;
        }
    }
    let (guest, n_stays) = n_stays.into_iter().max_by_key(|(_, n_stays)| *n_stays).expect("a guest");
    assert!(n_stays > 1, "nobody has come again");
    guest
}

async fn pages(hub: &Hub, first: RecordId) -> Vec<Page> {
    let open = hub.store.open_reviews(&ReviewFilter::default(), 100).await.expect("reviews");
    let kinds: BTreeSet<&str> = open.iter().map(|review| review.kind.name()).collect();
    assert_eq!(kinds, ReviewKind::NAMES.into_iter().collect(), "there is one of every kind");
    let review = |(nth, review): (usize, &Review)| {
        let (path, kind) = (format!("/desk/reviews/{}", review.id), review.kind.name());
        page(&format!("review-{nth}-{kind}"), path, "button.main")
    };
    let mut pages: Vec<Page> = open.iter().enumerate().map(review).collect();
    pages.extend([
        page("sign-in", "/desk/sign-in", "input[name=password]"),
        page("queue", "/desk/queue", "table.list a"),
        page("queue-of-one-kind", "/desk/queue?kind=hold", "table.list a"),
        page("queue-empty", "/desk/queue?system=nobody", "main p"),
        page("unknown-review", "/desk/reviews/unknown", "[role=alert]"),
        page("search", "/desk/search?q=itziar", "table.found a"),
        page("search-nothing", "/desk/search?q=nobody", "main p"),
        page("profile", format!("/desk/profiles/{first}"), "table.fields td"),
        page("profile-of-a-regular", format!("/desk/profiles/{}", regular(hub).await), "table.bookings td"),
        page("companies", "/desk/companies", "table.list a"),
        page("systems", "/desk/systems", ".system h2"),
        page("parked", "/desk/parked", "table.parked a"),
        page("imports", "/desk/imports", "table.runs td"),
        page("audit", "/desk/audit", "table td"),
    ]);
    pages
}
