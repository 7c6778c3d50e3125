//! What `cardex doctor` says about a HubSpot: the account, the scopes, the properties, the stages. It changes nothing.

use serde_json::{Value as Json, json};

use super::HubSpot;
use super::client::CallError;
use super::config::StayObject;
use super::prepare::missing;
use super::schema::Table;
use super::wire::{Account, Answer, Definition, Pipeline, id_text};
use crate::connectors::http::Effect;
use crate::connectors::{ConnectorError, Finding, Severity};
use crate::model::RecordKind;
use crate::model::fields::STATUSES;

/// How a scope is added.
const ADD_SCOPE: &str = "add the scope to the app or service key at HubSpot, install it again and put its token into `access_token_file`";

impl HubSpot {
    /// Looks at everything that the settings ask for.
    pub(super) async fn findings(&self) -> Vec<Finding> {
        let account: Result<Account, CallError> = self.client.get("account-info", &["details"], &[]).await;
        let mut findings = match account {
            Ok(account) => self.of_account(&account),
            Err(error) => {
                return vec![self.failed(error, "see that `access_token_file` holds a token of the account")];
            }
        };
        for table in &self.lens.tables {
            findings.extend(self.of_table(table).await);
        }
        if self.settings.stay_object == StayObject::Deal {
            findings.extend(self.of_stages().await);
        }
        if self.door.secrets.is_empty() {
            findings.push(warning(
                "no `client_secret_file`: changes are seen at the next poll",
                "subscribe the app's webhooks; docs/connectors/hubspot.md says how",
            ));
        } else if self.settings.app_id.is_none() {
            findings.push(warning(
                "no `app_id`: every write of cardex comes back as a webhook and is read once more",
                "set `app_id` to the id of the app that the token belongs to",
            ));
        }
        findings
    }

    fn of_account(&self, account: &Account) -> Vec<Finding> {
        let id = id_text(&account.portal_id).unwrap_or_default();
        let Account { kind, time_zone, .. } = account;
        let message = format!("it opens account {id} ({kind}, {time_zone})");
        let mut findings = vec![Finding { severity: Severity::Good, message, hint: None }];
        let calls = self.settings.calls;
        if let Some(allowed) = self.client.allowed().filter(|allowed| *allowed < calls) {
            let message = format!("`calls` is {calls}, and the account allows {allowed} in ten seconds");
            findings.push(warning(&message, &format!("set `calls` to {allowed} or less")));
        }
        findings
    }

    /// Whether an object is there, may be read and written, and has its properties.
    async fn of_table(&self, table: &Table) -> Vec<Finding> {
        let known = match self.definitions(table).await {
            Ok(known) => known,
            Err(error) => return vec![self.missing_object(table, error)],
        };
        let object = [table.object.as_str()];
        let listed: Result<Json, CallError> =
            self.client.get("crm/objects", &object, &[("limit", "1")]).await;
        // A batch without inputs is refused whoever sends it, but first for the missing scope.
        let path = [table.object.as_str(), "batch", "upsert"];
        let written = self.client.objects::<Json>(&path, json!({"inputs": []}), Effect::Reads).await;
        let failures = [listed, written].into_iter().filter_map(Result::err);
        let failures = failures.filter(|error| matches!(error, CallError::Failed(_)));
        let mut findings: Vec<Finding> = failures.map(|error| self.failed(error, ADD_SCOPE)).collect();
        findings.extend(of_properties(table, &known));
        findings
    }

    fn missing_object(&self, table: &Table, error: CallError) -> Finding {
        if matches!(error, CallError::Refused(_)) && table.kind == RecordKind::Reservation {
            let message = format!("there is no object `{}`", table.object);
            let hint = match self.settings.stay_object {
                StayObject::Deal => "see that deals are turned on in the account",
                StayObject::Appointment => "activate appointments in the data model of the account",
                StayObject::Custom => {
                    "see that `custom_object` is its objectTypeId, like `2-123456`; custom objects need an Enterprise account"
                }
            };
            return self::error(message, hint);
        }
        self.failed(error, ADD_SCOPE)
    }

