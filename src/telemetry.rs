//! The log and the metrics: set up once, at start.
//!
//! Neither ever carries personal data or payloads. Libraries are held to `info`, because what HTTP and database
//! libraries say below that may quote requests. Labels of metrics hold names from the configuration, never ids.

use chrono::{DateTime, Utc};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::io::IsTerminal;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{Log, LogFormat};
use crate::model::SystemId;
use crate::store::{MarkState, Queue, QueueCount};

/// Our own modules; everything else is a library.
const OURS: &str = "cardex";

/// The log or the metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level cannot be read. The configuration has been checked, so this is about another source.
    #[error("`{0}` is no log level")]
    Level(String),
    /// Something else in this process logs already.
    #[error("the log could not be set up")]
    Log(#[from] TryInitError),
    /// Something else in this process collects metrics already.
    #[error("the metrics could not be set up")]
    Metrics(#[from] BuildError),
}

/// Sends the log to standard error, in the configured form and level.
///
/// # Errors
/// [`TelemetryError`] when the level cannot be read, or a log is set up already.
pub fn start_log(log: &Log) -> Result<(), TelemetryError> {
    let targets: Targets = log.level.parse().map_err(|_| TelemetryError::Level(log.level.clone()))?;
    let registry = tracing_subscriber::registry().with(held_back(&targets));
    // A line that cannot be written, because the disk is full, is lost. To complain about it at the same place would
    // end the loop that wanted to say something.
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .log_internal_errors(false);
    match (log.format, to_journal()) {
        (LogFormat::Json, _) => registry.with(lines.json().flatten_event(true)).try_init()?,
        (LogFormat::Auto, true) => {
            registry.with(lines.event_format(Journal(Format::default().without_time()))).try_init()?;
        }
        (LogFormat::Auto, false) | (LogFormat::Text, _) => registry.with(lines).try_init()?,
    }
    Ok(())
}

/// The configured levels for our own modules; libraries at `info` at most.
fn held_back(wanted: &Targets) -> Targets {
    let everywhere = wanted.default_level().unwrap_or(LevelFilter::INFO);
    let mut held =
        Targets::new().with_default(everywhere.min(LevelFilter::INFO)).with_target(OURS, everywhere);
    for (target, level) in wanted {
        let ours = target == OURS || target.starts_with("cardex::");
        held = held.with_target(target.to_owned(), if ours { level } else { level.min(LevelFilter::INFO) });
    }
    held
}

/// Whether standard error goes to the journal, which stamps each line itself.
fn to_journal() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some() && !std::io::stderr().is_terminal()
}

/// Lines for the journal: the priority in front, in the form that systemd understands, and no time.
struct Journal(Format<Full, ()>);

impl<S, N> FormatEvent<S, N> for Journal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        out.write_str(priority(*event.metadata().level()))?;
        self.0.format_event(context, out, event)
    }
}

/// The priority of syslog that a level has.
const fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        Level::DEBUG | Level::TRACE => "<7>",
    }
}

