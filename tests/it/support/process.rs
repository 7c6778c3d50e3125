//! Server processes that cannot outlive the test run.
//!
//! A guard shell leads the process group and waits on its standard input. When the test drops
//! the guard, or dies in any way, the pipe closes and the shell ends the whole group; so PHP's
//! worker processes and a driver's browsers, which survive their masters, go too.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server and everything it forked; ended on drop.
pub(crate) struct Server {
    guard: Child,
}

impl Server {
    /// Starts `command` (a program and its arguments) with `env`, its output going to `log`.
    ///
    /// `stop` is the signal that ends it. Its directory `home` holds its log and is removed in the end: a static is never dropped.
    pub(crate) fn start(command: &[String], env: &[(&str, String)], home: &Path, stop: &str) -> Self {
        const SCRIPT: &str = r#"home=$1; stop=$2; shift 2; trap : INT TERM
            "$@" </dev/null & child=$!
            cat >/dev/null
            kill -"$stop" $child 2>/dev/null; wait $child
            trap '' TERM; kill -TERM 0; rm -rf "$home" 2>/dev/null || { sleep 1; rm -rf "$home"; }"#;
        let output = std::fs::File::create(home.join("log")).expect("the log file can be created");
        let errors = output.try_clone().expect("the log handle can be shared");
        let guard = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(home)
            .arg(stop)
            .args(command)
            .envs(env.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .expect("sh starts");
        Self { guard }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // The guard ends its group, so the exit status says nothing.
        let _ended = self.guard.wait();
    }
}

/// A loopback port that nothing listened on a moment ago.
pub(crate) fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    probe.local_addr().expect("a bound socket has an address").port()
}
