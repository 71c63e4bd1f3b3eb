//! What a piece of work cost.

use std::ops::Add;
use std::time::{Duration, Instant};

use crate::process::{Process, data_segments_sent};

/// A measurement that has begun.
#[derive(Debug)]
pub(crate) struct Meter {
    servers: Vec<Process>,
    began: Instant,
    cpu: Duration,
    own_cpu: Duration,
    segments: u32,
}

/// What there was between the beginning and the end of a measurement.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) elapsed: Duration,
    /// Processor time of the server, or of all servers together.
    pub(crate) cpu: Duration,
    /// Processor time of this program.
    pub(crate) own_cpu: Duration,
    /// TCP segments with data, sent by anybody on this machine.
    pub(crate) segments: u32,
}

impl Meter {
    pub(crate) fn start(servers: &[Process]) -> anyhow::Result<Self> {
        Ok(Self {
            servers: servers.to_vec(),
            cpu: cpu(servers)?,
            own_cpu: Process::own().cpu()?,
            segments: data_segments_sent()?,
            began: Instant::now(),
        })
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn stop(&self) -> anyhow::Result<Cost> {
        Ok(Cost {
            elapsed: self.began.elapsed(),
            cpu: cpu(&self.servers)?.saturating_sub(self.cpu),
            own_cpu: Process::own().cpu()?.saturating_sub(self.own_cpu),
            segments: data_segments_sent()?.wrapping_sub(self.segments),
        })
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            elapsed: self.elapsed + other.elapsed,
            cpu: self.cpu + other.cpu,
            own_cpu: self.own_cpu + other.own_cpu,
            segments: self.segments + other.segments,
        }
    }
}

impl Cost {
    /// So many in this time, per second.
    pub(crate) fn per_second(&self, count: u32) -> f64 {
        f64::from(count) / self.elapsed.as_secs_f64()
    }

    /// What a thread of this program cost, which is then no cost of the rest of it.
    pub(crate) fn of_own_thread(self) -> Self {
        Self { own_cpu: self.own_cpu.saturating_sub(self.cpu), ..self }
    }

    /// The server's processor time for each of so many, in microseconds; which is also its processor
    /// time for a million of them, in seconds.
    pub(crate) fn cpu_us_each(&self, count: u32) -> f64 {
        each_us(self.cpu, count)
    }

    /// The same for this program.
    pub(crate) fn own_cpu_us_each(&self, count: u32) -> f64 {
        each_us(self.own_cpu, count)
    }
}

fn cpu(servers: &[Process]) -> anyhow::Result<Duration> {
    servers.iter().map(|server| server.cpu()).sum()
}

fn each_us(time: Duration, count: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(count.max(1))
}
