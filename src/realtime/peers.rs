//! What this node makes of what other nodes tell it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use switchboard_rooms::bus::Hearing;
use tracing::warn;

use super::bulletin::{Bulletin, Notice};
use super::feed::Feed;
use super::hub::Hub;
use super::pusher::Channels;
use super::registers::Registers;

/// Hears other nodes, and hands on what they say to whom it concerns.
pub struct Peers {
    hub: Arc<Hub>,
    channels: Arc<Channels>,
    registers: Arc<Registers>,
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peers").finish_non_exhaustive()
    }
}

impl Peers {
    /// What is heard goes to these.
    #[must_use]
    pub fn new(hub: Arc<Hub>, channels: Arc<Channels>, registers: Arc<Registers>) -> Arc<Self> {
        Arc::new(Self { hub, channels, registers })
    }

    fn noticed(&self, feed: &Feed, notice: Notice) {
        match notice {
            Notice::LoggedOut(user) => self.hub.logged_out_here(user),
            Notice::KeyRevoked(key) => {
                self.hub.key_revoked(key);
                self.channels.key_revoked(key);
            }
            Notice::SessionTaken(sid) => self.hub.session_taken(&sid),
            Notice::Terminated => {
                if let Feed::User(user) = feed {
                    self.channels.terminate_here(user);
                }
            }
        }
    }
}

impl Hearing for Peers {
    fn heard(&self, topic: &str, payload: Bytes) {
        if self.registers.heard(topic, &payload) {
            return;
        }
        let Some(feed) = Feed::parse(topic) else { return };
        match Bulletin::decode(&payload) {
            Ok(Bulletin::Told(told)) => self.hub.heard(&feed, told),
            Ok(Bulletin::Frame(frame)) => self.channels.heard(&feed, &frame),
            Ok(Bulletin::Notice(notice)) => self.noticed(&feed, notice),
            // A newer node may say what this one has no words for; what is in a log is read from there.
            Err(unreadable) => warn!(%unreadable, "a node said something strange"),
        }
    }

    fn listening(&self, topics: &[Arc<str>]) {
        self.registers.listening(topics);
        self.hub.interests().now_heard(topics.iter().filter_map(|topic| Feed::parse(topic)));
    }

    fn lost(&self) {
        metrics::counter!("switchboard_bus_losses_total").increment(1);
        self.registers.lost();
    }

    fn missed(&self) {
        self.registers.missed();
        self.hub.order().doubt_all();
    }
}
