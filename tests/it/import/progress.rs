//! How far an import is: a bar on a terminal, plain lines elsewhere, objects where the caller is a program.

use std::process::Command;

use crate::support::hub::Backend;
use crate::support::pair::Pair;
use cardex::demo::cardex::Size;

/// Enough that the bar is drawn more than once.
const HOTEL: Size = Size { guests: 120, subscribers: 0, ..Size::SMALL };

/// Runs the import and gives what came out: on a terminal of its own, where both streams are one, or on two pipes.
async fn import(pair: &Pair, output: &'static str, on_a_terminal: bool) -> (String, String) {
    let file = pair.folder().join("cardex.toml");
    let text = std::fs::read_to_string(&file).expect("the configuration");
    if !text.contains("page_size") {
        let text = text.replacen("settings = {", "settings = { page_size = 20,", 1);
        std::fs::write(&file, text).expect("the configuration");
    }
    let program = env!("CARGO_BIN_EXE_cardex");
    let mut command = if on_a_terminal {
        let mut command = Command::new("script");
        let line = format!("{program} --config {} --output {output} import pms", file.display());
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        command
    } else {
        let mut command = Command::new(program);
        command.arg("--config").arg(&file).args(["--output", output, "import", "pms"]);
        command
    };
    command.env("STATE_DIRECTORY", pair.folder()).stdin(std::process::Stdio::null());
    let done = tokio::task::spawn_blocking(move || command.output()).await.expect("a thread");
    let done = done.expect("the program runs (`script` is part of util-linux)");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(done.stdout), text(done.stderr))
}

#[tokio::test]
async fn terminal_shows_a_bar_and_takes_it_away() {
    let pair = Pair::open(Backend::Sqlite, HOTEL).await;
    let (shown, _) = import(&pair, "table", true).await;
    let drawn: Vec<&str> = shown.split("\r\u{1b}[2K").collect();
    let bars: Vec<&&str> = drawn.iter().filter(|piece| piece.starts_with("import of `pms`: [")).collect();
    assert!(bars.len() > 1, "{shown:?}");
    for part in [" rows, ", " rows/s, 0 rejected", " left"] {
        assert!(bars.last().is_some_and(|bar| bar.contains(part)), "{part} is missing: {bars:?}");
    }
    assert!(bars.iter().all(|bar| !bar.contains('\n')), "the bar moves down: {bars:?}");
    let last = drawn.last().expect("what follows the bar");
    assert!(last.contains("rows: 0 rejected") && !last.contains('['), "the bar is still there: {last:?}");
}

#[tokio::test]
async fn pipe_gets_no_bar() {
    let pair = Pair::open(Backend::Sqlite, HOTEL).await;
    let (out, said) = import(&pair, "table", false).await;
    assert!(!out.contains('\u{1b}') && !said.contains('\u{1b}') && !said.contains('\r'), "{out:?} {said:?}");
    assert!(out.contains("rows: 0 rejected"), "{out}");
    // A slow machine writes a line now and then.
    assert!(
        said.lines().all(|line| line.starts_with("import of `pms`: ") && line.contains("rows/s")),
        "{said}"
    );
}

#[tokio::test]
async fn program_gets_objects_and_nothing_else_on_its_output() {
    let pair = Pair::open(Backend::Sqlite, HOTEL).await;
    let (out, _) = import(&pair, "json", false).await;
    let lines: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("an object per line")).collect();
    assert_eq!(lines.len(), 1, "{out}");
    for count in ["rows", "rejected", "records", "applied", "unchanged"] {
        assert!(lines[0][count].is_u64(), "{count}: {}", lines[0]);
    }
}
