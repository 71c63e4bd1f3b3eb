//! What is allowed on an application.

use serde::{Deserialize, Serialize};

use super::{PusherLimits, PusherWebhook};

/// The settings of an application, whole: defaults and what differs from them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, under its own name"
)]
pub struct PusherSettings {
    /// Whether clients may send events to each other.
    pub client_events: bool,
    /// Whether subscribers hear how many they are.
    pub subscription_count: bool,
    /// Whether a connection must prove in time who it is.
    pub authorized_connections: bool,
    /// Whether connections without TLS are refused.
    pub tls_only: bool,
    /// The origins whose pages may connect, as browsers write them. Empty: any.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// Who is told of its channels.
    #[serde(default)]
    pub webhooks: Vec<PusherWebhook>,
    /// Whether webhooks take several events in one request.
    pub batch_webhooks: bool,
    /// How much it may do.
    #[serde(flatten)]
    pub limits: PusherLimits,
}

impl PusherSettings {
    /// Whether a page of `origin` may connect. Programs, which have no origin, always may: the list
    /// holds browsers to it, and nobody else.
    #[must_use]
    pub fn allow_origin(&self, origin: Option<&str>) -> bool {
        self.allowed_origins.is_empty()
            || origin.is_none_or(|origin| {
                self.allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_origins_holds_browsers_alone() {
        let allowed_origins = vec!["https://shop.example".to_owned()];
        let settings = PusherSettings { allowed_origins, ..PusherSettings::default() };
        assert!(settings.allow_origin(Some("https://shop.example")));
        assert!(settings.allow_origin(None));
        for origin in ["https://shop.example.evil.test", "http://shop.example", "null"] {
            assert!(!settings.allow_origin(Some(origin)), "{origin}");
        }
        assert!(PusherSettings::default().allow_origin(Some("https://any.example")));
    }
}
