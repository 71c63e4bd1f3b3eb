//! Where clients come in.

use super::Demo;

/// An address with a server behind it, and who may enter: a server's own, or that of a proxy in front of
/// several.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// `http://127.0.0.1:PORT`
    pub(crate) base_url: String,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    /// The organization the tests play in.
    pub(crate) demo: Demo,
    /// The same, as the command printed it: for scripts in other languages.
    pub(crate) demo_json: String,
}

impl Door {
    /// The door at this address, for those who may enter by this one.
    pub(crate) fn at(&self, address: &str) -> Self {
        let address = address.to_owned();
        Self { base_url: format!("http://{address}"), address, ..self.clone() }
    }
}
