//! `switchboard keys`

use std::io::Write;

use anyhow::{Context as _, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{CreateKey, KeysCommand, day};
use crate::clock::Clock;
use crate::domain::{ApiKey, ChannelId, Dialect, Timestamp};
use crate::service::{CreateMuroKey, KeyOwner, NewKey, Services};

pub(super) async fn run(
    services: &Services,
    command: KeysCommand,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        KeysCommand::Create(asked) => {
            let new = create(services, asked).await?;
            writeln!(out, "{}", new.key.expose())?;
            writeln!(out, "Keep it now, it is not shown again. Its id is {}.", new.kept.id)?;
        }
        KeysCommand::List => {
            let keys = services.list_keys().await?;
            if keys.is_empty() {
                writeln!(out, "There are no keys. Make one: switchboard keys create --help")?;
            }
            keys.iter().try_for_each(|key| list(key, Clock::System.now(), out))?;
        }
        KeysCommand::Revoke { id } => {
            let id = id.parse().with_context(|| format!("`{id}` is not the id of a key"))?;
            let key = services.revoke_key(id).await?;
            writeln!(out, "{} ({}…) opens nothing any more.", key.name, key.prefix)?;
        }
    }
    Ok(())
}

/// A key with scopes is one of REST v1; a key without acts as an agent in everything.
async fn create(services: &Services, asked: CreateKey) -> anyhow::Result<NewKey> {
    let owner = match (asked.agent, asked.organization) {
        (Some(email), _) if asked.scope.is_empty() => {
            return Ok(services.create_agent_key(&email, &asked.name).await?);
        }
        (Some(email), _) => KeyOwner::Agent(email),
        (None, Some(organization)) => KeyOwner::Organization(organization),
        (None, None) => bail!("say whose it is: --agent or --organization"),
    };
    let expires_at = asked.expires.as_deref().map(read_end).transpose()?;
    let website = asked.website.as_deref().map(read_website).transpose()?;
    let request =
        CreateMuroKey { owner, name: asked.name, scopes: asked.scope, expires_at, website };
    Ok(services.create_muro_key(request).await?)
}

/// A day, which is the first on which the key does not work, or a moment.
fn read_end(text: &str) -> anyhow::Result<Timestamp> {
    let at = match text.parse::<Date>() {
        Ok(day) if text.len() == "2027-01-31".len() => day.to_zoned(TimeZone::UTC)?.timestamp(),
        _ => text.parse::<jiff::Timestamp>().with_context(|| {
            format!("`{text}` is neither a day (2027-01-31) nor a moment (2027-01-31T12:00:00Z)")
        })?,
    };
    Ok(Timestamp::from_micros(at.as_microsecond()))
}

fn read_website(text: &str) -> anyhow::Result<ChannelId> {
    text.parse().with_context(|| format!("`{text}` is not the id of a website"))
}

fn list(key: &ApiKey, now: Timestamp, out: &mut impl Write) -> anyhow::Result<()> {
    let state = match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {}", day(at)),
        (None, Some(at)) if at <= now => format!("expired {}", day(at)),
        (None, Some(at)) => format!("valid until {}", day(at)),
        (None, None) => "valid".to_owned(),
    };
    let purpose = match key.dialect {
        Dialect::Muro => key.scopes.join(","),
        Dialect::Platform | Dialect::Munin => key.kind.to_string(),
    };
    let (id, prefix, name, dialect) = (key.id, &key.prefix, &key.name, key.dialect);
    let made = day(key.created_at);
    writeln!(out, "{id}  {prefix}…  {dialect} {purpose}  made {made}  {state}  {name}")?;
    Ok(())
}
