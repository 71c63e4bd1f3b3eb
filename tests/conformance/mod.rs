//! The protocols, checked from outside in our own words: Engine.IO 4, Socket.IO 5 and RFC 6455,
//! against the server for protocol suites.

mod engineio;
mod first_request;
mod frames;
mod polling;
mod pusher_fallback;
mod socketio;
mod upgrade;
mod websocket;
mod wire;
