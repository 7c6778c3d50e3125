//! A system that sends no webhooks any more is noticed, once, and its last one is known over a restart.

use serde_json::Value;

use super::{Door, about};
use crate::support::site::eventually;

const METRIC: &str = "cardex_webhooks_silent{system=\"crm\"}";

impl Door {
    async fn until_silent(&self, expected: u64) {
        let what = format!("{METRIC} is {expected}");
        eventually(&what, async || (self.metric(METRIC).await == Some(expected)).then_some(())).await;
    }

    /// How often the log says this.
    fn logged(&self, what: &str) -> usize {
        self.site.log().matches(what).count()
    }
}

#[tokio::test]
async fn silence_is_told_when_it_begins_and_when_it_ends() {
    let mut door = Door::open("", "push_silence = \"5s\"").await;
    let (begins, ends) = ("no webhook of the system has come", "webhooks of the system come again");
    door.until_silent(1).await;
    assert_eq!((door.logged(begins), door.logged(ends)), (1, 0));
    assert!(door.last_push().is_null());

    assert_eq!(door.push(&about("P1")).await, 202);
    door.until_silent(0).await;
    assert_eq!((door.logged(begins), door.logged(ends)), (1, 1));
    let last = eventually("it is known", async || Some(door.last_push()).filter(Value::is_string)).await;

    door.until_silent(1).await;
    assert_eq!((door.logged(begins), door.logged(ends)), (2, 1));

    door.site.stop();
    door.site.start().await;
    assert_eq!(door.last_push(), last);
    door.until_silent(1).await;
    assert_eq!((door.logged(begins), door.logged(ends)), (3, 1));
}

#[tokio::test]
async fn a_system_that_may_be_silent_has_no_such_metric() {
    let door = Door::open("", "").await;
    assert_eq!(door.push(&about("P1")).await, 202);
    eventually("it is known", async || door.last_push().is_string().then_some(())).await;
    assert_eq!(door.metric(METRIC).await, None);
}
