//! How long the pages of the desk take, at rest and while all profiles are compared.
//!
//! `CARDEX_BENCH_PROFILES` says how many there are (20,000); one in forty is there twice, which gives a proposal, and each
//! has a stay. A store that has profiles already is measured as it is. Arguments that begin with `/desk/` are further
//! pages to measure.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cardex::connectors::http;
use cardex::desk;
use cardex::finder::Keeper;
use cardex::hub::Hub;
use cardex::matching::Matcher;
use cardex::model::value::Choice;
use cardex::model::{CellSet, Operator, OperatorRole, Record, RecordId, RecordKind, Reference, Value, keys};
use cardex::operators;
use cardex::rollup;
use cardex::service::{Readiness, serve_with};
use cardex::store::{Recount, ReviewFilter};
use chrono::{Days, NaiveDate};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::matching::put;
use super::people::{Dice, Guest, cell, damaged, somebody};

/// How many requests a page gets, and how many at once.
const REQUESTS: usize = 1_000;
const AT_ONCE: usize = 4;
/// Of so many people one is there twice.
const TWICE: usize = 40;
const PASSWORD: &str = "correct horse battery";

/// A page under the name that the table has for it, or several of one kind.
struct Page {
    name: String,
    paths: Vec<String>,
}

/// Measures on a database, which is filled first if it is empty.
pub(super) async fn measure(name: &str, hub: &Hub, profiles: usize, further: &[String]) {
    let matcher = Matcher::new(hub);
    if hub.store.live_records(RecordKind::Person, None, 1).await.expect("records").is_empty() {
        fill(name, hub, profiles).await;
        let begin = Instant::now();
        rollup::after_import(hub, None).await.expect("they are counted");
        matcher.scan().await.expect("a scan").expect("the turn");
        println!("{name}: counted and compared in {:.0} s", begin.elapsed().as_secs_f64());
    }
    let begin = Instant::now();
    assert!(Keeper::new(hub).catch_up().await.expect("the index"), "the turn");
    println!("{name}: indexed in {:.0} s", begin.elapsed().as_secs_f64());
    let stop = CancellationToken::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve_with(
        listener,
        Readiness::default(),
        desk::routes(hub, stop.clone(), None),
        stop.clone(),
    ));
    let visitor = Visitor::enter(hub, address).await;
    let pages = pages(hub, further).await;
    println!("{name}, {REQUESTS} requests of each page, {AT_ONCE} at once");
    println!("{:<44} {:>9} {:>9} {:>9}", "", "p50", "p95", "p99");
    for page in &pages {
        visitor.measure("at rest", page).await;
    }
    let scanning = tokio::spawn({
        let hub = hub.clone();
        async move {
            let matcher = Matcher::new(&hub);
            loop {
                matcher.scan().await.expect("a scan");
            }
        }
    });
    for page in &pages {
        visitor.measure("in a scan", page).await;
    }
    scanning.abort();
    stop.cancel();
}

/// Stores people, some of them twice, and a stay of each.
async fn fill(name: &str, hub: &Hub, profiles: usize) {
    let begin = Instant::now();
    let mut dice = Dice::of(42);
    let mut records = Vec::new();
    for nth in 0..profiles {
        let guest = somebody(&mut dice);
        let twin = (nth % TWICE == 0).then(|| damaged(&guest, &mut dice));
        for record in std::iter::once(guest).chain(twin).map(|guest: Guest| guest.record()) {
            records.push(stay(&mut dice, hub.clock.now().date_naive(), record.id));
            records.push(record);
        }
        if records.len() >= 10_000 {
            put(hub, std::mem::take(&mut records), Recount::AtTheEnd).await;
        }
    }
    put(hub, records, Recount::AtTheEnd).await;
    println!("{name}: {profiles} people stored in {:.0} s", begin.elapsed().as_secs_f64());
}

