//! What is written of consents: boxes are ticked and emptied, and nobody is made to consent.

use cardex::connectors::{Connector, NextStep};
use cardex::model::value::Choice;
use cardex::model::{Document, RecordKind, Seen, Value, WriteOp, WriteOutcome, keys};
use serde_json::json;
use smol_str::SmolStr;
use std::sync::Arc;

use super::connector;
use super::fake::{Fake, Fault};
use crate::connectors::subject::{found, update, write_one};
use crate::connectors::values::set;

const PERSON: RecordKind = RecordKind::Person;

/// A consent: purpose, channel, state.
pub(super) type Consent = (&'static str, Option<&'static str>, &'static str);

const EMAIL: Consent = ("marketing", Some("email"), "granted");
pub(super) const POST: Consent = ("marketing", Some("post"), "granted");
pub(super) const PHOTO: Consent = ("photo", None, "granted");
const NO_EMAIL: Consent = ("marketing", Some("email"), "denied");
const NO_POST: Consent = ("marketing", Some("post"), "denied");
const SMS: Consent = ("marketing", Some("sms"), "granted");

/// A set of consents.
pub(super) fn consents(consents: &[Consent]) -> Seen {
    let word = |word: &'static str| Value::Choice(Choice::Known(SmolStr::new_static(word)));
    let entries = consents.iter().map(|(purpose, channel, state)| {
        let parts = [("purpose", Some(*purpose)), ("channel", *channel), ("state", Some(*state))];
        Value::entry(parts.into_iter().filter_map(|(name, part)| Some((name.into(), word(part?)))))
    });
    set(PERSON, &keys::CONSENTS, entries)
}

async fn change(connector: &Arc<dyn Connector>, id: &str, wanted: &[Consent]) -> WriteOp {
    let document = Document::new().with(keys::CONSENTS, consents(wanted));
    update(&found(connector, PERSON, &id.into()).await, document)
}

/// The options before, the consents that are wanted, the options that come of it; the calls; what Mews is told to hold, if
/// that is less.
type Case = (
    &'static [&'static str],
    &'static [Consent],
    &'static [&'static str],
    [usize; 2],
    Option<&'static [Consent]>,
);

#[tokio::test]
async fn boxes_follow_what_was_given_and_what_was_refused() {
    const ONE: &str = "SendMarketingEmails";
    const TWO: &str = "SendMarketingPostalMail";
    let cases: [Case; 8] = [
        (&["Invoiceable"], &[EMAIL], &["Invoiceable", ONE], [1, 0], None),
        (&[ONE, "Invoiceable"], &[], &["Invoiceable"], [1, 0], None),
        // A refusal has no place but the empty box.
        (&[ONE, "Invoiceable"], &[NO_EMAIL], &["Invoiceable"], [1, 0], Some(&[])),
        (&["Invoiceable"], &[NO_EMAIL], &["Invoiceable"], [0, 0], Some(&[])),
        (&[ONE, "Invoiceable"], &[EMAIL, POST], &[ONE, "Invoiceable", TWO], [0, 1], None),
        (&[ONE, TWO], &[EMAIL, NO_POST], &[ONE], [0, 1], Some(&[EMAIL])),
        (&[TWO], &[NO_POST, PHOTO, EMAIL], &[ONE, "GuestPhotoConsent"], [1, 1], Some(&[EMAIL, PHOTO])),
        // Mews knows nothing of text messages.
        (&[ONE], &[EMAIL, SMS], &[ONE], [0, 0], Some(&[EMAIL])),
    ];
    for (before, wanted, after, calls, told) in cases {
        let fake = Fake::start().await;
        let connector = connector(&fake);
        let id = fake.inside().customer(1);
        fake.inside().edit("Customers", &id, json!({"Options": before}));
        let op = change(&connector, &id, wanted).await;
        fake.calls();
        let outcome = write_one(&connector, op).await;
        let WriteOutcome::Done { stored, .. } = outcome else { panic!("{wanted:?}: {outcome:?}") };
        let told = told.map(|told| Document::new().with(keys::CONSENTS, consents(told)));
        assert_eq!(stored, told, "{wanted:?}");
        let made = fake.calls();
        let count = |operation| made.get(operation).copied().unwrap_or_default();
        assert_eq!([count("accounts/update"), count("customers/update")], calls, "{before:?} to {wanted:?}");
        assert_eq!(fake.inside().tables.rows("Customers")[0]["Options"], json!(after), "{wanted:?}");
    }
}

#[tokio::test]
async fn a_box_that_was_emptied_meanwhile_is_not_ticked_again() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let id = fake.inside().customer(1);
    let op = change(&connector, &id, &[EMAIL, POST]).await;
    fake.inside().edit("Customers", &id, json!({"Options": []}));
    assert_eq!(write_one(&connector, op).await, WriteOutcome::Stale);
    assert_eq!(fake.inside().tables.rows("Customers")[0]["Options"], json!([]));
}

#[tokio::test]
async fn a_refusal_that_mews_does_not_take_is_told() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let id = fake.inside().customer(1);
    fake.inside().edit(
        "Customers",
        &id,
        json!({"Options": ["SendMarketingPostalMail", "GuestPhotoConsent"]}),
    );
    fake.inside().ignores_options = true;
    // Blank is left alone, too.
    for wanted in [&[NO_POST, PHOTO][..], &[NO_POST]] {
        let op = change(&connector, &id, wanted).await;
        let outcome = write_one(&connector, op).await;
        let WriteOutcome::Rejected { field: Some(field), why } = outcome else { panic!("{outcome:?}") };
        assert!(field == keys::CONSENTS && why.contains("has not set the options"), "{why}");
        fake.inside().ignores_options = false;
        fake.inside().edit("Customers", &id, json!({"Options": ["SendMarketingPostalMail"]}));
    }
}

#[tokio::test]
async fn what_was_done_one_by_one_is_told_whatever_becomes_of_the_next() {
    let retry = WriteOutcome::Retry { after: None };
    let cases = [
        (Fault::TooManyCalls(None), retry.clone()),
        (Fault::BrokenAfterwards, WriteOutcome::Unknown),
        (Fault::NoRight, retry.clone()),
    ];
    for (fault, expected) in cases {
        let fake = Fake::start().await;
        let connector = connector(&fake);
        let mut ops = Vec::new();
        for n in 0..3 {
            let id = fake.inside().customer(n);
            ops.push(change(&connector, &id, &[EMAIL, POST]).await);
        }
        fake.fail("customers/update", [fault.clone()]);
        let error = connector.write(&ops).await.expect_err("nothing was done");
        let is_open = matches!(fault, Fault::BrokenAfterwards);
        assert_eq!(error.next_step() == NextStep::Settle, is_open, "{fault:?}");
        // The first one goes well now, or is there already.
        let ops = if is_open { ops.split_off(1) } else { ops };
        fake.inside().faults.clear();
        let quiet = Fault::Forbidden("not this one");
        fake.fail("customers/update", [quiet, fault.clone()]);
        let outcomes = connector.write(&ops).await.expect("what was done is told");
        assert!(matches!(outcomes[0], WriteOutcome::Rejected { field: Some(_), .. }), "{outcomes:?}");
        assert_eq!(outcomes[1], expected, "{fault:?}");
        assert!(outcomes[2..].iter().all(|outcome| *outcome == retry), "{outcomes:?}");
    }
}
