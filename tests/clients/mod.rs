//! The clients people really use, each over each transport it has.

mod javascript;
mod mcp;
mod pusher;
mod python;
mod webhooks;
