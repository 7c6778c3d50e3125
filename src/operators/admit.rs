//! Signing in and being known afterwards.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use super::password;
use super::secret::Secret;
use super::throttle::{Wait, wait};
use crate::clock::Clock;
use crate::model::{Operator, OperatorId, OperatorRole as Role};
use crate::store::{KeptSession, Store, StoreError};

/// How long a session lasts without a request.
const IDLE: TimeDelta = TimeDelta::hours(2);
/// How long it lasts at the most: a shift.
const LONGEST: TimeDelta = TimeDelta::hours(12);
/// How exactly it is noted when a session was last used: not every request writes.
const NOTED: TimeDelta = TimeDelta::minutes(1);

/// Whoever has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// His name.
    pub name: OperatorId,
    /// What he may do.
    pub role: Role,
}

/// A session that has just begun.
#[derive(Debug)]
pub struct Session {
    /// What the browser shows from now on.
    pub secret: Secret,
    /// Who it is.
    pub operator: Admitted,
    /// How long it lasts at the most.
    pub lasts: TimeDelta,
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The name or the password is wrong, or the operator is disabled: nobody is told which.
    #[error("the name or the password is wrong")]
    Wrong,
    /// Too many tries failed.
    #[error("too many tries failed: wait {} s", .0.0.num_seconds() + 1)]
    Wait(Wait),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    NoChance,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lets somebody in who knows the password.
///
/// # Errors
/// [`Refused`]
pub async fn sign_in(
    store: &Store,
    clock: &Clock,
    name: &OperatorId,
    password: SecretString,
) -> Result<Session, Refused> {
    let now = clock.now();
    if let Some(wait) = wait(store.wrong_passwords(name).await?, now) {
        return Err(Refused::Wait(wait));
    }
    let known = store.operator(name).await?;
    let hash = known.as_ref().and_then(|(_, hash)| hash.clone());
    let checked = tokio::task::spawn_blocking(move || password::is_right(&password, hash.as_deref())).await;
    let is_known = known.is_some();
    let operator = known.map(|(operator, _)| operator).filter(|operator| operator.disabled_at.is_none());
    let (true, Some(operator)) = (checked.unwrap_or(false), operator) else {
        store.note_wrong_password(name, is_known, now).await?;
        return Err(Refused::Wrong);
    };
    store.forget_wrong_passwords(name).await?;
    begin(store, operator, now).await
}

/// Lets somebody in for whom a proxy vouches that the hotel trusts.
///
/// # Errors
/// [`Refused`]
pub async fn enter_vouched(store: &Store, clock: &Clock, name: &OperatorId) -> Result<Session, Refused> {
    let now = clock.now();
    let known = store.operator(name).await?.map(|(operator, _)| operator);
    match known.filter(|operator| operator.disabled_at.is_none()) {
        Some(operator) => begin(store, operator, now).await,
        None => Err(Refused::Wrong),
    }
}

async fn begin(store: &Store, operator: Operator, now: DateTime<Utc>) -> Result<Session, Refused> {
    let secret = Secret::new().ok_or(Refused::NoChance)?;
    let session = KeptSession { operator: operator.name.clone(), created_at: now, seen_at: now };
    store.begin_session(&secret.hash(), &session, now - LONGEST).await?;
    Ok(Session { secret, operator: Admitted { name: operator.name, role: operator.role }, lasts: LONGEST })
}

/// Whose session a secret is; `None` for nobody's, one that has ended, and that of an operator who is disabled.
///
/// # Errors
/// The store did not answer.
pub async fn show(store: &Store, clock: &Clock, secret: &Secret) -> Result<Option<Admitted>, StoreError> {
    let now = clock.now();
    let hash = secret.hash();
    let Some((operator, session)) = store.session(&hash).await? else { return Ok(None) };
    if operator.disabled_at.is_some() || has_ended(&session, now) {
        return Ok(None);
    }
    if now - session.seen_at > NOTED {
        store.see_session(&hash, now).await?;
    }
    Ok(Some(Admitted { name: operator.name, role: operator.role }))
}

/// Whether a secret is that of a session that goes on. Asking is no use of it: a page that lies open on a desk ends like
/// one that is closed.
///
/// # Errors
/// The store did not answer.
pub async fn goes_on(store: &Store, clock: &Clock, secret: &Secret) -> Result<bool, StoreError> {
    let known = store.session(&secret.hash()).await?;
    Ok(known.is_some_and(|(operator, session)| {
        operator.disabled_at.is_none() && !has_ended(&session, clock.now())
    }))
}

fn has_ended(session: &KeptSession, now: DateTime<Utc>) -> bool {
    now - session.seen_at > IDLE || now - session.created_at > LONGEST
}

/// Ends a session.
///
/// # Errors
/// The store did not answer.
pub async fn sign_out(store: &Store, secret: &Secret) -> Result<(), StoreError> {
    store.end_session(&secret.hash()).await
}
