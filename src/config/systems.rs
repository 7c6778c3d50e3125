//! `[systems.<name>]`: the PMSs and CRMs.

use serde::Deserialize;
use std::fmt;
use std::time::Duration;

use super::error::Problems;
use super::words;
use crate::model::capabilities::{Capabilities, RateLimit, SystemClass};
use crate::model::policy::Merging;
use crate::model::record::RecordKind;
use crate::queue::retry::RetrySettings;
use crate::schedule::Trigger;

/// A PMS or CRM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// The connector that speaks to it.
    pub connector: String,
    /// The hotel whose clock, currency and country hold for it.
    pub property: String,
    /// Its side.
    #[serde(deserialize_with = "words::choice")]
    pub side: SystemClass,
    /// The kinds of record that are created there when they exist elsewhere.
    #[serde(deserialize_with = "words::choices")]
    pub creates: Vec<RecordKind>,
    /// Whether fields for internal eyes may go there.
    pub internal: bool,
    /// The recorded purpose under which special-category fields may go there; empty for none.
    pub special_purpose: String,
    /// What becomes of a merge made elsewhere, where the system holds the records too and can be asked to merge them.
    #[serde(deserialize_with = "words::choice")]
    pub merges: Merging,
    /// When it is asked for changes.
    #[serde(deserialize_with = "words::trigger")]
    pub poll: Trigger,
    /// When every record is compared.
    #[serde(deserialize_with = "words::trigger")]
    pub sweep: Trigger,
    /// How far its clock may be off, in seconds.
    pub clock_offset_s: u32,
    /// At most so many calls in `limit_per_s`; 0 for the connector's own limit.
    pub limit_calls: u32,
    /// The window of `limit_calls`, in seconds.
    pub limit_per_s: u64,
    /// The share of the calls that is kept for lane 0.
    pub reserved_share: f64,
    /// How many records one call reads at most; 0 for the connector's own limit.
    pub read_batch: usize,
    /// How many records one call writes at most; 0 for the connector's own limit.
    pub write_batch: usize,
    /// How many webhooks a second it may send for long.
    pub push_limit: u32,
    /// After how long without a webhook it counts as silent; `None`: it never does.
    #[serde(deserialize_with = "words::maybe_span")]
    pub push_silence: Option<Duration>,
    /// After so many failed tries a record is parked.
    pub max_attempts: u32,
    /// The share of parked records that stops the system.
    pub park_ratio: f64,
    /// Of at least so many records.
    pub park_min: u32,
    /// What the connector needs, unread.
    #[serde(default)]
    pub settings: Settings,
}

/// `[system_defaults]`: what a system need not say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "it declares which keys have a default; the values are merged into each system's table"
)]
pub(super) struct SystemDefaults {
    #[serde(deserialize_with = "words::choices")]
    creates: Vec<RecordKind>,
    internal: bool,
    special_purpose: String,
    #[serde(deserialize_with = "words::choice")]
    merges: Merging,
    #[serde(deserialize_with = "words::trigger")]
    poll: Trigger,
    #[serde(deserialize_with = "words::trigger")]
    sweep: Trigger,
    clock_offset_s: u32,
    limit_calls: u32,
    limit_per_s: u64,
    reserved_share: f64,
    read_batch: usize,
    write_batch: usize,
    push_limit: u32,
    #[serde(deserialize_with = "words::maybe_span")]
    push_silence: Option<Duration>,
    max_attempts: u32,
    park_ratio: f64,
    park_min: u32,
}

/// A part of the configuration as the library holds it: a connector's settings, which only the connector reads.
/// It may hold what nobody should have written into it, so it is never printed.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub config::Value);

impl Default for Settings {
    fn default() -> Self {
        Self(config::Value::new(None, config::Map::<String, config::Value>::new()))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[not shown]")
    }
}

impl System {
    /// The purpose under which special-category fields may go there.
    pub fn purpose(&self) -> Option<&str> {
        Some(self.special_purpose.as_str()).filter(|purpose| !purpose.is_empty())
    }

    /// The waits between tries at this system.
    pub const fn retry(&self, retry: &super::work::Retry) -> RetrySettings {
        RetrySettings {
            base: Duration::from_millis(retry.base_ms),
            longest: Duration::from_secs(retry.longest_s),
            max_attempts: self.max_attempts,
        }
    }

    /// What the connector can do, within what the hotel allows.
    #[must_use]
    pub fn limit(&self, mut capabilities: Capabilities) -> Capabilities {
        let at_most = |allowed: usize, wanted: usize| if wanted == 0 { allowed } else { allowed.min(wanted) };
        capabilities.read_batch = at_most(capabilities.read_batch, self.read_batch);
        capabilities.write_batch = at_most(capabilities.write_batch, self.write_batch);
        if self.limit_calls > 0 {
            capabilities.rate =
                RateLimit { calls: self.limit_calls, per: Duration::from_secs(self.limit_per_s) };
        }
        capabilities
    }

    pub(super) fn validate(&self, name: &str, problems: &mut Problems) {
        let key = |field: &str| format!("systems.{name}.{field}");
        problems.require(words::is_name(name), format!("systems.{name}"), words::NAME_RULE);
        problems.require(!self.connector.is_empty(), key("connector"), "it is empty");
        problems.require(
            (1..=86_400).contains(&self.limit_per_s),
            key("limit_per_s"),
            "it is not between 1 and 86400",
        );
        problems.require(
            (0.0..=0.9).contains(&self.reserved_share),
            key("reserved_share"),
            "it is not between 0 and 0.9",
        );
        problems.require(
            self.park_ratio > 0.0 && self.park_ratio <= 1.0,
            key("park_ratio"),
            "it is not above 0 and at most 1",
        );
        problems.require(
            (1..=100).contains(&self.max_attempts),
            key("max_attempts"),
            "it is not between 1 and 100",
        );
        problems.require(
            (1..=100_000).contains(&self.push_limit),
            key("push_limit"),
            "it is not between 1 and 100000",
        );
        problems.require(self.clock_offset_s <= 86_400, key("clock_offset_s"), "it is more than a day");
        problems.require(self.park_min > 0, key("park_min"), "it is 0");
    }
}
