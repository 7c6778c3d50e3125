//! A reservation with everything that it names.

use super::super::names::{Book, Glossary, Named};
use super::super::wire::{Companionship, OrderItem, OrderNote, Payment, Reservation, SourceAssignment};
use super::company::reference;
use super::{Hotel, block, entry, filled, instant, known, line, money, other};
use crate::model::fields::BOARDS;
use crate::model::normalise::text;
use crate::model::{Document, FieldKey, RecordKind, Seen, Value, keys};

const KIND: RecordKind = RecordKind::Reservation;

/// A child of at most this age is an infant.
const OLDEST_INFANT: i64 = 2;

/// A reservation with what belongs to it.
#[derive(Default)]
pub(in super::super) struct Booking {
    pub(in super::super) reservation: Reservation,
    pub(in super::super) companions: Vec<Companionship>,
    pub(in super::super) items: Vec<OrderItem>,
    pub(in super::super) payments: Vec<Payment>,
    pub(in super::super) sources: Vec<SourceAssignment>,
    pub(in super::super) notes: Vec<OrderNote>,
}

/// What Mews holds of a reservation.
pub(in super::super) fn reservation(booking: &Booking, names: &Glossary, hotel: &Hotel) -> Document {
    let row = &booking.reservation;
    let at = |stamp: &Option<String>| Seen::optional(instant(stamp.as_deref()).map(Value::Instant));
    let text = |text: &Option<String>| Seen::optional(line(text.as_deref()));
    let segment = row.business_segment_id.as_deref().and_then(|id| names.get(Book::Segment, id));
    let is_cancelled = row.state == "Canceled";
    let of_cancelled = |seen: Seen| if is_cancelled { seen } else { Seen::Empty };
    let mut document = Document::new()
        .with(keys::PROPERTY, Seen::one(Value::Text(hotel.property.to_string())))
        .with(keys::NUMBER, text(&row.number))
        .with(keys::EXTERNAL_REFERENCES, references(row, hotel))
        .with(keys::GROUP, text(&row.group_id))
        .with(keys::BOOKED_AT, at(&row.created_utc))
        .with(keys::STATUS, Seen::one(status(row)))
        .with(keys::CANCELLED_AT, of_cancelled(at(&row.cancelled_utc)))
        .with(keys::CANCEL_REASON, of_cancelled(text(&row.cancellation_reason)))
        .with(keys::CHECKED_IN_AT, at(&row.actual_start_utc))
        .with(keys::CHECKED_OUT_AT, at(&row.actual_end_utc))
        .with(keys::ARRIVAL_TIME, Seen::optional(hotel.time(row.scheduled_start_utc.as_deref())))
        .with(keys::DEPARTURE_TIME, Seen::optional(hotel.time(row.scheduled_end_utc.as_deref())))
        .with(keys::MARKET_SEGMENT, Seen::optional(segment.and_then(|named| line(Some(&named.name)))))
        .with(keys::ROOMS, rooms(booking, names, hotel))
        .with(keys::REMARKS, remarks(&booking.notes));
    let dates = [(keys::ARRIVES_ON, &row.scheduled_start_utc), (keys::DEPARTS_ON, &row.scheduled_end_utc)];
    for (key, stamp) in dates {
        if let Some(day) = hotel.day(stamp.as_deref()) {
            document.insert(key, Seen::one(Value::Date(day)));
        }
    }
    origin(&mut document, booking, names);
    people(&mut document, booking, hotel);
    money::insert(
        &mut document,
        booking,
        names,
        hotel,
        matches!(row.state.as_str(), "Started" | "Processed"),
    );
    document
}

/// A no-show is a cancellation with that reason. A state that is not known is kept: nobody is written to then.
fn status(row: &Reservation) -> Value {
    match (row.state.as_str(), row.cancellation_reason.as_deref()) {
        ("Inquired" | "Requested", _) => known("requested"),
        ("Optional", _) => known("tentative"),
        ("Confirmed", _) => known("confirmed"),
        ("Started", _) => known("in_house"),
        ("Processed", _) => known("checked_out"),
        ("Canceled", Some("NoShow")) => known("no_show"),
        ("Canceled", _) => known("cancelled"),
        (word, _) => other(word),
    }
}

