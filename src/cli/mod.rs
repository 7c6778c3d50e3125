//! The command line: one file per command.
//!
//! A command reads its arguments, asks the store, the connectors or the configuration, and prints. It decides nothing
//! about guests or stays itself.

mod completions;
mod config;
mod demo;
mod doctor;
mod duplicates;
mod exit;
mod explain;
mod failure;
mod find;
mod hub;
mod import;
mod import_source;
mod man;
mod operator;
mod output;
mod profile;
mod progress;
mod queue;
mod review;
mod run;
mod signals;
mod status;
mod sync;
mod token;
mod with_store;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

pub use exit::Exit;
pub use failure::{Failure, told};
pub use output::{Format, Line, Output};

use crate::clock::Clock;
use crate::config::{Config, Log, LogFormat, Sources};
use crate::telemetry;

/// Keeps hotel PMSs and CRMs telling the same truth about the same guests and stays.
#[derive(Debug, Parser)]
#[command(name = "cardex", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Arguments {
    /// The site's configuration file [default: ~/.config/cardex/cardex.toml, else /etc/cardex/cardex.toml]
    #[arg(long, global = true, value_name = "FILE", env = "CARDEX_CONFIG")]
    config: Option<PathBuf>,
    /// The form of the output
    #[arg(long, global = true, value_enum, default_value_t)]
    output: Format,
    /// The form of the log on standard error, in place of the configured one
    #[arg(long, global = true, value_enum, value_name = "FORM")]
    log_format: Option<LogFormat>,
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Keep the systems in step until told to stop: the daemon
    Run,
    /// Ask the systems for changes once, now, and deliver what follows
    Sync(sync::Arguments),
    /// Take in everything that a system remembers, once, beside the daemon
    Import(import::Arguments),
    /// Watch a small hotel and a small CRM being kept in step, with nothing to install or configure
    Demo(demo::Arguments),
    /// Show how each system stands, or how one record stands at each system
    Status(status::Arguments),
    /// Show where a record's values came from, what they beat, and why a system shows something else
    Explain(explain::Arguments),
    /// Find profiles, and show everything that is known of one
    #[command(subcommand)]
    Profile(profile::Command),
    /// Show, retry or drop work that waits or was given up
    #[command(subcommand)]
    Queue(queue::Command),
    /// Show and decide what waits for a human: conflicts, holds, quarantines, duplicates, proposals, work
    #[command(subcommand)]
    Review(review::Command),
    /// Find profiles that are one person, and say how well that works
    #[command(subcommand)]
    Duplicates(duplicates::Command),
    /// Say who may use the desk
    #[command(subcommand)]
    Operator(operator::Command),
    /// Say which other programs may ask, and for what
    #[command(subcommand)]
    Token(token::Command),
    /// Look at the configuration, the store and every system, and say what is wrong
    Doctor(doctor::Arguments),
    /// Check or show the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Write the completions of a shell to standard output
    #[command(hide = true)]
    Completions(completions::Arguments),
    /// Write the manual page to standard output
    #[command(hide = true)]
    Man,
}

/// What every command is given.
struct Context {
    config: Config,
    output: Output,
    clock: Clock,
}

/// Reads the arguments.
///
/// # Errors
/// The text to print (help and version included), and the code to end with.
pub fn arguments(given: impl IntoIterator<Item = OsString>) -> Result<Arguments, (String, Exit)> {
    Arguments::try_parse_from(given).map_err(|error| {
        let asked = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion].contains(&error.kind());
        let exit = if asked { Exit::Success } else { Exit::Usage };
        (error.to_string(), exit)
    })
}

/// Does what the arguments say, and says how it ended.
///
/// # Errors
/// Whatever went wrong; [`told`] and [`Exit::of`] turn it into words and a code.
pub fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        Command::Completions(wanted) => return completions::run(wanted),
        Command::Man => return man::run(),
        Command::Demo(wanted) => return demo::run(wanted),
        Command::Duplicates(wanted) => {
            if let Some(done) = duplicates::alone(wanted, arguments.output) {
                return done;
            }
        }
        Command::Run
        | Command::Sync(_)
        | Command::Import(_)
        | Command::Status(_)
        | Command::Explain(_)
        | Command::Profile(_)
        | Command::Review(_)
        | Command::Queue(_)
        | Command::Operator(_)
        | Command::Token(_)
        | Command::Doctor(_)
        | Command::Config(_) => {}
    }
    let config = Config::load(&Sources::of_process(arguments.config))?;
    telemetry::start_log(&Log {
        format: arguments.log_format.unwrap_or(config.log.format),
        level: log_level(&config, &arguments.command),
    })?;
    telemetry::start_metrics()?;
    let mut context = Context { config, output: Output::new(arguments.output), clock: Clock::system() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let exit = runtime.block_on(arguments.command.run(&mut context))?;
    context.output.print()?;
    Ok(exit)
}

/// Commands that answer a question say on standard error only what went wrong; what a library finds slow is not that.
fn log_level(config: &Config, command: &Command) -> String {
    let asked = std::env::var_os("CARDEX__LOG__LEVEL").is_some();
    if asked || matches!(command, Command::Run) {
        config.log.level.clone()
    } else {
        "error,cardex=warn".to_owned()
    }
}

impl Command {
    async fn run(self, context: &mut Context) -> anyhow::Result<Exit> {
        match self {
            Self::Run => run::run(context).await,
            Self::Sync(arguments) => sync::run(arguments, context).await,
            Self::Import(arguments) => import::run(arguments, context).await,
            Self::Demo(arguments) => demo::run(&arguments),
            Self::Status(arguments) => status::run(arguments, context).await,
            Self::Explain(arguments) => explain::run(arguments, context).await,
            Self::Review(command) => review::run(command, context).await,
            Self::Profile(command) => profile::run(command, context).await,
            Self::Queue(command) => queue::run(command, context).await,
            Self::Duplicates(command) => duplicates::run(command, context).await,
            Self::Operator(command) => operator::run(command, context).await,
            Self::Token(command) => token::run(command, context).await,
            Self::Doctor(arguments) => doctor::run(arguments, context).await,
            Self::Config(command) => config::run(&command, context),
            Self::Completions(arguments) => completions::run(&arguments),
            Self::Man => man::run(),
        }
    }
}