    /// Whether the pipeline is there, each stage of it, and a stage for each status.
    async fn of_stages(&self) -> Vec<Finding> {
        let answer: Result<Answer<Pipeline>, CallError> =
            self.client.get("crm/pipelines", &["deals"], &[]).await;
        let pipelines = match answer {
            Ok(answer) => answer.results,
            Err(error) => return vec![self.failed(error, ADD_SCOPE)],
        };
        let wanted = &self.lens.pipeline;
        let Some(pipeline) = pipelines.iter().find(|pipeline| pipeline.id == *wanted) else {
            let known: Vec<&str> = pipelines.iter().map(|pipeline| pipeline.id.as_str()).collect();
            let hint = format!("set `pipeline` to one of {}", known.join(", "));
            return vec![error(format!("there is no deal pipeline `{wanted}`"), &hint)];
        };
        let stages: Vec<&str> = pipeline.stages.iter().map(|stage| stage.id.as_str()).collect();
        let wrong = self.lens.stages.0.iter().filter(|(_, stage)| !stages.contains(&stage.as_str()));
        let mut findings: Vec<Finding> = wrong
            .map(|(status, stage)| {
                let message =
                    format!("`stages`: the pipeline `{wanted}` has no stage `{stage}` for `{status}`");
                error(message, &format!("its stages are {}", stages.join(", ")))
            })
            .collect();
        let unstaged: Vec<&str> =
            STATUSES.iter().copied().filter(|status| self.lens.stages.of(status).is_none()).collect();
        if !unstaged.is_empty() {
            let message = format!("`stages` has no stage for {}", unstaged.join(", "));
            findings.push(warning(&message, "deals of these statuses stay in the stage they are in"));
        }
        findings
    }

    fn failed(&self, failure: CallError, hint: &str) -> Finding {
        let failure = self.client.whole(failure);
        let hint = match &failure {
            ConnectorError::Unreachable { .. } => "is HubSpot up, and is `base_url` right?",
            ConnectorError::RateLimited { .. } => "wait, or set `calls` lower",
            ConnectorError::BatchRefused { .. }
            | ConnectorError::Refused { .. }
            | ConnectorError::Unauthorised { .. }
            | ConnectorError::Incompatible { .. }
            | ConnectorError::Undecodable { .. }
            | ConnectorError::CursorExpired { .. }
            | ConnectorError::Unsupported { .. } => hint,
        };
        error(failure.to_string(), hint)
    }
}

/// What is wrong with our properties.
fn of_properties(table: &Table, known: &[Definition]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let missing: Vec<&str> = missing(table, known).iter().map(|own| own.name.as_str()).collect();
    if !missing.is_empty() {
        let message = format!("{} lack {}", table.object, missing.join(", "));
        findings.push(warning(
            &message,
            "cardex makes them when it starts: `prepare` of the system's first cycle",
        ));
    }
    for own in table.own() {
        let Some(there) = known.iter().find(|property| property.name == *own.name) else { continue };
        if own.is_unique && !there.has_unique_value {
            let message = format!("the property `{}` of {} is not unique", own.name, table.object);
            findings.push(error(message, "delete it at HubSpot; cardex makes it anew"));
        } else if there.kind != own.kind {
            let message = format!(
                "the property `{}` of {} is of type {} and not {}",
                own.name, table.object, there.kind, own.kind
            );
            findings.push(warning(&message, "rename or delete it at HubSpot; cardex makes it anew"));
        }
    }
    findings
}

fn error(message: String, hint: &str) -> Finding {
    Finding { severity: Severity::Error, message, hint: Some(hint.to_owned()) }
}

fn warning(message: &str, hint: &str) -> Finding {
    Finding { severity: Severity::Warning, message: message.to_owned(), hint: Some(hint.to_owned()) }
}
