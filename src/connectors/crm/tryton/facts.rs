//! What the connector has found out about one database: its company, its tables of codes, its release's fields.
//!
//! Found out, never configured; `known` says when they are read again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::client::{CallError, Client};
use super::party::relation_word;
use super::wire::{Row, rows};

/// The facts of one database.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Facts {
    /// The company whose opportunities reservations are.
    pub(super) company: Option<i64>,
    /// That company's currency.
    pub(super) company_currency: Option<String>,
    /// The employee that opportunities beyond `lead` need.
    pub(super) employee: Option<i64>,
    /// ISO code to id.
    pub(super) countries: BTreeMap<String, i64>,
    /// ISO code to id.
    pub(super) currencies: BTreeMap<String, i64>,
    /// Tryton's code (`pt`, `zh_CN`) to id.
    pub(super) languages: BTreeMap<String, i64>,
    /// Name to id.
    pub(super) categories: BTreeMap<String, i64>,
    /// Name to id of the party relation types.
    pub(super) relation_types: BTreeMap<String, i64>,
    /// The parties of the company itself and of its staff: no guests.
    pub(super) own_parties: BTreeSet<i64>,
    /// Identifiers can be archived (8.2), else they are deleted (6.0).
    pub(super) identifiers_have_active: bool,
    /// Each opportunity has a currency of its own (8.2), else it is the company's (6.0).
    pub(super) opportunity_has_currency: bool,
    /// The activated modules.
    pub(super) modules: BTreeSet<String>,
    /// The modules that cardex needs and the database lacks.
    pub(super) missing_modules: Vec<&'static str>,
}

/// The modules that the connector needs.
const MODULES: [&str; 3] = ["party", "party_relationship", "sale_opportunity"];

impl Facts {
    /// The context of every call: the company, its employee, English messages and archived records too.
    pub(super) fn context(&self) -> Json {
        json!({"language": "en", "active_test": false, "company": self.company, "employee": self.employee})
    }

    /// The relation type of this name, or whose name is this word of the model.
    pub(super) fn relation_type(&self, name: &str) -> Option<i64> {
        let by_word = || {
            let word = relation_word(name)?;
            self.relation_types.iter().find(|(known, _)| relation_word(known) == Some(word)).map(|(_, id)| id)
        };
        self.relation_types.get(name).or_else(by_word).copied()
    }

    /// Reads the facts of a database.
    pub(super) async fn read(client: &Client) -> Result<Self, CallError> {
        let modules = modules(client).await?;
        let missing_modules = MODULES.into_iter().filter(|module| !modules.contains(*module)).collect();
        let mut facts = Self { modules, missing_modules, ..Self::default() };
        if facts.missing_modules.contains(&"party") {
            return Ok(facts);
        }
        let all = Reader { client, context: json!({"language": "en", "active_test": false}) };
        facts.countries = all.codes("country.country", "code").await?;
        facts.languages = all.codes("ir.lang", "code").await?;
        facts.categories = all.codes("party.category", "name").await?;
        facts.identifiers_have_active = all.field("party.identifier", "active").await?.is_some();
        if !facts.missing_modules.contains(&"party_relationship") {
            facts.relation_types = all.codes("party.relation.type", "name").await?;
        }
        if !facts.missing_modules.contains(&"sale_opportunity") {
            facts.currencies = all.codes("currency.currency", "code").await?;
            let currency = all.field("sale.opportunity", "currency").await?;
            facts.opportunity_has_currency = currency.is_some_and(|field| !Row(&field).flag("readonly"));
            facts.read_company(&all).await?;
        }
        Ok(facts)
    }

    /// The user's company and employee; without an employee of his own, the company's first.
    async fn read_company(&mut self, all: &Reader<'_>) -> Result<(), CallError> {
        let preferences = all.call("model.res.user.get_preferences", &[json!(true)]).await?;
        let preferences = Row(&preferences);
        let companies = all.search("company.company", &json!([]), &["party", "currency.code"]).await?;
        let employees = all.search("company.employee", &json!([]), &["party", "company"]).await?;
        self.own_parties =
            rows(&companies).chain(rows(&employees)).filter_map(|row| row.number("party")).collect();
        let only = rows(&companies).next().filter(|_| rows(&companies).count() == 1).map(Row::id);
        self.company = preferences.number("company").or(only);
        let company = rows(&companies).find(|row| Some(row.id()) == self.company);
        self.company_currency =
            company.and_then(|row| row.related("currency")?.text("code").map(str::to_owned));
        let mut staff = rows(&employees).filter(|row| row.number("company") == self.company);
        self.employee = preferences.number("employee").or_else(|| staff.next().map(Row::id));
        Ok(())
    }
}

async fn modules(client: &Client) -> Result<BTreeSet<String>, CallError> {
    let all = Reader { client, context: json!({"language": "en"}) };
    let active = json!([["state", "=", "activated"]]);
    let modules = all.search("ir.module", &active, &["name"]).await?;
    Ok(rows(&modules).filter_map(|row| row.text("name").map(str::to_owned)).collect())
}

/// Reads whole tables of codes, which are small.
struct Reader<'a> {
    client: &'a Client,
    context: Json,
}

impl Reader<'_> {
    async fn call(&self, method: &str, params: &[Json]) -> Result<Json, CallError> {
        self.client.call(method, params, &self.context).await
    }

    async fn search(&self, model: &str, domain: &Json, fields: &[&str]) -> Result<Json, CallError> {
        let method = format!("model.{model}.search_read");
        let order = json!([["id", "ASC"]]);
        self.call(&method, &[domain.clone(), json!(0), Json::Null, order, json!(fields)]).await
    }

    /// The ids of a table by a code; of two records with one code the older stands.
    async fn codes(&self, model: &str, code: &str) -> Result<BTreeMap<String, i64>, CallError> {
        let found = self.search(model, &json!([]), &[code]).await?;
        let mut codes = BTreeMap::new();
        for row in rows(&found) {
            if let Some(code) = row.text(code) {
                codes.entry(code.to_owned()).or_insert(row.id());
            }
        }
        Ok(codes)
    }

    /// The declaration of a field, where the model has it.
    async fn field(&self, model: &str, field: &str) -> Result<Option<Json>, CallError> {
        let fields = self.call(&format!("model.{model}.fields_get"), &[json!([])]).await?;
        Ok(fields.get(field).cloned())
    }
}
