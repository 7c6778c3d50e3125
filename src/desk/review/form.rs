//! What an operator says with the form of a review.

use crate::desk::visitor::Posted;
use crate::model::{RecordId, SystemId};
use crate::review::{Chosen, Decision, Main, Settlement, Wish, pick};

/// What the hub is called among the sides of a conflict; systems are called `at NAME`.
pub(super) const HUB: &str = "hub";
/// What a value that was typed is called among them.
pub(super) const TYPED: &str = "typed";

/// What was asked for.
pub(super) enum Said {
    /// To decide.
    Decision(Decision),
    /// To be asked again in so many days.
    Postpone(u16),
    /// To take apart again.
    Undo,
    /// To see what the profiles would become.
    Preview(Wish),
    /// Nothing yet: the key of what is missing.
    Lacking(&'static str),
}

/// What a form says; `None` for one that no page of ours sends.
pub(super) fn said(posted: &Posted) -> Option<Said> {
    Some(match posted.field("do") {
        "accept" => accept(posted),
        "reject" => match posted.field("reason").trim() {
            "" => Said::Lacking("reason: needed"),
            reason => Said::Decision(Decision::Reject { reason: reason.to_owned() }),
        },
        "settle" => settle(posted),
        "postpone" => posted.field("days").parse().map_or(Said::Lacking("days: needed"), Said::Postpone),
        "preview" => Said::Preview(wish(posted)),
        "undo" => Said::Undo,
        _ => return None,
    })
}

fn accept(posted: &Posted) -> Said {
    let relation = posted.field("relation");
    if !relation.is_empty() {
        return Said::Decision(Decision::Relate { relation: relation.to_owned() });
    }
    let wish = wish(posted);
    Said::Decision(if wish == Wish::default() { Decision::Accept } else { Decision::Merge(wish) })
}

/// How the profiles are to become one.
fn wish(posted: &Posted) -> Wish {
    let main = match posted.field("main") {
        "new" => Main::New,
        text => RecordId::parse(text).map_or(Main::Suggested, Main::Record),
    };
    let picks = posted.beginning("choose ").filter_map(|(name, from)| pick(name, RecordId::parse(from)?));
    let only = posted.beginning("only").filter_map(|(_, record)| RecordId::parse(record));
    Wish { main, picks: picks.collect(), only: only.collect() }
}

fn settle(posted: &Posted) -> Said {
    let value = match posted.field("side") {
        HUB => Chosen::Hub,
        TYPED => Chosen::Typed(posted.field("typed").to_owned()),
        side => match side.strip_prefix("at ") {
            Some(system) => Chosen::System(SystemId::new(system)),
            None => return Said::Lacking("side: needed"),
        },
    };
    Said::Decision(Decision::Settle(Settlement { value, pin: posted.field("pin") == "yes" }))
}
