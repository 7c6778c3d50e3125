//! The one chromedriver of the test process, and a plain `WebDriver` client.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::process::{Server, free_port};

/// How long chromedriver may take until it listens.
const START: Duration = Duration::from_secs(30);
/// How long one command may take: a page that does not come is told by the scenario.
const COMMAND: Duration = Duration::from_mins(1);
/// The key under which `WebDriver` names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The running chromedriver.
struct Driver {
    port: u16,
    home: PathBuf,
    _server: Server,
}

/// The driver of this process, started on first use.
fn driver() -> &'static Driver {
    static DRIVER: OnceLock<Driver> = OnceLock::new();
    DRIVER.get_or_init(Driver::start)
}

impl Driver {
    fn start() -> Self {
        let (program, port) = (program("CHROMEDRIVER", "chromedriver"), free_port());
        let home = tempfile::tempdir().expect("a temporary folder").keep();
        let command = [program.display().to_string(), format!("--port={port}")];
        // What the browsers keep goes with the driver's own folder.
        let env = [("TMPDIR", home.display().to_string()), ("HOME", home.display().to_string())];
        let server = Server::start(&command, &env, &home, "TERM");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || std::fs::read_to_string(home.join("log")).unwrap_or_default();
            assert!(began.elapsed() < START, "chromedriver did not come up: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { port, home, _server: server }
    }
}

/// A program by its variable, else by its name on the path.
fn program(variable: &str, name: &str) -> PathBuf {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = || std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists());
    named.or_else(found).unwrap_or_else(|| panic!("there is no {name}: run tests/setup/chromium.sh"))
}

/// A browser of its own: its cookies, its language, with scripts or without. It closes when it is dropped.
pub(super) struct Session {
    http: reqwest::Client,
    base: String,
    id: String,
}

impl Drop for Session {
    /// Nobody waits for an answer in a drop, so the request is written by hand.
    fn drop(&mut self) {
        let (port, id) = (driver().port, &self.id);
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return };
        let request = format!("DELETE /session/{id} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        // The answer comes when the browser is gone; a driver that is gone has taken it along.
        if stream.write_all(request.as_bytes()).is_ok() {
            let _answered = stream.read(&mut [0; 1024]);
        }
    }
}

impl Session {
    pub(super) async fn open(language: &str, scripts: bool) -> Self {
        let http = cardex::connectors::http::client(COMMAND).expect("a client");
        let base = format!("http://127.0.0.1:{}/session", driver().port);
        let opened = answer(http.post(&base).json(&capabilities(language, scripts))).await;
        let opened = opened.unwrap_or_else(|why| panic!("Chromium does not start: {why}"));
        let id = opened["sessionId"].as_str().expect("an id").to_owned();
        Self { http, base: format!("{base}/{id}"), id }
    }

    /// Sends a command. What the driver refuses comes back with its reason.
    pub(super) async fn post(&self, command: &str, body: Value) -> Result<Value, String> {
        answer(self.http.post(format!("{}{command}", self.base)).json(&body)).await
    }

    /// Asks for something.
    pub(super) async fn get(&self, what: &str) -> Result<Value, String> {
        answer(self.http.get(format!("{}{what}", self.base))).await
    }

    /// Says something to Chromium itself.
    pub(super) async fn chromium(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.post("/goog/cdp/execute", body).await.unwrap_or_else(|why| panic!("{command}: {why}"))
    }

    /// The elements that a selector finds, as the beginnings of commands.
    pub(super) async fn elements(&self, selector: &str) -> Result<Vec<String>, String> {
        let found = self.post("/elements", json!({"using": "css selector", "value": selector})).await?;
        let named = |element: &Value| Some(format!("/element/{}", element[ELEMENT].as_str()?));
        Ok(found.as_array().into_iter().flatten().filter_map(named).collect())
    }
}

/// What kind of browser is wanted.
fn capabilities(language: &str, scripts: bool) -> Value {
    let mut arguments = vec!["--headless=new", "--disable-gpu", "--disable-dev-shm-usage"];
    if driver().home.metadata().expect("the driver's folder").uid() == 0 {
        // Chromium refuses to run as root otherwise.
        arguments.push("--no-sandbox");
    }
    let options = json!({
        "binary": program("CHROMIUM", "chromium"),
        "args": arguments,
        "prefs": {
            "intl.accept_languages": language,
            "profile.managed_default_content_settings.javascript": if scripts { 1 } else { 2 },
        },
    });
    json!({"capabilities": {"alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL"},
    }}})
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let response = request.send().await.expect("chromedriver answers");
    let is_done = response.status().is_success();
    let mut answer: Value = response.json().await.expect("JSON");
    let value = answer["value"].take();
    if is_done { Ok(value) } else { Err(format!("{}: {}", value["error"], value["message"])) }
}

/// Where axe-core is.
pub(super) fn axe() -> &'static str {
    static AXE: OnceLock<String> = OnceLock::new();
    AXE.get_or_init(|| {
        let servers = std::env::var_os("CARDEX_TEST_SERVERS")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-servers"), PathBuf::from);
        let file = servers.join("axe/axe.min.js");
        std::fs::read_to_string(&file)
            .unwrap_or_else(|_| panic!("there is no {}: run tests/setup/chromium.sh", file.display()))
    })
}
