//! `switchboard webhooks`

use std::io::Write;

use anyhow::Context as _;

use super::{WebhookArg, WebhooksCommand, day};
use crate::domain::{LoggedDelivery, SignatureStyle, Webhook, WebhookEvent, WebhookId};
use crate::service::{
    ChangeWebhook, CreateWebhook, NewWebhook, Noun, ServiceError, Services, WebhookOwner,
};

/// Most deliveries that are listed.
const DELIVERIES_SHOWN: u32 = 50;

pub(super) async fn run(
    services: &Services,
    command: WebhooksCommand,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        WebhooksCommand::Create { organization, url, event, website, signature_style } => {
            let request = request(url, &event, website.as_deref(), signature_style.as_deref())?;
            let owner = services.webhook_owner_named(&organization).await;
            let owner = owner.map_err(|error| explained(error, &organization))?;
            show_once(&services.create_webhook(owner, request).await?, out)?;
        }
        WebhooksCommand::List => {
            let webhooks = services.list_all_webhooks().await?;
            if webhooks.is_empty() {
                writeln!(
                    out,
                    "There are no webhooks. Make one: switchboard webhooks create --help"
                )?;
            }
            webhooks.iter().try_for_each(|webhook| list(webhook, out))?;
        }
        WebhooksCommand::Rotate(WebhookArg { id }) => {
            let (owner, id) = find(services, &id).await?;
            show_once(&services.rotate_webhook(owner, id).await?, out)?;
        }
        WebhooksCommand::Disable(WebhookArg { id }) => {
            let webhook = set_enabled(services, &id, false).await?;
            writeln!(
                out,
                "{} is told nothing any more; what waited for it is dropped.",
                webhook.origin()
            )?;
            writeln!(out, "Undo it: switchboard webhooks enable {id}")?;
        }
        WebhooksCommand::Enable(WebhookArg { id }) => {
            let webhook = set_enabled(services, &id, true).await?;
            writeln!(out, "{} is told of what happens from now on.", webhook.origin())?;
        }
        WebhooksCommand::Delete(WebhookArg { id }) => {
            let (owner, id) = find(services, &id).await?;
            let webhook = services.delete_webhook(owner, id).await?;
            writeln!(out, "{} is forgotten.", webhook.origin())?;
        }
        WebhooksCommand::Deliveries(WebhookArg { id }) => {
            let (owner, id) = find(services, &id).await?;
            let deliveries =
                services.list_webhook_deliveries(owner, id, None, DELIVERIES_SHOWN).await?;
            if deliveries.is_empty() {
                writeln!(out, "Nothing was tried in the last 30 days.")?;
            }
            deliveries.iter().try_for_each(|delivery| trace(delivery, out))?;
        }
        WebhooksCommand::Redeliver { webhook: WebhookArg { id }, delivery } => {
            let (owner, id) = find(services, &id).await?;
            let parsed = delivery.parse();
            let parsed =
                parsed.with_context(|| format!("`{delivery}` is not the id of a delivery"))?;
            services.redeliver(owner, id, parsed).await?;
            writeln!(out, "It is sent again, by a server that runs, within seconds.")?;
        }
    }
    Ok(())
}

fn request(
    url: String,
    events: &[String],
    website: Option<&str>,
    style: Option<&str>,
) -> anyhow::Result<CreateWebhook> {
    let events =
        if events.is_empty() { WebhookEvent::ALL.to_vec() } else { WebhookEvent::list(events)? };
    let website =
        website.map(|id| id.parse().with_context(|| format!("`{id}` is not the id of a website")));
    let style = style.map(str::parse::<SignatureStyle>).transpose()?;
    Ok(CreateWebhook {
        url,
        events,
        channel_id: website.transpose()?,
        signature_style: style.unwrap_or_default(),
    })
}

/// The webhook with this id, and whose it is.
async fn find(services: &Services, text: &str) -> anyhow::Result<(WebhookOwner, WebhookId)> {
    let id: WebhookId =
        text.parse().with_context(|| format!("`{text}` is not the id of a webhook"))?;
    let owner = services.webhook_owner(id).await.map_err(|error| explained(error, text))?;
    Ok((owner, id))
}

async fn set_enabled(services: &Services, id: &str, enabled: bool) -> anyhow::Result<Webhook> {
    let (owner, id) = find(services, id).await?;
    let change = ChangeWebhook { enabled: Some(enabled), ..ChangeWebhook::default() };
    Ok(services.change_webhook(owner, id, change).await?)
}

/// What to do about a refusal; `name` is what was looked for.
fn explained(error: ServiceError, name: &str) -> anyhow::Error {
    match error {
        ServiceError::NotFound(Noun::Organization) => anyhow::anyhow!(
            "there is no organization `{name}`; `switchboard demo` makes one to try things with"
        ),
        ServiceError::NotFound(Noun::Webhook) => anyhow::anyhow!(
            "there is no webhook with the id `{name}`; `switchboard webhooks list` shows them"
        ),
        other => other.into(),
    }
}

fn show_once(new: &NewWebhook, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "id      {}", new.webhook.id.prefixed("whk_"))?;
    writeln!(out, "secret  {}", new.secret.expose())?;
    writeln!(out, "Keep the secret now, it is not shown again.")?;
    Ok(())
}

fn list(webhook: &Webhook, out: &mut impl Write) -> anyhow::Result<()> {
    let (id, organization) =
        (webhook.id.prefixed("whk_"), webhook.organization_id.prefixed("org_"));
    let events: Vec<&str> = webhook.events.iter().map(|event| event.as_str()).collect();
    let state = match (webhook.enabled, &webhook.disabled_reason) {
        (true, _) => "enabled".to_owned(),
        (false, None) => "disabled".to_owned(),
        (false, Some(why)) => format!("switched off: {why}"),
    };
    let (origin, style, made) =
        (webhook.origin(), webhook.signature_style, day(webhook.created_at));
    writeln!(out, "{id}  {origin}  of {organization}  {style}  made {made}  {state}")?;
    writeln!(out, "    {}", events.join(", "))?;
    Ok(())
}

fn trace(delivery: &LoggedDelivery, out: &mut impl Write) -> anyhow::Result<()> {
    let (id, event) = (delivery.id.prefixed("dlv_"), delivery.notice.id.prefixed("evt_"));
    let (kind, state) = (delivery.notice.event(), delivery.state.as_str());
    writeln!(out, "{id}  {kind}  {event}  {state}")?;
    for attempt in &delivery.attempts {
        let came = attempt.error.as_deref().unwrap_or("taken");
        let at = jiff::Timestamp::from_microsecond(attempt.at.micros()).unwrap_or_default();
        writeln!(out, "    {at:.0}  {} ms  {came}", attempt.duration_ms)?;
    }
    Ok(())
}
