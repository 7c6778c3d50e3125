//! The desk that the demo opens.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;

use super::site::Browser;

/// The demo, which ends with the test.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// What stands between two texts of a line.
fn between<'l>(line: &'l str, before: &str, after: &str) -> &'l str {
    let rest = line.split_once(before).expect(before).1;
    rest.split_once(after).expect(after).0
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_opens_a_desk_and_says_how_to_sign_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardex"));
    command.args(["demo", "--deeds", "1", "--folder"]).arg(folder.path());
    let mut demo = Demo(command.stdout(Stdio::piped()).spawn().expect("it starts"));
    let out = BufReader::new(demo.0.stdout.take().expect("its output"));
    let said = tokio::task::spawn_blocking(move || {
        let mut lines = out.lines().map(|line| line.expect("text"));
        lines.find(|line| line.starts_with("the review desk is at"))
    });
    let line = said.await.expect("it is read").expect("it says where the desk is");
    let address = between(&line, "http://", "/desk").parse().expect("an address");
    let mut browser = Browser::at(address);
    let entered = browser.sign_in("demo", between(&line, "the password `", "`")).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
    assert_eq!(browser.get("/desk/queue").await.texts("h1"), ["Queue"]);
}
