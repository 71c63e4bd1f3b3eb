//! What one application has otherwise than the defaults.

use std::fmt;

use serde_json::{Map, Value};

use super::{PusherSettings, PusherWebhook};
use crate::domain::{AllowedOrigins, Invalid};

/// The largest number a setting takes; each fits where it is used.
const NUMBER_MAX: u64 = u32::MAX as u64;

/// Settings of an application by their names, checked. What is not named is as the server has it,
/// and follows when the server's configuration changes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PusherOverrides(Map<String, Value>);

impl PusherOverrides {
    /// Takes settings as an operator named them, each under its name in [`PusherSettings`] or
    /// [`PusherLimits`](super::PusherLimits).
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn new(mut named: Map<String, Value>) -> Result<Self, Vec<Invalid>> {
        let known = to_map(&PusherSettings::default());
        let mut problems = Vec::new();
        for (name, value) in &mut named {
            match known.get(name) {
                Some(default) => check(name, value, default, &mut problems),
                None => problems.push(Invalid::new(name, "is not a setting")),
            }
        }
        if problems.is_empty() { Ok(Self(named)) } else { Err(problems) }
    }

    /// The settings of an application that differs in these from `defaults`.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "what is named was checked")]
    pub fn over(&self, defaults: &PusherSettings) -> PusherSettings {
        let mut settings = to_map(defaults);
        settings.extend(self.0.clone());
        serde_json::from_value(Value::Object(settings)).expect("overrides are checked when made")
    }

    /// The settings by their names, to be kept.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// Names alone: headers of webhooks may hold secrets.
impl fmt::Debug for PusherOverrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn to_map(settings: &PusherSettings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        _ => unreachable!("settings are a struct of plain values"),
    }
}

/// Checks one setting by what its default is.
fn check(name: &str, value: &mut Value, default: &Value, problems: &mut Vec<Invalid>) {
    let why = match (name, default) {
        ("webhooks", _) => return check_webhooks(value, problems),
        ("allowed_origins", _) => normalize_origins(value).err(),
        (_, Value::Bool(_)) => (!value.is_boolean()).then(|| "must be true or false".to_owned()),
        _ => number_problem(value).map(str::to_owned),
    };
    problems.extend(why.map(|why| Invalid::new(name, why)));
}

fn number_problem(value: &Value) -> Option<&'static str> {
    match value.as_u64() {
        Some(0..=NUMBER_MAX) => None,
        Some(_) => Some("is too large"),
        None => Some("must be a whole number, 0 or more"),
    }
}

/// Writes origins as browsers do, so that they can be compared as they are.
fn normalize_origins(value: &mut Value) -> Result<(), String> {
    let origins: Vec<String> = serde_json::from_value(value.clone())
        .map_err(|_| "must be a list of strings".to_owned())?;
    let origins = AllowedOrigins::new(origins).map_err(|invalid| invalid.why)?;
    *value = origins.as_slice().into();
    Ok(())
}

fn check_webhooks(value: &Value, problems: &mut Vec<Invalid>) {
    let Some(webhooks) = value.as_array() else {
        return problems.push(Invalid::new("webhooks", "must be a list of webhooks"));
    };
    for (index, webhook) in webhooks.iter().enumerate() {
        PusherWebhook::check(&format!("webhooks[{index}]"), webhook, problems);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn overrides(value: Value) -> Result<PusherOverrides, Vec<String>> {
        let Value::Object(named) = value else { panic!("an object") };
        PusherOverrides::new(named)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_not_named_is_as_the_defaults_have_it() {
        let mut defaults = PusherSettings::default();
        defaults.limits.presence_members_max = 7;
        let named = json!({
            "client_events": true, "event_bytes_max": 0,
            "allowed_origins": ["https://Shop.example:443/"],
            "webhooks": [{ "url": "https://a.example/hook" }],
        });
        let settings = overrides(named).unwrap().over(&defaults);
        assert!(settings.client_events && !settings.subscription_count);
        assert_eq!((settings.limits.event_bytes_max, settings.limits.presence_members_max), (0, 7));
        assert_eq!(settings.allowed_origins, ["https://shop.example"]);
        assert_eq!(settings.webhooks, [PusherWebhook::to("https://a.example/hook")]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let named = json!({
            "client_event": true, "tls_only": "yes", "watchlist_max": -1, "cache_ttl_ms": 1u64 << 40,
            "allowed_origins": ["shop"],
            "webhooks": [
                { "url": "ftp://a.example", "event": [] },
                { "url": "https://a.example", "events": ["channel_opened"], "channel_prefix": 1,
                  "headers": { "X-Pusher-Key": "mine", "two words": "x", "X-Line": "a\nb" } },
                { "url": "https://a.example", "headers": ["X"] },
                {}, "https://a.example",
            ],
        });
        let mut told = overrides(named).unwrap_err();
        told.sort();
        assert_eq!(
            told,
            [
                "allowed_origins: `shop` is not an origin such as https://shop.example",
                "cache_ttl_ms: is too large",
                "client_event: is not a setting",
                "tls_only: must be true or false",
                "watchlist_max: must be a whole number, 0 or more",
                "webhooks[0].event: is not a setting",
                "webhooks[0].url: must be a URL that begins with http:// or https://",
                "webhooks[1].channel_prefix: must be a string",
                "webhooks[1].events: `channel_opened` is not an event; there are channel_occupied, \
                 channel_vacated, member_added, member_removed, client_event, cache_miss, \
                 subscription_count",
                "webhooks[1].headers.X-Line: is not the value of a header",
                "webhooks[1].headers.X-Pusher-Key: is set by the server",
                "webhooks[1].headers.two words: is not the name of a header",
                "webhooks[2].headers: must be headers by their names",
                "webhooks[3].url: is missing",
                "webhooks[4]: must be a webhook with its url",
            ]
        );
    }
}
