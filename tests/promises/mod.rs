//! What Switchboard promises, each promise a test that tries to break it.

mod answers;
mod bots;
mod durability;
mod garbage;
mod isolation;
mod login;
mod once;
mod origins;
mod people;
mod secrets;
mod shutdown;
mod slow_reader;
mod strangers;
