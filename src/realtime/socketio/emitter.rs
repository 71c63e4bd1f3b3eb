//! Sending to one socket.

use std::sync::Arc;

use bytes::Bytes;
use switchboard_protocol::socketio::{
    encode_ack, encode_binary_ack_raw, encode_binary_event_raw, encode_disconnect, encode_event,
    event_array,
};
use switchboard_rooms::Closing;

use super::Reply;
use crate::realtime::frame::{Frame, Outbound};
use crate::realtime::line::Line;

/// Sends packets of one namespace on one connection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Emitter {
    line: Arc<Line>,
    namespace: Arc<str>,
}

impl Emitter {
    pub(super) fn new(line: Arc<Line>, namespace: &str) -> Self {
        Self { line, namespace: namespace.into() }
    }

    /// The namespace it sends in.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The queue that all of this connection's frames go through.
    #[must_use]
    pub fn outbound(&self) -> &Arc<Outbound> {
        &self.line.outbound
    }

    /// Sends an event whose arguments are given as JSON.
    pub fn emit(&self, name: &str, args: &[&str]) {
        let mut text = String::new();
        encode_event(&mut text, &self.namespace, None, name, args, None);
        self.line.send(text);
    }

    /// Sends an event whose arguments contain placeholders for `attachments`.
    pub fn emit_binary(&self, name: &str, args: &[&str], attachments: &[Bytes]) {
        if attachments.is_empty() {
            return self.emit(name, args);
        }
        let mut text = String::new();
        let array = event_array(name, args);
        encode_binary_event_raw(&mut text, &self.namespace, None, attachments.len(), &array);
        self.send_with(text, attachments);
    }

    /// Answers the event that asked for the acknowledgement `id`.
    pub(super) fn acknowledge(&self, id: u64, reply: &Reply) {
        let args: Vec<&str> = reply.args.iter().map(String::as_str).collect();
        let mut text = String::new();
        if reply.attachments.is_empty() {
            encode_ack(&mut text, &self.namespace, id, &args);
            return self.line.send(text);
        }
        let array = format!("[{}]", args.join(","));
        encode_binary_ack_raw(&mut text, &self.namespace, id, reply.attachments.len(), &array);
        self.send_with(text, &reply.attachments);
    }

    /// Binary messages must follow their packet at once: nothing else may come in between.
    fn send_with(&self, text: String, attachments: &[Bytes]) {
        let binary = attachments.iter().map(|bytes| Frame::binary(bytes));
        let frames = std::iter::once(Frame::from(text)).chain(binary);
        let _ = self.line.outbound.push_together(frames);
    }

    /// Tells the client to leave the namespace, and closes the connection once it has been told.
    pub fn disconnect(&self, why: Closing) {
        let mut text = String::new();
        encode_disconnect(&mut text, &self.namespace);
        self.line.send(text);
        self.line.outbound.close(why);
    }
}
