//! A real Tryton for the tests: its own process, its own database, on free loopback ports.
//!
//! The servers and the template databases come from `tests/setup/tryton.sh`. An instance is a copy of the
//! template; it dies with the value. The tests talk to it directly (`client`), the code under test through
//! the `meter`, which counts what it writes. Nothing here may use the connector's code.

pub(crate) mod client;
pub(crate) mod meter;

use std::fmt::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use client::Client;
use meter::Meter;

/// How long a server may take until it answers; generous because the test machine may be busy.
const START_DEADLINE: Duration = Duration::from_mins(2);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// The two releases whose protocols differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    V8_2,
    V6_0,
}

impl Release {
    fn folder(self) -> &'static str {
        match self {
            Self::V8_2 => "8.2",
            Self::V6_0 => "6.0",
        }
    }
}

/// What differs from a plain instance; `start` copies the template, applies it and starts the server.
pub(crate) struct Setup {
    release: Release,
    config: String,
    sql: Vec<String>,
}

impl Setup {
    /// Adds lines to the server's configuration file, for example `"[session]\nmax_attempt = 1"`.
    pub(crate) fn config(mut self, lines: &str) -> Self {
        self.config.push_str(lines);
        self.config.push('\n');
        self
    }

    /// Runs a statement on the copied database before the server starts.
    pub(crate) fn sql(mut self, statement: &str) -> Self {
        self.sql.push(statement.to_owned());
        self
    }

    pub(crate) fn start(self) -> Tryton {
        let servers = servers(self.release);
        let dir = TempDir::new().expect("a temporary folder can be made");
        std::fs::create_dir(dir.path().join("files")).expect("the database folder can be made");
        std::fs::copy(servers.join("template.sqlite"), dir.path().join("files/crm.sqlite"))
            .expect("the template database can be copied");
        let port = free_port();
        let meter = Meter::start(port);
        let mut tryton = Tryton { release: self.release, servers, dir, port, process: None, meter };
        for statement in &self.sql {
            tryton.sql(statement);
        }
        tryton.write_config(&self.config);
        tryton.restart();
        tryton
    }
}

/// A running (or stopped) Tryton with one database called `crm` and the user `admin`, password `admin`.
pub(crate) struct Tryton {
    release: Release,
    servers: PathBuf,
    dir: TempDir,
    port: u16,
    process: Option<Child>,
    meter: Meter,
}

impl Tryton {
    pub(crate) const DATABASE: &str = "crm";
    pub(crate) const USER: &str = "admin";
    pub(crate) const PASSWORD: &str = "admin";

    /// A plain instance, answering.
    pub(crate) fn start(release: Release) -> Self {
        Self::setup(release).start()
    }

    pub(crate) fn setup(release: Release) -> Setup {
        Setup { release, config: String::new(), sql: Vec::new() }
    }

    /// Base address for the code under test: every request passes the meter.
    pub(crate) fn url(&self) -> String {
        self.meter.url()
    }

    /// What the code under test has sent.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// A client of the tests' own, logged in, that does not pass the meter.
    pub(crate) fn client(&self) -> Client {
        Client::login(self.port, self.release)
    }

    /// Kills the server, as a power cut would; the database and the port stay reserved for `restart`.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().ok();
            process.wait().ok();
        }
    }

    /// Starts the server again on the same port and database and waits until it answers.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let log = std::fs::File::create(self.dir.path().join("log")).expect("the log file can be made");
        let process = Command::new(self.servers.join("trytond"))
            .arg("-c")
            .arg(self.dir.path().join("trytond.conf"))
            .args(["-d", Self::DATABASE])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file handle can be copied"))
            .stderr(log)
            .spawn()
            .expect("trytond can be started");
        self.process = Some(process);
        self.await_answer();
    }

    /// The file of the server's database.
    pub(crate) fn database_file(&self) -> PathBuf {
        self.dir.path().join("files/crm.sqlite")
    }

    /// Ends every session on the server, as its time-out would.
    pub(crate) fn expire_sessions(&self) {
        self.sql("delete from ir_session");
    }

    /// Runs one statement on the database file, from outside the server.
    pub(crate) fn sql(&self, statement: &str) {
        let script = "import sqlite3, sys\n\
                      db = sqlite3.connect(sys.argv[1], timeout=30)\n\
                      db.execute(sys.argv[2])\n\
                      db.commit()";
        let status = Command::new(self.servers.join("python"))
            .args(["-c", script])
            .arg(self.database_file())
            .arg(statement)
            .status()
            .expect("the server's interpreter can be started");
        assert!(status.success(), "the statement `{statement}` failed");
    }

    fn write_config(&self, extra: &str) {
        let mut text = String::new();
        writeln!(text, "[database]\nuri = sqlite://\npath = {}", self.dir.path().join("files").display())
            .and_then(|()| writeln!(text, "[web]\nlisten = 127.0.0.1:{}", self.port))
            .expect("a string takes every write");
        if !extra.contains("[session]") {
            text.push_str("[session]\nauthentications = password\n");
        }
        text.push_str(extra);
        std::fs::write(self.dir.path().join("trytond.conf"), text).expect("the configuration can be written");
    }

    fn await_answer(&mut self) {
        let deadline = Instant::now() + START_DEADLINE;
        while Instant::now() < deadline {
            if let Some(process) = &mut self.process
                && let Some(status) = process.try_wait().expect("the server's state can be asked")
            {
                panic!("tryton ended with {status}: {}", self.log());
            }
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok()
                && client::answers(self.port, self.release)
            {
                return;
            }
            std::thread::sleep(POLL_EVERY);
        }
        panic!("tryton did not answer within {START_DEADLINE:?}: {}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Tryton {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder of an installed server.
fn servers(release: Release) -> PathBuf {
    let base = std::env::var_os("CARDEX_TEST_SERVERS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-servers"), PathBuf::from);
    let folder = base.join("tryton").join(release.folder());
    assert!(
        folder.join("template.sqlite").exists(),
        "Tryton {} is not installed in {}: run tests/setup/tryton.sh",
        release.folder(),
        folder.display()
    );
    folder
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a loopback port is free")
        .port()
}
