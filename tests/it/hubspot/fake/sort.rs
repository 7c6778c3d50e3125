//! The sorts of object that an account has, and what each is called where.

/// A sort of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Sort {
    Contact,
    Company,
    Deal,
    Appointment,
    /// An object of the hotel's own.
    Stay,
}

/// The id that the hotel's own object has as a type.
pub(crate) const CUSTOM_OBJECT: &str = "2-4711471";

impl Sort {
    pub(crate) const ALL: [Self; 5] =
        [Self::Contact, Self::Company, Self::Deal, Self::Appointment, Self::Stay];

    /// The sort that a path or a body names.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| [sort.path(), sort.type_id(), sort.word()].contains(&word))
    }

    /// Its name in paths.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Contact => "contacts",
            Self::Company => "companies",
            Self::Deal => "deals",
            Self::Appointment => "appointments",
            Self::Stay => CUSTOM_OBJECT,
        }
    }

    /// Its id as a type.
    pub(super) const fn type_id(self) -> &'static str {
        match self {
            Self::Contact => "0-1",
            Self::Company => "0-2",
            Self::Deal => "0-3",
            Self::Appointment => "0-421",
            Self::Stay => CUSTOM_OBJECT,
        }
    }

    /// One of it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Deal => "deal",
            Self::Appointment => "appointment",
            Self::Stay => "stay",
        }
    }

    /// Its name in scopes.
    pub(super) const fn scope(self) -> &'static str {
        match self {
            Self::Contact | Self::Company | Self::Deal | Self::Appointment => self.path(),
            Self::Stay => "custom",
        }
    }

    /// The property that says when a record was changed.
    pub(super) const fn modified(self) -> &'static str {
        match self {
            Self::Contact => "lastmodifieddate",
            Self::Company | Self::Deal | Self::Appointment | Self::Stay => "hs_lastmodifieddate",
        }
    }

    /// What an answer shows when no property is asked for.
    pub(super) const fn shown(self) -> &'static [&'static str] {
        match self {
            Self::Contact => &["email", "firstname", "lastname"],
            Self::Company => &["name", "domain"],
            Self::Deal => &["dealname", "amount", "closedate", "pipeline", "dealstage"],
            Self::Appointment | Self::Stay => &[],
        }
    }

    /// The default type of an association with another sort; `None` where there is no such association.
    pub(super) const fn association(self, to: Self) -> Option<i64> {
        match (self, to) {
            (Self::Contact, Self::Company) => Some(279),
            (Self::Company, Self::Contact) => Some(280),
            (Self::Deal, Self::Contact) => Some(3),
            (Self::Contact, Self::Deal) => Some(4),
            (Self::Deal, Self::Company) => Some(341),
            (Self::Company, Self::Deal) => Some(342),
            (Self::Contact, Self::Appointment) => Some(906),
            (Self::Appointment, Self::Contact) => Some(907),
            (Self::Company, Self::Appointment) => Some(908),
            (Self::Appointment, Self::Company) => Some(909),
            (Self::Stay, Self::Contact) => Some(21),
            (Self::Contact, Self::Stay) => Some(22),
            (Self::Stay, Self::Company) => Some(23),
            (Self::Company, Self::Stay) => Some(24),
            (
                Self::Contact | Self::Company | Self::Deal | Self::Appointment | Self::Stay,
                Self::Contact | Self::Company | Self::Deal | Self::Appointment | Self::Stay,
            ) => None,
        }
    }
}
