//! What HTTP clients want before they are made, although tests speak plain HTTP.

/// Names the library that does TLS in this process, as the server does for its own clients.
pub(crate) fn provide() {
    // Another test was first; it named the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
