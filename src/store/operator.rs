//! Operators, their sessions, and who failed to sign in.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::any::AnyRow;

use super::audit;
use super::error::StoreError;
use super::open::Store;
use super::sql::{Binds, Columns, Statement, execute, fetch, row, statements};
use crate::model::{Deed, Failures, Operator, OperatorId, OperatorRole as Role};

const TABLE: &str = "operator";
/// Failures are forgotten after so long.
const KEPT: TimeDelta = TimeDelta::days(1);

statements! {
    ONE("t", "") = "select name, role, created_at, disabled_at, password_hash from operator where name = $1";
    EVERY("", "") = "select name, role, created_at, disabled_at from operator order by name";
    ADD("ttti", "") = "insert into operator (name, role, password_hash, created_at) values ($1, $2, $3, $4)
        on conflict (name) do nothing";
    SET_PASSWORD("tt", "") = "update operator set password_hash = $2 where name = $1";
    SET_ROLE("tt", "") = "update operator set role = $2 where name = $1";
    SET_DISABLED("ti", "") = "update operator set disabled_at = $2 where name = $1";
    END_SESSIONS("t", "") = "delete from session where operator = $1";
    BEGIN("ttii", "") = "insert into session (secret_hash, operator, created_at, seen_at)
        values ($1, $2, $3, $4)";
    END_OLD("i", "") = "delete from session where created_at < $1";
    SESSION("t", "") = "select o.name, o.role, o.created_at, o.disabled_at, s.created_at, s.seen_at
        from session s join operator o on o.name = s.operator where s.secret_hash = $1";
    SEE("ti", "") = "update session set seen_at = $2 where secret_hash = $1";
    END("t", "") = "delete from session where secret_hash = $1";
    FAILURES("t", "") = "select count, last_at from sign_in_failure where who = $1";
    NOTE_FAILURE("ti", "") = "insert into sign_in_failure (who, count, last_at) values ($1, 1, $2)
        on conflict (who) do update set count = sign_in_failure.count + 1, last_at = excluded.last_at";
    FORGET_OLD("i", "") = "delete from sign_in_failure where last_at < $1";
    FORGET("t", "") = "delete from sign_in_failure where who = $1";
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSession {
    /// Whose it is.
    pub operator: OperatorId,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, nearly.
    pub seen_at: DateTime<Utc>,
}

/// What is changed of an operator. Everything ends his sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorChange {
    /// His password, as a hash.
    Password(String),
    /// What he may do.
    Role(Role),
    /// Since when he may not sign in; `None`: he may again.
    Disabled(Option<DateTime<Utc>>),
}

impl OperatorChange {
    fn in_words(&self) -> String {
        match self {
            Self::Password(_) => "password".to_owned(),
            Self::Role(role) => format!("role {}", role.name()),
            Self::Disabled(Some(_)) => "disabled".to_owned(),
            Self::Disabled(None) => "enabled".to_owned(),
        }
    }
}

