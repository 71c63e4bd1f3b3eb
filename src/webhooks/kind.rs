//! What each kind of webhook does its own way.

use super::Settings;
use super::client::{Reach, Request};
use super::pusher::PusherHook;
use crate::domain::{Delivery, DeliveryKind, Endpoint};
use crate::service::{ServiceError, Services};

/// An endpoint as its owner has it configured now.
pub(super) trait Webhook: Send + Sync {
    /// Most events of one request.
    fn batch_max(&self) -> usize;

    /// How far it may reach.
    fn reach(&self) -> Reach;

    /// Wraps and signs events, in this order.
    fn request(&self, events: &[Delivery]) -> Request;

    /// The wait after so many attempts, in milliseconds.
    fn wait_ms(&self, attempts: u32) -> i64;
}

/// Looks up the webhook behind an endpoint; `None` when its owner has it no more.
pub(super) async fn find(
    services: &Services,
    settings: Settings,
    endpoint: &Endpoint,
) -> Result<Option<Box<dyn Webhook>>, ServiceError> {
    match endpoint.kind {
        DeliveryKind::Pusher => {
            let hook = PusherHook::find(services, settings, endpoint).await?;
            Ok(hook.map(|hook| Box::new(hook) as Box<dyn Webhook>))
        }
    }
}
