//! An app's key and secret, and what is signed with them.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

type HmacSha256 = Hmac<Sha256>;

/// An app's public key with the secret only its application and this server know.
///
/// All signatures are HMAC-SHA256 in hexadecimal digits, made with the secret's text as it is.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    key: &'a str,
    secret: &'a str,
}

/// Why the application's consent is not believed, in words for its developer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAuth {
    /// There is none.
    #[error("auth: expected KEY:SIGNATURE, got nothing")]
    Missing,
    /// It is not made of a key and a signature.
    #[error("auth: expected KEY:SIGNATURE")]
    Form,
    /// It is another app's.
    #[error("auth: expected the key of this app before the signature")]
    Key,
    /// It was made with another secret or for something else.
    #[error("auth: expected the HMAC-SHA256 hex digest of {signed} with the secret of the app")]
    Signature {
        /// What should have been signed. Holds nothing but what the client sent.
        signed: String,
    },
}

impl<'a> Token<'a> {
    /// The key and the secret of one app.
    #[must_use]
    pub const fn new(key: &'a str, secret: &'a str) -> Self {
        Self { key, secret }
    }

    /// The app's key.
    #[must_use]
    pub const fn key(&self) -> &'a str {
        self.key
    }

    /// The consent to a subscription, `KEY:SIGNATURE`: signs `socket_id:channel`, and
    /// `:channel_data` when there is any, on whatever channel.
    #[must_use]
    pub fn channel_auth(
        &self,
        socket_id: &str,
        channel: &str,
        channel_data: Option<&str>,
    ) -> String {
        self.auth(&channel_string(socket_id, channel, channel_data))
    }

    /// Whether `auth` is the consent to this subscription.
    ///
    /// # Errors
    /// What is wrong with `auth`. Nothing can be learned of the right signature from the time this
    /// takes.
    pub fn verify_channel(
        &self,
        auth: &str,
        socket_id: &str,
        channel: &str,
        channel_data: Option<&str>,
    ) -> Result<(), BadAuth> {
        self.verify_auth(auth, channel_string(socket_id, channel, channel_data))
    }

    /// The consent to a sign-in, `KEY:SIGNATURE`: signs `socket_id::user::user_data`.
    #[must_use]
    pub fn user_auth(&self, socket_id: &str, user_data: &str) -> String {
        self.auth(&user_string(socket_id, user_data))
    }

    /// Whether `auth` is the consent to this sign-in.
    ///
    /// # Errors
    /// As [`verify_channel`](Self::verify_channel).
    pub fn verify_user(&self, auth: &str, socket_id: &str, user_data: &str) -> Result<(), BadAuth> {
        self.verify_auth(auth, user_string(socket_id, user_data))
    }

    /// The signature of a webhook's body, for its `X-Pusher-Signature` header.
    #[must_use]
    pub fn sign_webhook(&self, body: &[u8]) -> String {
        self.sign(body)
    }

    /// Whether a webhook's body was signed by this app.
    #[must_use]
    pub fn verifies_webhook(&self, body: &[u8], signature: &str) -> bool {
        self.verifies(body, signature)
    }

    pub(super) fn sign(&self, message: &[u8]) -> String {
        hex::encode(self.mac(message).finalize().into_bytes())
    }

    /// Compares in constant time.
    pub(super) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let mut bytes = [0; 32];
        hex::decode_to_slice(signature, &mut bytes).is_ok()
            && self.mac(message).verify_slice(&bytes).is_ok()
    }

    fn auth(&self, message: &str) -> String {
        format!("{}:{}", self.key, self.sign(message.as_bytes()))
    }

    fn verify_auth(&self, auth: &str, message: String) -> Result<(), BadAuth> {
        if auth.is_empty() {
            return Err(BadAuth::Missing);
        }
        let (key, signature) = auth.rsplit_once(':').ok_or(BadAuth::Form)?;
        if key != self.key {
            return Err(BadAuth::Key);
        }
        if !self.verifies(message.as_bytes(), signature) {
            return Err(BadAuth::Signature { signed: message });
        }
        Ok(())
    }

    fn mac(&self, message: &[u8]) -> HmacSha256 {
        let mac = HmacSha256::new_from_slice(self.secret.as_bytes());
        mac.expect("HMAC takes a key of any length").chain_update(message)
    }
}

impl fmt::Debug for Token<'_> {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("key", &self.key).finish_non_exhaustive()
    }
}

fn channel_string(socket_id: &str, channel: &str, channel_data: Option<&str>) -> String {
    match channel_data {
        Some(data) => format!("{socket_id}:{channel}:{data}"),
        None => format!("{socket_id}:{channel}"),
    }
}

fn user_string(socket_id: &str, user_data: &str) -> String {
    format!("{socket_id}::user::{user_data}")
}
