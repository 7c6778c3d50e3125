//! Proof of life: what the loops of the daemon say about themselves, and which of them has fallen silent.
//!
//! A loop is alive when it turns, whatever a round brings: during an outage of the database or of a system every
//! round fails, and the loop is as well as ever. It beats at the end of each round and before each call to a system,
//! and it may rest for as long as it likes. A loop that neither beats nor rests hangs, and so does one that is gone.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

tokio::task_local! {
    /// The loop that this task is.
    static CURRENT: Arc<Pulse>;
}

/// One loop's proof of life.
#[derive(Debug)]
pub struct Pulse {
    name: String,
    beats: AtomicU64,
    resting: AtomicBool,
    trouble: Mutex<Option<String>>,
}

impl Pulse {
    /// Runs a loop whose beats and rests are this pulse.
    pub async fn live<T>(self: Arc<Self>, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }
}

/// The loop that calls has done something.
pub fn beat() {
    // Work outside a loop, for example of a command, has nobody who watches it.
    let _ = CURRENT.try_with(|pulse| pulse.beats.fetch_add(1, Ordering::Relaxed));
}

/// The loop that calls is alive, but this keeps it from its work; `None` when it is over.
pub fn trouble(what: Option<String>) {
    let _ = CURRENT.try_with(|pulse| *locked(&pulse.trouble) = what);
}

/// Waits in the name of the loop that calls: however long it takes, the loop is well.
pub async fn rest<T>(wait: impl Future<Output = T>) -> T {
    let _resting = CURRENT.try_with(|pulse| Resting::begin(Arc::clone(pulse))).ok();
    wait.await
}

/// Ends the rest also where the waiting is given up or panics.
struct Resting(Arc<Pulse>);

impl Resting {
    fn begin(pulse: Arc<Pulse>) -> Self {
        pulse.resting.store(true, Ordering::Relaxed);
        Self(pulse)
    }
}

impl Drop for Resting {
    fn drop(&mut self) {
        self.0.resting.store(false, Ordering::Relaxed);
        self.0.beats.fetch_add(1, Ordering::Relaxed);
    }
}

/// The pulses of a daemon's loops.
#[derive(Debug, Clone, Default)]
pub struct Pulses(Arc<Mutex<Vec<Watched>>>);

#[derive(Debug)]
struct Watched {
    pulse: Arc<Pulse>,
    beats: u64,
    /// How many looks ago it last beat or rested.
    silent: u32,
}

impl Pulses {
    /// A loop of this name is about to begin. It is watched until it is forgotten.
    pub fn add(&self, name: impl Into<String>) -> Arc<Pulse> {
        let pulse = Arc::new(Pulse {
            name: name.into(),
            beats: AtomicU64::new(0),
            resting: AtomicBool::new(false),
            trouble: Mutex::default(),
        });
        self.lock().push(Watched { pulse: Arc::clone(&pulse), beats: 0, silent: 0 });
        pulse
    }

    /// Work that has come to its end is not watched any more.
    pub fn forget(&self, ended: &Arc<Pulse>) {
        self.lock().retain(|watched| !Arc::ptr_eq(&watched.pulse, ended));
    }

    /// Looks at every loop, and gives the name of one that has been silent for more than `patience` looks.
    pub fn look(&self, patience: u32) -> Option<String> {
        let mut stuck = None;
        for watched in self.lock().iter_mut() {
            let beats = watched.pulse.beats.load(Ordering::Relaxed);
            let moves = beats != watched.beats || watched.pulse.resting.load(Ordering::Relaxed);
            watched.beats = beats;
            watched.silent = if moves { 0 } else { watched.silent + 1 };
            if watched.silent > patience {
                stuck.get_or_insert_with(|| watched.pulse.name.clone());
            }
        }
        stuck
    }

    /// What keeps one of the loops from its work, with the loop's name.
    pub fn trouble(&self) -> Option<String> {
        self.lock().iter().find_map(|watched| {
            let what = locked(&watched.pulse.trouble);
            what.as_ref().map(|what| format!("{}: {what}", watched.pulse.name))
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Watched>> {
        locked(&self.0)
    }
}

/// What is kept here is whole after every statement, so a panic elsewhere cannot have spoilt it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Notify;

    const PATIENCE: u32 = 2;

    fn looks(pulses: &Pulses, times: u32) -> Option<String> {
        (0..times).fold(None, |_, _| pulses.look(PATIENCE))
    }

    #[tokio::test]
    async fn loop_that_neither_beats_nor_rests_is_found() {
        let pulses = Pulses::default();
        let (well, stuck) = (pulses.add("a loop that turns"), pulses.add("a loop that hangs"));
        assert_eq!(looks(&pulses, PATIENCE), None, "both are given time");
        well.live(async { beat() }).await;
        assert_eq!(pulses.look(PATIENCE).as_deref(), Some("a loop that hangs"));
        stuck.live(async { beat() }).await;
        assert_eq!(pulses.look(PATIENCE), None, "it has come back to life");
    }

    #[tokio::test]
    async fn loop_may_rest_for_as_long_as_it_likes() {
        let pulses = Pulses::default();
        let (resting, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let pulse = pulses.add("a loop that rests");
        let (begun, over) = (Arc::clone(&resting), Arc::clone(&done));
        let task = tokio::spawn(pulse.live(async move {
            rest(async {
                begun.notify_one();
                over.notified().await;
            })
            .await;
            begun.notify_one();
            std::future::pending::<()>().await;
        }));
        resting.notified().await;
        assert_eq!(looks(&pulses, PATIENCE * 10), None);
        done.notify_one();
        resting.notified().await;
        assert_eq!(looks(&pulses, PATIENCE + 1), None, "the end of the rest was a sign of life");
        assert!(pulses.look(PATIENCE).is_some(), "the work after the rest hangs");
        task.abort();
    }

    #[tokio::test]
    async fn loop_that_is_gone_is_missed_until_it_is_forgotten() {
        let pulses = Pulses::default();
        let pulse = pulses.add("a loop that dies");
        let dying = tokio::spawn(Arc::clone(&pulse).live(async { panic!("in the middle of its work") }));
        assert!(dying.await.is_err());
        assert!(looks(&pulses, PATIENCE + 1).is_some());
        pulses.forget(&pulse);
        assert_eq!(pulses.look(PATIENCE), None);
    }

    #[tokio::test]
    async fn trouble_is_told_until_it_is_over() {
        let pulses = Pulses::default();
        let pulse = pulses.add("a loop");
        Arc::clone(&pulse).live(async { trouble(Some("the disk is full".to_owned())) }).await;
        assert_eq!(pulses.trouble().as_deref(), Some("a loop: the disk is full"));
        pulse.live(async { trouble(None) }).await;
        assert_eq!(pulses.trouble(), None);
    }

    #[tokio::test]
    async fn work_that_nobody_watches_may_beat_and_rest() {
        beat();
        assert_eq!(rest(async { 7 }).await, 7);
    }
}
