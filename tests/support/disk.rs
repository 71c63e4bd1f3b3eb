//! A disk that does as it is told.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/disk.c");

/// The disk of a server that was started with its [environment](Self::environment).
pub(crate) struct Disk {
    folder: TempDir,
}

impl Disk {
    /// A disk that keeps what it is given.
    pub(crate) fn new() -> Self {
        let disk = Self { folder: tempfile::tempdir().expect("a temporary folder can be made") };
        let mut compiler = Command::new("cc");
        compiler.args(["-O2", "-shared", "-fPIC", "-o"]).arg(disk.library()).arg(SOURCE);
        let ended = compiler.status().expect("there is a C compiler where Rust is built");
        assert!(ended.success(), "{SOURCE} compiles");
        disk.keeps();
        disk
    }

    pub(crate) fn environment(&self) -> [(&str, String); 2] {
        [
            ("LD_PRELOAD", self.library().display().to_string()),
            ("DISK_ORDERS", self.orders().display().to_string()),
        ]
    }

    /// It keeps what it is given, from now on.
    pub(crate) fn keeps(&self) {
        self.order("");
    }

    /// It keeps nothing for the moment, and whoever asks it to waits.
    pub(crate) fn waits(&self) {
        self.order("w");
    }

    /// It keeps what one asks it to, and the next ones wait.
    pub(crate) fn keeps_one_and_waits(&self) {
        self.order("1w");
    }

    /// It keeps what one asks it to, and says to the next ones that it cannot.
    pub(crate) fn keeps_one_and_refuses(&self) {
        self.order("1r");
    }

    fn order(&self, order: &str) {
        // In one step: a file that is empty for a moment would be an order as well.
        let new = self.folder.path().join("new");
        std::fs::write(&new, order).expect("the file can be written");
        std::fs::rename(new, self.orders()).expect("the file can be put in place");
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("disk.so")
    }

    fn orders(&self) -> PathBuf {
        self.folder.path().join("orders")
    }
}
