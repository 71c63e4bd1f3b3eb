//! A summary as the muro dialect shows it.

use schemars::JsonSchema;
use serde::Serialize;

use super::millis;
use crate::domain::Summary;

/// What a model made of a conversation.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Summary")]
pub struct SummaryJson<'a> {
    #[schemars(extend("const" = "summary"))]
    object: &'static str,
    conversation_id: String,
    content: String,
    bullets: &'a [String],
    #[schemars(extend("format" = "date-time"))]
    generated_at: String,
    model: &'a str,
}

impl<'a> From<&'a Summary> for SummaryJson<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self {
            object: "summary",
            conversation_id: summary.conversation_id.prefixed("cnv_"),
            content: summary.content(),
            bullets: &summary.bullets,
            generated_at: millis(summary.generated_at),
            model: &summary.model,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn a_summary_has_the_documented_fields() {
        let summary = Summary {
            conversation_id: Uuid::from_u128(3).into(),
            bullets: vec!["wants a refund".to_owned(), "got it".to_owned()],
            model: "small-1".to_owned(),
            seq: 7,
            generated_at: Timestamp::from_micros(1_780_826_400_123_456),
        };
        let expected = json!({
            "object": "summary",
            "conversation_id": "cnv_00000000000000000000000000000003",
            "content": "• wants a refund\n• got it",
            "bullets": ["wants a refund", "got it"],
            "generated_at": "2026-06-07T10:00:00.123Z",
            "model": "small-1",
        });
        assert_eq!(json!(SummaryJson::from(&summary)), expected);
    }
}
