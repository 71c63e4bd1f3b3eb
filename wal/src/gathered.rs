//! What was written to the log and not yet handed to the system.

/// So much is gathered before it is handed on: the most that SQLite's own file system writes at once.
const MOST: usize = (1 << 17) - 1;

/// Bytes that follow one another in a file.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    bytes: Vec<u8>,
    /// Where they begin.
    at: i64,
    /// What has been written since the last flush.
    unflushed: usize,
    /// Whether the file's first bytes are among that.
    has_head: bool,
}

impl Gathered {
    /// Takes up what is written. `write` puts bytes at their place; its failure ends this.
    pub(crate) fn push<E>(
        &mut self,
        bytes: &[u8],
        at: i64,
        write: impl FnOnce(&[u8], i64) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_next = i64::try_from(self.bytes.len()).is_ok_and(|length| self.at + length == at);
        if !is_next || self.bytes.len() + bytes.len() > MOST {
            self.hand_on(write)?;
            self.at = at;
        }
        self.bytes.extend_from_slice(bytes);
        self.unflushed += bytes.len();
        self.has_head |= at == 0;
        Ok(())
    }

    /// Hands on what there is. Of what could not be written nothing is kept: SQLite takes it for lost.
    pub(crate) fn hand_on<E>(
        &mut self,
        write: impl FnOnce(&[u8], i64) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let written = write(&self.bytes, self.at);
        self.bytes.clear();
        written
    }

    /// What has been written since the last flush, and whether the file's first bytes are among it; from now on it is a new
    /// count.
    pub(crate) fn take_unflushed(&mut self) -> (usize, bool) {
        (std::mem::take(&mut self.unflushed), std::mem::take(&mut self.has_head))
    }
}
