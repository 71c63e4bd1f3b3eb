//! The signature of a request to the HTTP API.

use md5::{Digest, Md5};

use super::Token;

/// How far a request's `auth_timestamp` may be from the server's clock, in seconds.
pub const TIMESTAMP_TOLERANCE_S: u64 = 600;

/// The only `auth_version` there is.
const VERSION: &str = "1.0";

/// The parts of a request that its signature covers.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a, S> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The path exactly as it was requested, still percent-encoded, with any prefix.
    pub path: &'a str,
    /// The parameters of the query in any order, percent-decoded once.
    pub params: &'a [(S, S)],
    /// The raw body.
    pub body: &'a [u8],
}

/// Why a request is not believed to be its application's, in words for its developer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRequestAuth {
    /// A parameter is missing.
    #[error("{0}: expected this parameter in the query")]
    Missing(&'static str),
    /// `auth_key` names another app than the path does.
    #[error("auth_key: expected the key of the app in the path")]
    Key,
    /// `auth_version` is another one.
    #[error("auth_version: expected {VERSION}")]
    Version,
    /// `auth_timestamp` is no number.
    #[error("auth_timestamp: expected seconds since 1970")]
    Timestamp,
    /// The body is another one than was signed.
    #[error("body_md5: expected {expected}, the MD5 hex digest of the body")]
    BodyMd5 {
        /// The digest of the body that came.
        expected: String,
    },
    /// The signature was made with another secret or over something else.
    #[error(
        "auth_signature: expected the HMAC-SHA256 hex digest of {string_to_sign:?} \
         with the secret of the app"
    )]
    Signature {
        /// What should have been signed. Holds nothing but what the request sent.
        string_to_sign: String,
    },
}

impl<S: AsRef<str>> SignedRequest<'_, S> {
    /// Whether the app signed this request. Gives its `auth_timestamp`, in seconds since 1970: the
    /// caller refuses one further than [`TIMESTAMP_TOLERANCE_S`] from now.
    ///
    /// # Errors
    /// The first thing that is wrong. Nothing can be learned of the right signature from the time
    /// this takes.
    pub fn verify(&self, token: &Token<'_>) -> Result<i64, BadRequestAuth> {
        self.verify_body()?;
        self.verify_head(token)
    }

    /// As [`verify`](Self::verify), without a look at the body: the signature covers its digest. So a
    /// server can turn strangers away before it reads what they send; [`verify_body`](Self::verify_body)
    /// says the rest.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify_head(&self, token: &Token<'_>) -> Result<i64, BadRequestAuth> {
        if self.required("auth_key")? != token.key() {
            return Err(BadRequestAuth::Key);
        }
        if self.required("auth_version")? != VERSION {
            return Err(BadRequestAuth::Version);
        }
        let timestamp_s = self.required("auth_timestamp")?;
        let timestamp_s = timestamp_s.parse().map_err(|_| BadRequestAuth::Timestamp)?;
        let signature = self.required("auth_signature")?;
        let string_to_sign = self.string_to_sign();
        if !token.verifies(string_to_sign.as_bytes(), signature) {
            return Err(BadRequestAuth::Signature { string_to_sign });
        }
        Ok(timestamp_s)
    }

    /// The `auth_signature` of this request; one among its parameters is not looked at.
    #[must_use]
    pub fn sign(&self, token: &Token<'_>) -> String {
        token.sign(self.string_to_sign().as_bytes())
    }

    /// What is signed: method, path and the parameters without `auth_signature`, sorted by their
    /// names in lower case, their values as they are.
    #[must_use]
    pub fn string_to_sign(&self) -> String {
        let mut params: Vec<_> = self
            .params
            .iter()
            .map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.as_ref()))
            .filter(|(name, _)| name != "auth_signature")
            .collect();
        params.sort_by(|(a, _), (b, _)| a.cmp(b));
        let params: Vec<_> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}\n{}\n{}", self.method, self.path, params.join("&"))
    }

    /// Whether the body is the one whose digest is among the parameters. The signature covers the body
    /// only by its digest, so a body without one was never signed.
    ///
    /// # Errors
    /// `BodyMd5`, or `Missing` when there is a body and no digest.
    pub fn verify_body(&self) -> Result<(), BadRequestAuth> {
        let Some(claimed) = self.param("body_md5") else {
            let missing = BadRequestAuth::Missing("body_md5");
            return if self.body.is_empty() { Ok(()) } else { Err(missing) };
        };
        let expected = body_md5(self.body);
        if claimed.eq_ignore_ascii_case(&expected) {
            Ok(())
        } else {
            Err(BadRequestAuth::BodyMd5 { expected })
        }
    }

    fn required(&self, name: &'static str) -> Result<&str, BadRequestAuth> {
        self.param(name).ok_or(BadRequestAuth::Missing(name))
    }

    fn param(&self, name: &str) -> Option<&str> {
        let mut params = self.params.iter();
        let (_, value) = params.find(|(other, _)| other.as_ref().eq_ignore_ascii_case(name))?;
        Some(value.as_ref())
    }
}

/// The `body_md5` parameter of a request with this body: its MD5 in hexadecimal digits.
#[must_use]
pub fn body_md5(body: &[u8]) -> String {
    hex::encode(Md5::digest(body))
}
