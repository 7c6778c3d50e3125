//! The door for webhooks as others meet it: the real daemon, and a system that signs.

mod kept;
mod refused;
mod silence;
mod together;

use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use cardex::demo::webhooks::signed_headers;

use crate::support::site::{Site, eventually};

/// What the system signs with.
const SECRET: &str = "secret-of-the-webhooks";

/// A daemon with one system that nobody can reach, so that what is hinted at stays in the queue.
struct Door {
    site: Site,
    client: reqwest::Client,
    _secrets: tempfile::TempDir,
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    retry_after: Option<String>,
}

impl Door {
    /// A running daemon on the hub database `store` (empty: a file), with these lines in the system's table.
    async fn open(store: &str, lines: &str) -> Self {
        let secrets = tempfile::tempdir().expect("a folder");
        let (token, secret) =
            (Site::secret(secrets.path(), "token", "t"), Site::secret(secrets.path(), "secret", SECRET));
        let systems = format!(
            r#"
[systems.crm]
connector = "open"
property = "alba"
side = "crm"
poll = "every 1h"
{lines}
[systems.crm.settings]
base_url = "http://127.0.0.1:1"
token_file = "{}"
webhook_secret_file = "{}"
"#,
            token.display(),
            secret.display()
        );
        let mut site = Site::new(store, &systems);
        site.log_everything();
        site.start().await;
        Self { site, client: client(), _secrets: secrets }
    }

    /// Sends a body with these headers.
    async fn send(&self, headers: &[(&str, String)], body: &str) -> Answer {
        let mut request = self.client.post(format!("{}/hooks/crm?guest=of-the-address", self.site.address()));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.body(body.to_owned()).send().await.expect("an answer");
        let retry_after = answer.headers().get("retry-after").map(|it| it.to_str().expect("text").to_owned());
        Answer { status: answer.status().as_u16(), retry_after }
    }

    /// Sends a body that is signed as it should be, and gives the status of the answer.
    async fn push(&self, body: &Value) -> u16 {
        let body = body.to_string();
        self.send(&signed(&body), &body).await.status
    }

    /// Sends these bytes and gives what comes back until the door closes the connection, or has answered.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.expect("they are sent");
        let mut answer = vec![0; 4_096];
        let length = stream.read(&mut answer).await.unwrap_or(0);
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    async fn connect(&self) -> TcpStream {
        let address = self.site.address().replace("http://", "");
        TcpStream::connect(address).await.expect("a connection")
    }

    /// The value of a metric; `None` where there is none.
    async fn metric(&self, name: &str) -> Option<u64> {
        let text = self.metrics().await;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        Some(value.parse().expect("a number"))
    }

    async fn metrics(&self) -> String {
        // The daemon closes a connection that has been idle, which may be just now.
        let asked = client().get(format!("{}/metrics", self.site.address())).send().await;
        asked.expect("an answer").text().await.expect("metrics")
    }

    /// How many webhooks have ended like this.
    async fn counted(&self, result: &str) -> u64 {
        let name = format!("cardex_webhooks_total{{system=\"crm\",result=\"{result}\"}}");
        self.metric(&name).await.unwrap_or_else(|| panic!("{result} is not counted"))
    }

    /// Waits until this many webhooks have ended like this.
    async fn until_counted(&self, result: &str, expected: u64) {
        let what = format!("{expected} webhooks are {result}");
        eventually(&what, async || (self.counted(result).await == expected).then_some(())).await;
    }

    /// The records that are to be read, in the order of their ids.
    fn hinted(&self) -> Vec<String> {
        let told = self.site.prints(&["--output", "json", "queue", "list", "--limit", "20000"]);
        let subject = |line: &str| {
            let mark: Value = serde_json::from_str(line).expect("JSON");
            mark["subject"].as_str().expect("a subject").to_owned()
        };
        let mut subjects: Vec<String> = told.lines().map(subject).collect();
        subjects.sort();
        subjects
    }

    /// When the last webhook was taken, as `cardex status` says it.
    fn last_push(&self) -> Value {
        let told = self.site.prints(&["--output", "json", "status"]);
        let system = told.lines().last().expect("a system");
        serde_json::from_str::<Value>(system).expect("JSON")["last_push"].take()
    }
}

fn client() -> reqwest::Client {
    cardex::connectors::http::client(Duration::from_mins(1)).expect("a client")
}

/// The headers of a body that was signed now.
fn signed(body: &str) -> [(&'static str, String); 2] {
    signed_by(SECRET, 0, body)
}

/// The headers of a body that was signed with this secret so many seconds ago.
fn signed_by(secret: &str, ago: i64, body: &str) -> [(&'static str, String); 2] {
    let now = cardex::clock::Clock::system().now().timestamp();
    signed_headers(secret, now - ago, body.as_bytes())
}

/// A message about this person.
fn about(id: &str) -> Value {
    json!({"events": [{"type": "changed", "kind": "person", "id": id}]})
}
