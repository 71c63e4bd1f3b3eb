//! What `switchboard demo --json` prints, as far as these tests read it.

use serde::Deserialize;

/// A demo organization with everything needed to talk to it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Demo {
    pub(crate) organization_id: String,
    pub(crate) agents: Vec<DemoAgent>,
    pub(crate) platform: DemoPlatform,
    pub(crate) muro: DemoMuro,
    pub(crate) pusher: DemoPusher,
}

/// Someone who can log in.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DemoAgent {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) password: String,
}

/// The web channel and its credentials.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DemoPlatform {
    pub(crate) channel_id: String,
    pub(crate) mobile_channel_id: String,
    pub(crate) embed_token: String,
    pub(crate) agent_key: String,
}

/// Keys of REST v1.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DemoMuro {
    pub(crate) key: String,
    pub(crate) read_key: String,
    pub(crate) website_id: String,
}

/// The organization's Pusher application.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DemoPusher {
    pub(crate) app_id: String,
    pub(crate) key: String,
    pub(crate) secret: String,
}

/// The plain, hyphenated form of a prefixed id: `usr_0199…` is how the demo names an agent, the
/// platform dialect shows the UUID alone.
pub(crate) fn plain_id(id: &str) -> String {
    let digits = id.rsplit('_').next().expect("a split has a last part");
    uuid::Uuid::parse_str(digits).unwrap_or_else(|_| panic!("{id} is an id")).to_string()
}
