//! The factors of a comparison and the levels that each can have.
//!
//! One comparison has exactly one level of every factor. Weights are kept by the words here (`birth equal`), so a level
//! that is renamed needs its weight renamed.

/// Declares a factor's levels.
macro_rules! levels {
    ($(#[$doc:meta])* $name:ident { $($(#[$level_doc:meta])* $level:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$level_doc])* $level,)+ }

        impl $name {
            /// Every level.
            pub const ALL: &'static [Self] = &[$(Self::$level,)+];
            /// The levels in words, in their order.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];
        }
    };
}

levels! {
    /// How given names relate.
    Given {
        /// The same names.
        Equal = "equal",
        /// One is the beginning of the other: `Juan`, `Juan Carlos`.
        Prefix = "prefix",
        /// Forms of one name: `Paco`, `Francisco`.
        Nickname = "nickname",
        /// One is a later name of the other: `Ángel`, `Luis Ángel`.
        Later = "later",
        /// The same name in two languages: `Jorge`, `Jordi`.
        Cognate = "cognate",
        /// A letter apart.
        Close = "close",
        /// An initial that agrees.
        Initial = "initial",
        /// The beginning of the name: `Alex`, `Alexandra`.
        Short = "short",
        /// The first name is the same, the second is not.
        SecondDiffers = "second differs",
        /// Alike.
        Similar = "similar",
        /// A little alike.
        Slight = "slight",
        /// Stands where the other has its surname.
        Swapped = "swapped",
        /// One has none.
        Missing = "missing",
        /// An initial that does not agree.
        InitialDiffers = "initial differs",
        /// Different names.
        Differs = "differs",
    }
}

levels! {
    /// How surnames relate.
    Surname {
        /// Both surnames are the same.
        Both = "both",
        /// The one surname is the same.
        Equal = "equal",
        /// The main one is the same, a second one is left out.
        OneMissing = "one missing",
        /// The main one is the same, the second is alike.
        SecondClose = "second close",
        /// A letter apart.
        Close = "close",
        /// One was cut off.
        Cut = "cut",
        /// One is another surname of the other.
        Cross = "cross",
        /// The main one is the same, the second is not.
        SecondDiffers = "second differs",
        /// Alike.
        Near = "near",
        /// Somewhat alike.
        Similar = "similar",
        /// A little alike.
        Slight = "slight",
        /// Stands where the other has its given name.
        Swapped = "swapped",
        /// One has none.
        Missing = "missing",
        /// Different surnames.
        Differs = "differs",
    }
}

levels! {
    /// How e-mail addresses relate.
    Email {
        /// The same address.
        Equal = "equal",
        /// The same relay address.
        Relay = "relay",
        /// The same but for a mistyped domain, or a letter.
        Close = "close",
        /// The same name at another provider.
        Local = "local",
        /// One has none of its own.
        Missing = "missing",
        /// Different addresses.
        Differs = "differs",
    }
}

levels! {
    /// How phone numbers relate.
    Phone {
        /// The same number.
        Equal = "equal",
        /// A digit apart.
        Close = "close",
        /// One has none of its own.
        Missing = "missing",
        /// Different numbers.
        Differs = "differs",
    }
}

levels! {
    /// How addresses relate.
    Street {
        /// The same street and number.
        Equal = "equal",
        /// The same street.
        Street = "street",
        /// One has none.
        Missing = "missing",
        /// Another one.
        Differs = "differs",
    }
}

levels! {
    /// How post codes and cities relate.
    Place {
        /// The same post code.
        PostalCode = "postal code",
        /// The same city.
        City = "city",
        /// Nothing to compare.
        Missing = "missing",
        /// Another one.
        Differs = "differs",
    }
}

levels! {
    /// How birth dates relate.
    Birth {
        /// The same day.
        Equal = "equal",
        /// Day and month the other way round.
        Swapped = "swapped",
        /// A digit apart.
        Close = "close",
        /// Two digits apart.
        Near = "near",
        /// One has none.
        Missing = "missing",
        /// Another day, at most fifteen years apart.
        Differs = "differs",
        /// More than fifteen years apart: generations.
        Generations = "generations",
    }
}

levels! {
    /// How identity documents relate.
    Document {
        /// The same number.
        Equal = "equal",
        /// A letter or digit apart.
        Close = "close",
        /// Nothing to compare.
        Missing = "missing",
        /// Documents of different kinds.
        OtherKind = "other kind",
        /// Two of one kind and country.
        Differs = "differs",
        /// Two of one kind, and both pass their own check.
        DiffersChecked = "differs checked",
    }
}

levels! {
    /// How membership numbers relate.
    Loyalty {
        /// The same number.
        Equal = "equal",
        /// A digit apart.
        Close = "close",
        /// One has none.
        Missing = "missing",
        /// Different numbers.
        Differs = "differs",
    }
}

levels! {
    /// Whether two values agree.
    Agreement {
        /// They do.
        Agrees = "agrees",
        /// One is not there.
        Missing = "missing",
        /// They do not.
        Differs = "differs",
    }
}
