//! Passwords, as Argon2id keeps them. Both functions take tens of milliseconds of a processor:
//! call them where that holds nobody up.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, SaltString};

use super::{Secret, random_hex};

/// An Argon2id hash with its salt and cost, in the PHC text form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash as it was kept.
    #[must_use]
    pub fn from_kept(text: String) -> Self {
        Self(text)
    }

    /// The text to keep.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The hash of `password` under a new salt.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "no password is that long")]
pub fn hash_password(password: &Secret) -> PasswordHash {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default()
        .hash_password(password.expose().as_bytes(), &salt)
        .expect("Argon2 takes a password of any length up to 4 GiB");
    PasswordHash(hash.to_string())
}

/// Whether `password` is the one behind `hash`. Without a hash (nobody has that e-mail) the answer
/// is no, after the same work: the time must not tell who exists.
#[must_use]
pub fn verify_password(password: &Secret, hash: Option<&PasswordHash>) -> bool {
    static NOBODY: LazyLock<PasswordHash> =
        LazyLock::new(|| hash_password(&Secret::new(random_hex(32))));
    let kept = hash.unwrap_or(&NOBODY);
    let matches = argon2::PasswordHash::new(kept.as_str())
        .and_then(|parsed| Argon2::default().verify_password(password.expose().as_bytes(), &parsed))
        .is_ok();
    matches && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_its_own_hash_alone() {
        let hash = hash_password(&Secret::new("correct horse"));
        assert!(hash.as_str().starts_with("$argon2id$"));
        assert!(verify_password(&Secret::new("correct horse"), Some(&hash)));
        assert!(!verify_password(&Secret::new("battery staple"), Some(&hash)));
        assert!(!verify_password(&Secret::new("correct horse"), None));
    }
}
