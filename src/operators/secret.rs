//! What a browser or a program shows instead of a password: 256 random bits, of which the store keeps a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Random bytes of a secret.
const BYTES: usize = 32;
/// What is signed for the forms of a session.
const FORMS: &[u8] = b"cardex forms";

/// A secret in the form in which it is shown.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// A new one; `None` where the machine gives no random numbers.
    #[must_use]
    pub fn new() -> Option<Self> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).ok()?;
        Some(Self(URL_SAFE_NO_PAD.encode(bytes).into()))
    }

    /// One that was shown.
    #[must_use]
    pub fn shown(text: &str) -> Self {
        Self(text.into())
    }

    /// The text to show.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What the store knows it by.
    #[must_use]
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.expose()))
    }

    /// What the forms of the session carry: another site cannot know it.
    #[must_use]
    pub fn of_forms(&self) -> String {
        // A key of any length will do.
        let signed = Hmac::<Sha256>::new_from_slice(self.expose().as_bytes())
            .map(|key| key.chain_update(FORMS).finalize().into_bytes());
        signed.map(|signed| URL_SAFE_NO_PAD.encode(signed)).unwrap_or_default()
    }

    /// Whether a form carries what it has to.
    #[must_use]
    pub fn is_of_form(&self, carried: &str) -> bool {
        let expected = self.of_forms();
        !expected.is_empty() && expected.as_bytes().ct_eq(carried.as_bytes()).into()
    }
}

/// Whether somebody has brought a secret that is shared with him; finding out takes as long when he has not.
#[must_use]
pub fn is_shared(secret: &SecretString, brought: &str) -> bool {
    secret.expose_secret().as_bytes().ct_eq(brought.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_session_are_not_those_of_another() {
        let (one, other) = (Secret::new().expect("chance"), Secret::new().expect("chance"));
        assert!(one.is_of_form(&one.of_forms()));
        assert!(!one.is_of_form(&other.of_forms()));
        assert!(!one.is_of_form(""));
        assert_ne!(one.hash(), other.hash());
        assert_eq!(Secret::shown(one.expose()).hash(), one.hash());
    }

    #[test]
    fn secret_is_not_in_its_debug_form() {
        let secret = Secret::shown("abcdefgh");
        assert!(!format!("{secret:?}").contains("abcdefgh"));
    }
}
