//! Word to systemd. Without systemd every call does nothing.

use sd_notify::NotifyState;
use std::time::Duration;

/// All is set up: migrations, configuration, credentials, the first look at the store.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// One line for `systemctl status`.
pub fn status(text: &str) {
    tell(&[NotifyState::Status(text)]);
}

/// Feeds the watchdog. Call it only when the work has really moved since the last time, and more often than
/// [`patience`]: a daemon that hangs is then restarted, and loses nothing.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How long systemd waits for a sign of life; `None` when it does not watch.
pub fn patience() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

/// The stop has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("finishing what is running")]);
}

/// Asks for more time, for a long migration at start or a long drain at stop.
pub fn extend_timeout(by: Duration) {
    tell(&[NotifyState::ExtendTimeoutUsec(u32::try_from(by.as_micros()).unwrap_or(u32::MAX))]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(error = %error, "systemd could not be told");
    }
}
