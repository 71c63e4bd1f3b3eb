//! `switchboard apps`

use std::io::Write;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};

use super::{AppArg, AppsCommand, day};
use crate::domain::{PusherApp, PusherAppId, PusherOverrides};
use crate::service::{AppView, CreateApp, Noun, ServiceError, Services};

pub(super) async fn run(
    services: &Services,
    command: AppsCommand,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        AppsCommand::Create { organization, name, client_events, webhook, set } => {
            let overrides = overrides(client_events, &webhook, &set)?;
            let request = CreateApp { organization: organization.clone(), name, overrides };
            let made = services.create_app(request).await;
            let app = made.map_err(|error| explained(error, &organization))?;
            show(&app, out)?;
            writeln!(
                out,
                "Keep the secret now; `switchboard apps rotate {}` makes another.",
                app.id
            )?;
        }
        AppsCommand::List => {
            let apps = services.list_apps().await?;
            if apps.is_empty() {
                writeln!(
                    out,
                    "There are no applications. Make one: switchboard apps create --help"
                )?;
            }
            apps.iter().try_for_each(|view| list(view, out))?;
        }
        AppsCommand::Rotate(AppArg { id }) => {
            let rotated = services.rotate_app(&PusherAppId::from(id.as_str())).await;
            let app = rotated.map_err(|error| explained(error, &id))?;
            show(&app, out)?;
            writeln!(out, "The key is as it was. The old secret opens nothing within seconds.")?;
        }
        AppsCommand::Disable(AppArg { id }) => {
            let app = set_enabled(services, &id, false).await?;
            writeln!(out, "{} ({}) takes no connections and no requests.", app.name, app.id)?;
            writeln!(
                out,
                "Those it has end within seconds. Undo it: switchboard apps enable {id}"
            )?;
        }
        AppsCommand::Enable(AppArg { id }) => {
            let app = set_enabled(services, &id, true).await?;
            writeln!(
                out,
                "{} ({}) takes connections and requests, within seconds.",
                app.name, app.id
            )?;
        }
    }
    Ok(())
}

async fn set_enabled(services: &Services, id: &str, enabled: bool) -> anyhow::Result<PusherApp> {
    let set = services.set_app_enabled(&PusherAppId::from(id), enabled).await;
    set.map_err(|error| explained(error, id))
}

/// Puts together what differs from the defaults.
fn overrides(
    client_events: bool,
    webhooks: &[String],
    set: &[String],
) -> anyhow::Result<PusherOverrides> {
    let mut named = Map::new();
    if client_events {
        named.insert("client_events".to_owned(), true.into());
    }
    if !webhooks.is_empty() {
        let webhooks: Vec<_> = webhooks.iter().map(|url| json!({ "url": url })).collect();
        named.insert("webhooks".to_owned(), webhooks.into());
    }
    for setting in set {
        let (key, value) = setting
            .split_once('=')
            .with_context(|| format!("--set {setting}: is not KEY=VALUE"))?;
        // What is no JSON is a text that was not put in quotes.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        if named.insert(key.trim().to_owned(), value).is_some() {
            bail!("{key} is given twice");
        }
    }
    PusherOverrides::new(named).map_err(|problems| {
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", told.join("\n")).context("the application cannot be made so")
    })
}

/// What to do about a refusal; `name` is what was looked for.
fn explained(error: ServiceError, name: &str) -> anyhow::Error {
    match error {
        ServiceError::NotFound(Noun::Organization) => anyhow::anyhow!(
            "there is no organization `{name}`; `switchboard apps list` shows those that have \
             applications, and `switchboard demo` makes one"
        ),
        ServiceError::NotFound(Noun::App) => anyhow::anyhow!(
            "there is no application with the id `{name}`; `switchboard apps list` shows them"
        ),
        other => other.into(),
    }
}

fn show(app: &PusherApp, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "app_id  {}", app.id)?;
    writeln!(out, "key     {}", app.key)?;
    writeln!(out, "secret  {}", app.secret.expose())?;
    Ok(())
}

fn list(view: &AppView, out: &mut impl Write) -> anyhow::Result<()> {
    let app = &view.app;
    let state = if app.enabled { "enabled " } else { "disabled" };
    let made = view.created_at.map_or_else(
        || "in the configuration".to_owned(),
        |at| {
            let organization = view.organization.as_deref().unwrap_or("nobody");
            format!("made {} for {organization}", day(at))
        },
    );
    writeln!(out, "{}  key {}  {state}  {}  {made}", app.id, app.key, app.name)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PusherSettings;

    fn read(webhooks: &[&str], set: &[&str]) -> anyhow::Result<PusherSettings> {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let overrides = overrides(true, &owned(webhooks), &owned(set))?;
        Ok(overrides.over(&PusherSettings::default()))
    }

    #[test]
    fn settings_are_given_as_text_numbers_and_lists() {
        let set = ["tls_only=true", "watchlist_max=5", r#"allowed_origins=["https://a.example"]"#];
        let settings = read(&["https://a.example/1", "https://a.example/2"], &set).unwrap();
        assert!(settings.client_events && settings.tls_only);
        assert_eq!(settings.limits.watchlist_max, 5);
        assert_eq!(settings.allowed_origins, ["https://a.example"]);
        assert_eq!(settings.webhooks.len(), 2);
    }

    #[test]
    fn what_cannot_be_set_is_told_at_once() {
        let error = format!("{:#}", read(&["here"], &["tls_only=maybe", "no_such=1"]).unwrap_err());
        for problem in ["webhooks[0].url: ", "tls_only: must be true", "no_such: is not a setting"]
        {
            assert!(error.contains(problem), "{error}");
        }
        assert!(read(&[], &["tls_only"]).unwrap_err().to_string().contains("KEY=VALUE"));
        assert!(read(&[], &["client_events=false"]).unwrap_err().to_string().contains("twice"));
    }
}
