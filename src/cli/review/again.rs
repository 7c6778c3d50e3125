//! `cardex review reconsider|unpin`: what an operator has decided for good is open again.

use serde::Serialize;

use super::answer::open;
use super::parse_record;
use crate::cli::{Context, Exit, Failure};
use crate::model::{FieldKey, OperatorId};
use crate::review::{ReviewError, reconsider as let_again, unpin as free};

/// The arguments of `review reconsider`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Reconsider {
    /// One record
    record: String,
    /// The other
    other: String,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// The arguments of `review unpin`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Unpin {
    /// The record
    record: String,
    /// The field, as `cardex explain` names it
    field: String,
    /// Who decides, for the journal
    #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
    operator: String,
}

/// A pair that may be one again, as JSON tells it.
#[derive(Serialize)]
struct Allowed {
    record: String,
    other: String,
}

pub(super) async fn allow(given: &Reconsider, context: &mut Context) -> anyhow::Result<Exit> {
    let pair = (parse_record(&given.record)?, parse_record(&given.other)?);
    let hub = open(context).await?;
    let allowed = let_again(&hub, pair, &OperatorId::new(given.operator.as_str())).await;
    hub.store.close().await;
    allowed.map_err(|error| Failure::new(Exit::NoInput, error.to_string()))?;
    let allowed = Allowed { record: given.record.clone(), other: given.other.clone() };
    context.output.object(&allowed, || "they may be proposed and made one again".to_owned())?;
    Ok(Exit::Success)
}

/// A field whose values may change again, as JSON tells it.
#[derive(Serialize)]
struct Freed {
    record: String,
    field: String,
}

pub(super) async fn unpin(given: &Unpin, context: &mut Context) -> anyhow::Result<Exit> {
    let record = parse_record(&given.record)?;
    let hub = open(context).await?;
    let operator = OperatorId::new(given.operator.as_str());
    let freed = free(&hub, record, &FieldKey::new(given.field.as_str()), &operator).await;
    hub.store.close().await;
    match freed {
        Ok(()) => {}
        Err(error @ ReviewError::NotPinned(_)) => {
            return Err(Failure::new(Exit::NoInput, error.to_string()).into());
        }
        Err(error) => return Err(error.into()),
    }
    let freed = Freed { record: given.record.clone(), field: given.field.clone() };
    context.output.object(&freed, || "whoever changes it now is heard again".to_owned())?;
    Ok(Exit::Success)
}
