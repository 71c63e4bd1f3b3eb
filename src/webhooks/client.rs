//! Posting to a receiver.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use http::HeaderMap;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Response, redirect};
use tokio::time::timeout;
use url::{Host, Url};

use super::addresses::is_public;
use crate::domain::RESPONSE_BYTES_MAX;
use crate::tls;

/// As receivers see it.
const USER_AGENT: &str = concat!("switchboard/", env!("CARGO_PKG_VERSION"));
/// How much of an answer is read, and for how long: what it says matters to people alone, but a connection
/// that was read to the end can be used again.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
const ANSWER_TIME_MAX: Duration = Duration::from_secs(1);
const NOT_PUBLIC: &str = "its address is not public, and webhooks.allow_private_addresses is false";

/// Posting cannot be set up: the system's TLS is not usable.
#[derive(Debug, thiserror::Error)]
#[error("webhooks cannot be posted: {0}")]
pub struct CannotPost(String);

/// How far a webhook may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The public internet alone.
    Public,
    /// This machine and its neighbours too.
    Anywhere,
}

/// Why a receiver did not take what was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It answered something else than a status of 2xx, or broke off.
    Refused(String),
    /// It could not be reached, or did not answer in time.
    Away(String),
}

impl Failure {
    /// The reason, in words.
    pub(super) fn why(&self) -> &str {
        match self {
            Self::Refused(why) | Self::Away(why) => why,
        }
    }
}

/// What came of posting once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Posted {
    pub(super) outcome: Result<(), Failure>,
    /// The status of the answer, if there was one.
    pub(super) status: Option<u16>,
    /// How the answer's body begins.
    pub(super) response: String,
}

/// What is posted.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// Posts; keeps connections that can be used again. A clone is another handle on the same ones.
#[derive(Clone, Debug)]
pub(super) struct Client {
    public: reqwest::Client,
    anywhere: reqwest::Client,
}

impl Client {
    pub(super) fn new(patience: Duration) -> Result<Self, CannotPost> {
        let tls = tls::client("webhooks").map_err(|error| CannotPost(error.to_string()))?;
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(USER_AGENT)
                .timeout(patience)
                .redirect(redirect::Policy::none())
                .no_proxy()
        };
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| CannotPost(causes(&error)))
        };
        let public = build(builder().dns_resolver(PublicAlone))?;
        Ok(Self { public, anywhere: build(builder())? })
    }

    /// Posts once. A redirect is a refusal: whoever may name another address is asked to.
    pub(super) async fn post(&self, url: &str, reach: Reach, request: Request) -> Posted {
        let answer = match self.send(url, reach, request).await {
            Ok(answer) => answer,
            Err(failure) => {
                return Posted { outcome: Err(failure), status: None, response: String::new() };
            }
        };
        let status = answer.status();
        let response = read(answer).await;
        let refusal = || Failure::Refused(format!("it answered {status}"));
        let outcome = status.is_success().then_some(()).ok_or_else(refusal);
        Posted { outcome, status: Some(status.as_u16()), response }
    }

    async fn send(&self, url: &str, reach: Reach, request: Request) -> Result<Response, Failure> {
        let url = Url::parse(url).map_err(|error| Failure::Away(error.to_string()))?;
        let client = match reach {
            Reach::Anywhere => &self.anywhere,
            Reach::Public if names_private_address(&url) => {
                return Err(Failure::Away(NOT_PUBLIC.to_owned()));
            }
            Reach::Public => &self.public,
        };
        let sending = client.post(url).headers(request.headers).body(request.body).send();
        sending.await.map_err(failure)
    }
}

/// A failure without the URL, whose path is often secret.
fn failure(error: reqwest::Error) -> Failure {
    let is_away = error.is_connect() || error.is_timeout();
    let why = causes(&error.without_url());
    if is_away { Failure::Away(why) } else { Failure::Refused(why) }
}

/// The text of an error with those of its causes.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += ": ";
        text += &error.to_string();
        cause = error.source();
    }
    text
}

/// Reads an answer; gives how it begins.
async fn read(mut answer: Response) -> String {
    let mut bytes = Vec::new();
    let reading = async {
        while let Ok(Some(chunk)) = answer.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                return;
            }
        }
    };
    // A receiver that goes on talking has given its answer all the same.
    let _ = timeout(ANSWER_TIME_MAX, reading).await;
    beginning(&bytes)
}

/// As much of a body as is kept, as text. Postgres keeps any character but one.
fn beginning(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
    text.truncate(text.floor_char_boundary(RESPONSE_BYTES_MAX));
    text
}

/// An address that stands in the URL itself is never resolved, so it is looked at here.
fn names_private_address(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        Some(Host::Domain(_)) | None => false,
    }
}

/// Finds public addresses alone. The client connects to what it is given here, so a name that
/// points elsewhere a moment later gains nothing.
struct PublicAlone;

impl Resolve for PublicAlone {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is the client's to fill in.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(NOT_PUBLIC.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn why_away(url: &str) -> String {
        let client = Client::new(Duration::from_secs(5)).unwrap();
        let request = Request { headers: HeaderMap::new(), body: String::new() };
        match client.post(url, Reach::Public, request).await.outcome {
            Err(Failure::Away(why)) => why,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[tokio::test]
    async fn what_may_reach_the_internet_alone_reaches_nothing_nearby() {
        let nearby = [
            "http://127.0.0.1:9/hook",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]:9/",
            "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/latest",
            "http://localhost:9/",
        ];
        for url in nearby {
            let why = why_away(url).await;
            assert!(why.contains("not public"), "{url}: {why}");
        }
    }
    #[test]
    fn only_the_beginning_of_an_answer_is_kept() {
        assert_eq!(beginning(b"ok"), "ok");
        assert_eq!(beginning(b"a\0b\xff"), "a\u{fffd}b\u{fffd}");
        let long = beginning("é".repeat(5_000).as_bytes());
        assert!(long.len() <= RESPONSE_BYTES_MAX && long.chars().all(|c| c == 'é'));
    }
}
