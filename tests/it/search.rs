//! Finding profiles: the index follows what changes, and a question finds what it should, on both databases.

use cardex::finder::{Asked, Found, Keeper, find};
use cardex::model::{CellSet, FieldKey, Life, Record, RecordId, RecordKind, Reference, Value, keys};
use cardex::search::{Fit, variants};
use cardex::store::{Commit, FirmSum, Recount};
use serde_json::json;

use crate::desk::{cardex, good};
use crate::matching::people::{Guest, cell};
use crate::matching::world::World;
use crate::support::hub::{Backend, Hub as Memory, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};
use crate::web::profile::passport;

on_both_databases!(
    profiles_are_found_as_they_are_now,
    what_was_merged_away_leads_to_where_it_went,
    forgotten_profile_leaves_no_word,
    import_is_caught_up_and_found,
    index_is_kept_by_one_daemon_at_a_time,
    best_come_first_and_no_more_than_wanted,
    numbers_of_stays_find_their_holder,
    companies_know_their_bookings,
);

/// A guest called so.
pub(crate) fn guest(given: &str, surname: &str) -> Guest {
    Guest { given: given.into(), surname: surname.into(), ..Guest::default() }
}

/// Brings the index up to date.
pub(crate) async fn keep(world: &World) {
    let keeper = Keeper::new(&world.hub);
    while keeper.work().await.expect("it works") > 0 {}
    keeper.rest().await.expect("it rests");
}

async fn ask(world: &World, text: &str, kinds: &[RecordKind], limit: usize) -> Found {
    find(&world.hub.store, &Asked { text, kinds, limit }).await.expect("an answer")
}

/// Who is found.
async fn found(world: &World, text: &str) -> Vec<RecordId> {
    ask(world, text, &[], 50).await.hits.into_iter().map(|hit| hit.record).collect()
}

async fn profiles_are_found_as_they_are_now(memory: Memory) {
    let mut world = World::of(memory);
    let guests = [
        Guest {
            phone: "+34600112233".into(),
            email: "nuria.x@example.org".into(),
            ..guest("Núria", "Casadevall")
        },
        guest("Jordi", "Casals"),
    ];
    let ids = world.add(&guests, Recount::Soon).await;
    assert_eq!(found(&world, "casadevall").await, [], "the index follows");
    keep(&world).await;
    for text in ["nuria CASADEVALL", "casadevall nur", "casadeval", "600 11 22 33", "0034600112233", "2233"] {
        assert_eq!(found(&world, text).await, [ids[0]], "{text}");
    }
    assert_eq!(found(&world, "nuria.x@example.org").await, [ids[0]]);
    assert_eq!(found(&world, &ids[1].to_string()).await, [ids[1]]);
    assert_eq!(found(&world, "jordi casadevall").await, []);
    assert_eq!(Keeper::new(&world.hub).work().await.expect("it works"), 0, "nothing is left");

    world.change(ids[0], guest("Núria", "Puigdollers")).await;
    keep(&world).await;
    assert_eq!(found(&world, "casadevall").await, [], "the old name is nobody's");
    assert_eq!(found(&world, "600112233").await, []);
    assert_eq!(found(&world, "puigdolers").await, [ids[0]]);
}

async fn what_was_merged_away_leads_to_where_it_went(memory: Memory) {
    let mut world = World::of(memory);
    let ids = world
        .add(&[guest("Ana", "Ibáñez"), guest("Anita", "Zubiri"), guest("Ana", "Olabe")], Recount::Soon)
        .await;
    keep(&world).await;
    world.set_life(ids[1], Life::MergedInto(ids[0])).await;
    world.set_life(ids[2], Life::MergedInto(ids[1])).await;
    keep(&world).await;
    for text in ["ibanez", "anita", "olabe", "zubiri ibañez"] {
        assert_eq!(found(&world, text).await, [ids[0]], "{text}");
    }
    assert_eq!(found(&world, &ids[2].to_string()).await, [ids[0]]);

    world.set_life(ids[1], Life::Live).await;
    keep(&world).await;
    assert_eq!(found(&world, "ibanez").await, [ids[0]]);
    assert_eq!(found(&world, "anita").await, [ids[1]]);
    assert_eq!(found(&world, "olabe").await, [ids[1]], "what went into it comes back with it");
    assert_eq!(found(&world, "zubiri ibañez").await, []);
}

async fn forgotten_profile_leaves_no_word(memory: Memory) {
    let mut world = World::of(memory);
    let ids = world.add(&[guest("Leire", "Goikoetxea"), guest("Leire", "Otaola")], Recount::Soon).await;
    keep(&world).await;
    let near = async |word: &str| world.hub.store.search_near(&variants(word)).await.expect("words");
    assert_eq!(near("goikoetxe").await, ["goikoetxea"]);
    world.set_life(ids[0], Life::Erased).await;
    keep(&world).await;
    assert_eq!(found(&world, "goikoetxea").await, []);
    assert_eq!(near("goikoetxe").await, [] as [&str; 0], "nobody can tell that there was such a name");
    assert_eq!(near("leire").await, ["leire"], "another has this one");
    assert_eq!(found(&world, "leire").await, [ids[1]]);
    assert!(world.hub.store.search_documents(&ids[..1]).await.expect("documents").is_empty());
}

