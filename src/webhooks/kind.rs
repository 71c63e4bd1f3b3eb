//! What each kind of webhook does its own way.

use super::Settings;
use super::client::{Reach, Request};
use super::muro::MuroHook;
use super::pusher::PusherHook;
use crate::domain::{Delivery, DeliveryKind, Endpoint, Timestamp, WebhookId};
use crate::service::{ServiceError, Services};

/// An endpoint as its owner has it configured now.
pub(super) trait Webhook: Send + Sync {
    /// Most events of one request.
    fn batch_max(&self) -> usize;

    /// How far it may reach.
    fn reach(&self) -> Reach;

    /// Wraps and signs events, in this order, for an attempt that is made now. `None` when they cannot be
    /// read.
    fn request(&self, events: &[Delivery], now: Timestamp) -> Option<Request>;

    /// The wait after so many attempts, in milliseconds; `None` when there is no further one.
    fn wait_ms(&self, attempts: u32) -> Option<i64>;

    /// Whether an event whose attempt of this number was refused lets those behind it in its lane pass.
    fn steps_aside(&self, _attempts: u32) -> bool {
        false
    }

    /// In whose log the attempts are kept, where they are.
    fn logged_as(&self) -> Option<WebhookId> {
        None
    }
}

/// Looks up the webhook behind an endpoint; `None` when its owner has it no more.
pub(super) async fn find(
    services: &Services,
    settings: &Settings,
    endpoint: &Endpoint,
) -> Result<Option<Box<dyn Webhook>>, ServiceError> {
    match endpoint.kind {
        DeliveryKind::Pusher => {
            let hook = PusherHook::find(services, settings, endpoint).await?;
            Ok(hook.map(|hook| Box::new(hook) as Box<dyn Webhook>))
        }
        DeliveryKind::Muro => {
            let hook = MuroHook::find(services, settings, endpoint).await?;
            Ok(hook.map(|hook| Box::new(hook) as Box<dyn Webhook>))
        }
    }
}
