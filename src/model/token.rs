//! What another program may do, and by what it is known.

use chrono::{DateTime, Utc};

use super::ids::OperatorId;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Read reviews.
    ReviewsRead,
    /// Decide them.
    ReviewsDecide,
    /// Read profiles.
    ProfilesRead,
    /// Read what the law protects especially of them, too.
    ProfilesSensitive,
    /// Read how systems stand.
    SystemsRead,
    /// Pause and resume systems and ask them now.
    SystemsManage,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] = [
        Self::ReviewsRead,
        Self::ReviewsDecide,
        Self::ProfilesRead,
        Self::ProfilesSensitive,
        Self::SystemsRead,
        Self::SystemsManage,
    ];

    /// Its name in commands, in the store and for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReviewsRead => "reviews:read",
            Self::ReviewsDecide => "reviews:decide",
            Self::ProfilesRead => "profiles:read",
            Self::ProfilesSensitive => "profiles:sensitive",
            Self::SystemsRead => "systems:read",
            Self::SystemsManage => "systems:manage",
        }
    }

    /// The scope of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// A token as it is known; the token itself is with its program only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is called.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// Since when there is one.
    pub created_at: DateTime<Utc>,
    /// Until when it is in force; `None`: until it is revoked.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is not in force any more.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, nearly.
    pub used_at: Option<DateTime<Utc>>,
}

impl Token {
    /// Whom the journal and the audit name when it is used: no operator can be called so.
    #[must_use]
    pub fn operator(&self) -> OperatorId {
        OperatorId::new(format!("token:{}", self.name))
    }

    /// Whether it is in force.
    #[must_use]
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|until| until > now)
    }
}
