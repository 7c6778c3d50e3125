//! The guest forms.

use std::collections::BTreeMap;

use super::form::{Form, encode, words};
use super::instance::HotelDruid;

/// What a receptionist types for a new guest; an empty field is left alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewGuest<'a> {
    pub(crate) surname: &'a str,
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) phone: &'a str,
    /// Any further field of the form by its own name, such as `citta` or `annonascita`.
    pub(crate) more: &'a [(&'a str, &'a str)],
}

impl HotelDruid {
    /// Enters a guest and gives the number HotelDruid chose.
    pub(crate) async fn new_guest(&self, guest: &NewGuest<'_>) -> i64 {
        let year = self.year().to_string();
        let mut fields = vec![
            ("anno", year.as_str()),
            ("cognome", guest.surname),
            ("nome", guest.name),
            ("email", guest.email),
            ("telefono", guest.phone),
            ("inseriscicliente", "1"),
        ];
        fields.extend_from_slice(guest.more);
        let before = self.guest_ids().await;
        let mut page = self.post("clienti.php", encode(&fields)).await;
        // "There are already these clients with the same name": insist.
        if let Some(insist) = Form::with(&page, "inseriscicliente") {
            page = self.submit(&insist).await;
        }
        let new = self.guest_ids().await.into_iter().find(|id| !before.contains(id));
        new.unwrap_or_else(|| panic!("the guest was not entered: {}", words(&page)))
    }

    /// Changes fields of a guest by the names of the change form (`n_telefono`, `n_cognome`…).
    pub(crate) async fn edit_guest(&self, id: i64, changes: &[(&str, &str)]) {
        let page = self.get(&format!("modifica_cliente.php?anno={}&idclienti={id}", self.year())).await;
        let mut form = Form::with(&page, "modifica_cliente")
            .unwrap_or_else(|| panic!("guest {id} cannot be changed: {}", words(&page)));
        let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        form.set_all(&changes.collect::<BTreeMap<_, _>>());
        let page = self.submit(&form).await;
        let confirm = Form::with_value(&page, "modifica_cliente", "Continua")
            .unwrap_or_else(|| panic!("no change to confirm: {}", words(&page)));
        self.submit(&confirm).await;
    }

    /// Deletes a guest; HotelDruid gives the number to the next new one.
    pub(crate) async fn delete_guest(&self, id: i64) {
        let page = self.get(&format!("modifica_cliente.php?anno={}&idclienti={id}", self.year())).await;
        let form = Form::with(&page, "cancella_cliente")
            .unwrap_or_else(|| panic!("guest {id} cannot be deleted: {}", words(&page)));
        let page = self.submit(&form).await;
        let confirm = Form::with(&page, "continua")
            .unwrap_or_else(|| panic!("no deletion to confirm: {}", words(&page)));
        let page = self.submit(&confirm).await;
        assert!(!self.guest_ids().await.contains(&id), "guest {id} is still there: {}", words(&page));
    }

    async fn guest_ids(&self) -> Vec<i64> {
        let rows = self.rows(&format!("select idclienti from {}clienti", self.prefix())).await;
        rows.iter().filter_map(|row| row["idclienti"].as_i64()).collect()
    }
}
