//! TLS towards others: what this server asks, it asks over these settings.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tracing::warn;

/// Trusts the system's certificates. A machine that has none can still reach `http://`; `what` is what
/// it cannot do over `https://`.
///
/// # Errors
/// When the system's TLS is not usable.
pub(crate) fn client(what: &str) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (known, _) = roots.add_parsable_certificates(found.certs);
    if known == 0 {
        warn!("the system has no certificates: {what} to https:// will fail");
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
