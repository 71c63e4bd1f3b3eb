//! A desk to test the use-cases at: services on a database of their own, with the demo organization.

use std::sync::Arc;

use parking_lot::Mutex;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, PgConnection};
use switchboard::clock::Clock;
use switchboard::domain::secrets::SealingKey;
use switchboard::domain::{
    AgentActor, ChannelId, Content, ConversationId, Event, Message, Timestamp, UserId,
};
use switchboard::service::{
    Announce, Announcement, AppsOptions, DemoView, SendAgentMessage, SendVisitorMessage, Sent,
    ServiceError, ServiceLimits, Services, VisitorProof,
};
use switchboard::store::{DatabaseOptions, Store};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

/// Makes two tests of each function: one on SQLite, and one on Postgres, which says that it is
/// skipped where `SWITCHBOARD_TEST_POSTGRES_URL` names none.
macro_rules! on_both_engines {
    ($(async fn $name:ident($desk:ident) $body:block)*) => {
        $(async fn $name($desk: &crate::store::Desk) $body)*

        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let desk = crate::store::Desk::on_sqlite().await;
                    super::$name(&desk).await;
                    desk.close().await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let Some(desk) = crate::store::Desk::on_postgres().await else { return };
                    super::$name(&desk).await;
                    desk.close().await;
                }
            )*
        }
    };
}
pub(super) use on_both_engines;

/// Remembers what it is told.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) announcements: Mutex<Vec<Announcement>>,
    pub(super) logged_out: Mutex<Vec<UserId>>,
}

impl Recorder {
    /// What it was told of, without what is in no log.
    pub(super) fn logged(&self) -> Vec<Event> {
        let announcements = self.announcements.lock();
        let logged = announcements.iter().filter(|one| one.event.position.is_some());
        logged.map(|one| one.event.clone()).collect()
    }
}

impl Announce for Recorder {
    fn announce(&self, announcements: Vec<Announcement>) {
        self.announcements.lock().extend(announcements);
    }

    fn logged_out(&self, user_id: UserId) {
        self.logged_out.lock().push(user_id);
    }
}

pub(super) struct Desk {
    pub(super) services: Services,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) heard: Arc<Recorder>,
    pub(super) demo: DemoView,
    pub(super) key: SealingKey,
    url: String,
    tasks: TaskTracker,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Postgres { admin_url: String, database: String },
}

