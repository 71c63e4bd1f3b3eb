//! What conditions look at.

use std::slice;

use super::{Action, Field};
use crate::domain::{ConversationStatus, Tags};

/// How things stand when a rule is asked. What is not known is an empty list: no condition but
/// `not_…` and `is_empty` holds of it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    content: Vec<Words>,
    status: Vec<Words>,
    tags: Vec<Words>,
    website_id: Vec<Words>,
    visitor_email: Vec<Words>,
    visitor_name: Vec<Words>,
    url: Vec<Words>,
    language: Vec<Words>,
}

impl Facts {
    /// The same with the only value of a field; an empty one is none.
    #[must_use]
    pub fn with(mut self, field: Field, value: Option<&str>) -> Self {
        *self.values_mut(field) =
            value.filter(|text| !text.is_empty()).map(Words::new).into_iter().collect();
        self
    }

    /// The same with the conversation's tags.
    #[must_use]
    pub fn with_tags(mut self, tags: &Tags) -> Self {
        self.tags = tags.as_slice().iter().map(|tag| Words::new(tag)).collect();
        self
    }

    /// Takes note of what an action changes, for the rules that come later.
    pub(super) fn after(&mut self, action: &Action) {
        match action {
            Action::AddTag(tag) => {
                if !self.tags.iter().any(|known| known.text == *tag) {
                    self.tags.push(Words::new(tag));
                }
            }
            Action::SetStatus(status) => self.set_status(*status),
            Action::Assign(_) | Action::Reply(_) => {}
        }
    }

    fn set_status(&mut self, status: ConversationStatus) {
        self.status = vec![Words::new(status.as_str())];
    }

    /// The values of a field: several for tags, one or none for the others.
    pub(super) fn values(&self, field: Field) -> slice::Iter<'_, Words> {
        let values = match field {
            Field::Content => &self.content,
            Field::Status => &self.status,
            Field::Tags => &self.tags,
            Field::WebsiteId => &self.website_id,
            Field::VisitorEmail => &self.visitor_email,
            Field::VisitorName => &self.visitor_name,
            Field::Url => &self.url,
            Field::Language => &self.language,
        };
        values.iter()
    }

    fn values_mut(&mut self, field: Field) -> &mut Vec<Words> {
        match field {
            Field::Content => &mut self.content,
            Field::Status => &mut self.status,
            Field::Tags => &mut self.tags,
            Field::WebsiteId => &mut self.website_id,
            Field::VisitorEmail => &mut self.visitor_email,
            Field::VisitorName => &mut self.visitor_name,
            Field::Url => &mut self.url,
            Field::Language => &mut self.language,
        }
    }
}

/// A text, and the same in lower case: people do not write `refund` the same way twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) folded: String,
}

impl Words {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), folded: text.to_lowercase() }
    }
}
