//! Lets a script in another language end and start the server it talks to.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{SOON, TestApp};

/// A small HTTP server beside the one under test: `POST /kill9`, `/restart`, `/terminate`. Each answers
/// when it is done. Ends when dropped.
pub(crate) struct Control {
    pub(crate) url: String,
    _server: JoinSet<()>,
}

impl Control {
    pub(crate) async fn start(app: Arc<TestApp>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let routes = Router::new()
            .route("/kill9", post(async |State(app): State<Arc<TestApp>>| app.kill9().await))
            .route("/restart", post(async |State(app): State<Arc<TestApp>>| app.restart().await))
            .route("/terminate", post(terminate))
            .with_state(app);
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, routes).await.expect("the control server runs");
        });
        Self { url: format!("http://{address}"), _server: server }
    }
}

async fn terminate(State(app): State<Arc<TestApp>>) -> String {
    app.terminate(SOON).await.to_string()
}
