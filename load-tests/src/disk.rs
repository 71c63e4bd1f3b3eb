//! The disk: every durable message waits for it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::latency::Latency;

/// Enough for a median that means something, and done in a moment.
const WRITES: u32 = 200;
/// A page of a database.
const PAGE: [u8; 4096] = [0x5a; 4096];
/// As often a server commits that gathers thousands of messages a second.
const PACE: Duration = Duration::from_millis(4);

/// How long a disk takes to keep 4 KiB for good, in milliseconds.
pub(crate) struct Disk {
    /// One write behind the other, half of them.
    pub(crate) median: f64,
    /// 250 writes a second, 99 of 100.
    pub(crate) paced_p99: f64,
    /// Of these the longest.
    pub(crate) paced_longest: f64,
}

impl Disk {
    /// Measures the disk of this folder, at a steady pace for `step`.
    pub(crate) fn measure(folder: &Path, step: Duration) -> anyhow::Result<Self> {
        let path = folder.join("disk-probe");
        let mut file = File::create(&path)?;
        let mut at_once = write(&mut file, WRITES, Duration::ZERO)?;
        let writes = u32::try_from(step.as_millis() / PACE.as_millis())?.max(1);
        let mut paced = write(&mut file, writes, PACE)?;
        fs::remove_file(&path)?;
        Ok(Self {
            median: at_once.percentile_ms(50),
            paced_p99: paced.percentile_ms(99),
            paced_longest: paced.percentile_ms(100),
        })
    }
}

fn write(file: &mut File, writes: u32, pace: Duration) -> anyhow::Result<Latency> {
    let mut latency = Latency::default();
    let first = Instant::now();
    for number in 0..writes {
        thread::sleep((pace * number).saturating_sub(first.elapsed()));
        let began = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        latency.note(began.elapsed());
    }
    Ok(latency)
}
