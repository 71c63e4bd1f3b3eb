//! What a rule has done.

use serde::{Deserialize, Serialize};

use crate::domain::text::check_chars;
use crate::domain::{ConversationStatus, Invalid, Tags, UserId};

/// Most actions of one rule.
const ACTIONS_MAX: usize = 10;
/// Most bytes of a reply.
const REPLY_BYTES_MAX: usize = 32 * 1024;

/// One action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Action {
    /// The conversation gets a tag, if it does not have it.
    AddTag(String),
    /// The conversation is given to an agent, whoever has it.
    Assign(UserId),
    /// The conversation is opened, closed or snoozed.
    SetStatus(ConversationStatus),
    /// The visitor gets an answer, in nobody's name.
    Reply(String),
}

/// An action as it is written.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Written {
    AddTag {
        value: String,
    },
    Assign {
        user_id: String,
    },
    /// The documents name the action and not its field, so both names are read.
    SetStatus {
        #[serde(alias = "status")]
        value: String,
    },
    Reply {
        text: String,
    },
}

impl TryFrom<Written> for Action {
    type Error = Invalid;

    fn try_from(written: Written) -> Result<Self, Invalid> {
        match written {
            Written::AddTag { value } => tag(value).map(Self::AddTag),
            Written::Assign { user_id } => {
                let id = user_id
                    .parse()
                    .map_err(|_| Invalid::new("user_id", "must be the id of an agent"));
                id.map(Self::Assign)
            }
            Written::SetStatus { value } => value.parse().map(Self::SetStatus),
            Written::Reply { text } => reply(text).map(Self::Reply),
        }
    }
}

impl From<Action> for Written {
    fn from(action: Action) -> Self {
        match action {
            Action::AddTag(value) => Self::AddTag { value },
            Action::Assign(id) => Self::Assign { user_id: id.prefixed("usr_") },
            Action::SetStatus(status) => Self::SetStatus { value: status.as_str().to_owned() },
            Action::Reply(text) => Self::Reply { text },
        }
    }
}

/// A tag as conversations carry it.
fn tag(value: String) -> Result<String, Invalid> {
    let tags =
        Tags::new([value]).map_err(|invalid| Invalid { field: "value".to_owned(), ..invalid })?;
    Ok(tags.as_slice().concat())
}

fn reply(text: String) -> Result<String, Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new("text", "must not be blank"));
    }
    if text.len() > REPLY_BYTES_MAX {
        return Err(Invalid::new("text", format!("must be at most {REPLY_BYTES_MAX} bytes")));
    }
    check_chars("text", &text, REPLY_BYTES_MAX)?;
    Ok(text)
}

/// The actions of a rule, in their order: at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Action>")]
pub struct Actions(Vec<Action>);

impl Actions {
    /// The actions in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[Action] {
        &self.0
    }

    /// The agents whom conversations are given to.
    pub fn assignees(&self) -> impl Iterator<Item = UserId> {
        self.0.iter().filter_map(|action| match action {
            Action::Assign(id) => Some(*id),
            Action::AddTag(_) | Action::SetStatus(_) | Action::Reply(_) => None,
        })
    }
}

impl TryFrom<Vec<Action>> for Actions {
    type Error = String;

    fn try_from(actions: Vec<Action>) -> Result<Self, String> {
        if (1..=ACTIONS_MAX).contains(&actions.len()) {
            return Ok(Self(actions));
        }
        Err(format!("must be 1 to {ACTIONS_MAX}"))
    }
}
