//! One PostgreSQL server per test process, for the HotelDruid instances that want one.
//!
//! It runs in a temporary directory without `fsync`: what is tested is behaviour, not the disk.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::process::{Server, free_port};

/// The administrator of the cluster.
pub(super) const ADMINISTRATOR: &str = "postgres";
/// The account HotelDruid uses: it owns its database and nothing else, as in a normal installation.
pub(super) const OWNER: &str = "hoteldruid";
/// The password of both; the server is on loopback and lives as long as the test.
pub(super) const PASSWORD: &str = "front-desk";

/// A running cluster.
pub(super) struct Postgres {
    pub(super) port: u16,
    /// Its directory, which goes when the test run ends.
    pub(super) home: PathBuf,
    _server: Server,
}

/// The cluster of this test process, started on first use.
pub(super) fn cluster() -> &'static Postgres {
    static CLUSTER: OnceLock<Postgres> = OnceLock::new();
    CLUSTER.get_or_init(start)
}

fn start() -> Postgres {
    let bin = binaries();
    let home = tempfile::tempdir().expect("a temporary directory can be made").keep();
    let unprivileged = lower_privileges(&home);
    let data = home.join("data");
    let password_file = home.join("password");
    std::fs::write(&password_file, PASSWORD).expect("the password file can be written");
    run(
        &unprivileged,
        &bin.join("initdb"),
        &[
            "--no-sync",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            &format!("--username={ADMINISTRATOR}"),
            &format!("--pwfile={}", password_file.display()),
            &format!("--pgdata={}", data.display()),
        ],
    );
    let port = free_port();
    let mut command = unprivileged.clone();
    command.push(bin.join("postgres").display().to_string());
    command.extend(["-D".into(), data.display().to_string(), "-p".into(), port.to_string()]);
    for setting in
        ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200"]
    {
        command.extend(["-c".into(), setting.into()]);
    }
    let server = Server::start(&command, &[], &home, "INT");
    wait_for_port(port, &home);
    Postgres { port, home, _server: server }
}

/// PostgreSQL refuses to run as root; the prefix of arguments that makes it somebody else.
fn lower_privileges(home: &Path) -> Vec<String> {
    const NOBODY: u32 = 65534;
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
    if !is_root {
        return Vec::new();
    }
    std::os::unix::fs::chown(home, Some(NOBODY), Some(NOBODY)).expect("root may give a directory away");
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"].map(String::from).to_vec()
}

/// The directory of `initdb` and `postgres`: on the path, or where Debian keeps them.
fn binaries() -> PathBuf {
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    on_path
        .unwrap_or_default()
        .into_iter()
        .chain(debian)
        .find(|dir| dir.join("initdb").exists() && dir.join("postgres").exists())
        .expect("PostgreSQL's `initdb` and `postgres` are installed (run tests/run)")
}

fn run(prefix: &[String], program: &Path, arguments: &[&str]) {
    let mut words = prefix.to_vec();
    words.push(program.display().to_string());
    words.extend(arguments.iter().map(ToString::to_string));
    let (program, rest) = words.split_first().expect("a command has a program");
    let output = Command::new(program).args(rest).output().expect("initdb starts");
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
}

fn wait_for_port(port: u16, home: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        let log = || std::fs::read_to_string(home.join("log")).unwrap_or_default();
        assert!(Instant::now() < deadline, "PostgreSQL did not come up: {}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
}
