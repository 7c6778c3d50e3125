//! What people do at the hotel and at the CRM while the demo runs: live edits on both sides, in a fixed order.
//!
//! Every deed goes through [`System`]'s own users, as if typed into its forms; the daemon has to find out by itself.

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};

use super::Demo;
use super::cardex::{self, Dice};
use super::system::System;
use super::table::Row;

/// Where something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the hotel's desk.
    Hotel,
    /// In the CRM, or at a web form that writes into it.
    Crm,
    /// At both at the same moment.
    Both,
}

/// What was done, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narration {
    /// Where.
    pub place: Place,
    /// What was done, as a sentence.
    pub said: String,
    /// What should come of it, as a sentence.
    pub expected: String,
    /// The records that were touched: kind and id, at the hotel first and then at the CRM.
    pub touched: Vec<(Place, &'static str, String)>,
}

/// The deeds, in the order in which they come round.
const DEEDS: [fn(&Scene<'_>) -> Option<Narration>; 11] = [
    new_booking,
    phone_at_the_web_form,
    cancellation,
    email_at_the_desk,
    date_move,
    both_change_the_language,
    check_in,
    opt_out,
    reinstatement,
    check_out,
    no_show,
];

/// Everything a deed goes by.
struct Scene<'a> {
    hotel: &'a System,
    crm: &'a System,
    today: NaiveDate,
    /// How often all deeds have come round.
    round: u32,
    dice: Dice,
}

impl Demo {
    /// Does the deed number `n`, which comes round every eleven deeds with another guest. A deed that nobody is left
    /// for is passed over for the next one.
    ///
    /// `None` when no deed is possible: the hotel is empty.
    pub fn step(&self, n: u32) -> Option<Narration> {
        let count = u32::try_from(DEEDS.len()).unwrap_or(1);
        let scene = Scene {
            hotel: &self.hotel.system,
            crm: &self.crm.system,
            today: self.today,
            round: n / count,
            dice: Dice::new(self.seed ^ u64::from(n)),
        };
        let from_here = DEEDS.iter().cycle().skip((n % count) as usize);
        from_here.take(DEEDS.len()).find_map(|deed| deed(&scene))
    }
}

impl Scene<'_> {
    /// The reservation of the hotel that this round is about, of those that fit.
    fn reservation(&self, fits: impl Fn(&Row) -> bool) -> Option<Row> {
        let held = |row: &Row| row.fields.contains_key("holder") && fits(row);
        let fitting: Vec<_> = self.hotel.rows("reservation").into_iter().filter(held).collect();
        let place = (self.round as usize * 7 + 3).checked_rem(fitting.len())?;
        fitting.into_iter().nth(place)
    }

    fn booked(&self, days: std::ops::Range<u64>) -> impl Fn(&Row) -> bool + use<> {
        let day = |days| self.today.checked_add_days(Days::new(days)).map(|day| day.to_string());
        let (from, to) = (day(days.start), day(days.end));
        move |row| {
            let arrives = text(row, "arrives_on").map(str::to_owned);
            text(row, "status") == Some("confirmed") && arrives >= from && arrives < to
        }
    }

    /// The CRM's contact of the holder of a hotel's reservation, found as a clerk would: by the booking's number.
    fn contact(&self, reservation: &Row) -> Option<Row> {
        let number = reservation.fields.get("number")?;
        let mut known = self.crm.rows("reservation").into_iter();
        let there = known.find(|row| row.fields.get("number") == Some(number))?;
        self.crm.row("person", holder(&there)?)
    }

    fn edit_reservation(&self, row: &Row, fields: Value) {
        self.hotel.edit("reservation", &row.id, "reception", object(fields));
    }
}

#[expect(clippy::unnecessary_wraps, reason = "all deeds have one signature")]
fn new_booking(scene: &Scene<'_>) -> Option<Narration> {
    let mut dice = scene.dice.clone();
    let (guest, mut stay) = cardex::new_booking(&mut dice, scene.round, scene.today);
    let person = scene.hotel.create("person", "web booking", guest);
    stay.insert("holder".to_owned(), cardex::person(&person));
    let reservation = scene.hotel.create("reservation", "web booking", stay);
    Some(Narration {
        place: Place::Hotel,
        said: format!("a new guest books on the hotel's site (reservation {reservation}, guest {person})"),
        expected: "the CRM gets the guest and the reservation, each once".to_owned(),
        touched: vec![(Place::Hotel, "person", person), (Place::Hotel, "reservation", reservation)],
    })
}

fn phone_at_the_web_form(scene: &Scene<'_>) -> Option<Narration> {
    let reservation = scene.reservation(scene.booked(1..400))?;
    let contact = scene.contact(&reservation)?;
    let number = format!("+34 6{:08}", 10_000_000 + scene.round * 1_111);
    let phones = json!({"phones": [{"typed": number, "label": "mobile", "primary": true}]});
    scene.crm.edit("person", &contact.id, "web form", object(phones));
    Some(Narration {
        place: Place::Crm,
        said: format!("a guest changes his phone number in the CRM's web form (contact {})", contact.id),
        expected: "the hotel has the new number".to_owned(),
        touched: vec![touched_person(&reservation)?, (Place::Crm, "person", contact.id)],
    })
}

fn cancellation(scene: &Scene<'_>) -> Option<Narration> {
    let row = scene.reservation(scene.booked(2..400))?;
    let now = scene.hotel.clock().now();
    scene.edit_reservation(
        &row,
        json!({"status": "cancelled", "cancelled_at": now, "cancel_reason": "Change of plans"}),
    );
    Some(at_the_hotel(&row, "is cancelled", "the CRM shows it as cancelled, and no mail may go out any more"))
}

