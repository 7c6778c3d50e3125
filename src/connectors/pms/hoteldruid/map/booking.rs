//! A booking with its children as a reservation.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use litemap::LiteMap;
use smol_str::SmolStr;

use super::super::assembly::StoredBooking;
use super::super::keys::{GuestKey, confirmation_code, lineage};
use super::super::stamp;
use super::super::wire::{Extra, Payment, number};
use super::{Hotel, is_company, known, plain, text_field};
use crate::model::normalise::text;
use crate::model::value::{Choice, Reference};
use crate::model::{Document, FieldKey, RecordKind, Seen, Value, keys};

/// The parts of a booking's comment: text, reminders, and marks of the form `name<value`.
struct Comment {
    text: String,
    /// Who cancelled, and when by the hotel's clock.
    cancelled: Option<(String, String)>,
}

impl Comment {
    fn read(stored: Option<&str>) -> Self {
        let mut parts = stored.unwrap_or_default().split('>');
        let text = text::block(&super::super::text::decode(parts.next().unwrap_or_default()));
        let mark = parts.find_map(|part| part.strip_prefix("hd_del_res<"));
        let cancelled =
            mark.and_then(|mark| mark.rsplit_once('|')).map(|(who, when)| (who.to_owned(), when.to_owned()));
        Self { text, cancelled }
    }
}

/// The status of a booking at `now`.
///
/// `checkout` without `checkin` is the arrival the guest announced, not a departure. A no-show is nothing HotelDruid
/// knows: the hotel's rule says it, and only where arrivals are registered at all.
pub(in super::super) fn status(stored: &StoredBooking, hotel: &Hotel, now: DateTime<Utc>) -> &'static str {
    let row = &stored.row;
    let is_set = |column: &Option<String>| column.as_deref().is_some_and(|text| !text.is_empty());
    if stored.shelf.cancelled {
        "cancelled"
    } else if is_set(&row.checkin) {
        if is_set(&row.checkout) { "checked_out" } else { "in_house" }
    } else if row.conferma.as_deref() == Some("N") {
        "tentative"
    } else if is_no_show(stored, hotel, now) {
        "no_show"
    } else {
        "confirmed"
    }
}

fn is_no_show(stored: &StoredBooking, hotel: &Hotel, now: DateTime<Utc>) -> bool {
    let arrives = stored.arrives.as_deref().and_then(stamp::date).filter(|_| stored.uses_check_in);
    arrives.and_then(|date| hotel.no_show_from(date)).is_some_and(|from| now >= from)
}

/// The reservation as the hub shows it, and who cancelled it.
pub(in super::super) fn booking(
    stored: &StoredBooking,
    hotel: &Hotel,
    now: DateTime<Utc>,
) -> (Document, Option<String>) {
    let row = &stored.row;
    let comment = Comment::read(row.commento.as_deref());
    let cancelled_at = comment.cancelled.as_ref().and_then(|(_, when)| hotel.instant(Some(when)));
    let status = status(stored, hotel, now);
    let origin = plain(row.origine.as_deref());
    let mut document = Document::new()
        .with(keys::PROPERTY, Seen::one(Value::Text(hotel.property.to_string())))
        .with(keys::NUMBER, Seen::one(Value::Text(format!("{}/{}", stored.number(), stored.shelf.year))))
        .with(keys::EXTERNAL_REFERENCES, references(stored, hotel))
        .with(keys::BOOKED_AT, instant(hotel.instant(row.datainserimento.as_deref())))
        .with(keys::STATUS, Seen::one(known(status)))
        .with(keys::CANCELLED_AT, instant(cancelled_at.filter(|_| stored.shelf.cancelled)))
        .with(keys::CHANNEL, channel(origin.as_deref(), hotel))
        .with(keys::ORIGIN, Seen::optional(origin.map(Value::Text)))
        .with(keys::ROOMS, rooms(stored, hotel))
        .with(keys::REMARKS, Seen::optional(Some(comment.text).filter(|t| !t.is_empty()).map(Value::Text)));
    stay(&mut document, stored, hotel);
    people(&mut document, stored, hotel);
    money(&mut document, stored, hotel, status);
    (document, comment.cancelled.map(|(who, _)| who).filter(|_| stored.shelf.cancelled))
}

