//! The real program, run in a folder of its own with nothing of the machine's environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder with a configuration, a state folder and a credentials folder.
pub(crate) struct Program {
    folder: TempDir,
}

/// What a run of the program left behind.
pub(crate) struct Run {
    /// Its exit code.
    pub(crate) code: i32,
    /// What it printed, the folder's own path replaced by `DIR`.
    pub(crate) out: String,
    /// What it said beside that, the folder's own path replaced by `DIR`.
    pub(crate) err: String,
}

impl Program {
    /// A program with this configuration.
    pub(crate) fn with(configuration: &str) -> Self {
        let program = Self { folder: tempfile::tempdir().expect("a folder") };
        for folder in ["state", "credentials"] {
            std::fs::create_dir(program.path(folder)).expect("a folder");
        }
        program.write("cardex.toml", configuration);
        program
    }

    /// A path inside the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// A command of the program that is not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardex"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("CARDEX_CONFIG", self.path("cardex.toml"))
            .env("STATE_DIRECTORY", self.path("state"))
            .env("CREDENTIALS_DIRECTORY", self.path("credentials"))
            .env("USER", "ana")
            .current_dir(self.folder.path());
        command
    }

    /// Runs the program with the words of one line.
    pub(crate) fn run(&self, line: &str) -> Run {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        self.finish(&mut self.command(&arguments))
    }

    /// Runs a command to its end.
    pub(crate) fn finish(&self, command: &mut Command) -> Run {
        Run::of(&command.output().expect("the program runs"), self.folder.path())
    }
}

impl Run {
    fn of(output: &Output, folder: &Path) -> Self {
        let text = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .replace(folder.to_str().expect("a path of plain characters"), "DIR")
        };
        Self {
            code: output.status.code().expect("the program ends by itself"),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}
