//! What a process uses, as Linux tells it.

use std::fs::read_to_string;
use std::time::Duration;

/// The memory and the time of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// What it has in memory now.
    pub(crate) memory_bytes: u64,
    /// How long all its threads have run since it began.
    pub(crate) cpu: Duration,
}

impl Usage {
    /// Asks about a process; `None` on systems that do not tell, and for a process that is gone.
    pub(crate) fn of(process_id: u32) -> Option<Self> {
        let status = read_to_string(format!("/proc/{process_id}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let memory_kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        let stat = read_to_string(format!("/proc/{process_id}/stat")).ok()?;
        // The name before it is in brackets and may contain anything; the times are the fields 14 and 15
        // of the whole, in hundredths of a second.
        let (_, fields) = stat.rsplit_once(") ")?;
        let times = fields.split(' ').skip(11).take(2);
        let hundredths: u64 = times.filter_map(|time| time.parse::<u64>().ok()).sum();
        Some(Self { memory_bytes: memory_kib * 1024, cpu: Duration::from_millis(hundredths * 10) })
    }
}
