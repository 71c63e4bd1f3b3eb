//! Who publishes on a Pusher server: signed requests over one connection that is kept open.
//!
//! Sending a request and taking its answer are apart, so that meanwhile the one thread there is can
//! hear what was published.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use switchboard_protocol::pusher::{SignedRequest, body_md5};

use crate::app::App;

/// A server that owes an answer for so long has lost it.
const PATIENCE: Duration = Duration::from_secs(20);
/// More than any answer to a request of ours.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// A program that publishes.
#[derive(Debug)]
pub(crate) struct Publisher {
    app: Arc<App>,
    host: String,
    stream: TcpStream,
}

impl Publisher {
    pub(crate) fn connect(address: SocketAddr, app: &Arc<App>) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).context("cannot open a connection")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { app: Arc::clone(app), host: address.to_string(), stream })
    }

    /// Publishes events: one by itself, more as a batch.
    pub(crate) fn send(&mut self, events: &[Value]) -> anyhow::Result<()> {
        match events {
            [event] => self.post("events", &event.to_string()),
            events => self.post("batch_events", &serde_json::json!({"batch": events}).to_string()),
        }
    }

    fn post(&mut self, what: &str, body: &str) -> anyhow::Result<()> {
        let path = format!("/apps/{}/{what}", self.app.id);
        let query = self.query(&path, body)?;
        let (host, length) = (&self.host, body.len());
        let request = format!(
            "POST {path}?{query} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).context("cannot publish")
    }

    /// The parameters that show a request to be the application's.
    fn query(&self, path: &str, body: &str) -> anyhow::Result<String> {
        let token = self.app.token();
        let mut params = vec![
            ("auth_key", token.key().to_owned()),
            ("auth_timestamp", now_s()?.to_string()),
            ("auth_version", "1.0".to_owned()),
            ("body_md5", body_md5(body.as_bytes())),
        ];
        let request: SignedRequest<'_, &str> = SignedRequest {
            method: "POST",
            path,
            params: &params.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>(),
            body: body.as_bytes(),
        };
        let signature = request.sign(&token);
        params.push(("auth_signature", signature));
        let params: Vec<_> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Ok(params.join("&"))
    }

    /// Waits for the answer to what was sent.
    ///
    /// # Errors
    /// It did not come, or says anything but that the events are published.
    pub(crate) fn finish(&mut self) -> anyhow::Result<()> {
        let mut buffer = [0; ANSWER_BYTES_MAX];
        let mut filled = 0;
        loop {
            let count = self.stream.read(&mut buffer[filled..]).context("no answer")?;
            ensure!(count > 0, "the server closed the connection, or its answer has no end");
            filled += count;
            if let Some(length) = answer_length(&buffer[..filled])? {
                ensure!(length == filled, "more than one answer");
                return Ok(());
            }
        }
    }
}

/// How long the answer at the start of `buffer` is; `None` while it is not whole.
fn answer_length(buffer: &[u8]) -> anyhow::Result<Option<usize>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = answer.parse(buffer)? else { return Ok(None) };
    if answer.code != Some(200) {
        bail!("refused: {}", String::from_utf8_lossy(buffer));
    }
    let mut headers = answer.headers.iter();
    let length = headers.find(|it| it.name.eq_ignore_ascii_case("content-length"));
    let length = length.context("an answer without a length")?;
    let length: usize = std::str::from_utf8(length.value)?.parse()?;
    Ok((buffer.len() >= head + length).then_some(head + length))
}

#[expect(clippy::disallowed_methods, reason = "a server compares it with its own clock")]
fn now_s() -> anyhow::Result<u64> {
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_once_it_is_whole() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(answer_length(answer).unwrap(), Some(answer.len()));
        for cut in 0..answer.len() {
            assert_eq!(answer_length(&answer[..cut]).unwrap(), None, "{cut} bytes");
        }
    }

    #[test]
    fn a_refusal_is_an_error_that_says_why() {
        let answer = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 3\r\n\r\nwhy";
        assert!(answer_length(answer).unwrap_err().to_string().ends_with("why"));
    }
}
