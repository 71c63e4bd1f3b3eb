//! What visitors and agents say in the platform dialect, and what is read of the answers.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::json;

use crate::swarm::Member;

/// A visitor and the conversation it is in.
#[derive(Debug)]
pub(crate) struct Visitor {
    external_id: String,
    /// None until the first message was acknowledged.
    conversation_id: Option<String>,
}

/// The payload of an agent's `send_message`, as the client that is this member.
pub(crate) fn agent_message(id: &str, member: Member, seq: u64, content: &str) -> String {
    json!({
        "conversation_id": id,
        "sender_type": "agent",
        "content_type": "text",
        "content": content,
        "client_message_id": format!("{id}-{member}-{seq}"),
    })
    .to_string()
}

/// The acknowledgement of a message.
#[derive(Debug, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) conversation_id: String,
    pub(crate) seq: u64,
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    error: Option<String>,
    message: Option<Receipt>,
}

impl Visitor {
    /// One that no server has seen: the next run against the same one has other visitors.
    pub(crate) fn new(number: usize) -> Self {
        Self {
            external_id: format!("load-test-{}-{number}", std::process::id()),
            conversation_id: None,
        }
    }

    /// From here on it writes into this conversation.
    pub(crate) fn enter(&mut self, conversation_id: &str) {
        self.conversation_id = Some(conversation_id.to_owned());
    }

    /// The payload of `send_message`; the first one begins a conversation.
    pub(crate) fn message(&self, embed_token: &str, number: u64, content: &str) -> String {
        let embed_token = self.conversation_id.is_none().then_some(embed_token);
        json!({
            "conversation_id": self.conversation_id,
            "embed_token": embed_token,
            "external_id": self.external_id,
            "sender_type": "end_user",
            "content_type": "text",
            "content": content,
            "client_message_id": format!("{}-{number}", self.external_id),
        })
        .to_string()
    }
}

/// Reads the answer to `send_message`.
pub(crate) fn receipt(ack: &str) -> anyhow::Result<Receipt> {
    accepted(ack)?.message.with_context(|| format!("an answer without message: {ack}"))
}

/// Checks that an event was not refused.
pub(crate) fn check(ack: &str) -> anyhow::Result<()> {
    accepted(ack).map(drop)
}

fn accepted(ack: &str) -> anyhow::Result<Answer> {
    let [answer]: [Answer; 1] =
        serde_json::from_str(ack).with_context(|| format!("not an answer: {ack}"))?;
    if !answer.ok {
        bail!("refused: {}", answer.error.unwrap_or_default());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let good = receipt(r#"[{"ok":true,"message":{"conversation_id":"c","seq":3,"id":"m"}}]"#);
        assert_eq!(good.unwrap().seq, 3);
        let bad = check(r#"[{"ok":false,"error":"why"}]"#).unwrap_err();
        assert_eq!(bad.to_string(), "refused: why");
        assert!(receipt(r#"[{"ok":true}]"#).is_err());
    }
}
