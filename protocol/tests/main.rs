//! The codecs against their protocol documents, and against input nobody would write.

mod any_input;
mod engineio_packets;
mod engineio_payloads;
mod pusher_channels;
mod pusher_client_frames;
mod pusher_fallback;
mod pusher_server_frames;
mod pusher_signatures;
mod pusher_users;
mod socketio_binary;
mod socketio_decoding;
mod socketio_encoding;
mod socketio_refusals;
mod support;
mod websocket;
