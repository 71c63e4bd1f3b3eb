//! What a client says when it opens a connection: the path and the query of `/app/{key}`.

use switchboard_protocol::pusher::Code;

/// The protocol versions that are spoken here. What changed from 5 to 7 (authentication of users, how
/// refusals are told) is all in what clients may send.
const PROTOCOLS: std::ops::RangeInclusive<u32> = 5..=7;

/// A client that wants a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// The key of the application it wants to connect to.
    pub key: String,
    protocol: Option<String>,
    version: Option<String>,
}

impl Hello {
    /// Reads the path `…/app/{key}`, whatever stands before it, and what follows the key; `None` for
    /// any other path.
    #[must_use]
    pub fn parse<'a>(path: &'a str, query: Option<&str>) -> Option<(Self, &'a str)> {
        let (_, after) = path.rsplit_once("/app/")?;
        let (key, rest) = after.split_at(after.find('/').unwrap_or(after.len()));
        let mut hello = Self { key: key.to_owned(), ..Self::default() };
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                "protocol" => hello.protocol = Some(value.into_owned()),
                "version" => hello.version = Some(value.into_owned()),
                _ => {}
            }
        }
        Some((hello, rest))
    }

    /// Whether this is a client that can be talked with.
    ///
    /// # Errors
    /// The code that says why not.
    pub fn check(&self) -> Result<(), Code> {
        let protocol = self.protocol.as_deref().ok_or(Code::NoProtocol)?;
        let protocol: u32 = protocol.parse().map_err(|_| Code::UnsupportedProtocol)?;
        if !PROTOCOLS.contains(&protocol) {
            return Err(Code::UnsupportedProtocol);
        }
        // Clients of other languages leave the version out, or count in their own way.
        let is_version = |text: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte);
            !text.is_empty() && text.len() <= 64 && text.bytes().all(known)
        };
        let valid = self.version.as_deref().is_none_or(is_version);
        if valid { Ok(()) } else { Err(Code::InvalidVersion) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<'a>(path: &'a str, query: &str) -> (Hello, &'a str) {
        Hello::parse(path, Some(query)).unwrap()
    }

    #[test]
    fn the_key_is_found_behind_any_prefix() {
        assert_eq!(parse("/app/key", "").0.key, "key");
        assert_eq!(parse("/app/app/key", "").0.key, "key");
        let (hello, rest) = parse("/some/prefix/app/key/12/abcdefgh/xhr", "");
        assert_eq!((hello.key.as_str(), rest), ("key", "/12/abcdefgh/xhr"));
        assert_eq!(Hello::parse("/apps/1/events", None), None);
        assert_eq!(Hello::parse("/application", None), None);
    }

    #[test]
    fn a_client_that_cannot_be_talked_with_is_told_why() {
        let check = |query| parse("/app/key", query).0.check();
        assert_eq!(check("protocol=7&client=js&version=8.6.0&flash=false"), Ok(()));
        assert_eq!(check("protocol=7"), Ok(()));
        assert_eq!(check("client=js&version=8.6.0"), Err(Code::NoProtocol));
        assert_eq!(check("protocol=99&version=8.6.0"), Err(Code::UnsupportedProtocol));
        assert_eq!(check("protocol=seven"), Err(Code::UnsupportedProtocol));
        assert_eq!(check("protocol=7&version="), Err(Code::InvalidVersion));
        assert_eq!(check("protocol=7&version=%00"), Err(Code::InvalidVersion));
    }
}
