//! The outbox: what is told to whom, in which order, and that nobody tells it twice.

use std::sync::Arc;
use std::time::Duration;

use switchboard::domain::secrets::Secret;
use switchboard::domain::{
    Delivery, DeliveryKind, Endpoint, NodeId, Occurrence, OccurrenceKind, PusherApp,
    PusherSettings, PusherWebhook,
};
use switchboard::realtime::pusher::Recorder;
use switchboard::service::{AppsOptions, Postponed, ServiceLimits, Services, Settlement};

use super::{Desk, on_both_engines};

const URL: &str = "https://receiver.example/hooks";
const LEASE_MS: i64 = 30_000;

/// Two servers on one database, whose configuration has an application with webhooks.
struct Outbox<'d> {
    desk: &'d Desk,
    services: Services,
    app: Arc<PusherApp>,
    nodes: [NodeId; 2],
}

impl<'d> Outbox<'d> {
    async fn open(desk: &'d Desk) -> Self {
        Self::with(desk, vec![PusherWebhook::to(URL)]).await
    }

    async fn with(desk: &'d Desk, webhooks: Vec<PusherWebhook>) -> Self {
        let app = PusherApp {
            id: "1".into(),
            name: "outbox".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("secret"),
            organization_id: None,
            enabled: true,
            settings: PusherSettings { webhooks, ..PusherSettings::default() },
        };
        let options = AppsOptions { fixed: vec![app.clone()], ..AppsOptions::default() };
        let services = desk.services_of(ServiceLimits::default(), options);
        let nodes = [NodeId::generate(), NodeId::generate()];
        let outbox = Self { desk, services, app: Arc::new(app), nodes };
        outbox.both_live().await;
        outbox
    }

    async fn both_live(&self) {
        for node in self.nodes {
            self.services.touch_node(node).await.unwrap();
        }
    }

    /// Something happens on a channel of the node of this number.
    async fn happens(&self, node: usize, channel: &str, kind: OccurrenceKind) {
        let occurrence = Occurrence { channel: channel.to_owned(), kind };
        let occurred = Arc::from([(Arc::clone(&self.app), occurrence)]);
        self.services.record_occurrences(self.nodes[node], occurred).await.unwrap();
    }

    /// So much time passes, in which both servers live, and the first one looks what has ended.
    async fn pass(&self, ms: i64) {
        self.desk.clock.advance_ms(ms);
        self.both_live().await;
        self.look().await;
    }

    async fn look(&self) {
        self.services.leave_with_lost_nodes(self.nodes[0]).await.unwrap();
        self.services.end_occupancies(self.nodes[0]).await.unwrap();
    }

    async fn claim(&self, limit: u32) -> Vec<Delivery> {
        self.services.claim_deliveries(&endpoint(URL), LEASE_MS, limit).await.unwrap()
    }

    /// Takes and ends everything that is due; what it tells, as `name channel user`.
    async fn told(&self) -> Vec<String> {
        let claimed = self.claim(100).await;
        let told = claimed.iter().map(shown).collect();
        let ended = claimed.iter().map(|delivery| delivery.id).collect();
        let settlement = Settlement { ended, ..Settlement::default() };
        self.services.settle_deliveries(settlement).await.unwrap();
        told
    }

    async fn postpone(&self, delivery: Delivery, ms: i64) {
        let due_at = self.desk.clock.now().plus_ms(ms);
        let postponed = vec![Postponed {
            attempts: delivery.attempts + 1,
            delivery,
            due_at,
            steps_aside: false,
        }];
        let settlement = Settlement { postponed, ..Settlement::default() };
        self.services.settle_deliveries(settlement).await.unwrap();
    }
}

fn endpoint(url: &str) -> Endpoint {
    Endpoint { kind: DeliveryKind::Pusher, owner: "1".to_owned(), url: url.to_owned() }
}

fn shown(delivery: &Delivery) -> String {
    let event: serde_json::Value = serde_json::from_str(&delivery.payload).unwrap();
    let fields = ["name", "channel", "user_id", "subscription_count"].iter();
    let texts = fields.filter_map(|name| match &event[name] {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    });
    texts.collect::<Vec<_>>().join(" ")
}

fn lanes(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.lane.as_str()).collect()
}

fn added(user_id: &str) -> OccurrenceKind {
    OccurrenceKind::MemberAdded { user_id: user_id.to_owned() }
}

fn removed(user_id: &str) -> OccurrenceKind {
    OccurrenceKind::MemberRemoved { user_id: user_id.to_owned() }
}

fn count(count: u64) -> OccurrenceKind {
    OccurrenceKind::SubscriptionCount { count }
}

use OccurrenceKind::{Occupied, Vacated};

