//! Reading the body of a request, up to a limit and in time.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::timeout;

/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// So much of the body of a refused request is read and thrown away, so that the refusal is heard: a
/// client that is still sending would find the connection reset instead.
const DISCARD_MAX: usize = 8 * 1024 * 1024;
/// How long that may take.
const DISCARD_PATIENCE: Duration = Duration::from_secs(5);

/// Why a body was not read; each dialect has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than it may be.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// The client is gone, or sent what is no body.
    BrokeOff,
}

/// Reads a body of at most `max` bytes.
pub(crate) async fn read(body: Body, max: usize) -> Result<Bytes, Unread> {
    timeout(PATIENCE, read_all(body, max)).await.unwrap_or(Err(Unread::TooSlow))
}

async fn read_all(body: Body, max: usize) -> Result<Bytes, Unread> {
    let (mut chunks, mut kept) = (body.into_data_stream(), BytesMut::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Unread::BrokeOff)?;
        if kept.len() + chunk.len() > max {
            discard(Body::from_stream(chunks)).await;
            return Err(Unread::TooLarge);
        }
        kept.extend_from_slice(&chunk);
    }
    Ok(kept.freeze())
}

/// Lets the client finish sending what nobody reads, within reason.
pub(crate) async fn discard(body: Body) {
    let mut chunks = body.into_data_stream();
    let all = async {
        let mut left = DISCARD_MAX;
        while let Some(Ok(chunk)) = chunks.next().await {
            let Some(rest) = left.checked_sub(chunk.len()) else { return };
            left = rest;
        }
    };
    // Late or not: what matters is that the refusal now goes out.
    let _ = timeout(DISCARD_PATIENCE, all).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(Body::from("12345678"), 8).await.unwrap(), "12345678");
        assert_eq!(read(Body::from("123456789"), 8).await, Err(Unread::TooLarge));
        assert_eq!(read(Body::empty(), 0).await.unwrap(), "");
    }
}
