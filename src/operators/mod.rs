//! Who may use the desk: operators with their passwords, sessions and tokens.
//!
//! Whoever signs in gets a secret, of which the store keeps a hash; every request shows it. Passwords and secrets leave
//! this module only as what they prove.

mod admit;
mod password;
mod secret;
mod throttle;
mod token;

pub use admit::{Admitted, Refused, Session, enter_vouched, goes_on, show, sign_in, sign_out};
pub use password::{PasswordError, hash};
pub use secret::{Secret, is_shared};
pub use throttle::Wait;
pub use token::{NoToken, issue, recognise};
