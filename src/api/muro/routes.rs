//! The table of routes of REST v1, with what each answers. It is also what `/openapi.json` is made of.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};

use super::openapi::{
    self, BulkResult, Deleted, Done, FormOrJson, List, ListeningToken, Realtime, WebhookWithSecret,
    answers,
};
use super::{
    bulk, contacts, conversations, messages, realtime, rules, saved_replies, summary, typing,
    webhooks,
};
use crate::api::App;
use crate::dialect::muro::{
    ContactJson, ConversationJson, MessageObjectJson, RuleJson, SavedReplyJson, SummaryJson,
    WebhookDeliveryJson, WebhookJson,
};

type Contact = ContactJson<'static>;
type Conversation = ConversationJson<'static>;
type Delivery = WebhookDeliveryJson<'static>;
type Message = MessageObjectJson<'static>;
type Rule = RuleJson<'static>;
type SavedReply = SavedReplyJson<'static>;
type Summary = SummaryJson<'static>;
type Webhook = WebhookJson<'static>;

/// All routes under `/api/v1`.
pub(super) fn rest() -> ApiRouter<App> {
    about_conversations()
        .merge(about_one_conversation())
        .merge(about_people())
        .merge(about_automation())
        .merge(about_webhooks())
}

fn about_conversations() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/conversations",
            get_with(
                conversations::list,
                answers::<200, List<Conversation>>(
                    "List conversations",
                    "The newest activity first.",
                ),
            )
            .post_with(
                conversations::open,
                answers::<201, Conversation>(
                    "Open a conversation",
                    "With a contact that is known, and a first message if `content` is there.",
                ),
            ),
        )
        .api_route(
            "/conversations/bulk",
            post_with(
                bulk::change,
                answers::<200, List<BulkResult>>(
                    "Change many conversations",
                    "A result for each id, in their order; 200 also when some of them failed.",
                ),
            ),
        )
        .api_route(
            "/conversations/{id}",
            get_with(
                conversations::show,
                answers::<200, Conversation>("Get a conversation", "With its visitor and website."),
            )
            .patch_with(
                conversations::change,
                answers::<200, Conversation>(
                    "Change a conversation",
                    "Status, tags, assignment, unread badge and metadata, or any part of it.",
                ),
            ),
        )
}

fn about_one_conversation() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/conversations/{id}/messages",
            get_with(
                messages::list,
                answers::<200, List<Message>>(
                    "List messages",
                    "The oldest first, notes included; with `since`, those that came later.",
                ),
            )
            .post_with(
                messages::send,
                answers::<201, Message>("Send a message", "To the visitor, or a note to agents."),
            ),
        )
        .api_route(
            "/conversations/{id}/typing",
            post_with(
                typing::show,
                answers::<200, Done>("Show typing", "It ends after ten seconds by itself."),
            ),
        )
        .api_route(
            "/conversations/{id}/summary",
            get_with(
                summary::show,
                answers::<200, Summary>("Get a summary", "The one that was written last."),
            )
            .post_with(
                summary::write,
                answers::<200, Summary>(
                    "Write a summary",
                    "A new one, in the place of one that is there; 503 where summaries are off.",
                ),
            ),
        )
}

fn about_people() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/contacts",
            get_with(
                contacts::list,
                answers::<200, List<Contact>>("List contacts", "Those who were seen last first."),
            ),
        )
        .api_route(
            "/contacts/{id}",
            get_with(contacts::show, answers::<200, Contact>("Get a contact", "")).patch_with(
                contacts::change,
                answers::<200, Contact>(
                    "Change a contact",
                    "Name, e-mail and metadata, or any part of it; a `null` in metadata drops the key.",
                ),
            ),
        )
        .api_route(
            "/realtime",
            get_with(
                realtime::show,
                answers::<200, Realtime>("Get realtime", "How to listen over Pusher."),
            ),
        )
        .api_route(
            "/realtime/auth",
            post_with(realtime::authorize, |operation| {
                let answer = answers::<200, ListeningToken>(
                    "Authorize listening",
                    "What Pusher clients ask before they hear a private channel.",
                );
                answer(operation.input::<FormOrJson>())
            }),
        )
        .api_route(
            "/openapi.json",
            get_with(
                openapi::show,
                answers::<200, serde_json::Value>("Describe the API", "This description."),
            ),
        )
}

fn about_automation() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/saved-replies",
            get_with(
                saved_replies::list,
                answers::<200, List<SavedReply>>("List saved replies", "The oldest first."),
            )
            .post_with(
                saved_replies::create,
                answers::<201, SavedReply>("Create a saved reply", "Its shortcut must be new."),
            ),
        )
        .api_route(
            "/saved-replies/{id}",
            get_with(saved_replies::show, answers::<200, SavedReply>("Get a saved reply", ""))
                .patch_with(
                    saved_replies::change,
                    answers::<200, SavedReply>("Change a saved reply", ""),
                )
                .delete_with(
                    saved_replies::delete,
                    answers::<200, Deleted>("Delete a saved reply", ""),
                ),
        )
        .api_route(
            "/automation-rules",
            get_with(
                rules::list,
                answers::<200, List<Rule>>("List rules", "In the order in which they run."),
            )
            .post_with(
                rules::create,
                answers::<201, Rule>("Create a rule", "It runs at once, unless told not to."),
            ),
        )
        .api_route(
            "/automation-rules/{id}",
            get_with(rules::show, answers::<200, Rule>("Get a rule", ""))
                .patch_with(
                    rules::change,
                    answers::<200, Rule>(
                        "Change a rule",
                        "Conditions and actions are replaced as a whole.",
                    ),
                )
                .delete_with(rules::delete, answers::<200, Deleted>("Delete a rule", "")),
        )
}

fn about_webhooks() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/webhooks",
            get_with(
                webhooks::list,
                answers::<200, List<Webhook>>("List webhooks", "The newest first."),
            )
            .post_with(
                webhooks::create,
                answers::<201, WebhookWithSecret>(
                    "Create a webhook",
                    "The secret is shown this once.",
                ),
            ),
        )
        .api_route(
            "/webhooks/{id}",
            get_with(webhooks::show, answers::<200, Webhook>("Get a webhook", ""))
                .patch_with(webhooks::change, answers::<200, Webhook>("Change a webhook", ""))
                .delete_with(webhooks::delete, answers::<200, Deleted>("Delete a webhook", "")),
        )
        .api_route(
            "/webhooks/{id}/rotate",
            post_with(
                webhooks::rotate,
                answers::<200, WebhookWithSecret>(
                    "Rotate a webhook secret",
                    "Another secret, shown this once.",
                ),
            ),
        )
        .api_route(
            "/webhooks/{id}/deliveries",
            get_with(
                webhooks::deliveries,
                answers::<200, List<Delivery>>(
                    "List deliveries",
                    "What was tried in the last 30 days, the newest first.",
                ),
            ),
        )
        .api_route(
            "/webhooks/{id}/deliveries/{delivery_id}/redeliver",
            post_with(
                webhooks::redeliver,
                answers::<200, Delivery>(
                    "Redeliver an event",
                    "Once more, at once, under the same id of the event.",
                ),
            ),
        )
}
