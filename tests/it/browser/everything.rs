//! A desk on which there is something of everything, and the pages that show it.

use cardex::finder::Keeper;
use cardex::matching::Matcher;
use cardex::model::document::Seen;
use cardex::model::ids::ReviewId;
use cardex::model::review::{Example, HoldReason, QuarantineReason, ReviewState, Task};
use cardex::model::{RecordId, RecordKind, Review, ReviewKind, Value, keys};
use cardex::store::{Commit, Recount, ReviewFilter};
use uuid::Uuid;

use crate::matching::people::Guest;
use crate::matching::world::World;
use crate::support::hub::Backend;
use crate::web::deciding::guest;
use crate::web::site::Site;

/// A page, where it is, and what has to be on it.
pub(super) struct Page {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) has: &'static str,
}

fn page(name: &str, path: impl Into<String>, has: &'static str) -> Page {
    Page { name: name.to_owned(), path: path.into(), has }
}

/// A desk with every kind of question, and its pages: a further page is a further line here.
pub(super) async fn desk() -> (World, Site, Vec<Page>) {
    let mut world = World::of(Backend::Sqlite.fresh_hub().await);
    world.asks_about_households(true);
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
    let ids = world.add(&guests, Recount::Soon).await;
    Matcher::new(&world.hub).catch_up().await.expect("it works");
    while Keeper::new(&world.hub).work().await.expect("it works") > 0 {}
    let mut commit = Commit { now: world.now(), ..Commit::default() };
    for (record, kind) in questions(&ids) {
        let system = Some("alba-pms".into());
        let id = ReviewId::new(Uuid::now_v7());
        commit.open(
            Review {
                id,
                record,
                system,
                kind,
                opened_at: world.now(),
                state: ReviewState::Open,
                postponed: None,
            },
            cardex::model::ObservationId::new(Uuid::now_v7()),
        );
    }
    world.hub.store.commit(commit).await.expect("they are opened");
    let site = Site::open(world.hub.clone()).await;
    let pages = pages(&world, ids[0]).await;
    (world, site, pages)
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

async fn pages(world: &World, first: RecordId) -> Vec<Page> {
    let open = world.hub.store.open_reviews(&ReviewFilter::default(), 100).await.expect("reviews");
    let review = |(nth, review): (usize, &Review)| {
        let path = format!("/desk/reviews/{}", review.id);
        page(&format!("review-{nth}"), path, "button.main")
    };
    let mut pages: Vec<Page> = open.iter().enumerate().map(review).collect();
    assert_eq!(pages.len(), 9, "a proposal, a household and what systems ask");
    pages.extend([
        page("sign-in", "/desk/sign-in", "input[name=password]"),
        page("queue", "/desk/queue", "table.list a"),
        page("queue-of-one-kind", "/desk/queue?kind=hold", "table.list a"),
        page("queue-empty", "/desk/queue?system=nobody", "main p"),
        page("unknown-review", "/desk/reviews/unknown", "[role=alert]"),
        page("search", "/desk/search?q=itziar", "table.found a"),
        page("search-nothing", "/desk/search?q=nobody", "main p"),
        page("profile", format!("/desk/profiles/{first}"), "table.fields td"),
        page("companies", "/desk/companies", "main h1"),
        page("systems", "/desk/systems", "main h1"),
        page("parked", "/desk/parked", "main h1"),
        page("imports", "/desk/imports", "main h1"),
    ]);
    pages
}
