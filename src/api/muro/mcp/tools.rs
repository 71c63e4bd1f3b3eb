//! The tools: each does what a route of REST v1 does, by the same handler where there is one.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::arguments::{
    GetContact, GetConversation, ListContacts, ListConversations, SendReply, UpdateConversation,
};
use super::sites;
use super::tool::{Deed, Tool};
use crate::api::App;
use crate::api::muro::body::Body;
use crate::api::muro::error::Error;
use crate::api::muro::id::Id;
use crate::api::muro::key::{ReadKey, WriteKey};
use crate::api::muro::openapi::Created;
use crate::api::muro::page::Page;
use crate::api::muro::query::Query;
use crate::api::muro::{contacts, conversations, messages};
use crate::dialect::muro::{ConversationJson, MessageObjectJson};
use crate::domain::{ApiKey, ContactId, ConversationId};
use crate::service::{Noun, ServiceError};

/// Most messages that a conversation is shown with.
const MESSAGES_SHOWN: u32 = 100;

/// All tools, in the order in which an agent meets them.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "list_conversations",
            Deed::Read,
            "List or search conversations, newest activity first. Read on with next_cursor.",
            list_conversations,
        ),
        Tool::new(
            "get_conversation",
            Deed::Read,
            "Read a conversation with its visitor, its website and its last 100 messages, oldest first.",
            get_conversation,
        ),
        Tool::new(
            "send_reply",
            Deed::Add,
            "Send a reply that the visitor sees, or keep an internal note (kind: note).",
            send_reply,
        ),
        Tool::new(
            "update_conversation",
            Deed::Replace,
            "Change the status, the tags or the assignee of a conversation.",
            update_conversation,
        ),
        Tool::new(
            "list_contacts",
            Deed::Read,
            "List contacts, those seen last first. Read on with next_cursor.",
            list_contacts,
        ),
        Tool::new(
            "get_contact",
            Deed::Read,
            "Read a contact with e-mail address and metadata.",
            get_contact,
        ),
        Tool::new(
            "list_sites",
            Deed::Read,
            "List the websites and apps whose visitors this key sees.",
            sites::list,
        ),
        Tool::new(
            "update_site",
            Deed::Replace,
            "Change the name or the address of a website or an app.",
            sites::update,
        ),
    ]
}

async fn list_conversations(
    app: App,
    key: ApiKey,
    wanted: ListConversations,
) -> Result<Value, Error> {
    let ListConversations { status, q, limit, cursor } = wanted;
    let page = Page::of(limit, cursor.as_deref())?;
    let wanted = Query(conversations::Wanted { status, q });
    let Json(list) = conversations::list(State(app), ReadKey(key), wanted, page).await?;
    Ok(list)
}

async fn get_conversation(
    app: App,
    key: ApiKey,
    GetConversation { id }: GetConversation,
) -> Result<Value, Error> {
    let (services, program, id) = (&app.services, key.program(), conversation(&id)?);
    let detail = services.get_conversation_for_program(program, id).await?;
    let messages = services.list_newest_messages_for_program(program, id, MESSAGES_SHOWN).await?;
    let mut shown = json!(ConversationJson::from(&detail));
    shown["has_earlier_messages"] = json!(messages.first().is_some_and(|first| first.seq > 1));
    shown["messages"] = messages.iter().map(|it| json!(MessageObjectJson::from(it))).collect();
    Ok(shown)
}

async fn send_reply(app: App, key: ApiKey, reply: SendReply) -> Result<Value, Error> {
    let id = Id(conversation(&reply.conversation_id)?);
    let body = Body(messages::NewMessage { content: reply.content, kind: reply.kind });
    let Created(Json(sent)) = messages::send(State(app), WriteKey(key), id, body).await?;
    Ok(sent)
}

async fn update_conversation(
    app: App,
    key: ApiKey,
    UpdateConversation { id, status, tags, assigned_user_id }: UpdateConversation,
) -> Result<Value, Error> {
    let id = Id(conversation(&id)?);
    let nothing_else = conversations::ChangedConversation::default();
    let changed =
        conversations::ChangedConversation { status, tags, assigned_user_id, ..nothing_else };
    let Json(shown) = conversations::change(State(app), WriteKey(key), id, Body(changed)).await?;
    Ok(shown)
}

async fn list_contacts(app: App, key: ApiKey, wanted: ListContacts) -> Result<Value, Error> {
    let ListContacts { website_id, limit, cursor } = wanted;
    let page = Page::of(limit, cursor.as_deref())?;
    let wanted = Query(contacts::Wanted { website_id });
    let Json(list) = contacts::list(State(app), ReadKey(key), wanted, page).await?;
    Ok(list)
}

async fn get_contact(app: App, key: ApiKey, GetContact { id }: GetContact) -> Result<Value, Error> {
    let id: ContactId = id.parse().map_err(|_| ServiceError::NotFound(Noun::Contact))?;
    let Json(shown) = contacts::show(State(app), ReadKey(key), Id(id)).await?;
    Ok(shown)
}

/// What is no id is the id of nothing.
fn conversation(id: &str) -> Result<ConversationId, ServiceError> {
    id.parse().map_err(|_| ServiceError::NotFound(Noun::Conversation))
}
