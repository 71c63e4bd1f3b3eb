//! What has to hold for a rule.

use serde::{Deserialize, Serialize};

use super::Facts;
use super::facts::Words;
use super::pattern::Pattern;
use crate::domain::Invalid;
use crate::domain::text::check_chars;

/// Most conditions of one rule.
const CONDITIONS_MAX: usize = 20;
/// Most characters of what a field is compared with.
const VALUE_CHARS_MAX: usize = 512;

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The text of the message.
    Content,
    /// Where the conversation stood when the message came: `open`, `closed` or `snoozed`.
    Status,
    /// The conversation's tags. A condition holds when it holds of one of them; `not_…` when of none.
    Tags,
    /// The website the visitor came in by (`web_…`).
    WebsiteId,
    /// The visitor's e-mail.
    #[serde(rename = "visitor.email")]
    VisitorEmail,
    /// The visitor's name.
    #[serde(rename = "visitor.name")]
    VisitorName,
    /// The address of the page the message came from, as far as it is known.
    Url,
    /// The visitor's language.
    Language,
}

/// How a field is compared. All but `matches` take upper and lower case for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// The value is a part of it.
    Contains,
    /// The value is no part of it.
    NotContains,
    /// It is the value.
    Equals,
    /// It is not the value.
    NotEquals,
    /// It begins with the value.
    StartsWith,
    /// It ends with the value.
    EndsWith,
    /// There is nothing in it.
    IsEmpty,
    /// There is something in it.
    IsNotEmpty,
    /// The value, a regular expression in RE2's syntax, matches somewhere in it.
    Matches,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Condition {
    field: Field,
    op: Op,
    /// `None` for [`Op::IsEmpty`] and [`Op::IsNotEmpty`].
    value: Option<Words>,
    /// `Some` for [`Op::Matches`].
    pattern: Option<Pattern>,
}

/// A condition as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    field: Field,
    op: Op,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl Condition {
    /// Takes a condition as it is written. A value where none is looked at is passed over.
    ///
    /// # Errors
    /// A value that is missing, empty, or longer than 512 characters, and an expression that is none or too
    /// large.
    pub fn new(field: Field, op: Op, value: Option<String>) -> Result<Self, Invalid> {
        if matches!(op, Op::IsEmpty | Op::IsNotEmpty) {
            return Ok(Self { field, op, value: None, pattern: None });
        }
        let value = value.filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| Invalid::new("value", "must not be empty"))?;
        check_chars("value", &value, VALUE_CHARS_MAX)?;
        let pattern = (op == Op::Matches).then(|| Pattern::new(&value)).transpose()?;
        Ok(Self { field, op, value: Some(Words::new(&value)), pattern })
    }

    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, facts: &Facts) -> bool {
        let needle = self.value.as_ref().map_or("", |value| &value.folded);
        let any = |test: &dyn Fn(&Words) -> bool| facts.values(self.field).any(test);
        match self.op {
            Op::Contains => any(&|words| words.folded.contains(needle)),
            Op::NotContains => !any(&|words| words.folded.contains(needle)),
            Op::Equals => any(&|words| words.folded == needle),
            Op::NotEquals => !any(&|words| words.folded == needle),
            Op::StartsWith => any(&|words| words.folded.starts_with(needle)),
            Op::EndsWith => any(&|words| words.folded.ends_with(needle)),
            Op::IsEmpty => !any(&is_something),
            Op::IsNotEmpty => any(&is_something),
            Op::Matches => {
                any(&|words| self.pattern.as_ref().is_some_and(|it| it.matches(&words.text)))
            }
        }
    }

    /// Whether it has a regular expression.
    #[must_use]
    pub fn has_pattern(&self) -> bool {
        self.pattern.is_some()
    }
}

fn is_something(words: &Words) -> bool {
    !words.text.trim().is_empty()
}

impl TryFrom<Written> for Condition {
    type Error = Invalid;

    fn try_from(written: Written) -> Result<Self, Invalid> {
        Self::new(written.field, written.op, written.value)
    }
}

impl From<Condition> for Written {
    fn from(condition: Condition) -> Self {
        let Condition { field, op, value, .. } = condition;
        Self { field, op, value: value.map(|words| words.text) }
    }
}

/// How many of a rule's conditions have to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// Every one.
    #[default]
    All,
    /// At least one.
    Any,
}

/// The conditions of a rule. Where there is none, the rule always applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    #[serde(rename = "match", default)]
    how: Match,
    #[serde(default)]
    items: Items,
}

impl Conditions {
    /// Whether the rule applies.
    #[must_use]
    pub fn hold(&self, facts: &Facts) -> bool {
        let mut items = self.items.0.iter();
        match self.how {
            Match::All => items.all(|condition| condition.holds(facts)),
            Match::Any => self.items.0.is_empty() || items.any(|condition| condition.holds(facts)),
        }
    }

    /// How many of them have a regular expression.
    #[must_use]
    pub fn patterns(&self) -> usize {
        self.items.0.iter().filter(|condition| condition.has_pattern()).count()
    }
}

/// At most 20 of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Condition>")]
struct Items(Vec<Condition>);

impl TryFrom<Vec<Condition>> for Items {
    type Error = String;

    fn try_from(items: Vec<Condition>) -> Result<Self, String> {
        if items.len() > CONDITIONS_MAX {
            return Err(format!("must be at most {CONDITIONS_MAX}"));
        }
        Ok(Self(items))
    }
}
