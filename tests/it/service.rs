//! The unit as systemd judges it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
