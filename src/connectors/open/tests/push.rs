use secrecy::SecretString;
use std::sync::Arc;

use super::super::declare::Declaration;
use super::super::push::{hints, stamp};
use crate::connectors::{Hint, PushError, PushRequest};
use crate::demo::webhooks::signed_headers;
use crate::model::{Capabilities, RecordKind, RemoteRef, fields};

const BODY: &[u8] = br#"{"events": [
    {"type": "changed", "kind": "person", "id": "P1"},
    {"type": "deleted", "kind": "reservation", "id": 7},
    {"type": "painted", "kind": "person", "id": "P2"},
    {"type": "changed", "kind": "room", "id": "101"}
]}"#;
const NOW: i64 = 1_795_342_500;

fn capabilities() -> Capabilities {
    Declaration::default().capabilities(&Arc::new(fields::standard())).expect("the default is sound")
}

fn take(
    secrets: &[&str],
    headers: &[(String, String)],
    body: &[u8],
    now: i64,
) -> Result<Vec<Hint>, PushError> {
    let secrets: Vec<_> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
    hints(&secrets, &capabilities(), &PushRequest { headers, uri: "/hooks/crm", body, arrived_at: now })
}

fn signed(secret: &str, body: &[u8]) -> Vec<(String, String)> {
    signed_headers(secret, NOW, body).map(|(name, value)| (name.to_owned(), value)).to_vec()
}

#[test]
fn a_signed_webhook_is_hints() {
    let hint = |kind, id: &str, deleted| Hint { subject: RemoteRef::new(kind, id), deleted };
    let expected = [
        hint(RecordKind::Person, "P1", false),
        hint(RecordKind::Reservation, "7", true),
        hint(RecordKind::Person, "P2", false),
    ];
    assert_eq!(take(&["s"], &signed("s", BODY), BODY, NOW), Ok(expected.to_vec()));
}

#[test]
fn either_secret_is_good_while_it_is_being_changed() {
    assert!(take(&["old", "new"], &signed("new", BODY), BODY, NOW).is_ok());
    assert!(take(&["old", "new"], &signed("old", BODY), BODY, NOW).is_ok());
    let mut both = signed("older", BODY);
    both[1].1 = format!("{}, {}", both[1].1, signed("old", BODY)[1].1);
    assert!(take(&["old"], &both, BODY, NOW).is_ok());
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let headers = signed("s", BODY);
    for place in 0..BODY.len() {
        for bit in 0..8 {
            let mut body = BODY.to_vec();
            body[place] ^= 1 << bit;
            assert_eq!(take(&["s"], &headers, &body, NOW), Err(PushError::BadSignature));
        }
    }
    for (which, _) in headers.iter().enumerate() {
        for place in 0..headers[which].1.len() {
            let mut forged = headers.clone();
            let flipped = if forged[which].1.as_bytes()[place] == b'0' { "1" } else { "0" };
            forged[which].1.replace_range(place..=place, flipped);
            assert_eq!(take(&["s"], &forged, BODY, NOW), Err(PushError::BadSignature), "{forged:?}");
        }
    }
}

#[test]
fn only_so_many_signatures_are_looked_at() {
    let mut headers = signed("s", BODY);
    let right = headers[1].1.clone();
    let with =
        |wrong: usize| vec!["v1=00"; wrong].into_iter().chain([right.as_str()]).collect::<Vec<_>>().join(",");
    headers[1].1 = with(7);
    assert!(take(&["s"], &headers, BODY, NOW).is_ok());
    headers[1].1 = with(8);
    assert_eq!(take(&["s"], &headers, BODY, NOW), Err(PushError::BadSignature));
}

#[test]
fn a_webhook_is_known_again_by_its_id_and_by_nothing_else() {
    let known = |body: &[u8]| stamp(&PushRequest { headers: &[], uri: "/hooks/crm", body, arrived_at: NOW });
    assert_eq!(known(br#"{"id": "m1", "events": []}"#).as_deref(), Some("m1"));
    assert_eq!(known(br#"{"events": [], "id": 17}"#).as_deref(), Some("17"));
    assert_eq!(known(br#"{"id": {"no": "id"}, "events": []}"#), None);
    assert_eq!(known(BODY), None);
}

#[test]
fn what_is_unsigned_old_or_unreadable_is_refused() {
    let headers = signed("s", BODY);
    assert_eq!(take(&[], &headers, BODY, NOW), Err(PushError::NotSupported));
    assert_eq!(take(&["s"], &[], BODY, NOW), Err(PushError::BadSignature));
    assert_eq!(take(&["s"], &headers[..1], BODY, NOW), Err(PushError::BadSignature));
    assert_eq!(take(&["other"], &headers, BODY, NOW), Err(PushError::BadSignature));
    assert!(take(&["s"], &headers, BODY, NOW + 300).is_ok());
    assert_eq!(take(&["s"], &headers, BODY, NOW + 301), Err(PushError::BadTime));
    assert_eq!(take(&["s"], &headers, BODY, NOW - 301), Err(PushError::BadTime));
    assert_eq!(take(&["s"], &signed("s", b"[]"), b"[]", NOW), Err(PushError::BadBody));
    assert_eq!(take(&["s"], &signed("s", b"{"), b"{", NOW), Err(PushError::BadBody));
}
