//! What webhooks are signed with, and how.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use rand::RngCore;
use rand::rngs::OsRng;
use sha2::Sha256;

use super::Secret;
use super::token::hex;

const PREFIX: &str = "whsec_";
const BYTES: usize = 32;

/// A new secret, good for both signatures: `whsec_` and 256 random bits in base64.
#[must_use]
pub fn new_webhook_secret() -> Secret {
    let mut random = [0; BYTES];
    rand::TryRngCore::unwrap_err(OsRng).fill_bytes(&mut random);
    Secret::new(format!("{PREFIX}{}", BASE64.encode(random)))
}

/// The signature of the muro dialect: HMAC-SHA256 of the body, in hex. The key is the whole text of the
/// secret, `whsec_` included.
#[must_use]
pub fn muro_signature(secret: &Secret, body: &str) -> String {
    hex(&keyed_hash(secret.expose().as_bytes(), &[body]))
}

/// The signature of Standard Webhooks 1.0: HMAC-SHA256 of `id.timestamp.body`, in base64 after `v1,`. The
/// key is what stands behind `whsec_`, in base64.
#[must_use]
pub fn standard_signature(secret: &Secret, id: &str, timestamp: i64, body: &str) -> String {
    let text = secret.expose();
    let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
    // A secret of ours is base64; one that is not has nothing but its text to sign with.
    let key = BASE64.decode(encoded).unwrap_or_else(|_| text.as_bytes().to_vec());
    let timestamp = timestamp.to_string();
    let hash = keyed_hash(&key, &[id, ".", &timestamp, ".", body]);
    format!("v1,{}", BASE64.encode(hash))
}

fn keyed_hash(key: &[u8], parts: &[&str]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_vector_is_met() {
        let body = r#"{"id":"evt_1","type":"visitor.identified","organization_id":"org_1","created_at":"2026-06-07T10:00:00.000Z","data":{"visitor":{"id":"vis_1","email":"marie@example.com","name":"Marie"}}}"#;
        let expected = "a91bbd7fa27fc4fed125f343000c8ea431e99f0c6220e6c71628264fd467cee3";
        assert_eq!(body.len(), 185);
        assert_eq!(muro_signature(&Secret::new("whsec_test"), body), expected);
    }

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_vector_of_standard_webhooks_is_met() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(standard_signature(&secret, id, 1_614_265_330, body), expected);
    }

    #[test]
    fn a_secret_is_256_bits_behind_its_prefix() {
        let secret = new_webhook_secret();
        let encoded = secret.expose().strip_prefix(PREFIX).unwrap();
        assert_eq!(BASE64.decode(encoded).unwrap().len(), BYTES);
        assert_ne!(secret, new_webhook_secret());
    }
}
