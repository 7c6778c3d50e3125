//! The booking forms.

use chrono::NaiveDate;

use super::form::{Form, encode, words};
use super::instance::HotelDruid;

/// Whose booking it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BookedBy<'a> {
    /// A new guest, entered with the booking: surname, name, and further form fields.
    New(&'a str, &'a str, &'a [(&'a str, &'a str)]),
    /// A guest HotelDruid knows already: number, surname, name.
    Known(i64, &'a str, &'a str),
}

/// What a receptionist chooses for a new booking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewBooking<'a> {
    pub(crate) by: BookedBy<'a>,
    pub(crate) room: &'a str,
    pub(crate) arrives: NaiveDate,
    pub(crate) departs: NaiveDate,
    /// Any further field of the form by its own name, such as `commento1_1`.
    pub(crate) more: &'a [(&'a str, &'a str)],
}

impl HotelDruid {
    /// Books a room and gives the booking's number in its year.
    pub(crate) async fn book(&self, booking: &NewBooking<'_>) -> i64 {
        self.book_in(self.year(), booking).await
    }

    /// The same while another year is open on the screen.
    pub(crate) async fn book_in(&self, year: i32, booking: &NewBooking<'_>) -> i64 {
        let page = self.hold_in(year, booking).await;
        let page = match booking.by {
            BookedBy::New(_, _, more) => {
                let mut form = self.guest_form(page).await;
                for (name, value) in more {
                    form.set(name, value);
                }
                self.submit(&form).await
            }
            BookedBy::Known(id, ..) => {
                let mut form = Form::with(&page, "idclienti")
                    .unwrap_or_else(|| panic!("guest {id} was not recognised: {}", words(&page)));
                let label = format!(" {id} ");
                let button =
                    form.buttons("idclienti").find(|button| button.contains(&label)).map(str::to_owned);
                let button = button.unwrap_or_else(|| panic!("guest {id} is not offered: {}", words(&page)));
                form.set("idclienti", &button);
                self.submit(&form).await
            }
        };
        let number =
            page.split("id_prenota=").nth(1).or_else(|| page.split("name=\"id_prenota\" value=\"").nth(1));
        let digits = number.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
        let number = digits.and_then(|digits| digits.parse().ok());
        number.unwrap_or_else(|| panic!("the booking was not made: {}", words(&page)))
    }

    /// Starts a booking and goes no further: HotelDruid holds the room with a row of no guest.
    pub(crate) async fn hold(&self, booking: &NewBooking<'_>) {
        self.hold_in(self.year(), booking).await;
    }

