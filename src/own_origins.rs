//! Which pages are this server's own.

/// The origins whose pages may use an agent's cookie. Browsers send it along from any page, so the
/// page must be the server's own, or one that was named.
#[derive(Clone, Debug, Default)]
pub struct OwnOrigins(Vec<String>);

impl OwnOrigins {
    /// Believes pages of these origins, each written as a browser writes it, beside those of the host
    /// a request is for.
    #[must_use]
    pub fn new(named: impl IntoIterator<Item = String>) -> Self {
        Self(named.into_iter().collect())
    }

    /// Whether a page of `origin` is one of them, for a request to `host`.
    #[must_use]
    pub fn include(&self, origin: &str, host: Option<&str>) -> bool {
        let authority = origin.split_once("://").map(|(_, rest)| rest);
        let same = authority.is_some() && authority == host;
        same || self.0.iter().any(|named| named == origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_host_and_of_named_origins_are_its_own() {
        let own = OwnOrigins::new(["https://app.example".to_owned()]);
        assert!(own.include("http://127.0.0.1:4000", Some("127.0.0.1:4000")));
        assert!(own.include("https://app.example", Some("127.0.0.1:4000")));
        for origin in ["https://evil.example", "http://app.example", "null", "127.0.0.1:4000"] {
            assert!(!own.include(origin, Some("127.0.0.1:4000")), "{origin}");
        }
        assert!(!own.include("null", None));
    }
}
