use base64::Engine as _;
use hmac::{KeyInit as _, Mac as _};
use secrecy::SecretString;
use serde_json::{Value as Json, json};

use super::super::push::Door;
use crate::connectors::{Hint, PushError, PushRequest};
use crate::model::{RecordKind, RemoteRef};

const SECRET: &str = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
const TARGET: &str = "https://www.example.com/webhook_uri";
const EXAMPLE: &str = "{'example_field':'example_value'}";

fn door(secrets: &[&str], url: &str) -> Door {
    Door {
        secrets: secrets.iter().map(|secret| SecretString::from(*secret)).collect(),
        url: url.to_owned(),
        app_id: Some("50780459".to_owned()),
        stay_type: "0-3".into(),
    }
}

fn take(door: &Door, body: &str, stamp: &str, signature: &str, seconds: i64) -> Result<Vec<Hint>, PushError> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = [header("x-hubspot-signature-v3", signature), header("x-hubspot-request-timestamp", stamp)];
    door.hints(&PushRequest {
        headers: &headers,
        uri: "/hooks/crm",
        body: body.as_bytes(),
        arrived_at: seconds,
    })
}

/// A request that is signed as HubSpot signs it.
fn signed(door: &Door, body: &str) -> Result<Vec<Hint>, PushError> {
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(format!("POST{TARGET}{body}1700000300000").as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    take(door, body, "1700000300000", &signature, 1_700_000_300)
}

#[test]
fn published_signatures_are_right_and_others_wrong() {
    let both = door(&["another", SECRET], TARGET);
    // Nothing of these bodies is an event, but their signatures are looked at first.
    for (stamp, signature) in [
        ("1693657560000", "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
        ("1700000300000", "RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw="),
    ] {
        let seconds = stamp.parse::<i64>().expect("a number") / 1000;
        let taken = |door: &Door, body: &str, at| take(door, body, stamp, signature, at);
        assert_eq!(taken(&both, EXAMPLE, seconds), Err(PushError::BadBody));
        assert_eq!(taken(&both, EXAMPLE, seconds + 300), Err(PushError::BadBody));
        assert_eq!(taken(&both, EXAMPLE, seconds + 301), Err(PushError::BadTime));
        assert_eq!(taken(&both, EXAMPLE, seconds - 301), Err(PushError::BadTime));
        assert_eq!(taken(&both, "{'example_field':'example_valuf'}", seconds), Err(PushError::BadSignature));
        assert_eq!(taken(&door(&["another"], TARGET), EXAMPLE, seconds), Err(PushError::BadSignature));
        assert_eq!(
            taken(&door(&[SECRET], "https://www.example.com/"), EXAMPLE, seconds),
            Err(PushError::BadSignature)
        );
        assert_eq!(taken(&door(&[], TARGET), EXAMPLE, seconds), Err(PushError::NotSupported));
        // What is escaped in the address is signed without its escapes.
        assert_eq!(
            taken(&door(&[SECRET], "https%3A//www.example.com%2Fwebhook_uri"), EXAMPLE, seconds),
            Err(PushError::BadBody)
        );
    }
    assert_eq!(take(&both, "[]", "1700000300000", "!", 1_700_000_300), Err(PushError::BadSignature));
}

#[test]
fn events_are_hints_at_the_records_they_name() {
    let door = door(&[SECRET], TARGET);
    let hint = |kind, id: &str, deleted| Hint { subject: RemoteRef::new(kind, id), deleted };
    let (person, company, stay) = (RecordKind::Person, RecordKind::Company, RecordKind::Reservation);
    let check = |events: Json, expected: &[Hint]| {
        assert_eq!(signed(&door, &events.to_string()).as_deref(), Ok(expected), "{events}");
    };
    let of = |name: &str, id: u64| json!({"subscriptionType": name, "objectId": id});
    check(json!([of("contact.creation", 7), of("contact.propertyChange", 7)]), &[hint(person, "7", false)]);
    check(json!([of("company.restore", 7)]), &[hint(company, "7", false)]);
    check(json!([{"eventType": "contact.creation", "objectId": 7}]), &[hint(person, "7", false)]);
    check(json!([of("contact.privacyDeletion", 7), of("contact.deletion", 7)]), &[hint(person, "7", true)]);
    let erased = |events: Json| {
        let body = events.to_string();
        let request = PushRequest { headers: &[], uri: "/hooks/crm", body: body.as_bytes(), arrived_at: 0 };
        door.erased(&request)
    };
    let both =
        json!([of("contact.deletion", 7), of("contact.privacyDeletion", 7), of("contact.deletion", 8)]);
    assert_eq!(erased(both), [RemoteRef::new(person, "7")]);
    assert_eq!(erased(json!([of("contact.deletion", 7), {"subscriptionType": 7}])), []);
    check(json!([of("contact.painted", 7), of("ticket.creation", 7), of("nonsense", 7)]), &[]);
    let object =
        |kind: &str| json!([{"subscriptionType": "object.creation", "objectTypeId": kind, "objectId": 7}]);
    check(object("0-1"), &[hint(person, "7", false)]);
    check(object("0-3"), &[hint(stay, "7", false)]);
    check(object("0-421"), &[]);
    let merge = json!([{
        "subscriptionType": "contact.merge", "primaryObjectId": 1, "mergedObjectIds": [2, 3], "newObjectId": 4,
    }]);
    check(merge, &["1", "2", "3", "4"].map(|id| hint(person, id, false)));
    let tied = json!([{
        "subscriptionType": "contact.associationChange", "associationType": "CONTACT_TO_DEAL", "fromObjectId": 1,
        "toObjectId": 2,
    }]);
    check(tied, &[hint(stay, "2", false)]);
    let change = |source: &str| json!([{"subscriptionType": "contact.propertyChange", "objectId": 7, "changeSource": "INTEGRATION", "sourceId": source}]);
    check(change("50780459"), &[]);
    check(change("2931120"), &[hint(person, "7", false)]);
    let many: Vec<Json> = (0..101).map(|id| of("contact.creation", id)).collect();
    assert_eq!(signed(&door, &json!(many).to_string()), Err(PushError::BadBody));
}
