//! HotelDruid's rows as they are stored, and the digest of what a record was made of.
//!
//! The column lists are the whole of what is read. Rows of `relclienti` that hold credit cards are never among it.

use sha2::{Digest as _, Sha256};

use super::database::Row;

/// A row of one of HotelDruid's tables.
pub(super) trait Stored: Sized {
    /// The columns that are read of it, in the order in which they are fetched.
    const COLUMNS: &'static [&'static str];

    /// Reads a row that was fetched with [`Stored::COLUMNS`].
    fn read(row: Row) -> Self;

    /// Adds the row to a digest.
    fn digest(&self, into: &mut Sum);

    /// The stored value of a column.
    fn column(&self, name: &str) -> Option<&str>;
}

/// Declares a row: its columns, in the order in which they are fetched.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($(#[$column:meta])* $field:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub(super) struct $name {
            $($(#[$column])* pub(super) $field: Option<String>,)*
        }

        impl Stored for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn read(row: Row) -> Self {
                let mut cells = row.0.into_iter();
                Self { $($field: cells.next().flatten(),)* }
            }

            fn digest(&self, into: &mut Sum) {
                $(into.add(self.$field.as_deref());)*
            }

            fn column(&self, name: &str) -> Option<&str> {
                match name {
                    $(stringify!($field) => self.$field.as_deref(),)*
                    _ => None,
                }
            }
        }
    };
}

row! {
    /// A row of `clienti`: a guest, or a company.
    Guest {
        idclienti, datainserimento, cognome, nome, soprannome, titolo, sesso, lingua,
        datanascita, cittanascita, regionenascita, nazionenascita,
        documento, tipodoc, scadenzadoc, nazionedoc,
        nazionalita, nazione, regione, citta, via, numcivico, cap,
        telefono, telefono2, telefono3, email, email2, email3,
        cod_fiscale, partita_iva, commento,
    }
}

row! {
    /// A row of `prenota<Y>` or `prenotacanc<Y>`: a booking.
    Booking {
        idprenota, codice, datainserimento, idclienti, idappartamenti, iddatainizio, iddatafine,
        num_persone, cat_persone, tariffa, sconto, tariffa_tot, caparra, commissioni, pagato,
        metodo_pagamento, origine, commento, conferma, checkin, checkout, id_anni_prec,
    }
}

row! {
    /// A row of `costiprenota<Y>`: an extra on a booking.
    Extra { idcostiprenota, idprenota, tipo, nome, valore, associasett, settimane, moltiplica, datainserimento, }
}

row! {
    /// A row of `rclientiprenota<Y>`: a guest of a booking.
    Companion { idprenota, idclienti, num_ordine, }
}

row! {
    /// A row of `soldi<Y>`: money taken or given back for a booking.
    Payment { idsoldi, motivazione, metodo_pagamento, saldo_prenota, data_inserimento, }
}

row! {
    /// A row of `appartamenti`: a room.
    Room { idappartamenti, numpiano, numcasa, }
}

row! {
    /// A row of `periodi<Y>`: a night that can be sold, or a week.
    Period { idperiodi, datainizio, datafine, }
}

row! {
    /// A row of `relclienti` of the type `campo_pers`: a field of the hotel's own.
    CustomValue { idclienti, testo1, testo3, }
}

/// A digest over cells. Absent and empty cells differ, and so do cells that read the same when joined.
pub(super) struct Sum(Sha256);

impl Sum {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    pub(super) fn add(&mut self, cell: Option<&str>) {
        let length = cell.map_or(u64::MAX, |text| text.len() as u64);
        self.0.update(length.to_le_bytes());
        self.0.update(cell.unwrap_or_default().as_bytes());
    }

    pub(super) fn finish(self) -> i64 {
        let digest = self.0.finalize();
        let mut head = [0_u8; 8];
        head.copy_from_slice(&digest[..8]);
        i64::from_le_bytes(head)
    }
}

/// A stored number that stands for a row.
pub(super) fn number(cell: Option<&str>) -> Option<i64> {
    cell?.trim().parse().ok()
}
