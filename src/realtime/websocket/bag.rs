//! What a postman has with him.

use std::ops::Range;
use std::sync::Arc;

use switchboard_sends::{Send, Sends};

use super::letterbox::Stop;
use super::wire::Load;

/// Several frames for one connection are copied behind each other up to so many bytes: that costs less than to have the
/// kernel gather them.
const JOINED_MAX: usize = 16 * 1024;

/// Writes the frames of many connections with one call of the system.
#[derive(Debug)]
pub(super) struct Bag {
    sends: Sends,
    /// Frames that were joined; empty but while they are written.
    joined: Vec<u8>,
}

impl Bag {
    /// A bag for frames of `most` connections.
    pub(super) fn new(most: u32) -> Self {
        Self { sends: Sends::new(most), joined: Vec::new() }
    }

    /// Whether that is one call of the system for all of them.
    pub(super) fn is_batched(&self) -> bool {
        self.sends.is_batched()
    }

    /// Writes what waits at these stops. A connection stands on a postman's list once, so no two are the same.
    pub(super) fn carry(&mut self, stops: &[Arc<Stop>]) {
        // Each of them is somewhere else in memory, which is slow to come: all are asked for before the first is needed.
        let quiet = stops.iter().filter(|stop| stop.is_quiet()).count();
        std::hint::black_box(quiet);
        let loads = stops.iter().filter_map(|stop| stop.take());
        let loads: Vec<_> = loads.filter_map(|load| self.pack(load)).collect();
        let pieces = loads.iter().map(|(load, joined)| {
            let bytes = match (load.frames(), joined) {
                (_, Some(joined)) => &self.joined[joined.clone()],
                ([first, ..], None) => first.wire(),
                ([], None) => &[],
            };
            Send { socket: load.socket(), bytes }
        });
        let written = self.sends.send(&pieces.collect::<Vec<_>>());
        for ((load, _), written) in loads.into_iter().zip(written) {
            load.written(written);
        }
        self.joined.clear();
    }

    /// Copies several frames behind each other, and says where they are. What is too much for that is written alone.
    fn pack<'a>(&mut self, load: Load<'a>) -> Option<(Load<'a>, Option<Range<usize>>)> {
        if load.frames().len() == 1 {
            return Some((load, None));
        }
        if load.size() > JOINED_MAX {
            load.write();
            return None;
        }
        let begin = self.joined.len();
        for frame in load.frames() {
            self.joined.extend_from_slice(frame.wire());
        }
        let joined = begin..self.joined.len();
        Some((load, Some(joined)))
    }
}
