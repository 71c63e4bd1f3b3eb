//! Limits that nodes count together, with a memory of the test's own in the place of Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use switchboard::domain::ApiKeyId;
use switchboard::service::{Counted, Quota, ServiceLimits, SharedMemory, Sighting};

use super::on_both_engines;

/// Counts up to the limit for ever, and can be out of reach.
#[derive(Default)]
struct Tally {
    counted: AtomicUsize,
    is_away: AtomicBool,
}

impl SharedMemory for Tally {
    fn count<'a>(&'a self, quota: &'a Quota<'a>) -> BoxFuture<'a, Option<Counted>> {
        async move {
            if self.is_away.load(Ordering::Relaxed) {
                return None;
            }
            let before = self.counted.fetch_add(1, Ordering::Relaxed);
            let remaining = quota.max.saturating_sub(before + 1);
            Some(Counted { admitted: before < quota.max, remaining, frees_in_ms: 7_000 })
        }
        .boxed()
    }

    fn see<'a>(&'a self, _: &'a str, _: i64) -> BoxFuture<'a, Option<Sighting>> {
        async { None }.boxed()
    }
}

on_both_engines! {
    async fn what_the_others_let_through_counts_here(desk) {
        let limits = ServiceLimits { api_requests_per_minute: 3, ..ServiceLimits::default() };
        let nodes = [desk.services_with(limits), desk.services_with(limits)];
        let tally = Arc::new(Tally::default());
        for node in &nodes {
            node.share(Arc::clone(&tally) as _);
        }
        let key = ApiKeyId::generate();
        for (node, remaining) in [(0, 2), (1, 1), (0, 0)] {
            let allowance = nodes[node].count_request(key).await;
            assert!(allowance.admitted);
            assert_eq!((allowance.limit, allowance.remaining), (3, remaining));
        }
        let refused = nodes[1].count_request(key).await;
        assert!(!refused.admitted);
        assert_eq!(refused.frees_at, desk.clock.now().plus_ms(7_000));
    }

    async fn a_node_on_its_own_goes_on_from_what_it_let_through(desk) {
        let limits = ServiceLimits { api_requests_per_minute: 3, ..ServiceLimits::default() };
        let services = desk.services_with(limits);
        let tally = Arc::new(Tally::default());
        services.share(Arc::clone(&tally) as _);
        let key = ApiKeyId::generate();
        for _ in 0..2 {
            assert!(services.count_request(key).await.admitted);
        }
        tally.is_away.store(true, Ordering::Relaxed);
        assert!(services.count_request(key).await.admitted);
        let refused = services.count_request(key).await;
        assert!(!refused.admitted);
        assert_eq!(refused.frees_at, desk.clock.now().plus_ms(60_000));
    }

    async fn where_there_is_no_limit_nobody_is_asked(desk) {
        let limits = ServiceLimits { api_requests_per_minute: 0, ..ServiceLimits::default() };
        let services = desk.services_with(limits);
        let tally = Arc::new(Tally::default());
        services.share(Arc::clone(&tally) as _);
        assert!(services.count_request(ApiKeyId::generate()).await.admitted);
        assert_eq!(tally.counted.load(Ordering::Relaxed), 0);
    }
}
