//! Lost races: a commit that somebody else was faster than is computed anew, but not for ever.

use super::error::StoreError;

/// How often one piece of work may be overtaken.
const MOST: usize = 8;

/// The races of one piece of work.
#[derive(Debug)]
pub struct Races {
    what: &'static str,
    lost: usize,
}

impl Races {
    /// No race has been lost yet; `what` is what the last conflict will be about.
    pub const fn of(what: &'static str) -> Self {
        Self { what, lost: 0 }
    }

    /// Whether the commit was stored; `false`: somebody else was faster, compute it anew.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when too many races were lost, and whatever else the store said.
    pub fn are_won(&mut self, stored: Result<(), StoreError>) -> Result<bool, StoreError> {
        match stored {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict { .. }) if self.lost + 1 < MOST => {
                self.lost += 1;
                Ok(false)
            }
            Err(StoreError::Conflict { .. }) => Err(StoreError::Conflict { what: self.what.to_owned() }),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overtaken() -> Result<(), StoreError> {
        Err(StoreError::Conflict { what: "a row".to_owned() })
    }

    #[test]
    fn work_that_is_overtaken_again_and_again_is_given_up_by_its_own_name() {
        let mut races = Races::of("a batch that lost every race");
        for _ in 1..MOST {
            assert!(!races.are_won(overtaken()).expect("another try"));
        }
        let given_up = races.are_won(overtaken()).expect_err("no other try");
        assert!(matches!(given_up, StoreError::Conflict { what } if what == "a batch that lost every race"));
    }

    #[test]
    fn what_is_no_conflict_ends_the_work_at_once() {
        assert!(Races::of("a batch").are_won(Ok(())).expect("stored"));
        assert!(matches!(
            Races::of("a batch").are_won(Err(StoreError::UnknownUrl)),
            Err(StoreError::UnknownUrl)
        ));
    }
}
