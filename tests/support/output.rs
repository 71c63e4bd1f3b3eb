//! Where a test leaves what a person wants to see when it fails.

use std::path::PathBuf;

/// `target/test-output/<test>/`, made when it is not there. The name is that of the running test,
/// which is also the name of its thread.
pub(crate) fn folder() -> PathBuf {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("unnamed").replace("::", "/");
    let folder = root().join(test);
    std::fs::create_dir_all(&folder).expect("the output folder can be made");
    folder
}

/// The folder of all tests' output.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/test-output")
}

/// Says that a test is skipped because something is not on this machine. Under `make test`, which
/// installs everything, that is a failure.
#[expect(clippy::print_stderr, reason = "the test harness shows it to the person who runs it")]
pub(crate) fn skip(missing: &str) {
    assert!(std::env::var_os("SWITCHBOARD_TEST_STRICT").is_none(), "missing: {missing}");
    eprintln!("skipped: {missing}; `make test` brings it");
}