async fn import_is_caught_up_and_found(memory: Memory) {
    let mut world = World::of(memory);
    let ids = world.add(&[guest("Pello", "Arrieta"), guest("Miren", "Arrieta")], Recount::AtTheEnd).await;
    keep(&world).await;
    assert_eq!(found(&world, "arrieta").await, [], "an import marks nobody");
    let keeper = Keeper::new(&world.hub);
    assert!(keeper.catch_up().await.expect("it works"));
    assert!(world.hub.store.search_since().await.expect("an answer").is_none(), "the note is ended");
    assert_eq!(found(&world, "pello arrieta").await, [ids[0]]);
    assert_eq!(found(&world, "miren").await, [ids[1]]);
}

async fn index_is_kept_by_one_daemon_at_a_time(memory: Memory) {
    let mut world = World::of(memory);
    world.add(&[guest("Unai", "Etxaniz")], Recount::Soon).await;
    let first = Keeper::new(&world.hub);
    assert_eq!(first.work().await.expect("it works"), 1);
    world.add(&[guest("Ander", "Etxaniz")], Recount::Soon).await;
    let second = Keeper::new(&world.another().await);
    assert_eq!(second.work().await.expect("it waits"), 0, "the first has the turn");
    first.rest().await.expect("it rests");
    assert_eq!(second.work().await.expect("it works"), 1);
    assert_eq!(found(&world, "etxaniz").await.len(), 2);
}

async fn best_come_first_and_no_more_than_wanted(memory: Memory) {
    let mut world = World::of(memory);
    let many: Vec<Guest> = (0..12).map(|_| guest("María", "García")).collect();
    world.add(&many, Recount::Soon).await;
    let others = [guest("Maria", "Garciandia"), guest("Mario", "García"), guest("Marta", "López")];
    let ids = world.add(&others, Recount::Soon).await;
    let company = company("García Marías SL");
    put(&world, vec![company.clone()]).await;
    keep(&world).await;
    let all = ask(&world, "maria garcia", &[], 50).await;
    let last: Vec<(RecordId, Fit)> = all.hits[12..].iter().map(|hit| (hit.record, hit.fit)).collect();
    assert_eq!(last[0], (ids[0], Fit::Beginning));
    let typos: Vec<RecordId> = last[1..].iter().map(|(record, _)| *record).collect();
    assert!(typos.contains(&ids[1]) && typos.contains(&company.id) && typos.len() == 2, "{last:?}");
    assert!(!all.more);
    let some = ask(&world, "maria garcia", &[], 5).await;
    assert_eq!((some.hits.len(), some.more), (5, true));
    assert!(some.hits.iter().all(|hit| hit.fit == Fit::Exact));
    let firms = ask(&world, "garcia", &[RecordKind::Company, RecordKind::Agency], 50).await;
    assert_eq!(firms.hits.iter().map(|hit| hit.record).collect::<Vec<_>>(), [company.id]);
}

/// A company called so.
pub(crate) fn company(name: &str) -> Record {
    named(RecordKind::Company, name)
}

fn named(kind: RecordKind, name: &str) -> Record {
    let mut record = Record::new(RecordId::new(uuid::Uuid::now_v7()), kind);
    set(&mut record, &keys::NAME, Value::Text(name.into()));
    record
}

fn set(record: &mut Record, field: &FieldKey, value: Value) {
    record.fields.insert(field.clone(), CellSet::One(cell(value)));
}

/// Stores records.
pub(crate) async fn put(world: &World, records: Vec<Record>) {
    let commit = Commit { now: world.now(), records, ..Commit::default() };
    world.hub.store.commit(commit).await.expect("a commit");
}

/// A stay of three nights for 300 euros, in these names.
pub(crate) fn stay(number: &str, fields: &[(&FieldKey, RecordKind, RecordId)]) -> Record {
    let mut record = Record::new(RecordId::new(uuid::Uuid::now_v7()), RecordKind::Reservation);
    let day = |day: &str| Value::Date(day.parse().expect("a day"));
    set(&mut record, &keys::NUMBER, Value::Text(number.into()));
    set(&mut record, &keys::STATUS, Value::Text("confirmed".into()));
    set(&mut record, &keys::ARRIVES_ON, day("2031-05-01"));
    set(&mut record, &keys::DEPARTS_ON, day("2031-05-04"));
    let total = cardex::model::value::Money { amount_minor: 30_000, currency: "EUR".into() };
    set(&mut record, &keys::TOTAL, Value::Money(total));
    for (field, kind, id) in fields {
        set(&mut record, field, Value::Reference(Reference::Record(*kind, *id)));
    }
    record
}

