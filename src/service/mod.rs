//! What the business does: one method, one thing. The only place that opens transactions.

mod access;
mod announce;
mod apps;
mod auth;
mod contacts;
mod conversations;
mod demo;
mod error;
mod history;
mod idempotency;
mod identities;
mod jobs;
mod joins;
mod keys;
mod listening;
mod log;
mod messages;
mod pusher_hub;
mod rate_limit;
mod realtime;
mod receipts;
mod rules;
mod saved_replies;
mod search;
mod shared;
mod snoozes;
mod summaries;
mod typing;
mod webhooks;
mod websites;
mod widgets;

use std::fmt;
use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

pub use announce::{Announce, Announcement, Origin};
pub use apps::{AppView, Apps, AppsOptions, CreateApp};
pub use auth::{AgentLogin, LogIn};
pub use contacts::ContactChange;
pub use conversations::{Assigned, ConversationChange, ConversationFilter, Page, Resolved, Tagged};
pub use demo::{
    DemoAgent, DemoChatwoot, DemoMunin, DemoMuro, DemoPlatform, DemoPusher, DemoUrls, DemoView,
};
pub use error::{Noun, ServiceError};
pub use history::History;
pub use idempotency::{Attempt, KeptAnswer, Reservation};
pub use identities::IdentifyVisitor;
pub use joins::{JoinView, VisitorProof};
pub use keys::{CreateMuroKey, KeyOwner, NewKey};
pub use listening::Listening;
pub use messages::{MessagesAsked, SendAgentMessage, SendVisitorMessage, Sending, Sent};
pub use pusher_hub::{Cached, ChannelState, Publication, PusherHub};
pub use realtime::SaveRealtimeSession;
pub use rules::RuleChange;
pub use saved_replies::SavedReplyChange;
pub use shared::{Counted, Quota, SharedMemory, Sighting};
pub use summaries::{Draft, Thread};
pub use typing::{TypingSigns, Typist};
pub use webhooks::{
    Attempted, ChangeWebhook, CreateWebhook, NewWebhook, Occurred, Postponed, Settlement,
    WebhookOwner, WebhookTimes,
};
pub use websites::WebsiteChange;
pub use widgets::WidgetView;

use crate::clock::Clock;
use crate::domain::secrets::SealingKey;
use crate::domain::{Content, ContentLimits, Invalid, OrganizationId, Timestamp};
pub use crate::store::{Before, Coming, Mark, StoreError};
use crate::store::{Done, GroupCommit, GroupCommitLimits, Standings, Store, Tx};
use messages::MessageWriter;
pub use rate_limit::Allowance;
use rate_limit::Limit;
use rules::RuleBooks;

/// How much the services let through, and how long they keep what is kept for a while.
#[derive(Clone, Copy, Debug)]
pub struct ServiceLimits {
    /// Most messages of one visitor in the window; 0 is no limit.
    pub visitor_messages: usize,
    /// The length of that window.
    pub visitor_window_ms: i64,
    /// Most attempts to log in with one e-mail from one address in a minute; 0 is no limit.
    pub login_attempts: usize,
    /// Most requests of one API key in a minute; 0 is no limit.
    pub api_requests_per_minute: usize,
    /// What one message may hold.
    pub content: ContentLimits,
    /// How long a login lasts.
    pub login_ms: i64,
    /// How long a lost connection can be taken up again.
    pub recovery_ms: i64,
    /// How long events are kept for recovery.
    pub event_log_ms: i64,
    /// How long a node may be silent before it counts as dead.
    pub node_silence_ms: i64,
    /// How long webhooks wait, and how long they are tried.
    pub webhooks: WebhookTimes,
    /// Whether conversations that are closed are to be summarized.
    pub summarize_closed: bool,
    /// How long a model may take, for which the handler of a request waits; 0 where there is none.
    pub model_patience_ms: i64,
}

