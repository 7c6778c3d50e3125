//! Identifiers, each its own type so that none can stand in for another.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;
use uuid::Uuid;

use super::record::RecordKind;

/// Declares a text identifier: cheap to clone, ordered, printable, stored as plain text.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// Wraps the text as it is.
            pub fn new(text: impl Into<SmolStr>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

/// Declares an identifier of the hub's own making: a UUID, version 7, so that ids sort by time of birth.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that the caller has made.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Reads the hyphenated form; `None` when the text is no UUID.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

text_id! {
    /// A configured PMS or CRM instance, by its name in the configuration, for example `pms-madrid`.
    SystemId
}
text_id! {
    /// A record's id at a system, in whatever form the system gives it.
    ExternalId
}
text_id! {
    /// The key of one element of a many-valued field, for example the E.164 form of a phone.
    Element
}
text_id! {
    /// An operator's sign-in name.
    OperatorId
}
uuid_id! {
    /// A record of the hub.
    RecordId
}
uuid_id! {
    /// The link between a record of the hub and one record at one system.
    LinkId
}
uuid_id! {
    /// One observation, as the journal numbers it.
    ObservationId
}
uuid_id! {
    /// One thing that waits for a human.
    ReviewId
}

/// A record at a system: what the system calls it, and of which kind it is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RemoteRef {
    /// The kind of the record.
    pub kind: RecordKind,
    /// Its id at the system.
    pub external_id: ExternalId,
}

impl RemoteRef {
    /// Names the record of `kind` that its system calls `external_id`.
    pub fn new(kind: RecordKind, external_id: impl Into<ExternalId>) -> Self {
        Self { kind, external_id: external_id.into() }
    }
}
