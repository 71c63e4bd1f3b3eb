//! A channel as programs know it.

use super::ChannelId;

/// A website, or another way in for visitors, in the words of programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Website {
    /// The channel.
    pub id: ChannelId,
    /// What agents call it.
    pub name: String,
    /// Where it is; empty when nobody said so.
    pub url: String,
}
