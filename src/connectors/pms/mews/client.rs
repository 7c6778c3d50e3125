//! Calls of the Connector API: `POST` with the tokens in the body, listings page by page.
//!
//! Nothing is retried here. Of an answer's body only the reason of a refusal reaches an error.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use reqwest::header::DATE;
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};
use smol_str::SmolStr;
use std::sync::atomic::{AtomicI64, AtomicU16, AtomicU32, Ordering};
use url::Url;

use super::config::{Settings, Tokens};
use super::errors::{Verdict, reason, verdict};
use super::wire::Listing;
use crate::clock::Clock;
use crate::connectors::ConnectorError;
use crate::connectors::http::{self, BodyError, Effect};
use crate::model::SystemId;

/// More than this is no answer of Mews.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// More pages than this are a loop.
const MOST_PAGES: usize = 10_000;
/// No page is asked to be smaller than this.
const SMALLEST_PAGE: u16 = 10;
/// What is sent as the name of the client.
const CLIENT: &str = concat!("cardex ", env!("CARGO_PKG_VERSION"));
/// The clock of Mews is not known yet.
const UNKNOWN: i64 = i64::MIN;

/// Speaks to one Mews.
pub(super) struct Client {
    system: SmolStr,
    http: reqwest::Client,
    base: Url,
    tokens: Tokens,
    clock: Clock,
    /// The hotel, where the token opens several.
    enterprise_id: Option<String>,
    /// How many rows a page is asked for: fewer after Mews has taken too long, up to the configured size again.
    page_size: AtomicU16,
    largest_page: u16,
    /// How far the clock of Mews is ahead of this machine's, in milliseconds.
    ahead_ms: AtomicI64,
    /// Requests since somebody asked how many there were.
    requests: AtomicU32,
}

/// One page of a listing.
pub(super) struct Page {
    pub(super) rows: Vec<Json>,
    /// Where to go on; `None` at the end.
    pub(super) next: Option<String>,
}

