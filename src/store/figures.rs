//! The figures of a reservation: copies of the fields that roll-ups and control totals add up, so that neither of them
//! opens a document. Made here and nowhere else; `record` writes them beside the document, in the same statement.

use chrono::NaiveDate;

use super::sql::{Bind, Binds, row};
use crate::model::value::Money;
use crate::model::{FieldKey, Record, RecordId, RecordKind, Reference, Value, keys};

/// The columns of the figures, in the order of [`Figures::binds`].
macro_rules! figure_columns {
    () => {
        "holder, status, property, channel, nights, lead_days, currency, amount, room_spend, other_spend, worth, \
         stepped_back, company, agency"
    };
}
pub(super) use figure_columns;

/// What a reservation adds up to. Of a membership there is only the holder, of a certificate its membership and its status:
/// nothing is added up, they are found by it. Every figure of another kind of record is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// Whose it is, as linked: a person, of a certificate the membership.
    pub(super) holder: Option<RecordId>,
    status: Option<String>,
    property: Option<String>,
    channel: Option<String>,
    nights: Option<i64>,
    lead_days: Option<i64>,
    currency: Option<String>,
    amount: Option<i64>,
    room_spend: Option<i64>,
    other_spend: Option<i64>,
    worth: Option<i64>,
    stepped_back: Option<i64>,
    company: Option<RecordId>,
    agency: Option<RecordId>,
}

impl Figures {
    /// The figures of `record`.
    pub(super) fn of(record: &Record) -> Self {
        match record.kind {
            RecordKind::Reservation => Self::of_stay(record),
            RecordKind::Membership => {
                Self { holder: reference(record.value(&keys::MEMBER)), ..Self::default() }
            }
            RecordKind::Certificate => Self {
                holder: reference(record.value(&keys::MEMBERSHIP)),
                status: text(record, &keys::STATUS),
                ..Self::default()
            },
            RecordKind::Person | RecordKind::Company | RecordKind::Agency => Self::default(),
        }
    }

    fn of_stay(record: &Record) -> Self {
        let arrives = day(record, &keys::ARRIVES_ON);
        let currency = currency(record);
        let minor = |field: &FieldKey| amount(record, field, currency);
        let (room, total_spend) = (minor(&keys::ROOM_SPEND), minor(&keys::TOTAL_SPEND));
        let other = sum([minor(&keys::FOOD_SPEND), minor(&keys::OTHER_SPEND)]);
        let amount = minor(&keys::TOTAL);
        Self {
            holder: reference(record.value(&keys::HOLDER)),
            status: text(record, &keys::STATUS),
            property: text(record, &keys::PROPERTY),
            channel: text(record, &keys::CHANNEL),
            nights: days(arrives, day(record, &keys::DEPARTS_ON)),
            lead_days: days(booked_on(record), arrives),
            currency: currency.map(str::to_owned),
            amount,
            room_spend: room,
            other_spend: other,
            worth: total_spend.or_else(|| sum([room, other])).or(amount),
            stepped_back: (record.value(&keys::ACTIVE_LEG) == Some(&Value::Bool(false))).then_some(1),
            company: reference(record.value(&keys::COMPANY)),
            agency: reference(record.value(&keys::AGENCY)),
        }
    }

    /// The values of [`figure_columns`], in their order: `ttttiitiiiiitt`.
    pub(super) fn binds(self) -> Binds {
        let Self {
            holder,
            status,
            property,
            channel,
            nights,
            lead_days,
            currency,
            amount,
            room_spend,
            other_spend,
            worth,
            stepped_back,
            company,
            agency,
        } = self;
        let holder = holder.map(|id| id.to_string());
        let mut binds: Binds = row![holder, status, property, channel, nights, lead_days, currency];
        binds.extend([amount, room_spend, other_spend, worth, stepped_back].map(Bind::from));
        binds.extend([company, agency].map(|id| Bind::from(id.map(|id| id.to_string()))));
        binds
    }
}

fn reference(value: Option<&Value>) -> Option<RecordId> {
    if let Value::Reference(Reference::Record(_, id)) = value? { Some(*id) } else { None }
}

fn text(record: &Record, field: &FieldKey) -> Option<String> {
    record.value(field).and_then(Value::as_text).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn day(record: &Record, field: &FieldKey) -> Option<NaiveDate> {
    record.value(field)?.as_date()
}

/// The day of the booking, UTC: at most one day off the hotel's.
fn booked_on(record: &Record) -> Option<NaiveDate> {
    Some(record.value(&keys::BOOKED_AT)?.as_instant()?.date_naive())
}

fn days(from: Option<NaiveDate>, until: Option<NaiveDate>) -> Option<i64> {
    let (from, until) = from.zip(until)?;
    Some((until - from).num_days().max(0))
}

fn money<'r>(record: &'r Record, field: &FieldKey) -> Option<&'r Money> {
    record.value(field)?.as_money()
}

/// The currency of the reservation: that of its total, else of what was spent.
fn currency(record: &Record) -> Option<&str> {
    let fields = [keys::TOTAL, keys::TOTAL_SPEND, keys::ROOM_SPEND, keys::FOOD_SPEND, keys::OTHER_SPEND];
    fields.iter().find_map(|field| Some(money(record, field)?.currency.as_str()))
}

fn amount(record: &Record, field: &FieldKey, currency: Option<&str>) -> Option<i64> {
    let money = money(record, field)?;
    (Some(money.currency.as_str()) == currency).then_some(money.amount_minor)
}

/// The sum of what is known; unknown when nothing is.
fn sum(amounts: [Option<i64>; 2]) -> Option<i64> {
    amounts.into_iter().flatten().reduce(i64::saturating_add)
}
