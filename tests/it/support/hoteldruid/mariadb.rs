//! One MariaDB server per test process, for the HotelDruid instances that want one.
//!
//! It runs in a temporary directory on loopback: what is tested is behaviour, not the disk.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::support::process::{Server, free_port};

/// The administrator, who has no password; the server is on loopback and lives as long as the tests.
pub(super) const ADMINISTRATOR: &str = "root";

/// A running server.
pub(super) struct Mariadb {
    pub(super) port: u16,
    /// Its directory, which goes when the test run ends.
    pub(super) home: PathBuf,
    _server: Server,
}

/// The server of this test process, started on first use.
pub(super) fn server() -> &'static Mariadb {
    static SERVER: OnceLock<Mariadb> = OnceLock::new();
    SERVER.get_or_init(start)
}

fn start() -> Mariadb {
    let home = tempfile::tempdir().expect("a temporary directory can be made").keep();
    let user = user(&home);
    let data = format!("--datadir={}", home.join("data").display());
    let output = Command::new("mariadb-install-db")
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", &data, &user])
        .output()
        .expect("MariaDB's `mariadb-install-db` is installed (run tests/run)");
    // What went wrong it says on its standard output.
    assert!(output.status.success(), "mariadb-install-db: {}", String::from_utf8_lossy(&output.stdout));
    let port = free_port();
    let command = [
        program().display().to_string(),
        "--no-defaults".to_owned(),
        data,
        user,
        format!("--port={port}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--socket={}", home.join("socket").display()),
        format!("--pid-file={}", home.join("pid").display()),
        "--skip-log-bin".to_owned(),
        "--innodb-flush-log-at-trx-commit=0".to_owned(),
    ];
    let server = Server::start(&command, &[], &home, "TERM");
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        let log = || std::fs::read_to_string(home.join("log")).unwrap_or_default();
        assert!(Instant::now() < deadline, "MariaDB did not come up: {}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
    Mariadb { port, home, _server: server }
}

/// Whom it runs as: it refuses root, which gives the directory to nobody.
fn user(home: &Path) -> String {
    use std::os::unix::fs::{MetadataExt as _, chown};
    const NOBODY: u32 = 65534;
    let owner = std::fs::metadata(home).expect("the directory is there").uid();
    if owner != 0 {
        return String::from("--skip-name-resolve");
    }
    chown(home, Some(NOBODY), Some(NOBODY)).expect("root may give a directory away");
    String::from("--user=nobody")
}

/// `mariadbd`: on the path, or where Debian keeps it.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|folder| folder.join("mariadbd"))
        .find(|program| program.exists())
        .expect("MariaDB's `mariadbd` is installed (run tests/run)")
}
