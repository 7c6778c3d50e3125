//! Whether the daemon can do its work, and if not, why.

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What the daemon is not ready for until it has been looked at once.
const STARTING: (&str, &str) = ("start", "the daemon is starting");

/// The conditions of readiness, shared by those who set them and the one who shows them.
///
/// A new one is not ready: the first condition that is set, good or bad, ends the start.
#[derive(Debug, Clone)]
pub struct Readiness {
    conditions: Arc<RwLock<BTreeMap<String, Option<String>>>>,
}

/// What `/readyz` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing is in the way.
    pub ready: bool,
    /// What is in the way, by condition, as lower-case fragments.
    pub reasons: BTreeMap<String, String>,
    /// The conditions that are met.
    pub good: Vec<String>,
}

impl Default for Readiness {
    fn default() -> Self {
        let (name, why) = STARTING;
        let conditions = BTreeMap::from([(name.to_owned(), Some(why.to_owned()))]);
        Self { conditions: Arc::new(RwLock::new(conditions)) }
    }
}

impl Readiness {
    /// Says how a condition stands: `None` when it is met, else what is in the way.
    pub fn set(&self, condition: &str, in_the_way: Option<String>) {
        let mut conditions = self.conditions.write().unwrap_or_else(PoisonError::into_inner);
        conditions.remove(STARTING.0);
        conditions.insert(condition.to_owned(), in_the_way);
    }

    /// The daemon is stopping: it is not ready any more, whatever else is said.
    pub fn stopping(&self) {
        self.set("stop", Some("the daemon is stopping".to_owned()));
    }

    /// How everything stands.
    pub fn report(&self) -> Report {
        let conditions = self.conditions.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut report = Report { ready: true, reasons: BTreeMap::new(), good: Vec::new() };
        for (name, in_the_way) in conditions {
            match in_the_way {
                Some(why) => {
                    report.ready = false;
                    report.reasons.insert(name, why);
                }
                None => report.good.push(name),
            }
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daemon_is_ready_when_nothing_is_in_the_way() {
        let readiness = Readiness::default();
        assert!(!readiness.report().ready, "it has not been looked at");
        readiness.set("store", None);
        assert!(readiness.report().ready);
        readiness.clone().set("systems", Some("every system is stopped".to_owned()));
        let report = readiness.report();
        assert!(!report.ready);
        assert_eq!(report.reasons["systems"], "every system is stopped");
        assert_eq!(report.good, ["store"]);
        readiness.set("systems", None);
        assert!(readiness.report().ready);
        readiness.stopping();
        readiness.set("store", None);
        assert!(!readiness.report().ready, "nothing makes a stopping daemon ready again");
    }
}
