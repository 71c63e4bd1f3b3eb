//! Writing packets: each function appends one whole Engine.IO text packet, reserving once.
//!
//! Arguments named `args`, `array_json` or `data` are JSON text and written as they are; all other
//! text is escaped here.

use std::fmt::Write as _;

use super::{ROOT, json};

/// The Engine.IO type of every packet written here.
const MESSAGE: char = '4';

/// The most digits of a `u64`.
const DIGITS_MAX: usize = 20;

/// CONNECT, the server's consent: `40{"sid":"…"}`, `40/chat,{"sid":"…","pid":"…"}`.
///
/// `sid` is the public id of the Socket.IO connection, `pid` the secret with which a client that
/// lost its connection asks for recovery.
pub fn encode_connect(out: &mut String, namespace: &str, sid: &str, pid: Option<&str>) {
    let pid_len = pid.map_or(0, |pid| r#","pid":"#.len() + json::string_len(pid));
    let body_len = r#"{"sid":}"#.len() + json::string_len(sid) + pid_len;
    Head { kind: '0', namespace, attachments: None, id: None }.push(out, body_len);
    out.push_str(r#"{"sid":"#);
    json::push_string(out, sid);
    if let Some(pid) = pid {
        out.push_str(r#","pid":"#);
        json::push_string(out, pid);
    }
    out.push('}');
}

/// `CONNECT_ERROR`: `44{"message":"…"}`, `44/chat,{"message":"…","data":…}`.
pub fn encode_connect_error(out: &mut String, namespace: &str, message: &str, data: Option<&str>) {
    let data_len = data.map_or(0, |data| r#","data":"#.len() + data.len());
    let body_len = r#"{"message":}"#.len() + json::string_len(message) + data_len;
    Head { kind: '4', namespace, attachments: None, id: None }.push(out, body_len);
    out.push_str(r#"{"message":"#);
    json::push_string(out, message);
    if let Some(data) = data {
        out.push_str(r#","data":"#);
        out.push_str(data);
    }
    out.push('}');
}

/// DISCONNECT: `41`, `41/chat,`.
pub fn encode_disconnect(out: &mut String, namespace: &str) {
    Head { kind: '1', namespace, attachments: None, id: None }.push(out, 0);
}

/// EVENT: `42["hello",1]`, `42/chat,7["hello",1]`.
///
/// `offset` goes behind the last argument, where a client that recovers connections looks for it.
pub fn encode_event(
    out: &mut String,
    namespace: &str,
    id: Option<u64>,
    name: &str,
    args: &[&str],
    offset: Option<&str>,
) {
    let offset_len = offset.map_or(0, |offset| 1 + json::string_len(offset));
    let body_len = event_array_len(name, args) + offset_len;
    Head { kind: '2', namespace, attachments: None, id }.push(out, body_len);
    push_event_items(out, name, args);
    if let Some(offset) = offset {
        out.push(',');
        json::push_string(out, offset);
    }
    out.push(']');
}

/// EVENT with the array of its name and arguments already written.
pub fn encode_event_raw(out: &mut String, namespace: &str, id: Option<u64>, array_json: &str) {
    Head { kind: '2', namespace, attachments: None, id }.push_with(out, array_json);
}

/// ACK: `437[]`, `43/chat,7["done"]`.
pub fn encode_ack(out: &mut String, namespace: &str, id: u64, args: &[&str]) {
    let body_len = 2 + args.iter().map(|arg| arg.len() + 1).sum::<usize>();
    Head { kind: '3', namespace, attachments: None, id: Some(id) }.push(out, body_len);
    out.push('[');
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(arg);
    }
    out.push(']');
}

/// ACK with the array of its arguments already written.
pub fn encode_ack_raw(out: &mut String, namespace: &str, id: u64, array_json: &str) {
    Head { kind: '3', namespace, attachments: None, id: Some(id) }.push_with(out, array_json);
}

/// `BINARY_EVENT`: `451-["image",{"_placeholder":true,"num":0}]`. The caller sends `attachments`
/// binary messages right behind it.
pub fn encode_binary_event_raw(
    out: &mut String,
    namespace: &str,
    id: Option<u64>,
    attachments: usize,
    array_json: &str,
) {
    let attachments = Some(attachments);
    Head { kind: '5', namespace, attachments, id }.push_with(out, array_json);
}

/// `BINARY_ACK`: `461-7[{"_placeholder":true,"num":0}]`. The caller sends `attachments` binary
/// messages right behind it.
pub fn encode_binary_ack_raw(
    out: &mut String,
    namespace: &str,
    id: u64,
    attachments: usize,
    array_json: &str,
) {
    let attachments = Some(attachments);
    Head { kind: '6', namespace, attachments, id: Some(id) }.push_with(out, array_json);
}

/// The JSON array of an event, for the `encode_*_raw` functions: `["hello",1]`.
#[must_use]
pub fn event_array(name: &str, args: &[&str]) -> String {
    let mut out = String::with_capacity(event_array_len(name, args));
    push_event_items(&mut out, name, args);
    out.push(']');
    out
}

/// Length in bytes of what [`event_array`] writes.
fn event_array_len(name: &str, args: &[&str]) -> usize {
    2 + json::string_len(name) + args.iter().map(|arg| 1 + arg.len()).sum::<usize>()
}

/// Appends the array of an event without its closing bracket.
fn push_event_items(out: &mut String, name: &str, args: &[&str]) {
    out.push('[');
    json::push_string(out, name);
    for arg in args {
        out.push(',');
        out.push_str(arg);
    }
}

/// Everything before the payload.
struct Head<'a> {
    kind: char,
    namespace: &'a str,
    attachments: Option<usize>,
    id: Option<u64>,
}

impl Head<'_> {
    /// Appends the head and the payload.
    fn push_with(&self, out: &mut String, payload: &str) {
        self.push(out, payload.len());
        out.push_str(payload);
    }

    /// Makes room for the head and a payload of `payload_len` bytes, and appends the head.
    fn push(&self, out: &mut String, payload_len: usize) {
        out.reserve(self.len_max() + payload_len);
        out.push(MESSAGE);
        out.push(self.kind);
        if let Some(attachments) = self.attachments {
            push_number(out, attachments as u64);
            out.push('-');
        }
        if self.namespace != ROOT {
            out.push_str(self.namespace);
            out.push(',');
        }
        if let Some(id) = self.id {
            push_number(out, id);
        }
    }

    /// The head's length in bytes, or a little more.
    fn len_max(&self) -> usize {
        let attachments = self.attachments.map_or(0, |_| DIGITS_MAX + 1);
        let id = self.id.map_or(0, |_| DIGITS_MAX);
        2 + attachments + self.namespace.len() + 1 + id
    }
}

fn push_number(out: &mut String, number: u64) {
    write!(out, "{number}").expect("a String takes any text");
}