fn stay(document: &mut Document, stored: &StoredBooking, hotel: &Hotel) {
    let row = &stored.row;
    let (arrived, left) = (row.checkin.as_deref(), row.checkout.as_deref());
    let announced = if arrived.is_none() { left.and_then(stamp::parse) } else { None };
    let time = announced.map(|wall| Value::Text(wall.format("%H:%M").to_string()));
    document.insert(keys::ARRIVAL_TIME, Seen::optional(time));
    document.insert(keys::CHECKED_IN_AT, instant(hotel.instant(arrived)));
    document.insert(keys::CHECKED_OUT_AT, instant(hotel.instant(left.filter(|_| arrived.is_some()))));
    // The copy that New Year makes of a stay, alone because the old year is gone, knows no arrival.
    if let Some(date) = stored.arrives.as_deref().and_then(stamp::date) {
        document.insert(keys::ARRIVES_ON, Seen::one(Value::Date(date)));
    }
    if let Some(date) = departs_on(stored) {
        document.insert(keys::DEPARTS_ON, Seen::one(Value::Date(date)));
    }
}

fn departs_on(stored: &StoredBooking) -> Option<NaiveDate> {
    stored.departs.as_deref().and_then(stamp::date)
}

fn people(document: &mut Document, stored: &StoredBooking, hotel: &Hotel) {
    // A number that was given out again after the stay is another guest's: he cannot have been there.
    let was_there = |key: &GuestKey| {
        let entered = stamp::date(&key.stamp);
        departs_on(stored)
            .zip(entered)
            .is_none_or(|(departs, entered)| entered <= departs + TimeDelta::days(1))
    };
    let mut guests = stored.guests.iter().map(|guest| {
        let key = GuestKey::of(&guest.row).filter(was_there)?;
        let kind = if is_company(guest, &hotel.settings.companies) {
            RecordKind::Company
        } else {
            RecordKind::Person
        };
        Some((kind, Value::Reference(Reference::Remote(kind, key.external_id()))))
    });
    let holder = guests.next().flatten();
    let others = guests.flatten().filter(|(kind, _)| *kind == RecordKind::Person).map(|(_, guest)| guest);
    let mut others: Vec<_> = others.collect();
    let (company, holder) = match holder {
        // A company books for its people: the first of them is the holder.
        Some((RecordKind::Company, company)) => {
            let holder = if others.is_empty() { None } else { Some(others.remove(0)) };
            (Some(company), holder)
        }
        other => (None, other.map(|(_, guest)| guest)),
    };
    document.insert(keys::HOLDER, Seen::optional(holder));
    document.insert(keys::ACCOMPANYING, set(hotel, &keys::ACCOMPANYING, others));
    document.insert(keys::COMPANY, Seen::optional(company));
}

fn money(document: &mut Document, stored: &StoredBooking, hotel: &Hotel, status: &str) {
    let row = &stored.row;
    let field = |stored: Option<&str>| Seen::optional(hotel.money(stored).map(Value::Money));
    let total = hotel.money(row.tariffa_tot.as_deref()).map(|money| money.amount_minor);
    let paid = hotel.money(row.pagato.as_deref()).map_or(0, |money| money.amount_minor);
    document.insert(keys::TOTAL, field(row.tariffa_tot.as_deref()));
    document.insert(keys::DEPOSIT, field(row.caparra.as_deref()));
    document.insert(keys::COMMISSION, field(row.commissioni.as_deref()));
    document.insert(keys::PAYMENT_METHOD, text_field(row.metodo_pagamento.as_deref()));
    document.insert(keys::PAID, Seen::one(hotel.amount(paid)));
    document.insert(keys::BALANCE, Seen::optional(total.map(|total| hotel.amount(total - paid))));
    let extras = stored.extras.iter().map(|extra| extra_entry(extra, stored, hotel));
    document.insert(keys::EXTRAS, set(hotel, &keys::EXTRAS, extras));
    let payments = stored.payments.iter().map(|(year, payment)| payment_entry(*year, payment, hotel));
    document.insert(keys::PAYMENTS, set(hotel, &keys::PAYMENTS, payments));
    let has_stayed = matches!(status, "in_house" | "checked_out");
    let discount = hotel.money(row.sconto.as_deref()).map_or(0, |money| money.amount_minor);
    let room =
        rate(stored).1.and_then(|price| hotel.money(Some(&price))).map(|price| price.amount_minor - discount);
    let spend = |amount: Option<i64>| {
        Seen::optional(amount.filter(|_| has_stayed).map(|amount| hotel.amount(amount)))
    };
    document.insert(keys::TOTAL_SPEND, spend(total));
    document.insert(keys::ROOM_SPEND, spend(room));
    document.insert(keys::OTHER_SPEND, spend(total.zip(room).map(|(total, room)| total - room)));
}

