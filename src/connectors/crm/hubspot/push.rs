//! Webhooks: verified by HubSpot's signature of version 3, then read as hints. Pure; a forged one costs nothing.
//!
//! They come twice, late and in any order, so nothing of an event is believed but which record it is about; that it is
//! gone, or erased, is believed when it cannot be read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value as Json;
use sha2::Sha256;
use smol_str::SmolStr;
use std::collections::BTreeMap;

use super::wire::id_text;
use crate::connectors::{Hint, PushError, PushRequest};
use crate::model::{RecordKind, RemoteRef};

/// The header of the signature, and that of the time it was made at, which is signed too.
const SIGNATURE: &str = "x-hubspot-signature-v3";
const STAMP: &str = "x-hubspot-request-timestamp";
/// How far the time of a request may be from the hub's clock, in milliseconds.
const TOLERANCE_MS: u64 = 300_000;
/// What an event is called that tells of an erasure. Another one tells of the same as a deletion, sooner or later.
const ERASURE: &str = "privacyDeletion";
/// More events than this are no request of HubSpot.
const MOST_EVENTS: usize = 100;

/// What is signed of an address stands there without these escapes.
const UNESCAPED: [(&str, &str); 12] = [
    ("%3A", ":"),
    ("%2F", "/"),
    ("%3F", "?"),
    ("%40", "@"),
    ("%21", "!"),
    ("%24", "$"),
    ("%27", "'"),
    ("%28", "("),
    ("%29", ")"),
    ("%2A", "*"),
    ("%2C", ","),
    ("%3B", ";"),
];

/// What webhooks are judged by.
pub(super) struct Door {
    /// The app's client secrets.
    pub(super) secrets: Vec<SecretString>,
    /// The address that they are sent to, as it is configured at HubSpot.
    pub(super) url: String,
    /// The app whose changes are our own.
    pub(super) app_id: Option<String>,
    /// The type of the object that is a stay.
    pub(super) stay_type: SmolStr,
}

/// One event. Of what it may hold, only what names records is read.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    subscription_type: Option<String>,
    /// What older events call it.
    #[serde(rename = "eventType")]
    older_type: Option<String>,
    object_id: Json,
    object_type_id: Option<String>,
    change_source: Option<String>,
    source_id: Json,
    primary_object_id: Json,
    merged_object_ids: Json,
    new_object_id: Json,
    from_object_id: Json,
    from_object_type_id: Option<String>,
    to_object_id: Json,
    to_object_type_id: Option<String>,
    association_type: Option<String>,
}

impl Event {
    /// Which sort of object it is about, and what happened.
    fn name(&self) -> Option<(&str, &str)> {
        self.subscription_type.as_deref().or(self.older_type.as_deref())?.split_once('.')
    }
}

/// The events of a body; `None` for one that HubSpot does not send. An event of a shape of its own costs no other one: a
/// message that is refused is sent ten times and then lost.
fn events(body: &[u8]) -> Option<Vec<Event>> {
    let events: Vec<Json> = serde_json::from_slice(body).ok()?;
    let is_right = events.len() <= MOST_EVENTS;
    is_right.then(|| events.into_iter().filter_map(|event| serde_json::from_value(event).ok()).collect())
}

impl Door {
    /// The hints of a request whose signature and time are right, each record once.
    pub(super) fn hints(&self, request: &PushRequest<'_>) -> Result<Vec<Hint>, PushError> {
        if self.secrets.is_empty() {
            return Err(PushError::NotSupported);
        }
        let stamp = request.header(STAMP).ok_or(PushError::BadSignature)?;
        let signature = request.header(SIGNATURE).and_then(|text| STANDARD.decode(text.trim()).ok());
        let signature = signature.ok_or(PushError::BadSignature)?;
        // Every secret is tried, so that the time says nothing of which one is right.
        let signed =
            self.secrets.iter().filter(|secret| self.is_signed(secret, stamp, request.body, &signature));
        if signed.count() == 0 {
            return Err(PushError::BadSignature);
        }
        let made_at: i64 = stamp.parse().map_err(|_| PushError::BadTime)?;
        if made_at.abs_diff(request.arrived_at.saturating_mul(1000)) > TOLERANCE_MS {
            return Err(PushError::BadTime);
        }
        let events = events(request.body).ok_or(PushError::BadBody)?;
        let mut told: BTreeMap<RemoteRef, bool> = BTreeMap::new();
        for (subject, deleted) in events.iter().flat_map(|event| self.told(event)) {
            *told.entry(subject).or_default() |= deleted;
        }
        Ok(told.into_iter().map(|(subject, deleted)| Hint { subject, deleted }).collect())
    }

