//! The unit as systemd judges it, and the daemon as systemd hears it.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::support::postgres;
use crate::support::program::Program;
use crate::support::site::{eventually, free_port};

/// How long the daemon may take to say the next thing.
const PATIENCE: Duration = Duration::from_mins(1);

fn unit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/cardex.service")
}

fn systemd_analyze(arguments: &[&str], unit: &Path) -> Output {
    Command::new("systemd-analyze")
        .args(arguments)
        .arg(unit)
        .env("SYSTEMD_PAGER", "")
        .output()
        .expect("systemd-analyze is installed: tests/run installs it (Debian package systemd)")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn unit_is_exposed_to_one_and_a_half_at_most() {
    let judge =
        |threshold: &str| systemd_analyze(&["security", "--offline=true", "--no-pager", threshold], &unit());
    let judged = judge("--threshold=15");
    assert!(judged.status.success(), "{}", text(&judged));
    assert!(!judge("--threshold=5").status.success(), "the judge lets everything through");
}

#[test]
fn unit_can_be_read_by_systemd() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("cardex.service");
    let lines = std::fs::read_to_string(unit()).expect("the unit");
    // The program is not installed here, and neither is its manual.
    let here = lines.replace("/usr/bin/cardex", env!("CARGO_BIN_EXE_cardex"));
    let here: Vec<&str> = here.lines().filter(|line| !line.starts_with("Documentation=man:")).collect();
    std::fs::write(&copy, here.join("\n")).expect("a copy");
    let verified = systemd_analyze(&["verify", "--man=no"], &copy);
    let told = text(&verified);
    let about_us: Vec<&str> = told.lines().filter(|line| line.contains("cardex.service")).collect();
    assert!(verified.status.success() && about_us.is_empty(), "{told}");
}

/// The value of a setting of the unit that stands there once.
fn setting(name: &str) -> Option<String> {
    let unit = std::fs::read_to_string(unit()).expect("the unit");
    unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
}

#[test]
fn unit_gives_the_daemon_time_to_stop() {
    let seconds: u64 = setting("TimeoutStopSec").expect("a setting").parse().expect("seconds");
    let defaults = include_str!("../../config/default.toml");
    let stop = defaults.lines().find_map(|line| line.strip_prefix("stop_timeout_s = ")).expect("a default");
    let stop: u64 = stop.parse().expect("seconds");
    assert!(seconds > stop, "systemd kills the daemon after {seconds} s, and it wants {stop} s");
}

#[test]
fn unit_does_not_restart_what_no_restart_cures() {
    let codes = setting("RestartPreventExitStatus").expect("a setting");
    for exit in cardex::cli::Exit::ALL {
        let is_final = matches!(
            exit,
            cardex::cli::Exit::Usage
                | cardex::cli::Exit::BadInput
                | cardex::cli::Exit::NoInput
                | cardex::cli::Exit::NoPermission
                | cardex::cli::Exit::Config
        );
        let listed = codes.split(' ').any(|code| code == exit.code().to_string());
        assert_eq!(listed, is_final, "{exit:?}");
    }
}

/// A daemon under a service manager: the socket that it reports to is the test's.
struct Supervised {
    program: Program,
    socket: UnixDatagram,
    daemon: Child,
    port: u16,
}

impl Supervised {
    fn start() -> Self {
        Self::start_with("")
    }

    /// The same, with more lines of configuration.
    fn start_with(more: &str) -> Self {
        let port = free_port();
        let program = Program::with(&format!("[service]\nlisten = \"127.0.0.1:{port}\"\n{more}"));
        let socket = UnixDatagram::bind(program.path("notify")).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("a deadline");
        let daemon = program
            .command(&["run"])
            .env("NOTIFY_SOCKET", program.path("notify"))
            .env("WATCHDOG_USEC", "60000000")
            .stderr(Stdio::null())
            .spawn()
            .expect("the daemon starts");
        Self { program, socket, daemon, port }
    }

