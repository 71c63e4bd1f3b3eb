//! Servers that are started for a scenario, and end with it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::options;
use crate::process::Process;

/// Between two looks whether a server is up.
const LOOK: Duration = Duration::from_millis(20);

/// A process of ours; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
}

/// A folder on the disk of the build folder; it is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Running {
    /// Starts a server whose complaints go to this file.
    pub(crate) fn start(command: &mut Command, log: PathBuf) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let child = command.spawn();
        let child =
            child.with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { child, log })
    }

    pub(crate) fn process(&self) -> Process {
        Process::new(self.child.id())
    }

    /// Waits until the server is up.
    ///
    /// # Errors
    /// It ended, or took longer than this.
    pub(crate) fn wait_until(
        &mut self,
        is_up: impl Fn() -> bool,
        limit: Duration,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + limit;
        while !is_up() {
            if self.child.try_wait()?.is_some() || Instant::now() > deadline {
                bail!("the server did not start: {}", said(&self.log));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It is not needed any more, so nothing is lost when this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Folder {
    /// A new one for whoever listens at this address.
    pub(crate) fn create(address: SocketAddr) -> anyhow::Result<Self> {
        let folder = options::folder()?.join(format!("server-{}", address.port()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A file that stays is removed with the build folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An address of this machine that nobody listens at.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// What a command wrote to its log.
pub(crate) fn said(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
}