    /// The contacts of which a request with a right signature says that they were erased.
    pub(super) fn erased(&self, request: &PushRequest<'_>) -> Vec<RemoteRef> {
        let events = events(request.body).unwrap_or_default();
        let erasures = events.iter().filter(|event| event.name().is_some_and(|(_, what)| what == ERASURE));
        erasures.flat_map(|event| self.told(event)).map(|(subject, _)| subject).collect()
    }

    /// What a request with a right signature is known by: the signature is of its time too, and of every try.
    pub(super) fn stamp(request: &PushRequest<'_>) -> Option<SmolStr> {
        request.header(SIGNATURE).map(|signature| SmolStr::new(signature.trim()))
    }

    /// Compares in constant time.
    fn is_signed(&self, secret: &SecretString, stamp: &str, body: &[u8], signature: &[u8]) -> bool {
        let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
        let mut mac = mac.expect("HMAC takes a key of any length");
        let address =
            UNESCAPED.iter().fold(self.url.clone(), |url, (escape, letter)| url.replace(escape, letter));
        mac.update(b"POST");
        mac.update(address.as_bytes());
        mac.update(body);
        mac.update(stamp.as_bytes());
        mac.verify_slice(signature).is_ok()
    }

    /// The records that an event is about, and whether it says that they are gone.
    fn told(&self, event: &Event) -> Vec<(RemoteRef, bool)> {
        let Some((object, what)) = event.name() else { return Vec::new() };
        if self.is_own(event) && ["creation", "propertyChange", "associationChange"].contains(&what) {
            return Vec::new();
        }
        let kind = self.kind(object, event.object_type_id.as_deref());
        let of = |kind: Option<RecordKind>, id: &Json| Some(RemoteRef::new(kind?, id_text(id)?.as_str()));
        let subject = of(kind, &event.object_id);
        match what {
            "creation" | "propertyChange" | "restore" => {
                subject.into_iter().map(|one| (one, false)).collect()
            }
            "deletion" | ERASURE => subject.into_iter().map(|one| (one, true)).collect(),
            "merge" => {
                let ids = [&event.primary_object_id, &event.new_object_id, &event.object_id];
                let ids = ids.into_iter().chain(event.merged_object_ids.as_array().into_iter().flatten());
                ids.filter_map(|id| of(kind, id)).map(|one| (one, false)).collect()
            }
            "associationChange" => {
                let words = event.association_type.as_deref().unwrap_or_default();
                let (from, to) = words.split_once("_TO_").unwrap_or((object, ""));
                let from = self.kind(from, event.from_object_type_id.as_deref()).or(kind);
                let to = self.kind(to, event.to_object_type_id.as_deref());
                let ends = [of(from, &event.from_object_id), of(to, &event.to_object_id), subject];
                // Only a stay shows what it belongs to.
                let stays = ends.into_iter().flatten().filter(|end| end.kind == RecordKind::Reservation);
                stays.map(|one| (one, false)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether it tells of what cardex has written itself.
    fn is_own(&self, event: &Event) -> bool {
        event.change_source.as_deref() == Some("INTEGRATION")
            && self.app_id.is_some()
            && id_text(&event.source_id) == self.app_id
    }

    /// The kind of an object by its name, or by its type where the name is `object`.
    fn kind(&self, name: &str, type_id: Option<&str>) -> Option<RecordKind> {
        let type_id = match name.to_ascii_lowercase().as_str() {
            "contact" => "0-1",
            "company" => "0-2",
            "deal" => "0-3",
            "appointment" => "0-421",
            _ => type_id?,
        };
        match type_id {
            "0-1" => Some(RecordKind::Person),
            "0-2" => Some(RecordKind::Company),
            stay if *stay == *self.stay_type => Some(RecordKind::Reservation),
            _ => None,
        }
    }
}
