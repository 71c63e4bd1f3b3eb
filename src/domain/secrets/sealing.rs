//! Secrets that must be read again (a channel's identity secret, a Pusher app's), sealed at rest.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, AeadCore, KeyInit, OsRng};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use super::Secret;

const NONCE_BYTES: usize = 24;

/// The key that seals secrets in the database; without it a stolen database holds none.
#[derive(Clone)]
pub struct SealingKey(Key);

/// What was kept cannot be opened: it was altered, or sealed with another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("was sealed with another key, or altered")]
pub struct BrokenSeal;

impl SealingKey {
    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        Self(XChaCha20Poly1305::generate_key(&mut OsRng))
    }

    /// Reads a key as [`SealingKey::to_text`] wrote it; `None` when it is not 32 bytes in base64.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = BASE64.decode(text.trim()).ok()?.try_into().ok()?;
        Some(Self(bytes.into()))
    }

    /// The key in base64, for its file.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        Secret::new(BASE64.encode(self.0))
    }

    /// Seals `secret`: a random nonce and the ciphertext, in base64.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "no secret is that large")]
    pub fn seal(&self, secret: &Secret) -> String {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let mut sealed = nonce.to_vec();
        let ciphertext = XChaCha20Poly1305::new(&self.0)
            .encrypt(&nonce, secret.expose().as_bytes())
            .expect("a secret is far smaller than what the cipher takes");
        sealed.extend(ciphertext);
        BASE64.encode(sealed)
    }

    /// Opens what [`SealingKey::seal`] made.
    ///
    /// # Errors
    /// [`BrokenSeal`] when it was altered or sealed with another key.
    pub fn open(&self, sealed: &str) -> Result<Secret, BrokenSeal> {
        let bytes = BASE64.decode(sealed).map_err(|_| BrokenSeal)?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_BYTES).ok_or(BrokenSeal)?;
        let plain = XChaCha20Poly1305::new(&self.0)
            .decrypt(XNonce::from_slice(nonce), ciphertext)
            .map_err(|_| BrokenSeal)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| BrokenSeal)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_with_its_key_alone() {
        let key = SealingKey::from_text(SealingKey::generate().to_text().expose()).unwrap();
        let sealed = key.seal(&Secret::new("hunter2"));
        assert_eq!(key.open(&sealed), Ok(Secret::new("hunter2")));
        assert_eq!(SealingKey::generate().open(&sealed), Err(BrokenSeal));
        assert_ne!(sealed, key.seal(&Secret::new("hunter2")));
    }

    #[test]
    fn an_altered_secret_does_not_open() {
        let key = SealingKey::generate();
        let mut bytes = BASE64.decode(key.seal(&Secret::new("hunter2"))).unwrap();
        bytes[30] ^= 1;
        assert_eq!(key.open(&BASE64.encode(&bytes)), Err(BrokenSeal));
        for text in ["", "====", "c2hvcnQ="] {
            assert_eq!(key.open(text), Err(BrokenSeal), "{text}");
        }
    }
}
