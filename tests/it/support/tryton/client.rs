//! A small JSON-RPC client for the tests: the CRM user's hands and eyes.
//!
//! Written apart from the connector, over a bare socket, so that a mistake in one is not hidden by the other.

use std::io::{Read, Write};
use std::net::TcpStream;

use base64::Engine as _;
use serde_json::{Value, json};

use super::{Release, Tryton};

/// Archived records too: Tryton hides them unless the domain names `active`.
const EVERY: [&str; 0] = [];

/// A logged-in user of one Tryton.
pub(crate) struct Client {
    port: u16,
    release: Release,
    authorisation: String,
    context: Value,
}

/// Whether the server has loaded its database and takes a login.
pub(super) fn answers(port: u16, release: Release) -> bool {
    login(port, release).is_some()
}

fn login(port: u16, release: Release) -> Option<(i64, String)> {
    let params = json!([Tryton::USER, {"password": Tryton::PASSWORD}, "en"]);
    let answer = post(port, release, "", "common.db.login", &params).ok()?;
    Some((answer.get(0)?.as_i64()?, answer.get(1)?.as_str()?.to_owned()))
}

fn path(release: Release) -> &'static str {
    match release {
        Release::V8_2 => "/crm/rpc/",
        Release::V6_0 => "/crm/",
    }
}

/// One call; the error is what Tryton put under `error`, or the whole answer when it is not JSON.
fn post(port: u16, release: Release, headers: &str, method: &str, params: &Value) -> Result<Value, Value> {
    let body = json!({"id": 1, "method": method, "params": params}).to_string();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         {headers}Connection: close\r\n\r\n",
        path(release),
        body.len()
    );
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = exchange().map_err(|error| json!(error.to_string()))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let body = if head.contains("chunked") { unchunk(body) } else { body.to_owned() };
    let mut parsed: Value = serde_json::from_str(&body).map_err(|_| json!(answer))?;
    match parsed.get_mut("error") {
        Some(error) => Err(error.take()),
        None => Ok(parsed.get_mut("result").map_or(Value::Null, Value::take)),
    }
}

/// Puts the chunks of a long answer together. Their lengths count bytes, and JSON from Tryton is plain ASCII.
fn unchunk(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap_or(0);
        let (Some(chunk), Some(next)) = (rest.get(..length), rest.get(length + 2..)) else { break };
        whole.push_str(chunk);
        body = next;
    }
    whole
}

impl Client {
    pub(super) fn login(port: u16, release: Release) -> Self {
        let (user, token) = login(port, release).expect("the administrator can log in");
        let secret = format!("{}:{user}:{token}", Tryton::USER);
        let encoded = base64::engine::general_purpose::STANDARD.encode(secret);
        let authorisation = format!("Authorization: Session {encoded}\r\n");
        Self { port, release, authorisation, context: json!({"company": 1, "employee": 1}) }
    }

    /// Calls a model method with the user's context.
    pub(crate) fn try_call(&self, method: &str, params: &[Value]) -> Result<Value, Value> {
        let mut params = params.to_vec();
        params.push(self.context.clone());
        post(self.port, self.release, &self.authorisation, method, &Value::Array(params))
    }

    /// As `try_call`; a refusal fails the test.
    pub(crate) fn call(&self, method: &str, params: &[Value]) -> Value {
        self.try_call(method, params).unwrap_or_else(|error| panic!("{method} was refused: {error}"))
    }

    /// Creates one record and returns its id.
    pub(crate) fn create(&self, model: &str, values: &Value) -> i64 {
        self.call(&format!("model.{model}.create"), &[json!([values])])[0]
            .as_i64()
            .expect("create returns ids")
    }

    pub(crate) fn write(&self, model: &str, id: i64, values: &Value) {
        self.call(&format!("model.{model}.write"), &[json!([id]), values.clone()]);
    }

    pub(crate) fn delete(&self, model: &str, id: i64) {
        self.call(&format!("model.{model}.delete"), &[json!([id])]);
    }

