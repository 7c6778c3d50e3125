//! Whether the daemon runs, and what only it knows: asked over its own loopback address.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::connectors::http;
use crate::telemetry::metric;

/// How long the daemon may take to answer before it counts as not running.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the daemon says of itself.
#[derive(Debug, Default)]
pub(super) struct Daemon {
    readiness: Option<Readiness>,
    budgets: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
struct Readiness {
    ready: bool,
    reasons: BTreeMap<String, String>,
}

/// Asks the daemon that listens there; one that does not answer is not running.
pub(super) async fn ask(listen: SocketAddr) -> Daemon {
    let address = if listen.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), listen.port())
    } else {
        listen
    };
    let Ok(client) = http::client(PATIENCE) else { return Daemon::default() };
    let Ok(answer) = client.get(format!("http://{address}/readyz")).send().await else {
        return Daemon::default();
    };
    let readiness = answer.json::<Readiness>().await.ok();
    let metrics = match client.get(format!("http://{address}/metrics")).send().await {
        Ok(answer) => answer.text().await.unwrap_or_default(),
        Err(_) => String::new(),
    };
    Daemon { readiness, budgets: budgets(&metrics) }
}

impl Daemon {
    /// Calls that the budget of a system still allows now.
    pub(super) fn budget(&self, system: &str) -> Option<u64> {
        self.budgets.get(system).copied()
    }

    pub(super) fn in_words(&self) -> String {
        match &self.readiness {
            None => "the daemon is not running".to_owned(),
            Some(Readiness { ready: true, .. }) => "the daemon is running and ready".to_owned(),
            Some(Readiness { reasons, .. }) => {
                let reasons: Vec<&str> = reasons.values().map(String::as_str).collect();
                format!("the daemon is running but not ready: {}", reasons.join("; "))
            }
        }
    }
}

/// The budgets out of the text form of the metrics: `cardex_budget_remaining{system="crm"} 7`.
fn budgets(metrics: &str) -> BTreeMap<String, u64> {
    let budget = |line: &str| {
        let (system, calls) =
            line.strip_prefix(metric::BUDGET_REMAINING)?.strip_prefix("{system=\"")?.split_once("\"} ")?;
        Some((system.to_owned(), calls.parse().ok()?))
    };
    metrics.lines().filter_map(budget).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_found_among_the_metrics() {
        let text = "# TYPE cardex_budget_remaining gauge\ncardex_budget_remaining{system=\"crm\"} 7\n\
                    cardex_connector_up{system=\"crm\"} 1\ncardex_budget_remaining{system=\"pms\"} 0\n";
        assert_eq!(budgets(text), BTreeMap::from([("crm".to_owned(), 7), ("pms".to_owned(), 0)]));
    }
}
