//! Webhooks of the open contract: verified, then read as hints. Pure; a forged one costs nothing.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use smol_str::SmolStr;

use super::wire::{Name, Push};
use crate::connectors::{Hint, PushError, PushRequest};
use crate::model::{Capabilities, ExternalId, RecordKind, RemoteRef};

/// How far a webhook's time stamp may be from the hub's clock, in seconds.
const TOLERANCE_SECONDS: i64 = 300;
/// How many signatures of a webhook are looked at: one for the old secret, one for the new, and some to spare.
const MOST_SIGNATURES: usize = 8;

/// The hints of a webhook whose signature and time stamp are right.
///
/// `cardex-signature` is `v1=` and the hexadecimal HMAC-SHA256 of `{cardex-timestamp}.{body}`; several, separated by
/// commas, are allowed while the secret is being changed.
pub(super) fn hints(
    secrets: &[SecretString],
    capabilities: &Capabilities,
    request: &PushRequest<'_>,
) -> Result<Vec<Hint>, PushError> {
    if secrets.is_empty() {
        return Err(PushError::NotSupported);
    }
    let stamp = request.header("cardex-timestamp").ok_or(PushError::BadSignature)?;
    let signatures = request.header("cardex-signature").ok_or(PushError::BadSignature)?;
    let signatures = signatures.split(',').take(MOST_SIGNATURES);
    let signatures: Vec<Vec<u8>> =
        signatures.filter_map(|part| unhex(part.trim().strip_prefix("v1=")?)).collect();
    if !secrets.iter().any(|secret| is_signed(secret, stamp, request.body, &signatures)) {
        return Err(PushError::BadSignature);
    }
    let stamp: i64 = stamp.parse().map_err(|_| PushError::BadTime)?;
    if stamp.abs_diff(request.arrived_at) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(PushError::BadTime);
    }
    let push: Push = serde_json::from_slice(request.body).map_err(|_| PushError::BadBody)?;
    let known = push.events.into_iter().filter_map(|event| {
        let kind = RecordKind::parse(&event.kind).filter(|kind| capabilities.kinds.contains_key(kind))?;
        let subject = RemoteRef::new(kind, ExternalId::new(event.id));
        Some(Hint { subject, deleted: event.what == "deleted" })
    });
    Ok(known.collect())
}

/// What a webhook is known by when it comes a second time: the `id` of its body, where the system gives one. Without it
/// two changes of one record within a second look alike.
pub(super) fn stamp(request: &PushRequest<'_>) -> Option<SmolStr> {
    let named: Name = serde_json::from_slice(request.body).ok()?;
    Some(named.id.into())
}

/// Whether one of these is the signature under this secret, compared in constant time. The body is gone through once,
/// however many there are.
fn is_signed(secret: &SecretString, stamp: &str, body: &[u8], signatures: &[Vec<u8>]) -> bool {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
    let mut mac = mac.expect("HMAC takes a key of any length");
    mac.update(stamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}