impl Client {
    pub(super) fn new(
        system: &SystemId,
        settings: &Settings,
        tokens: Tokens,
        clock: Clock,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            system: SmolStr::new(system.as_str()),
            http: http::client(settings.timeout())?,
            base: settings.base_url.0.clone(),
            tokens,
            clock,
            enterprise_id: settings.enterprise_id.clone(),
            page_size: AtomicU16::new(settings.page_size),
            largest_page: settings.page_size,
            ahead_ms: AtomicI64::new(UNKNOWN),
            requests: AtomicU32::new(0),
        })
    }

    pub(super) fn system(&self) -> SmolStr {
        self.system.clone()
    }

    /// The requests since this was last asked.
    pub(super) fn requests(&self) -> u32 {
        self.requests.swap(0, Ordering::Relaxed)
    }

    pub(super) fn unsupported(&self, what: &'static str) -> ConnectorError {
        ConnectorError::Unsupported { system: self.system(), what }
    }

    pub(super) fn undecodable(&self, what: &str) -> ConnectorError {
        ConnectorError::Undecodable { system: self.system(), what: what.to_owned() }
    }

    /// The present by the clock of Mews, whose stamps are compared with no other.
    pub(super) async fn now(&self) -> Result<DateTime<Utc>, ConnectorError> {
        if self.ahead_ms.load(Ordering::Relaxed) == UNKNOWN {
            self.call::<Json>("configuration/get", Map::new(), Effect::Reads).await?;
        }
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        let ahead = if ahead == UNKNOWN { 0 } else { ahead };
        Ok(self.clock.now() + TimeDelta::milliseconds(ahead))
    }

    /// Every row of a listing.
    async fn all(&self, listing: &Listing, filter: &Json) -> Result<Vec<Json>, ConnectorError> {
        let mut rows = Vec::new();
        let all = |more: Vec<Json>| {
            rows.extend(more);
            false
        };
        self.pages(listing, filter, all).await?;
        Ok(rows)
    }

    /// Goes through the pages of a listing, newest rows first, until `is_enough` says so or there are no more.
    pub(super) async fn pages(
        &self,
        listing: &Listing,
        filter: &Json,
        mut is_enough: impl FnMut(Vec<Json>) -> bool + Send,
    ) -> Result<(), ConnectorError> {
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = self.page(listing, filter, cursor.as_deref()).await?;
            match page.next {
                _ if is_enough(page.rows) => return Ok(()),
                Some(next) => cursor = Some(next),
                None => return Ok(()),
            }
        }
        Err(self.undecodable("the listing does not end"))
    }

    /// The rows of a listing that belong to these ids, asked for in as few calls as Mews takes; none for no ids.
    pub(super) async fn of_ids(
        &self,
        listing: &Listing,
        ids: &[&str],
        filter: &Json,
    ) -> Result<Vec<Json>, ConnectorError> {
        let mut rows = Vec::new();
        for chunk in ids.chunks(listing.most_ids) {
            let mut filter = object(filter);
            filter.insert(listing.ids.to_owned(), json!(chunk));
            rows.extend(self.all(listing, &Json::Object(filter)).await?);
        }
        Ok(rows)
    }

    /// One page of a listing: the newest rows first, going on behind the row that is the cursor.
    pub(super) async fn page(
        &self,
        listing: &Listing,
        filter: &Json,
        cursor: Option<&str>,
    ) -> Result<Page, ConnectorError> {
        let count = self.page_size.load(Ordering::Relaxed);
        let body = self.request(listing, filter, count, cursor);
        let mut answer: Map<String, Json> = self.call(listing.operation, body, Effect::Reads).await?;
        // It was in time: the next one may be larger again.
        self.page_size.store(count.saturating_mul(2).min(self.largest_page), Ordering::Relaxed);
        let Some(Json::Array(rows)) = answer.remove(listing.rows) else {
            return Err(self.undecodable(&format!("`{}` of `{}`", listing.rows, listing.operation)));
        };
        let next = answer.get("Cursor").and_then(Json::as_str).map(str::to_owned);
        let next = next.filter(|_| !rows.is_empty());
        if next.is_some() && next.as_deref() == cursor {
            return Err(self.undecodable(&format!("the cursor of `{}` does not move", listing.operation)));
        }
        Ok(Page { rows, next })
    }

    fn request(
        &self,
        listing: &Listing,
        filter: &Json,
        count: u16,
        cursor: Option<&str>,
    ) -> Map<String, Json> {
        let mut body = object(filter);
        if let Some(extent) = listing.extent {
            let extent = extent.iter().map(|(name, is_wanted)| ((*name).to_owned(), json!(is_wanted)));
            body.insert("Extent".to_owned(), Json::Object(extent.collect()));
        }
        if listing.has_states {
            body.entry("ActivityStates").or_insert_with(|| json!(["Active", "Deleted"]));
        }
        if let Some(id) = self.enterprise_id.as_ref().filter(|_| listing.of_hotel) {
            body.insert("EnterpriseIds".to_owned(), json!([id]));
        }
        let mut limitation = Map::from_iter([("Count".to_owned(), json!(count))]);
        limitation.extend(cursor.map(|cursor| ("Cursor".to_owned(), json!(cursor))));
        body.insert("Limitation".to_owned(), Json::Object(limitation));
        body
    }

    /// Calls an operation.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        operation: &str,
        mut body: Map<String, Json>,
        effect: Effect,
    ) -> Result<T, ConnectorError> {
        body.insert("ClientToken".to_owned(), self.tokens.client.expose_secret().into());
        body.insert("AccessToken".to_owned(), self.tokens.access.expose_secret().into());
        body.insert("Client".to_owned(), CLIENT.into());
        let request = self.http.post(self.url(operation)?).json(&body);
        self.requests.fetch_add(1, Ordering::Relaxed);
        let response = request.send().await.map_err(|error| self.unreachable(error, effect))?;
        let status = response.status();
        let wait = http::retry_after(response.headers());
        let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
        self.note_time(date);
        let body = http::body(response, MOST_BYTES).await.map_err(|error| match error {
            BodyError::Cut(error) => self.unreachable(error, effect),
            BodyError::TooLarge => self.undecodable("it is too large"),
        });
        let verdict = verdict(status.as_u16(), wait);
        if verdict == Verdict::Good {
            self.decode(operation, &body?, effect)
        } else {
            Err(self.error(verdict, (operation, status), &body.unwrap_or_default(), effect))
        }
    }

    fn url(&self, operation: &str) -> Result<Url, ConnectorError> {
        let mut url = self.base.clone();
        {
            let segments = url.path_segments_mut();
            let mut segments = segments.map_err(|()| self.undecodable("the base address"))?;
            segments.pop_if_empty().extend(["api", "connector", "v1"]).extend(operation.split('/'));
        }
        Ok(url)
    }

    /// Every answer tells the time in whole seconds: it is within the second that begins there, and its end is taken, so
    /// that what has been stamped is never later than the present.
    fn note_time(&self, date: Option<&str>) {
        if let Some(there) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) {
            let ahead = there.to_utc() + TimeDelta::seconds(1) - self.clock.now();
            self.ahead_ms.store(ahead.num_milliseconds(), Ordering::Relaxed);
        }
    }

    fn decode<T: DeserializeOwned>(
        &self,
        operation: &str,
        body: &[u8],
        effect: Effect,
    ) -> Result<T, ConnectorError> {
        serde_json::from_slice(body).map_err(|error| {
            let what = format!("`{operation}`: {:?} at column {}", error.classify(), error.column());
            // After a write, an answer that cannot be read leaves open whether it was done; half an answer to a read
            // says nothing of Mews.
            if effect == Effect::Reads && error.is_data() {
                self.undecodable(&what)
            } else {
                let source = what.into();
                ConnectorError::Unreachable { system: self.system(), sent: effect == Effect::Writes, source }
            }
        })
    }

    fn error(
        &self,
        verdict: Verdict,
        (operation, status): (&str, StatusCode),
        body: &[u8],
        effect: Effect,
    ) -> ConnectorError {
        let system = self.system();
        let answer = || format!("`{operation}` answers {status}");
        let sent = effect == Effect::Writes;
        match verdict {
            Verdict::Throttled(wait) => ConnectorError::RateLimited { system, wait },
            Verdict::Unauthorised => ConnectorError::Unauthorised { system, why: answer() },
            Verdict::TooMuch => {
                let smaller = (self.page_size.load(Ordering::Relaxed) / 2).max(SMALLEST_PAGE);
                self.page_size.store(smaller.min(self.largest_page), Ordering::Relaxed);
                ConnectorError::Unreachable { system, sent, source: answer().into() }
            }
            // What lost a race was not done.
            Verdict::Overtaken => {
                ConnectorError::Unreachable { system, sent: false, source: answer().into() }
            }
            Verdict::Transient => ConnectorError::Unreachable { system, sent, source: answer().into() },
            Verdict::Incompatible => ConnectorError::Incompatible { system, what: answer() },
            // An operator sees why a write is refused.
            Verdict::Refused if sent => {
                ConnectorError::BatchRefused { system, why: format!("{}: {}", answer(), reason(body)) }
            }
            Verdict::Good | Verdict::Refused => ConnectorError::Refused { system, why: answer() },
        }
    }

    fn unreachable(&self, error: reqwest::Error, effect: Effect) -> ConnectorError {
        let sent = effect.may_be_done(&error);
        ConnectorError::Unreachable { system: self.system(), sent, source: error.without_url().into() }
    }
}

/// A filter as the beginning of a request's body.
fn object(filter: &Json) -> Map<String, Json> {
    filter.as_object().cloned().unwrap_or_default()
}