    async fn hold_in(&self, year: i32, booking: &NewBooking<'_>) -> String {
        let (surname, name) = match booking.by {
            BookedBy::New(surname, name, _) | BookedBy::Known(_, surname, name) => (surname, name),
        };
        let (arrives, departs) = (booking.arrives.to_string(), booking.departs.to_string());
        let year = year.to_string();
        let mut fields = vec![
            ("anno", year.as_str()),
            ("origine", "prenota.php"),
            ("cognome", surname),
            ("nome", name),
            ("inizioperiodo1", &arrives),
            ("fineperiodo1", &departs),
            ("nometipotariffa1", "tariffa1"),
            ("numpersone1", "2"),
            ("appartamento1", booking.room),
            ("conferma_prenota1", "SI"),
            ("num_app_richiesti1", "1"),
            ("num_tipologie", "1"),
            ("num_commenti1", "1"),
            ("numcostiagg", "0"),
            ("nuovaprenotazione", "SI"),
        ];
        for (name, value) in booking.more {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value));
        }
        let page = self.post("clienti.php", encode(&fields)).await;
        assert!(page.contains("id_transazione"), "the room was not held: {}", words(&page));
        page
    }

    /// The form for the guest's data; insists when HotelDruid finds a namesake.
    async fn guest_form(&self, mut page: String) -> Form {
        if let Some(insist) = Form::with(&page, "datiprenota") {
            page = self.submit(&insist).await;
        }
        Form::with(&page, "inserire_dati_cliente")
            .unwrap_or_else(|| panic!("no guest form: {}", words(&page)))
    }

    /// Changes a booking by the names of the change form (`n_inizioperiodo`, `n_commento`…).
    pub(crate) async fn edit_booking(&self, year: i32, number: i64, changes: &[(&str, &str)]) {
        let page = self.change_booking(year, number, "modificaprenotazione", changes).await;
        let confirm = Form::with_value(&page, "modificaprenotazione", "Continua")
            .unwrap_or_else(|| panic!("no change to confirm: {}", words(&page)));
        self.submit(&confirm).await;
    }

    pub(crate) async fn move_booking(&self, year: i32, number: i64, arrives: NaiveDate, departs: NaiveDate) {
        let (arrives, departs) = (arrives.to_string(), departs.to_string());
        let changes = [("n_inizioperiodo", arrives.as_str()), ("n_fineperiodo", departs.as_str())];
        self.edit_booking(year, number, &changes).await;
    }

    /// Takes a payment.
    pub(crate) async fn pay(&self, year: i32, number: i64, amount: &str, method: &str) {
        let fields =
            [("modo_aggiorna_pagato", "aggiungi"), ("n_pagato", amount), ("n_met_paga_caparra", method)];
        self.edit_booking(year, number, &fields).await;
    }

    /// Puts an extra on the bill.
    pub(crate) async fn add_extra(&self, year: i32, number: i64, name: &str, price: &str) {
        let fields = [("costofinale0", "SI"), ("nomecostofinale0", name), ("val_costofinale0", price)];
        self.edit_booking(year, number, &fields).await;
    }

    pub(crate) async fn check_in(&self, year: i32, number: i64) {
        self.change_booking(year, number, "ins_checkin", &[]).await;
    }

    pub(crate) async fn undo_check_in(&self, year: i32, number: i64) {
        self.change_booking(year, number, "canc_checkin", &[]).await;
    }

    pub(crate) async fn check_out(&self, year: i32, number: i64) {
        self.change_booking(year, number, "ins_checkout", &[]).await;
    }

    /// Presses one button of the change page.
    async fn change_booking(&self, year: i32, number: i64, button: &str, changes: &[(&str, &str)]) -> String {
        let page = self.booking_page(year, number).await;
        let mut form = Form::with(&page, button)
            .unwrap_or_else(|| panic!("booking {number} offers no `{button}`: {}", words(&page)));
        for (name, value) in changes {
            form.set(name, value);
        }
        form.set(button, "1");
        self.submit(&form).await
    }

    async fn booking_page(&self, year: i32, number: i64) -> String {
        self.get(&format!("modifica_prenota.php?anno={year}&id_prenota={number}")).await
    }

    /// Cancels a booking; HotelDruid keeps it among the cancelled ones.
    pub(crate) async fn cancel(&self, year: i32, number: i64) {
        self.remove_booking(year, number, false).await;
    }

    /// Deletes a booking without a trace.
    pub(crate) async fn delete_booking(&self, year: i32, number: i64) {
        self.remove_booking(year, number, true).await;
    }

    async fn remove_booking(&self, year: i32, number: i64, forever: bool) {
        let page = self.booking_page(year, number).await;
        let form = Form::with_value(&page, "cancella", "1")
            .unwrap_or_else(|| panic!("booking {number} cannot be cancelled: {}", words(&page)));
        let page = self.submit(&form).await;
        let mut form = Form::with(&page, "cancella_c")
            .unwrap_or_else(|| panic!("no cancellation to confirm: {}", words(&page)));
        let yes = form.buttons("cancella").next().unwrap_or("YES").to_owned();
        form.set("cancella", &yes);
        if forever {
            form.set("cancella_permanentemente", "1");
        }
        let page = self.submit(&form).await;
        let table = format!("{}prenota{year}", self.prefix());
        let left = self.rows(&format!("select 1 as one from {table} where idprenota = {number}")).await;
        assert!(left.is_empty(), "booking {number} is still there: {}", words(&page));
    }

    /// Adds a person to the guests of a booking, entering them as a new guest.
    pub(crate) async fn add_companion(&self, year: i32, number: i64, surname: &str, name: &str) {
        let page = self.get(&format!("modifica_ospiti.php?anno={year}&id_prenota={number}")).await;
        let mut form = Form::with_value(&page, "modifica", "SI")
            .unwrap_or_else(|| panic!("booking {number} shows no guests: {}", words(&page)));
        let free = (2..10)
            .map(|place| format!("cognome{number}_{place}"))
            .find(|field| form.value(field) == Some(""));
        let field = free.unwrap_or_else(|| panic!("booking {number} has no free place: {}", words(&page)));
        form.set(&field, surname);
        form.set(&field.replacen("cognome", "nome", 1), name);
        self.submit(&form).await;
    }
}