impl Desk {
    pub(super) async fn on_sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self::open(&url, Place::Folder(folder)).await
    }

    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub(super) async fn on_postgres() -> Option<Self> {
        let Ok(admin_url) = std::env::var("SWITCHBOARD_TEST_POSTGRES_URL") else {
            let strict = std::env::var_os("SWITCHBOARD_TEST_STRICT").is_some();
            assert!(!strict, "SWITCHBOARD_TEST_POSTGRES_URL is not set");
            eprintln!("skipped: SWITCHBOARD_TEST_POSTGRES_URL is not set");
            return None;
        };
        let database = format!("test_{}", UserId::generate().prefixed(""));
        let mut admin = PgConnection::connect(&admin_url).await.unwrap();
        let create = AssertSqlSafe(format!("create database {database}"));
        sqlx::query(create).execute(&mut admin).await.unwrap();
        let mut url = url::Url::parse(&admin_url).unwrap();
        url.set_path(&database);
        Some(Self::open(url.as_str(), Place::Postgres { admin_url, database }).await)
    }

    async fn open(url: &str, place: Place) -> Self {
        let options = DatabaseOptions { url: url.to_owned(), connections_max: 4 };
        let store = Store::open(&options).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Clock::manual(Timestamp::from_micros(1_800_000_000_000_000));
        let (heard, tasks, key) = (Arc::default(), TaskTracker::new(), SealingKey::generate());
        let limits = ServiceLimits { visitor_messages: 0, ..ServiceLimits::default() };
        let apps = AppsOptions::default();
        let services = start(&store, &clock, &key, limits, apps, &heard, &tasks);
        let demo = services.demo(None, "http://localhost").await.unwrap();
        let url = url.to_owned();
        Self { services, store, clock, heard, demo, key, url, tasks, place }
    }

    /// Other services on the same database, under other limits.
    pub(super) fn services_with(&self, limits: ServiceLimits) -> Services {
        self.services_of(limits, AppsOptions::default())
    }

    /// The same, with another configuration of Pusher applications.
    pub(super) fn services_of(&self, limits: ServiceLimits, apps: AppsOptions) -> Services {
        start(&self.store, &self.clock, &self.key, limits, apps, &self.heard, &self.tasks)
    }

    /// Runs one statement beside the store.
    pub(super) async fn execute(&self, statement: &'static str) {
        let mut connection = AnyConnection::connect(&self.url).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    pub(super) async fn close(self) {
        self.services.close();
        self.store.close().await;
        if let Place::Postgres { admin_url, database } = &self.place {
            let mut admin = PgConnection::connect(admin_url).await.unwrap();
            let drop = AssertSqlSafe(format!("drop database {database} with (force)"));
            sqlx::query(drop).execute(&mut admin).await.unwrap();
        }
        if let Place::Folder(folder) = self.place {
            folder.close().unwrap();
        }
    }

    pub(super) fn ada(&self) -> AgentActor {
        actor(&self.demo, 0)
    }

    pub(super) fn bo(&self) -> AgentActor {
        actor(&self.demo, 1)
    }

    pub(super) fn web_channel(&self) -> ChannelId {
        self.demo.platform.channel_id.parse().unwrap()
    }

    /// An agent of another organization.
    pub(super) async fn stranger(&self) -> AgentActor {
        actor(&self.services.demo(Some("other"), "http://localhost").await.unwrap(), 0)
    }

    /// A visitor's first message; the conversation it begins.
    pub(super) async fn begin(&self, external_id: &str) -> Message {
        let sent = send(&self.services, self.first(external_id, "hello")).await;
        Message::clone(&sent.unwrap().message)
    }

    /// A message that begins a conversation, or finds it.
    pub(super) fn first(&self, external_id: &str, text: &str) -> SendVisitorMessage {
        SendVisitorMessage {
            conversation_id: None,
            embed_token: Some(self.demo.platform.embed_token.clone()),
            proof: proof(external_id),
            customer_name: None,
            page_origin: None,
            content: content(text),
            client_message_id: None,
            origin: None,
        }
    }

    pub(super) async fn visitor_says(
        &self,
        id: ConversationId,
        external_id: &str,
        text: &str,
    ) -> Result<Sent, ServiceError> {
        let request = SendVisitorMessage {
            conversation_id: Some(id),
            embed_token: None,
            ..self.first(external_id, text)
        };
        send(&self.services, request).await
    }

    pub(super) async fn agent_says(
        &self,
        agent: AgentActor,
        id: ConversationId,
        text: &str,
    ) -> Result<Sent, ServiceError> {
        let request = SendAgentMessage {
            conversation_id: id,
            bot: None,
            content: content(text),
            client_message_id: None,
            origin: None,
        };
        self.services.send_agent_message(agent, request).await?.kept().await
    }
}

/// Sends what a visitor says, and waits until it is kept.
pub(super) async fn send(
    services: &Services,
    request: SendVisitorMessage,
) -> Result<Sent, ServiceError> {
    services.send_visitor_message(request).await?.kept().await
}

fn start(
    store: &Store,
    clock: &Clock,
    key: &SealingKey,
    limits: ServiceLimits,
    apps: AppsOptions,
    heard: &Arc<Recorder>,
    tasks: &TaskTracker,
) -> Services {
    let heard = Arc::clone(heard);
    Services::start(store.clone(), clock.clone(), key.clone(), limits, apps, heard, tasks)
}

fn actor(demo: &DemoView, index: usize) -> AgentActor {
    AgentActor {
        organization_id: demo.organization_id.parse().unwrap(),
        user_id: demo.agents[index].id.parse().unwrap(),
    }
}

pub(super) fn proof(external_id: &str) -> VisitorProof {
    VisitorProof { external_id: external_id.to_owned(), external_id_hash: None }
}

pub(super) fn content(text: &str) -> Content {
    Content::new("text", text.to_owned(), None).unwrap()
}
