//! `[pusher]`: how applications are, and those that the configuration brings itself.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use toml::Table;

use crate::domain::secrets::Secret;
use crate::domain::{Invalid, PusherApp, PusherOverrides, PusherSettings};
use crate::service::AppsOptions;

/// `[pusher]`
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Section")]
pub struct Pusher {
    /// Silence after which the peer is asked whether it is there.
    pub activity_timeout_ms: u64,
    /// How long it may take to answer.
    pub pong_timeout_ms: u64,
    /// How long the same signed request may come again.
    pub replay_grace_ms: u64,
    /// The applications, and how they are where nothing else is said.
    pub apps: AppsOptions,
}

/// The section as it is written.
#[derive(Deserialize)]
struct Section {
    activity_timeout_ms: u64,
    pong_timeout_ms: u64,
    replay_grace_ms: u64,
    apps: Vec<Map<String, Value>>,
    #[serde(flatten)]
    defaults: PusherSettings,
}

impl TryFrom<Section> for Pusher {
    type Error = String;

    fn try_from(section: Section) -> Result<Self, String> {
        let defaults = section.defaults;
        let apps = section.apps.into_iter().map(|named| app(named, &defaults));
        let fixed =
            apps.collect::<Result<_, _>>().map_err(|problems| told(&problems).join("\n"))?;
        Ok(Self {
            activity_timeout_ms: section.activity_timeout_ms,
            pong_timeout_ms: section.pong_timeout_ms,
            replay_grace_ms: section.replay_grace_ms,
            apps: AppsOptions { defaults, fixed },
        })
    }
}

/// Adds what is wrong with the applications of a table whose types fit.
pub(super) fn problems(table: &Table, problems: &mut Vec<String>) {
    let apps = table.get("pusher").and_then(|section| section.get("apps"));
    let apps = apps.and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut taken = HashMap::new();
    for (index, value) in apps.iter().enumerate() {
        let place = format!("pusher.apps[{index}]");
        let named = Map::deserialize(value.clone()).unwrap_or_default();
        for name in ["id", "key"] {
            let Some(text) = named.get(name).and_then(text) else { continue };
            if let Some(other) = taken.insert((name, text), place.clone()) {
                problems.push(format!("{place}.{name}: is also the {name} of {other}"));
            }
        }
        if let Err(wrong) = app(named, &PusherSettings::default()) {
            problems.extend(told(&wrong).iter().map(|problem| format!("{place}.{problem}")));
        }
    }
}

/// Reads one application: `id`, `key`, `secret`, and what it has otherwise than the defaults.
fn app(
    mut named: Map<String, Value>,
    defaults: &PusherSettings,
) -> Result<PusherApp, Vec<Invalid>> {
    let mut problems = Vec::new();
    let id = required(&mut named, "id", &mut problems);
    let key = required(&mut named, "key", &mut problems);
    let secret = required(&mut named, "secret", &mut problems);
    for (name, value) in [("id", &id), ("key", &key)] {
        if value.as_ref().is_some_and(|text| !PusherApp::is_name(text)) {
            problems.push(Invalid::new(name, "must be at most 128 letters, digits, _ or -"));
        }
    }
    let name: Option<String> = optional(&mut named, "name", "must be a string", &mut problems);
    let enabled = optional(&mut named, "enabled", "must be true or false", &mut problems);
    match (PusherOverrides::new(named), id, key, secret) {
        (Ok(overrides), Some(id), Some(key), Some(secret)) if problems.is_empty() => {
            Ok(PusherApp {
                name: name.unwrap_or_else(|| id.clone()),
                id: id.into(),
                key,
                secret: Secret::new(secret),
                organization_id: None,
                enabled: enabled.unwrap_or(true),
                settings: overrides.over(defaults),
            })
        }
        (overrides, ..) => {
            problems.extend(overrides.err().unwrap_or_default());
            Err(problems)
        }
    }
}

fn required(
    named: &mut Map<String, Value>,
    name: &str,
    problems: &mut Vec<Invalid>,
) -> Option<String> {
    let why = match named.remove(name).as_ref().map(text) {
        Some(Some(text)) if !text.is_empty() => return Some(text),
        Some(Some(_)) => "must not be empty",
        Some(None) => "must be a string",
        None => "is missing",
    };
    problems.push(Invalid::new(name, why));
    None
}

fn optional<T: DeserializeOwned>(
    named: &mut Map<String, Value>,
    name: &str,
    why: &str,
    problems: &mut Vec<Invalid>,
) -> Option<T> {
    let read = serde_json::from_value(named.remove(name)?).ok();
    if read.is_none() {
        problems.push(Invalid::new(name, why));
    }
    read
}

/// An id is often a number, and then often written as one.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        _ => None,
    }
}

fn told(problems: &[Invalid]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