async fn numbers_of_stays_find_their_holder(memory: Memory) {
    let mut world = World::of(memory);
    let ids = world.add(&[guest("Iker", "Lasa")], Recount::Soon).await;
    put(&world, vec![stay("R-2031/77", &[(&keys::HOLDER, RecordKind::Person, ids[0])])]).await;
    assert_eq!(found(&world, "R-2031/77").await, [ids[0]]);
    assert_eq!(found(&world, "R-2031/7").await, [], "a number is typed whole");
}

async fn companies_know_their_bookings(memory: Memory) {
    let world = World::of(memory);
    let [one, other] = ["Alba Tours", "Bidaiak"].map(company);
    let agency = named(RecordKind::Agency, "Costa Reisen");
    put(&world, vec![one.clone(), other.clone(), agency.clone()]).await;
    let by =
        |number: &str, company: &Record| stay(number, &[(&keys::COMPANY, RecordKind::Company, company.id)]);
    let both =
        [(&keys::COMPANY, RecordKind::Company, one.id), (&keys::AGENCY, RecordKind::Agency, agency.id)];
    let stays = vec![by("1", &one), by("2", &other), stay("3", &both)];
    put(&world, stays.clone()).await;
    keep(&world).await;
    let bookings = async || -> Vec<(RecordId, i64)> {
        let firms = world.hub.store.firms(0, 10).await.expect("companies");
        firms.iter().map(|firm| (firm.record, firm.sum.bookings)).collect()
    };
    assert_eq!(bookings().await[0], (one.id, 2));
    let sum = &world.hub.store.firms(0, 1).await.expect("companies")[0].sum;
    let revenue = [("EUR".to_owned(), 60_000)].into_iter().collect();
    assert_eq!(*sum, FirmSum { bookings: 2, nights: 6, revenue });
    assert_eq!(world.hub.store.n_firms().await.expect("a count"), 3);

    // One is cancelled, and one goes over to the other company.
    let mut changed = world.hub.store.records(&[stays[0].id, stays[2].id]).await.expect("records");
    for record in &mut changed {
        if record.id == stays[0].id {
            set(record, &keys::STATUS, Value::Text("cancelled".into()));
        } else {
            set(record, &keys::COMPANY, Value::Reference(Reference::Record(RecordKind::Company, other.id)));
        }
    }
    put(&world, changed).await;
    keep(&world).await;
    let now: std::collections::BTreeMap<RecordId, i64> = bookings().await.into_iter().collect();
    assert_eq!((now[&one.id], now[&other.id], now[&agency.id]), (0, 2, 1));
    world.set_life(other.id, Life::MergedInto(one.id)).await;
    keep(&world).await;
    assert_eq!(bookings().await[0], (one.id, 2), "an alias counts for its root");
    let stays = world.hub.store.bookings_of(one.id, 0, 10).await.expect("bookings");
    assert_eq!(stays.len(), 3, "the cancelled one is shown too");
    assert_eq!(world.hub.store.n_bookings_of(one.id).await.expect("a count"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_searched_and_shown_in_the_terminal() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    let guest = json!({"surname": "Etxeberria", "given_names": "Itziar"});
    let id = pair.hotel().create("person", "reception", fields(guest));
    pair.settle().await;
    let record = pair.hub.store.find_record(&id, 1).await.expect("reads").pop().expect("a record");
    passport(&pair.hub, record.id, "XDB443121").await;
    let keeper = Keeper::new(&pair.hub);
    while keeper.work().await.expect("it works") > 0 {}
    let found = good(&pair, &["profile", "search", "etxeberia", "itz"]);
    assert_eq!((found.len(), &found[0]["name"]), (1, &json!("Itziar Etxeberria")));
    assert_eq!(found[0]["systems"], json!(["crm", "pms"]));
    assert!(good(&pair, &["profile", "search", "etxeberria", "--kind", "company"]).is_empty());

    let shown = good(&pair, &["profile", "show", &id]).remove(0);
    assert_eq!((&shown["name"], &shown["life"]), (&json!("Itziar Etxeberria"), &json!("live")));
    assert_eq!(shown["hidden"], json!(["identity_documents"]), "{shown}");
    assert!(!shown.to_string().contains("XDB443121"));
    let fields = shown["fields"].as_array().expect("fields");
    assert!(
        fields.iter().any(|field| field["field"] == "surname" && field["values"][0]["value"] == "Etxeberria")
    );
    assert_eq!(shown["links"].as_array().map(Vec::len), Some(2));

    let opened = good(&pair, &["profile", "show", &id, "--sensitive"]).remove(0);
    assert!(opened["sensitive"]["identity_documents"][0].as_str().expect("a document").contains("XDB443121"));
    let after = good(&pair, &["profile", "show", &id, "--journal", "1"]).remove(0);
    assert_eq!(after["journal"][0]["what"], "ana was shown: Identity documents");
    let (code, _, said) = cardex(&pair, &["profile", "show", "nobody"]);
    assert_eq!(code, 66, "{said}");
}
