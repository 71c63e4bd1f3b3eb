//! Packets as one line of text, so that a table of examples stays a table.

use switchboard_protocol::socketio::Packet;

/// The packet type as the protocol document names it, then the parts that are there.
pub(crate) fn describe(packet: &Packet<'_>) -> String {
    match packet {
        Packet::Connect { namespace, auth } => {
            format!("CONNECT {namespace}{}", auth.map_or(String::new(), |auth| format!(" {auth}")))
        }
        Packet::Disconnect { namespace } => format!("DISCONNECT {namespace}"),
        Packet::Event { namespace, id, args } => {
            format!("EVENT {namespace}{} {}", number(*id), args.raw())
        }
        Packet::Ack { namespace, id, args } => format!("ACK {namespace} #{id} {}", args.raw()),
        Packet::ConnectError { namespace, data } => format!("CONNECT_ERROR {namespace} {data}"),
        Packet::BinaryEvent { namespace, id, attachments, args } => {
            format!("BINARY_EVENT {namespace}{} +{attachments} {}", number(*id), args.raw())
        }
        Packet::BinaryAck { namespace, id, attachments, args } => {
            format!("BINARY_ACK {namespace} #{id} +{attachments} {}", args.raw())
        }
    }
}

/// Decodes and describes; for frames that must be valid.
pub(crate) fn decoded(text: &str) -> String {
    match Packet::decode(text) {
        Ok(packet) => describe(&packet),
        Err(error) => panic!("{text}: {error}"),
    }
}

fn number(id: Option<u64>) -> String {
    id.map_or(String::new(), |id| format!(" #{id}"))
}
