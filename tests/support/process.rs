//! A child process that logs to a file and does not outlive its test.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use super::usage::Usage;

/// A running child. Killed when dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts the command; what it prints is appended to the log.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let output = append_to(log);
        let errors = output.try_clone().expect("a file can be opened twice");
        let child =
            command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn().unwrap_or_else(
                |error| panic!("{} starts: {error}", command.get_program().display()),
            );
        Self { child }
    }

    /// What it uses now; `None` on systems that do not tell.
    pub(crate) fn usage(&self) -> Option<Usage> {
        Usage::of(self.child.id())
    }

    /// How it ended, when it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked for its status")
    }

    /// Waits for the end, at most this long.
    pub(crate) async fn end_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.ended();
            if status.is_some() || Instant::now() > deadline {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits for the end, however long that takes.
    pub(crate) fn wait(&mut self) {
        self.child.wait().expect("a child can be waited for");
    }

    /// SIGKILL: no handler runs, nothing is flushed, as when the power goes.
    pub(crate) fn kill9(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// SIGTERM: the polite request to end.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends the signal of this name, as `kill` knows it.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .expect("`kill` is part of every system");
        assert!(status.success(), "the process could not be signalled");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill and both calls only say so.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on, below the range the kernel gives to outgoing connections: a server that
/// is killed and started again finds it still free.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 10_000;
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % u32::from(COUNT)).expect("below the count");
    loop {
        let step = TAKEN.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (begin + step) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn append_to(log: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(log).expect("the log can be opened")
}
