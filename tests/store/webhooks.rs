//! Webhooks of organizations: who is told of what, and what came of it.

use std::time::Duration;

use switchboard::domain::{
    ApiKeyId, Delivery, DeliveryAttempt, DeliveryKind, DeliveryState, Endpoint, News, Notice,
    NoticeSender, Program, SignatureStyle, Tags, Visibility, Webhook, WebhookEvent,
};
use switchboard::service::{
    Attempted, ChangeWebhook, ContactChange, CreateWebhook, Noun, Postponed, ServiceError,
    Services, Settlement, WebhookOwner,
};

use super::desk::{Desk, on_both_engines};

const URL: &str = "https://receiver.example/hooks";
const LEASE_MS: i64 = 30_000;
const DAY_MS: i64 = 24 * 3_600_000;

fn owner(desk: &Desk) -> WebhookOwner {
    WebhookOwner { organization_id: desk.ada().organization_id, channel_id: None }
}

fn request(url: &str, events: &[WebhookEvent]) -> CreateWebhook {
    CreateWebhook {
        url: url.to_owned(),
        events: events.to_vec(),
        channel_id: None,
        signature_style: SignatureStyle::Muro,
    }
}

async fn subscribe(desk: &Desk, url: &str, events: &[WebhookEvent]) -> Webhook {
    desk.services.create_webhook(owner(desk), request(url, events)).await.unwrap().webhook
}

fn program(desk: &Desk) -> Program {
    let ada = desk.ada();
    Program {
        organization_id: ada.organization_id,
        key_id: ApiKeyId::generate(),
        user_id: Some(ada.user_id),
        channel_id: None,
    }
}

async fn claim(desk: &Desk, webhook: &Webhook) -> Vec<Delivery> {
    let (owner, url) = (webhook.id.to_string(), webhook.url.clone());
    let endpoint = Endpoint { kind: DeliveryKind::Muro, owner, url };
    desk.services.claim_deliveries(&endpoint, LEASE_MS, 100).await.unwrap()
}

/// Takes everything that is due to a webhook.
async fn told(desk: &Desk, webhook: &Webhook) -> Vec<Notice> {
    let claimed = claim(desk, webhook).await;
    let ended = claimed.iter().map(|delivery| delivery.id).collect();
    let settlement = Settlement { ended, ..Settlement::default() };
    desk.services.settle_deliveries(settlement).await.unwrap();
    claimed.iter().map(|it| serde_json::from_str(&it.payload).unwrap()).collect()
}

fn events(notices: &[Notice]) -> Vec<&'static str> {
    notices.iter().map(|notice| notice.event().as_str()).collect()
}

fn attempt(desk: &Desk, webhook: &Webhook, delivery: &Delivery, error: Option<&str>) -> Attempted {
    let attempt = DeliveryAttempt {
        at: desk.clock.now(),
        duration_ms: 12,
        status: Some(if error.is_some() { 500 } else { 200 }),
        response: "answer".to_owned(),
        error: error.map(str::to_owned),
    };
    Attempted { webhook_id: webhook.id, delivery: delivery.clone(), attempt }
}

/// A try that failed; the next one is due so much later.
async fn fails(desk: &Desk, webhook: &Webhook, delivery: Delivery, wait_ms: i64, aside: bool) {
    let attempts = vec![attempt(desk, webhook, &delivery, Some("it answered 500"))];
    let due_at = desk.clock.now().plus_ms(wait_ms);
    let attempted = delivery.attempts + 1;
    let postponed = vec![Postponed { delivery, due_at, attempts: attempted, steps_aside: aside }];
    let settlement = Settlement { postponed, attempts, ..Settlement::default() };
    desk.services.settle_deliveries(settlement).await.unwrap();
}

async fn succeeds(desk: &Desk, webhook: &Webhook, delivery: Delivery) {
    let attempts = vec![attempt(desk, webhook, &delivery, None)];
    let settlement = Settlement { ended: vec![delivery.id], attempts, ..Settlement::default() };
    desk.services.settle_deliveries(settlement).await.unwrap();
}

fn is_missing<T>(result: &Result<T, ServiceError>, noun: Noun) -> bool {
    matches!(result, Err(ServiceError::NotFound(missing)) if *missing == noun)
}

async fn show(services: &Services, webhook: &Webhook) -> Webhook {
    let owner = WebhookOwner { organization_id: webhook.organization_id, channel_id: None };
    services.get_webhook(owner, webhook.id).await.unwrap()
}

