//! Several nodes on one database and one Redis, with lines in between that can be cut.

use std::ops::{Deref, Index};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::time::Instant;
use url::Url;

use super::postgres::PostgresServer;
use super::proxy::Proxy;
use super::redis::RedisServer;
use super::{Database, SOON, TestApp};

/// A node, and its lines to what it needs. Everything that can be asked of a server can be asked of it.
pub(crate) struct Node {
    app: Arc<TestApp>,
    /// Its line to Redis.
    pub(crate) redis: Proxy,
    /// Its line to Postgres.
    pub(crate) postgres: Proxy,
}

impl Deref for Node {
    type Target = Arc<TestApp>;

    fn deref(&self) -> &Arc<TestApp> {
        &self.app
    }
}

/// Nodes that make one server together.
pub(crate) struct Cluster {
    nodes: Vec<Node>,
    /// Their Redis, which is this cluster's alone.
    pub(crate) redis: RedisServer,
    _folder: TempDir,
}

impl Cluster {
    /// So many nodes on a new database of the Postgres that all tests share, with these settings
    /// (`SECTION__KEY`, value) on each; `None` where there is no Postgres or no Redis.
    pub(crate) async fn start_with(nodes: usize, settings: &[(&str, &str)]) -> Option<Self> {
        let database = Database::postgres().await?;
        Self::start_on(&database, nodes, settings).await
    }

    /// The same on a Postgres of this cluster's own, which can be restarted.
    pub(crate) async fn start_with_postgres(
        nodes: usize,
        settings: &[(&str, &str)],
    ) -> Option<(Self, PostgresServer)> {
        let postgres = PostgresServer::start().await?;
        let database = Database::on(&postgres.url()).await;
        Some((Self::start_on(&database, nodes, settings).await?, postgres))
    }

    async fn start_on(
        database: &Database,
        nodes: usize,
        settings: &[(&str, &str)],
    ) -> Option<Self> {
        let redis = RedisServer::start().await?;
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // Every node opens what any of them sealed.
        let key_file = folder.path().join("switchboard.key").display().to_string();
        let settings = [&[("SECRETS__KEY_FILE", key_file.as_str())], settings].concat();
        // The first makes the schema, the key and the demo.
        let first = Node::start("node-0", database, &redis, &settings, None).await;
        let demo_json = first.demo_json.clone();
        let names: Vec<_> = (1..nodes).map(|number| format!("node-{number}")).collect();
        let starting = names
            .iter()
            .map(|name| Node::start(name, database, &redis, &settings, Some(&demo_json)));
        let others = join_all(starting).await;
        let nodes = std::iter::once(first).chain(others).collect();
        let cluster = Self { nodes, redis, _folder: folder };
        cluster.await_joined().await;
        Some(cluster)
    }

    /// Waits until every node hears the others.
    pub(crate) async fn await_joined(&self) {
        let deadline = Instant::now() + SOON;
        for node in &self.nodes {
            loop {
                let (_, said) = node.page("/readyz").await;
                if said == "ready\n" {
                    break;
                }
                assert!(Instant::now() < deadline, "a node is not ready: {said}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Every node.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

impl Index<usize> for Cluster {
    type Output = Node;

    fn index(&self, number: usize) -> &Node {
        &self.nodes[number]
    }
}

impl Node {
    async fn start(
        name: &str,
        database: &Database,
        redis: &RedisServer,
        settings: &[(&str, &str)],
        demo_json: Option<&str>,
    ) -> Self {
        let Database::Postgres { url } = database else { panic!("several nodes need Postgres") };
        let mut url = Url::parse(url).expect("the database has a URL");
        let postgres = Proxy::to(url.port().expect("the URL names a port"));
        url.set_port(Some(postgres.port())).expect("it has a host");
        let redis = Proxy::to(redis.port());
        let redis_url = format!("redis://127.0.0.1:{}", redis.port());
        let settings = [settings, &[("REDIS__URL", redis_url.as_str())]].concat();
        let database = Database::Postgres { url: url.into() };
        let app = TestApp::start_as(name, &database, &settings, demo_json).await;
        Self { app, redis, postgres }
    }
}
