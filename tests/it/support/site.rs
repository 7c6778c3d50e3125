//! A site as an operator would run it: a configuration file and the real binary, started, stopped and killed.

use std::ffi::OsString;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take until it is seen.
const DEADLINE: Duration = Duration::from_mins(2);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// A folder with a configuration, and the daemon that runs on it.
pub(crate) struct Site {
    folder: tempfile::TempDir,
    port: u16,
    daemon: Option<Child>,
    starts: u32,
}

impl Site {
    /// A site on the hub database `store`, with these `[systems]` tables; nothing runs yet.
    pub(crate) fn new(store: &str, systems: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let store = if store.is_empty() {
            format!("sqlite://{}", folder.path().join("hub.db").display())
        } else {
            store.to_owned()
        };
        let config = format!(
            r#"
[store]
url = "{store}"
[service]
listen = "127.0.0.1:{port}"
[log]
format = "text"
level = "info"
[properties.alba]
name = "Hotel Alba"
time_zone = "Europe/Madrid"
currency = "EUR"
country = "ES"
[queue]
idle_poll_ms = 200
[retry]
base_ms = 200
longest_s = 5
{systems}
"#
        );
        std::fs::write(folder.path().join("cardex.toml"), config).expect("writing the configuration");
        Self { folder, port, daemon: None, starts: 0 }
    }

    /// From its next start on the daemon logs whatever it can.
    pub(crate) fn log_everything(&self) {
        let path = self.folder.path().join("cardex.toml");
        let config = std::fs::read_to_string(&path).expect("the configuration");
        std::fs::write(&path, config.replace("level = \"info\"", "level = \"trace\""))
            .expect("the configuration");
    }

    /// Writes a secret's file and gives its path.
    pub(crate) fn secret(folder: &Path, name: &str, content: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, content).expect("writing a secret");
        path
    }

    /// Starts the daemon and waits until it is ready.
    pub(crate) async fn start(&mut self) {
        self.launch();
        let port = self.port;
        eventually("the daemon is ready", async || {
            let answer = cardex::connectors::http::client(Duration::from_secs(2)).ok()?;
            let answer = answer.get(format!("http://127.0.0.1:{port}/readyz")).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Starts the daemon as systemd would, and gives how long it took until it said that it is ready.
    pub(crate) fn start_timed(&mut self) -> Duration {
        let path = self.folder.path().join("notify");
        // A socket of an earlier start is in the way.
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        let started = Instant::now();
        self.launch_with(&[("NOTIFY_SOCKET", &path)]);
        let mut heard = [0; 4096];
        loop {
            let length = socket.recv(&mut heard).expect("the daemon says that it is ready");
            if heard[..length].windows(7).any(|word| word == b"READY=1") {
                return started.elapsed();
            }
        }
    }

    /// Starts the daemon without waiting for it.
    pub(crate) fn launch(&mut self) {
        self.launch_with(&[]);
    }

    fn launch_with(&mut self, environment: &[(&str, &Path)]) {
        assert!(self.daemon.is_none(), "the daemon runs already");
        self.starts += 1;
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("daemon.log"))
            .expect("the log file");
        let mut command = self.cardex(&["run"]);
        command.envs(environment.iter().copied()).stdout(Stdio::null()).stderr(log);
        self.daemon = Some(command.spawn().expect("starting the daemon"));
    }

    /// Kills the daemon as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().expect("killing the daemon");
            daemon.wait().expect("waiting for the killed daemon");
        }
    }

    /// Asks the daemon to stop and waits until it has.
    pub(crate) fn stop(&mut self) {
        let Some(mut daemon) = self.daemon.take() else { return };
        let pid = daemon.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("sending a signal");
        assert!(sent.success(), "the daemon was gone before it was stopped");
        let status = daemon.wait().expect("waiting for the daemon");
        assert!(status.success(), "the daemon ended with {status}: {}", self.log());
    }

    /// Runs another command of cardex on the site.
    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        self.cardex(arguments).output().expect("running cardex")
    }

    /// Starts another command of cardex and does not wait for it; what it prints is kept for whoever does.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.cardex(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("running cardex")
    }

    /// Runs another command that must succeed, and gives what it printed.
    pub(crate) fn prints(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "cardex {arguments:?}: {errors}");
        String::from_utf8(output.stdout).expect("UTF-8 output")
    }

    /// What the daemon has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("daemon.log")).unwrap_or_default()
    }

    /// Where the daemon answers.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether the daemon is still there.
    pub(crate) fn is_running(&mut self) -> bool {
        self.daemon.as_mut().is_some_and(|daemon| daemon.try_wait().is_ok_and(|status| status.is_none()))
    }

    /// From now on every file that the daemon writes is full, its log too, as on a disk without room.
    pub(crate) fn fill_disk(&self) {
        self.limit_files("1:");
    }

    /// There is room again.
    pub(crate) fn clear_disk(&self) {
        self.limit_files("unlimited:");
    }

    fn limit_files(&self, size: &str) {
        let daemon = self.daemon.as_ref().expect("the daemon runs");
        let (pid, size) = (format!("--pid={}", daemon.id()), format!("--fsize={size}"));
        let limited =
            Command::new("prlimit").args([pid, size]).status().expect("prlimit is installed (util-linux)");
        assert!(limited.success(), "the limit could not be set");
    }

    /// A line of the kernel's about the daemon's memory, in KiB: `VmRSS` now, `VmHWM` at most.
    pub(crate) fn memory_kib(&self, name: &str) -> u64 {
        let daemon = self.daemon.as_ref().expect("the daemon runs");
        let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the line");
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number")
    }

    fn cardex(&self, arguments: &[&str]) -> Command {
        // A write beyond a limit to the size of files then fails, instead of ending the process: see `fill_disk`.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program());
        command.arg("--config").arg(self.folder.path().join("cardex.toml")).args(arguments);
        command.env("STATE_DIRECTORY", self.folder.path());
        command
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(60).collect();
            eprintln!("--- the end of the daemon's log ---");
            tail.into_iter().rev().for_each(|line| eprintln!("{line}"));
            for question in [["status", ""], ["queue", "list"], ["review", "list"]] {
                let words: Vec<&str> = question.into_iter().filter(|word| !word.is_empty()).collect();
                let output = self.command(&words);
                eprintln!("--- cardex {words:?} ---\n{}", String::from_utf8_lossy(&output.stdout));
            }
        }
        self.kill();
    }
}

/// The program under test: the one that was built with the tests, or `CARDEX_TEST_PROGRAM`, for example a release
/// build that is to be measured.
fn program() -> OsString {
    std::env::var_os("CARDEX_TEST_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_cardex").into())
}

/// Waits until `look` finds something.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        tokio::time::sleep(LOOK).await;
    }
}

/// A port of the loopback that is free now.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
