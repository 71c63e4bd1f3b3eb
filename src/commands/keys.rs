//! `switchboard keys`

use std::io::Write;

use anyhow::Context as _;

use super::{KeysCommand, day};
use crate::domain::ApiKey;
use crate::service::Services;

pub(super) async fn run(
    services: &Services,
    command: KeysCommand,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        KeysCommand::Create { agent, name } => {
            let new = services.create_agent_key(&agent, &name).await?;
            writeln!(out, "{}", new.key.expose())?;
            writeln!(out, "Keep it now, it is not shown again. Its id is {}.", new.kept.id)?;
        }
        KeysCommand::List => {
            let keys = services.list_agent_keys().await?;
            if keys.is_empty() {
                writeln!(out, "There are no keys. Make one: switchboard keys create --help")?;
            }
            keys.iter().try_for_each(|key| list(key, out))?;
        }
        KeysCommand::Revoke { id } => {
            let id = id.parse().with_context(|| format!("`{id}` is not the id of a key"))?;
            let key = services.revoke_key(id).await?;
            writeln!(out, "{} ({}…) opens nothing any more.", key.name, key.prefix)?;
        }
    }
    Ok(())
}

fn list(key: &ApiKey, out: &mut impl Write) -> anyhow::Result<()> {
    let state =
        key.revoked_at.map_or_else(|| "valid".to_owned(), |at| format!("revoked {}", day(at)));
    let (id, prefix, name) = (key.id, &key.prefix, &key.name);
    writeln!(out, "{id}  {prefix}…  made {}  {state}  {name}", day(key.created_at))?;
    Ok(())
}
