//! The one constructor of HTTP clients (TLS provider, time limits, no redirects to other hosts), and what is read of
//! every answer alike.

use reqwest::Response;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An HTTP client whose every request ends within `timeout`. Redirects are not followed: base addresses come from
/// the configuration only.
///
/// # Errors
/// The TLS back end could not be initialised.
#[expect(clippy::disallowed_methods, reason = "this is the one place that builds a client")]
pub fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    // A second installation fails harmlessly: the first one stands.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("cardex/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Whether a call changes anything at the system: after a failure of such a call, nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Reads,
    /// It changes something.
    Writes,
}

impl Effect {
    /// Whether a call that ended in `error` may have been carried out.
    pub fn may_be_done(self, error: &reqwest::Error) -> bool {
        self == Self::Writes && !error.is_connect() && !error.is_builder()
    }
}

/// The longest wait that is believed.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Why a body could not be read.
#[derive(Debug)]
pub enum BodyError {
    /// The line was cut.
    Cut(reqwest::Error),
    /// It is longer than any answer of this system.
    TooLarge,
}

/// The body of an answer, of at most `most` bytes.
///
/// # Errors
/// [`BodyError`] says why there is none.
pub async fn body(mut response: Response, most: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Cut)? {
        if body.len() + chunk.len() > most {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The wait that an answer asks for by its `Retry-After`.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    wait(header(RETRY_AFTER), header(DATE))
}

/// The wait of a `Retry-After`: seconds, or a date, which is measured against the answer's own `Date`. Nonsense is
/// no wait, and a wait beyond a day is a day.
fn wait(retry_after: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let text = retry_after?.trim();
    let until_date = || {
        let instant = |text| chrono::DateTime::parse_from_rfc2822(text).ok();
        (instant(text)? - instant(date?.trim())?).to_std().ok()
    };
    let wait = text.parse().ok().map(Duration::from_secs).or_else(until_date)?;
    Some(wait.min(LONGEST_WAIT))
}

/// The longest reason that is passed on.
const LONGEST_REASON: usize = 200;

/// What a system says of a refusal, without the words that could be somebody's address or number.
pub fn impersonal(said: &str) -> String {
    let is_personal =
        |word: &&str| word.contains('@') || word.chars().filter(char::is_ascii_digit).count() > 4;
    let words = said.split_whitespace();
    let kept: Vec<&str> = words.map(|word| if is_personal(&word) { "..." } else { word }).collect();
    kept.join(" ").chars().filter(|letter| !letter.is_control()).take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date_and_nonsense_is_none() {
        let check = |header: &str, date: Option<&str>, expected: Option<u64>| {
            assert_eq!(wait(Some(header), date), expected.map(Duration::from_secs), "{header}");
        };
        let now = Some("Sun, 22 Nov 2026 02:00:00 GMT");
        check("7", None, Some(7));
        check(" 0 ", now, Some(0));
        check("Sun, 22 Nov 2026 02:01:30 GMT", now, Some(90));
        check("Sun, 22 Nov 2026 02:01:30 GMT", None, None);
        check("Sun, 22 Nov 2026 01:00:00 GMT", now, None);
        check("-5", now, None);
        check("soon", now, None);
        check("", now, None);
        check("1000000000", now, Some(86_400));
        check("99999999999999999999", now, None);
        assert_eq!(wait(None, now), None);
    }
}
