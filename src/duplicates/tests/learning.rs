//! Weights that follow decisions, and what they must never move.

use super::base::{compared, document, person};
use crate::duplicates::Profile;
use crate::duplicates::compare::{CELLS, Comparison};
use crate::duplicates::judge::{self, Band};
use crate::duplicates::learn::{LEAST_OF_EACH, Refusal, learned, shadow};
use crate::duplicates::score::{WEIGHTS, Weights};
use crate::duplicates::train::Example;

const MAIL: &[&str] = &["paco.urrutia77@gmail.com"];
const PHONE: &[&str] = &["+34 655 123 987"];

/// Father and son, as a hotel that has many of them sees them: one name, one phone, nothing else.
fn namesakes() -> Comparison {
    let bearer = Profile { phones: PHONE, street: "Calle Mayor 12", ..person("Gonzalo", "Urrutia") };
    compared(&bearer, &bearer)
}

/// Somebody who writes from the same address.
fn the_same() -> Comparison {
    let guest = Profile { emails: MAIL, ..person("Begoña", "Urrutia Olmo") };
    compared(&guest, &Profile { emails: MAIL, ..person("Begoña", "Urrutia") })
}

fn example(comparison: &Comparison, is_same: bool) -> Example {
    Example { cells: comparison.cells(), is_same }
}

/// As many decisions: the namesakes are two, whoever writes from one address is one.
fn decisions(n: usize) -> Vec<Example> {
    let (two, one) = (example(&namesakes(), false), example(&the_same(), true));
    (0..n).map(|nth| if nth % 2 == 0 { two.clone() } else { one.clone() }).collect()
}

fn chance(weights: &Weights, comparison: &Comparison) -> f32 {
    weights.probability(weights.sum(comparison))
}

/// What weights become where every decision was of one kind: all of them as high, or as low, as can be.
fn all_at(weight: f32) -> Weights {
    Weights { bias: weight, cells: vec![weight; CELLS], ..WEIGHTS.clone() }
}

#[test]
fn sixty_decisions_move_the_weights() {
    assert!(chance(&WEIGHTS, &namesakes()) > judge::PROBABLE, "namesakes are proposed at first");
    let weights = learned(&WEIGHTS, &decisions(60));
    assert!(chance(&weights, &namesakes()) < judge::PROBABLE);
    assert!(chance(&weights, &the_same()) > judge::PROBABLE);
    let shadow = shadow(&WEIGHTS, &decisions(60));
    assert_eq!(shadow.refusal(), None, "{shadow:?}");
    assert!(shadow.after.loss < shadow.before.loss / 2.0);
    assert!(shadow.after.precision > shadow.before.precision);
}

#[test]
fn no_decisions_move_nothing() {
    assert_eq!(learned(&WEIGHTS, &[]), *WEIGHTS);
}

#[test]
fn decisions_of_one_answer_are_refused() {
    let shadow = shadow(&WEIGHTS, &vec![example(&the_same(), false); 60]);
    assert_eq!(shadow.refusal(), Some(Refusal::OneSided));
}

#[test]
fn decisions_that_foretell_nothing_are_refused() {
    // As many are two as the shipped weights expect, but they come first: what was learned from some fits no others.
    let expected = 1.0 - chance(&WEIGHTS, &namesakes());
    let n_two = (1..300_u16).filter(|n| f32::from(*n) / 300.0 <= expected).count();
    assert!(n_two >= LEAST_OF_EACH, "{expected}");
    let decisions: Vec<Example> = (0..300).map(|nth| example(&namesakes(), nth >= n_two)).collect();
    assert_eq!(shadow(&WEIGHTS, &decisions).refusal(), Some(Refusal::Loss));
}

#[test]
fn what_is_guarded_is_never_proposed_whatever_was_learned() {
    let bearer = Profile { phones: PHONE, ..person("Gonzalo", "Urrutia Olmo") };
    let guarded = [
        ("another name at one address", Profile { emails: MAIL, ..person("Pedro", "Zubizarreta") }),
        ("another name at one number", Profile { phones: PHONE, ..person("Nadia", "Quiroga") }),
        ("no name at one number", Profile { phones: PHONE, ..person("", "") }),
        ("a son", Profile { birth_date: "1989-11-24", ..bearer }),
        ("a wife", Profile { phones: PHONE, ..person("Begoña", "Urrutia Olmo") }),
    ];
    let gonzalo = Profile { emails: MAIL, birth_date: "1958-03-02", ..bearer };
    for (case, other) in guarded {
        let judgement = judge::of(&all_at(9.0), &compared(&gonzalo, &other));
        assert!(!judgement.is_proposed(), "{case}: {judgement:?}");
    }
    let judgement = judge::of(&all_at(9.0), &namesakes());
    assert!(judgement.is_proposed(), "what is not guarded is: {judgement:?}");
}

#[test]
fn who_is_identified_is_so_whatever_was_learned() {
    let papers = [document("DNI", "45678912S")];
    let seen = Profile { documents: &papers, ..person("Gonzalo", "Urrutia") };
    let identified = compared(&seen, &seen);
    let shipped = judge::of(&WEIGHTS, &identified);
    assert_eq!(shipped.band, Band::Identity);
    for weight in [-9.0, 9.0] {
        assert_eq!(judge::of(&all_at(weight), &identified), shipped);
        assert_ne!(judge::of(&all_at(weight), &namesakes()).band, Band::Identity);
    }
}
