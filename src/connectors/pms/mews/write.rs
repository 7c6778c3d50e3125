//! Changes customers and companies, and merges them. Every change names each property that it sets and no other; Mews
//! takes a batch as a whole or not at all.

use serde_json::{Map, Value as Json, json};

use super::Mews;
use crate::connectors::http::Effect;
use crate::connectors::{ConnectorError, Reading};
use crate::model::{
    Action, ExternalId, FieldKey, RecordKind, RemoteRef, Seen, Value, WriteOp, WriteOutcome, keys,
};

/// The property of `accounts/update` that holds a field.
fn property(kind: RecordKind, field: &FieldKey) -> Option<&'static str> {
    let names: &[(FieldKey, &str)] = match kind {
        RecordKind::Person => &[
            (keys::SURNAME, "LastName"),
            (keys::SECOND_SURNAME, "SecondLastName"),
            (keys::GIVEN_NAMES, "FirstName"),
            (keys::SEX, "Sex"),
            (keys::BIRTH_DATE, "BirthDate"),
            (keys::BIRTH_PLACE, "BirthPlace"),
            (keys::NATIONALITIES, "NationalityCode"),
            (keys::TAX_ID, "TaxIdentifier"),
            (keys::POSITION, "Occupation"),
            (keys::EMAILS, "Email"),
            (keys::PHONES, "Telephone"),
        ],
        RecordKind::Company => &[
            (keys::NAME, "Name"),
            (keys::TAX_ID, "TaxIdentifier"),
            (keys::WEB, "WebsiteUrl"),
            (keys::EMAILS, "Email"),
            (keys::PHONES, "Telephone"),
        ],
        RecordKind::Agency | RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => {
            &[]
        }
    };
    names.iter().find(|(known, _)| known == field).map(|(_, name)| *name)
}

/// What Mews calls the accounts of a kind.
fn account_type(kind: RecordKind) -> Option<&'static str> {
    match kind {
        RecordKind::Person => Some("Customer"),
        RecordKind::Company => Some("Company"),
        RecordKind::Agency | RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => {
            None
        }
    }
}

impl Mews {
    /// Changes these accounts with one call.
    pub(super) async fn update(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let requests: Vec<_> = ops.iter().map(Self::request).collect();
        let sent = requests.iter().filter_map(|request| request.as_ref().ok());
        let updates: Vec<&Json> = sent.map(|(_, update)| update).collect();
        if !updates.is_empty() {
            let body = Map::from_iter([("AccountUpdates".to_owned(), json!(updates))]);
            let answer = self.client.call::<Json>("accounts/update", body, Effect::Writes).await;
            if let (Err(ConnectorError::BatchRefused { .. }), [op]) = (&answer, ops)
                && self.is_gone(op).await?
            {
                return Ok(vec![WriteOutcome::NotFound]);
            }
            answer?;
        }
        // What the answer shows is half of an account: the core reads back what it wrote.
        let done =
            |id: &ExternalId| WriteOutcome::Done { external_id: id.clone(), version: None, stored: None };
        let outcomes = requests.into_iter();
        Ok(outcomes.map(|request| request.map_or_else(|refused| refused, |(id, _)| done(id))).collect())
    }

    /// Whether there is nothing to change: Mews refuses a change of a missing account like any other.
    async fn is_gone(&self, op: &WriteOp) -> Result<bool, ConnectorError> {
        let Action::Update(id) = &op.action else { return Ok(false) };
        let readings = self.current(&[RemoteRef::new(op.kind, id.clone())]).await?;
        Ok(matches!(readings[..], [Reading::NotFound(_)]))
    }

    /// The account to change, and its change; what becomes of the write where there is none.
    fn request(op: &WriteOp) -> Result<(&ExternalId, Json), WriteOutcome> {
        let (Some(account), Action::Update(id)) = (account_type(op.kind), &op.action) else {
            return Err(refused(
                None,
                "nothing is created in Mews, and only customers and companies are changed",
            ));
        };
        let mut properties = Map::new();
        for (field, seen) in op.document.iter() {
            let name =
                property(op.kind, field).ok_or_else(|| refused(Some(field), "is not written to Mews"))?;
            let value = value(seen).map_err(|why| refused(Some(field), why))?;
            properties.insert(name.to_owned(), json!({"Value": value}));
        }
        Ok((id, json!({"Id": id.as_str(), "Discriminator": account, account: properties})))
    }

    /// Merges `lose` into `keep`. Mews cannot undo it.
    pub(super) async fn join(
        &self,
        kind: RecordKind,
        keep: &ExternalId,
        lose: &ExternalId,
    ) -> Result<(), ConnectorError> {
        let account =
            account_type(kind).ok_or_else(|| self.client.unsupported("merge records of this kind"))?;
        let merge = json!([{
            "AccountType": account,
            "SourceAccountIds": [lose.as_str()],
            "TargetAccountId": keep.as_str(),
        }]);
        let body = Map::from_iter([("AccountMergeParameters".to_owned(), merge)]);
        self.client.call::<Json>("accounts/merge", body, Effect::Writes).await.map(drop)
    }
}

/// What a property is set to; `null` clears it.
fn value(seen: &Seen) -> Result<Json, &'static str> {
    let value = match seen {
        Seen::Masked => return Err("is hidden and cannot be written"),
        Seen::Empty => None,
        Seen::One(held) => Some(&**held),
        // One place for many: the core has put the main one first and left out the others.
        Seen::Set(elements) => elements.values().next().map(|held| &**held),
    };
    let Some(value) = value else { return Ok(Json::Null) };
    Ok(json!(match value {
        Value::Text(text) => text.clone(),
        Value::Date(day) => day.to_string(),
        Value::Country(country) => country.0.to_string(),
        Value::Email(email) => email.address.clone(),
        Value::Phone(phone) => phone.e164.as_ref().map_or_else(|| phone.typed.clone(), ToString::to_string),
        Value::Choice(choice) => match choice.as_str() {
            "female" => "Female".to_owned(),
            "male" => "Male".to_owned(),
            word => word.to_owned(),
        },
        Value::Bool(_)
        | Value::Integer(_)
        | Value::Instant(_)
        | Value::Money(_)
        | Value::Decimal(_)
        | Value::Language(_)
        | Value::Address(_)
        | Value::Reference(_)
        | Value::Content(_)
        | Value::Entry(_)
        | Value::Special(_) => return Err("has no place in Mews"),
    }))
}

fn refused(field: Option<&FieldKey>, why: &str) -> WriteOutcome {
    WriteOutcome::Rejected { field: field.cloned(), why: why.to_owned() }
}
