use serde_json::{Value as Json, json};
use std::time::Duration;

use super::super::errors::{Verdict, existing, fault, reason, scopes, verdict};
use super::super::wire::Problem;

#[test]
fn every_status_has_a_verdict() {
    let none = Problem::default();
    let waits = |seconds| Verdict::Throttled(Duration::from_secs(seconds));
    for (status, expected) in [
        (200, Verdict::Good),
        (207, Verdict::Good),
        (400, Verdict::Refused),
        (401, Verdict::Unauthorised),
        (403, Verdict::Unauthorised),
        (404, Verdict::Refused),
        (409, Verdict::Refused),
        (414, Verdict::Refused),
        (423, waits(2)),
        (429, waits(1)),
        (477, waits(60)),
        (500, Verdict::Transient),
        (502, Verdict::Transient),
        (523, Verdict::Transient),
    ] {
        assert_eq!(verdict(status, None, &none), expected, "{status}");
    }
    assert!(
        (0..700)
            .all(|status| (verdict(status, None, &none) == Verdict::Good) == (200..300).contains(&status))
    );
    let seven = Some(Duration::from_secs(7));
    assert_eq!([429, 477, 423].map(|status| verdict(status, seven, &none)), [7, 7, 7].map(waits));
    let problem = |body: Json| serde_json::from_value::<Problem>(body).expect("a problem");
    for (body, seconds) in [
        (json!({"policyName": "TEN_SECONDLY_ROLLING"}), 1),
        (json!({"policyName": "SECONDLY"}), 1),
        (json!({"policyName": "DAILY"}), 600),
        (json!({"message": "You have reached your secondly limit."}), 1),
        (json!({"message": "You have reached your ten_secondly_rolling limit."}), 1),
    ] {
        assert_eq!(verdict(429, None, &problem(body.clone())), waits(seconds), "{body}");
    }
}

#[test]
fn a_refusal_names_properties_and_no_values() {
    let problem = |body: Json| serde_json::from_value::<Problem>(body).expect("a problem");
    let inside = problem(json!({
        "category": "VALIDATION_ERROR",
        "message": "Property values were not valid: [{\"isValid\":false,\"message\":\"Ana was not one of\",\
                    \"error\":\"INVALID_OPTION\",\"name\":\"hs_language\"}]",
    }));
    assert_eq!(reason(&inside), "HubSpot says INVALID_OPTION of `hs_language`");
    let beside = problem(json!({
        "errors": [{"message": "x", "code": "INVALID_INTEGER", "context": {"propertyName": ["discount"]}}],
    }));
    assert_eq!(fault(&beside).expect("a fault").property, "discount");
    let taken =
        problem(json!({"category": "CONFLICT", "message": "Contact already exists. Existing ID: 6001"}));
    assert_eq!(existing(&taken), Some("6001"));
    let words = problem(json!({"category": "RULE", "message": "Not for ana@example.com of \"Núñez\""}));
    assert_eq!(reason(&words), "HubSpot says RULE: Not for ... of");
    assert_eq!(reason(&Problem::default()), "HubSpot says no");
    let scoped = problem(json!({
        "errors": [{"context": {"requiredGranularScopes": ["crm.objects.deals.write"]}}],
    }));
    assert_eq!(scopes(&scoped), ["crm.objects.deals.write"]);
}
