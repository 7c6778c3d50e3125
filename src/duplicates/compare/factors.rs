//! The factors of the score, single and joint, and the cell of each that a comparison falls in.

use super::Comparison;
use super::contacts::Owner;
use super::levels::{Agreement, Birth, Document, Email, Given, Loyalty, Phone, Place, Street, Surname};

/// One summand of the score: its cells are the products of its parts.
#[derive(Debug)]
pub struct Factor {
    /// Its name, as in the table of weights.
    pub name: &'static str,
    /// The words of each part.
    pub parts: &'static [&'static [&'static str]],
}

const STRENGTH: &[&str] = &["strong", "weak", "unknown", "against"];
const FAMILY: &[&str] = &["strong", "weak", "against"];
const NAMES: &[&str] = &["full", "part", "surname", "given", "none"];
const BINS: &[&str] = &["1", "2", "3", "4", "6", "10", "20", "50", "200", "1000"];
const FEW: &[&str] = &["1", "2", "3", "4", "7"];
const EXPECTED: &[&str] =
    &["0.001", "0.003", "0.01", "0.03", "0.1", "0.2", "0.4", "0.8", "1.6", "3", "6", "15", "40", "more"];
const BEARERS: &[&str] = &["1", "2", "3", "4", "6", "10", "20", "50"];
const MORE: &[&str] = &["none", "one", "two"];
const CROSSING: &[&str] = &["none", "cross", "initial"];
const NAMED: &[&str] = &["nobody", "own", "other"];
const AGAINST: &[&str] = &["0", "1", "2", "more"];
const COARSE: &[&str] = &["0.03", "0.4", "1.6", "6", "more"];
const VARIANT: &[&str] = &["none", "given", "surname"];
const SAME: &[&str] = &["other", "same"];
const OWNERS: &[&str] = &[
    "none",
    "given given",
    "given surname",
    "given nobody",
    "surname surname",
    "surname nobody",
    "nobody nobody",
];
const DATED: &[&str] = &["equal", "close", "missing", "differs"];
const PAPERS: &[&str] = &["equal", "missing", "differs"];

/// Every factor.
pub const FACTORS: &[Factor] = &[
    Factor { name: "given", parts: &[Given::WORDS] },
    Factor { name: "surname", parts: &[Surname::WORDS] },
    Factor { name: "email", parts: &[Email::WORDS] },
    Factor { name: "phone", parts: &[Phone::WORDS] },
    Factor { name: "street", parts: &[Street::WORDS] },
    Factor { name: "place", parts: &[Place::WORDS] },
    Factor { name: "birth", parts: &[Birth::WORDS] },
    Factor { name: "document", parts: &[Document::WORDS] },
    Factor { name: "loyalty", parts: &[Loyalty::WORDS] },
    Factor { name: "gender", parts: &[Agreement::WORDS] },
    Factor { name: "country", parts: &[Agreement::WORDS] },
    Factor { name: "nationality", parts: &[Agreement::WORDS] },
    Factor { name: "language", parts: &[Agreement::WORDS] },
    Factor { name: "employer", parts: &[Agreement::WORDS] },
    Factor { name: "generation", parts: &[Agreement::WORDS] },
    Factor { name: "contact", parts: &[STRENGTH, FAMILY, SAME, SAME, SAME] },
    Factor { name: "owner", parts: &[OWNERS, STRENGTH] },
    Factor { name: "rarity", parts: &[NAMES, BINS, SAME] },
    Factor { name: "bearers", parts: &[BEARERS, EXPECTED, SAME] },
    Factor { name: "words", parts: &[MORE, EXPECTED] },
    Factor { name: "variant", parts: &[VARIANT, BINS] },
    Factor { name: "crossing", parts: &[CROSSING, EXPECTED] },
    Factor { name: "email names", parts: &[Email::WORDS, STRENGTH, FAMILY] },
    Factor { name: "named", parts: &[NAMED, STRENGTH] },
    Factor { name: "against", parts: &[AGAINST, COARSE, NAMES] },
    Factor { name: "dated", parts: &[DATED, STRENGTH, SAME] },
    Factor { name: "papers", parts: &[PAPERS, STRENGTH, FAMILY] },
    Factor { name: "email sharers", parts: &[FEW, STRENGTH] },
    Factor { name: "phone sharers", parts: &[FEW, STRENGTH] },
];

impl Factor {
    const fn n_cells(&self) -> usize {
        let mut cells = 1;
        let mut at = 0;
        while at < self.parts.len() {
            cells *= self.parts[at].len();
            at += 1;
        }
        cells
    }
}

/// How many factors there are.
pub const N: usize = FACTORS.len();

const OFFSETS: [usize; N + 1] = {
    let mut offsets = [0; N + 1];
    let mut at = 0;
    while at < N {
        offsets[at + 1] = offsets[at] + FACTORS[at].n_cells();
        at += 1;
    }
    offsets
};

/// How many cells all factors have.
pub const CELLS: usize = OFFSETS[N];

/// The factor's and the cell's name: `birth: equal`.
#[must_use]
pub fn cell_name(cell: usize) -> String {
    let factor = OFFSETS.partition_point(|offset| *offset <= cell).saturating_sub(1).min(N - 1);
    let mut rest = cell - OFFSETS[factor];
    let mut words = Vec::new();
    for part in FACTORS[factor].parts.iter().rev() {
        words.push(part[rest % part.len()]);
        rest /= part.len();
    }
    words.reverse();
    format!("{}: {}", FACTORS[factor].name, words.join(", "))
}

/// What given names say: for, a little, nothing, against.
fn strength(given: Given) -> usize {
    match given {
        Given::Equal | Given::Prefix | Given::Nickname | Given::Close | Given::Swapped => 0,
        Given::Later
        | Given::Cognate
        | Given::Initial
        | Given::Short
        | Given::SecondDiffers
        | Given::Similar => 1,
        Given::Missing => 2,
        Given::Slight | Given::InitialDiffers | Given::Differs => 3,
    }
}

fn family(surname: Surname) -> usize {
    match surname {
        Surname::Both
        | Surname::Equal
        | Surname::OneMissing
        | Surname::SecondClose
        | Surname::Close
        | Surname::Cut
        | Surname::Swapped => 0,
        Surname::Cross | Surname::SecondDiffers | Surname::Near | Surname::Similar | Surname::Missing => 1,
        Surname::Slight | Surname::Differs => 2,
    }
}

/// The step of a count of bearers: what is in one step weighs the same.
#[must_use]
pub fn bin(count: u32) -> usize {
    match count {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4..6 => 3,
        6..10 => 4,
        10..20 => 5,
        20..50 => 6,
        50..200 => 7,
        200..1000 => 8,
        1000.. => 9,
    }
}

/// The step of a count of those who share a contact.
#[must_use]
pub fn few(count: u32) -> usize {
    match count {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4..7 => 3,
        7.. => 4,
    }
}

fn expected(thousandths: u32) -> usize {
    const BOUNDS: [u32; 13] = [1, 3, 10, 30, 100, 200, 400, 800, 1600, 3000, 6000, 15_000, 40_000];
    BOUNDS.iter().filter(|bound| thousandths > **bound).count()
}

fn coarse(thousandths: u32) -> usize {
    [30, 400, 1600, 6000].iter().filter(|bound| thousandths > **bound).count()
}

/// The place of a joint cell: `parts` are pairs of a part's length and a level.
fn joint<const M: usize>(parts: [(usize, usize); M]) -> usize {
    parts.iter().fold(0, |place, (length, level)| place * length + level)
}

fn same(is_same: bool) -> (usize, usize) {
    (2, usize::from(is_same))
}

impl Comparison {
    /// The cell of each factor.
    #[must_use]
    pub fn cells(&self) -> [u16; N] {
        let (given, surname) = (strength(self.given), family(self.surname));
        let by_email = matches!(self.email, Email::Equal | Email::Relay | Email::Close);
        let by_phone = self.phone == Phone::Equal;
        let by_street = self.street == Street::Equal;
        let has_contact = self.has_contact();
        let says = has_contact
            || matches!(self.birth, Birth::Equal | Birth::Swapped)
            || matches!(self.document, Document::Equal | Document::Close)
            || self.loyalty == Loyalty::Equal;
        let (names, count) = match (given, surname) {
            (0, 0) => (0, self.counts.full),
            (1 | 2, 0) => (1, self.counts.surname),
            (3, 0) => (2, self.counts.surname),
            (0 | 1, _) => (3, self.counts.given),
            (_, _) => (4, 0),
        };
        let dated = match self.birth {
            Birth::Equal => 0,
            Birth::Swapped | Birth::Close => 1,
            Birth::Missing => 2,
            Birth::Near | Birth::Differs | Birth::Generations => 3,
        };
        let papers = match (self.document, self.loyalty) {
            (Document::Equal | Document::Close, _) | (_, Loyalty::Equal) => 0,
            (Document::Differs | Document::DiffersChecked, _) | (_, Loyalty::Differs) => 2,
            (_, _) => 1,
        };
        let email_count = if self.email == Email::Equal { few(self.counts.email) } else { 0 };
        let phone_count = if by_phone { few(self.counts.phone) } else { 0 };
        let rank = expected(self.counts.expected);
        let levels = [
            self.given as usize,
            self.surname as usize,
            self.email as usize,
            self.phone as usize,
            self.street as usize,
            self.place as usize,
            self.birth as usize,
            self.document as usize,
            self.loyalty as usize,
            self.gender as usize,
            self.country as usize,
            self.nationality as usize,
            self.language as usize,
            self.employer as usize,
            self.generation as usize,
            joint([(4, given), (3, surname), same(by_email), same(by_phone), same(by_street)]),
            joint([(7, self.owner()), (4, given)]),
            joint([(5, names), (10, bin(count)), same(says)]),
            if names == 0 { joint([(8, bin(self.counts.full).min(7)), (14, rank), same(says)]) } else { 0 },
            if names == 0 { joint([(3, self.counts.n_more), (14, rank)]) } else { 0 },
            self.variant(),
            match (self.given, self.surname) {
                (_, Surname::Cross) if given < 2 => joint([(3, 1), (14, rank)]),
                (Given::Initial, _) if surname == 0 => joint([(3, 2), (14, rank)]),
                (_, _) => 0,
            },
            joint([(6, self.email as usize), (4, given), (3, surname)]),
            joint([(3, self.named as usize), (4, given)]),
            joint([(4, self.n_against()), (5, coarse(self.counts.expected)), (5, names)]),
            joint([(4, dated), (4, given), same(has_contact)]),
            joint([(3, papers), (4, given), (3, surname)]),
            joint([(5, email_count), (4, given)]),
            joint([(5, phone_count), (4, given)]),
        ];
        let mut cells = [0; N];
        for ((cell, level), offset) in cells.iter_mut().zip(levels).zip(OFFSETS) {
            *cell = u16::try_from(offset + level).unwrap_or_default();
        }
        cells
    }

