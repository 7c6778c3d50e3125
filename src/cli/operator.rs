//! `cardex operator`: who may use the desk, and what operators have done.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Serialize;
use std::io::{BufRead as _, IsTerminal as _};

use super::{Context, Exit, Failure, Line, with_store};
use crate::model::{AuditLine, Operator, OperatorId, OperatorRole};
use crate::operators;
use crate::store::{AuditFilter, OperatorChange};

/// What to do with the operators.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Add an operator; his password is asked for, or read from standard input
    Add(Add),
    /// Show the operators
    List,
    /// Give an operator another role
    Role(Add),
    /// Keep an operator from signing in, and end his sessions
    Disable(Named),
    /// Let an operator sign in again
    Enable(Named),
    /// Give an operator a new password, and end his sessions
    Passwd(Named),
    /// Show who has signed in, decided, changed operators and tokens, and looked at protected data, newest first
    Log(Log),
}

/// The arguments of `operator log`.
#[derive(Debug, clap::Args)]
pub(super) struct Log {
    /// What this operator or token has done
    name: Option<String>,
    /// Show at most so many lines
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

/// The arguments of `operator add` and `operator role`.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    #[command(flatten)]
    named: Named,
    /// What he may do: viewer (look), operator (decide), administrator (stop and resume systems too)
    #[arg(long, value_parser = role, default_value = "operator")]
    role: OperatorRole,
}

/// Who is meant.
#[derive(Debug, clap::Args)]
pub(super) struct Named {
    /// The name that he signs in with: letters, digits and . _ - @
    #[arg(value_parser = name)]
    name: OperatorId,
    /// Who does this, for the audit
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    by: String,
}

fn role(text: &str) -> Result<OperatorRole, String> {
    OperatorRole::named(text).ok_or_else(|| "it is viewer, operator or administrator".to_owned())
}

fn name(text: &str) -> Result<OperatorId, String> {
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '@');
    if text.is_empty() || text.len() > 64 || !text.chars().all(is_plain) {
        return Err("it is 1 to 64 letters, digits and . _ - @".to_owned());
    }
    Ok(OperatorId::new(text.to_lowercase()))
}

/// An operator as he is shown.
#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    role: &'static str,
    created_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
}

impl From<Operator> for Shown {
    fn from(operator: Operator) -> Self {
        let Operator { name, role, created_at, disabled_at } = operator;
        Self { name: name.to_string(), role: role.name(), created_at, disabled_at }
    }
}

impl Line for Shown {
    const HEAD: &'static [&'static str] = &["name", "role", "since", "disabled"];
    fn cells(&self) -> Vec<String> {
        let day = |at: DateTime<Utc>| at.format("%Y-%m-%d").to_string();
        vec![
            self.name.clone(),
            self.role.to_owned(),
            day(self.created_at),
            self.disabled_at.map(day).unwrap_or_default(),
        ]
    }
}

pub(super) async fn run(command: Command, context: &mut Context) -> anyhow::Result<Exit> {
    match command {
        Command::Add(wanted) => add(wanted, context).await,
        Command::List => list(context).await,
        Command::Role(wanted) => {
            let change = OperatorChange::Role(wanted.role);
            change_one(&wanted.named, &change, "has another role", context).await
        }
        Command::Disable(named) => {
            let change = OperatorChange::Disabled(Some(context.clock.now()));
            change_one(&named, &change, "may not sign in any more", context).await
        }
        Command::Enable(named) => {
            change_one(&named, &OperatorChange::Disabled(None), "may sign in again", context).await
        }
        Command::Passwd(named) => {
            let change = OperatorChange::Password(hash(&password()?, &named.name)?);
            change_one(&named, &change, "has a new password", context).await
        }
        Command::Log(wanted) => log(wanted, context).await,
    }
}