/// The names of the metrics.
pub mod metric {
    /// Declares the names with the text that `/metrics` shows for each, and the list of all.
    macro_rules! metrics {
        ($($name:ident = $text:literal, $kind:ident, $about:literal;)*) => {
            $(#[doc = $about] pub const $name: &str = concat!("cardex_", $text);)*
            /// Tells the exporter what each metric means.
            pub(super) fn describe() {
                $(metrics::$kind!($name, $about);)*
            }
        };
    }

    metrics! {
        QUEUE_DEPTH = "queue_depth", describe_gauge, "Marks that wait, by queue and state.";
        QUEUE_OLDEST_AGE = "queue_oldest_age_seconds", describe_gauge, "Age of the oldest mark that waits, by queue.";
        SYNC_LAG = "sync_lag_seconds", describe_gauge, "How long the oldest undelivered change of a system waits.";
        OBSERVATIONS = "observations_total", describe_counter, "Observations taken in, by system and result.";
        DELIVERIES = "deliveries_total", describe_counter, "Writes sent, by system and outcome.";
        DELIVERY_DURATION = "delivery_duration_seconds", describe_histogram, "How long writes take, by system.";
        FAILURES = "failures_total", describe_counter, "Rounds of work that failed, by system.";
        WEBHOOKS = "webhooks_total", describe_counter, "Pushed requests, by system and result.";
        WEBHOOKS_SILENT = "webhooks_silent", describe_gauge,
            "Whether a system has pushed nothing for longer than it may: 1 or 0.";
        PARKED = "parked", describe_gauge, "Marks that were given up and wait for an operator, by system.";
        REVIEWS_OPEN = "reviews_open", describe_gauge, "Questions that wait for an operator, by kind.";
        DUPLICATES_OPEN = "duplicates_open", describe_gauge, "Proposals of duplicates that wait, by band.";
        SCHEDULE_LAST_SUCCESS = "schedule_last_success_timestamp_seconds", describe_gauge,
            "When a scheduled job last ended well, by system and job.";
        CONNECTOR_UP = "connector_up", describe_gauge, "Whether a system answers: 1 or 0.";
        BUDGET_REMAINING = "budget_remaining", describe_gauge, "Calls that a system's budget still allows now.";
        BUILD_INFO = "build_info", describe_gauge, "Always 1; the version is in the label.";
    }
}

/// Upper bounds of the histograms' buckets, in seconds: from a loopback call to a time-out.
const DURATION_BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// What renders the metrics, once they are collected.
static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// The systems that have been counted, so that a gauge goes back to nothing when its marks are gone.
static COUNTED: Mutex<BTreeSet<SystemId>> = Mutex::new(BTreeSet::new());

/// Starts collecting metrics. What is measured before is lost.
///
/// # Errors
/// [`TelemetryError::Metrics`] when metrics are collected already.
pub fn start_metrics() -> Result<(), TelemetryError> {
    let durations = Matcher::Suffix("_duration_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(durations, &DURATION_BUCKETS)?;
    let _ = METRICS.set(builder.install_recorder()?);
    metric::describe();
    gauge!(metric::BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(())
}

/// The metrics in the text form of Prometheus; empty before they are collected.
pub fn rendered_metrics() -> String {
    METRICS.get().map_or_else(String::new, |handle| {
        handle.run_upkeep();
        handle.render()
    })
}

/// How many marks wait, and since when.
pub fn queue_depths(counts: &[QueueCount], now: DateTime<Utc>) {
    let sum = |which: &dyn Fn(&&QueueCount) -> bool| {
        counts.iter().filter(which).map(|count| count.n_marks).sum::<u64>()
    };
    let age = |which: &dyn Fn(&&QueueCount) -> bool| {
        let oldest = counts.iter().filter(which).map(|count| count.oldest).min();
        oldest.map_or(0.0, |oldest| (now - oldest).as_seconds_f64().max(0.0))
    };
    let moving = |count: &QueueCount| count.state != MarkState::Parked;
    for queue in Queue::ALL {
        for state in [MarkState::Ready, MarkState::Leased, MarkState::Waiting, MarkState::Parked] {
            let depth = sum(&|count| count.queue == queue && count.state == state);
            gauge!(metric::QUEUE_DEPTH, "queue" => queue.name(), "state" => state.name())
                .set(as_gauge(depth));
        }
        let oldest = age(&|count| count.queue == queue && moving(count));
        gauge!(metric::QUEUE_OLDEST_AGE, "queue" => queue.name()).set(oldest);
    }
    let mut systems = COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    systems.extend(counts.iter().map(|count| count.system.clone()));
    for system in systems.iter() {
        let parked = sum(&|count| count.system == *system && !moving(count));
        gauge!(metric::PARKED, "system" => system.to_string()).set(as_gauge(parked));
        let lag = age(&|count| count.system == *system && count.queue == Queue::Due && moving(count));
        gauge!(metric::SYNC_LAG, "system" => system.to_string()).set(lag);
    }
}

/// Whether a system answers, and how many calls its budget still allows now.
pub fn system(system: &SystemId, up: bool, budget_remaining: u32) {
    gauge!(metric::CONNECTOR_UP, "system" => system.to_string()).set(if up { 1.0 } else { 0.0 });
    gauge!(metric::BUDGET_REMAINING, "system" => system.to_string()).set(f64::from(budget_remaining));
}

/// Observations of a system were judged.
pub fn observed(system: &SystemId, judged: usize, changed: usize) {
    let result = |result| counter!(metric::OBSERVATIONS, "system" => system.to_string(), "result" => result);
    result("changed").increment(changed as u64);
    result("same").increment(judged.saturating_sub(changed) as u64);
}

/// Writes to a system have ended.
pub fn delivered(system: &SystemId, done: usize, parked: usize) {
    let outcome =
        |outcome| counter!(metric::DELIVERIES, "system" => system.to_string(), "outcome" => outcome);
    outcome("done").increment(done as u64);
    outcome("parked").increment(parked as u64);
}

/// A call that writes to a system took so long.
pub fn write_took(system: &SystemId, duration: Duration) {
    histogram!(metric::DELIVERY_DURATION, "system" => system.to_string()).record(duration.as_secs_f64());
}

/// A system was asked for its changes, and answered.
pub fn polled(system: &SystemId, now: DateTime<Utc>) {
    succeeded(system.as_str(), "poll", now);
}

/// A scheduled job has ended well. `key` is `<job>:<system>`, or the name of a job that belongs to no system.
pub fn job_done(key: &str, now: DateTime<Utc>) {
    let (job, system) = key.split_once(':').unwrap_or((key, ""));
    succeeded(system, job, now);
}

fn succeeded(system: &str, job: &str, now: DateTime<Utc>) {
    let labels = [("system", system.to_owned()), ("job", job.to_owned())];
    #[expect(clippy::cast_precision_loss, reason = "seconds of Unix time are far below 2^53")]
    gauge!(metric::SCHEDULE_LAST_SUCCESS, &labels).set(now.timestamp() as f64);
}

/// So many pushed requests have ended like this: `accepted`, or why they were refused. None of them makes the count visible.
pub fn pushed(system: &SystemId, result: &'static str, n_requests: u64) {
    counter!(metric::WEBHOOKS, "system" => system.to_string(), "result" => result).increment(n_requests);
}

/// Whether a system has pushed nothing for longer than it may.
pub fn silent(system: &SystemId, is_silent: bool) {
    gauge!(metric::WEBHOOKS_SILENT, "system" => system.to_string()).set(if is_silent { 1.0 } else { 0.0 });
}

/// How many questions of a kind wait for an operator.
pub fn reviews_open(kind: &'static str, open: u64) {
    gauge!(metric::REVIEWS_OPEN, "kind" => kind).set(as_gauge(open));
}

/// How many proposals of duplicates of a band wait for an operator.
pub fn duplicates_open(band: &'static str, open: u64) {
    gauge!(metric::DUPLICATES_OPEN, "band" => band).set(as_gauge(open));
}

/// A round of work at a system failed, `failures` times in a row now. The first is news, and every tenth says that it
/// is not over; the rest would only fill the log.
pub fn round_failed(system: &SystemId, error: &(dyn Error + 'static), failures: u32) {
    counter!(metric::FAILURES, "system" => system.to_string()).increment(1);
    if failures == 1 || failures.is_multiple_of(10) {
        tracing::warn!(system.id = %system, failures, error = %Chain(error), "work at the system failed; it is tried again");
    } else {
        tracing::debug!(system.id = %system, failures, error = %Chain(error), "work at the system failed again");
    }
}

/// An error with its causes on one line.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, out)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(out, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// A count as a gauge holds it.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
const fn as_gauge(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &str, target: &str, level: Level, shown: bool) {
        let held = held_back(&wanted.parse().expect("levels"));
        assert_eq!(held.would_enable(target, &level), shown, "{wanted}: {level} of {target}");
    }

    #[test]
    fn our_own_modules_say_what_was_asked() {
        check("debug", "cardex::deliver", Level::DEBUG, true);
        check("warn", "cardex::deliver", Level::INFO, false);
        check("warn,cardex::deliver=trace", "cardex::deliver", Level::TRACE, true);
        check("warn,cardex::deliver=trace", "cardex::capture", Level::INFO, false);
    }

    #[test]
    fn libraries_never_say_more_than_info() {
        check("trace", "reqwest::connect", Level::DEBUG, false);
        check("trace", "sqlx::query", Level::INFO, true);
        check("info,reqwest=trace", "reqwest::connect", Level::DEBUG, false);
        check("error", "sqlx::query", Level::WARN, false);
    }
}
