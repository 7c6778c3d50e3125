//! Tokens of other programs, by the hash of what they show.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

use super::audit;
use super::error::StoreError;
use super::open::Store;
use super::sql::{Columns, execute, fetch, row, statements};
use crate::model::{Deed, OperatorId, Scope, Token};

const TABLE: &str = "api_token";

statements! {
    BY_HASH("t", "") = "select name, scopes, created_at, expires_at, revoked_at, used_at from api_token
        where secret_hash = $1";
    EVERY("", "") = "select name, scopes, created_at, expires_at, revoked_at, used_at from api_token order by name";
    // A name is free again once its token is revoked.
    ADD("tttii", "") = "insert into api_token (name, secret_hash, scopes, created_at, expires_at)
        values ($1, $2, $3, $4, $5)
        on conflict (name) do update set secret_hash = excluded.secret_hash, scopes = excluded.scopes,
            created_at = excluded.created_at, expires_at = excluded.expires_at, revoked_at = null, used_at = null
        where api_token.revoked_at is not null";
    REVOKE("ti", "") = "update api_token set revoked_at = $2 where name = $1 and revoked_at is null";
    USED("ti", "") = "update api_token set used_at = $2 where secret_hash = $1";
}

impl Store {
    /// The token whose hash this is, in force or not.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or the row cannot be read.
    pub async fn token(&self, secret_hash: &str) -> Result<Option<Token>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &BY_HASH, row![secret_hash], vec![]).await?;
        rows.first().map(token).transpose()
    }

    /// Every token, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &EVERY, row![], vec![]).await?;
        rows.iter().map(token).collect()
    }

    /// Adds a token; `false` when one of this name is not revoked.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn add_token(
        &self,
        token: &Token,
        secret_hash: &str,
        by: &OperatorId,
    ) -> Result<bool, StoreError> {
        let Token { name, created_at, expires_at, .. } = token;
        let scopes = words(&token.scopes);
        let fixed = row![name.as_str(), secret_hash, scopes.as_str(), *created_at, *expires_at];
        let mut transaction = self.writer().await?;
        if execute(&mut transaction, &ADD, fixed, vec![]).await? == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        let line = self.line(*created_at, by, Deed::TokenAdded, &format!("{name}: {scopes}"));
        audit::append(&mut transaction, vec![line]).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Revokes a token; `false` when there is none of this name in force.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn revoke_token(
        &self,
        name: &str,
        by: &OperatorId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.writer().await?;
        if execute(&mut transaction, &REVOKE, row![name, now], vec![]).await? == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        audit::append(&mut transaction, vec![self.line(now, by, Deed::TokenRevoked, name)]).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn see_token(&self, secret_hash: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let fixed = row![secret_hash, now];
        execute(&mut *self.single_writer().await?, &USED, fixed, vec![]).await.map(drop)
    }
}

fn words(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
}

fn token(row: &AnyRow) -> Result<Token, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    Ok(Token {
        name: columns.text()?,
        scopes: columns.word(|words| words.split_whitespace().map(Scope::named).collect())?,
        created_at: columns.instant()?,
        expires_at: columns.maybe_instant()?,
        revoked_at: columns.maybe_instant()?,
        used_at: columns.maybe_instant()?,
    })
}
