//! What the system says about a process and its network.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

/// A process of this machine, or one thread of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process {
    pid: u32,
    thread: Option<i32>,
}

impl Process {
    pub(crate) const fn new(pid: u32) -> Self {
        Self { pid, thread: None }
    }

    /// This program.
    pub(crate) fn own() -> Self {
        Self::new(std::process::id())
    }

    /// The thread that asks.
    pub(crate) fn own_thread() -> Self {
        let thread = rustix::thread::gettid().as_raw_nonzero().get();
        Self { pid: std::process::id(), thread: Some(thread) }
    }

    /// The processor time of all its threads so far, in user and kernel mode; to 10 ms on most
    /// systems.
    pub(crate) fn cpu(self) -> anyhow::Result<Duration> {
        let stat = self.read("stat")?;
        let ticks = ticks(&stat).context("/proc/PID/stat is not as proc(5) says")?;
        let per_second = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_nanos(ticks * (1_000_000_000 / per_second)))
    }

    /// Its proportional share of memory, in KiB: what it alone maps, and a part of what is shared.
    /// What the kernel keeps for it, such as socket buffers, is not in it.
    pub(crate) fn memory_kib(self) -> anyhow::Result<u32> {
        let rollup = self.read("smaps_rollup")?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kib = line.and_then(|rest| rest.split_whitespace().next()).context("no Pss")?;
        Ok(kib.parse()?)
    }

    fn read(self, file: &str) -> anyhow::Result<String> {
        let pid = self.pid;
        let path = match self.thread {
            Some(thread) => format!("/proc/{pid}/task/{thread}/{file}"),
            None => format!("/proc/{pid}/{file}"),
        };
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    }
}

/// `utime + stime`: the 14th and 15th field. The second may hold anything, even spaces and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// How many TCP segments with data this machine has sent so far, whoever sent them.
///
/// With `TCP_NODELAY` and less than 64 KiB at a time, loopback carries one for each write, so on a
/// quiet machine this counts the writes of a server without tracing it.
pub(crate) fn data_segments_sent() -> anyhow::Result<u32> {
    let text = fs::read_to_string("/proc/net/netstat").context("cannot read /proc/net/netstat")?;
    // The counter wraps at most once in a measurement; the difference of its low half is right.
    let count = field(&text, "TcpExt:", "TCPOrigDataSent").context("no TCPOrigDataSent")?;
    Ok(u32::try_from(count & u64::from(u32::MAX))?)
}

/// `/proc/net/netstat` has a line of names and a line of values for each protocol.
fn field(text: &str, protocol: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with(protocol));
    let (names, values) = (lines.next()?, lines.next()?);
    let (_, value) = names.split(' ').zip(values.split(' ')).find(|(it, _)| *it == name)?;
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 1 0 0 0 120 30 0 0 20 0 1 0 5";
        assert_eq!(ticks(stat), Some(150));
    }

    #[test]
    fn counters_are_found_by_name() {
        let text = "TcpExt: A B TCPOrigDataSent\nTcpExt: 1 2 30\nIpExt: A\nIpExt: 4\n";
        assert_eq!(field(text, "TcpExt:", "TCPOrigDataSent"), Some(30));
        assert_eq!(field(text, "TcpExt:", "C"), None);
    }

    #[test]
    fn this_program_takes_time_and_memory() {
        let own = Process::own();
        assert!(own.cpu().is_ok());
        assert!(own.memory_kib().unwrap() > 100);
    }
}
