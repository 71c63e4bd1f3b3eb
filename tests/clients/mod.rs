//! The clients people really use, each over each transport it has.

mod javascript;
mod pusher;
mod python;
mod webhooks;