/// Name and price of the rate: `Double BB#@&320`.
fn rate(stored: &StoredBooking) -> (Option<String>, Option<String>) {
    let mut parts = stored.row.tariffa.as_deref().unwrap_or_default().split("#@&");
    (plain(parts.next()), plain(parts.next()))
}

fn rooms(stored: &StoredBooking, hotel: &Hotel) -> Seen {
    let row = &stored.row;
    let rate = rate(stored).0.unwrap_or_default();
    let number_of_room = plain(row.idappartamenti.as_deref()).unwrap_or_default();
    let room = stored.room.clone().unwrap_or_default();
    let (floor, house) = (plain(room.numpiano.as_deref()), plain(room.numcasa.as_deref()));
    let (floor, house) = (floor.unwrap_or_default(), house.unwrap_or_default());
    let settings = &hotel.settings;
    let category =
        settings.room_categories.iter().find(|rule| rule.fits(&number_of_room, &floor, &house, &rate));
    let board = settings.boards.iter().find(|rule| rule.rate == rate);
    let people = People::read(row.num_persone.as_deref(), row.cat_persone.as_deref(), hotel);
    let mut parts = LiteMap::from_iter([(SmolStr::new_static("index"), Value::Integer(1))]);
    let mut add = |name: &'static str, value: Option<Value>| {
        parts.extend(value.map(|value| (SmolStr::new_static(name), value)));
    };
    let words = |text: String| Some(text).filter(|text| !text.is_empty()).map(Value::Text);
    add("number", words(number_of_room));
    add("category", category.map(|rule| Value::Text(rule.category.clone())));
    add(
        "board",
        board.and_then(|rule| text::choice(crate::model::fields::BOARDS, &rule.board)).map(Value::Choice),
    );
    add("rate_code", words(rate));
    add("adults", people.adults.map(Value::Integer));
    add("children", people.children.map(Value::Integer));
    add("infants", people.infants.map(Value::Integer));
    set(hotel, &keys::ROOMS, [Value::Entry(parts)])
}

/// Who sleeps in the room, as far as the hotel's categories of persons tell.
struct People {
    adults: Option<i64>,
    children: Option<i64>,
    infants: Option<i64>,
}

impl People {
    /// `cat_persone` is `rounding<category>count>main guest>percent>language>singular>plural<category...`; the number
    /// of persons stands beside it.
    fn read(total: Option<&str>, categories: Option<&str>, hotel: &Hotel) -> Self {
        let total = number(total);
        let (mut children, mut infants) = (0, 0);
        let mut is_sorted = false;
        for category in categories.unwrap_or_default().split('<').skip(1) {
            let parts: Vec<_> = category.split('>').collect();
            let [_, count, _, _, _, singular, plural, ..] = parts.as_slice() else { continue };
            let count = number(Some(count)).unwrap_or_default();
            let is_one_of = |names: &[String]| {
                let named = [plain(Some(singular)), plain(Some(plural))];
                named
                    .iter()
                    .flatten()
                    .any(|name| names.iter().any(|known| text::fold(known) == text::fold(name)))
            };
            is_sorted = true;
            if is_one_of(&hotel.settings.infants) {
                infants += count;
            } else if is_one_of(&hotel.settings.children) {
                children += count;
            }
        }
        if is_sorted {
            let adults = total.map(|total| (total - children - infants).max(0));
            Self { adults, children: Some(children), infants: Some(infants) }
        } else {
            Self { adults: total, children: None, infants: None }
        }
    }
}