fn references(row: &Reservation, hotel: &Hotel) -> Seen {
    let numbers = [("channel", &row.channel_number), ("channel manager", &row.channel_manager_number)];
    let found = numbers.into_iter().filter_map(|(source, number)| {
        Some(entry([("source", line(Some(source))), ("id", Some(line(number.as_deref())?))]))
    });
    hotel.set(KIND, &keys::EXTERNAL_REFERENCES, found)
}

/// Where the booking came from: its source where it has one, else the way by which Mews got it.
fn origin(document: &mut Document, booking: &Booking, names: &Glossary) {
    let row = &booking.reservation;
    let main = booking.sources.iter().find(|source| source.is_primary).or_else(|| booking.sources.first());
    let source = main.and_then(|source| names.get(Book::Source, &source.source_id));
    let by_hand = filled(row.commander_origin.as_deref());
    let name = source.map(|named| named.name.as_str()).or(by_hand).or(row.origin.as_deref());
    document.insert(keys::ORIGIN, Seen::optional(line(name)));
    document.insert(keys::SOURCE, Seen::optional(line(source.map(|named| named.name.as_str()))));
    document.insert(keys::CHANNEL, Seen::optional(channel(row, source)));
}

fn channel(row: &Reservation, source: Option<&Named>) -> Option<Value> {
    let by_source = match source.and_then(|named| named.kind.as_deref()) {
        Some("OnlineTravelAgency") => Some("ota"),
        Some("GlobalDistributionSystem") => Some("gds"),
        Some("TourOperatorSystem") => Some("tour_operator"),
        Some("OnlineBookingEngine") => Some("web"),
        Some(_) | None => None,
    };
    if let Some(word) = by_source {
        return Some(known(word));
    }
    let origin = filled(row.origin.as_deref())?;
    let by_hand = filled(row.commander_origin.as_deref()).filter(|_| origin == "Commander");
    Some(match (origin, by_hand) {
        ("ChannelManager", _) => known("ota"),
        ("Distributor", _) | ("Commander", Some("Website")) => known("web"),
        ("Commander", Some("InPerson")) => known("walk_in"),
        ("Commander", Some("Phone" | "CallCenter")) => known("phone"),
        ("Commander", Some("Email" | "Message")) => known("direct"),
        ("Commander", Some("RoomingList")) => known("group"),
        (word, by_hand) => other(by_hand.unwrap_or(word)),
    })
}

/// The holder is who the reservation belongs to; where that is a company, the first of its people.
fn people(document: &mut Document, booking: &Booking, hotel: &Hotel) {
    let row = &booking.reservation;
    let account = filled(row.account_id.as_deref());
    let of_company = row.account_type.as_deref() == Some("Company");
    let mut companions: Vec<&str> = booking.companions.iter().map(|row| row.customer_id.as_str()).collect();
    companions.sort_unstable();
    companions.dedup();
    let holder = if of_company { companions.first().copied() } else { account };
    let payer = filled(row.partner_company_id.as_deref());
    let company = payer.or_else(|| account.filter(|_| of_company));
    let one = |kind, id: Option<&str>| Seen::optional(id.map(|id| reference(kind, id)));
    document.insert(keys::HOLDER, one(RecordKind::Person, holder));
    document.insert(keys::BOOKER, one(RecordKind::Person, filled(row.booker_id.as_deref())));
    document.insert(keys::COMPANY, one(RecordKind::Company, company));
    document.insert(keys::SOURCE_PROFILE, one(RecordKind::Company, filled(row.travel_agency_id.as_deref())));
    let others = companions.into_iter().filter(|id| Some(*id) != holder);
    let others = others.map(|id| reference(RecordKind::Person, id));
    document.insert(keys::ACCOMPANYING, hotel.set(KIND, &keys::ACCOMPANYING, others));
}

