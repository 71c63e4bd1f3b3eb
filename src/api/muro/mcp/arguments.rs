//! What the tools take. What is not named here is refused: an agent that made up an argument would take
//! silence for consent.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::muro::body::present;
use crate::api::muro::messages::Kind;

/// Which conversations are asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListConversations {
    /// Only conversations that stand so.
    #[schemars(extend("enum" = ["open", "closed", "snoozed", null]))]
    pub(super) status: Option<String>,
    /// Words to look for in messages, notes, and the names and e-mail addresses of visitors.
    #[schemars(length(max = 128))]
    pub(super) q: Option<String>,
    /// Most conversations of one page.
    #[schemars(range(min = 1, max = 100), extend("default" = 25))]
    pub(super) limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[schemars(length(max = 1024))]
    pub(super) cursor: Option<String>,
}

/// The conversation that is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetConversation {
    /// `cnv_…`
    pub(super) id: String,
}

/// What is to be said.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendReply {
    /// `cnv_…`
    pub(super) conversation_id: String,
    /// The text: at most 32 KB.
    #[schemars(length(min = 1))]
    pub(super) content: String,
    /// `agent` is an answer that the visitor sees, `note` is seen by the organization alone.
    #[serde(default)]
    pub(super) kind: Kind,
}

/// What is to be otherwise of a conversation, any part of it.
#[expect(clippy::option_option, reason = "null takes away, what is missing stays")]
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateConversation {
    /// `cnv_…`
    pub(super) id: String,
    /// Where it is to stand.
    #[schemars(extend("enum" = ["open", "closed", "snoozed", null]))]
    pub(super) status: Option<String>,
    /// All its tags: those that are left out are taken off.
    #[schemars(length(max = 50), inner(length(min = 1, max = 64)))]
    pub(super) tags: Option<Vec<String>>,
    /// `usr_…` of the agent who is to have it; null is nobody.
    #[serde(default, deserialize_with = "present")]
    pub(super) assigned_user_id: Option<Option<String>>,
}

/// Which contacts are asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListContacts {
    /// `web_…`: only those who came to this website.
    pub(super) website_id: Option<String>,
    /// Most contacts of one page.
    #[schemars(range(min = 1, max = 100), extend("default" = 25))]
    pub(super) limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[schemars(length(max = 1024))]
    pub(super) cursor: Option<String>,
}

/// The contact who is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetContact {
    /// `vis_…`
    pub(super) id: String,
}

/// Nothing: there are few websites.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListSites {}

/// What is to be otherwise of a website, any part of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateSite {
    /// `web_…`
    pub(super) id: String,
    /// What agents call it.
    #[schemars(length(min = 1, max = 200))]
    pub(super) name: Option<String>,
    /// Where it is; an empty text says that nobody knows.
    #[schemars(length(max = 2048))]
    pub(super) url: Option<String>,
}