    /// Listens until the daemon has said all of this, in any order, and gives everything that it said.
    fn hear(&self, wanted: &[&str]) -> String {
        let mut heard = String::new();
        let mut buffer = [0; 4096];
        while !wanted.iter().all(|wanted| heard.contains(wanted)) {
            let length =
                self.socket.recv(&mut buffer).unwrap_or_else(|error| panic!("{error} after {heard:?}"));
            heard.push_str(&String::from_utf8_lossy(&buffer[..length]));
            heard.push('\n');
        }
        heard
    }
}

impl Supervised {
    /// What the daemon says about its readiness, once that contains `wanted`.
    async fn says(&self, wanted: &str) -> String {
        let http = cardex::connectors::http::client(PATIENCE).expect("a client");
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        eventually(&format!("/readyz says {wanted}"), async || {
            let text = http.get(&url).send().await.ok()?.text().await.ok()?;
            text.contains(wanted).then_some(text)
        })
        .await
    }

    /// Forgets what the daemon has said so far.
    fn forget(&self) {
        self.socket.set_nonblocking(true).expect("a socket");
        while self.socket.recv(&mut [0; 4096]).is_ok() {}
        self.socket.set_nonblocking(false).expect("a socket");
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // It is gone already where all went well.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

#[test]
fn daemon_tells_systemd_that_it_is_ready_alive_and_stopping() {
    let mut supervised = Supervised::start();
    let heard = supervised.hear(&["READY=1", "WATCHDOG=1", "STATUS="]);
    assert!(!heard.contains("STOPPING=1"), "{heard}");

    let status = supervised.program.run("status");
    assert_eq!(status.code, 0, "{}", status.err);
    assert!(status.out.starts_with("the daemon is running and ready\n"), "{}", status.out);

    let pid = supervised.daemon.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    supervised.hear(&["STOPPING=1"]);
    let ended = supervised.daemon.wait().expect("the daemon ends");
    assert_eq!(ended.code(), Some(0));
    assert!(supervised.program.run("status").out.starts_with("the daemon is not running\n"));
}

#[test]
fn second_daemon_on_one_file_is_sent_away() {
    let supervised = Supervised::start();
    supervised.hear(&["READY=1"]);
    let second = &supervised.program;
    let run = second.finish(second.command(&["run"]).env("CARDEX__SERVICE__LISTEN", "127.0.0.1:0"));
    assert_eq!(run.code, 75, "{}", run.err);
    assert!(run.err.contains("is in use by another cardex process"), "{}", run.err);
    assert!(run.err.contains("hint: the daemon is running"), "{}", run.err);
    let run = second.run("run");
    assert_eq!(run.code, 69, "the address is taken: {}", run.err);
}

/// How many signs of life are awaited during an outage: more than a patience of looks that a short one would fill.
const SIGNS_OF_LIFE: usize = 10;

#[tokio::test]
async fn daemon_lives_through_an_outage_of_the_store() {
    let url = postgres::cluster().fresh_database().await;
    let mut supervised = Supervised::start_with(&format!(
        r#"
[store]
url = "{url}"
[properties.alba]
name = "Hotel Alba"
time_zone = "Europe/Madrid"
currency = "EUR"
country = "ES"
[systems.pms]
connector = "hoteldruid"
property = "alba"
side = "pms"
poll = "every 1s"
[systems.pms.settings.database]
kind = "sqlite"
file = "/nowhere/db_hoteldruid"
[retry]
base_ms = 100
longest_s = 1
"#
    ));
    supervised.hear(&["READY=1"]);
    supervised.says("\"ready\":true").await;

    postgres::cluster().shut(&url).await;
    supervised.says("the store does not answer").await;
    supervised.forget();
    for _ in 0..SIGNS_OF_LIFE {
        supervised.hear(&["WATCHDOG=1"]);
    }
    supervised.says("the store does not answer").await;
    assert!(supervised.daemon.try_wait().expect("its state").is_none(), "the daemon is gone");

    postgres::cluster().open(&url).await;
    supervised.says("\"ready\":true").await;
}
