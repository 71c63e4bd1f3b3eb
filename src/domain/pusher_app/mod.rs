//! A Pusher application: whose channels they are, who may sign for them, and what is allowed on them.

mod limits;
mod overrides;
mod settings;
mod webhook;

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

pub use limits::PusherLimits;
pub use overrides::PusherOverrides;
pub use settings::PusherSettings;
pub use webhook::PusherWebhook;

use super::secrets::Secret;
use super::{OccurrenceKind, OrganizationId};

/// Most characters of an id or a key.
const NAME_CHARS_MAX: usize = 128;
/// The ids of organizations' applications: nine digits, none of them a leading zero.
const GENERATED_IDS: RangeInclusive<u32> = 100_000_000..=999_999_999;

/// The id of an application, as the HTTP API has it in its paths (`/apps/482913377/…`). Those of
/// organizations' applications are decimal digits: `Pusher.forURL` reads the id as a number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PusherAppId(Arc<str>);

impl PusherAppId {
    /// A random id for an organization's application. There are few enough that another may have it.
    #[must_use]
    pub fn generate() -> Self {
        rand::random_range(GENERATED_IDS).to_string().into()
    }

    /// The id as it stands in a path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for PusherAppId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for PusherAppId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for PusherAppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PusherAppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PusherAppId({})", self.0)
    }
}

/// An application: a space of channels of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PusherApp {
    /// What servers name it by.
    pub id: PusherAppId,
    /// What people call it.
    pub name: String,
    /// What clients name it by; public, and unique on this server.
    pub key: String,
    /// Signs subscriptions, requests and webhooks.
    pub secret: Secret,
    /// Whose it is; `None` for one from the configuration.
    pub organization_id: Option<OrganizationId>,
    /// Whether it takes connections and requests.
    pub enabled: bool,
    /// What is allowed on it.
    pub settings: PusherSettings,
}

impl PusherApp {
    /// Whether a text can be the id or the key of an application: it stands in paths as it is.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        (1..=NAME_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_plain)
    }

    /// Whether one of its webhooks wants to hear of this on `channel`.
    #[must_use]
    pub fn wants(&self, kind: &OccurrenceKind, channel: &str) -> bool {
        self.settings.webhooks.iter().any(|webhook| webhook.wants(kind, channel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(webhooks: Vec<PusherWebhook>) -> PusherApp {
        PusherApp {
            id: "1".into(),
            name: "test".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("hunter2"),
            organization_id: None,
            enabled: true,
            settings: PusherSettings { webhooks, ..PusherSettings::default() },
        }
    }

    #[test]
    fn an_app_wants_what_one_of_its_webhooks_wants() {
        let of_members = PusherWebhook {
            events: vec!["member_added".to_owned()],
            channel_prefix: "presence-".to_owned(),
            ..PusherWebhook::to("https://a.example/hook")
        };
        let of_caches = PusherWebhook {
            channel_suffix: "-prices".to_owned(),
            ..PusherWebhook::to("https://b.example/hook")
        };
        let app = app(vec![of_members, of_caches]);
        let joined = OccurrenceKind::MemberAdded { user_id: "7".to_owned() };
        assert!(app.wants(&joined, "presence-room"));
        assert!(!app.wants(&joined, "private-room"));
        assert!(!app.wants(&OccurrenceKind::Occupied, "presence-room"));
        assert!(app.wants(&OccurrenceKind::Occupied, "cache-prices"));
        assert!(!self::app(Vec::new()).wants(&OccurrenceKind::Occupied, "cache-prices"));
    }

    #[test]
    fn a_generated_id_is_the_number_that_sdks_make_of_it() {
        let id = PusherAppId::generate();
        assert_eq!(id.as_str().parse::<u32>().unwrap().to_string(), id.as_str());
        assert!(PusherApp::is_name(id.as_str()));
    }

    #[test]
    fn a_name_stands_in_a_path_as_it_is() {
        assert!(PusherApp::is_name("My_app-1"));
        for text in ["", "a/b", "a b", "ä", "a\0", &"x".repeat(129)] {
            assert!(!PusherApp::is_name(text), "{text:?}");
        }
    }

    #[test]
    fn an_app_does_not_show_its_secrets() {
        let headers = [("Authorization".to_owned(), "Bearer hunter3".to_owned())].into();
        let webhook =
            PusherWebhook { headers, ..PusherWebhook::to("https://u:hunter4@a.example/") };
        let shown = format!("{:?}", app(vec![webhook]));
        assert!(!shown.contains("hunter"), "{shown}");
        assert!(shown.contains("https://a.example"), "{shown}");
    }
}
