//! JSON-RPC over HTTP: finds out which protocol the server speaks, logs in, calls, agrees to warnings.
//!
//! It never retries a call; a session that has ended is renewed once, because the call was not carried out then.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value as Json, json};
use tokio::sync::{Mutex, watch};

use super::classify::{Answer, Refusal, classify};
use crate::connectors::ConnectorError;
use crate::model::SystemId;

/// How many different warnings one call may ask to confirm.
const MAX_WARNINGS: usize = 10;

/// Where a release listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// `/<database>/`, as in 6.0.
    Classic,
    /// `/<database>/rpc/`, as in 8.2.
    Modern,
}

/// A logged-in session.
#[derive(Debug, Clone)]
struct Session {
    protocol: Protocol,
    user: i64,
    authorisation: SecretString,
}

/// What can come of a call beside its result.
#[derive(Debug)]
pub(super) enum CallError {
    /// A record has moved since the stamp in the context.
    Stale,
    /// The values are refused.
    Refused(Refusal),
    /// Anything that speaks for the whole system or batch.
    System(ConnectorError),
}

/// The door to one database.
pub(super) struct Client {
    system: SystemId,
    http: reqwest::Client,
    base: String,
    database: String,
    user: String,
    password: SecretString,
    /// Held while logging in, so that many calls that find the session gone log in once.
    session: Mutex<Option<Arc<Session>>>,
    /// When what was found out about the database last came into doubt.
    doubted: watch::Sender<Option<Instant>>,
}

