//! What Switchboard promises, each promise a test that tries to break it.

mod answers;
mod bots;
mod bridge;
mod damage;
mod durability;
mod garbage;
mod isolation;
mod login;
mod once;
mod origins;
mod people;
mod pusher_apps;
mod pusher_codes;
mod pusher_costs;
mod pusher_delivery;
mod pusher_garbage;
mod pusher_http;
mod pusher_limits;
mod pusher_presence;
mod pusher_users;
mod pusher_weaknesses;
mod secrets;
mod shutdown;
mod slow_reader;
mod strangers;
mod webhooks;
