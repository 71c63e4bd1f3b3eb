//! What the tests have in common: servers, nodes, and a proxy in between.

pub(crate) mod cluster;
pub(crate) mod node;
pub(crate) mod place;
pub(crate) mod proxy;
pub(crate) mod redis;

use std::time::Duration;

/// A test that waits for longer than this has failed.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Says that a test cannot run here, or fails where it must.
#[expect(clippy::print_stderr, reason = "whoever runs the tests is to see it")]
pub(crate) fn skip(missing: &str) {
    assert!(std::env::var_os("SWITCHBOARD_TEST_STRICT").is_none(), "missing: {missing}");
    eprintln!("skipped: {missing} is missing");
}

/// Polls until the condition holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let polls = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(LIMIT, polls).await.is_ok(), "in time: {what}");
}
