//! Writing down what happens on channels.

use std::sync::Arc;

use super::super::{ServiceError, Services};
use super::payload;
use crate::domain::{
    DeliveryKind, Endpoint, NodeId, Occurrence, OccurrenceKind, PusherApp, Timestamp,
};
use crate::store::{Done, NewDelivery, Occupancy, StoreError, Tx};

/// An occurrence, and the application on whose channel it was.
pub type Occurred = (Arc<PusherApp>, Occurrence);

impl Services {
    /// Whether anybody is ever told of an occurrence. Who hears that a channel is vacated is in need of
    /// someone who remembers that it was occupied, and the other way round.
    #[must_use]
    pub fn is_awaited(&self, app: &PusherApp, occurrence: &Occurrence) -> bool {
        let wanted = |kind: &OccurrenceKind| app.wants(kind, &occurrence.channel);
        let pair = match &occurrence.kind {
            OccurrenceKind::Occupied => Some(OccurrenceKind::Vacated),
            OccurrenceKind::Vacated => Some(OccurrenceKind::Occupied),
            OccurrenceKind::MemberAdded { user_id } => {
                Some(OccurrenceKind::MemberRemoved { user_id: user_id.clone() })
            }
            OccurrenceKind::MemberRemoved { user_id } => {
                Some(OccurrenceKind::MemberAdded { user_id: user_id.clone() })
            }
            _ => None,
        };
        wanted(&occurrence.kind) || pair.is_some_and(|other| wanted(&other))
    }

    /// Keeps what happened on the channels of this node, in order, and tells the worker.
    ///
    /// A channel that is vacated, or a member who is removed, is told of after a while, and not at all
    /// when someone came back meanwhile. On several nodes the first one that occupies a channel and the
    /// last one that leaves it count.
    ///
    /// # Errors
    /// `Internal`: nothing is known to be kept. The same again is harmless, but for client events,
    /// cache misses and counts, which may then be told twice.
    pub async fn record_occurrences(
        &self,
        node_id: NodeId,
        occurred: Arc<[Occurred]>,
    ) -> Result<(), ServiceError> {
        let (now, times) = (self.now(), self.inner.limits.webhooks);
        self.commit(None, move |tx| {
            let occurred = Arc::clone(&occurred);
            Box::pin(async move {
                let mut record = Record {
                    tx,
                    node_id,
                    now,
                    vacates_at: now.plus_ms(times.vacated_delay_ms),
                    give_up_at: now.plus_ms(times.give_up_ms),
                };
                for (app, occurrence) in &*occurred {
                    record.keep(app, occurrence).await?;
                }
                Ok(Done::quietly(()))
            })
        })
        .await?;
        // Not only deliveries are looked at: a channel may be vacated before anything else is due.
        self.outbox_bell().notify_one();
        Ok(())
    }
}

struct Record<'t> {
    tx: &'t mut Tx,
    node_id: NodeId,
    now: Timestamp,
    vacates_at: Timestamp,
    give_up_at: Timestamp,
}

impl Record<'_> {
    async fn keep(&mut self, app: &PusherApp, occurrence: &Occurrence) -> Result<(), StoreError> {
        let of = |user_id: &str| Occupancy {
            app_id: app.id.to_string(),
            channel: occurrence.channel.clone(),
            user_id: user_id.to_owned(),
        };
        let is_news = match &occurrence.kind {
            OccurrenceKind::Occupied => self.tx.occupy(&of(""), self.node_id).await?,
            OccurrenceKind::MemberAdded { user_id } => {
                self.tx.occupy(&of(user_id), self.node_id).await?
            }
            OccurrenceKind::Vacated => {
                return self.tx.leave(&of(""), self.node_id, self.vacates_at).await;
            }
            OccurrenceKind::MemberRemoved { user_id } => {
                return self.tx.leave(&of(user_id), self.node_id, self.vacates_at).await;
            }
            OccurrenceKind::ClientEvent { .. }
            | OccurrenceKind::CacheMiss
            | OccurrenceKind::SubscriptionCount { .. } => true,
        };
        if is_news {
            insert_deliveries(self.tx, app, occurrence, self.now, self.give_up_at).await?;
        }
        Ok(())
    }
}

/// Makes a delivery for each receiver that wants to hear of it.
pub(super) async fn insert_deliveries(
    tx: &mut Tx,
    app: &PusherApp,
    occurrence: &Occurrence,
    now: Timestamp,
    give_up_at: Timestamp,
) -> Result<(), StoreError> {
    let payload = payload::of(occurrence);
    for url in receivers(app, occurrence) {
        let endpoint =
            Endpoint { kind: DeliveryKind::Pusher, owner: app.id.to_string(), url: url.to_owned() };
        let lane = &occurrence.channel;
        let new = NewDelivery { endpoint: &endpoint, lane, payload: &payload, give_up_at };
        tx.insert_delivery(new, now).await?;
    }
    Ok(())
}

/// The URLs of the webhooks that want to hear of it, each once.
fn receivers<'a>(app: &'a PusherApp, occurrence: &Occurrence) -> Vec<&'a str> {
    let mut urls = Vec::new();
    for webhook in &app.settings.webhooks {
        if webhook.wants(&occurrence.kind, &occurrence.channel)
            && !urls.contains(&webhook.url.as_str())
        {
            urls.push(webhook.url.as_str());
        }
    }
    urls
}
