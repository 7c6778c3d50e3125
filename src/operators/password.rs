//! Passwords: argon2id, and the same time for a name that nobody has.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::LazyLock;

/// Fewest letters of a password.
const SHORTEST: usize = 10;
/// Most bytes of one: more are no password but an attack.
const LONGEST: usize = 1024;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It is too short.
    #[error("the password is too short: {SHORTEST} letters at least")]
    TooShort,
    /// It is too long.
    #[error("the password is too long: {LONGEST} bytes at most")]
    TooLong,
    /// It is the operator's name.
    #[error("the password is the operator's name")]
    IsName,
    /// The machine gives no random numbers, or too little memory.
    #[error("the password could not be hashed")]
    Unhashable,
}

/// What nobody's password is: it is compared where there is no operator, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    Argon2::default().hash_password(b"nobody").map(|hash| hash.to_string()).unwrap_or_default()
});

/// The hash of a password, as a text that says how it was made.
///
/// # Errors
/// [`PasswordError`] says what is wrong with it.
pub fn hash(password: &SecretString, name: &str) -> Result<String, PasswordError> {
    let password = password.expose_secret();
    if password.len() > LONGEST {
        return Err(PasswordError::TooLong);
    }
    if password.chars().count() < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if password.to_lowercase() == name.to_lowercase() {
        return Err(PasswordError::IsName);
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|_| PasswordError::Unhashable)
}

/// Whether a password is the one that was hashed. Without a hash it is not, and finding that out takes as long.
pub(super) fn is_right(password: &SecretString, hash: Option<&str>) -> bool {
    let password = password.expose_secret();
    if password.len() > LONGEST {
        return false;
    }
    let parsed = PasswordHash::new(hash.unwrap_or(&NOBODY));
    let is_it =
        parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
    is_it && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        text.into()
    }

    #[test]
    fn right_password_is_told_from_others_and_from_none() {
        let kept = hash(&secret("correct horse"), "ana").expect("it is long enough");
        assert!(kept.starts_with("$argon2id$"), "{kept}");
        assert!(is_right(&secret("correct horse"), Some(&kept)));
        assert!(!is_right(&secret("correct hors"), Some(&kept)));
        assert!(!is_right(&secret("nobody"), None), "the password of nobody is nobody's");
        assert!(!is_right(&secret("correct horse"), Some("$argon2id$broken")));
    }

    #[test]
    fn nobody_s_password_costs_as_much_to_compare_as_any() {
        let kept = hash(&secret("correct horse"), "ana").expect("it is long enough");
        let costs = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(costs(&NOBODY), costs(&kept), "the same function, with the same memory and rounds");
        assert_eq!(costs(&kept).len(), 4);
    }

    #[test]
    fn weak_passwords_are_refused() {
        let check = |text: &str, why| assert_eq!(hash(&secret(text), "recepcion1"), Err(why), "{text}");
        check("short", PasswordError::TooShort);
        check("Recepcion1", PasswordError::IsName);
        check(&"x".repeat(LONGEST + 1), PasswordError::TooLong);
    }

    #[test]
    fn same_password_is_never_hashed_alike() {
        let [one, other] = [(); 2].map(|()| hash(&secret("correct horse"), "ana").expect("a hash"));
        assert_ne!(one, other);
    }
}
