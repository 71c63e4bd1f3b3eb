//! From an occasion to what rules make of it, all in the transaction of the occasion.

use std::collections::HashSet;

use tracing::warn;

use super::RuleBooks;
use crate::clock::Clock;
use crate::domain::rules::{Action, Due, Facts, Field, Trigger, decide};
use crate::domain::{ConversationId, ConversationStatus, OrganizationId, RuleId, Tags, Timestamp};
use crate::service::conversations::ConversationChange;
use crate::service::conversations::change::Changing;
use crate::service::messages::reply_of_rule;
use crate::service::{Announcement, ServiceError};
use crate::store::{Circumstances, Done, Tx};

/// Something that rules may wait for.
#[derive(Clone, Copy, Debug)]
pub(in crate::service) struct Occasion<'a> {
    pub(in crate::service) organization_id: OrganizationId,
    pub(in crate::service) conversation_id: ConversationId,
    /// What is being said, if anything is.
    pub(in crate::service) content: Option<&'a str>,
    /// The conversation has just begun.
    pub(in crate::service) began: bool,
    /// It is the visitor who says it.
    pub(in crate::service) by_visitor: bool,
}

impl Occasion<'_> {
    fn triggers(self) -> Vec<Trigger> {
        let began = self.began.then_some(Trigger::ConversationCreated);
        began.into_iter().chain(self.by_visitor.then_some(Trigger::MessageCreated)).collect()
    }

    fn facts(self, now: &Circumstances) -> Facts {
        let kept = |key: &str| now.metadata.as_object().get(key).and_then(|value| value.as_str());
        let website = now.channel_id.prefixed("web_");
        let fields = [
            (Field::Content, self.content),
            (Field::Status, Some(now.status.as_str())),
            (Field::WebsiteId, Some(website.as_str())),
            (Field::VisitorEmail, now.email.as_deref()),
            (Field::VisitorName, now.name.as_deref()),
            (Field::Url, kept("url").or(Some(&now.channel_url))),
            (Field::Language, kept("language")),
        ];
        let facts = Facts::default().with_tags(&now.tags);
        fields.into_iter().fold(facts, |facts, (field, value)| facts.with(field, value))
    }
}

impl RuleBooks {
    /// What rules want done on an occasion. To be asked once `tx` has taken a position of the organization's
    /// log, and before the message changes how the conversation stands.
    pub(in crate::service) async fn due(
        &self,
        tx: &mut Tx,
        occasion: Occasion<'_>,
    ) -> Result<Vec<Due>, ServiceError> {
        let triggers = occasion.triggers();
        let revision = tx.rules_revision(occasion.organization_id);
        let Some(revision) = revision.filter(|_| !triggers.is_empty()) else {
            return Ok(Vec::new());
        };
        let rules = self.open(tx, occasion.organization_id, revision).await?;
        let now = tx.list_circumstances([occasion.conversation_id]).await?;
        let now = now.get(&occasion.conversation_id);
        Ok(now.map(|now| decide(&rules, &triggers, occasion.facts(now))).unwrap_or_default())
    }

    /// The conversations in which rules may want something done on one of these occasions, which come one after
    /// the other. In all others nothing is due on any of them.
    pub(in crate::service) async fn may_start_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        occasions: &[Occasion<'_>],
    ) -> Result<HashSet<ConversationId>, ServiceError> {
        let Some(revision) = tx.rules_revision(organization) else { return Ok(HashSet::new()) };
        let rules = self.open(tx, organization, revision).await?;
        let now = tx.list_circumstances(occasions.iter().map(|it| it.conversation_id)).await?;
        let may_start = |occasion: &&Occasion<'_>| {
            let Some(now) = now.get(&occasion.conversation_id) else { return true };
            // A message leaves an open conversation as rules see it, so the next one finds the same.
            now.status != ConversationStatus::Open
                || !decide(&rules, &occasion.triggers(), occasion.facts(now)).is_empty()
        };
        Ok(occasions.iter().filter(may_start).map(|it| it.conversation_id).collect())
    }
}

/// Does what rules want, after what they wait for is written.
#[derive(Clone, Debug)]
pub(in crate::service) struct Running {
    pub(in crate::service) clock: Clock,
    pub(in crate::service) organization_id: OrganizationId,
    pub(in crate::service) conversation_id: ConversationId,
    pub(in crate::service) now: Timestamp,
}

impl Running {
    /// Does what is due when a conversation has begun and nothing is said in it yet.
    ///
    /// # Errors
    /// As [`Running::carry_out`].
    pub(in crate::service) async fn begin_with(
        self,
        tx: &mut Tx,
        rules: &RuleBooks,
    ) -> Result<Vec<Announcement>, ServiceError> {
        let (organization_id, conversation_id) = (self.organization_id, self.conversation_id);
        let (content, began, by_visitor) = (None, true, false);
        let occasion = Occasion { organization_id, conversation_id, content, began, by_visitor };
        let due = rules.due(tx, occasion).await?;
        self.carry_out(tx, due).await
    }

    /// Does what is due, in its order. What cannot be done is logged and passed over: no rule keeps a
    /// visitor's message from being kept.
    ///
    /// # Errors
    /// `Internal` alone: then the database fails, and the message with it.
    pub(in crate::service) async fn carry_out(
        self,
        tx: &mut Tx,
        due: Vec<Due>,
    ) -> Result<Vec<Announcement>, ServiceError> {
        let mut told = Vec::new();
        for Due { rule, action } in due {
            match self.perform(tx, rule, action).await {
                Ok(announcements) => told.extend(announcements),
                Err(broken @ ServiceError::Internal(_)) => return Err(broken),
                Err(refusal) => {
                    let conversation_id = self.conversation_id;
                    warn!(rule.id = %rule, conversation.id = %conversation_id, %refusal, "an automation rule cannot do what it says");
                }
            }
        }
        Ok(told)
    }

    async fn perform(
        &self,
        tx: &mut Tx,
        rule: RuleId,
        action: Action,
    ) -> Result<Vec<Announcement>, ServiceError> {
        let change = match action {
            Action::Reply(text) => {
                let Done { announcements, .. } = reply_of_rule(self, tx, rule, text).await?;
                return Ok(announcements);
            }
            Action::SetStatus(status) => {
                Some(ConversationChange { status: Some(status), ..ConversationChange::default() })
            }
            Action::AddTag(tag) => self.tagged(tx, tag).await?,
            Action::Assign(agent) => {
                let assignee = Some(Some(agent));
                let session = tx.lookup_newest_session(self.conversation_id).await?;
                let is_theirs = session.is_some_and(|it| it.assigned_agent_id == Some(agent));
                (!is_theirs)
                    .then(|| ConversationChange { assignee, ..ConversationChange::default() })
            }
        };
        let Some(change) = change else { return Ok(Vec::new()) };
        let (organization_id, id, now) = (self.organization_id, self.conversation_id, self.now);
        let changing = Changing { organization_id, id, by: None, now };
        Ok(changing.run(tx, change).await?.announcements)
    }

    /// The change that adds a tag; `None` when it is there.
    async fn tagged(
        &self,
        tx: &mut Tx,
        tag: String,
    ) -> Result<Option<ConversationChange>, ServiceError> {
        let session = tx.lookup_newest_session(self.conversation_id).await?;
        let before = session.map(|session| session.tags).unwrap_or_default();
        let after = before.joined(&Tags::new([tag])?)?;
        let change =
            || ConversationChange { tags: Some(after.clone()), ..ConversationChange::default() };
        Ok((after != before).then(change))
    }
}
