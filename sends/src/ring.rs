//! The list of writes that Linux takes at once.
#![expect(
    unsafe_code,
    reason = "the kernel is given addresses of bytes, which only this file can vouch for"
)]

use std::io;
use std::os::fd::AsRawFd as _;

use io_uring::{IoUring, opcode, types};
use rustix::net::SendFlags;

use super::Send;

/// A ring shared with the kernel. Between two calls of [`send`](Ring::send) it is empty.
pub(super) struct Ring {
    ring: IoUring,
    most: usize,
}

impl Ring {
    /// A ring with room for `most` writes.
    pub(super) fn new(most: u32) -> io::Result<Self> {
        Ok(Self { ring: IoUring::new(most)?, most: most as usize })
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Writes these, at most as many as there is room for, and fills in what came of each. After an error those
    /// that are not filled in were not written, and the ring must not be used any more.
    pub(super) fn send(
        &mut self,
        sends: &[Send<'_>],
        came: &mut [Option<io::Result<usize>>],
    ) -> io::Result<()> {
        for (index, send) in (0..).zip(sends) {
            self.push(index, send)?;
        }
        let mut left = sends.len();
        while left > 0 {
            match self.ring.submit_and_wait(left) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            for completion in self.ring.completion() {
                let index = usize::try_from(completion.user_data()).unwrap_or(usize::MAX);
                if let Some(came) = came.get_mut(index) {
                    *came = Some(outcome(completion.result()));
                }
                left -= 1;
            }
        }
        Ok(())
    }

    fn push(&mut self, index: u64, send: &Send<'_>) -> io::Result<()> {
        let socket = types::Fd(send.socket.as_raw_fd());
        let length = u32::try_from(send.bytes.len()).unwrap_or(u32::MAX);
        // Never to wait makes the kernel try at once, and be done with the bytes when it returns.
        let flags = (SendFlags::DONTWAIT | SendFlags::NOSIGNAL).bits().cast_signed();
        let entry = opcode::Send::new(socket, send.bytes.as_ptr(), length).flags(flags);
        // SAFETY: the socket and the bytes are borrowed by `send`, which does not return before the kernel is done with
        // all that it took. What it did not take is in the ring still where `send` fails, and then
        // the ring is dropped, as `send` asks of its caller, and nothing is taken from it any more.
        let pushed = unsafe { self.ring.submission().push(&entry.build().user_data(index)) };
        pushed.map_err(|_| io::ErrorKind::StorageFull.into())
    }
}

/// What the kernel says: a number of bytes, or the negative of an error's.
fn outcome(result: i32) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result))
}