on_both_engines! {
    async fn a_conversation_is_told_from_beginning_to_end(desk) {
        let webhook = subscribe(desk, URL, &WebhookEvent::ALL).await;
        let first = desk.begin("visitor").await;
        let id = first.conversation_id;
        let answer = desk.agent_says(desk.ada(), id, "hi").await.unwrap().message;
        let tags = Tags::new(["billing".to_owned()]).unwrap();
        desk.services.resolve_conversation(desk.ada(), id, tags.clone()).await.unwrap();
        let notices = told(desk, &webhook).await;
        let expected =
            ["message.created", "message.created", "conversation.closed", "conversation.opened"];
        let mut kinds = events(&notices);
        kinds.sort_by_key(|kind| expected.iter().position(|it| it == kind));
        assert_eq!(kinds, expected);
        assert!(notices.iter().all(|notice| notice.lane() == id.to_string()));
        let news: Vec<&News> = notices.iter().map(|notice| &notice.news).collect();
        assert!(news.contains(&&News::ConversationOpened {
            id,
            channel_id: desk.web_channel(),
            contact_id: first.contact_id,
            created_at: first.created_at,
        }));
        let of_message = |id, sender, content: &str, created_at| News::MessageCreated {
            id,
            conversation_id: first.conversation_id,
            sender,
            content: content.to_owned(),
            created_at,
        };
        let visitor = NoticeSender::Visitor(first.contact_id);
        let agent = NoticeSender::Agent(Some(desk.ada().user_id));
        assert!(news.contains(&&of_message(first.id, visitor, "hello", first.created_at)));
        assert!(news.contains(&&of_message(answer.id, agent, "hi", answer.created_at)));
        assert_eq!(*news[3], News::ConversationClosed {
            id,
            tags,
            unread_count: 0,
            assigned_agent_id: None,
            last_message_at: Some(answer.created_at),
        });
    }

    async fn a_visitor_who_gives_an_email_is_told_of(desk) {
        let webhook = subscribe(desk, URL, &[WebhookEvent::VisitorIdentified]).await;
        let contact = desk.begin("visitor").await.contact_id;
        let email = "Marie@Example.com".parse().unwrap();
        let change = ContactChange {
            name: Some(Some("Marie".to_owned())),
            email: Some(Some(email)),
            metadata: None,
        };
        desk.services.change_contact(program(desk), contact, change).await.unwrap();
        let notices = told(desk, &webhook).await;
        let expected = News::VisitorIdentified {
            id: contact,
            email: "marie@example.com".to_owned(),
            name: Some("Marie".to_owned()),
        };
        assert_eq!(notices.into_iter().map(|it| it.news).collect::<Vec<_>>(), [expected]);
    }

    async fn notes_are_never_told(desk) {
        let webhook = subscribe(desk, URL, &[WebhookEvent::MessageCreated]).await;
        let id = desk.begin("visitor").await.conversation_id;
        let note = "do not tell".to_owned();
        desk.services.send_program_message(program(desk), id, note, Visibility::Note).await.unwrap();
        assert_eq!(told(desk, &webhook).await.len(), 1, "the visitor's message alone");
    }

    async fn each_webhook_hears_what_it_asked_for_under_one_id(desk) {
        let all = subscribe(desk, URL, &WebhookEvent::ALL).await;
        let messages = subscribe(desk, URL, &[WebhookEvent::MessageCreated]).await;
        let closings = subscribe(desk, URL, &[WebhookEvent::ConversationClosed]).await;
        desk.begin("visitor").await;
        let (all, messages) = (told(desk, &all).await, told(desk, &messages).await);
        assert_eq!(events(&messages), ["message.created"]);
        assert!(all.contains(&messages[0]), "the same event has the same id");
        assert_eq!(told(desk, &closings).await, []);
    }

    async fn a_webhook_of_one_website_hears_of_that_alone(desk) {
        let web = CreateWebhook {
            channel_id: Some(desk.web_channel()),
            ..request(URL, &WebhookEvent::ALL)
        };
        let app = CreateWebhook {
            channel_id: Some(desk.demo.platform.mobile_channel_id.parse().unwrap()),
            ..request(URL, &WebhookEvent::ALL)
        };
        let web = desk.services.create_webhook(owner(desk), web).await.unwrap().webhook;
        let app = desk.services.create_webhook(owner(desk), app).await.unwrap().webhook;
        let contact = desk.begin("visitor").await.contact_id;
        let email = Some(Some("marie@example.com".parse().unwrap()));
        let change = ContactChange { name: None, email, metadata: None };
        desk.services.change_contact(program(desk), contact, change).await.unwrap();
        assert_eq!(told(desk, &web).await.len(), 3);
        assert_eq!(told(desk, &app).await, []);
    }

    async fn another_organization_neither_hears_nor_sees(desk) {
        let stranger = desk.stranger().await;
        let foreign =
            WebhookOwner { organization_id: stranger.organization_id, channel_id: None };
        let theirs = desk.services.create_webhook(foreign, request(URL, &WebhookEvent::ALL)).await;
        let ours = subscribe(desk, URL, &WebhookEvent::ALL).await;
        desk.begin("visitor").await;
        assert_eq!(told(desk, &theirs.unwrap().webhook).await, []);
        let delivery = claim(desk, &ours).await.remove(0);
        let (services, pinned) = (&desk.services, desk.demo.platform.mobile_channel_id.parse());
        let elsewhere = WebhookOwner { channel_id: Some(pinned.unwrap()), ..owner(desk) };
        for blind in [foreign, elsewhere] {
            let listed = services.list_webhooks(blind, None, 100).await.unwrap();
            assert!(listed.iter().all(|webhook| webhook.id != ours.id));
            assert!(is_missing(&services.get_webhook(blind, ours.id).await, Noun::Webhook));
            assert!(is_missing(&services.rotate_webhook(blind, ours.id).await, Noun::Webhook));
            assert!(is_missing(&services.delete_webhook(blind, ours.id).await, Noun::Webhook));
            let change = ChangeWebhook { enabled: Some(false), ..ChangeWebhook::default() };
            let changed = services.change_webhook(blind, ours.id, change).await;
            assert!(is_missing(&changed, Noun::Webhook));
            let log = services.list_webhook_deliveries(blind, ours.id, None, 1).await;
            assert!(is_missing(&log, Noun::Webhook));
            let again = services.redeliver(blind, ours.id, delivery.id).await;
            assert!(is_missing(&again, Noun::Webhook));
        }
    }

    async fn what_another_server_subscribes_misses_nothing_after_it(desk) {
        desk.begin("early").await;
        let elsewhere = desk.services_with(switchboard::service::ServiceLimits::default());
        let new = elsewhere.create_webhook(owner(desk), request(URL, &WebhookEvent::ALL)).await;
        let webhook = new.unwrap().webhook;
        desk.begin("late").await;
        assert_eq!(told(desk, &webhook).await.len(), 2);
        elsewhere.delete_webhook(owner(desk), webhook.id).await.unwrap();
        desk.begin("later").await;
        assert_eq!(desk.services.pending_deliveries().await.unwrap(), 0);
    }

    async fn a_webhook_that_is_off_is_told_nothing(desk) {
        let webhook = subscribe(desk, URL, &WebhookEvent::ALL).await;
        desk.begin("one").await;
        let switch = |enabled| ChangeWebhook { enabled: Some(enabled), ..ChangeWebhook::default() };
        let off = desk.services.change_webhook(owner(desk), webhook.id, switch(false)).await;
        assert!(!off.unwrap().enabled);
        assert_eq!(desk.services.pending_deliveries().await.unwrap(), 0, "what waited is dropped");
        assert!(desk.services.webhook_to_post(webhook.id).await.unwrap().is_none());
        desk.begin("two").await;
        assert_eq!(told(desk, &webhook).await, []);
        desk.services.change_webhook(owner(desk), webhook.id, switch(true)).await.unwrap();
        desk.begin("three").await;
        assert_eq!(told(desk, &webhook).await.len(), 2);
    }

    async fn what_waits_follows_a_webhook_to_its_new_address(desk) {
        let webhook = subscribe(desk, URL, &[WebhookEvent::MessageCreated]).await;
        desk.begin("visitor").await;
        let url = Some("https://other.example/hooks".to_owned());
        let change = ChangeWebhook { url, ..ChangeWebhook::default() };
        let moved = desk.services.change_webhook(owner(desk), webhook.id, change).await.unwrap();
        assert_eq!(told(desk, &webhook).await, []);
        assert_eq!(told(desk, &moved).await.len(), 1);
    }

    async fn a_secret_is_shown_once_and_can_be_replaced(desk) {
        let new = desk.services.create_webhook(owner(desk), request(URL, &WebhookEvent::ALL)).await;
        let new = new.unwrap();
        let id = new.webhook.id;
        let signs = async || desk.services.webhook_to_post(id).await.unwrap().unwrap().1;
        assert_eq!(signs().await, new.secret);
        let rotated = desk.services.rotate_webhook(owner(desk), id).await.unwrap();
        assert_ne!(rotated.secret, new.secret);
        assert_eq!(signs().await, rotated.secret);
    }

    async fn what_cannot_be_a_webhook_is_refused(desk) {
        let make = async |owner, request| desk.services.create_webhook(owner, request).await;
        let bad = make(owner(desk), request("ftp://a.example", &WebhookEvent::ALL)).await;
        assert!(matches!(bad, Err(ServiceError::Invalid(invalid)) if invalid.field == "url"));
        let nowhere = Some(switchboard::domain::ChannelId::generate());
        let bad = CreateWebhook { channel_id: nowhere, ..request(URL, &WebhookEvent::ALL) };
        let bad = make(owner(desk), bad).await;
        assert!(matches!(bad, Err(ServiceError::Invalid(invalid)) if invalid.field == "website_id"));
        let web = Some(desk.web_channel());
        let app = Some(desk.demo.platform.mobile_channel_id.parse().unwrap());
        let pinned = WebhookOwner { channel_id: app, ..owner(desk) };
        let other = CreateWebhook { channel_id: web, ..request(URL, &WebhookEvent::ALL) };
        assert!(matches!(make(pinned, other).await, Err(ServiceError::Forbidden(_))));
        let own = make(pinned, request(URL, &WebhookEvent::ALL)).await.unwrap();
        assert_eq!(own.webhook.channel_id, app, "it hears what its maker sees");
        for _ in 1..50 {
            subscribe(desk, URL, &WebhookEvent::ALL).await;
        }
        let one_more = make(owner(desk), request(URL, &WebhookEvent::ALL)).await;
        assert!(matches!(one_more, Err(ServiceError::Conflict(_))));
    }

    async fn webhooks_are_listed_in_pages_the_newest_first(desk) {
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(subscribe(desk, URL, &WebhookEvent::ALL).await.id);
        }
        made.reverse();
        let (mut read, mut before) = (Vec::new(), None);
        loop {
            let page = desk.services.list_webhooks(owner(desk), before, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            read.extend(page.iter().map(|webhook| webhook.id));
        }
        assert_eq!(read, made);
    }

    async fn every_attempt_is_kept(desk) {
        let webhook = subscribe(desk, URL, &[WebhookEvent::MessageCreated]).await;
        desk.begin("visitor").await;
        let delivery = claim(desk, &webhook).await.remove(0);
        let id = delivery.id;
        fails(desk, &webhook, delivery, 1_000, false).await;
        let log = async || {
            let services = &desk.services;
            services.list_webhook_deliveries(owner(desk), webhook.id, None, 10).await.unwrap()
        };
        let [failed] = &log().await[..] else { panic!("there is one") };
        assert_eq!((failed.id, failed.state), (id, DeliveryState::Pending));
        assert_eq!(failed.next_attempt_at, Some(desk.clock.now().plus_ms(1_000)));
        assert_eq!(failed.attempts[0].error.as_deref(), Some("it answered 500"));
        assert_eq!((failed.attempts[0].status, failed.attempts[0].duration_ms), (Some(500), 12));
        assert!(show(&desk.services, &webhook).await.failing_since.is_some());
        desk.clock.advance_ms(1_000);
        let delivery = claim(desk, &webhook).await.remove(0);
        succeeds(desk, &webhook, delivery).await;
        let [arrived] = &log().await[..] else { panic!("there is one") };
        assert_eq!(arrived.state, DeliveryState::Delivered);
        assert_eq!(arrived.attempts.len(), 2);
        assert_eq!(show(&desk.services, &webhook).await.failing_since, None);
        desk.clock.advance_ms(31 * DAY_MS);
        desk.services.sweep().await.unwrap();
        assert_eq!(log().await, []);
    }

    async fn what_is_given_up_is_known_to_have_failed(desk) {
        let webhook = subscribe(desk, URL, &[WebhookEvent::MessageCreated]).await;
        desk.begin("visitor").await;
        let delivery = claim(desk, &webhook).await.remove(0);
        let attempts = vec![attempt(desk, &webhook, &delivery, Some("it answered 500"))];
        let settlement = Settlement { ended: vec![delivery.id], attempts, ..Settlement::default() };
        desk.services.settle_deliveries(settlement).await.unwrap();
        let log = desk.services.list_webhook_deliveries(owner(desk), webhook.id, None, 10).await;
        let [failed] = &log.unwrap()[..] else { panic!("there is one") };
        assert_eq!((failed.state, failed.next_attempt_at), (DeliveryState::Failed, None));
    }

    async fn what_was_told_can_be_told_again(desk) {
        let webhook = subscribe(desk, URL, &[WebhookEvent::MessageCreated]).await;
        desk.begin("visitor").await;
        let delivery = claim(desk, &webhook).await.remove(0);
        succeeds(desk, &webhook, delivery.clone()).await;
        assert!(claim(desk, &webhook).await.is_empty());
        let services = &desk.services;
        let again = services.redeliver(owner(desk), webhook.id, delivery.id).await.unwrap();
        assert_eq!(again.state, DeliveryState::Pending);
        let once_more = claim(desk, &webhook).await.remove(0);
        assert_eq!((once_more.id, once_more.attempts), (delivery.id, 0));
        assert_eq!(once_more.payload, delivery.payload, "the same event under the same id");
        let unknown = switchboard::domain::DeliveryId::generate();
        let missing = services.redeliver(owner(desk), webhook.id, unknown).await;
        assert!(is_missing(&missing, Noun::Delivery));
        let off = ChangeWebhook { enabled: Some(false), ..ChangeWebhook::default() };
        services.change_webhook(owner(desk), webhook.id, off).await.unwrap();
        let refused = services.redeliver(owner(desk), webhook.id, delivery.id).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(_))));
    }

    async fn what_fails_holds_back_its_conversation_until_it_steps_aside(desk) {
        let webhook = subscribe(desk, URL, &[WebhookEvent::MessageCreated]).await;
        let id = desk.begin("visitor").await.conversation_id;
        desk.visitor_says(id, "visitor", "second").await.unwrap();
        let mut claimed = claim(desk, &webhook).await;
        let (second, first) = (claimed.remove(1), claimed.remove(0));
        fails(desk, &webhook, first, 1_000, false).await;
        let put_back = Postponed {
            due_at: desk.clock.now(),
            attempts: second.attempts,
            delivery: second,
            steps_aside: false,
        };
        let settlement = Settlement { postponed: vec![put_back], ..Settlement::default() };
        desk.services.settle_deliveries(settlement).await.unwrap();
        assert!(claim(desk, &webhook).await.is_empty(), "the first one is waited for");
        desk.clock.advance_ms(1_000);
        let mut claimed = claim(desk, &webhook).await;
        let (second, first) = (claimed.remove(1), claimed.remove(0));
        fails(desk, &webhook, first, DAY_MS, true).await;
        desk.clock.advance_ms(LEASE_MS);
        let passing = claim(desk, &webhook).await;
        assert_eq!(passing.len(), 1);
        assert_eq!(passing[0].id, second.id);
    }

    async fn a_webhook_that_fails_for_days_is_switched_off(desk) {
        let webhook = subscribe(desk, URL, &[WebhookEvent::MessageCreated]).await;
        let id = desk.begin("visitor").await.conversation_id;
        let first = claim(desk, &webhook).await.remove(0);
        fails(desk, &webhook, first, 1_000, false).await;
        desk.clock.advance_ms(3 * DAY_MS - 1);
        let again = claim(desk, &webhook).await.remove(0);
        fails(desk, &webhook, again, 1, false).await;
        assert!(show(&desk.services, &webhook).await.enabled);
        desk.clock.advance_ms(1);
        let again = claim(desk, &webhook).await.remove(0);
        fails(desk, &webhook, again, 1_000, false).await;
        let off = show(&desk.services, &webhook).await;
        assert!(!off.enabled);
        assert!(off.disabled_reason.unwrap().ends_with("the last failure: it answered 500"));
        assert_eq!(desk.services.pending_deliveries().await.unwrap(), 0);
        desk.visitor_says(id, "visitor", "anybody?").await.unwrap();
        assert_eq!(desk.services.pending_deliveries().await.unwrap(), 0);
        let on = ChangeWebhook { enabled: Some(true), ..ChangeWebhook::default() };
        let on = desk.services.change_webhook(owner(desk), webhook.id, on).await.unwrap();
        assert_eq!((on.enabled, on.disabled_reason, on.failing_since), (true, None, None));
    }

    async fn the_worker_is_woken_by_what_a_webhook_hears_and_by_nothing_else(desk) {
        let bell = desk.services.outbox_bell();
        let rings = async || tokio::time::timeout(Duration::from_millis(50), bell.notified()).await.is_ok();
        desk.begin("early").await;
        assert!(!rings().await);
        subscribe(desk, URL, &[WebhookEvent::MessageCreated]).await;
        desk.begin("late").await;
        assert!(rings().await);
    }
}
