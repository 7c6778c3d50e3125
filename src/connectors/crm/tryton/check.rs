//! What an administrator has to know before the connector is used, and what it sets up by itself.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::Tryton;
use super::facts::Facts;
use super::party::relation_word;
use crate::connectors::{ConnectorError, Finding, Severity, Step};
use crate::model::fields::RELATIONS;

/// Name of the party that stands for cardex where Tryton wants an employee.
const STAFF: &str = "cardex";

impl Tryton {
    /// Looks at the address, the login, the modules and the company.
    pub(super) async fn findings(&self) -> Vec<Finding> {
        match self.refresh_facts().await {
            Err(error) => vec![self.trouble(&error)],
            Ok(facts) => findings(&facts, &self.settings.database),
        }
    }

    fn trouble(&self, error: &ConnectorError) -> Finding {
        let hint = match error {
            ConnectorError::Unreachable { .. } => {
                format!("see that Tryton runs and listens at `{}`", self.settings.url)
            }
            ConnectorError::Unauthorised { .. } => format!(
                "see that user `{}` can log in and that `password_file` holds his password and nothing else",
                self.settings.user
            ),
            ConnectorError::RateLimited { .. } => {
                "too many wrong passwords were tried; wait, then check the password".to_owned()
            }
            ConnectorError::Incompatible { .. } => {
                "see that `url` and `database` name a Tryton 6.0 or 8.2 with its database".to_owned()
            }
            ConnectorError::BatchRefused { .. }
            | ConnectorError::Refused { .. }
            | ConnectorError::Undecodable { .. }
            | ConnectorError::CursorExpired { .. }
            | ConnectorError::Unsupported { .. } => "see the log of Tryton".to_owned(),
        };
        Finding { severity: Severity::Error, message: error.to_string(), hint: Some(hint) }
    }

    /// Creates the categories, relation types and employee that are missing.
    pub(super) async fn set_up(&self, plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        let facts = self.facts_to_prepare(plan_only).await?;
        if let Some(module) = facts.missing_modules.first() {
            let what = format!("the module `{module}` is not activated");
            return Err(ConnectorError::Incompatible { system: self.name(), what });
        }
        let needs = self.needs(&facts);
        if !plan_only && !needs.is_empty() {
            self.create_needs(&facts, &needs).await?;
            self.refresh_facts().await?;
        }
        Ok(needs.steps().into_iter().map(|what| Step { what, taken: !plan_only }).collect())
    }

    /// Recent facts are enough while they show that nothing is missing; somebody who plans gets them read at once.
    async fn facts_to_prepare(&self, plan_only: bool) -> Result<Arc<Facts>, ConnectorError> {
        let asked_at = Instant::now();
        if !plan_only {
            let facts = self.known.recent(&self.client).await?;
            if facts.missing_modules.is_empty() && self.needs(&facts).is_empty() {
                return Ok(facts);
            }
        }
        self.known.read_since(&self.client, Some(asked_at)).await
    }

    fn needs<'a>(&'a self, facts: &Facts) -> Needs<'a> {
        Needs::of(facts, &[&self.settings.company_category, &self.settings.agency_category])
    }

    async fn create_needs(&self, facts: &Arc<Facts>, needs: &Needs<'_>) -> Result<(), ConnectorError> {
        self.create_named(facts, "party.category", needs.categories.iter().copied()).await?;
        if !needs.relations.is_empty() {
            self.create_relation_types(facts, &needs.relations).await?;
        }
        if let Some(company) = needs.employee_of {
            let party = self.create_one(facts, "party.party", json!({"name": STAFF})).await?;
            self.create_one(facts, "company.employee", json!({"party": party, "company": company})).await?;
        }
        Ok(())
    }

    /// Creates the relation types of these words, then ties each to its inverse.
    async fn create_relation_types(
        &self,
        facts: &Facts,
        words: &[&'static str],
    ) -> Result<(), ConnectorError> {
        let names: Vec<String> = words.iter().map(|word| label(word)).collect();
        self.create_named(facts, "party.relation.type", names.iter().map(String::as_str)).await?;
        let facts = self.refresh_facts().await?;
        let ids = |word: &str| facts.relation_type(word);
        let ties = RELATIONS.iter().filter(|(word, _)| words.contains(word));
        for (id, inverse) in ties.filter_map(|(word, inverse)| Some((ids(word)?, ids(inverse)?))) {
            let params = [json!([id]), json!({"reverse": inverse})];
            let answer = self.client.call("model.party.relation.type.write", &params, &facts.context()).await;
            answer.map_err(|error| self.client.whole(error))?;
        }
        Ok(())
    }

    async fn create_one(&self, facts: &Facts, model: &str, values: Json) -> Result<Json, ConnectorError> {
        let method = format!("model.{model}.create");
        let answer = self.client.call(&method, &[json!([values])], &facts.context()).await;
        let ids = answer.map_err(|error| self.client.whole(error))?;
        ids.get(0).cloned().ok_or_else(|| self.client.undecodable("the id of a created record"))
    }
}

/// What the database lacks.
struct Needs<'a> {
    categories: Vec<&'a str>,
    relations: Vec<&'static str>,
    /// The company that has no employee.
    employee_of: Option<i64>,
}

impl<'a> Needs<'a> {
    fn of(facts: &Facts, categories: &[&'a String]) -> Self {
        let has_word = |word: &str| facts.relation_types.keys().any(|name| relation_word(name) == Some(word));
        let categories = categories.iter().filter(|name| !facts.categories.contains_key(**name));
        Self {
            categories: categories.map(|name| name.as_str()).collect(),
            relations: RELATIONS.iter().map(|(word, _)| *word).filter(|word| !has_word(word)).collect(),
            employee_of: facts.company.filter(|_| facts.employee.is_none()),
        }
    }

    fn is_empty(&self) -> bool {
        self.categories.is_empty() && self.relations.is_empty() && self.employee_of.is_none()
    }

    fn steps(&self) -> Vec<String> {
        let category = |name: &&str| format!("create the party category `{name}`");
        let relation = |word: &&str| format!("create the relation type `{}`", label(word));
        let employee =
            self.employee_of.map(|_| format!("create the employee `{STAFF}` that opportunities need"));
        self.categories
            .iter()
            .map(category)
            .chain(self.relations.iter().map(relation))
            .chain(employee)
            .collect()
    }
}

/// The name that a relation type is created with: `Main traveller`.
fn label(word: &str) -> String {
    let text = word.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn findings(facts: &Facts, database: &str) -> Vec<Finding> {
    let error =
        |message: String, hint: String| Finding { severity: Severity::Error, message, hint: Some(hint) };
    let mut findings: Vec<Finding> = facts
        .missing_modules
        .iter()
        .map(|module| {
            let hint = format!(
                "install `trytond_{module}` and run `trytond-admin -d {database} -u {module} --activate-dependencies`"
            );
            error(format!("the module `{module}` is not activated"), hint)
        })
        .collect();
    if findings.is_empty() && facts.company.is_none() {
        let hint = "give the user a company in his preferences, or create the database's only one".to_owned();
        findings.push(error("the user has no company, which every opportunity needs".to_owned(), hint));
    }
    if findings.is_empty() && facts.countries.is_empty() {
        findings.push(Finding {
            severity: Severity::Warning,
            message: "the table of countries is empty, so addresses lose their country".to_owned(),
            hint: Some(format!("run `trytond_import_countries -d {database}`")),
        });
    }
    if findings.is_empty() {
        let message = format!("logged in to database `{database}`");
        findings.push(Finding { severity: Severity::Good, message, hint: None });
    }
    findings
}
