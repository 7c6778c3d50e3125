//! `cardex man`: the manual page, with every command and every exit code.

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::io::Write;

use super::Exit;

pub(super) fn run() -> anyhow::Result<Exit> {
    let mut page = Vec::new();
    let command = super::Arguments::command();
    Man::new(command.clone()).render(&mut page)?;
    commands(&command).to_writer(&mut page)?;
    exit_codes().to_writer(&mut page)?;
    std::io::stdout().lock().write_all(&page)?;
    Ok(Exit::Success)
}

/// Every command and what it does, the nested ones too.
fn commands(command: &clap::Command) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        describe(&mut roff, inner.get_name(), inner);
        for nested in inner.get_subcommands().filter(|nested| !nested.is_hide_set()) {
            describe(&mut roff, &format!("{} {}", inner.get_name(), nested.get_name()), nested);
        }
    }
    roff
}

fn describe(roff: &mut Roff, name: &str, command: &clap::Command) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    roff.control("TP", []).text([bold(format!("cardex {name}"))]).text([roman(about)]);
}

fn exit_codes() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for exit in Exit::ALL {
        roff.control("TP", []).text([bold(exit.code().to_string())]).text([roman(exit.meaning())]);
    }
    roff
}