on_both_engines! {
    async fn who_goes_is_told_of_a_little_later(desk) {
        let outbox = Outbox::open(desk).await;
        outbox.happens(0, "presence-a", Occupied).await;
        outbox.happens(0, "presence-a", added("7")).await;
        let came = ["channel_occupied presence-a", "member_added presence-a 7"];
        assert_eq!(outbox.told().await, came);
        outbox.happens(0, "presence-a", removed("7")).await;
        outbox.happens(0, "presence-a", Vacated).await;
        outbox.pass(2_900).await;
        assert!(outbox.told().await.is_empty());
        outbox.pass(100).await;
        let went = ["member_removed presence-a 7", "channel_vacated presence-a"];
        assert_eq!(outbox.told().await, went);
        assert_eq!(outbox.services.next_due().await.unwrap(), None);
    }

    async fn who_comes_back_meanwhile_was_never_away(desk) {
        let outbox = Outbox::open(desk).await;
        outbox.happens(0, "a", Occupied).await;
        assert_eq!(outbox.told().await, ["channel_occupied a"]);
        outbox.happens(0, "a", Vacated).await;
        outbox.pass(2_000).await;
        outbox.happens(0, "a", Occupied).await;
        outbox.pass(60_000).await;
        assert!(outbox.told().await.is_empty());
        outbox.happens(0, "a", Vacated).await;
        outbox.pass(3_000).await;
        assert_eq!(outbox.told().await, ["channel_vacated a"]);
    }

    async fn the_first_server_that_has_someone_counts_and_the_last_that_has_nobody(desk) {
        let outbox = Outbox::open(desk).await;
        outbox.happens(0, "a", Occupied).await;
        outbox.happens(1, "a", Occupied).await;
        assert_eq!(outbox.told().await, ["channel_occupied a"]);
        outbox.happens(0, "a", Vacated).await;
        outbox.pass(60_000).await;
        assert!(outbox.told().await.is_empty());
        outbox.happens(1, "a", Vacated).await;
        outbox.pass(3_000).await;
        assert_eq!(outbox.told().await, ["channel_vacated a"]);
    }

    async fn what_a_dead_server_had_ends_after_a_grace(desk) {
        let outbox = Outbox::open(desk).await;
        for channel in ["alone", "shared", "moved"] {
            outbox.happens(1, channel, Occupied).await;
        }
        outbox.happens(0, "shared", Occupied).await;
        assert_eq!(outbox.told().await.len(), 3);
        // The second server is heard of no more.
        desk.clock.advance_ms(20_000);
        outbox.services.touch_node(outbox.nodes[0]).await.unwrap();
        outbox.look().await;
        outbox.happens(0, "moved", Occupied).await;
        desk.clock.advance_ms(29_000);
        outbox.look().await;
        assert!(outbox.told().await.is_empty());
        desk.clock.advance_ms(1_000);
        outbox.look().await;
        assert_eq!(outbox.told().await, ["channel_vacated alone"]);
        desk.clock.advance_ms(60_000);
        outbox.look().await;
        assert!(outbox.told().await.is_empty());
    }

    async fn a_server_that_was_only_silent_keeps_what_it_has(desk) {
        let outbox = Outbox::open(desk).await;
        outbox.happens(1, "a", Occupied).await;
        assert_eq!(outbox.told().await.len(), 1);
        desk.clock.advance_ms(20_000);
        outbox.look().await;
        outbox.pass(60_000).await;
        assert!(outbox.told().await.is_empty());
    }

    async fn a_server_that_has_just_started_gives_its_clients_time(desk) {
        let outbox = Outbox::open(desk).await;
        outbox.happens(0, "a", Occupied).await;
        assert_eq!(outbox.told().await.len(), 1);
        outbox.happens(0, "a", Vacated).await;
        desk.clock.advance_ms(10_000);
        outbox.services.spare_occupancies().await.unwrap();
        outbox.pass(29_000).await;
        assert!(outbox.told().await.is_empty());
        outbox.pass(1_000).await;
        assert_eq!(outbox.told().await, ["channel_vacated a"]);
    }

    async fn receivers_hear_what_they_asked_for_once(desk) {
        let of_counts = PusherWebhook {
            events: vec!["subscription_count".to_owned()],
            channel_prefix: "room-".to_owned(),
            ..PusherWebhook::to(URL)
        };
        let elsewhere = PusherWebhook {
            events: vec!["channel_vacated".to_owned()],
            ..PusherWebhook::to("https://other.example/")
        };
        let outbox = Outbox::with(desk, vec![of_counts.clone(), elsewhere, of_counts]).await;
        outbox.happens(0, "room-a", Occupied).await;
        outbox.happens(0, "room-a", count(1)).await;
        outbox.happens(0, "hall-a", count(1)).await;
        outbox.happens(0, "room-a", Vacated).await;
        outbox.pass(3_000).await;
        assert_eq!(outbox.told().await, ["subscription_count room-a 1"]);
        assert_eq!(
            outbox.services.due_endpoints().await.unwrap(),
            [endpoint("https://other.example/")]
        );
    }

    async fn a_delivery_that_waits_holds_back_its_lane_alone(desk) {
        let outbox = Outbox::open(desk).await;
        for (channel, number) in [("a", 1), ("b", 2), ("a", 3)] {
            outbox.happens(0, channel, count(number)).await;
        }
        let first = outbox.claim(1).await.remove(0);
        assert_eq!(first.lane, "a");
        outbox.postpone(first, 5_000).await;
        assert_eq!(lanes(&outbox.claim(100).await), ["b"]);
        assert!(outbox.services.due_endpoints().await.unwrap().is_empty());
        desk.clock.advance_ms(5_000);
        assert_eq!(outbox.services.due_endpoints().await.unwrap(), [endpoint(URL)]);
        let rest = outbox.claim(100).await;
        assert_eq!(lanes(&rest), ["a", "a"]);
        assert_eq!((rest[0].attempts, rest[1].attempts), (1, 0));
    }

    async fn what_is_claimed_is_nobody_elses_until_the_lease_runs_out(desk) {
        let outbox = Outbox::open(desk).await;
        outbox.happens(0, "a", count(1)).await;
        let lost = outbox.claim(100).await.remove(0);
        outbox.happens(0, "a", count(2)).await;
        assert!(outbox.claim(100).await.is_empty(), "the first one is still on its way");
        desk.clock.advance_ms(LEASE_MS);
        assert_eq!(outbox.claim(100).await.len(), 2);
        // Whoever had it first and comes late changes nothing.
        outbox.postpone(lost, 0).await;
        assert!(outbox.claim(100).await.is_empty());
    }

    async fn servers_that_claim_at_once_never_share_a_lane(desk) {
        let outbox = Outbox::open(desk).await;
        for number in 0..10 {
            outbox.happens(0, "a", count(number)).await;
        }
        let (endpoint, now) = (endpoint(URL), desk.clock.now());
        let until = now.plus_ms(LEASE_MS);
        let mut first = desk.store.begin().await.unwrap();
        assert_eq!(first.claim_deliveries(&endpoint, now, until, 5).await.unwrap().len(), 5);
        let second = async {
            let mut tx = desk.store.begin().await.unwrap();
            let claimed = tx.claim_deliveries(&endpoint, now, until, 10).await.unwrap();
            tx.commit().await.unwrap();
            claimed
        };
        let commit = async {
            // The second one has long begun when the first one ends.
            tokio::time::sleep(Duration::from_millis(200)).await;
            first.commit().await.unwrap();
        };
        let (claimed, ()) = tokio::join!(second, commit);
        assert_eq!(lanes(&claimed), [""; 0], "the lane was split");
    }

    async fn everything_that_was_recorded_is_kept_at_the_end(desk) {
        let outbox = Outbox::open(desk).await;
        let recorder = Recorder::start(outbox.services.clone(), outbox.nodes[0]);
        for number in 0..1_000 {
            recorder.has_room().await;
            let occurrence = Occurrence { channel: "a".to_owned(), kind: count(number) };
            recorder.record(&outbox.app, occurrence);
        }
        recorder.finish().await;
        let told: Vec<_> = outbox.claim(1_000).await.iter().map(shown).collect();
        let all: Vec<_> = (0..1_000).map(|number| format!("subscription_count a {number}")).collect();
        assert_eq!(told, all);
    }

    async fn nobody_who_wants_to_hear_nothing_costs_a_write(desk) {
        let outbox = Outbox::with(desk, Vec::new()).await;
        let recorder = Recorder::start(outbox.services.clone(), outbox.nodes[0]);
        recorder.record(&outbox.app, Occurrence { channel: "a".to_owned(), kind: Occupied });
        assert!(format!("{recorder:?}").contains("waiting: 0"));
        recorder.finish().await;
    }

    async fn what_is_overdue_at_an_endpoint_that_is_away_is_given_up(desk) {
        let outbox = Outbox::open(desk).await;
        outbox.happens(0, "a", count(1)).await;
        desk.clock.advance_ms(200_000);
        outbox.happens(0, "b", count(2)).await;
        desk.clock.advance_ms(100_000);
        assert_eq!(outbox.services.give_up_overdue(&endpoint(URL)).await.unwrap(), 1);
        assert_eq!(outbox.services.pending_deliveries().await.unwrap(), 1);
        assert_eq!(lanes(&outbox.claim(100).await), ["b"]);
    }
}