fn email_at_the_desk(scene: &Scene<'_>) -> Option<Narration> {
    let row = scene.reservation(scene.booked(0..400))?;
    let guest = holder(&row)?;
    let address = format!("guest{}@example.com", 1_000 + scene.round);
    let emails = json!({"emails": [{"address": address, "primary": true}]});
    scene.hotel.edit("person", guest, "reception", object(emails));
    Some(Narration {
        place: Place::Hotel,
        said: format!("the desk writes down the own e-mail address of guest {guest}"),
        expected: "the CRM has the address".to_owned(),
        touched: vec![touched_person(&row)?],
    })
}

fn date_move(scene: &Scene<'_>) -> Option<Narration> {
    let row = scene.reservation(scene.booked(2..400))?;
    let moved = |field| {
        let day: NaiveDate = text(&row, field)?.parse().ok()?;
        day.checked_add_days(Days::new(2))
    };
    scene.edit_reservation(
        &row,
        json!({"arrives_on": moved("arrives_on")?, "departs_on": moved("departs_on")?}),
    );
    Some(at_the_hotel(&row, "moves by two days", "the CRM has the new dates, and planned mails are stopped"))
}

fn both_change_the_language(scene: &Scene<'_>) -> Option<Narration> {
    let row = scene.reservation(scene.booked(1..400))?;
    let contact = scene.contact(&row)?;
    let guest = holder(&row)?;
    scene.hotel.edit("person", guest, "reception", object(json!({"language": "fr"})));
    scene.crm.edit("person", &contact.id, "anna", object(json!({"language": "de"})));
    Some(Narration {
        place: Place::Both,
        said: format!(
            "hotel and CRM change the language of the same guest at once ({guest}, {})",
            contact.id
        ),
        expected: "one language stands on both sides, and the other can still be read".to_owned(),
        touched: vec![touched_person(&row)?, (Place::Crm, "person", contact.id)],
    })
}

fn check_in(scene: &Scene<'_>) -> Option<Narration> {
    let row = scene.reservation(scene.booked(0..30))?;
    let now = scene.hotel.clock().now();
    scene.edit_reservation(&row, json!({"status": "in_house", "checked_in_at": now}));
    Some(at_the_hotel(&row, "is checked in", "the CRM shows the guest in the house"))
}

fn opt_out(scene: &Scene<'_>) -> Option<Narration> {
    let row = scene.reservation(scene.booked(1..400))?;
    let contact = scene.contact(&row)?;
    let address = contact.fields.get("emails")?.get(0)?.get("address")?.clone();
    let consent = json!({"purpose": "marketing", "channel": "email", "address": address, "state": "denied"});
    scene.crm.edit("person", &contact.id, "web form", object(json!({"consents": [consent]})));
    Some(Narration {
        place: Place::Crm,
        said: format!("a guest unsubscribes from marketing mails (contact {})", contact.id),
        expected: "the hotel knows it before anything else is sent".to_owned(),
        touched: vec![touched_person(&row)?, (Place::Crm, "person", contact.id)],
    })
}

fn reinstatement(scene: &Scene<'_>) -> Option<Narration> {
    let today = scene.today.to_string();
    let row = scene.reservation(|row| {
        text(row, "status") == Some("cancelled") && text(row, "arrives_on") > Some(today.as_str())
    })?;
    scene.edit_reservation(&row, json!({"status": "confirmed", "cancelled_at": null, "cancel_reason": null}));
    Some(at_the_hotel(&row, "is reinstated", "the CRM shows it as confirmed again"))
}

fn check_out(scene: &Scene<'_>) -> Option<Narration> {
    let row = scene.reservation(|row| text(row, "status") == Some("in_house"))?;
    let now = scene.hotel.clock().now();
    let (room, food) = (42_000 + scene.round * 100, 6_350);
    scene.edit_reservation(
        &row,
        json!({
            "status": "checked_out",
            "checked_out_at": now,
            "room_spend": cardex::eur(room),
            "food_spend": cardex::eur(food),
            "total_spend": cardex::eur(room + food),
        }),
    );
    Some(at_the_hotel(&row, "is checked out and paid", "the CRM has the stay with what was spent"))
}

fn no_show(scene: &Scene<'_>) -> Option<Narration> {
    let row = scene.reservation(scene.booked(1..3)).or_else(|| scene.reservation(scene.booked(1..60)))?;
    scene.edit_reservation(&row, json!({"status": "no_show"}));
    Some(at_the_hotel(&row, "is marked as a no-show", "the CRM shows it, and sends no survey"))
}

fn at_the_hotel(row: &Row, what: &str, expected: &str) -> Narration {
    let number = text(row, "number").unwrap_or_default();
    Narration {
        place: Place::Hotel,
        said: format!("reservation {number} {what}"),
        expected: expected.to_owned(),
        touched: vec![(Place::Hotel, "reservation", row.id.clone())],
    }
}

fn touched_person(reservation: &Row) -> Option<(Place, &'static str, String)> {
    Some((Place::Hotel, "person", holder(reservation)?.to_owned()))
}

fn holder(reservation: &Row) -> Option<&str> {
    reservation.fields.get("holder")?.get("id")?.as_str()
}

fn text<'a>(row: &'a Row, field: &str) -> Option<&'a str> {
    row.fields.get(field)?.as_str()
}

fn object(fields: Value) -> Map<String, Value> {
    match fields {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