/// A stay of this person: one in ten is still to come.
fn stay(dice: &mut Dice, today: NaiveDate, holder: RecordId) -> Record {
    let days = Days::new(1 + dice.below(300) as u64);
    let (status, from) =
        if dice.below(10) == 0 { ("confirmed", today + days) } else { ("checked_out", today - days) };
    let mut record = Record::new(RecordId::new(Uuid::now_v7()), RecordKind::Reservation);
    let fields = [
        (keys::PROPERTY, Value::Text("ALBA".into())),
        (keys::STATUS, Value::Choice(Choice::Known(status.into()))),
        (keys::ARRIVES_ON, Value::Date(from)),
        (keys::DEPARTS_ON, Value::Date(from + Days::new(1 + dice.below(6) as u64))),
        (keys::HOLDER, Value::Reference(Reference::Record(RecordKind::Person, holder))),
    ];
    record.fields.extend(fields.map(|(key, value)| (key, CellSet::One(cell(value)))));
    record
}

/// What is measured: the queue with each of its filters, proposals, the profiles that they are about and the search for
/// their names, and what was asked for.
async fn pages(hub: &Hub, further: &[String]) -> Vec<Page> {
    let one = |path: &str| Page { name: path.to_owned(), paths: vec![path.to_owned()] };
    let counts = hub.store.open_review_counts(hub.clock.now()).await.expect("counts");
    println!("open reviews: {counts:?}");
    let mut pages = vec![one("/desk/queue")];
    for kind in ["duplicates", "conflict", "hold", "household"] {
        pages.push(one(&format!("/desk/queue?kind={kind}")));
    }
    let open = hub.store.open_reviews(&ReviewFilter::default(), 1_000).await.expect("reviews");
    let paths = open.iter().map(|review| format!("/desk/reviews/{}", review.id)).collect();
    pages.push(Page { name: "/desk/reviews/…".to_owned(), paths });
    let ids: Vec<RecordId> =
        open.iter().filter_map(|review| review.kind.cluster()).map(|it| it.main).collect();
    let paths = ids.iter().map(|id| format!("/desk/profiles/{id}")).collect();
    pages.push(Page { name: "/desk/profiles/…".to_owned(), paths });
    let records = hub.store.records(&ids).await.expect("profiles");
    let name = |record: &Record| {
        let text = |key| record.value(key).and_then(Value::as_text).unwrap_or_default();
        format!(
            "/desk/search?q={}",
            [text(&keys::GIVEN_NAMES), text(&keys::SURNAME)].join("+").replace(' ', "+")
        )
    };
    pages.push(Page { name: "/desk/search?q=…".to_owned(), paths: records.iter().map(name).collect() });
    pages.extend(further.iter().map(|path| one(path)));
    pages
}

/// Somebody who is signed in and asks for pages.
#[derive(Clone)]
struct Visitor {
    client: reqwest::Client,
    address: SocketAddr,
    cookie: String,
}

impl Visitor {
    async fn enter(hub: &Hub, address: SocketAddr) -> Self {
        let (name, created_at) = ("bench".into(), hub.clock.now());
        let operator = Operator { name, role: OperatorRole::Administrator, created_at, disabled_at: None };
        let hash = operators::hash(&PASSWORD.into(), "bench").expect("a hash");
        // He is there already where the store was measured before.
        hub.store.add_operator(&operator, &hash, &operator.name).await.expect("the store");
        let client = http::client(Duration::from_mins(1)).expect("a client");
        let entering = client
            .post(format!("http://{address}/desk/sign-in"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("name=bench&password={}", PASSWORD.replace(' ', "+")));
        let answer = entering.send().await.expect("an answer");
        let cookie = answer.headers()["set-cookie"].to_str().expect("text");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Self { client, address, cookie }
    }

    /// Asks for a page again and again, and prints how long it took.
    async fn measure(&self, when: &str, page: &Page) {
        let one = async |first: usize| {
            let mut took = Vec::new();
            for nth in (first..REQUESTS).step_by(AT_ONCE) {
                took.push(self.get(&page.paths[nth % page.paths.len()]).await);
            }
            took
        };
        let mut took = futures_util::future::join_all((0..AT_ONCE).map(one)).await.concat();
        took.sort_unstable();
        let at = |percent: usize| {
            let took = took[(took.len() - 1) * percent / 100];
            format!("{:.1} ms", took.as_secs_f64() * 1e3)
        };
        println!("{:<44} {:>9} {:>9} {:>9}", format!("{} {when}", page.name), at(50), at(95), at(99));
    }

    async fn get(&self, path: &str) -> Duration {
        let begin = Instant::now();
        let asked = self.client.get(format!("http://{}{path}", self.address)).header("cookie", &self.cookie);
        let answer = asked.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.expect("a page");
        begin.elapsed()
    }
}