/// A reservation of Mews is one room.
fn rooms(booking: &Booking, names: &Glossary, hotel: &Hotel) -> Seen {
    let row = &booking.reservation;
    let name = |book, id: &Option<String>| id.as_deref().and_then(|id| names.get(book, id));
    let text = |named: Option<&Named>| line(named.map(|named| named.name.as_str()));
    let rate = name(Book::Rate, &row.rate_id);
    let code = rate.and_then(|rate| line(rate.code.as_deref()).or_else(|| line(Some(&rate.name))));
    let counts = Counts::of(booking, names);
    let room = entry([
        ("index", Some(Value::Integer(1))),
        ("number", text(name(Book::Room, &row.assigned_resource_id))),
        ("category", text(name(Book::Category, &row.requested_resource_category_id))),
        ("rate_code", code),
        ("board", board(booking, names, hotel)),
        ("adults", counts.as_ref().map(|counts| Value::Integer(counts.adults))),
        ("children", counts.as_ref().map(|counts| Value::Integer(counts.children))),
        ("infants", counts.as_ref().map(|counts| Value::Integer(counts.infants))),
    ]);
    hotel.set(KIND, &keys::ROOMS, [room])
}

/// Who sleeps in the room.
struct Counts {
    adults: i64,
    children: i64,
    infants: i64,
}

impl Counts {
    /// `None` where there are none, or an age category is not known.
    fn of(booking: &Booking, names: &Glossary) -> Option<Self> {
        let rows = &booking.reservation.person_counts;
        let mut counts = Self { adults: 0, children: 0, infants: 0 };
        for row in rows {
            let age = names.get(Book::AgeCategory, &row.age_category_id)?;
            let is_child = age.kind.as_deref() == Some("Child");
            let place = match age.oldest {
                Some(oldest) if is_child && oldest <= OLDEST_INFANT => &mut counts.infants,
                Some(_) | None if is_child => &mut counts.children,
                Some(_) | None => &mut counts.adults,
            };
            *place += row.count;
        }
        (!rows.is_empty()).then_some(counts)
    }
}

/// The most that any product of the booking includes.
fn board(booking: &Booking, names: &Glossary, hotel: &Hotel) -> Option<Value> {
    let sold = booking.items.iter().filter(|item| item.canceled_utc.is_none());
    let included = sold.filter_map(|item| {
        let product = money::product(item, names)?;
        let is_meant = |name: &str| text::fold(name) == text::fold(&product.name);
        let rule = hotel.boards.iter().find(|rule| is_meant(&rule.product))?;
        BOARDS.iter().position(|board| *board == rule.board)
    });
    included.max().and_then(|place| BOARDS.get(place)).map(|board| known(board))
}

fn remarks(notes: &[OrderNote]) -> Seen {
    let mut notes: Vec<&OrderNote> = notes.iter().collect();
    notes.sort_by(|left, right| left.created_utc.cmp(&right.created_utc));
    let texts: Vec<&str> = notes.iter().filter_map(|note| filled(note.text.as_deref())).collect();
    Seen::optional(block(Some(&texts.join("\n"))))
}

/// Every field of a reservation that is read.
pub(super) const FIELDS: &[FieldKey] = &[
    keys::PROPERTY,
    keys::NUMBER,
    keys::EXTERNAL_REFERENCES,
    keys::GROUP,
    keys::BOOKED_AT,
    keys::STATUS,
    keys::CANCELLED_AT,
    keys::CANCEL_REASON,
    keys::ARRIVES_ON,
    keys::DEPARTS_ON,
    keys::ARRIVAL_TIME,
    keys::DEPARTURE_TIME,
    keys::CHECKED_IN_AT,
    keys::CHECKED_OUT_AT,
    keys::HOLDER,
    keys::BOOKER,
    keys::ACCOMPANYING,
    keys::COMPANY,
    keys::SOURCE_PROFILE,
    keys::SOURCE,
    keys::ROOMS,
    keys::CHANNEL,
    keys::MARKET_SEGMENT,
    keys::ORIGIN,
    keys::REMARKS,
    keys::TOTAL,
    keys::PAID,
    keys::BALANCE,
    keys::PAYMENT_METHOD,
    keys::EXTRAS,
    keys::PAYMENTS,
    keys::ROOM_SPEND,
    keys::FOOD_SPEND,
    keys::OTHER_SPEND,
    keys::TOTAL_SPEND,
    keys::TAXES,
];
