//! What is forged, replayed, cut, too large, too slow or too much is refused, counted, and leaves nothing behind.

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;

use super::{Door, about, signed, signed_by};
use crate::support::site::eventually;

/// What stands in every body and must stand in no log.
const WORD: &str = "word-of-the-body";

/// The head of a signed request.
fn head(body: &str, further: &str) -> String {
    let [(stamp_name, stamp), (signature_name, signature)] = signed(body);
    format!(
        "POST /hooks/crm?guest=of-the-address HTTP/1.1\r\nhost: a\r\n{stamp_name}: {stamp}\r\n\
         {signature_name}: {signature}\r\n{further}\r\n\r\n"
    )
}

/// Whatever was refused has left nothing, and what is good goes through.
async fn nothing_is_left_but_what_is_good(door: &Door) {
    assert_eq!(door.hinted(), Vec::<String>::new());
    assert_eq!((door.counted("accepted").await, door.last_push()), (0, Value::Null));
    assert_eq!(door.push(&about("P1")).await, 202);
    assert_eq!((door.counted("accepted").await, door.hinted()), (1, vec!["person P1".to_owned()]));
    let log = door.site.log();
    for word in [WORD, super::SECRET, "of-the-address"] {
        assert!(!log.contains(word), "the log holds {word}");
    }
}

#[tokio::test]
async fn forged_and_unreadable_ones_are_refused() {
    let door = Door::open("", "").await;
    let body = json!({"events": [{"type": "changed", "kind": "person", "id": WORD}]}).to_string();
    assert_eq!(door.send(&[], &body).await.status, 401);
    assert_eq!(door.send(&signed_by("another", 0, &body), &body).await.status, 401);
    assert_eq!(door.send(&signed(&body), &body.replace('w', "v")).await.status, 401);
    let mut many = signed("another body");
    many[1].1 = [many[1].1.as_str(); 90].join(",");
    assert_eq!(door.send(&many, &body).await.status, 401);
    assert_eq!(door.counted("bad_signature").await, 4);

    for ago in [301, -310] {
        assert_eq!(door.send(&signed_by(super::SECRET, ago, &body), &body).await.status, 401);
    }
    assert_eq!(door.counted("bad_time").await, 2);

    let half = &body[..body.len() / 2];
    assert_eq!(door.send(&signed(half), half).await.status, 400);
    assert_eq!(door.counted("bad_body").await, 1);

    let elsewhere = door.client.post(format!("{}/hooks/{WORD}", door.site.address())).body(body.clone());
    assert_eq!(elsewhere.send().await.expect("an answer").status().as_u16(), 404);
    assert!(!door.metrics().await.contains(WORD), "anybody could make metrics");
    nothing_is_left_but_what_is_good(&door).await;
}

#[tokio::test]
async fn large_cut_and_slow_ones_are_refused() {
    let door = Door::open("", "").await;
    let body = json!({"events": [{"type": "changed", "kind": "person", "id": WORD}]}).to_string();

    // Nothing of a body that is announced as too large is awaited.
    let told = door.raw(head(&body, "content-length: 1048577").as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 413 "), "{told}");
    // One that hides its length is not read to its end; whether its sender still hears why is up to the network.
    let chunk = [b"fffff\r\n".as_slice(), &vec![b' '; 0xf_ffff], b"\r\n"].concat();
    let mut endless = door.connect().await;
    endless.write_all(head(&body, "transfer-encoding: chunked").as_bytes()).await.expect("it is sent");
    while endless.write_all(&chunk).await.is_ok() {}
    door.until_counted("too_large", 2).await;

    let half = format!("{}{}", head(&body, &format!("content-length: {}", body.len())), &body[..10]);
    let mut cut = door.connect().await;
    cut.write_all(half.as_bytes()).await.expect("it is sent");
    drop(cut);
    door.until_counted("broken_off", 1).await;

    let began = Instant::now();
    let told = door.raw(half.as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 408 "), "{told}");
    assert!(began.elapsed() < Duration::from_secs(20), "it had {:?}", began.elapsed());
    assert_eq!(door.counted("broken_off").await, 2);
    nothing_is_left_but_what_is_good(&door).await;
}

#[tokio::test]
async fn slow_ones_do_not_keep_the_others_waiting() {
    let door = Door::open("", "").await;
    let body = about("P1").to_string();
    let half = format!("{}{}", head(&body, &format!("content-length: {}", body.len())), &body[..10]);
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut stream = door.connect().await;
        stream.write_all(half.as_bytes()).await.expect("it is sent");
        slow.push(stream);
    }
    let began = Instant::now();
    nothing_is_left_but_what_is_good(&door).await;
    assert!(began.elapsed() < Duration::from_secs(8), "it took {:?}", began.elapsed());
    drop(slow);
    door.until_counted("broken_off", 100).await;
}

#[tokio::test]
async fn replayed_ones_are_answered_and_do_nothing() {
    let door = Door::open("", "").await;
    let body = json!({"id": "m1", "events": [{"type": "changed", "kind": "person", "id": "P1"}]});
    let touches = || {
        let told = door.site.prints(&["--output", "json", "queue", "list"]);
        told.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")).collect::<Vec<_>>()
    };
    assert_eq!(door.push(&body).await, 202);
    let [mark] = &touches()[..] else { panic!("{:?}", touches()) };
    let dropped = mark["id"].as_str().expect("an id");
    door.site.prints(&["queue", "drop", dropped]);
    // The same once more, byte for byte or signed anew: a sender that has missed the answer.
    for _ in 0..3 {
        assert_eq!(door.push(&body).await, 202);
    }
    assert_eq!((door.counted("accepted").await, door.counted("replayed").await), (1, 3));
    assert_eq!(door.hinted(), Vec::<String>::new());
    // A forged message cannot have another one taken for a repetition.
    let next = json!({"id": "m2", "events": [{"type": "changed", "kind": "person", "id": "P2"}]});
    assert_eq!(door.send(&signed_by("another", 0, &next.to_string()), &next.to_string()).await.status, 401);
    assert_eq!(door.push(&next).await, 202);
    // Without an id, two changes within a second look alike, and both count.
    for _ in 0..2 {
        assert_eq!(door.push(&about("P3")).await, 202);
    }
    assert_eq!((door.counted("accepted").await, door.counted("replayed").await), (4, 3));
    assert_eq!(door.hinted(), ["person P2", "person P3"]);
}

#[tokio::test]
async fn too_many_are_told_to_come_again_and_forged_ones_use_nothing_up() {
    let door = Door::open("", "push_limit = 1").await;
    let body = about("P1").to_string();
    for _ in 0..20 {
        assert_eq!(door.send(&[], &body).await.status, 401);
    }
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(door.send(&signed(&body), &body).await);
    }
    let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 202);
    assert!(taken.len() >= 5 && !refused.is_empty(), "{answers:?}");
    for answer in &refused {
        assert_eq!((answer.status, answer.retry_after.as_deref()), (429, Some("1")));
    }
    assert_eq!(door.counted("bad_signature").await, 20);
    assert_eq!(door.counted("too_many").await, refused.len() as u64);
    eventually("there is room again", async || (door.push(&about("P2")).await == 202).then_some(())).await;
    assert_eq!(door.hinted(), ["person P1", "person P2"]);
}