impl Store {
    /// An operator with the hash of his password.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or the row cannot be read.
    pub async fn operator(
        &self,
        name: &OperatorId,
    ) -> Result<Option<(Operator, Option<String>)>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &ONE, row![name.as_str()], vec![]).await?;
        let read = |row: &AnyRow| {
            let mut columns = Columns::of(row, TABLE);
            Ok((operator(&mut columns)?, columns.maybe_text()?))
        };
        rows.first().map(read).transpose()
    }

    /// Every operator, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &EVERY, row![], vec![]).await?;
        rows.iter().map(|row| operator(&mut Columns::of(row, TABLE))).collect()
    }

    /// Adds an operator; `false` when there is one of this name.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn add_operator(
        &self,
        operator: &Operator,
        password_hash: &str,
        by: &OperatorId,
    ) -> Result<bool, StoreError> {
        let Operator { name, role, created_at, .. } = operator;
        let fixed = row![name.as_str(), role.name(), password_hash, *created_at];
        let about = format!("{name}: role {}", role.name());
        let line = self.line(*created_at, by, Deed::OperatorAdded, &about);
        Ok(self.change_operators(&[(&ADD, fixed)], Some(line)).await? > 0)
    }

    /// Changes an operator and ends his sessions; `false` when there is none of this name.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn change_operator(
        &self,
        name: &OperatorId,
        change: &OperatorChange,
        by: &OperatorId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let changing = match change {
            OperatorChange::Password(hash) => (&SET_PASSWORD, row![name.as_str(), hash.as_str()]),
            OperatorChange::Role(role) => (&SET_ROLE, row![name.as_str(), role.name()]),
            OperatorChange::Disabled(at) => (&SET_DISABLED, row![name.as_str(), *at]),
        };
        let ended = (&END_SESSIONS, row![name.as_str()]);
        let line = self.line(now, by, Deed::OperatorChanged, &format!("{name}: {}", change.in_words()));
        Ok(self.change_operators(&[changing, ended], Some(line)).await? > 0)
    }

    /// Begins a session, and forgets those that began before `oldest`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn begin_session(
        &self,
        secret_hash: &str,
        session: &KeptSession,
        oldest: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let KeptSession { operator, created_at, seen_at } = session;
        let begun = row![secret_hash, operator.as_str(), *created_at, *seen_at];
        let line = self.line(*created_at, operator, Deed::SignedIn, "");
        self.change_operators(&[(&BEGIN, begun), (&END_OLD, row![oldest])], Some(line)).await?;
        Ok(())
    }

    /// A session with its operator.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or the row cannot be read.
    pub async fn session(&self, secret_hash: &str) -> Result<Option<(Operator, KeptSession)>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &SESSION, row![secret_hash], vec![]).await?;
        let read = |row: &AnyRow| {
            let mut columns = Columns::of(row, TABLE);
            let operator = operator(&mut columns)?;
            let session = KeptSession {
                operator: operator.name.clone(),
                created_at: columns.instant()?,
                seen_at: columns.instant()?,
            };
            Ok((operator, session))
        };
        rows.first().map(read).transpose()
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn see_session(&self, secret_hash: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.change_operators(&[(&SEE, row![secret_hash, now])], None).await.map(drop)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn end_session(&self, secret_hash: &str) -> Result<(), StoreError> {
        self.change_operators(&[(&END, row![secret_hash])], None).await.map(drop)
    }

    /// How often signing in with a name failed lately; whether anybody has the name does not matter.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn wrong_passwords(&self, who: &OperatorId) -> Result<Option<Failures>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &FAILURES, row![who.as_str()], vec![]).await?;
        let read = |row: &AnyRow| {
            let mut columns = Columns::of(row, "sign_in_failure");
            let count = u32::try_from(columns.int()?).unwrap_or(u32::MAX);
            Ok(Failures { count, last_at: columns.instant()? })
        };
        rows.first().map(read).transpose()
    }

    /// Notes that signing in failed, and forgets what is long ago. The audit names only an operator that there is: what
    /// was typed in the place of a name may be anything.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn note_wrong_password(
        &self,
        who: &OperatorId,
        is_known: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let noted = (&NOTE_FAILURE, row![who.as_str(), now]);
        let named = if is_known { who.clone() } else { OperatorId::new("") };
        let line = self.line(now, &named, Deed::Refused, "");
        self.change_operators(&[noted, (&FORGET_OLD, row![now - KEPT])], Some(line)).await.map(drop)
    }

    /// Forgets the failures of a name: somebody has signed in.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn forget_wrong_passwords(&self, who: &OperatorId) -> Result<(), StoreError> {
        self.change_operators(&[(&FORGET, row![who.as_str()])], None).await.map(drop)
    }

    /// Runs statements in one transaction; how many rows the first has changed. The line of the audit is appended when
    /// there are any.
    async fn change_operators(
        &self,
        statements: &[(&Statement, Binds)],
        line: Option<Binds>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.writer().await?;
        let mut first = None;
        for (statement, fixed) in statements {
            let changed = execute(&mut transaction, statement, fixed.clone(), vec![]).await?;
            first.get_or_insert(changed);
        }
        let changed = first.unwrap_or_default();
        if changed > 0 {
            audit::append(&mut transaction, line.into_iter().collect()).await?;
        }
        transaction.commit().await?;
        Ok(changed)
    }
}

fn operator(columns: &mut Columns<'_>) -> Result<Operator, StoreError> {
    let name = OperatorId::new(columns.text()?);
    Ok(Operator {
        name,
        role: columns.word(Role::named)?,
        created_at: columns.instant()?,
        disabled_at: columns.maybe_instant()?,
    })
}
