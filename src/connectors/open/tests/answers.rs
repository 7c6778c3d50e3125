use reqwest::StatusCode;
use std::time::Duration;

use super::super::client::{Verdict, classify};
use crate::connectors::http::Effect;

const EXPIRED: &str = r#"{"type": "urn:cardex:open:cursor-expired"}"#;
const BATCH: &str = r#"{"type": "urn:cardex:open:batch-refused"}"#;
const NOT_FOUND: &str = r#"{"type": "urn:cardex:open:not-found"}"#;
const HTML: &str = "<html>502</html>";

#[track_caller]
fn check(status: u16, body: &str, reads: Verdict, writes: Verdict) {
    let status = StatusCode::from_u16(status).expect("a status");
    let wait = Some(Duration::from_secs(5));
    assert_eq!(classify(status, wait, body.as_bytes(), Effect::Reads), reads, "{status} to a read");
    assert_eq!(classify(status, wait, body.as_bytes(), Effect::Writes), writes, "{status} to a write");
}

#[test]
fn every_answer_has_its_verdict() {
    use Verdict::{
        BatchRefused, CursorExpired, Good, Incompatible, Refused, Throttled, Transient, Unauthorised,
        Unsupported,
    };
    let throttled = Throttled(Some(Duration::from_secs(5)));
    for status in [200, 201, 204, 207] {
        check(status, "", Good, Good);
    }
    for status in [301, 302, 304, 307, 308, 404, 405, 406, 415, 426] {
        check(status, HTML, Incompatible, Incompatible);
    }
    for status in [401, 403, 407] {
        check(status, "", Unauthorised, Unauthorised);
    }
    for status in [408, 425, 500, 502, 504, 520, 599] {
        check(status, HTML, Transient, Transient);
    }
    for status in [400, 402, 409, 411, 412, 414, 416, 418, 422, 423, 428, 431, 451] {
        check(status, "not JSON", Refused, Refused);
    }
    for status in [400, 409, 413, 422] {
        check(status, BATCH, BatchRefused, BatchRefused);
    }
    check(404, NOT_FOUND, Refused, Refused);
    check(410, EXPIRED, CursorExpired, CursorExpired);
    check(410, "", Refused, Refused);
    check(413, "", Refused, BatchRefused);
    check(429, "", throttled, throttled);
    check(501, "", Unsupported, Unsupported);
    // A write may have been carried out before the system said that it is busy.
    check(503, "", throttled, Transient);
}

#[test]
fn every_status_has_a_verdict() {
    for status in 100..=999 {
        let status = StatusCode::from_u16(status).expect("a status");
        let good = classify(status, None, b"", Effect::Writes) == Verdict::Good;
        assert_eq!(good, status.is_success(), "{status}");
    }
}
