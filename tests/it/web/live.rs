//! What an open page is told while it lies open.

use cardex::matching::Matcher;
use cardex::model::OperatorRole;
use cardex::store::Recount;
use reqwest::StatusCode;
use serde_json::Value;
use std::time::Duration;

use super::deciding::guest;
use super::site::Site;
use crate::matching::world::World;
use crate::support::hub::{Hub as Memory, on_both_databases};

on_both_databases!(event_comes_when_a_review_opens, line_ends_with_its_session, lines_are_counted);

/// A line that is listened to.
struct Line {
    answer: reqwest::Response,
    heard: String,
}

impl Line {
    async fn of(site: &Site, cookie: &str) -> Self {
        let client = cardex::connectors::http::client(Duration::from_mins(1)).expect("a client");
        let request = client.get(format!("{}/desk/live", site.address())).header("cookie", cookie);
        Self { answer: request.send().await.expect("an answer"), heard: String::new() }
    }

    /// The next event; `None` when the line has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.heard.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                let told = data.map(|text| serde_json::from_str(text).expect("JSON"));
                self.heard = String::from(rest);
                if told.is_some() {
                    return told;
                }
            } else {
                let chunk = tokio::time::timeout(Duration::from_secs(30), self.answer.chunk()).await;
                let chunk = chunk.expect("something is told in time").expect("the line holds")?;
                self.heard.push_str(std::str::from_utf8(&chunk).expect("text"));
            }
        }
    }
}

async fn cookie(site: &Site) -> String {
    let browser = site.of(OperatorRole::Viewer).await;
    format!("cardex_session={}", browser.cookies["cardex_session"])
}

async fn event_comes_when_a_review_opens(memory: Memory) {
    let mut world = World::of(memory);
    let site = Site::open(world.hub.clone()).await;
    let mut line = Line::of(&site, &cookie(&site).await).await;
    assert_eq!(line.answer.headers()["content-type"], "text/event-stream");
    let first = line.next().await.expect("how everything stands");
    assert_eq!((&first["reviews"], &first["parked"]), (&serde_json::json!({}), &serde_json::json!(0)));
    world.add(&[guest("Itziar", "i@example.org"), guest("Itziar", "i@example.org")], Recount::Soon).await;
    Matcher::new(&world.hub).catch_up().await.expect("it works");
    let second = line.next().await.expect("the news");
    assert_eq!(second["reviews"]["duplicates"], 1);
}

async fn line_ends_with_its_session(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open(world.hub.clone()).await;
    let stranger = Line::of(&site, "cardex_session=x").await;
    assert_eq!(stranger.answer.status(), StatusCode::SEE_OTHER);
    let mut browser = site.of(OperatorRole::Viewer).await;
    let mut line = Line::of(&site, &format!("cardex_session={}", browser.cookies["cardex_session"])).await;
    line.next().await.expect("how everything stands");
    browser.send("/desk/sign-out", &[]).await;
    assert_eq!(line.next().await, None, "nobody is told after signing out");
    // A line is no use of a session: who has gone home is signed out in time.
    let mut forgotten = Line::of(&site, &cookie(&site).await).await;
    forgotten.next().await.expect("how everything stands");
    world.pass(121);
    assert_eq!(forgotten.next().await, None);
    let mut last = Line::of(&site, &cookie(&site).await).await;
    last.next().await.expect("how everything stands");
    drop(site);
    assert_eq!(last.next().await, None, "it ends when the daemon stops");
}

async fn lines_are_counted(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open(world.hub.clone()).await;
    let cookie = cookie(&site).await;
    let mut lines = Vec::new();
    for _ in 0..4 {
        lines.push(Line::of(&site, &cookie).await);
    }
    assert_eq!(Line::of(&site, &cookie).await.answer.status(), StatusCode::TOO_MANY_REQUESTS);
    lines.clear();
    for _ in 0..100 {
        if Line::of(&site, &cookie).await.answer.status() == StatusCode::OK {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("places are not given back");
}
