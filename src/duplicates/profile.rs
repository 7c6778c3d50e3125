//! A profile as a record or a row gives it: borrowed texts, nothing read yet. An empty text is nothing.

/// What a system says that a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Somebody.
    #[default]
    Person,
    /// A company.
    Company,
    /// A travel agency or tour operator.
    Agency,
}

/// The texts of one profile.
#[derive(Clone, Copy, Default)]
pub struct Profile<'a> {
    /// Person, company or agency.
    pub kind: Kind,
    /// Title or salutation.
    pub title: &'a str,
    /// Given names, or a company's name when there is no other.
    pub first_name: &'a str,
    /// Surnames, or the whole name.
    pub last_name: &'a str,
    /// Gender in any system's way.
    pub gender: &'a str,
    /// Birth date: ISO 8601, or day, month and year.
    pub birth_date: &'a str,
    /// E-mail addresses.
    pub emails: &'a [&'a str],
    /// Phone numbers of every sort.
    pub phones: &'a [&'a str],
    /// Identity documents.
    pub documents: &'a [DocumentText<'a>],
    /// Membership numbers.
    pub loyalty: &'a [&'a str],
    /// Street and number.
    pub street: &'a str,
    /// City.
    pub city: &'a str,
    /// Postal code.
    pub postal_code: &'a str,
    /// Country of residence: a code or a name.
    pub country: &'a str,
    /// Nationality: a code or a country's name.
    pub nationality: &'a str,
    /// Language: a code, a locale or a name.
    pub language: &'a str,
    /// The company that the person travels for, or the company's own name.
    pub company: &'a str,
    /// The company's tax number.
    pub tax_id: &'a str,
    /// Country of the property that made the profile: where a phone without a prefix belongs, failing all else.
    pub property_country: &'a str,
}

/// The texts of one identity document.
#[derive(Clone, Copy, Default)]
pub struct DocumentText<'a> {
    /// What it is, in any system's way.
    pub kind: &'a str,
    /// Its number.
    pub number: &'a str,
    /// Who issued it: a code or a name.
    pub country: &'a str,
}
