//! `[queue]`, `[retry]`, `[guard]`, `[mail]`, `[relay]` and `[duplicates]`: how the hub works, and when it stops itself.

use chrono::{NaiveTime, TimeDelta};
use serde::Deserialize;
use std::time::Duration;

use super::error::Problems;
use super::words;
use crate::reconcile::MailWindow;
use crate::schedule::Trigger;

/// How the queues are worked off.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// How many pages of work are reconciled at once.
    pub workers: usize,
    /// How many marks are claimed at a time.
    pub claim: usize,
    /// How long a worker may be silent before its work is given to another, in seconds.
    pub lease_s: u64,
    /// How often the queue is looked at when nothing wakes the workers, in milliseconds.
    pub idle_poll_ms: u64,
}

impl Queue {
    /// How long a worker may be silent.
    pub const fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_s)
    }

    /// How often the queue is looked at when nothing wakes the workers.
    pub const fn idle_poll(&self) -> Duration {
        Duration::from_millis(self.idle_poll_ms)
    }

    pub(super) fn validate(&self, problems: &mut Problems) {
        problems.require((1..=64).contains(&self.workers), "queue.workers", "it is not between 1 and 64");
        problems.require((1..=5000).contains(&self.claim), "queue.claim", "it is not between 1 and 5000");
        problems.require((5..=3600).contains(&self.lease_s), "queue.lease_s", "it is not between 5 and 3600");
        problems.require(
            (10..=60_000).contains(&self.idle_poll_ms),
            "queue.idle_poll_ms",
            "it is not between 10 and 60000",
        );
    }
}

/// The waits between tries. After how many a record is given up is the system's own `max_attempts`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The longest wait after the first failure, in milliseconds.
    pub base_ms: u64,
    /// The longest wait of all, in seconds.
    pub longest_s: u64,
}

impl Retry {
    pub(super) fn validate(&self, problems: &mut Problems) {
        problems.require(
            (10..=600_000).contains(&self.base_ms),
            "retry.base_ms",
            "it is not between 10 and 600000",
        );
        problems.require(
            (1..=86_400).contains(&self.longest_s),
            "retry.longest_s",
            "it is not between 1 and 86400",
        );
    }
}

/// When a cycle would do too much at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// So many deletions are always allowed.
    pub deletions_min: u64,
    /// And so large a share of the records.
    pub deletions_ratio: f64,
    /// One field may always change on so many records.
    pub field_min: u64,
    /// And on so large a share of them.
    pub field_ratio: f64,
}

impl Guard {
    pub(super) fn validate(&self, problems: &mut Problems) {
        for (key, ratio) in
            [("guard.deletions_ratio", self.deletions_ratio), ("guard.field_ratio", self.field_ratio)]
        {
            problems.require((0.0..=1.0).contains(&ratio), key, "it is not between 0 and 1");
        }
    }
}

/// When mails go out, and how fresh a reading has to be for them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// So many days before the arrival.
    pub pre_arrival_days: u32,
    /// At this time on the hotel's clock.
    #[serde(deserialize_with = "words::time_of_day")]
    pub pre_arrival_at: NaiveTime,
    /// How long a reservation stays cleared after it was read at the PMS, in hours.
    pub clearance_h: u32,
}

impl Mail {
    /// The same for the rules.
    pub(super) fn window(&self) -> MailWindow {
        MailWindow {
            pre_arrival_days: self.pre_arrival_days,
            pre_arrival_at: self.pre_arrival_at,
            clearance: TimeDelta::hours(self.clearance_h.into()),
        }
    }

    pub(super) fn validate(&self, problems: &mut Problems) {
        problems.require(self.pre_arrival_days <= 365, "mail.pre_arrival_days", "it is more than a year");
        problems.require(
            (1..=168).contains(&self.clearance_h),
            "mail.clearance_h",
            "it is not between 1 hour and a week",
        );
    }
}

/// Addresses that travel agencies put in the place of a guest's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// Their domains, lower case; subdomains count.
    pub domains: Vec<String>,
}

impl Relay {
    pub(super) fn validate(&self, problems: &mut Problems) {
        for domain in &self.domains {
            let plain = domain.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
            });
            if !plain || !domain.contains('.') || domain.starts_with('.') {
                problems.add("relay.domains", format!("`{domain}` is no domain in lower case"));
            }
        }
    }
}

/// How duplicates are searched.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicates {
    /// When all profiles are compared with each other, on the clock of the first hotel.
    #[serde(deserialize_with = "words::trigger")]
    pub schedule: Trigger,
    /// Whether what is certain is made one without asking.
    pub merge_identity: bool,
    /// Whether weights follow the operators' decisions.
    pub learn: bool,
    /// Whether people with one contact are asked about: how do they belong together?
    pub households: bool,
    /// The recorded purpose for which identity documents are compared; empty: they are not.
    pub document_purpose: String,
}

impl Duplicates {
    /// The purpose for which identity documents are compared.
    pub fn purpose(&self) -> Option<&str> {
        Some(self.document_purpose.as_str()).filter(|purpose| !purpose.is_empty())
    }
}
