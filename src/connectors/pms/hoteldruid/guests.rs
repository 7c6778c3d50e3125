//! Reading guests: `clienti`, and of `relclienti` only the hotel's own fields.

use std::collections::BTreeMap;

use super::database::{Bind, Database};
use super::wire::{CustomValue, Guest, Stored as _, Sum, number};
use crate::connectors::ConnectorError;

/// A guest with the fields of the hotel's own that the configuration names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StoredGuest {
    pub(super) row: Guest,
    /// Name and value, both as stored.
    pub(super) custom: Vec<(String, String)>,
}

impl StoredGuest {
    /// The digest of everything the mapping reads.
    pub(super) fn digest(&self) -> i64 {
        let mut sum = Sum::new();
        self.row.digest(&mut sum);
        for (name, value) in &self.custom {
            sum.add(Some(name));
            sum.add(Some(value));
        }
        sum.finish()
    }

    pub(super) fn id(&self) -> Option<i64> {
        number(self.row.idclienti.as_deref())
    }
}

/// The guests with these numbers, in number order; those that do not exist are left out.
pub(super) async fn by_ids(
    db: &Database,
    ids: &[i64],
    custom: bool,
) -> Result<BTreeMap<i64, StoredGuest>, ConnectorError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let condition = format!("where idclienti in ({})", list(ids));
    let guests = fetch(db, &condition, &[], custom).await?;
    Ok(guests.into_iter().filter_map(|guest| Some((guest.id()?, guest))).collect())
}

/// At most `limit` guests with numbers above `after`, in number order.
pub(super) async fn page(
    db: &Database,
    after: i64,
    limit: usize,
    custom: bool,
) -> Result<Vec<StoredGuest>, ConnectorError> {
    let condition = format!("where idclienti > $1 order by idclienti limit {limit}");
    fetch(db, &condition, &[Bind::Int(after)], custom).await
}

async fn fetch(
    db: &Database,
    condition: &str,
    binds: &[Bind],
    custom: bool,
) -> Result<Vec<StoredGuest>, ConnectorError> {
    let rows = db.rows(db.select(Guest::COLUMNS, "clienti", condition), binds).await?;
    let mut guests: Vec<_> =
        rows.into_iter().map(|row| StoredGuest { row: Guest::read(row), custom: Vec::new() }).collect();
    if custom {
        let ids: Vec<_> = guests.iter().filter_map(StoredGuest::id).collect();
        let mut values = custom_values(db, &ids).await?;
        for guest in &mut guests {
            guest.custom = guest.id().and_then(|id| values.remove(&id)).unwrap_or_default();
        }
    }
    Ok(guests)
}

/// The hotel's own fields of these guests. The type in the condition keeps credit cards out of sight.
async fn custom_values(
    db: &Database,
    ids: &[i64],
) -> Result<BTreeMap<i64, Vec<(String, String)>>, ConnectorError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let condition = format!(
        "where tipo = 'campo_pers' and idclienti in ({}) order by idclienti, testo1, numero",
        list(ids)
    );
    let rows = db.rows(db.select(CustomValue::COLUMNS, "relclienti", &condition), &[]).await?;
    let mut values: BTreeMap<i64, Vec<_>> = BTreeMap::new();
    for row in rows.into_iter().map(CustomValue::read) {
        if let (Some(id), Some(name)) = (number(row.idclienti.as_deref()), row.testo1) {
            values.entry(id).or_default().push((name, row.testo3.unwrap_or_default()));
        }
    }
    Ok(values)
}

/// Numbers as an SQL list.
pub(super) fn list<N: ToString>(numbers: &[N]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
