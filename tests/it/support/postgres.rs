//! One PostgreSQL cluster per test process: a fresh database per test for the hub, and the hotels' databases.
//!
//! It listens on a socket and on loopback, keeps nothing safe (`fsync=off`), and cannot outlive the tests. A machine
//! without PostgreSQL fails the run: nothing is skipped.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// The administrator, who owns the hub's databases and is trusted; everybody else needs his password.
pub(crate) const OWNER: &str = "cardex";

/// Who may connect, and how.
const ACCESS: &str = "host all cardex 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";

/// Whom a server started by root runs as: PostgreSQL refuses root.
const NOBODY: u32 = 65534;

/// The running cluster.
pub(crate) struct Cluster {
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    /// Its directory, which goes when it ends.
    pub(crate) home: PathBuf,
    /// The guard that ends the server: see [`guard`].
    guard: Child,
}

/// The cluster of this process, started on first use.
pub(crate) fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Whatever the shell ends with says nothing.
        let _ = self.guard.wait();
    }
}

impl Cluster {
    /// The URL of a new, empty database.
    pub(crate) async fn fresh_database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut db = PgConnection::connect(&self.url("postgres")).await.expect("the cluster answers");
        // The name is ours; a statement cannot take it as a parameter.
        let sql = AssertSqlSafe(format!("create database {name}"));
        db.execute(sql).await.expect("a database can be created");
        db.close().await.expect("the connection closes");
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://{OWNER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Ends every connection at once, as a crash of the server would; it recovers by itself and is awaited here.
    pub(crate) async fn crash(&self) {
        let pid = self.checkpointer().await.expect("the cluster answers");
        let killed = Command::new("kill").args(["-9", &pid.to_string()]).status().expect("sending a signal");
        assert!(killed.success(), "the server could not be crashed");
        let deadline = Instant::now() + Duration::from_mins(1);
        // It may let somebody in before it has noticed.
        while self.checkpointer().await.map_or(true, |now| now == pid) {
            assert!(Instant::now() < deadline, "PostgreSQL did not recover");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn checkpointer(&self) -> Result<i32, sqlx::Error> {
        let mut db = PgConnection::connect(&self.url("postgres")).await?;
        let sql = "select pid from pg_stat_activity where backend_type = 'checkpointer'";
        sqlx::query_scalar(sql).fetch_one(&mut db).await
    }

    /// Lets nobody into the database of this URL any more, and throws out whoever is in it, until it is opened again.
    pub(crate) async fn shut(&self, url: &str) {
        let name = url.rsplit('/').next().expect("a name");
        self.as_owner(&format!("alter database {name} with allow_connections false")).await;
        self.as_owner(&format!(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
        ))
        .await;
    }

    /// Opens a database that was shut.
    pub(crate) async fn open(&self, url: &str) {
        let name = url.rsplit('/').next().expect("a name");
        self.as_owner(&format!("alter database {name} with allow_connections true")).await;
    }

    async fn as_owner(&self, sql: &str) {
        let mut db = PgConnection::connect(&self.url("postgres")).await.expect("the cluster answers");
        db.execute(AssertSqlSafe(sql.to_owned())).await.expect("the statement runs");
        db.close().await.expect("the connection closes");
    }

    /// A cluster of the caller's own, for tests that harm it.
    pub(crate) fn start() -> Self {
        // A free port can be taken by somebody else before the server has it: then another is tried.
        for _ in 0..5 {
            if let Some(cluster) = Self::try_start() {
                return cluster;
            }
        }
        panic!("PostgreSQL found no free port");
    }

    /// `None` when the port was taken meanwhile.
    fn try_start() -> Option<Self> {
        let bin = binaries();
        let home = tempfile::tempdir().expect("a temporary directory can be made").keep();
        let is_root = give_away(&home);
        let data = home.join("data");
        let mut initdb = as_somebody(bin.join("initdb"), is_root);
        initdb
            .args(["--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-U", OWNER, "-D"])
            .arg(&data);
        expect_success(&initdb.output().expect("initdb starts"));
        std::fs::write(data.join("pg_hba.conf"), ACCESS).expect("the rules of access can be written");
        let port = free_port();
        let guard = guard(&bin.join("postgres"), &home, &data, port, is_root);
        let cluster = Self { port, home: home.clone(), guard };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_ready(&home) {
            let log = log_of(&home);
            if log.contains("could not bind") {
                return None;
            }
            assert!(Instant::now() < deadline && !log.contains("FATAL"), "PostgreSQL did not come up: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(cluster)
    }
}

/// The last line of the pid file says `ready` once connections are taken.
fn is_ready(home: &Path) -> bool {
    std::fs::read_to_string(home.join("data/postmaster.pid"))
        .is_ok_and(|text| text.lines().last().is_some_and(|line| line.trim() == "ready"))
}

/// Starts the server under a shell that waits for the end of its standard input: the pipe closes when the tests end in
/// whatever way, killed included, and the shell then ends the server and removes its files.
fn guard(postgres: &Path, home: &Path, data: &Path, port: u16, is_root: bool) -> Child {
    use std::os::unix::process::CommandExt as _;
    let log = std::fs::File::create(home.join("log")).expect("the log can be created");
    let errors = log.try_clone().expect("the log can be shared");
    let mut command = as_somebody(PathBuf::from("sh"), is_root);
    command
        .args(["-c", GUARD, "guard"])
        .arg(home)
        .arg(postgres)
        .args(["-F", "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"])
        .args(["-c", "shared_buffers=64MB", "-c", "full_page_writes=off"])
        .arg("-p")
        .arg(port.to_string())
        .arg("-k")
        .arg(home)
        .arg("-D")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(log)
        .stderr(errors)
        .process_group(0);
    command.spawn().expect("sh starts")
}

/// The shell leads a process group of its own, so that an interrupt of the tests reaches it as a closed pipe only.
const GUARD: &str = r#"home=$1; shift
    "$@" </dev/null & server=$!
    cat >/dev/null
    kill -QUIT $server 2>/dev/null; wait $server
    rm -rf "$home""#;

/// Gives `home` to the account that the server runs as; says whether that is another one.
fn give_away(home: &Path) -> bool {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let is_root = std::fs::metadata(home).expect("the directory is there").uid() == 0;
    if is_root {
        chown(home, Some(NOBODY), Some(NOBODY)).expect("root may give a directory away");
    }
    is_root
}

fn as_somebody(program: PathBuf, is_root: bool) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(program);
    command.current_dir("/");
    if is_root {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// The directory of `initdb` and `postgres`: `$PGBIN`, the path, or where Debian keeps them.
fn binaries() -> PathBuf {
    let named = std::env::var_os("PGBIN").map(PathBuf::from);
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    named
        .into_iter()
        .chain(on_path.unwrap_or_default())
        .chain(debian.map(|version| version.path().join("bin")))
        .find(|dir| dir.join("initdb").exists() && dir.join("postgres").exists())
        .expect("PostgreSQL's `initdb` and `postgres` are installed (see tests/run)")
}

/// A loopback port that nothing listened on a moment ago.
fn free_port() -> u16 {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    probe.local_addr().expect("a bound socket has an address").port()
}

fn expect_success(output: &Output) {
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
}

fn log_of(home: &Path) -> String {
    let mut text = String::new();
    if let Ok(mut log) = std::fs::File::open(home.join("log")) {
        let _ = log.read_to_string(&mut text);
    }
    text
}
