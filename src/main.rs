//! The cardex binary: arguments and exit code. Everything else is [`cardex::cli`].

use cardex::cli;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = match cli::arguments(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err((text, exit)) => {
            if exit == cli::Exit::Success {
                print!("{text}");
            } else {
                eprint!("{text}");
            }
            return exit.into();
        }
    };
    match cli::run(arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprint!("{}", cli::told(&error));
            cli::Exit::of(&error).into()
        }
    }
}
