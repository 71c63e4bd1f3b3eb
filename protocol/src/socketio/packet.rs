//! One Socket.IO packet.

use serde::de::IgnoredAny;

use super::header::{Header, Kind};
use super::{Args, DecodeError, RESERVED_EVENTS, json};

/// A packet of Socket.IO protocol 5, pointing into the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0`, from the client: it wants to join a namespace. (The server's answer is written by
    /// [`encode_connect`](super::encode_connect).)
    Connect {
        /// The namespace to join.
        namespace: &'a str,
        /// What the client authenticates with: the text of a JSON object.
        auth: Option<&'a str>,
    },
    /// `1`, from either side: it leaves a namespace.
    Disconnect {
        /// The namespace left.
        namespace: &'a str,
    },
    /// `2`, from either side: something happened.
    Event {
        /// The namespace it happened in.
        namespace: &'a str,
        /// Under which id the sender waits for an acknowledgement.
        id: Option<u64>,
        /// The event's name and arguments.
        args: Args<'a>,
    },
    /// `3`, from either side: the answer to an event.
    Ack {
        /// The namespace of the event.
        namespace: &'a str,
        /// The id of the event.
        id: u64,
        /// The answer.
        args: Args<'a>,
    },
    /// `4`, from the server: joining a namespace was refused.
    ConnectError {
        /// The namespace.
        namespace: &'a str,
        /// The reason: the text of a JSON string or object.
        data: &'a str,
    },
    /// `5`, from either side: an event whose arguments hold bytes, which follow as binary messages.
    BinaryEvent {
        /// The namespace it happened in.
        namespace: &'a str,
        /// Under which id the sender waits for an acknowledgement.
        id: Option<u64>,
        /// How many binary messages follow; at least one.
        attachments: usize,
        /// The event's name and arguments, with placeholders for the bytes.
        args: Args<'a>,
    },
    /// `6`, from either side: the answer to an event, with bytes that follow as binary messages.
    BinaryAck {
        /// The namespace of the event.
        namespace: &'a str,
        /// The id of the event.
        id: u64,
        /// How many binary messages follow; at least one.
        attachments: usize,
        /// The answer, with placeholders for the bytes.
        args: Args<'a>,
    },
}

impl<'a> Packet<'a> {
    /// Reads the text of an Engine.IO message (what follows its `4`).
    ///
    /// A binary packet that announces no attachments is given as the plain packet it is.
    ///
    /// # Errors
    /// Names the first part that is not as the protocol says. Stricter than the reference parser
    /// where that passes on what no client sends: an event without payload, a number as event name,
    /// an acknowledgement without id, an id where nothing can be acknowledged.
    pub fn decode(text: &'a str) -> Result<Self, DecodeError> {
        let header = Header::decode(text)?;
        match header.kind {
            Kind::Connect => connect(&header),
            Kind::Disconnect => disconnect(&header),
            Kind::ConnectError => connect_error(&header),
            Kind::Event | Kind::BinaryEvent => event(&header),
            Kind::Ack | Kind::BinaryAck => ack(&header),
        }
    }
}

fn connect<'a>(header: &Header<'a>) -> Result<Packet<'a>, DecodeError> {
    let namespace = header.namespace;
    if header.payload.is_empty() {
        expect_no_id(header)?;
        return Ok(Packet::Connect { namespace, auth: None });
    }
    let auth = value(header, &['{'], "an object or nothing")?;
    Ok(Packet::Connect { namespace, auth: Some(auth) })
}

fn disconnect<'a>(header: &Header<'a>) -> Result<Packet<'a>, DecodeError> {
    expect_no_id(header)?;
    if header.payload.is_empty() {
        Ok(Packet::Disconnect { namespace: header.namespace })
    } else {
        Err(DecodeError::Payload { packet: header.kind.name(), expected: "nothing" })
    }
}

fn connect_error<'a>(header: &Header<'a>) -> Result<Packet<'a>, DecodeError> {
    let data = value(header, &['"', '{'], "a string or an object")?;
    Ok(Packet::ConnectError { namespace: header.namespace, data })
}

fn event<'a>(header: &Header<'a>) -> Result<Packet<'a>, DecodeError> {
    let &Header { namespace, id, attachments, .. } = header;
    let args = args(header)?;
    let (name, _) = args.event()?;
    if RESERVED_EVENTS.contains(&&*name) {
        return Err(DecodeError::ReservedEvent(name.into_owned()));
    }
    Ok(match attachments {
        0 => Packet::Event { namespace, id, args },
        _ => Packet::BinaryEvent { namespace, id, attachments, args },
    })
}

fn ack<'a>(header: &Header<'a>) -> Result<Packet<'a>, DecodeError> {
    let &Header { namespace, attachments, .. } = header;
    let id = header.id.ok_or(DecodeError::MissingAckId { packet: header.kind.name() })?;
    let args = args(header)?;
    Ok(match attachments {
        0 => Packet::Ack { namespace, id, args },
        _ => Packet::BinaryAck { namespace, id, attachments, args },
    })
}

/// Reads the arguments; in a binary packet each placeholder must name an attachment.
fn args<'a>(header: &Header<'a>) -> Result<Args<'a>, DecodeError> {
    let args = Args::decode(header.kind.name(), header.payload)?;
    let plain = matches!(header.kind, Kind::Event | Kind::Ack);
    if plain || args.placeholders_ok(header.attachments) {
        Ok(args)
    } else {
        Err(DecodeError::IllegalAttachments { attachments: header.attachments })
    }
}

/// Reads a payload that is one JSON value beginning with one of `first`, and returns its text.
fn value<'a>(
    header: &Header<'a>,
    first: &[char],
    expected: &'static str,
) -> Result<&'a str, DecodeError> {
    expect_no_id(header)?;
    let packet = header.kind.name();
    let raw = json::trim(header.payload);
    if !raw.starts_with(first) {
        return Err(DecodeError::Payload { packet, expected });
    }
    json::check_nesting(packet, raw)?;
    serde_json::from_str::<IgnoredAny>(raw).map_err(|e| json::error(packet, &e))?;
    Ok(raw)
}

fn expect_no_id(header: &Header<'_>) -> Result<(), DecodeError> {
    match header.id {
        None => Ok(()),
        Some(_) => Err(DecodeError::UnexpectedAckId { packet: header.kind.name() }),
    }
}
