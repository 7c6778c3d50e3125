//! Webhooks. Mews signs nothing: the secret stands in the address. Pure; a forged one costs nothing.
//!
//! One address serves every hotel of the client application, so what belongs to another hotel is no news. What became of
//! an integration is acknowledged and left alone: a disabled one shows by its next refused call, and the token that a
//! new one carries comes in by the configuration.

use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeSet;
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use super::wire::{Event, Push};
use crate::connectors::{Hint, PushError, PushRequest};
use crate::model::{ExternalId, RecordKind, RemoteRef};

/// The name of the secret in the address.
const PARAMETER: &str = "token";

/// The hints of a webhook whose address holds one of the tokens, each record once.
pub(super) fn hints(
    tokens: &[SecretString],
    enterprise_id: Option<&str>,
    request: &PushRequest<'_>,
) -> Result<Vec<Hint>, PushError> {
    if tokens.is_empty() {
        return Err(PushError::NotSupported);
    }
    let query = request.uri.split_once('?').map_or("", |(_, query)| query);
    let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == PARAMETER);
    let (_, given) = given.ok_or(PushError::BadSignature)?;
    let is_given =
        |token: &SecretString| bool::from(token.expose_secret().as_bytes().ct_eq(given.as_bytes()));
    // Every token is compared, so that the time says nothing of which one is nearly right.
    if tokens.iter().filter(|token| is_given(token)).count() == 0 {
        return Err(PushError::BadSignature);
    }
    let push: Push = serde_json::from_slice(request.body).map_err(|_| PushError::BadBody)?;
    let events = match (push.events, push.action) {
        (Some(events), _) => events,
        (None, Some(_)) => return Ok(Vec::new()),
        (None, None) => return Err(PushError::BadBody),
    };
    if enterprise_id.is_some() && enterprise_id != push.enterprise_id.as_deref() {
        return Ok(Vec::new());
    }
    let subjects: BTreeSet<RemoteRef> = events.iter().filter_map(subject).collect();
    Ok(subjects.into_iter().map(|subject| Hint { subject, deleted: false }).collect())
}

/// The record that an event is about. Payments are named by their own id, which only their feed can follow.
fn subject(event: &Event) -> Option<RemoteRef> {
    let kind = match event.discriminator.as_str() {
        "ServiceOrderUpdated" => RecordKind::Reservation,
        "CustomerAdded" | "CustomerUpdated" => RecordKind::Person,
        _ => return None,
    };
    let id = event.value.as_ref()?.id.as_deref()?;
    Some(RemoteRef::new(kind, ExternalId::new(id)))
}
