//! The disk: every durable message waits for it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::latency::Latency;

/// Enough for a median that means something, and done in a moment.
const WRITES: usize = 200;
/// A page of a database.
const PAGE: [u8; 4096] = [0x5a; 4096];

/// How long the disk of this folder takes to keep 4 KiB for good, in milliseconds: the median.
pub(crate) fn commit_ms(folder: &Path) -> anyhow::Result<f64> {
    let path = folder.join("disk-probe");
    let mut file = File::create(&path)?;
    let mut latency = Latency::default();
    for _ in 0..WRITES {
        let began = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        latency.note(began.elapsed());
    }
    fs::remove_file(&path)?;
    Ok(latency.percentile_ms(50))
}
