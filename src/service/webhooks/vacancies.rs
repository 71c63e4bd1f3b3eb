//! Telling that nobody is there any more.

use std::sync::Arc;

use super::super::{ServiceError, Services};
use super::occurrences::insert_deliveries;
use crate::domain::{NodeId, Occurrence, OccurrenceKind, PusherApp, PusherAppId};
use crate::store::{Done, Living, Occupancy};

/// Most occupancies that end in one transaction: messages of conversations wait for it.
const ENDED_MAX: i64 = 100;

impl Services {
    /// Ends the occupancies whose time has come, and makes the deliveries that tell of it. An
    /// application that is gone or disabled tells nobody. `me` is the node that asks.
    ///
    /// # Errors
    /// `Internal` alone, here and below.
    pub async fn end_occupancies(&self, me: NodeId) -> Result<(), ServiceError> {
        let next = self.store().next_vacancy().await?;
        if next.is_none_or(|next| next > self.now()) {
            return Ok(());
        }
        while self.end_some_occupancies(me).await? == usize::try_from(ENDED_MAX).unwrap_or(0) {}
        Ok(())
    }

    /// What nodes that died occupied ends after a grace, unless someone comes back.
    pub async fn leave_with_lost_nodes(&self, me: NodeId) -> Result<(), ServiceError> {
        let lost = self.store().list_lost_occupants(self.living(me)).await?;
        if lost.is_empty() {
            return Ok(());
        }
        let vacates_at = self.now().plus_ms(self.inner.limits.webhooks.lost_grace_ms);
        let lost: Arc<[String]> = lost.into();
        self.commit(None, move |tx| {
            let lost = Arc::clone(&lost);
            Box::pin(async move {
                for node_id in &*lost {
                    tx.leave_with_node(node_id, vacates_at).await?;
                }
                Ok(Done::quietly(()))
            })
        })
        .await
    }

    /// Nothing ends before the grace is over. For a server that has just started: what its
    /// predecessor wrote as it went is out of date, since its clients are on their way back.
    pub async fn spare_occupancies(&self) -> Result<(), ServiceError> {
        let at = self.now().plus_ms(self.inner.limits.webhooks.lost_grace_ms);
        self.commit(None, move |tx| {
            Box::pin(async move {
                tx.spare_occupancies(at).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }

    async fn end_some_occupancies(&self, me: NodeId) -> Result<usize, ServiceError> {
        let (now, living, services) = (self.now(), self.living(me), self.clone());
        let give_up_at = now.plus_ms(self.inner.limits.webhooks.give_up_ms);
        self.commit(None, move |tx| {
            let services = services.clone();
            Box::pin(async move {
                let ended = tx.list_ended_occupancies(now, ENDED_MAX).await?;
                for occupancy in &ended {
                    if !tx.end_occupancy(occupancy, living).await? {
                        continue;
                    }
                    if let Some(app) = services.told_app(occupancy) {
                        let occurrence = vacancy(occupancy);
                        insert_deliveries(tx, &app, &occurrence, now, give_up_at).await?;
                    }
                }
                Ok(Done::quietly(ended.len()))
            })
        })
        .await
    }

    fn living(&self, me: NodeId) -> Living {
        Living { me, since: self.now().plus_ms(-self.inner.limits.node_silence_ms) }
    }

    fn told_app(&self, occupancy: &Occupancy) -> Option<Arc<PusherApp>> {
        let id = PusherAppId::from(occupancy.app_id.as_str());
        self.apps().current(&id).filter(|app| app.enabled)
    }
}

/// What there is to tell when an occupancy ends.
fn vacancy(occupancy: &Occupancy) -> Occurrence {
    let kind = if occupancy.user_id.is_empty() {
        OccurrenceKind::Vacated
    } else {
        OccurrenceKind::MemberRemoved { user_id: occupancy.user_id.clone() }
    };
    Occurrence { channel: occupancy.channel.clone(), kind }
}
