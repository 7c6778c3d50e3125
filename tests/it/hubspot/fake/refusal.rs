//! What HubSpot says when it does not do what it is asked.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// A refusal: its status, its body, and the seconds that it asks to wait.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    pub(super) wait: Option<u32>,
}

/// An answer, or a refusal.
pub(super) type Answer = Result<(StatusCode, Value), Refusal>;

/// A body of HubSpot's with a status, a category and words.
pub(super) fn refusal(status: u16, category: &str, words: impl Into<String>) -> Refusal {
    let body = json!({
        "status": "error", "message": words.into(), "category": category,
        "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf",
    });
    Refusal { status: StatusCode::from_u16(status).expect("a status"), body, wait: None }
}

/// 400 with these words.
pub(super) fn invalid(words: impl Into<String>) -> Refusal {
    refusal(400, "VALIDATION_ERROR", words)
}

/// 409 with these words.
pub(super) fn conflict(words: impl Into<String>) -> Refusal {
    refusal(409, "CONFLICT", words)
}

/// 403 that names the scopes.
pub(super) fn missing_scopes(scopes: &[String]) -> Refusal {
    let mut refused =
        refusal(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call.");
    refused.body["errors"] = json!([{
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": scopes},
    }]);
    refused.body["links"] = json!({"scopes": "https://developers.hubspot.com/scopes"});
    refused
}

/// 429, with the policy's name and a wait where it tells them.
pub(super) fn too_many(policy: Option<&str>, wait: Option<u32>) -> Refusal {
    let words = if policy == Some("SECONDLY") {
        "You have reached your secondly limit."
    } else {
        "You have reached your ten_secondly_rolling limit."
    };
    let mut refused = refusal(429, "RATE_LIMITS", words);
    refused.body["errorType"] = json!("RATE_LIMIT");
    if let Some(policy) = policy {
        refused.body["policyName"] = json!(policy);
    }
    Refusal { wait, ..refused }
}
