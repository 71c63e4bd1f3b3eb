//! An application's server: uses the HTTP API of Pusher, and signs as the SDKs do.

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use switchboard_protocol::pusher::body_md5;

use super::Door;
use super::pusher::{PusherApp, hmac_hex};

/// What an application's server knows, and a client that signs with it.
#[derive(Clone, Debug)]
pub(crate) struct PusherApi {
    pub(crate) base_url: String,
    pub(crate) app_id: String,
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) client: Client,
}

/// A request, signed: whoever has it can send it again, and change it.
#[derive(Clone, Debug)]
pub(crate) struct SignedRequest {
    pub(crate) method: Method,
    /// With the signature in its query.
    pub(crate) url: String,
    pub(crate) body: Option<String>,
}

impl PusherApi {
    /// The server of an application from the configuration.
    pub(crate) fn of(app: &Door, pusher: PusherApp) -> Self {
        Self::new(app, pusher.id, pusher.key, pusher.secret)
    }

    /// The server of the demo organization's application.
    pub(crate) fn demo(app: &Door) -> Self {
        let demo: Value = serde_json::from_str(&app.demo_json).unwrap();
        let field = |name: &str| demo["pusher"][name].as_str().unwrap();
        Self::new(app, field("app_id"), field("key"), field("secret"))
    }

    /// The server of an application.
    pub(crate) fn new(app: &Door, app_id: &str, key: &str, secret: &str) -> Self {
        Self {
            base_url: app.base_url.clone(),
            app_id: app_id.to_owned(),
            key: key.to_owned(),
            secret: secret.to_owned(),
            client: Client::new(),
        }
    }

    /// Publishes on one channel and insists that it succeeds.
    pub(crate) async fn trigger(&self, channel: &str, name: &str, data: &Value) -> Value {
        let data = data.as_str().map_or_else(|| data.to_string(), str::to_owned);
        let body = json!({"name": name, "channels": [channel], "data": data});
        self.post("/events", &body).await
    }

    /// Posts below `/apps/{id}` and insists that it succeeds.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        read(path, self.send(Method::POST, path, &[], Some(body)).await).await
    }

    /// Asks below `/apps/{id}` and insists that it succeeds.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        read(path, self.send(Method::GET, path, query, None).await).await
    }

    /// Sends a signed request below `/apps/{id}`, whatever comes of it.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Response {
        let body = body.map(Value::to_string);
        self.deliver(self.sign(method, &self.path(path), query, body, now_s())).await
    }

    /// The whole of a path below `/apps/{id}`.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("/apps/{}{below}", self.app_id)
    }

    /// Signs a request to a whole path at this time, in seconds since 1970.
    pub(crate) fn sign(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<String>,
        signed_at_s: i64,
    ) -> SignedRequest {
        let (time, md5) =
            (signed_at_s.to_string(), body.as_ref().map(|it| body_md5(it.as_bytes())));
        let mut parameters = query.to_vec();
        parameters.extend([("auth_key", self.key.as_str()), ("auth_version", "1.0")]);
        parameters.push(("auth_timestamp", &time));
        parameters.extend(md5.as_deref().map(|md5| ("body_md5", md5)));
        parameters.sort_unstable();
        let pairs: Vec<_> =
            parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let signature = hmac_hex(&self.secret, &format!("{method}\n{path}\n{}", pairs.join("&")));
        parameters.push(("auth_signature", &signature));
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        let query = encoded.extend_pairs(parameters).finish();
        SignedRequest { method, url: format!("{}{path}?{query}", self.base_url), body }
    }

    /// Sends what was signed, as it stands.
    pub(crate) async fn deliver(&self, request: SignedRequest) -> Response {
        let built = self.client.request(request.method, request.url);
        let built = match request.body {
            Some(body) => built.header("content-type", "application/json").body(body),
            None => built,
        };
        built.send().await.unwrap()
    }
}

async fn read(path: &str, answer: Response) -> Value {
    let (status, body) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// Seconds since 1970, as the application's own clock has it.
#[expect(clippy::disallowed_methods, reason = "the application has a clock of its own")]
pub(crate) fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}
