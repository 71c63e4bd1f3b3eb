//! What automation rules answer.

use std::sync::Arc;

use super::place::Place;
use super::write::Writing;
use crate::domain::{Author, Content, ContentKind, Message, RuleId, Visibility};
use crate::service::WorkResult;
use crate::service::rules::Running;
use crate::store::Tx;

/// Puts the answer of a rule into the conversation, in nobody's name. It starts no rule.
pub(in crate::service) async fn reply_of_rule(
    running: &Running,
    tx: &mut Tx,
    rule: RuleId,
    text: String,
) -> WorkResult<Arc<Message>> {
    let id = running.conversation_id;
    let reply = Writing {
        clock: running.clock.clone(),
        organization_id: running.organization_id,
        place: Place::Conversation { id, contact_id: None },
        author: Author::Bot(rule.to_string()),
        visibility: Visibility::Public,
        customer_name: None,
        content: Content { kind: ContentKind::Text, text, rich: None },
        client_message_id: None,
        origin: None,
    };
    reply.put(tx, id, running.now).await
}
