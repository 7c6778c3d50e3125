//! What an account tells: an event for every change, in signed messages of at most a hundred.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::sort::Sort;
use super::table::By;
use super::{Inside, SECRET};

/// The most events of a message.
pub(crate) const MOST_EVENTS: usize = 100;
/// Where an account is told to send them, as it is configured there.
pub(crate) const TARGET: &str = "https://cardex.example/hooks/crm";

impl Inside {
    /// Notes an event.
    pub(super) fn tell(&mut self, sort: Sort, what: &str, id: u64, by: By, more: &[(&str, Value)]) {
        if self.tells_nothing {
            return;
        }
        self.n_events += 1;
        let (source, source_id) = by.told(self.app);
        let of = match sort {
            Sort::Contact | Sort::Company | Sort::Deal => sort.word(),
            Sort::Appointment | Sort::Stay => "object",
        };
        let mut event = json!({
            // Ids of events are not unique.
            "eventId": self.n_events / 2, "subscriptionId": 7_562_680, "portalId": 62_515, "appId": self.app,
            "occurredAt": self.now().timestamp_millis(), "subscriptionType": format!("{of}.{what}"),
            "attemptNumber": 0, "objectId": id, "changeSource": source, "sourceId": source_id,
        });
        if of == "object" {
            event["objectTypeId"] = json!(sort.type_id());
        }
        for (name, value) in more {
            event[*name] = value.clone();
        }
        self.events.push(event);
    }

    /// The messages of everything that is to be told, in the order of `events`.
    pub(crate) fn messages(&mut self) -> Vec<Message> {
        let events = std::mem::take(&mut self.events);
        let now = self.now().timestamp_millis();
        events
            .chunks(MOST_EVENTS)
            .map(|events| Message::signed(SECRET, &json!(events).to_string(), now))
            .collect()
    }
}

/// A message as it goes out.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Message {
    /// A message that was signed with `secret` at `millis`.
    pub(crate) fn signed(secret: &str, body: &str, millis: i64) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
        mac.update(format!("POST{TARGET}{body}{millis}").as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let headers = [
            ("content-type", "application/json"),
            ("x-hubspot-signature-v3", signature.as_str()),
            ("x-hubspot-request-timestamp", &millis.to_string()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { headers, body: body.to_owned() }
    }
}
