//! The states of an opportunity against the statuses of a reservation, and the buttons between the states.
//!
//! Tryton 8.2 moves a state only by its buttons and makes fields read-only by state, so a write may have to press
//! its way to a state where the field is open. `convert` is never pressed: it creates a sale.
//!
//! Source: `sale_opportunity/opportunity.py` of 6.0.1 and 8.2.0, and the servers' answers.

/// The state of an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Lead,
    Opportunity,
    Converted,
    Won,
    Lost,
    Cancelled,
}

/// A button of an opportunity, by its method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Button {
    Lead,
    Opportunity,
    Lost,
    Cancel,
}

impl Button {
    pub(super) const fn method(self) -> &'static str {
        match self {
            Self::Lead => "model.sale.opportunity.lead",
            Self::Opportunity => "model.sale.opportunity.opportunity",
            Self::Lost => "model.sale.opportunity.lost",
            Self::Cancel => "model.sale.opportunity.cancel",
        }
    }
}

/// Which fields a write touches, as far as states restrict them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Touches {
    /// None of its fields.
    Nothing,
    /// Comment, description, end date, amount: open in `lead` and `opportunity`.
    Open,
    /// Start date, currency: open in `lead` only.
    LeadOnly,
}

/// Buttons to press before and after the fields are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) before: Option<Button>,
    pub(super) after: Option<Button>,
}

impl State {
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "lead" => Self::Lead,
            "opportunity" => Self::Opportunity,
            "converted" => Self::Converted,
            "won" => Self::Won,
            "lost" => Self::Lost,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }

    /// The state that shows a status. Without a party Tryton knows no state beyond `lead` but the closed ones.
    pub(super) fn showing(status: Option<&str>, has_party: bool) -> Self {
        match status {
            Some("confirmed" | "in_house" | "checked_out") if has_party => Self::Opportunity,
            Some("cancelled") => Self::Cancelled,
            Some("no_show") => Self::Lost,
            _ => Self::Lead,
        }
    }

    /// Whether closing the opportunity has overwritten its end date with the day it was closed.
    pub(super) const fn is_closed(self) -> bool {
        matches!(self, Self::Lost | Self::Cancelled)
    }

    /// A sale came out of it: its fields are read-only, and only the sale moves it.
    pub(super) const fn is_sale(self) -> bool {
        matches!(self, Self::Converted | Self::Won)
    }

    /// The status that a state says by itself, when it contradicts the one that cardex wrote.
    const fn says(self) -> &'static str {
        match self {
            Self::Lead => "tentative",
            Self::Opportunity | Self::Converted | Self::Won => "confirmed",
            Self::Lost => "no_show",
            Self::Cancelled => "cancelled",
        }
    }

    /// The reservation's status: what cardex wrote, unless somebody has pressed a button since.
    pub(super) fn status(self, written: Option<&str>, has_party: bool) -> &str {
        match written {
            Some(status) if Self::showing(Some(status), has_party) == self || self.is_sale_of(status) => {
                status
            }
            Some(_) | None => self.says(),
        }
    }

    fn is_sale_of(self, status: &str) -> bool {
        self.is_sale() && Self::showing(Some(status), true) == Self::Opportunity
    }

    /// The buttons from this state to `target` that let the fields be written on the way.
    ///
    /// `None` when there is no way: a sale came out of the opportunity.
    pub(super) fn route(self, touches: Touches, target: Self) -> Option<Route> {
        if self.is_sale() {
            let at_target = touches == Touches::Nothing && target == Self::Opportunity;
            return at_target.then_some(Route { before: None, after: None });
        }
        let writable = match touches {
            Touches::Nothing => true,
            Touches::Open => !self.is_closed(),
            Touches::LeadOnly => self == Self::Lead,
        };
        // A closed opportunity is opened again only through `lead`.
        let reopen = self.is_closed() && self != target;
        let before = (!writable || reopen).then_some(Button::Lead);
        let writes_in = if before.is_some() { Self::Lead } else { self };
        let after = match target {
            _ if writes_in == target => None,
            Self::Lead => Some(Button::Lead),
            Self::Opportunity | Self::Converted | Self::Won => Some(Button::Opportunity),
            Self::Lost => Some(Button::Lost),
            Self::Cancelled => Some(Button::Cancel),
        };
        Some(Route { before, after })
    }
}