    /// A name that is nearly the other one: a slip, or two names, as the rarer one is rare or frequent.
    fn variant(&self) -> usize {
        let (which, count) = match (self.given, self.surname) {
            (_, Surname::Close | Surname::Near | Surname::Similar | Surname::Cut) => {
                (2, self.counts.rare_surname)
            }
            (Given::Close | Given::Similar | Given::Short, _) => (1, self.counts.rare_given),
            (_, _) => (0, 0),
        };
        joint([(3, which), (10, bin(count))])
    }

    /// How many facts speak against one person: 3 is three or more.
    fn n_against(&self) -> usize {
        let facts = [
            self.email == Email::Differs,
            self.phone == Phone::Differs,
            self.place == Place::Differs,
            matches!(self.birth, Birth::Differs | Birth::Generations),
            matches!(self.document, Document::Differs | Document::DiffersChecked),
            self.loyalty == Loyalty::Differs,
        ];
        facts.into_iter().filter(|is_against| *is_against).count().min(3)
    }

    fn owner(&self) -> usize {
        match self.owners {
            None => 0,
            Some((Owner::Given, Owner::Given)) => 1,
            Some((Owner::Given, Owner::Surname)) => 2,
            Some((Owner::Given, Owner::Nobody)) => 3,
            Some((Owner::Surname, Owner::Surname)) => 4,
            Some((Owner::Surname, Owner::Nobody)) => 5,
            Some((_, _)) => 6,
        }
    }
}