    /// Every matching record, archived ones included, ordered by id.
    pub(crate) fn find(&self, model: &str, domain: &Value, fields: &[&str]) -> Vec<Value> {
        let mut domain = domain.as_array().cloned().unwrap_or_default();
        if has_active(model, self.release) {
            domain.push(json!(["active", "in", [true, false]]));
        }
        let found = self.call(
            &format!("model.{model}.search_read"),
            &[Value::Array(domain), json!(0), Value::Null, json!([["id", "ASC"]]), json!(fields)],
        );
        found.as_array().cloned().unwrap_or_default()
    }

    pub(crate) fn count(&self, model: &str, domain: &Value) -> usize {
        self.find(model, domain, &EVERY).len()
    }

    /// One record by id; `None` when it does not exist.
    pub(crate) fn get(&self, model: &str, id: i64, fields: &[&str]) -> Option<Value> {
        self.find(model, &json!([["id", "=", id]]), fields).into_iter().next()
    }

    /// A party with a name and contact mechanisms, as a CRM user would type it.
    pub(crate) fn create_party(&self, name: &str, mechanisms: &[(&str, &str)]) -> i64 {
        let rows: Vec<Value> =
            mechanisms.iter().map(|(kind, value)| json!({"type": kind, "value": value})).collect();
        self.create("party.party", &json!({"name": name, "contact_mechanisms": [["create", rows]]}))
    }

    /// The parties of this exact name, live ones only.
    pub(crate) fn parties_named(&self, name: &str) -> Vec<i64> {
        self.find("party.party", &json!([["name", "=", name]]), &["active"])
            .iter()
            .filter(|party| truthy(&party["active"]))
            .filter_map(|party| party["id"].as_i64())
            .collect()
    }

    /// `(type, value, active)` of every contact mechanism of a party, by id.
    pub(crate) fn mechanisms(&self, party: i64) -> Vec<(String, String, bool)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.find("party.contact_mechanism", &json!([["party", "=", party]]), &["type", "value", "active"])
            .iter()
            .map(|row| (text(&row["type"]), text(&row["value"]), truthy(&row["active"])))
            .collect()
    }

    /// The id of a party's contact mechanism with this value.
    pub(crate) fn mechanism(&self, party: i64, value: &str) -> Option<i64> {
        let domain = json!([["party", "=", party], ["value", "=", value]]);
        self.find("party.contact_mechanism", &domain, &EVERY).first()?["id"].as_i64()
    }

    pub(crate) fn archive(&self, model: &str, id: i64) {
        self.write(model, id, &json!({"active": false}));
    }

    /// Replaces `lose` by `keep` with Tryton's own wizard, agreeing to its warnings.
    pub(crate) fn merge(&self, keep: i64, lose: i64) {
        let context = json!({"company": 1, "employee": 1, "active_model": "party.party", "active_id": lose,
            "active_ids": [lose]});
        let call = |method: &str, mut params: Vec<Value>| {
            params.push(context.clone());
            post(self.port, self.release, &self.authorisation, method, &Value::Array(params))
        };
        let session = call("wizard.party.replace.create", vec![]).expect("the wizard starts")[0].clone();
        let form = json!({"ask": {"source": lose, "destination": keep}});
        for _ in 0..5 {
            match call("wizard.party.replace.execute", vec![session.clone(), form.clone(), json!("replace")])
            {
                Ok(_) => return,
                Err(error) => {
                    let warning = &error[1][0];
                    assert!(error[0] == "UserWarning", "the merge was refused: {error}");
                    self.create("res.user.warning", &json!({"user": 1, "name": warning}));
                }
            }
        }
        panic!("the merge kept on warning");
    }

    /// Presses one of the opportunity's buttons: `lead`, `opportunity`, `lost` or `cancel`.
    pub(crate) fn press(&self, button: &str, opportunity: i64) {
        self.call(&format!("model.sale.opportunity.{button}"), &[json!([opportunity])]);
    }
}

/// Tryton sends booleans of SQLite as 0 and 1.
pub(crate) fn truthy(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_i64() == Some(1))
}

/// A date in Tryton's JSON form.
pub(crate) fn date(year: i32, month: u32, day: u32) -> Value {
    json!({"__class__": "date", "year": year, "month": month, "day": day})
}

fn has_active(model: &str, release: Release) -> bool {
    match model {
        "party.party" | "party.contact_mechanism" | "party.address" | "party.category" => true,
        "party.identifier" => release == Release::V8_2,
        _ => false,
    }
}
