//! Signatures by which a site vouches for its visitors.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::Secret;
use super::token::hex;

/// The signature of a visitor's id: HMAC-SHA256 under the channel's identity secret, in hex.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "every key is taken")]
pub fn identity_signature(secret: &Secret, source_id: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(source_id.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// Whether `signature` (hex, either case) is the one of `source_id`, in a time that tells nothing.
#[must_use]
pub fn verify_identity(secret: &Secret, source_id: &str, signature: &str) -> bool {
    let expected = identity_signature(secret, source_id);
    let given = signature.to_ascii_lowercase();
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn a_signature_is_the_published_one() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let secret = Secret::new("Jefe");
        let text = "what do ya want for nothing?";
        assert_eq!(identity_signature(&secret, text), expected);
        assert!(verify_identity(&secret, text, &expected.to_uppercase()));
        assert!(!verify_identity(&secret, text, ""));
        assert!(!verify_identity(&secret, "other", expected));
    }
}
