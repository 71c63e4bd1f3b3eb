//! The command line.

mod apps;
mod cli;
mod demo;
mod doctor;
mod keys;
mod office;
mod webhooks;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;

pub use cli::{
    AppArg, AppsCommand, Cli, Command, CreateKey, KeysCommand, WebhookArg, WebhooksCommand,
};

use crate::api;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::service::Services;
use office::Office;

/// What is left to do once the command line is read.
#[derive(Debug)]
pub enum Next {
    /// Nothing: the command is done.
    Exit(ExitCode),
    /// Run a node.
    Serve(Box<Config>),
}

/// Does what the command line asks, and writes what it has to say to `out`.
///
/// # Errors
/// What went wrong, in words for the one who typed the command.
pub async fn run(
    cli: Cli,
    environment: impl IntoIterator<Item = (String, String)>,
    out: &mut impl Write,
) -> anyhow::Result<Next> {
    let config = Config::load(cli.config.as_deref(), environment);
    let command = cli.command.unwrap_or(Command::Serve);
    if matches!(command, Command::Doctor) {
        return Ok(Next::Exit(doctor::run(config, out).await?));
    }
    let config = config.context("the configuration has problems")?;
    if matches!(command, Command::Serve) {
        return Ok(Next::Serve(Box::new(config)));
    }
    if matches!(command, Command::Openapi) {
        let description = api::muro::description(&config.public_url());
        writeln!(out, "{description:#}")?;
        return Ok(Next::Exit(ExitCode::SUCCESS));
    }
    let office = Office::open(&config).await?;
    let done = act(&office.services, &config, command, out).await;
    office.close().await;
    done.map(|()| Next::Exit(ExitCode::SUCCESS))
}

/// Does what needs the services, and no server.
async fn act(
    services: &Services,
    config: &Config,
    command: Command,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        Command::Serve | Command::Doctor | Command::Openapi => {}
        Command::Demo { json, name } => {
            demo::run(services, &config.public_url(), json, name.as_deref(), out).await?;
        }
        // Whoever opens the office brings the database up to date.
        Command::Migrate => writeln!(out, "The database is up to date.")?,
        Command::Keys { command } => keys::run(services, command, out).await?,
        Command::Apps { command } => apps::run(services, command, out).await?,
        Command::Webhooks { command } => webhooks::run(services, command, out).await?,
    }
    Ok(())
}

/// A day, as lists show it.
fn day(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map_or_else(|_| "long ago".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}
