//! `[service]` and `[log]`: how the daemon is reached and what it says.

use serde::Deserialize;
use std::net::SocketAddr;
use std::time::Duration;

use super::error::Problems;
use super::words;

/// Where the daemon answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Where health, metrics and webhooks are answered.
    pub listen: SocketAddr,
    /// Whether other machines may reach that address.
    pub allow_remote: bool,
    /// How long running work may take to finish at a stop, in seconds.
    pub stop_timeout_s: u64,
    /// How a proxy in front of the desk says who somebody is.
    pub proxy_sign_in: ProxySignIn,
}

/// How a proxy in front of the desk says who somebody is. Without a header it does not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxySignIn {
    /// The header with the operator's name.
    pub header: String,
    /// The header with the secret that the proxy shares with the desk.
    pub secret_header: String,
    /// The file with that secret.
    pub secret_file: String,
}

impl ProxySignIn {
    fn validate(&self, problems: &mut Problems) {
        if self.header.is_empty() {
            return;
        }
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let key = |name: &str| format!("service.proxy_sign_in.{name}");
        problems.require(is_name(&self.header), key("header"), "it is no name of a header");
        problems.require(is_name(&self.secret_header), key("secret_header"), "it is no name of a header");
        problems.require(
            !self.header.eq_ignore_ascii_case(&self.secret_header),
            key("secret_header"),
            "it is the header of the name",
        );
        problems.require(
            !self.secret_file.is_empty(),
            key("secret_file"),
            "without a secret anybody could be anybody",
        );
    }
}

impl Service {
    /// How long running work may take to finish at a stop.
    pub const fn stop_timeout(&self) -> Duration {
        Duration::from_secs(self.stop_timeout_s)
    }

    pub(super) fn validate(&self, problems: &mut Problems) {
        if !self.listen.ip().is_loopback() && !self.allow_remote {
            problems.add_with_hint(
                "service.listen",
                format!("`{}` can be reached by other machines", self.listen),
                Some(
                    "listen on 127.0.0.1, or set `service.allow_remote = true` behind a proxy with TLS"
                        .to_owned(),
                ),
            );
        }
        problems.require(
            (1..=300).contains(&self.stop_timeout_s),
            "service.stop_timeout_s",
            "it is not between 1 and 300",
        );
        self.proxy_sign_in.validate(problems);
    }
}

/// What the log looks like.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The form of its lines.
    #[serde(deserialize_with = "words::choice")]
    pub format: LogFormat,
    /// The level, also per module.
    pub level: String,
}

impl Log {
    pub(super) fn validate(&self, problems: &mut Problems) {
        if let Err(error) = self.level.parse::<tracing_subscriber::filter::Targets>() {
            problems.add("log.level", format!("`{}` is no level: {error}", self.level));
        }
    }
}

/// The form of the log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text, coloured on a terminal.
    Auto,
    /// Text without colour.
    Text,
    /// One JSON object per line.
    Json,
}
