//! A program that reads over REST, one request after the other on one connection.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

/// A server that owes an answer for so long has lost it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client with a key of the muro dialect.
#[derive(Debug)]
pub(crate) struct Rest {
    stream: TcpStream,
    host: String,
    key: String,
}

impl Rest {
    pub(crate) fn connect(address: SocketAddr, key: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).context("cannot open a connection")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, host: address.to_string(), key: key.to_owned() })
    }

    /// Asks for a path under `/api/v1`; gives the answer, and how long it took to come.
    ///
    /// # Errors
    /// Anything but a 200 with a body of JSON.
    pub(crate) fn get(&mut self, path: &str) -> anyhow::Result<(Value, Duration)> {
        let (host, key) = (&self.host, &self.key);
        let request = format!(
            "GET /api/v1{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n"
        );
        let began = Instant::now();
        self.stream.write_all(request.as_bytes()).context("cannot ask")?;
        let body = self.answer().with_context(|| format!("GET {path}"))?;
        let took = began.elapsed();
        Ok((serde_json::from_slice(&body)?, took))
    }

    /// A list from its beginning to its end, a hundred entries a page: gives each page to `hear`.
    ///
    /// # Errors
    /// Like [`Self::get`], and when there is no list.
    pub(crate) fn get_all(
        &mut self,
        path: &str,
        mut hear: impl FnMut(&[Value], Option<&str>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let first = if path.contains('?') { '&' } else { '?' };
        let mut cursor = String::new();
        loop {
            let (page, _) = self.get(&format!("{path}{first}limit=100{cursor}"))?;
            let next = page["next_cursor"].as_str();
            hear(page["data"].as_array().context("no list")?, next)?;
            let Some(next) = next else { return Ok(()) };
            cursor = format!("&cursor={next}");
        }
    }

    fn answer(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut received = Vec::new();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let count = self.stream.read(&mut chunk).context("no answer")?;
            if count == 0 {
                bail!("the server closed the connection");
            }
            received.extend_from_slice(&chunk[..count]);
            if let Some(body) = body(&received)? {
                return Ok(body.to_vec());
            }
        }
    }
}

/// The body of an answer; `None` while it is not whole.
fn body(received: &[u8]) -> anyhow::Result<Option<&[u8]>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = answer.parse(received)? else { return Ok(None) };
    if answer.code != Some(200) {
        bail!("refused: {}", String::from_utf8_lossy(received));
    }
    let mut headers = answer.headers.iter();
    let length = headers.find(|it| it.name.eq_ignore_ascii_case("content-length"));
    let length: usize = std::str::from_utf8(length.context("no length")?.value)?.parse()?;
    Ok(received.get(head..head + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_taken_once_it_is_whole() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(body(answer).unwrap(), Some(b"{}".as_slice()));
        for cut in 0..answer.len() {
            assert_eq!(body(&answer[..cut]).unwrap(), None, "{cut} bytes");
        }
    }

    #[test]
    fn a_refusal_is_an_error() {
        assert!(body(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n").is_err());
    }
}
