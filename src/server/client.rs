//! Who is at the other end of a connection: the client itself, or a proxy that speaks for others.

use std::net::IpAddr;

use axum::http::{HeaderMap, Request};

use crate::client_address::{ClientAddress, OverTls};
use crate::config::{IpRange, any_contains};

/// The other end of a connection.
#[derive(Debug)]
pub(super) struct Client {
    address: IpAddr,
    /// The proxies that are believed, when it is one of them.
    trusted: Option<Vec<IpRange>>,
}

impl Client {
    pub(super) fn new(address: IpAddr, trusted_proxies: &[IpRange]) -> Self {
        let is_trusted = any_contains(trusted_proxies, address);
        Self { address, trusted: is_trusted.then(|| trusted_proxies.to_vec()) }
    }

    /// Notes on a request where it comes from.
    pub(super) fn mark<B>(&self, request: &mut Request<B>) {
        let trusted = self.trusted.as_deref();
        let client = trusted.and_then(|proxies| forwarded(request.headers(), proxies));
        request.extensions_mut().insert(ClientAddress(client.unwrap_or(self.address)));
        if trusted.is_some() && is_over_tls(request.headers()) {
            request.extensions_mut().insert(OverTls);
        }
    }
}

/// The address that trusted proxies say a request comes from: the last one in `X-Forwarded-For` that
/// is not itself a trusted proxy. What stands before it, anyone could have written.
fn forwarded(headers: &HeaderMap, proxies: &[IpRange]) -> Option<IpAddr> {
    let values = headers.get_all("x-forwarded-for").iter();
    let text: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
    let hops = text.iter().rev().flat_map(|value| value.rsplit(','));
    hops.map_while(|hop| hop.trim().parse::<IpAddr>().ok()).find(|hop| !any_contains(proxies, *hop))
}

/// Whether the nearest proxy says that it was reached over TLS.
fn is_over_tls(headers: &HeaderMap) -> bool {
    let protocol = headers.get_all("x-forwarded-proto").iter().next_back();
    let nearest = protocol.and_then(|value| value.to_str().ok()?.rsplit(',').next());
    nearest.is_some_and(|name| name.trim().eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        let proxies: Vec<IpRange> = vec!["10.0.0.0/8".parse().unwrap()];
        let client = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", text.parse().unwrap());
            forwarded(&headers, &proxies).map(|address| address.to_string())
        };
        assert_eq!(client("203.0.113.9").as_deref(), Some("203.0.113.9"));
        assert_eq!(client("1.1.1.1, 203.0.113.9, 10.0.0.2").as_deref(), Some("203.0.113.9"));
        assert_eq!(client("10.0.0.2"), None);
        assert_eq!(client("nonsense"), None);
    }
}
