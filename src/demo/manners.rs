//! How a small system behaves: well by default, or as badly as real ones do, switched on by a test.
//!
//! Faults happen to a counted number of calls; quirks hold until they are switched off. Nothing here is random: a
//! test says what happens and when.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// Which calls a fault may happen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// `GET /v1/{kind}`: the change feed.
    Changes,
    /// `GET /v1/{kind}/keys`.
    Keys,
    /// `POST /v1/{kind}/read`.
    Read,
    /// `POST /v1/{kind}/find`.
    Find,
    /// `POST /v1/{kind}/write`.
    Write,
    /// `POST /v1/{kind}/withdraw`.
    Withdraw,
    /// `POST /v1/{kind}/merge`.
    Merge,
    /// `GET /v1/capabilities`.
    Capabilities,
}

/// What goes wrong with one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 429, with this `Retry-After` header where there is one.
    TooManyCalls(Option<String>),
    /// 503 before anything was done.
    Unavailable,
    /// Every second write of the batch is not done; the answer is 207.
    HalfFailed,
    /// The whole batch is refused because of one of its records; nothing is done.
    BatchRefused,
    /// 500 after everything was done.
    ErrorAfterCommit,
    /// The line is cut after everything was done.
    CutAfterCommit,
    /// The line is cut before anything is done.
    CutBeforeCommit,
    /// 200 with a page of HTML, nothing done.
    Html,
    /// 410: the feed does not reach back to the cursor.
    CursorExpired,
    /// The listing is cut short and says so.
    Capped,
}

/// How webhooks misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookManners {
    /// Each is sent this many times more.
    pub duplicates: usize,
    /// Each waits this long.
    pub delay: Option<Duration>,
    /// They are held back until this many wait, then sent last first.
    pub reversed_in_groups_of: Option<usize>,
    /// None is sent.
    pub silent: bool,
}

/// Habits that hold for every call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Quirks {
    /// Stamps have whole seconds, and the feed repeats the last second of the previous page.
    pub one_second_stamps: bool,
    /// A page over this size is refused with 400.
    pub page_limit: Option<usize>,
    /// A street is cut at this many characters.
    pub street_chars: Option<usize>,
    /// The first letter of each word of a name is raised, the rest is lowered.
    pub capitalises_names: bool,
    /// Fields (`kind.field`) that a write may not name.
    pub read_only: BTreeSet<String>,
    /// Fields (`kind.field`) that are refused whatever they hold.
    pub refused: BTreeSet<String>,
    /// A record that holds this text anywhere is refused.
    pub refused_text: Option<String>,
    /// Two live persons may not share an e-mail address.
    pub unique_email: bool,
    /// The version grows even if a write changed nothing.
    pub touches_without_change: bool,
    /// A write's answer does not say what is stored.
    pub silent_answers: bool,
    /// Each answer waits this long.
    pub delay: Option<Duration>,
    /// Nobody is there: every call ends in a cut line, and nothing is done.
    pub closed: bool,
    /// More calls than this in any window of this length are answered with 429.
    pub budget: Option<(usize, Duration)>,
    /// How webhooks misbehave.
    pub hooks: HookManners,
}

/// The faults that wait for their calls, and the habits.
#[derive(Debug, Default)]
pub(super) struct Manners {
    pub(super) quirks: Quirks,
    faults: VecDeque<(Call, Fault)>,
}

impl Manners {
    /// Lets `fault` happen to the next `times` calls of this sort.
    pub(super) fn expect(&mut self, call: Call, fault: &Fault, times: usize) {
        self.faults.extend(std::iter::repeat_n((call, fault.clone()), times));
    }

    /// The fault that happens to a call made now.
    pub(super) fn take(&mut self, call: Call) -> Option<Fault> {
        let place = self.faults.iter().position(|(expected, _)| *expected == call)?;
        self.faults.remove(place).map(|(_, fault)| fault)
    }

    /// Forgets every fault that has not happened.
    pub(super) fn calm(&mut self) {
        self.faults.clear();
        self.quirks = Quirks::default();
    }
}
