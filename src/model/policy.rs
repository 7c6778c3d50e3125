//! Who wins a field, and which way its values travel. The judging itself is `reconcile::policy`.

use serde::{Deserialize, Serialize};

use super::capabilities::SystemClass;
use super::ids::SystemId;

/// How a field is judged when a system and the hub have both moved, or have never agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The owner's value wins.
    Owner,
    /// The value that allows less wins: consent, do-not-rent.
    MostRestrictive,
    /// Three-way per element; an edit of an element beats its removal.
    Set,
    /// Verified beats typed beats an OTA's relay.
    Quality,
    /// Elements are only ever added, each with its author.
    Append,
    /// The later change wins where the evidence is certain; else the owner, else a review.
    Latest,
    /// A human decides.
    Review,
    /// Computed by the hub; never accepted from outside.
    Derived,
    /// Entries of a ledger: added once, never changed.
    Ledger,
}

/// Whose value settles a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// Any system of this side.
    Side(SystemClass),
    /// This system.
    System(SystemId),
}

/// Which way a field's values travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Every system may change it.
    Both,
    /// The PMS side changes it; an edit at a CRM is ignored, flagged and restored by the next write.
    PmsToCrm,
    /// The PMS side changes it; a CRM may fill it while the PMS side has none.
    PmsToCrmOrFill,
    /// The CRM side changes it.
    CrmToPms,
    /// The hub computes it and tells the systems.
    Out,
    /// It stays in the hub.
    Hub,
}

/// What becomes of a merge at another system that holds the records too and can be asked to merge them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merging {
    /// An operator is asked.
    #[default]
    Propose,
    /// It is made.
    Make,
}
