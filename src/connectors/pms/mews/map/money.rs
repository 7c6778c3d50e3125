//! What a reservation costs and what has been paid: order items and payments, tax included.

use super::super::names::{Book, Glossary};
use super::super::wire::{Amount, OrderItem, Payment};
use super::reservation::Booking;
use super::{Hotel, entry, line};
use crate::model::normalise::money;
use crate::model::value::Money;
use crate::model::{Document, RecordKind, Seen, Value, keys};

const KIND: RecordKind = RecordKind::Reservation;

/// Item types that are what the room costs.
const ROOM: [&str; 3] = ["SpaceOrder", "NightRebate", "ResourceUpgradeFee"];
/// Item types that are a payment in advance, not something sold.
const NOTHING_SOLD: [&str; 1] = ["Deposit"];

/// Adds the amounts. A stay in several currencies has no total: it is masked.
pub(super) fn insert(
    document: &mut Document,
    booking: &Booking,
    names: &Glossary,
    hotel: &Hotel,
    stayed: bool,
) {
    let items: Vec<&OrderItem> = booking.items.iter().filter(|item| is_sold(item)).collect();
    let payments: Vec<&Payment> = booking.payments.iter().filter(|row| row.state == "Charged").collect();
    let sum = |test: &dyn Fn(&OrderItem) -> bool| {
        total(items.iter().filter(|item| test(item)).map(|item| &item.amount))
    };
    let all = sum(&|_| true);
    // Mews counts what it receives as negative.
    let paid = total(payments.iter().map(|row| &row.amount))
        .map(|sum| sum.map(|sum| Money { amount_minor: -sum.amount_minor, ..sum }));
    document.insert(keys::BALANCE, balance(&all, &paid));
    document.insert(keys::PAID, seen(paid));
    document.insert(keys::TOTAL, seen(all.clone()));
    let spent = |sum: Result<Option<Money>, Mixed>| if stayed { seen(sum) } else { Seen::Empty };
    let is_food = |item: &OrderItem| product(item, names).is_some_and(|named| named.is_food);
    let is_room = |item: &OrderItem| ROOM.contains(&item.kind.as_str());
    document.insert(keys::TOTAL_SPEND, spent(all));
    document.insert(keys::ROOM_SPEND, spent(sum(&is_room)));
    document.insert(keys::FOOD_SPEND, spent(sum(&|item| is_food(item) && !is_room(item))));
    document.insert(keys::OTHER_SPEND, spent(sum(&|item| !is_food(item) && !is_room(item))));
    document.insert(keys::TAXES, seen(taxes(&items)));
    document
        .insert(keys::PAYMENT_METHOD, Seen::optional(payments.first().and_then(|row| line(Some(&row.kind)))));
    let extras =
        items.iter().filter(|item| item.kind == "ProductOrder").map(|item| extra(item, names, hotel));
    document.insert(keys::EXTRAS, hotel.set(KIND, &keys::EXTRAS, extras));
    let payments = payments.iter().map(|row| payment(row, hotel));
    document.insert(keys::PAYMENTS, hotel.set(KIND, &keys::PAYMENTS, payments));
}

/// Amounts of several currencies, or one that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mixed;

fn is_sold(item: &OrderItem) -> bool {
    item.canceled_utc.is_none()
        && item.accounting_state != "Canceled"
        && !NOTHING_SOLD.contains(&item.kind.as_str())
}

fn amount(amount: &Amount) -> Result<Money, Mixed> {
    money::from_float(amount.gross_value, &amount.currency).map_err(|_| Mixed)
}

fn add(sum: Option<Money>, more: Money) -> Result<Option<Money>, Mixed> {
    let Some(sum) = sum else { return Ok(Some(more)) };
    let amount_minor = sum.amount_minor.checked_add(more.amount_minor);
    match amount_minor.filter(|_| sum.currency == more.currency) {
        Some(amount_minor) => Ok(Some(Money { amount_minor, ..sum })),
        None => Err(Mixed),
    }
}

fn total<'a>(amounts: impl IntoIterator<Item = &'a Amount>) -> Result<Option<Money>, Mixed> {
    amounts.into_iter().try_fold(None, |sum, more| add(sum, amount(more)?))
}

fn taxes(items: &[&OrderItem]) -> Result<Option<Money>, Mixed> {
    let mut sum = None;
    for item in items {
        for tax in &item.amount.tax_values {
            sum = add(sum, money::from_float(tax.value, &item.amount.currency).map_err(|_| Mixed)?)?;
        }
    }
    Ok(sum)
}

fn balance(total: &Result<Option<Money>, Mixed>, paid: &Result<Option<Money>, Mixed>) -> Seen {
    let (Ok(total), Ok(paid)) = (total, paid) else { return Seen::Masked };
    let Some(total) = total.clone() else { return Seen::Empty };
    let Some(paid) = paid.clone() else { return Seen::one(Value::Money(total)) };
    seen(add(Some(total), Money { amount_minor: -paid.amount_minor, ..paid }))
}

fn seen(sum: Result<Option<Money>, Mixed>) -> Seen {
    sum.map_or(Seen::Masked, |sum| Seen::optional(sum.map(Value::Money)))
}

/// The product behind an item.
pub(super) fn product<'n>(item: &OrderItem, names: &'n Glossary) -> Option<&'n super::super::names::Named> {
    names.get(Book::Product, &item.data.as_ref()?.product.as_ref()?.product_id)
}

fn extra(item: &OrderItem, names: &Glossary, hotel: &Hotel) -> Value {
    let product = product(item, names);
    let name = product.map(|named| named.name.as_str()).or(item.billing_name.as_deref());
    entry([
        ("id", line(Some(&item.id))),
        ("code", line(product.and_then(|named| named.code.as_deref()))),
        ("name", line(name)),
        ("quantity", item.unit_count.map(Value::Integer)),
        ("date", hotel.day(item.consumed_utc.as_deref()).map(Value::Date)),
        ("amount", amount(&item.amount).ok().map(Value::Money)),
    ])
}

fn payment(row: &Payment, hotel: &Hotel) -> Value {
    let received = amount(&row.amount).ok().map(|sum| Money { amount_minor: -sum.amount_minor, ..sum });
    let day = hotel.day(row.charged_utc.as_deref().or(row.created_utc.as_deref()));
    entry([
        ("id", line(Some(&row.id))),
        ("date", day.map(Value::Date)),
        ("method", line(Some(&row.kind))),
        ("amount", received.map(Value::Money)),
    ])
}
