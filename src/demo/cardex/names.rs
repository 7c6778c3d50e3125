//! Made-up guests' names and places, by language. Nobody real: common names, streets that every town has.

/// What the people of one country are called and where they live.
#[derive(Debug)]
pub(super) struct Folk {
    pub(super) language: &'static str,
    pub(super) country: &'static str,
    pub(super) dial: &'static str,
    /// First digits and number of further ones of a mobile number.
    pub(super) mobile: (&'static str, u32),
    pub(super) two_surnames: bool,
    pub(super) women: &'static [&'static str],
    pub(super) men: &'static [&'static str],
    pub(super) surnames: &'static [&'static str],
    pub(super) streets: &'static [&'static str],
    /// City and first digits of its postal codes.
    pub(super) cities: &'static [(&'static str, &'static str)],
}

pub(super) const SPANISH: Folk = Folk {
    language: "es",
    country: "ES",
    dial: "+34",
    mobile: ("6", 8),
    two_surnames: true,
    women: &["María", "Carmen", "Lucía", "Ana Belén", "Isabel", "Nuria", "Concepción", "Rocío", "Begoña"],
    men: &["José Luis", "Antonio", "Javier", "Manuel", "Íñigo", "Álvaro", "Francisco", "Sergio", "Ramón"],
    surnames: &[
        "García",
        "Martínez",
        "de la Fuente",
        "Núñez",
        "Ibáñez",
        "López",
        "Peña",
        "Castro",
        "Muñoz",
        "del Río",
        "Serrano",
        "Vázquez",
        "Ortiz",
        "Iglesias",
        "Lorenzo",
        "Cano",
        "Gil",
        "Sáez",
    ],
    streets: &["Calle Mayor", "Avenida de la Constitución", "Calle del Prado", "Paseo de la Estación"],
    cities: &[("Madrid", "280"), ("Sevilla", "410"), ("Bilbao", "480"), ("Valencia", "460")],
};

pub(super) const FRENCH: Folk = Folk {
    language: "fr",
    country: "FR",
    dial: "+33",
    mobile: ("6", 8),
    two_surnames: false,
    women: &["Marie", "Hélène", "Chloé", "Anne-Sophie", "Camille", "Inès", "Françoise"],
    men: &["Jean-Pierre", "Luc", "François", "Mathieu", "Étienne", "Rémi", "Guillaume"],
    surnames: &["Lefèvre", "Dubois", "Moreau", "Girard", "d'Aubigny", "Le Gall", "Rousseau", "Noël", "Petit"],
    streets: &["rue de la République", "rue Victor-Hugo", "avenue de la Gare", "rue des Écoles"],
    cities: &[("Lyon", "690"), ("Nantes", "440"), ("Toulouse", "310"), ("Lille", "590")],
};

pub(super) const ENGLISH: Folk = Folk {
    language: "en",
    country: "GB",
    dial: "+44",
    mobile: ("77009", 5),
    two_surnames: false,
    women: &["Emma", "Charlotte", "Siobhan", "Grace", "Mary Jane", "Olivia", "Fiona"],
    men: &["James", "Oliver", "Harry", "William", "Seán", "George", "Alistair"],
    surnames: &["Smith", "O'Brien", "MacDonald", "Taylor-Jones", "Wright", "Hughes", "Walker", "Ng", "Patel"],
    streets: &["High Street", "Station Road", "Church Lane", "Victoria Road"],
    cities: &[("Leeds", "LS1"), ("Bristol", "BS1"), ("Cardiff", "CF1"), ("York", "YO1")],
};

pub(super) const GERMAN: Folk = Folk {
    language: "de",
    country: "DE",
    dial: "+49",
    mobile: ("1512", 7),
    two_surnames: false,
    women: &["Anna", "Käthe", "Ursula", "Jana", "Hannelore", "Sophie", "Grit"],
    men: &["Jürgen", "Karl-Heinz", "Lukas", "Björn", "Matthias", "Uwe", "Götz"],
    surnames: &["Müller", "Schröder", "von Bülow", "Weiß", "Krämer", "Jäger", "Schmidt", "Groß", "Lange"],
    streets: &["Hauptstraße", "Bahnhofstraße", "Goethestraße", "Am Markt"],
    cities: &[("Köln", "506"), ("Leipzig", "041"), ("Münster", "481"), ("Jena", "077")],
};

pub(super) const COMPANIES: &[&str] = &[
    "Talleres Ebro S.L.",
    "Ingeniería Duero S.A.",
    "Nordlicht Maschinenbau GmbH",
    "Atelier Lumière SARL",
    "Pennine Tools Ltd",
    "Laboratorios Vega S.A.",
    "Bodegas Tres Ríos S.L.",
    "Hafenlogistik Nord GmbH",
];

/// Name and IATA number; the first is a tour operator.
pub(super) const AGENCIES: &[(&str, &str)] = &[
    ("Sonnenweg Reisen Touroperator", "23210004"),
    ("Viajes Alborán", "78215551"),
    ("Azur Voyages", "20255120"),
    ("Blue Harbour Travel", "91203344"),
];

pub(super) const RELAY_DOMAIN: &str = "guest.booking.com";
pub(super) const MAIL_DOMAINS: &[&str] = &["example.com", "example.net", "example.org", "mail.example"];
pub(super) const CATEGORIES: &[(&str, u32)] =
    &[("DBL", 9_500), ("DBL-SEA", 12_500), ("SGL", 7_200), ("SUITE", 21_000)];
pub(super) const BOARDS: &[&str] = &["room_only", "breakfast", "breakfast", "half_board"];
