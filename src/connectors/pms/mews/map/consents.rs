//! The options of a customer that are consents. Mews has a box for each, ticked or not: one that is not ticked has not been
//! asked, which is no refusal, and it has no place for a refusal but to leave the box empty.

use super::{Hotel, entry, known};
use crate::model::{RecordKind, Seen, Value, keys};

/// The option that `accounts/update` sets; the others are set by `customers/update`, all at once.
pub(in super::super) const SIMPLE: &str = "SendMarketingEmails";

/// The boxes: purpose and channel.
const BOXES: &[(&str, &str, Option<&str>)] = &[
    (SIMPLE, "marketing", Some("email")),
    ("SendMarketingPostalMail", "marketing", Some("post")),
    ("SendPartnerMarketingEmails", "third_party", Some("email")),
    ("SendPartnerMarketingPostalMail", "third_party", Some("post")),
    ("GuestPhotoConsent", "photo", None),
    ("IdPhotosConsent", "id_copy", None),
];

const GRANTED: &str = "granted";

impl Hotel {
    /// The consents that ticked boxes say.
    pub(in super::super) fn consents<'o>(&self, options: impl IntoIterator<Item = &'o str>) -> Seen {
        let options: Vec<&str> = options.into_iter().collect();
        let ticked = BOXES.iter().filter(|(option, ..)| options.contains(option));
        let given = ticked.map(|(_, purpose, channel)| {
            entry([
                ("purpose", Some(known(purpose))),
                ("channel", channel.map(known)),
                ("state", Some(known(GRANTED))),
            ])
        });
        self.set(RecordKind::Person, &keys::CONSENTS, given)
    }
}

/// The boxes that are to be ticked, and those that are not, where the consents are these.
pub(in super::super) fn boxes(wanted: &Seen) -> impl Iterator<Item = (&'static str, bool)> {
    BOXES.iter().map(|(option, purpose, channel)| (*option, is_granted(wanted, purpose, *channel)))
}

/// Whether a consent is given, and nothing that it covers is refused: an address of its channel, or every channel.
fn is_granted(wanted: &Seen, purpose: &str, channel: Option<&str>) -> bool {
    let concerns = |value: &&Value| {
        let of = part(value, "channel");
        part(value, "purpose") == Some(purpose) && (of == channel || of.is_none())
    };
    let concerned = || wanted.values().filter(concerns);
    let is_own = |value: &Value| part(value, "channel") == channel && part(value, "address").is_none();
    concerned().any(is_own) && concerned().all(|value| part(value, "state") == Some(GRANTED))
}

fn part<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    let Value::Entry(parts) = value else { return None };
    parts.get(name).and_then(Value::as_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(
        purpose: &'static str,
        channel: Option<&'static str>,
        address: &str,
        state: &'static str,
    ) -> Value {
        let address = (!address.is_empty()).then(|| Value::Text(address.to_owned()));
        let (channel, state) = (channel.map(known), Some(known(state)));
        entry([
            ("purpose", Some(known(purpose))),
            ("channel", channel),
            ("address", address),
            ("state", state),
        ])
    }

    #[test]
    fn a_box_is_ticked_only_where_nothing_that_it_covers_is_refused() {
        let granted = || consent("marketing", Some("email"), "", "granted");
        let one = "ana@example.com";
        let cases = [
            (vec![], false),
            (vec![granted()], true),
            (vec![consent("marketing", Some("email"), "", "denied")], false),
            (vec![consent("marketing", Some("email"), "", "unknown")], false),
            // One address is not every address.
            (vec![consent("marketing", Some("email"), one, "granted")], false),
            (vec![granted(), consent("marketing", Some("email"), one, "granted")], true),
            (vec![granted(), consent("marketing", Some("email"), one, "denied")], false),
            (vec![granted(), consent("marketing", None, "", "denied")], false),
            // Another channel or purpose is another matter.
            (vec![granted(), consent("marketing", Some("post"), "", "denied")], true),
            (vec![granted(), consent("profiling", None, "", "denied")], true),
            (vec![consent("third_party", Some("email"), "", "granted")], false),
        ];
        for (given, expected) in cases {
            let set = given
                .iter()
                .enumerate()
                .map(|(place, value)| (place.to_string().as_str().into(), value.clone()));
            let ticked = boxes(&Seen::set(set)).find(|(option, _)| *option == SIMPLE);
            assert_eq!(ticked, Some((SIMPLE, expected)), "{given:?}");
        }
        let photo = Seen::set([("x".into(), consent("photo", None, "", "granted"))]);
        let ticked: Vec<&str> = boxes(&photo).filter(|(_, is)| *is).map(|(option, _)| option).collect();
        assert_eq!(ticked, ["GuestPhotoConsent"]);
    }
}