async fn add(wanted: Add, context: &mut Context) -> anyhow::Result<Exit> {
    let Add { named: Named { name, by }, role } = wanted;
    let hash = hash(&password()?, &name)?;
    let store = with_store::to_decide(context).await?;
    let operator = Operator { name, role, created_at: context.clock.now(), disabled_at: None };
    let is_new = store.add_operator(&operator, &hash, &OperatorId::new(by)).await?;
    store.close().await;
    if !is_new {
        let known = Failure::new(Exit::BadInput, format!("there is an operator `{}` already", operator.name));
        return Err(known.hint("`cardex operator passwd` gives a new password").into());
    }
    context.output.object(&Shown::from(operator.clone()), || format!("{} may sign in", operator.name))?;
    Ok(Exit::Success)
}

async fn list(context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let shown: Vec<Shown> = store.operators().await?.into_iter().map(Shown::from).collect();
    store.close().await;
    context.output.lines(&shown, "there is no operator yet: `cardex operator add NAME`")?;
    Ok(Exit::Success)
}

async fn change_one(
    Named { name, by }: &Named,
    change: &OperatorChange,
    done: &str,
    context: &mut Context,
) -> anyhow::Result<Exit> {
    let store = with_store::to_decide(context).await?;
    let is_known =
        store.change_operator(name, change, &OperatorId::new(by.as_str()), context.clock.now()).await?;
    let operator = store.operator(name).await?;
    store.close().await;
    let (true, Some((operator, _))) = (is_known, operator) else {
        let unknown = Failure::new(Exit::NoInput, format!("there is no operator `{name}`"));
        return Err(unknown.hint("`cardex operator list` shows those that there are").into());
    };
    context.output.object(&Shown::from(operator), || format!("{name} {done}"))?;
    Ok(Exit::Success)
}

/// A line of the audit as it is shown.
#[derive(Debug, Serialize)]
struct Done {
    at: DateTime<Utc>,
    who: String,
    door: &'static str,
    deed: &'static str,
    about: String,
}

impl From<AuditLine> for Done {
    fn from(line: AuditLine) -> Self {
        let AuditLine { at, who, door, deed, about, .. } = line;
        Self { at, who: who.to_string(), door: door.name(), deed: deed.name(), about }
    }
}

impl Line for Done {
    const HEAD: &'static [&'static str] = &["at", "who", "door", "deed", "about"];
    fn cells(&self) -> Vec<String> {
        let at = self.at.format("%Y-%m-%d %H:%M:%S").to_string();
        let who = if self.who.is_empty() { "(nobody known)" } else { &self.who };
        vec![at, who.to_owned(), self.door.to_owned(), self.deed.to_owned(), self.about.clone()]
    }
}

async fn log(wanted: Log, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    let filter = AuditFilter { who: wanted.name.map(OperatorId::new), before: None };
    let lines = store.audit(&filter, wanted.limit).await?;
    store.close().await;
    let done: Vec<Done> = lines.into_iter().map(Done::from).collect();
    context.output.lines(&done, "nobody has done anything yet")?;
    Ok(Exit::Success)
}

/// Asks for a password twice, or reads the first line of standard input where nobody can be asked.
fn password() -> anyhow::Result<SecretString> {
    let mut input = std::io::stdin().lock();
    if !input.is_terminal() {
        let mut line = String::new();
        input.read_line(&mut line).context("could not read the password from standard input")?;
        return Ok(line.trim_end_matches(['\r', '\n']).into());
    }
    drop(input);
    let ask = |words| rpassword::prompt_password(words).context("could not read the password");
    let first = ask("Password: ")?;
    if first != ask("The same again: ")? {
        return Err(Failure::new(Exit::BadInput, "the two passwords differ").into());
    }
    Ok(first.into())
}

fn hash(password: &SecretString, name: &OperatorId) -> anyhow::Result<String> {
    operators::hash(password, name.as_str())
        .map_err(|error| Failure::new(Exit::BadInput, error.to_string()).into())
}
