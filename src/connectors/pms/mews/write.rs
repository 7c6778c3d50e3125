//! Changes customers and companies, has them made, and merges them. Every change names each property that it sets and no other; Mews
//! takes a list as a whole or not at all. Addresses are rows of their own, of which none is ever deleted.

use serde::Deserialize as _;
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;

use super::create::{Creation, creation};
use super::map::{Arrangement, SIMPLE, arrange, boxes};
use super::memory::Digests;
use super::read::Belonging;
use super::wire::{ADDRESSES, Address, Options};
use super::{BATCH, Mews};
use crate::connectors::http::Effect;
use crate::connectors::{ConnectorError, NextStep, Reading};
use crate::model::{
    Action, Document, ExternalId, FieldKey, RecordKind, RemoteRef, Seen, Value, WriteOp, WriteOutcome, keys,
};

/// The properties that hold a field: of a change, and of a record that is made.
#[derive(Clone, Copy)]
pub(super) struct Property {
    changed: &'static str,
    pub(super) made: &'static str,
}

const fn same(name: &'static str) -> Property {
    Property { changed: name, made: name }
}

fn property(kind: RecordKind, field: &FieldKey) -> Option<Property> {
    let names: &[(FieldKey, Property)] = match kind {
        RecordKind::Person => &[
            (keys::SURNAME, same("LastName")),
            (keys::SECOND_SURNAME, same("SecondLastName")),
            (keys::GIVEN_NAMES, same("FirstName")),
            (keys::SEX, same("Sex")),
            (keys::BIRTH_DATE, same("BirthDate")),
            (keys::BIRTH_PLACE, same("BirthPlace")),
            (keys::NATIONALITIES, same("NationalityCode")),
            (keys::TAX_ID, Property { changed: "TaxIdentifier", made: "TaxIdentificationNumber" }),
            (keys::POSITION, same("Occupation")),
            (keys::EMAILS, same("Email")),
            (keys::PHONES, Property { changed: "Telephone", made: "Phone" }),
        ],
        RecordKind::Company => &[
            (keys::NAME, same("Name")),
            (keys::TAX_ID, same("TaxIdentifier")),
            (keys::WEB, same("WebsiteUrl")),
            (keys::EMAILS, Property { changed: "Email", made: "InvoicingEmail" }),
            (keys::PHONES, same("Telephone")),
        ],
        RecordKind::Agency | RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => {
            &[]
        }
    };
    names.iter().find(|(known, _)| known == field).map(|(_, name)| *name)
}