impl Default for ServiceLimits {
    fn default() -> Self {
        Self {
            visitor_messages: 20,
            visitor_window_ms: 10_000,
            login_attempts: 10,
            api_requests_per_minute: 120,
            content: ContentLimits::default(),
            login_ms: 14 * 24 * 3_600_000,
            recovery_ms: 120_000,
            event_log_ms: 3_600_000,
            node_silence_ms: 15_000,
            webhooks: WebhookTimes::default(),
            summarize_closed: false,
            model_patience_ms: 0,
        }
    }
}

/// The use-cases. A clone is another handle on the same ones.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    standings: Standings,
    commits: GroupCommit<Announcement>,
    announce: Arc<dyn Announce>,
    clock: Clock,
    sealing_key: SealingKey,
    limits: ServiceLimits,
    apps: Apps,
    messages: Arc<MessageWriter>,
    rules: RuleBooks,
    jobs: Arc<Notify>,
    visitor_rate: Limit,
    login_rate: Limit,
    api_rate: Limit,
    shared: OnceLock<Arc<dyn SharedMemory>>,
}

impl Services {
    /// Starts the services; what they commit is told to `announce` from a task on `tasks`.
    pub fn start(
        store: Store,
        clock: Clock,
        sealing_key: SealingKey,
        limits: ServiceLimits,
        apps: AppsOptions,
        announce: Arc<dyn Announce>,
        tasks: &TaskTracker,
    ) -> Self {
        let listener = Arc::clone(&announce);
        let jobs: Arc<Notify> = Arc::default();
        let bell = Arc::clone(&jobs);
        let publish = move |announcements: Vec<Announcement>| {
            let brings_a_job = announcements.iter().any(jobs::may_bring_a_job);
            listener.announce(announcements);
            if brings_a_job {
                bell.notify_one();
            }
        };
        let store = store.summarizing_closed(limits.summarize_closed);
        let commits =
            GroupCommit::start(store.clone(), GroupCommitLimits::default(), publish, tasks);
        let visitor_rate = Limit::new("visitor", limits.visitor_messages, limits.visitor_window_ms);
        let login_rate = Limit::new("login", limits.login_attempts, 60_000);
        let api_rate = Limit::new("api", limits.api_requests_per_minute, 60_000);
        let apps = Apps::new(store.clone(), clock.clone(), sealing_key.clone(), apps);
        let rules = RuleBooks::default();
        let standings = Standings::start(store.clone(), tasks);
        let inner = Inner {
            store,
            standings,
            commits,
            announce,
            clock,
            sealing_key,
            limits,
            apps,
            messages: Arc::new(MessageWriter::new(rules.clone())),
            rules,
            jobs,
            visitor_rate,
            login_rate,
            api_rate,
            shared: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Takes no more writes; those that wait are committed, and then the task ends.
    pub fn close(&self) {
        self.inner.commits.close();
        self.inner.standings.close();
    }

    /// What is being written, and will be announced in a moment.
    #[must_use]
    pub fn coming(&self) -> &Coming {
        self.inner.commits.coming()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `Internal` when it does not.
    pub async fn ping(&self) -> Result<(), ServiceError> {
        Ok(self.store().ping().await?)
    }

    /// Takes what a client sent as the content of a message, under this server's limits.
    ///
    /// # Errors
    /// As [`Content::new`].
    pub fn content(
        &self,
        kind: &str,
        text: String,
        rich: Option<serde_json::Value>,
    ) -> Result<Content, Invalid> {
        Content::within(self.inner.limits.content, kind, text, rich)
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Runs `work` in a transaction that others may share; see [`GroupCommit::submit`].
    async fn commit<T, W>(
        &self,
        organization: Option<OrganizationId>,
        work: W,
    ) -> Result<T, ServiceError>
    where
        T: Send + 'static,
        W: for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, WorkResult<T>> + Send + 'static,
    {
        match Attempt::current() {
            None => self.inner.commits.submit(organization, work).await,
            Some(attempt) => self.inner.commits.submit(organization, attempt.noted(work)).await,
        }
    }
}

/// What the work of a transaction ends with.
type WorkResult<T> = Result<Done<T, Announcement>, ServiceError>;

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("commits", &self.inner.commits).finish_non_exhaustive()
    }
}
