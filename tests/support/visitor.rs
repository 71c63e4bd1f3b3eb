//! Someone on a customer's web site.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::{Door, Socket};

/// A visitor with a connection.
pub(crate) struct Visitor {
    pub(crate) socket: Socket,
    pub(crate) external_id: String,
    pub(crate) conversation_id: Option<String>,
    embed_token: String,
}

impl Visitor {
    /// A visitor of the demo's web channel who has said nothing yet.
    pub(crate) async fn arrive(app: &Door, external_id: &str) -> Result<Self> {
        Self::arrive_at(app, &app.demo.platform.embed_token, external_id).await
    }

    /// The same, on the channel of this embed token.
    pub(crate) async fn arrive_at(
        app: &Door,
        embed_token: &str,
        external_id: &str,
    ) -> Result<Self> {
        let socket = Socket::connect(&app.base_url, &[]).await?;
        let (external_id, embed_token) = (external_id.to_owned(), embed_token.to_owned());
        Ok(Self { socket, external_id, conversation_id: None, embed_token })
    }

    /// A visitor in the middle of a conversation: the first message is sent.
    pub(crate) async fn with_conversation(app: &Door, external_id: &str) -> Result<Self> {
        let mut visitor = Self::arrive(app, external_id).await?;
        visitor.say("hello").await?;
        Ok(visitor)
    }

    /// Sends a text and returns the stored message.
    pub(crate) async fn say(&mut self, text: &str) -> Result<Value> {
        self.say_as(&message_id(), text).await
    }

    /// Sends a text under this client message id and returns the stored message.
    pub(crate) async fn say_as(&mut self, client_message_id: &str, text: &str) -> Result<Value> {
        let payload = self.message(client_message_id, text);
        let answer = self.socket.ask("send_message", payload).await?;
        ensure!(answer["ok"] == true, "refused: {answer}");
        let message = answer["message"].clone();
        self.conversation_id = message["conversation_id"].as_str().map(ToOwned::to_owned);
        Ok(message)
    }

    /// What `send_message` carries for this text.
    pub(crate) fn message(&self, client_message_id: &str, text: &str) -> Value {
        json!({
            "conversation_id": self.conversation_id,
            "embed_token": self.embed_token,
            "external_id": self.external_id,
            "sender_type": "end_user",
            "content": text,
            "content_type": "text",
            "client_message_id": client_message_id,
        })
    }

    /// The conversation, which must have begun.
    pub(crate) fn conversation(&self) -> &str {
        self.conversation_id.as_deref().expect("the visitor has said something")
    }
}

/// A new client message id.
pub(crate) fn message_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
