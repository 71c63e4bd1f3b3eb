//! SQLite's write-ahead log, written in one go and flushed beside the writing.
//!
//! SQLite hands a commit to the system page by page, each in two pieces, and then waits until the disk has it, before it begins
//! with anything else. Here the pieces of a commit are gathered and written together; and a large commit is not waited for:
//! SQLite goes on with the next, and whoever is to tell that it is kept calls [`Log::flush`] before.
//!
//! It is done where SQLite calls its file system (a *VFS*, <https://sqlite.org/vfs.html>): a connection that is opened with
//! [`Log::vfs`] has all from the system's own, but for writing and flushing the log. The log is what it would be otherwise, byte for
//! byte and in the same order, so any other connection reads it, and what a crash leaves of it is a beginning of it. Three
//! flushes are waited for as ever: that of a small commit, which takes less than to have it done by somebody else; that of the log's
//! head, without which pages of an earlier log could be taken for ones of this; and that of all that is in the log before any of it is
//! folded into the database.
//!
//! The connection has to have `synchronous = full`: it is the flush at the end of a commit that says that it is whole.
#![warn(missing_docs)]

mod gathered;
mod vfs;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

/// The log of one database, as the connections that write to it leave it.
#[derive(Debug)]
pub struct Log {
    vfs: String,
    /// A handle of its own on the file; none before SQLite has opened it.
    file: Mutex<Option<File>>,
    /// How many commits were written that were not waited for.
    written: AtomicU64,
    /// How many of them the disk has.
    flushed: AtomicU64,
    /// The disk has refused to keep something, and nobody knows what.
    is_broken: AtomicBool,
}

impl Log {
    /// A log for a database that is not open yet. It is known to SQLite, under a name of its own, for as long as the process lives.
    ///
    /// # Errors
    /// `Unsupported` where SQLite has no file system to go by.
    pub fn register() -> io::Result<Arc<Self>> {
        static REGISTERED: AtomicU64 = AtomicU64::new(0);
        let number = REGISTERED.fetch_add(1, Ordering::Relaxed);
        let log = Arc::new(Self {
            vfs: format!("switchboard-wal-{number}"),
            file: Mutex::default(),
            written: AtomicU64::default(),
            flushed: AtomicU64::default(),
            is_broken: AtomicBool::default(),
        });
        vfs::register(Arc::clone(&log))?;
        Ok(log)
    }

    /// What the connections that write have to be opened with (`vfs=…` in a URL).
    #[must_use]
    pub fn vfs(&self) -> &str {
        &self.vfs
    }

    /// How many commits were written so far that were not waited for. What somebody has read, or has been told is committed,
    /// is kept as soon as the log [has flushed](Self::has_flushed) as many as there were then.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }

    /// Whether the disk has so many of them.
    #[must_use]
    pub fn has_flushed(&self, written: u64) -> bool {
        self.flushed.load(Ordering::SeqCst) >= written
    }

    /// Waits until the disk has everything that was committed by now.
    ///
    /// # Errors
    /// When the disk refused it, now or once before: from then on nothing more can be committed until the database is opened
    /// by a new process, which finds what the disk has.
    pub fn flush(&self) -> io::Result<()> {
        // Whoever comes meanwhile waits for this one, and then finds its own done or is the next.
        let file = self.file.lock();
        self.refuse_if_broken()?;
        let written = self.written();
        if self.has_flushed(written) {
            return Ok(());
        }
        let flushed = file.as_ref().map_or(Ok(()), File::sync_data);
        self.note(written, flushed.is_ok());
        flushed
    }

    /// SQLite has opened the file.
    fn open(&self, path: &Path) -> io::Result<()> {
        *self.file.lock() = Some(File::open(path)?);
        Ok(())
    }

    fn note_written(&self) {
        self.written.fetch_add(1, Ordering::SeqCst);
    }

    /// The disk was asked to keep all that was written, so many commits among it that were not waited for.
    fn note(&self, written: u64, is_kept: bool) {
        if is_kept {
            self.flushed.fetch_max(written, Ordering::SeqCst);
        } else if !self.has_flushed(written) {
            // The system may have given up the pages that it could not write, and would not say so a second time.
            self.is_broken.store(true, Ordering::SeqCst);
        }
    }

    fn refuse_if_broken(&self) -> io::Result<()> {
        let refusal = || io::Error::other("the disk refused to keep what was committed before");
        if self.is_broken.load(Ordering::SeqCst) { Err(refusal()) } else { Ok(()) }
    }
}