/// An extra. The amount is left out where HotelDruid computes it as a share of other amounts.
fn extra_entry(extra: &Extra, stored: &StoredBooking, hotel: &Hotel) -> Value {
    let quantity = quantity(extra, stored.first_period, stored.last_period);
    let kind = extra.tipo.as_deref().unwrap_or_default();
    let price = hotel.money(extra.valore.as_deref()).filter(|_| kind.ends_with('f'));
    let amount = quantity.zip(price).and_then(|(quantity, price)| price.amount_minor.checked_mul(quantity));
    let mut parts = LiteMap::new_vec();
    let mut add = |name: &'static str, value: Option<Value>| {
        parts.extend(value.map(|value| (SmolStr::new_static(name), value)));
    };
    add("id", extra.idcostiprenota.clone().map(Value::Text));
    add("name", plain(extra.nome.as_deref()).map(Value::Text));
    add("quantity", quantity.map(Value::Integer));
    add("amount", amount.map(|amount| hotel.amount(amount)));
    Value::Entry(parts)
}

/// How many times an extra is charged (HotelDruid's `calcola_ripetizioni_costo`): once (`u`) or per period (`s`), and
/// per period either a count of periods or the list of them with a multiplier for each.
fn quantity(extra: &Extra, first: i64, last: i64) -> Option<i64> {
    let multiplier = extra.moltiplica.as_deref().unwrap_or("1");
    let kind = extra.tipo.as_deref().unwrap_or_default();
    if extra.associasett.as_deref() == Some("s") && kind.starts_with('s') {
        let periods =
            extra.settimane.as_deref().unwrap_or_default().split(',').filter_map(|at| number(Some(at)));
        let within = periods.map(|period| (first..=last).contains(&period));
        let counts = multiplier.split(',').filter_map(|count| number(Some(count)));
        return Some(within.zip(counts).filter(|(within, _)| *within).map(|(_, count)| count).sum());
    }
    let times = number(Some(multiplier))?;
    let periods = if kind.starts_with('s') { number(extra.settimane.as_deref())? } else { 1 };
    times.checked_mul(periods)
}

fn payment_entry(year: i32, payment: &Payment, hotel: &Hotel) -> Value {
    let mut parts = LiteMap::new_vec();
    let mut add = |name: &'static str, value: Option<Value>| {
        parts.extend(value.map(|value| (SmolStr::new_static(name), value)));
    };
    add("id", payment.idsoldi.as_ref().map(|id| Value::Text(format!("{year}-{id}"))));
    add("date", payment.data_inserimento.as_deref().and_then(stamp::date).map(Value::Date));
    add("method", plain(payment.metodo_pagamento.as_deref()).map(Value::Text));
    add("amount", hotel.money(payment.saldo_prenota.as_deref()).map(Value::Money));
    Value::Entry(parts)
}

/// The code on the confirmation, and the numbers the booking had in earlier years.
fn references(stored: &StoredBooking, hotel: &Hotel) -> Seen {
    let entry = |source: String, id: String| {
        Value::entry([
            (SmolStr::new_static("source"), Value::Text(source)),
            (SmolStr::new_static("id"), Value::Text(id)),
        ])
    };
    let row = &stored.row;
    let code = row.codice.as_deref().zip(number(row.idclienti.as_deref()));
    let code =
        code.and_then(|(code, guest)| confirmation_code(code, guest, stored.number(), stored.shelf.year));
    let earlier = lineage(row.id_anni_prec.as_deref());
    let earlier = earlier
        .into_iter()
        .map(|(year, number)| entry("former number".to_owned(), format!("{number}/{year}")));
    let all = code.map(|code| entry("confirmation".to_owned(), code)).into_iter().chain(earlier);
    set(hotel, &keys::EXTERNAL_REFERENCES, all)
}

fn channel(origin: Option<&str>, hotel: &Hotel) -> Seen {
    Seen::optional(origin.map(|origin| {
        let rule = hotel.settings.channels.iter().find(|rule| text::fold(&rule.origin) == text::fold(origin));
        let word = rule.and_then(|rule| text::choice(crate::model::fields::CHANNELS, &rule.channel));
        Value::Choice(word.unwrap_or_else(|| Choice::Other(SmolStr::new(origin))))
    }))
}

fn instant(at: Option<DateTime<Utc>>) -> Seen {
    Seen::optional(at.map(Value::Instant))
}

fn set(hotel: &Hotel, key: &FieldKey, values: impl IntoIterator<Item = Value>) -> Seen {
    hotel.set(RecordKind::Reservation, key, values)
}
