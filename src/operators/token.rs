//! Tokens: what other programs show instead of a password. They are as long as the secrets of sessions, so nobody guesses
//! one, and the store finds them by their hash, so nobody measures one.

use chrono::TimeDelta;

use super::secret::Secret;
use crate::clock::Clock;
use crate::model::{OperatorId, Scope, Token};
use crate::store::{Store, StoreError};

/// How exactly it is noted when a token was last used: not every request writes.
const NOTED: TimeDelta = TimeDelta::minutes(1);

/// Why there is no new token.
#[derive(Debug, thiserror::Error)]
pub enum NoToken {
    /// One of this name is there and not revoked.
    #[error("there is a token `{0}` already")]
    Known(String),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    NoChance,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a token, and gives the secret that its program has to show: nobody is told it again.
///
/// # Errors
/// [`NoToken`]
pub async fn issue(
    store: &Store,
    clock: &Clock,
    name: &str,
    scopes: &[Scope],
    lasts: Option<TimeDelta>,
    by: &OperatorId,
) -> Result<(Secret, Token), NoToken> {
    let now = clock.now();
    let secret = Secret::new().ok_or(NoToken::NoChance)?;
    let mut scopes = scopes.to_vec();
    scopes.sort();
    scopes.dedup();
    let expires_at = lasts.and_then(|lasts| now.checked_add_signed(lasts));
    let token =
        Token { name: name.to_owned(), scopes, created_at: now, expires_at, revoked_at: None, used_at: None };
    if store.add_token(&token, &secret.hash(), by).await? {
        Ok((secret, token))
    } else {
        Err(NoToken::Known(name.to_owned()))
    }
}

/// The token that a secret is; `None` for one that nobody has and one that is not in force.
///
/// # Errors
/// The store did not answer.
pub async fn recognise(store: &Store, clock: &Clock, secret: &Secret) -> Result<Option<Token>, StoreError> {
    let (now, hash) = (clock.now(), secret.hash());
    let known = store.token(&hash).await?.filter(|token| token.is_in_force(now));
    let Some(token) = known else { return Ok(None) };
    if token.used_at.is_none_or(|used| now - used > NOTED) {
        store.see_token(&hash, now).await?;
    }
    Ok(Some(token))
}
