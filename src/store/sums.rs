//! What reservations add up to, computed by the database from their figures: per person for his roll-ups, per property
//! and month for control totals. No document is opened.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::any::AnyRow;

use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::sql::{Columns, fetch, row, statements};
use crate::model::{RecordId, StaySum, StayTotal, SystemId};

const TABLE: &str = "record";

statements! {
    /// An alias counts for its root. A leg that has stepped back stands for no stay.
    OF_PERSONS("t", "t") = "with v(root_id) as (values {values}),
        member(root_id, person_id) as (
            select v.root_id, v.root_id from v
            union all
            select r.root_id, r.record_id from v cross join record r
            where r.root_id = v.root_id and r.merged_into is not null)
        select m.root_id, r.status, r.channel, r.currency, count(*),
            cast(coalesce(sum(r.nights), 0) as bigint),
            cast(coalesce(sum(r.lead_days), 0) as bigint), count(r.lead_days),
            cast(sum(r.room_spend) as bigint), cast(sum(r.other_spend) as bigint),
            cast(sum(r.worth) as bigint), min(r.arrives_on), max(coalesce(r.departs_on, r.arrives_on)),
            min(case when r.arrives_on >= $1 then r.arrives_on end)
        from member m cross join record r
        where r.holder = m.person_id and r.kind = 'reservation' and r.life = 'live' and r.stepped_back is null
        group by m.root_id, r.status, r.channel, r.currency";
    TOTALS("", "") = "select property, substr(arrives_on, 1, 7), status, currency, count(*),
            cast(coalesce(sum(amount), 0) as bigint)
        from record where kind = 'reservation' and life = 'live' and stepped_back is null
        group by property, substr(arrives_on, 1, 7), status, currency";
    /// A counterpart that has stepped back does not speak for its system's stays any more.
    TOTALS_AT("t", "") = "select r.property, substr(r.arrives_on, 1, 7), r.status, r.currency, count(*),
            cast(coalesce(sum(r.amount), 0) as bigint)
        from link l cross join record r
        where l.system_id = $1 and l.kind = 'reservation' and l.life in ('live', 'suspect') and l.role = 'primary'
            and r.record_id = l.root_id and r.life = 'live' and r.stepped_back is null
        group by r.property, substr(r.arrives_on, 1, 7), r.status, r.currency";
    PASSED("tt", "") = "select distinct holder from record
        where arrives_on >= $1 and arrives_on < $2 and holder is not null
            and status in ('requested', 'tentative', 'confirmed') order by holder";
}

impl Store {
    /// What the reservations of these persons and of their aliases add up to; one without any is left out. Arrivals
    /// before `today` are over.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn stay_sums(
        &self,
        roots: &[RecordId],
        today: NaiveDate,
    ) -> Result<BTreeMap<RecordId, Vec<StaySum>>, StoreError> {
        let fixed = row![today.to_string()];
        let rows = fetch(&mut *self.reader().await?, &OF_PERSONS, fixed, id_rows(roots)).await?;
        let mut sums: BTreeMap<RecordId, Vec<StaySum>> = BTreeMap::new();
        for row in &rows {
            let (person, sum) = stay_sum(row)?;
            sums.entry(person).or_default().push(sum);
        }
        Ok(sums)
    }

    /// What all live reservations add up to.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn stay_totals(&self) -> Result<Vec<StayTotal>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &TOTALS, row![], vec![]).await?;
        rows.iter().map(stay_total).collect()
    }

    /// The same of the reservations that are at this system, as far as is known.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn stay_totals_at(&self, system: &SystemId) -> Result<Vec<StayTotal>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &TOTALS_AT, row![system.as_str()], vec![]).await?;
        rows.iter().map(stay_total).collect()
    }

    /// The persons, aliases not followed, who were expected on a day from `from` on and before `until`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn expected_between(
        &self,
        from: NaiveDate,
        until: NaiveDate,
    ) -> Result<Vec<RecordId>, StoreError> {
        let fixed = row![from.to_string(), until.to_string()];
        let rows = fetch(&mut *self.reader().await?, &PASSED, fixed, vec![]).await?;
        rows.iter().map(|row| Ok(RecordId::new(Columns::of(row, TABLE).uuid()?))).collect()
    }
}

fn stay_sum(row: &AnyRow) -> Result<(RecordId, StaySum), StoreError> {
    let mut columns = Columns::of(row, TABLE);
    let person = RecordId::new(columns.uuid()?);
    let sum = StaySum {
        status: columns.maybe_text()?.unwrap_or_default().into(),
        channel: columns.maybe_text()?.unwrap_or_default().into(),
        currency: columns.maybe_text()?.unwrap_or_default().into(),
        reservations: columns.int()?,
        nights: columns.int()?,
        lead_days: columns.int()?,
        with_lead_days: columns.int()?,
        room_spend: columns.maybe_int()?,
        other_spend: columns.maybe_int()?,
        worth: columns.maybe_int()?,
        first_arrival: day(&mut columns)?,
        last_departure: day(&mut columns)?,
        next_arrival: day(&mut columns)?,
    };
    Ok((person, sum))
}

fn day(columns: &mut Columns<'_>) -> Result<Option<NaiveDate>, StoreError> {
    let Some(text) = columns.maybe_text()? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| columns.wrong("the day is none"))
}

fn stay_total(row: &AnyRow) -> Result<StayTotal, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    let mut text = || Ok::<_, StoreError>(columns.maybe_text()?.unwrap_or_default());
    let (property, month, status, currency) = (text()?, text()?, text()?, text()?);
    let (reservations, amount) = (columns.count()?, columns.int()?);
    Ok(StayTotal { property, month, status, currency, reservations, amount })
}
