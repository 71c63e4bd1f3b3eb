//! Many small writes to many sockets, with one call of the system.
//!
//! A call of the system for each write is a fifth of what a write to a socket costs. Linux takes a list of them instead
//! (`io_uring`, `io_uring(7)`): [`Sends`] hands it one and waits until all are done, which is at once, because
//! none of them may wait. Where there is no such ring (an older kernel, another system, a container that forbids it) each
//! write is a call of its own, and nothing else is different.
#![warn(missing_docs)]

#[cfg(target_os = "linux")]
mod ring;

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;

use rustix::net::SendFlags;

#[cfg(target_os = "linux")]
use ring::Ring;

/// What is to be written to a socket.
#[derive(Clone, Copy, Debug)]
pub struct Send<'a> {
    /// A connected socket. There may be one write to it in a list: two might change places.
    pub socket: BorrowedFd<'a>,
    /// At least one byte.
    pub bytes: &'a [u8],
}

/// Writes to many sockets.
pub struct Sends {
    #[cfg(target_os = "linux")]
    ring: Option<Ring>,
}

impl fmt::Debug for Sends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sends").field("is_batched", &self.is_batched()).finish()
    }
}

impl Sends {
    /// Takes up to `most` writes with one call, a power of two, where the system can.
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self {
            #[cfg(target_os = "linux")]
            ring: Ring::new(most).ok(),
        }
    }

    /// Makes a call for each write, as where the system knows nothing else.
    #[must_use]
    pub fn one_by_one() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            ring: None,
        }
    }

    /// Whether many writes are one call.
    #[must_use]
    pub fn is_batched(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.ring.is_some();
        #[cfg(not(target_os = "linux"))]
        false
    }

    /// Writes what each socket takes at this moment, and waits for none. Gives what came of each, in their order: how many
    /// bytes were taken, which may be fewer than there are, or the error, `WouldBlock` where none can be taken now.
    pub fn send(&mut self, sends: &[Send<'_>]) -> Vec<io::Result<usize>> {
        let mut came: Vec<_> = sends.iter().map(|_| None).collect();
        #[cfg(target_os = "linux")]
        self.send_together(sends, &mut came);
        let each = sends.iter().zip(came);
        each.map(|(send, came)| came.unwrap_or_else(|| send_alone(*send))).collect()
    }

    /// Fills in what came of those that the ring took. One alone is quicker without it.
    #[cfg(target_os = "linux")]
    fn send_together(&mut self, sends: &[Send<'_>], came: &mut [Option<io::Result<usize>>]) {
        let Some(ring) = self.ring.as_mut().filter(|_| sends.len() > 1) else { return };
        for (sends, came) in sends.chunks(ring.most()).zip(came.chunks_mut(ring.most())) {
            if ring.send(sends, came).is_err() {
                // It may still hold what was not taken. Without it nothing is lost but time.
                self.ring = None;
                return;
            }
        }
    }
}

fn send_alone(send: Send<'_>) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    #[cfg(not(target_os = "linux"))]
    let flags = SendFlags::DONTWAIT;
    loop {
        match rustix::net::send(send.socket, send.bytes, flags) {
            Err(rustix::io::Errno::INTR) => {}
            result => return Ok(result?),
        }
    }
}

#[cfg(test)]
mod tests;
