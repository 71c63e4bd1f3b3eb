//! An occurrence as receivers read it (Pusher Channels, "Webhooks": the objects in `events`).

use serde::Serialize;

use crate::domain::{Occurrence, OccurrenceKind};

#[derive(Serialize)]
struct Payload<'a> {
    name: &'static str,
    channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_count: Option<u64>,
}

/// The occurrence in JSON.
pub(super) fn of(occurrence: &Occurrence) -> String {
    let mut payload = Payload {
        name: occurrence.kind.name(),
        channel: &occurrence.channel,
        event: None,
        data: None,
        socket_id: None,
        user_id: None,
        subscription_count: None,
    };
    match &occurrence.kind {
        OccurrenceKind::Occupied | OccurrenceKind::Vacated | OccurrenceKind::CacheMiss => {}
        OccurrenceKind::MemberAdded { user_id } | OccurrenceKind::MemberRemoved { user_id } => {
            payload.user_id = Some(user_id);
        }
        OccurrenceKind::ClientEvent { event, data, socket_id, user_id } => {
            payload.event = Some(event);
            payload.data = Some(data);
            payload.socket_id = Some(socket_id);
            payload.user_id = user_id.as_deref();
        }
        OccurrenceKind::SubscriptionCount { count } => payload.subscription_count = Some(*count),
    }
    serde_json::to_string(&payload).expect("texts and numbers always have a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: OccurrenceKind) -> String {
        of(&Occurrence { channel: "presence-x".to_owned(), kind })
    }

    #[test]
    fn every_kind_has_the_fields_that_receivers_know() {
        let user_id = "7".to_owned();
        assert_eq!(
            shown(OccurrenceKind::Occupied),
            r#"{"name":"channel_occupied","channel":"presence-x"}"#
        );
        assert_eq!(
            shown(OccurrenceKind::MemberRemoved { user_id: user_id.clone() }),
            r#"{"name":"member_removed","channel":"presence-x","user_id":"7"}"#
        );
        assert_eq!(
            shown(OccurrenceKind::SubscriptionCount { count: 5 }),
            r#"{"name":"subscription_count","channel":"presence-x","subscription_count":5}"#
        );
        let said = OccurrenceKind::ClientEvent {
            event: "client-typing".to_owned(),
            data: r#"{"is":"typing"}"#.to_owned(),
            socket_id: "1.2".to_owned(),
            user_id: Some(user_id),
        };
        assert_eq!(
            shown(said),
            r#"{"name":"client_event","channel":"presence-x","event":"client-typing","data":"{\"is\":\"typing\"}","socket_id":"1.2","user_id":"7"}"#
        );
    }
}
