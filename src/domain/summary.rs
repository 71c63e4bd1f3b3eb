//! What a model made of a conversation.

use super::{ConversationId, Seq, Timestamp};

/// A few points: what the visitor wanted, what was done, what is left to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Of which conversation.
    pub conversation_id: ConversationId,
    /// The points, in order; at least one.
    pub bullets: Vec<String>,
    /// The model that wrote it, as it names itself.
    pub model: String,
    /// The place of the newest message it knows.
    pub seq: Seq,
    /// When it was written.
    pub generated_at: Timestamp,
}

impl Summary {
    /// The points as one text, each on a line of its own.
    #[must_use]
    pub fn content(&self) -> String {
        let lines: Vec<String> = self.bullets.iter().map(|bullet| format!("• {bullet}")).collect();
        lines.join("\n")
    }
}
