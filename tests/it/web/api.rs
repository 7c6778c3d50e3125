//! The interface for other programs: tokens with scopes, and answers that are as described.

use cardex::clock::Clock;
use cardex::hub::Hub;
use cardex::model::document::Held;
use cardex::model::record::Evidence;
use cardex::model::value::Special;
use cardex::model::{
    Cell, CellSet, Deed, OperatorId, OperatorRole, Provenance, Record, RecordId, RecordKind, Rule, Scope,
    SystemId, Value, keys,
};
use cardex::operators;
use cardex::store::{AuditFilter, Commit};
use chrono::{DateTime, TimeDelta};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::deciding::{guest, proposed};
use super::described;
use super::site::Site;
use crate::desk::{cardex, good};
use crate::matching::people::Guest;
use crate::matching::world::World;
use crate::support::hub::{Backend, Hub as Memory, on_both_databases};
use crate::support::pair::{EMPTY, Pair};

on_both_databases!(
    every_route_asks_for_its_scope,
    decision_is_made_once_and_undone,
    protected_values_are_shown_with_their_scope_and_noted,
    systems_are_steered,
    reviews_come_page_by_page,
    tokens_end,
);

const NOBODY: &str = "019a0000-0000-7000-8000-000000000000";

/// Every route with what it needs, a request that is well formed, and the path of a thing that is not there.
const ROUTES: [(&str, &str, Scope, &str); 8] = [
    ("get", "/v1/reviews", Scope::ReviewsRead, ""),
    ("get", "/v1/reviews/{id}", Scope::ReviewsRead, ""),
    ("post", "/v1/reviews/{id}", Scope::ReviewsDecide, r#"{"decision":"accept"}"#),
    ("get", "/v1/profiles", Scope::ProfilesRead, ""),
    ("get", "/v1/profiles/{id}", Scope::ProfilesRead, ""),
    ("get", "/v1/systems", Scope::SystemsRead, ""),
    ("get", "/v1/systems/{id}", Scope::SystemsRead, ""),
    ("post", "/v1/systems/{id}", Scope::SystemsManage, r#"{"do":"sync"}"#),
];

/// A program with a token.
struct Program {
    client: reqwest::Client,
    base: String,
    token: String,
}

/// What it was answered.
struct Told {
    status: StatusCode,
    body: serde_json::Value,
}

impl Program {
    async fn of(site: &Site, name: &str, scopes: &[Scope]) -> Self {
        let (store, clock) = (&site.hub.store, &site.hub.clock);
        let by = OperatorId::new("root");
        let (secret, _) = operators::issue(store, clock, name, scopes, None, &by).await.expect("a token");
        Self::with(site, secret.expose())
    }

    fn with(site: &Site, token: &str) -> Self {
        let client = cardex::connectors::http::client(std::time::Duration::from_mins(1)).expect("a client");
        Self { client, base: site.address(), token: token.to_owned() }
    }

    async fn raw(&self, method: &str, path: &str, kind: &str, body: String) -> reqwest::Response {
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request = if body.is_empty() { request } else { request.header("content-type", kind).body(body) };
        request.send().await.expect("an answer")
    }

    /// Asks, and holds the answer to the description of the route.
    async fn ask(&self, method: &str, route: &str, id: &str, body: &str) -> Told {
        let (route, query) = route.split_once('?').unwrap_or((route, ""));
        let path = format!("{}?{query}", route.replace("{id}", id));
        let answer = self.raw(method, &path, "application/json", body.to_owned()).await;
        let (status, headers) = (answer.status(), answer.headers().clone());
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        let kind = headers["content-type"].to_str().expect("text").to_owned();
        let text = answer.text().await.expect("text");
        described::check(method, route, status.as_u16(), &kind, &text);
        Told { status, body: serde_json::from_str(&text).expect("JSON") }
    }
}

fn problem(name: &str) -> serde_json::Value {
    json!(format!("urn:cardex:problem:{name}"))
}

#[test]
fn description_has_every_route() {
    let declared = described::declared(include_str!("../../../src/api/mod.rs"), "/v1");
    assert_eq!(declared, described::routes());
    let tried: BTreeSet<String> =
        ROUTES.iter().map(|(method, path, ..)| format!("{method} {path}")).collect();
    let open = BTreeSet::from(["get /v1/openapi.json".to_owned()]);
    assert_eq!(declared, tried.union(&open).cloned().collect());
}

async fn every_route_asks_for_its_scope(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open(world.hub.clone()).await;
    let bare = reqwest::StatusCode::UNAUTHORIZED;
    let stranger = Program::with(&site, "x");
    for (method, path, needed, body) in ROUTES {
        assert_eq!(stranger.ask(method, path, NOBODY, body).await.status, bare, "{method} {path}");
        for scope in Scope::ALL {
            let name =
                format!("{method}{}{}", path.replace(['/', '{', '}'], "-"), scope.name().replace(':', "-"));
            let told = Program::of(&site, &name, &[scope]).await.ask(method, path, NOBODY, body).await;
            assert_eq!(
                told.status != StatusCode::FORBIDDEN,
                scope == needed,
                "{method} {path} with {}",
                scope.name()
            );
        }
    }
    // A session of the desk opens nothing here, and the description needs nothing.
    let mut browser = site.of(OperatorRole::Administrator).await;
    assert_eq!(browser.get("/v1/systems").await.status, bare);
    assert_eq!(browser.get("/v1/openapi.json").await.status, StatusCode::OK);
    assert_eq!(browser.get("/v1/nothing").await.status, StatusCode::NOT_FOUND);
    // A right token is heard however many wrong ones there are.
    for _ in 0..60 {
        stranger.raw("get", "/v1/systems", "", String::new()).await;
    }
    let told = stranger.ask("get", "/v1/systems", "", "").await;
    assert_eq!((told.status, &told.body["type"]), (StatusCode::TOO_MANY_REQUESTS, &problem("too-many")));
    let reader = Program::of(&site, "reader", &[Scope::SystemsRead]).await;
    assert_eq!(reader.ask("get", "/v1/systems", "", "").await.status, StatusCode::OK);
}

async fn decision_is_made_once_and_undone(memory: Memory) {
    let (_world, site, ids, path) = proposed(memory, ["Itziar", "Itziar"]).await;
    let program = Program::of(&site, "tool", &[Scope::ReviewsRead, Scope::ReviewsDecide]).await;
    let (route, id) = ("/v1/reviews/{id}", path.rsplit('/').next().expect("an id"));
    let told = program.ask("get", route, id, "").await;
    assert_eq!((&told.body["kind"], &told.body["state"]), (&json!("duplicates"), &json!("open")));
    let members: BTreeSet<_> =
        told.body["records"].as_array().expect("records").iter().map(ToString::to_string).collect();
    assert_eq!(members.len(), 2);

    for (body, status) in [
        (r#"{"decision":"reject"}"#, 422),
        (r#"{"decision":"burn"}"#, 422),
        (r#"{"decision":"accept","extra":1}"#, 422),
        (r#"{"decision":"accept","main":"nobody"}"#, 422),
        (r#"{"decision":"accept","choose":{"no_such_field":"019a0000-0000-7000-8000-000000000000"}}"#, 422),
        (r#"{"decision":"accept""#, 400),
    ] {
        assert_eq!(program.ask("post", route, id, body).await.status.as_u16(), status, "{body}");
    }
    let path = format!("/v1/reviews/{id}");
    let form = "application/x-www-form-urlencoded";
    let answer = program.raw("post", &path, form, "decision=accept".to_owned()).await;
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let long = format!(r#"{{"decision":"reject","reason":"{}"}}"#, "x".repeat(100_000));
    assert_eq!(program.ask("post", route, id, &long).await.status, StatusCode::PAYLOAD_TOO_LARGE);

    let body = format!(r#"{{"decision":"accept","main":"{}"}}"#, ids[1]);
    let done = program.ask("post", route, id, &body).await;
    assert_eq!((&done.body["state"], &done.body["decided_by"]), (&json!("accepted"), &json!("token:tool")));
    let roots = site.hub.store.roots(&ids).await.expect("the store");
    assert_eq!((roots[&ids[0]], roots[&ids[1]]), (ids[1], ids[1]));
    let again = program.ask("post", route, id, &body).await;
    assert_eq!((again.status, &again.body["type"]), (StatusCode::CONFLICT, &problem("already-decided")));
    assert_eq!(
        (&again.body["decided_by"], &again.body["decided_at"]),
        (&done.body["decided_by"], &done.body["decided_at"])
    );
    let undone = program.ask("post", route, id, r#"{"decision":"undo"}"#).await;
    assert_eq!(undone.body["state"], "undone");
    let roots = site.hub.store.roots(&ids).await.expect("the store");
    assert_ne!(roots[&ids[0]], roots[&ids[1]]);
    let filter = AuditFilter { who: Some(OperatorId::new("token:tool")), before: None };
    let lines = site.hub.store.audit(&filter, 10).await.expect("the store");
    assert_eq!(lines.iter().map(|line| line.door.name()).collect::<Vec<_>>(), ["api", "api"]);
}

/// A profile with an identity document.
fn passenger(world: &World) -> Record {
    let mut record = guest("Itziar", "itziar@example.org").record();
    let now = world.now();
    let provenance = Provenance {
        system: None,
        observation: None,
        actor: None,
        rule: Rule::Fill,
        at: now,
        evidence: Evidence { after: None, until: now },
    };
    let sealed = Value::Special(Special::seal(Value::Text("X1234567".to_owned())));
    let cell = Cell { value: Some(Held::new(sealed)), provenance: Arc::new(provenance), pinned_by: None };
    record.fields.insert(cardex::model::FieldKey::new("identity_documents"), CellSet::One(cell));
    record
}

async fn protected_values_are_shown_with_their_scope_and_noted(memory: Memory) {
    let world = World::of(memory);
    let record = passenger(&world);
    let id = record.id.to_string();
    let commit = Commit { now: world.now(), records: vec![record], ..Commit::default() };
    world.hub.store.commit(commit).await.expect("a commit");
    let site = Site::open(world.hub.clone()).await;
    let views = async || {
        let lines = site.hub.store.audit(&AuditFilter::default(), 1_000).await.expect("the store");
        lines.into_iter().filter(|line| line.deed == Deed::Viewed).collect::<Vec<_>>()
    };
    let document = |told: &Told| {
        let values = told.body["values"].as_array().expect("values");
        values.iter().find(|value| value["field"] == "identity_documents").expect("the document").clone()
    };
    let plain = Program::of(&site, "plain", &[Scope::ProfilesRead]).await;
    let told = plain.ask("get", "/v1/profiles/{id}", &id, "").await;
    assert_eq!((&document(&told)["protected"], document(&told).get("value")), (&json!(true), None));
    let surname =
        told.body["values"].as_array().expect("values").iter().find(|value| value["field"] == "surname");
    assert_eq!(surname.expect("a surname")["value"], "Etxeberria");
    assert_eq!(views().await, []);

    let trusted = Program::of(&site, "police", &[Scope::ProfilesRead, Scope::ProfilesSensitive]).await;
    let told = trusted.ask("get", "/v1/profiles/{id}", &id, "").await;
    assert_eq!(document(&told)["value"], "X1234567");
    let noted = views().await;
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0].who.as_str(), "token:police");
    assert_eq!(noted[0].about, format!("record {id}: identity_documents"));

    let stay = Record::new(RecordId::new(uuid::Uuid::now_v7()), RecordKind::Reservation);
    let commit = Commit { now: world.now(), records: vec![stay.clone()], ..Commit::default() };
    world.hub.store.commit(commit).await.expect("a commit");
    for id in [stay.id.to_string(), NOBODY.to_owned(), "x".to_owned()] {
        assert_eq!(plain.ask("get", "/v1/profiles/{id}", &id, "").await.status, StatusCode::NOT_FOUND);
    }
    assert!(keys::ALL.contains(&keys::SURNAME));
}

async fn systems_are_steered(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let site = Site::open(pair.hub.clone()).await;
    let program = Program::of(&site, "tool", &[Scope::SystemsRead, Scope::SystemsManage]).await;
    let steer = async |word: &str| {
        program.ask("post", "/v1/systems/{id}", "crm", &format!(r#"{{"do":"{word}"}}"#)).await
    };
    for _ in 0..2 {
        let told = steer("pause").await;
        assert_eq!((&told.body["health"], &told.body["paused_by"]), (&json!("paused"), &json!("token:tool")));
    }
    let told = steer("sync").await;
    assert_eq!((told.status, &told.body["type"]), (StatusCode::CONFLICT, &problem("at-rest")));
    assert_eq!(steer("resume").await.body["health"], "running");
    assert_eq!(steer("sync").await.status, StatusCode::OK);
    assert_eq!(steer("burn").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let pushed_at = DateTime::from_timestamp(1_795_342_500, 0).expect("an instant");
    pair.hub.store.note_push(&SystemId::new("crm"), pushed_at).await.expect("the store");
    let all = program.ask("get", "/v1/systems", "", "").await;
    let pushes = all.body["systems"].as_array().expect("systems").iter().map(|it| it["last_push"].clone());
    assert_eq!(pushes.collect::<Vec<_>>(), [json!("2026-11-22T10:15:00Z"), json!(null)]);
    let sides: Vec<_> =
        all.body["systems"].as_array().expect("systems").iter().map(|it| it["side"].clone()).collect();
    assert_eq!(sides, ["crm", "pms"]);
}

async fn reviews_come_page_by_page(memory: Memory) {
    let mut world = World::of(memory);
    for n in 0..5 {
        let given = ["Itziar", "Sophie", "Hannah", "Giulia", "Thomas"][n];
        let one = Guest {
            surname: ["Etxeberria", "Dubois", "Schneider", "Ferrari", "Whitaker"][n].to_owned(),
            second: String::new(),
            phone: format!("+3460{}", (n + 1) * 1_111_111),
            birth: format!("19{}3-0{}-1{n}", n + 5, n + 1),
            ..guest(given, &format!("{given}{n}@example.org"))
        };
        let pair = [one.clone(), one];
        world.add(&pair, cardex::store::Recount::Soon).await;
    }
    cardex::matching::Matcher::new(&world.hub).catch_up().await.expect("it works");
    let waiting = world.open().await.len();
    assert!(waiting >= 3, "{waiting}");
    let site = Site::open(world.hub.clone()).await;
    let program = Program::of(&site, "tool", &[Scope::ReviewsRead]).await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let told = program.ask("get", &format!("/v1/reviews?kind=duplicates&limit=2{after}"), "", "").await;
        let page = told.body["reviews"].as_array().expect("reviews").clone();
        assert!(page.len() <= 2);
        seen.extend(page.iter().map(|review| review["id"].to_string()));
        let Some(next) = told.body["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    let unique: BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), unique.len()), (waiting, waiting));
    assert!(
        program.ask("get", "/v1/reviews?kind=hold", "", "").await.body["reviews"]
            .as_array()
            .expect("reviews")
            .is_empty()
    );
    for query in ["kind=x", "limit=0", "limit=201", "limit=x", "state=accepted", "after=x", "colour=red"] {
        let told = program.ask("get", &format!("/v1/reviews?{query}"), "", "").await;
        assert_eq!(told.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

async fn tokens_end(memory: Memory) {
    let world = World::of(memory);
    let now = world.now();
    let site = Site::open(Hub { clock: Clock::from_fn(move || now), ..world.hub.clone() }).await;
    let by = OperatorId::new("root");
    let (store, clock) = (&site.hub.store, &site.hub.clock);
    let day = Some(TimeDelta::days(1));
    let (secret, _) =
        operators::issue(store, clock, "short", &[Scope::SystemsRead], day, &by).await.expect("a token");
    let short = Program::with(&site, secret.expose());
    assert_eq!(short.ask("get", "/v1/systems", "", "").await.status, StatusCode::OK);
    assert_eq!(
        store.tokens().await.expect("the store")[0].used_at.map(|at| at.timestamp()),
        Some(now.timestamp())
    );
    let later =
        Site::listen(Hub { clock: Clock::from_fn(move || now + TimeDelta::days(1)), ..site.hub.clone() })
            .await;
    let late = Program::with(&later, secret.expose());
    assert_eq!(
        late.ask("get", "/v1/systems", "", "").await.status,
        StatusCode::UNAUTHORIZED,
        "it has expired"
    );
    assert!(store.revoke_token("short", &by, now).await.expect("the store"));
    assert!(!store.revoke_token("short", &by, now).await.expect("the store"));
    assert_eq!(
        short.ask("get", "/v1/systems", "", "").await.status,
        StatusCode::UNAUTHORIZED,
        "it is revoked"
    );
    let (other, _) =
        operators::issue(store, clock, "short", &[Scope::SystemsRead], None, &by).await.expect("a token");
    assert_eq!(
        short.ask("get", "/v1/systems", "", "").await.status,
        StatusCode::UNAUTHORIZED,
        "the name is, it is not"
    );
    let other = Program::with(&site, other.expose());
    assert_eq!(other.ask("get", "/v1/systems", "", "").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn command_makes_and_revokes_tokens() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    let made = good(&pair, &["token", "add", "crm-tool", "--scope", "systems:read", "--expires", "30"]);
    let token = made[0]["token"].as_str().expect("the token").to_owned();
    let site = Site::listen(pair.hub.clone()).await;
    let program = Program::with(&site, &token);
    assert_eq!(program.ask("get", "/v1/systems", "", "").await.status, StatusCode::OK);
    let listed = good(&pair, &["token", "list"]);
    assert_eq!((&listed[0]["name"], &listed[0]["scopes"]), (&json!("crm-tool"), &json!(["systems:read"])));
    assert!(listed[0].get("token").is_none() && listed[0]["used_at"].is_string(), "{listed:?}");
    assert_eq!(cardex(&pair, &["token", "add", "crm-tool", "--scope", "systems:read"]).0, 65);
    assert_eq!(cardex(&pair, &["token", "add", "other", "--scope", "everything"]).0, 64);
    good(&pair, &["token", "revoke", "crm-tool"]);
    assert_eq!(cardex(&pair, &["token", "revoke", "crm-tool"]).0, 66);
    assert_eq!(program.ask("get", "/v1/systems", "", "").await.status, StatusCode::UNAUTHORIZED);
}
