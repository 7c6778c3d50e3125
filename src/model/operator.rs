//! Who decides.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::OperatorId;

/// Somebody who signs in. What he is known by besides his name is kept apart from this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The name that he signs in with.
    pub name: OperatorId,
    /// What he may do.
    pub role: Role,
    /// Since when he is known.
    pub created_at: DateTime<Utc>,
    /// Since when he may not sign in any more.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// What an operator may do; each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look, but at no special-category data.
    Viewer,
    /// Decide.
    Operator,
    /// Stop and resume systems too, and see who has decided what.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Administrator];

    /// Its name in commands and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// The tries to sign in that failed, for one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last of them was.
    pub last_at: DateTime<Utc>,
}
