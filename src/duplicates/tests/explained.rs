//! The waterfall of the evidence.

use super::base::{compared, person};
use crate::duplicates::Profile;
use crate::duplicates::explain::{Explanation, Subject, Tongue, explain, words};
use crate::duplicates::score::WEIGHTS;

fn explained(a: &Profile<'_>, b: &Profile<'_>) -> (Explanation, f32) {
    let comparison = compared(a, b);
    (explain(&WEIGHTS, &comparison), WEIGHTS.sum(&comparison))
}

#[test]
fn weights_add_up_to_the_score() {
    let a = Profile { emails: &["paco@example.org"], birth_date: "1977-03-11", ..person("Paco", "Urrutia") };
    let b = Profile {
        phones: &["+34655123987"],
        birth_date: "1977-11-03",
        ..person("Francisco", "Urrutia Olmo")
    };
    for (one, other) in [(&a, &b), (&a, &a), (&b, &b)] {
        let (explanation, sum) = explained(one, other);
        let told = explanation.steps.iter().fold(explanation.start, |sum, step| sum + step.weight);
        assert!((told - sum / std::f32::consts::LN_2).abs() < 0.01, "{told}");
    }
}

#[test]
fn same_phone_speaks_for_and_another_birth_date_against() {
    let a = Profile { phones: &["+34655123987"], birth_date: "1958-03-02", ..person("Gonzalo", "Urrutia") };
    let b = Profile { birth_date: "1989-11-24", ..a };
    let (explanation, _) = explained(&a, &b);
    let weight = |subject| {
        explanation.steps.iter().find(|step| step.subject == subject).map_or(0.0, |step| step.weight)
    };
    assert!(weight(Subject::Phone) > 1.0, "{explanation:?}");
    assert!(weight(Subject::Birth) < -1.0, "{explanation:?}");
    let said = explanation.steps[1].says.iter().map(|key| words(key, Tongue::Spanish)).collect::<Vec<_>>();
    assert_eq!(said, ["las fechas de nacimiento distan una generación"]);
}