impl Client {
    pub(super) fn new(
        system: SystemId,
        http: reqwest::Client,
        base: &str,
        database: String,
        user: String,
        password: SecretString,
    ) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        let (session, doubted) = (Mutex::new(None), watch::Sender::new(None));
        Self { system, http, base, database, user, password, session, doubted }
    }

    /// Calls a method with a context; the result, or why there is none.
    pub(super) async fn call(
        &self,
        method: &str,
        params: &[Json],
        context: &Json,
    ) -> Result<Json, CallError> {
        let result = self.call_agreeing(method, params, context).await;
        if matches!(result, Err(CallError::Refused(_) | CallError::System(_))) {
            self.doubt();
        }
        result
    }

    /// When something last hinted that the database is not what it was: a call failed, or the session had ended.
    pub(super) fn doubted_at(&self) -> Option<Instant> {
        *self.doubted.borrow()
    }

    fn doubt(&self) {
        self.doubted.send_replace(Some(Instant::now()));
    }

    async fn call_agreeing(&self, method: &str, params: &[Json], context: &Json) -> Result<Json, CallError> {
        let mut warnings = 0;
        loop {
            let answer = self.call_once(method, params, context).await?;
            let Answer::Warning(name) = &answer else { return self.conclude(answer) };
            if warnings == MAX_WARNINGS {
                return self.conclude(answer);
            }
            self.agree(name, context).await?;
            warnings += 1;
        }
    }

    /// The user's id at Tryton.
    pub(super) async fn user_id(&self) -> Result<i64, ConnectorError> {
        Ok(self.session(None).await?.user)
    }

    /// Confirms a warning, the way the desktop client does when its user presses Yes.
    async fn agree(&self, name: &str, context: &Json) -> Result<(), CallError> {
        let user = self.user_id().await.map_err(CallError::System)?;
        let params = [json!([{"user": user, "name": name}])];
        let answer = self.call_once("model.res.user.warning.create", &params, context).await?;
        self.conclude(answer).map(drop)
    }

    async fn call_once(&self, method: &str, params: &[Json], context: &Json) -> Result<Answer, CallError> {
        let session = self.session(None).await.map_err(CallError::System)?;
        let mut params = params.to_vec();
        params.push(context.clone());
        let params = Json::Array(params);
        let answer = self.post(&session, method, &params).await.map_err(CallError::System)?;
        if answer != Answer::SessionGone {
            return Ok(answer);
        }
        self.doubt();
        let session = self.session(Some(&session)).await.map_err(CallError::System)?;
        self.post(&session, method, &params).await.map_err(CallError::System)
    }

    async fn post(&self, session: &Session, method: &str, params: &Json) -> Result<Answer, ConnectorError> {
        let url = self.address(session.protocol);
        self.send(&url, Some(&session.authorisation), method, params).await
    }

    fn address(&self, protocol: Protocol) -> String {
        match protocol {
            Protocol::Classic => format!("{}/{}/", self.base, self.database),
            Protocol::Modern => format!("{}/{}/rpc/", self.base, self.database),
        }
    }

    /// The current session; a new one when there is none or when it is still the one that has `ended`.
    async fn session(&self, ended: Option<&Arc<Session>>) -> Result<Arc<Session>, ConnectorError> {
        let mut current = self.session.lock().await;
        if let Some(session) = current.as_ref()
            && !ended.is_some_and(|ended| Arc::ptr_eq(ended, session))
        {
            return Ok(Arc::clone(session));
        }
        *current = None;
        let session = Arc::new(self.login().await.map_err(unsent)?);
        *current = Some(Arc::clone(&session));
        Ok(session)
    }

    async fn login(&self) -> Result<Session, ConnectorError> {
        let protocol = self.detect().await?;
        let params = json!([self.user, {"password": self.password.expose_secret()}, "en"]);
        let answer = self.send(&self.address(protocol), None, "common.db.login", &params).await?;
        if answer == Answer::SessionGone {
            return Err(self.unauthorised("the user or the password is wrong"));
        }
        let result = self.conclude(answer).map_err(|error| self.whole(error))?;
        let user = result.get(0).and_then(Json::as_i64);
        let (Some(user), Some(token)) = (user, result.get(1).and_then(Json::as_str)) else {
            return Err(self.undecodable("the answer to the login"));
        };
        let secret = format!("{}:{user}:{token}", self.user);
        let encoded = base64::engine::general_purpose::STANDARD.encode(secret);
        Ok(Session { protocol, user, authorisation: format!("Session {encoded}").into() })
    }

    /// Asks for the server's version at the address of each protocol.
    async fn detect(&self) -> Result<Protocol, ConnectorError> {
        for (protocol, path) in [(Protocol::Modern, "/rpc/"), (Protocol::Classic, "/")] {
            let url = format!("{}{path}", self.base);
            let answer = self.send(&url, None, "common.server.version", &json!([])).await?;
            if matches!(answer, Answer::Throttled(_) | Answer::Unwell(_)) {
                return self.conclude(answer).map(|_| protocol).map_err(|error| self.whole(error));
            }
            if matches!(answer, Answer::Done(version) if version.is_string()) {
                return Ok(protocol);
            }
        }
        Err(ConnectorError::Incompatible {
            system: self.system.as_str().into(),
            what: "no Tryton answers at this address by the protocol of 6.0 or of 8.2".to_owned(),
        })
    }

    async fn send(
        &self,
        url: &str,
        authorisation: Option<&SecretString>,
        method: &str,
        params: &Json,
    ) -> Result<Answer, ConnectorError> {
        let mut request = self.http.post(url).json(&json!({"id": 1, "method": method, "params": params}));
        if let Some(authorisation) = authorisation {
            request = request.header(reqwest::header::AUTHORIZATION, authorisation.expose_secret());
        }
        let unreachable = |error: reqwest::Error| {
            let sent = !error.is_connect() && !error.is_builder();
            self.unreachable(sent, error.without_url())
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = response.bytes().await.map_err(unreachable)?;
        Ok(classify(status, retry_after.as_deref(), &body))
    }

    /// What an answer means to the caller.
    fn conclude(&self, answer: Answer) -> Result<Json, CallError> {
        Err(CallError::System(match answer {
            Answer::Done(result) => return Ok(result),
            Answer::Stale => return Err(CallError::Stale),
            Answer::Refused(refusal) => return Err(CallError::Refused(refusal)),
            Answer::Warning(_) => self.refused("it keeps asking for confirmation"),
            Answer::SessionGone => self.unauthorised("the session is refused right after the login"),
            Answer::MoreFactors => self.unauthorised("the login asks for more than a password"),
            Answer::Forbidden => self.unauthorised("the user may not call this"),
            Answer::NoDatabase => self.incompatible(format!("there is no database `{}`", self.database)),
            Answer::WrongAddress => self.incompatible("the address answers by another protocol".to_owned()),
            Answer::Unknown(name) => self.incompatible(format!("the model or field `{name}` is missing")),
            Answer::TooLarge => ConnectorError::BatchRefused {
                system: self.name(),
                why: "the request is longer than the server allows".to_owned(),
            },
            Answer::Throttled(wait) => ConnectorError::RateLimited { system: self.name(), wait },
            Answer::Unwell(_) => self.unwell(),
            Answer::Broken => self.refused("the server failed on the call; its log says why"),
            Answer::Undecodable => self.undecodable("no JSON-RPC answer"),
        }))
    }

    /// An error of a call that no single record can be blamed for.
    pub(super) fn whole(&self, error: CallError) -> ConnectorError {
        match error {
            CallError::Stale => self.refused("a record has moved"),
            CallError::Refused(refusal) => self.refused(&refusal.why),
            CallError::System(error) => error,
        }
    }

    fn name(&self) -> smol_str::SmolStr {
        self.system.as_str().into()
    }

    fn refused(&self, why: &str) -> ConnectorError {
        ConnectorError::Refused { system: self.name(), why: why.to_owned() }
    }

    fn unauthorised(&self, why: &str) -> ConnectorError {
        ConnectorError::Unauthorised { system: self.name(), why: why.to_owned() }
    }

    fn incompatible(&self, what: String) -> ConnectorError {
        ConnectorError::Incompatible { system: self.name(), what }
    }

    pub(super) fn undecodable(&self, what: &str) -> ConnectorError {
        ConnectorError::Undecodable { system: self.name(), what: what.to_owned() }
    }

    fn unwell(&self) -> ConnectorError {
        self.unreachable(true, std::io::Error::other("the server answers that it is not well"))
    }

    fn unreachable(
        &self,
        sent: bool,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> ConnectorError {
        ConnectorError::Unreachable { system: self.name(), sent, source: Box::new(source) }
    }
}

/// The error of a login, which carried out nothing of the call that it was for.
fn unsent(error: ConnectorError) -> ConnectorError {
    match error {
        ConnectorError::Unreachable { system, source, .. } => {
            ConnectorError::Unreachable { system, sent: false, source }
        }
        error @ (ConnectorError::RateLimited { .. }
        | ConnectorError::BatchRefused { .. }
        | ConnectorError::Refused { .. }
        | ConnectorError::Unauthorised { .. }
        | ConnectorError::Incompatible { .. }
        | ConnectorError::Undecodable { .. }
        | ConnectorError::CursorExpired { .. }
        | ConnectorError::Unsupported { .. }) => error,
    }
}

/// A context with the optimistic lock on these records: `(model, id, stamp)`.
pub(super) fn guarded<'a>(context: &Json, stamps: impl IntoIterator<Item = (&'a str, i64, &'a str)>) -> Json {
    let stamps: Map<String, Json> =
        stamps.into_iter().map(|(model, id, stamp)| (format!("{model},{id}"), json!(stamp))).collect();
    let mut context = context.clone();
    if let Json::Object(entries) = &mut context {
        entries.insert("_timestamp".to_owned(), Json::Object(stamps));
    }
    context
}
