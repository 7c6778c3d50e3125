//! Why a decision was not carried out, in the operator's language.

use crate::desk::words::Words;
use crate::reconcile::MergeRefused;
use crate::review::ReviewError;

/// The reason as operators read it.
pub(super) fn told(say: Words, error: &ReviewError) -> String {
    let plain = |key: &str| say.say(key).to_owned();
    match error {
        ReviewError::Unknown(_) => plain("not found"),
        ReviewError::Ended(_, how) => say.with("refused: ended", &[("{how}", &how.to_string())]),
        ReviewError::NoSystem(_) => plain("refused: no system"),
        ReviewError::Merge(cause) => {
            // What the system said is in the system's language.
            say.with("refused: at system", &[("{cause}", &crate::telemetry::Chain(cause).to_string())])
        }
        ReviewError::NotDuplicates(_)
        | ReviewError::NotHousehold(_)
        | ReviewError::NotConflict(_)
        | ReviewError::NotAMember(_) => plain("refused: not about that"),
        ReviewError::NoSide(system) => say.with("refused: no side", &[("{system}", system.as_str())]),
        ReviewError::NotTyped(_) => plain("refused: not typed"),
        ReviewError::NotPinned(_) => plain("refused: not fixed"),
        ReviewError::Unreadable(..) => plain("refused: unreadable"),
        ReviewError::NoDays => plain("days: needed"),
        ReviewError::NoRelation(_) => plain("refused: no relation"),
        ReviewError::OneAlready => plain("refused: one already"),
        ReviewError::Household => plain("refused: household"),
        ReviewError::KeptApart(pair) => {
            let day = pair.at.format("%Y-%m-%d").to_string();
            let parts = [("{who}", pair.by.as_str()), ("{when}", day.as_str()), ("{why}", pair.why.as_str())];
            say.with("refused: kept apart", &parts)
        }
        ReviewError::NotApart(..) => plain("refused: not apart"),
        ReviewError::NoChoice(field) => say.with("refused: no choice", &[("{field}", field.as_str())]),
        ReviewError::NoField(field) | ReviewError::NoElement(field) => {
            say.with("refused: no value", &[("{field}", field.as_str())])
        }
        ReviewError::Refused(why) => plain(merge(*why)),
        ReviewError::NothingToUndo(_) => plain("refused: nothing to undo"),
        ReviewError::GoneOn(..) => plain("refused: gone on"),
        ReviewError::Split(_) => plain("refused: split"),
        ReviewError::Store(_) => plain("refused: store"),
    }
}

const fn merge(why: MergeRefused) -> &'static str {
    match why {
        MergeRefused::DifferentKinds | MergeRefused::NotAProfile => "refused: kinds",
        MergeRefused::Same => "refused: one already",
        MergeRefused::NotLive => "refused: not in use",
        MergeRefused::CertificateInUse => "refused: certificate",
        MergeRefused::FolioInHouse => "refused: folio",
    }
}
