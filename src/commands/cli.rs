//! What can be typed.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

const APP_EXAMPLES: &str = "\
Examples:
  switchboard apps create --organization Demo --client-events
  switchboard apps create --organization Demo --name Shop --webhook https://shop.example/pusher \\
      --set presence_members_max=500 --set 'allowed_origins=[\"https://shop.example\"]'";

const KEY_EXAMPLES: &str = "\
Examples:
  switchboard keys create --agent ada@example.com --name 'nightly report'
  switchboard keys create --agent ada@example.com --name shop --scope read,write
  switchboard keys create --organization Demo --name export --scope read --expires 2027-01-31";

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
    /// Make, list and revoke the keys that let programs in
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
    /// Make, list, switch and look into the webhooks that tell programs what happens in conversations
    ///
    /// Programs can do the same with a key, under /api/v1/webhooks. It works beside a running server, which
    /// takes up every change at once.
    Webhooks {
        /// What to do with them
        #[command(subcommand)]
        command: WebhooksCommand,
    },
    /// Print the description of the REST API, /api/v1, as OpenAPI 3.1
    Openapi,
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
    Rotate(AppArg),
    /// Close an application's connections and refuse its requests, until it is enabled again
    Disable(AppArg),
    /// Let an application work again
    Enable(AppArg),
}

/// An application that is there.
#[derive(Debug, Args)]
pub struct AppArg {
    /// The application's id, as `apps list` shows it
    #[arg(value_name = "ID")]
    pub id: String,
}

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub enum WebhooksCommand {
    /// Make a webhook and print its id and, this once, its secret
    Create {
        /// Whose conversations it hears of: an organization's name or its id (org_…)
        #[arg(long, value_name = "NAME-OR-ID")]
        organization: String,
        /// Where it is told
        #[arg(long, value_name = "URL")]
        url: String,
        /// What it hears of: message.created, conversation.opened, conversation.closed or visitor.identified; can
        /// be given several times, and is everything when left out
        #[arg(long, value_name = "EVENT")]
        event: Vec<String>,
        /// The website it hears of (web_…); all of them when left out
        #[arg(long, value_name = "ID")]
        website: Option<String>,
        /// How it knows that a request is yours: muro (the default) or standard-webhooks
        #[arg(long, value_name = "STYLE")]
        signature_style: Option<String>,
    },
    /// List all webhooks
    List,
    /// Give a webhook another secret and print it; the old one signs nothing any more
    Rotate(WebhookArg),
    /// Tell a webhook nothing until it is enabled again; what waits for it is dropped
    Disable(WebhookArg),
    /// Tell a webhook again what happens
    Enable(WebhookArg),
    /// Forget a webhook and what is known of its deliveries
    Delete(WebhookArg),
    /// Show what a webhook was told last, and what it answered
    Deliveries(WebhookArg),
    /// Send something once more
    Redeliver {
        /// Who it was for
        #[command(flatten)]
        webhook: WebhookArg,
        /// What to send, as `webhooks deliveries` shows it (dlv_…)
        #[arg(value_name = "DELIVERY")]
        delivery: String,
    },
}

/// A webhook that is there.
#[derive(Debug, Args)]
pub struct WebhookArg {
    /// The webhook's id, as `webhooks list` shows it
    #[arg(value_name = "ID")]
    pub id: String,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key and print it, this once
    #[command(after_help = KEY_EXAMPLES)]
    Create(CreateKey),
    /// List all keys, the newest first
    List,
    /// Take a key back, at once and for good
    Revoke {
        /// The key's id, as `keys list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// What a key is to be.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("owner").required(true).args(["agent", "organization"])))]
pub struct CreateKey {
    /// The agent it acts as
    #[arg(long, value_name = "EMAIL")]
    pub agent: Option<String>,
    /// Whose it is where it acts as nobody: an organization's name or its id (org_…)
    #[arg(long, value_name = "NAME-OR-ID", requires = "scope")]
    pub organization: Option<String>,
    /// What you call it
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// Make a key of the REST API /api/v1 that may do this: read, write or read,write
    #[arg(long, value_name = "SCOPES", value_delimiter = ',')]
    pub scope: Vec<String>,
    /// When it stops working: a day (it does not work on that day, UTC) or a moment (2027-01-31T12:00:00Z)
    #[arg(long, value_name = "DATE", requires = "scope")]
    pub expires: Option<String>,
    /// The one website it sees (web_…)
    #[arg(long, value_name = "ID", requires = "scope")]
    pub website: Option<String>,
}
