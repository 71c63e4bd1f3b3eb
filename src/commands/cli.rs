//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

const APP_EXAMPLES: &str = "\
Examples:
  switchboard apps create --organization Demo --client-events
  switchboard apps create --organization Demo --name Shop --webhook https://shop.example/pusher \\
      --set presence_members_max=500 --set 'allowed_origins=[\"https://shop.example\"]'";

const EXAMPLES: &str = "\
Examples:
  switchboard                          run a node: http://127.0.0.1:4000, SQLite in ./switchboard.db
  switchboard demo                     make an organization to try it with, and say how to log in
  switchboard serve --config my.toml   run a node with another configuration
  switchboard doctor                   check everything a node needs, and say what to change

Configuration:
  Every setting has a default. A file given with --config names what differs, and the environment goes over
  both: SWITCHBOARD__SECTION__KEY, lists as JSON. The settings most often changed:
    SWITCHBOARD__SERVER__LISTEN       address and port            [default: 127.0.0.1:4000]
    SWITCHBOARD__SERVER__PUBLIC_URL   how browsers reach it       [default: http:// and the address]
    SWITCHBOARD__DATABASE__URL        sqlite://… or postgres://…  [default: sqlite://switchboard.db]
    SWITCHBOARD__LOG__FORMAT          human or json               [default: human]
  All of them are explained in config.default.toml.";

/// A self-hosted realtime hub for customer conversations.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Cli {
    /// Configuration file (TOML); names only what differs from the default
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do; `serve` when left out
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a node until it is told to stop (the default)
    Serve,
    /// Make the demo organization if it is not there, and print its credentials
    ///
    /// Passwords, keys and tokens are kept as hashes only, so each call makes new ones, and those of the
    /// call before stop working. It works beside a running server too.
    Demo {
        /// Print one JSON object with every credential and address
        #[arg(long)]
        json: bool,
        /// Another organization, to see that the two are kept apart
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Bring the database up to date and exit
    Migrate,
    /// Make, list and revoke the keys that let programs act as an agent
    Keys {
        /// What to do with them
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Make, list, rotate and disable the applications that Pusher's clients and SDKs connect to
    ///
    /// Each organization has one from the start. Applications can also be named in the configuration, under
    /// [[pusher.apps]]. It works beside a running server, which takes up every change within seconds.
    Apps {
        /// What to do with them
        #[command(subcommand)]
        command: AppsCommand,
    },
    /// Check configuration, database, clock and file limits; say what to change
    Doctor,
}

/// What to do with Pusher applications.
#[derive(Debug, Subcommand)]
pub enum AppsCommand {
    /// Make an application and print its id, key and secret
    #[command(after_help = APP_EXAMPLES)]
    Create {
        /// Whose it is: an organization's name or its id (org_…)
        #[arg(long, value_name = "NAME-OR-ID")]
        organization: String,
        /// What you call it; the organization's name when left out
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// Let clients send events to each other
        #[arg(long)]
        client_events: bool,
        /// Tell this address of every event on its channels; can be given several times
        #[arg(long, value_name = "URL")]
        webhook: Vec<String>,
        /// Set anything else the section `pusher` has in config.default.toml, lists as JSON; can be given several times
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
    },
    /// List all applications, those of the configuration first
    List,
    /// Give an application another secret and print it; the old one stops working within seconds
    Rotate {
        /// The application's id, as `apps list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Close an application's connections and refuse its requests, until it is enabled again
    Disable {
        /// The application's id, as `apps list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Let an application work again
    Enable {
        /// The application's id, as `apps list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key and print it, this once
    Create {
        /// Whom the key acts as
        #[arg(long, value_name = "EMAIL")]
        agent: String,
        /// What you call it
        #[arg(long, value_name = "TEXT")]
        name: String,
    },
    /// List all keys, the newest first
    List,
    /// Take a key back, at once and for good
    Revoke {
        /// The key's id, as `keys list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}
