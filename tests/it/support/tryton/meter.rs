//! A counting proxy in front of a Tryton: it sees every call of the code under test and counts the writes.
//!
//! It can also hold calls or spoil the next answer, to show what the connector makes of it. It never changes a request.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

/// How often a call that is held looks whether it may go on.
const HELD_LOOK: Duration = Duration::from_millis(5);

/// What the proxy does to the next write that it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Tryton takes the request; its answer never reaches the caller.
    LoseAnswer,
    /// The request never reaches Tryton; the caller gets this status.
    Refuse(u16),
}

/// Counts calls between the code under test and one Tryton.
pub(crate) struct Meter {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    calls: Vec<String>,
    faults: VecDeque<(bool, Fault)>,
    /// The method whose calls wait.
    held: Option<String>,
}

impl Meter {
    /// Listens on a free port and forwards to `upstream`, on threads of its own that end with the process.
    pub(super) fn start(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, upstream, &shared).ok());
            }
        });
        Self { port, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The methods called since the last `reset`, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        lock(&self.state).calls.clone()
    }

    /// The calls that change data, in order.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.calls().into_iter().filter(|method| is_write(method)).collect()
    }

    pub(crate) fn reset(&self) {
        lock(&self.state).calls.clear();
    }

    /// Lets the calls of this method wait until `release`; they count at once.
    pub(crate) fn hold(&self, method: &str) {
        lock(&self.state).held = Some(method.to_owned());
    }

    /// Lets the calls that wait go on to Tryton.
    pub(crate) fn release(&self) {
        lock(&self.state).held = None;
    }

    /// Spoils the next write; several queue up.
    pub(crate) fn spoil_write(&self, fault: Fault) {
        lock(&self.state).faults.push_back((true, fault));
    }

    /// Spoils the next call of any kind; several queue up.
    pub(crate) fn spoil_call(&self, fault: Fault) {
        lock(&self.state).faults.push_back((false, fault));
    }
}

/// Whether a method changes data: storage methods, the opportunity's buttons, a wizard's transition.
fn is_write(method: &str) -> bool {
    let name = method.rsplit('.').next().unwrap_or_default();
    let storage = method.starts_with("model.") && matches!(name, "create" | "write" | "delete" | "copy");
    let button = method.starts_with("model.sale.opportunity.")
        && matches!(name, "lead" | "opportunity" | "convert" | "lost" | "cancel");
    let wizard = method.starts_with("wizard.") && name == "execute";
    storage || button || wizard
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Request {
    head: String,
    body: Vec<u8>,
}

/// Handles one connection: one request, one answer, close.
fn serve(mut caller: TcpStream, upstream: u16, state: &Mutex<State>) -> std::io::Result<()> {
    let request = read_request(&caller)?;
    let method = serde_json::from_slice::<Value>(&request.body)
        .ok()
        .and_then(|call| call.get("method")?.as_str().map(str::to_owned))
        .unwrap_or_default();
    let fault = note(state, &method);
    if let Some(Fault::Refuse(status)) = fault {
        let answer = format!("HTTP/1.1 {status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return caller.write_all(answer.as_bytes());
    }
    while lock(state).held.as_ref() == Some(&method) {
        std::thread::sleep(HELD_LOOK);
    }
    let mut server = TcpStream::connect(("127.0.0.1", upstream))?;
    server.write_all(request.head.as_bytes())?;
    server.write_all(&request.body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    if fault == Some(Fault::LoseAnswer) {
        return Ok(());
    }
    caller.write_all(&answer)
}

/// Counts the call and takes the fault that is meant for it.
fn note(state: &Mutex<State>, method: &str) -> Option<Fault> {
    let mut state = lock(state);
    state.calls.push(method.to_owned());
    match state.faults.front() {
        Some((only_writes, _)) if !only_writes || is_write(method) => {
            state.faults.pop_front().map(|(_, fault)| fault)
        }
        Some(_) | None => None,
    }
}

/// Reads one request and rewrites its head so that both ends close after one exchange.
fn read_request(caller: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(caller);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    head.push_str("Connection: close\r\n\r\n");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { head, body })
}

#[test]
fn writes_are_told_from_reads() {
    for (method, expected) in [
        ("model.party.party.create", true),
        ("model.party.party.write", true),
        ("model.sale.opportunity.cancel", true),
        ("wizard.party.replace.execute", true),
        ("model.party.party.search_read", false),
        ("model.party.party.fields_get", false),
        ("wizard.party.replace.create", false),
        ("common.db.login", false),
    ] {
        assert_eq!(is_write(method), expected, "{method}");
    }
}
