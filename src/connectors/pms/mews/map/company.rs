//! A company. Mews keeps travel agencies among its companies and does not say which they are.

use super::super::wire::{AccountNote, Address, Company};
use super::{Contact, Hotel, filled, line};
use crate::model::{Document, ExternalId, RecordKind, Reference, Seen, Value, keys};

const KIND: RecordKind = RecordKind::Company;

/// A company with what belongs to it.
pub(in super::super) struct Firm {
    pub(in super::super) company: Company,
    pub(in super::super) addresses: Vec<Address>,
    pub(in super::super) notes: Vec<AccountNote>,
}

/// What Mews holds of a company.
pub(in super::super) fn company(firm: &Firm, hotel: &Hotel) -> Document {
    let row = &firm.company;
    let text = |text: &Option<String>| Seen::optional(line(text.as_deref()));
    let parent = filled(row.mother_company_id.as_deref()).map(|id| reference(KIND, id));
    let mut document = Document::new()
        .with(keys::NAME, text(&row.name))
        .with(keys::TAX_ID, text(&row.tax_identifier))
        .with(keys::WEB, text(&row.website_url))
        .with(keys::PAYMENT_TERMS, text(&row.invoice_due_interval))
        .with(keys::PARENT, Seen::optional(parent))
        .with(keys::NOTES, hotel.notes(KIND, row.notes.as_deref(), &firm.notes));
    hotel.contact(
        &mut document,
        KIND,
        &Contact {
            email: row.invoicing_email.as_deref(),
            is_ota_email: false,
            phone: row.telephone.as_deref(),
            addresses: &firm.addresses,
            main_address: row.address_id.as_deref(),
        },
    );
    document
}

/// Another record of Mews.
pub(super) fn reference(kind: RecordKind, id: &str) -> Value {
    Value::Reference(Reference::Remote(kind, ExternalId::new(id)))
}
