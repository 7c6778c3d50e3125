//! What a program says to a review.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::problem::Problem;
use crate::model::{RecordId, SystemId};
use crate::review::{Chosen, Decision, Main, Settlement, Wish, pick};

/// What `side` calls the hub.
const HUB: &str = "hub";

/// What is decided, as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deciding {
    decision: Word,
    reason: Option<String>,
    /// A record, or `new`.
    main: Option<String>,
    /// Whose value stays, by field.
    #[serde(default)]
    choose: BTreeMap<String, RecordId>,
    /// Those that become one; nobody named: all of them.
    #[serde(default)]
    only: Vec<RecordId>,
    relation: Option<String>,
    /// `hub`, or a system.
    side: Option<String>,
    value: Option<String>,
    #[serde(default)]
    pin: bool,
    days: Option<u16>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Accept,
    Reject,
    Settle,
    Postpone,
    Undo,
}

/// What is asked for.
pub(super) enum Said {
    /// To decide.
    Decision(Decision),
    /// Not to be asked for so many days.
    Postpone(u16),
    /// To take apart again.
    Undo,
}

impl Deciding {
    /// What it means.
    ///
    /// # Errors
    /// Something is missing, or is no name of a field or a record.
    pub(super) fn said(self) -> Result<Said, Problem> {
        Ok(match self.decision {
            Word::Undo => Said::Undo,
            Word::Postpone => {
                Said::Postpone(self.days.ok_or_else(|| Problem::unfit("a postponement needs `days`"))?)
            }
            Word::Reject => match self.reason.unwrap_or_default().trim() {
                "" => return Err(Problem::unfit("a rejection needs a `reason`")),
                reason => Said::Decision(Decision::Reject { reason: reason.to_owned() }),
            },
            Word::Settle => Said::Decision(self.settled()?),
            Word::Accept => Said::Decision(self.accepted()?),
        })
    }

    fn settled(self) -> Result<Decision, Problem> {
        let value = match (self.side, self.value) {
            (None, Some(text)) => Chosen::Typed(text),
            (Some(side), None) if side == HUB => Chosen::Hub,
            (Some(side), None) => Chosen::System(SystemId::new(side)),
            (None, None) | (Some(_), Some(_)) => {
                return Err(Problem::unfit("a conflict is settled with a `side` or with a `value`"));
            }
        };
        Ok(Decision::Settle(Settlement { value, pin: self.pin }))
    }

    fn accepted(self) -> Result<Decision, Problem> {
        if let Some(relation) = self.relation {
            return Ok(Decision::Relate { relation });
        }
        let main = match self.main.as_deref() {
            None => Main::Suggested,
            Some("new") => Main::New,
            Some(id) => {
                let id =
                    RecordId::parse(id).ok_or_else(|| Problem::unfit("`main` is no record and not `new`"))?;
                Main::Record(id)
            }
        };
        let mut picks = Vec::new();
        for (name, record) in &self.choose {
            let chosen = pick(name, *record);
            picks.push(chosen.ok_or_else(|| Problem::unfit(format!("`{name}` is no field")))?);
        }
        let wish = Wish { main, picks, only: self.only };
        Ok(if wish == Wish::default() { Decision::Accept } else { Decision::Merge(wish) })
    }
}
