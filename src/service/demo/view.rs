//! What `switchboard demo` prints.

use serde::Serialize;

/// Every credential and address of the demo organization, as `switchboard demo --json` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct DemoView {
    /// Where the server is.
    pub base_url: String,
    /// The organization (`org_…`).
    pub organization_id: String,
    /// Its agents.
    pub agents: Vec<DemoAgent>,
    /// Credentials of the muro dialect.
    pub muro: DemoMuro,
    /// Credentials of the munin dialect.
    pub munin: DemoMunin,
    /// Credentials of the platform dialect.
    pub platform: DemoPlatform,
    /// Credentials of the chatwoot dialect.
    pub chatwoot: DemoChatwoot,
    /// Credentials of the Pusher application.
    pub pusher: DemoPusher,
    /// Pages to open.
    pub urls: DemoUrls,
}

/// An agent of the demo.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAgent {
    /// `usr_…`.
    pub id: String,
    /// What to log in with.
    pub email: String,
    /// Its password.
    pub password: String,
}

/// Credentials of the muro dialect.
#[derive(Clone, Debug, Serialize)]
pub struct DemoMuro {
    /// Reads and writes.
    pub key: String,
    /// Reads.
    pub read_key: String,
    /// `web_…`.
    pub website_id: String,
    /// `wgt_…`.
    pub widget_id: String,
}

/// Credentials of the munin dialect.
#[derive(Clone, Debug, Serialize)]
pub struct DemoMunin {
    /// Administers.
    pub admin_key: String,
    /// `cch_…`.
    pub channel_id: String,
    /// Brings in visitors.
    pub widget_key: String,
}

/// Credentials of the platform dialect.
#[derive(Clone, Debug, Serialize)]
pub struct DemoPlatform {
    /// The web channel.
    pub channel_id: String,
    /// Its embed token.
    pub embed_token: String,
    /// The mobile channel.
    pub mobile_channel_id: String,
    /// A key that acts as the first agent.
    pub agent_key: String,
}

/// Credentials of the chatwoot dialect.
#[derive(Clone, Debug, Serialize)]
pub struct DemoChatwoot {
    /// Names the web channel.
    pub website_token: String,
    /// Signs visitors' ids.
    pub hmac_token: String,
}

/// Credentials of the Pusher application.
#[derive(Clone, Debug, Serialize)]
pub struct DemoPusher {
    /// Names it in the HTTP API.
    pub app_id: String,
    /// Names it to clients.
    pub key: String,
    /// Signs.
    pub secret: String,
}

/// Pages to open.
#[derive(Clone, Debug, Serialize)]
pub struct DemoUrls {
    /// Where agents work.
    pub inbox: String,
    /// A page with the widget on it.
    pub widget_demo: String,
}
