//! Automation rules: when something happens in a conversation and the conditions hold, the actions are due.
//!
//! - [`condition`]: what has to hold, and whether it does;
//! - [`action`]: what is due then;
//! - [`facts`]: what conditions look at;
//! - [`decide`]: all rules of an organization, in their order.
//!
//! Conditions and actions are kept in the database as they are written in muro's documents.

mod action;
mod condition;
mod decide;
mod facts;
mod pattern;

use serde::{Deserialize, Serialize};

pub use action::{Action, Actions};
pub use condition::{Condition, Conditions, Field, Match, Op};
pub use decide::{Due, decide};
pub use facts::Facts;

use super::text::clean_name;
use super::{Invalid, OrganizationId, RuleId, Timestamp};

/// Most rules of one organization.
pub const RULES_MAX: usize = 100;
/// Most conditions with [`Op::Matches`] in all rules of one organization: they are the only ones whose cost
/// is in the hands of who writes them.
pub const PATTERNS_MAX: usize = 20;

/// What a rule waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trigger {
    /// A conversation began.
    #[serde(rename = "conversation.created")]
    ConversationCreated,
    /// A visitor wrote. What anyone else writes starts no rule, so no rule can start itself.
    #[serde(rename = "message.created")]
    MessageCreated,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleBody {
    /// What its maker calls it.
    pub name: String,
    /// Whether it runs.
    pub enabled: bool,
    /// What it waits for.
    pub trigger: Trigger,
    /// What has to hold then.
    pub conditions: Conditions,
    /// What is done then.
    pub actions: Actions,
}

impl RuleBody {
    /// The rule with its name as people read it.
    ///
    /// # Errors
    /// A name that is blank, longer than 200 characters, or with a NUL in it.
    pub fn checked(self) -> Result<Self, Invalid> {
        let name = clean_name("name", &self.name)?;
        let name = name.ok_or_else(|| Invalid::new("name", "must not be blank"))?;
        Ok(Self { name, ..self })
    }
}

/// An automation rule of an organization. Later ones have greater ids, and run later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which rule.
    pub id: RuleId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What it says.
    pub body: RuleBody,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests;
