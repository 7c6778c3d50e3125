//! Who has done what to the hub, and by which door he came.

use chrono::{DateTime, Utc};

use super::ids::OperatorId;

/// By which door somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// By none: the daemon has done it itself.
    Daemon,
    /// The command line.
    Cli,
    /// The desk in a browser.
    Desk,
    /// The interface for other programs.
    Api,
}

impl Door {
    /// Every door.
    pub const ALL: [Self; 4] = [Self::Daemon, Self::Cli, Self::Desk, Self::Api];

    /// Its name in the store and for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daemon => "daemon",
            Self::Cli => "cli",
            Self::Desk => "desk",
            Self::Api => "api",
        }
    }

    /// The door of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|door| door.name() == name)
    }
}

/// What somebody has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Decided a review, or what becomes of work or of a system.
    Decided,
    /// Signed in.
    SignedIn,
    /// Was not let in.
    Refused,
    /// Added an operator.
    OperatorAdded,
    /// Changed an operator.
    OperatorChanged,
    /// Made a token.
    TokenAdded,
    /// Revoked a token.
    TokenRevoked,
    /// Looked at what the law protects especially.
    Viewed,
}

impl Deed {
    /// Every deed.
    pub const ALL: [Self; 8] = [
        Self::Decided,
        Self::SignedIn,
        Self::Refused,
        Self::OperatorAdded,
        Self::OperatorChanged,
        Self::TokenAdded,
        Self::TokenRevoked,
        Self::Viewed,
    ];

    /// Its name in the store and for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::SignedIn => "signed_in",
            Self::Refused => "refused",
            Self::OperatorAdded => "operator_added",
            Self::OperatorChanged => "operator_changed",
            Self::TokenAdded => "token_added",
            Self::TokenRevoked => "token_revoked",
            Self::Viewed => "viewed",
        }
    }

    /// The deed of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.name() == name)
    }
}

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Its place in the order of all lines.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; empty for a name that no operator has.
    pub who: OperatorId,
    /// By which door.
    pub door: Door,
    /// What.
    pub deed: Deed,
    /// About what: ids and names of fields, never what they hold.
    pub about: String,
}
