//! What a client says it is, as far as it is believed.

use super::events;
use super::failure::Failure;
use super::socket::Socket;
use crate::domain::{AgentActor, ClientMessageId, SenderType};
use crate::service::{Origin, ServiceError, VisitorProof};

/// The agent that the client is, or the refusal of what only agents can do.
pub(super) fn agent(socket: &Socket) -> Result<AgentActor, Failure> {
    socket.memory.agent.ok_or_else(|| "only agents can do this; log in first".into())
}

/// Which side the client is on. What it says of itself is only a claim, so being an agent takes a
/// login; being a visitor is proved with each event.
pub(super) fn sender(socket: &Socket, claim: Option<&str>) -> Result<SenderType, Failure> {
    match claim {
        Some("agent") => agent(socket).map(|_| SenderType::Agent),
        // A program that answers in its own name: it is known by the key it showed.
        Some("bot") if socket.identity.key.is_some() => Ok(SenderType::Bot),
        Some("bot") => Err("only who is connected with an agent key can be a bot".into()),
        None if socket.memory.agent.is_some() => Ok(SenderType::Agent),
        Some("end_user") | None => Ok(SenderType::EndUser),
        Some(_) => Err("sender_type: must be end_user, agent or bot".into()),
    }
}

/// What an end user shows to prove who they are.
pub(super) fn proof(
    external_id: Option<String>,
    hash: Option<String>,
) -> Result<VisitorProof, Failure> {
    let external_id = external_id.filter(|id| !id.is_empty());
    let external_id = external_id.ok_or("external_id: is required for end users")?;
    Ok(VisitorProof { external_id, external_id_hash: hash })
}

/// The client's own id of a message.
pub(super) fn client_message_id(
    request: &events::SendMessage,
) -> Result<Option<ClientMessageId>, Failure> {
    let id = request.client_message_id.clone().map(ClientMessageId::new).transpose();
    id.map_err(|invalid| ServiceError::from(invalid).into())
}

/// Where something comes from, for telling its sender apart.
pub(super) fn origin(socket: &Socket, client_message_id: Option<&ClientMessageId>) -> Origin {
    let client_message_id = client_message_id.map(|id| id.as_str().to_owned());
    Origin { connection: socket.id, client_message_id }
}
