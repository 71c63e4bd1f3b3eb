//! The query of a request: everything in it is signed, but for the signature.

use switchboard_protocol::pusher::SignedRequest;

use super::error::Error;

/// The parameters, percent-decoded once, in the order they came; the names are in lower case, as
/// they are signed.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query; any text is one.
    pub(super) fn parse(text: &str) -> Self {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        Self(pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned())).collect())
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// 400 when it was given twice: nobody could tell which of the two was meant.
    pub(super) fn get(&self, name: &str) -> Result<Option<&str>, Error> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            return Err(Error::bad_request(format!("{name}: is given twice; send it once")));
        }
        Ok(value)
    }

    /// The signed part of a request with these parameters; the rest of it is still to be filled in.
    pub(super) fn signed(&self) -> SignedRequest<'_, String> {
        SignedRequest { method: "", path: "", params: &self.0, body: &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_exactly_once() {
        let query = Query::parse("INFO=user_count%2Csubscription_count&x=%2541&y=a+b&&z");
        assert_eq!(query.get("info").unwrap(), Some("user_count,subscription_count"));
        assert_eq!(query.get("x").unwrap(), Some("%41"));
        assert_eq!(query.get("y").unwrap(), Some("a b"));
        assert_eq!(query.get("z").unwrap(), Some(""));
        assert_eq!(query.get("missing").unwrap(), None);
    }

    #[test]
    fn a_parameter_given_twice_means_nothing() {
        assert_eq!(Query::parse("info=a&Info=b").get("info").unwrap_err().status(), 400);
    }
}
