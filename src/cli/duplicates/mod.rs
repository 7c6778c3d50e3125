//! `cardex duplicates`: the detector of duplicates, by itself.

mod evaluate;
mod people;
mod train;

use super::{Exit, Format};

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Say how good the detector is on profiles of which it is known who is who; needs no hub and no configuration
    Evaluate(evaluate::Arguments),
    /// Fit the detector's weights to profiles of which it is known who is who
    Train(train::Arguments),
}

/// Does what needs no hub.
pub(super) fn run(command: &Command, format: Format) -> anyhow::Result<Exit> {
    match command {
        Command::Evaluate(wanted) => evaluate::run(wanted, format),
        Command::Train(wanted) => train::run(wanted),
    }
}
