//! `cardex token`: which other programs may ask, and for what.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};

use super::{Context, Exit, Failure, Line, with_store};
use crate::model::{OperatorId, Scope, Token};
use crate::operators::{self, NoToken, Secret};

/// What to do with the tokens.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a token and print it, once
    Add(Add),
    /// Show the tokens, without what their programs show
    List,
    /// Put a token out of force
    Revoke(Named),
}

/// The arguments of `token add`.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    #[command(flatten)]
    named: Named,
    /// What it allows: reviews:read, reviews:decide, profiles:read, profiles:sensitive, systems:read, systems:manage
    #[arg(long = "scope", value_parser = scope, required = true)]
    scopes: Vec<Scope>,
    /// How many days it is in force [default: until it is revoked]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    expires: Option<u16>,
}

/// Which token is meant.
#[derive(Debug, clap::Args)]
pub(super) struct Named {
    /// What it is called: letters, digits and . _ -
    #[arg(value_parser = name)]
    name: String,
    /// Who does this, for the audit
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    by: String,
}

fn scope(text: &str) -> Result<Scope, String> {
    let all = || Scope::ALL.map(Scope::name).join(", ");
    Scope::named(text).ok_or_else(|| format!("it is one of {}", all()))
}

fn name(text: &str) -> Result<String, String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if text.is_empty() || text.len() > 64 || !text.chars().all(is_plain) {
        return Err("it is 1 to 64 letters, digits and . _ -".to_owned());
    }
    Ok(text.to_owned())
}

/// A token as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    scopes: Vec<&'static str>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
    /// What the program has to show; only when it has just been made.
    #[serde(serialize_with = "once", skip_serializing_if = "Option::is_none")]
    token: Option<Secret>,
}

#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn once<S: Serializer>(secret: &Option<Secret>, out: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(out)
}

impl Shown {
    fn of(token: Token, secret: Option<Secret>) -> Self {
        let Token { name, scopes, created_at, expires_at, revoked_at, used_at } = token;
        let scopes = scopes.into_iter().map(Scope::name).collect();
        Self { name, scopes, created_at, expires_at, revoked_at, used_at, token: secret }
    }
}

impl Line for Shown {
    const HEAD: &'static [&'static str] = &["name", "scopes", "since", "until", "revoked", "last used"];
    fn cells(&self) -> Vec<String> {
        let day = |at: DateTime<Utc>| at.format("%Y-%m-%d").to_string();
        vec![
            self.name.clone(),
            self.scopes.join(" "),
            day(self.created_at),
            self.expires_at.map(day).unwrap_or_default(),
            self.revoked_at.map(day).unwrap_or_default(),
            self.used_at.map(day).unwrap_or_default(),
        ]
    }
}

pub(super) async fn run(command: Command, context: &mut Context) -> anyhow::Result<Exit> {
    match command {
        Command::Add(wanted) => add(wanted, context).await,
        Command::List => list(context).await,
        Command::Revoke(wanted) => revoke(wanted, context).await,
    }
}

async fn add(wanted: Add, context: &mut Context) -> anyhow::Result<Exit> {
    let Add { named: Named { name, by }, scopes, expires } = wanted;
    let lasts = expires.map(|days| TimeDelta::days(days.into()));
    let store = with_store::to_decide(context).await?;
    let by = OperatorId::new(by);
    let issued = operators::issue(&store, &context.clock, &name, &scopes, lasts, &by).await;
    store.close().await;
    let (secret, token) = issued.map_err(|error| match error {
        NoToken::Known(_) => {
            let known = Failure::new(Exit::BadInput, error.to_string());
            anyhow::Error::from(known.hint("`cardex token revoke` puts it out of force"))
        }
        NoToken::NoChance | NoToken::Store(_) => error.into(),
    })?;
    let shown = Shown::of(token, Some(secret.clone()));
    context.output.object(&shown, || secret.expose().to_owned())?;
    Ok(Exit::Success)
}

async fn list(context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let tokens = store.tokens().await?;
    store.close().await;
    let shown: Vec<Shown> = tokens.into_iter().map(|token| Shown::of(token, None)).collect();
    context.output.lines(&shown, "there is no token yet: `cardex token add NAME --scope SCOPE`")?;
    Ok(Exit::Success)
}

/// A token that is out of force.
#[derive(Debug, Serialize)]
struct Revoked {
    name: String,
}

async fn revoke(Named { name, by }: Named, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_decide(context).await?;
    let revoked = store.revoke_token(&name, &OperatorId::new(by), context.clock.now()).await?;
    store.close().await;
    if !revoked {
        let unknown = Failure::new(Exit::NoInput, format!("there is no token `{name}` in force"));
        return Err(unknown.hint("`cardex token list` shows those that there are").into());
    }
    context.output.object(&Revoked { name: name.clone() }, || format!("{name} is revoked"))?;
    Ok(Exit::Success)
}