/// The property of a field, and what it is set to.
pub(super) fn valued(
    kind: RecordKind,
    field: &FieldKey,
    seen: &Seen,
) -> Result<(Property, Json), WriteOutcome> {
    let property = property(kind, field).ok_or_else(|| refused(Some(field), "is not written to Mews"))?;
    let value = value(seen).map_err(|why| refused(Some(field), why))?;
    Ok((property, value))
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

/// What Mews holds now of what a write cannot simply set.
#[derive(Default)]
struct Held {
    accounts: HashMap<String, Json>,
    addresses: Belonging<Address>,
}

/// What brings one account to a document.
#[derive(Default)]
struct Change {
    account: Option<Json>,
    addresses: Arrangement,
    /// What is done by a call of its own.
    alone: Option<Alone>,
    /// What Mews holds of fields that it holds otherwise than they were sent, or already.
    told: Document,
}

/// What Mews does for one record at a time.
enum Alone {
    /// Every option that a customer has then.
    Options(Vec<String>),
    Create(Creation),
}

impl Mews {
    /// Changes and makes these accounts, with one call for each sort of change where Mews takes a list.
    pub(super) async fn update(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let held = self.held(ops).await?;
        let changes: Vec<_> = ops.iter().map(|op| self.change(op, &held)).collect();
        let accounts = changes.iter().flatten().filter_map(|change| change.account.as_ref());
        let answer = self.send(("accounts/update", "AccountUpdates"), accounts).await;
        if let (Err(ConnectorError::BatchRefused { .. }), [op]) = (&answer, ops)
            && self.is_gone(op).await?
        {
            return Ok(vec![WriteOutcome::NotFound]);
        }
        answer?;
        let addresses = || changes.iter().flatten().map(|change| &change.addresses);
        let moved = addresses().flat_map(|addresses| &addresses.changes);
        let mut answer = self.send(("addresses/update", "AddressUpdates"), moved).await;
        if answer.is_ok() {
            let new = addresses().flat_map(|addresses| &addresses.additions);
            answer = self.send(("addresses/add", "Addresses"), new).await;
        }
        match (answer, ops) {
            // The rest of the account is as it should be.
            (Err(ConnectorError::BatchRefused { why, .. }), [_]) => {
                return Ok(vec![refused(Some(&keys::ADDRESSES), &why)]);
            }
            (answer, _) => answer?,
        }
        self.one_by_one(ops, changes).await
    }

    /// Makes the calls that Mews takes for one record at a time. What has been done by one is told, whatever becomes of
    /// those that follow.
    async fn one_by_one(
        &self,
        ops: &[WriteOp],
        changes: Vec<Result<Change, WriteOutcome>>,
    ) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let mut outcomes = Vec::with_capacity(ops.len());
        let (mut is_begun, mut cut) = (false, None);
        for (op, change) in ops.iter().zip(changes) {
            let outcome = match (change, cut) {
                (Err(outcome), _) => outcome,
                (Ok(Change { alone: None, told, .. }), _) => done(op, told),
                (Ok(_), Some(after)) => WriteOutcome::Retry { after },
                (Ok(Change { alone: Some(alone), told, .. }), None) => {
                    let answer = match alone {
                        Alone::Options(options) => self.set_options(op, &options, told).await,
                        Alone::Create(creation) => self.create(creation).await,
                    };
                    match answer {
                        Ok(outcome) => outcome,
                        Err(error) if !is_begun => return Err(error),
                        Err(error) => {
                            cut = Some(error.wait());
                            cut_off(&error)
                        }
                    }
                }
            };
            is_begun = true;
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Sets every option of a customer. Mews leaves alone what it takes for blank, so its answer is believed and not the
    /// call: a refusal that was not taken must not pass for one that was.
    async fn set_options(
        &self,
        op: &WriteOp,
        options: &[String],
        told: Document,
    ) -> Result<WriteOutcome, ConnectorError> {
        let id = target(op).map(ExternalId::as_str);
        let body =
            Map::from_iter([("CustomerId".to_owned(), json!(id)), ("Options".to_owned(), json!(options))]);
        let of = |options: &[String]| self.hotel.consents(options.iter().map(String::as_str));
        Ok(match self.client.call::<Options>("customers/update", body, Effect::Writes).await {
            Ok(answer) if of(&answer.options) == of(options) => done(op, told),
            Ok(_) => refused(Some(&keys::CONSENTS), "Mews has not set the options as it was asked to"),
            Err(ConnectorError::BatchRefused { why, .. }) => refused(Some(&keys::CONSENTS), &why),
            Err(error) => return Err(error),
        })
    }

    /// Sends a list, in as few calls as Mews takes; no call for an empty one.
    async fn send<'a>(
        &self,
        (operation, property): (&str, &str),
        rows: impl Iterator<Item = &'a Json>,
    ) -> Result<(), ConnectorError> {
        let rows: Vec<&Json> = rows.collect();
        for rows in rows.chunks(BATCH) {
            let body = Map::from_iter([(property.to_owned(), json!(rows))]);
            self.client.call::<Json>(operation, body, Effect::Writes).await?;
        }
        Ok(())
    }

    /// Looks at the accounts of which addresses or options are written.
    async fn held(&self, ops: &[WriteOp]) -> Result<Held, ConnectorError> {
        let mut held = Held::default();
        let of = |fields: &[FieldKey]| -> Vec<&str> {
            let writes = |op: &&WriteOp| fields.iter().any(|field| op.document.get(field).is_some());
            ops.iter().filter(writes).filter_map(target).map(ExternalId::as_str).collect()
        };
        let (ids, moved) = (of(&[keys::ADDRESSES, keys::CONSENTS]), of(&[keys::ADDRESSES]));
        let (Some(op), false) = (ops.first(), ids.is_empty()) else { return Ok(held) };
        let rows = self.client.of_ids(self.listing(op.kind)?, &ids, &json!({})).await?;
        let rows = rows.into_iter().filter(|row| row["IsActive"] != false);
        held.accounts = rows.filter_map(|row| Some((row.get("Id")?.as_str()?.to_owned(), row))).collect();
        held.addresses = self
            .belonging((&ADDRESSES, &moved), &mut Digests::new(), |row: &Address| Some(&row.account_id))
            .await?;
        Ok(held)
    }

    /// Whether there is nothing to change: Mews refuses a change of a missing account like any other.
    async fn is_gone(&self, op: &WriteOp) -> Result<bool, ConnectorError> {
        let Some(id) = target(op) else { return Ok(false) };
        let readings = self.current(&[RemoteRef::new(op.kind, id.clone())]).await?;
        Ok(matches!(readings[..], [Reading::NotFound(_)]))
    }

    /// What is to be changed; what becomes of the write where nothing can be.
    fn change(&self, op: &WriteOp, held: &Held) -> Result<Change, WriteOutcome> {
        if op.action == Action::Create {
            return Ok(Change { alone: Some(Alone::Create(creation(op)?)), ..Change::default() });
        }
        let (Some(account), Some(id)) = (account_type(op.kind), target(op)) else {
            return Err(refused(None, "only customers and companies are changed in Mews"));
        };
        let mut change = Change::default();
        let mut properties = Map::new();
        for (field, seen) in op.document.iter() {
            if *field == keys::ADDRESSES {
                change.addresses = self.arrange(op, id.as_str(), seen, held, &mut change.told)?;
            } else if *field == keys::CONSENTS {
                properties.extend(self.tick(op, id.as_str(), seen, held, &mut change)?);
            } else {
                let (property, value) = valued(op.kind, field, seen)?;
                properties.insert(property.changed.to_owned(), json!({"Value": value}));
            }
        }
        change.account = (!properties.is_empty())
            .then(|| json!({"Id": id.as_str(), "Discriminator": account, account: properties}));
        Ok(change)
    }

    /// What brings the addresses of an account to those that are wanted.
    fn arrange(
        &self,
        op: &WriteOp,
        id: &str,
        wanted: &Seen,
        held: &Held,
        told: &mut Document,
    ) -> Result<Arrangement, WriteOutcome> {
        let account = held.accounts.get(id).ok_or(WriteOutcome::NotFound)?;
        let main = account["AddressId"].as_str();
        let rows = held.addresses.get(id).map_or(&[][..], Vec::as_slice);
        let now = self.hotel.addresses(op.kind, rows, main);
        self.expect_known(op, &keys::ADDRESSES, &now)?;
        let arrangement = arrange(id, &self.hotel.standing(op.kind, rows, main), wanted);
        if !arrangement.is_nothing() {
            return Ok(arrangement);
        }
        if self.is_same(op.kind, &keys::ADDRESSES, &now, wanted) {
            told.insert(keys::ADDRESSES, now);
            return Ok(arrangement);
        }
        let why = if arrangement.has_left_over {
            "an address that is gone elsewhere stays: cardex deletes none in Mews"
        } else {
            "one of the addresses in Mews is always the main one"
        };
        Err(refused(Some(&keys::ADDRESSES), why))
    }

    /// What brings the options of a customer to the consents that are wanted: the property that sets the simple one, and
    /// the rest in `change`.
    fn tick(
        &self,
        op: &WriteOp,
        id: &str,
        wanted: &Seen,
        held: &Held,
        change: &mut Change,
    ) -> Result<Option<(String, Json)>, WriteOutcome> {
        let row = held.accounts.get(id).ok_or(WriteOutcome::NotFound)?;
        let row = Options::deserialize(row)
            .map_err(|_| refused(Some(&keys::CONSENTS), "the options of the customer cannot be read"))?;
        let mut options = row.options;
        self.expect_known(op, &keys::CONSENTS, &self.hotel.consents(options.iter().map(String::as_str)))?;
        let others: Vec<(&str, bool)> = boxes(wanted)
            .filter(|(option, is_ticked)| options.iter().any(|set| set == option) != *is_ticked)
            .collect();
        for (option, is_ticked) in &others {
            options.retain(|set| set != option);
            options.extend(is_ticked.then(|| (*option).to_owned()));
        }
        let now = self.hotel.consents(options.iter().map(String::as_str));
        if others.is_empty() || !self.is_same(op.kind, &keys::CONSENTS, &now, wanted) {
            change.told.insert(keys::CONSENTS, now);
        }
        let is_simple = others.iter().all(|(option, _)| *option == SIMPLE);
        change.alone = (!is_simple).then_some(Alone::Options(options));
        let simple = others.iter().find(|(option, _)| *option == SIMPLE);
        Ok(simple.map(|(option, is)| ("Options".to_owned(), json!({*option: {"Value": is}}))))
    }

    /// Somebody who has changed a field since it was last read is heard first.
    fn expect_known(&self, op: &WriteOp, field: &FieldKey, now: &Seen) -> Result<(), WriteOutcome> {
        let is_known = op.base.get(field).is_some_and(|base| self.is_same(op.kind, field, base, now));
        if is_known { Ok(()) } else { Err(WriteOutcome::Stale) }
    }

    /// Whether Mews cannot tell two values of a field apart.
    fn is_same(&self, kind: RecordKind, field: &FieldKey, one: &Seen, other: &Seen) -> bool {
        let form = self.capabilities.kinds.get(&kind).and_then(|kind| kind.fields.get(field));
        let declared = self.hotel.registry.field(kind, field);
        form.zip(declared).is_some_and(|(can, declared)| can.form.equivalent(declared, one, other))
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

/// The account that a write changes.
fn target(op: &WriteOp) -> Option<&ExternalId> {
    match &op.action {
        Action::Update(id) => Some(id),
        Action::Create => None,
    }
}

/// A change that was made. What the answers show is a part of an account: the core reads back what it wrote, unless it is
/// `told` of something that reading would show as it was before.
fn done(op: &WriteOp, told: Document) -> WriteOutcome {
    let external_id = target(op).cloned();
    external_id.map_or(WriteOutcome::Unknown, |external_id| WriteOutcome::Done {
        external_id,
        version: None,
        stored: (!told.is_empty()).then_some(told),
    })
}

/// What became of a call that cut off those after it.
fn cut_off(error: &ConnectorError) -> WriteOutcome {
    match error.next_step() {
        NextStep::Settle => WriteOutcome::Unknown,
        NextStep::RetryAfter(after) => WriteOutcome::Retry { after },
        NextStep::Bisect | NextStep::Park | NextStep::Halt | NextStep::Sweep => {
            WriteOutcome::Retry { after: None }
        }
    }
}

/// A refusal, and of which field.
pub(super) fn refused(field: Option<&FieldKey>, why: &str) -> WriteOutcome {
    WriteOutcome::Rejected { field: field.cloned(), why: why.to_owned() }
}
