//! What changes while a page lies open: one event with the new counts, at most once a second.
//!
//! Whoever listens shares one look at the store, so many open pages cost no more than one. Nothing is missing on a page
//! that does not listen.

use axum::extract::Extension;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

use super::queue::POSTPONED;
use super::visitor::Visitor;
use crate::hub::Hub;
use crate::model::SystemId;
use crate::operators::{self, Secret};
use crate::store::{MarkState, StoreError};

/// How often at most it is looked whether something has changed.
const LOOK: Duration = Duration::from_secs(1);
/// A look that takes long is taken more seldom: of all time it costs at most this part.
const SHARE: u32 = 20;
/// How often a line that has nothing to tell says that it is there.
const SILENCE: Duration = Duration::from_secs(20);
/// How many imports a page follows.
const IMPORTS: u32 = 3;
/// Pages of one session that may listen at once.
const OF_SESSION: usize = 4;
/// Pages that may listen at once: fewer than the listener has room for.
const OF_ALL: usize = 64;

/// How everything stands, as far as a page follows it.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct News {
    /// Those that wait, by kind.
    pub(super) reviews: BTreeMap<String, u64>,
    /// Those that nobody wants to be asked about now.
    pub(super) postponed: u64,
    pub(super) parked: u64,
    systems: BTreeMap<SystemId, &'static str>,
    /// The rows of the last imports, and whether they have ended.
    imports: Vec<(u64, bool)>,
}

impl News {
    /// How many reviews wait.
    pub(super) fn waits(&self) -> u64 {
        self.reviews.values().sum()
    }
}

/// The look that all pages share, and who listens.
#[derive(Clone)]
pub(super) struct Live(Arc<Shared>);

struct Shared {
    hub: Hub,
    stop: CancellationToken,
    last: tokio::sync::Mutex<Option<Looked>>,
    /// How many pages of each session listen.
    seats: Mutex<HashMap<String, usize>>,
}

struct Looked {
    until: Instant,
    news: Arc<News>,
}

impl Live {
    pub(super) fn of(hub: Hub, stop: CancellationToken) -> Self {
        Self(Arc::new(Shared { hub, stop, last: tokio::sync::Mutex::default(), seats: Mutex::default() }))
    }

    /// How everything stands, or stood a moment ago.
    pub(super) async fn news(&self) -> Result<Arc<News>, StoreError> {
        let mut last = self.0.last.lock().await;
        let began = Instant::now();
        if let Some(looked) = last.as_ref().filter(|looked| looked.until > began) {
            return Ok(Arc::clone(&looked.news));
        }
        let news = Arc::new(look(&self.0.hub).await?);
        let until = Instant::now() + LOOK.max(began.elapsed() * SHARE);
        *last = Some(Looked { until, news: Arc::clone(&news) });
        Ok(news)
    }

    /// Has the next page look anew: something is being changed.
    pub(super) async fn forget(&self) {
        self.0.last.lock().await.take();
    }

    /// A place for one more page of a session; `None` when too many listen.
    fn seat(&self, session: String) -> Option<Seat> {
        let mut seats = self.0.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = seats.get(&session).copied().unwrap_or_default();
        if taken >= OF_SESSION || seats.values().sum::<usize>() >= OF_ALL {
            return None;
        }
        seats.insert(session.clone(), taken + 1);
        Some(Seat { live: self.clone(), session })
    }
}

async fn look(hub: &Hub) -> Result<News, StoreError> {
    let counts = hub.store.queue_counts(hub.clock.now()).await?;
    let parked = counts.iter().filter(|count| count.state == MarkState::Parked).map(|count| count.n_marks);
    let states = hub.store.system_states().await?;
    let imports = hub.store.import_runs(IMPORTS).await?;
    let mut reviews = hub.store.open_review_counts(hub.clock.now()).await?;
    Ok(News {
        postponed: reviews.remove(POSTPONED).unwrap_or_default(),
        imports: imports.iter().map(|run| (run.rows, run.ended.is_some())).collect(),
        reviews,
        parked: parked.sum(),
        systems: states.into_iter().map(|state| (state.system, state.health.name())).collect(),
    })
}

/// A place that is given back when the page goes.
struct Seat {
    live: Live,
    session: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.live.0.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = seats.get_mut(&self.session) {
            *taken -= 1;
            if *taken == 0 {
                seats.remove(&self.session);
            }
        }
    }
}

/// A page that listens.
struct Listener {
    seat: Seat,
    secret: Secret,
    told: Option<Arc<News>>,
}

/// Tells a page what changes, until its session or the daemon ends.
pub(super) async fn listen(Extension(live): Extension<Live>, visitor: Visitor) -> Response {
    let Some(seat) = live.seat(visitor.secret.hash()) else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    let listener = Listener { seat, secret: visitor.secret, told: None };
    let events = stream::unfold(listener, |mut listener| async move {
        let news = listener.next().await?;
        // Names and numbers: they can be written.
        let text = serde_json::to_string(&*news).ok()?;
        listener.told = Some(news);
        Some((Ok::<_, Infallible>(Event::default().data(text)), listener))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(SILENCE)).into_response()
}

impl Listener {
    /// The next news; `None` when there will be none.
    async fn next(&self) -> Option<Arc<News>> {
        let shared = &self.seat.live.0;
        let mut rests = self.told.is_some();
        loop {
            if rests {
                shared.stop.run_until_cancelled(tokio::time::sleep(LOOK)).await?;
            }
            rests = true;
            // The browser asks again when the store did not answer.
            let goes_on =
                operators::goes_on(&shared.hub.store, &shared.hub.clock, &self.secret).await.ok()?;
            if !goes_on || shared.stop.is_cancelled() {
                return None;
            }
            let news = self.seat.live.news().await.ok()?;
            if self.told.as_ref() != Some(&news) {
                return Some(news);
            }
        }
    }
}
