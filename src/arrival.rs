//! Bytes that come in on connections.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read as _};

use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// What is read at once, in bytes.
const READ_MAX: usize = 16 * 1024;

thread_local! {
    /// Where bytes come in before it is known whose they are to be: nothing is read into it but what is taken out at once,
    /// so one is enough for all connections of a thread.
    static ARRIVAL: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_MAX]);
}

/// Reads what has come, once, and hands it to `take`, empty at the end of the connection.
///
/// Less than there was room for is all there was. Then the connection counts as read out until the kernel says
/// that there is more, and nobody asks in vain.
///
/// # Errors
/// `WouldBlock` when nothing has come; or the connection is gone.
pub(crate) fn take_in<T>(stream: &TcpStream, take: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
    ARRIVAL.with_borrow_mut(|arrival| {
        let mut came = None;
        let read = stream.try_io(Interest::READABLE, || {
            let count = (&*SockRef::from(stream)).read(arrival)?;
            came = Some(count);
            let is_all = (1..arrival.len()).contains(&count);
            if is_all { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        match came {
            Some(count) => Ok(take(&arrival[..count])),
            None => Err(read.err().unwrap_or_else(|| ErrorKind::WouldBlock.into())),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (far, near) = tokio::join!(TcpStream::connect(address), listener.accept());
        (far.unwrap(), near.unwrap().0)
    }

    /// All that comes, in pieces as it comes, until `count` bytes are there or the end is.
    async fn come(stream: &TcpStream, count: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while all.len() < count {
            let ready = timeout(Duration::from_secs(20), stream.readable()).await;
            ready.expect("something comes").unwrap();
            match take_in(stream, <[u8]>::to_vec) {
                Ok(piece) if piece.is_empty() => return all,
                Ok(piece) => all.extend(piece),
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        all
    }

    #[tokio::test]
    async fn what_comes_after_a_short_piece_is_not_slept_through() {
        let (mut far, near) = pair().await;
        for round in 0..200_u8 {
            let piece = vec![round; 1 + usize::from(round)];
            far.write_all(&piece).await.unwrap();
            assert_eq!(come(&near, piece.len()).await, piece);
        }
    }

    #[tokio::test]
    async fn what_is_longer_than_the_buffer_comes_whole_and_so_does_the_end() {
        let (mut far, near) = pair().await;
        let all: Vec<u8> = (0..=250).cycle().take(5 * READ_MAX + 7).collect();
        let saying = async {
            far.write_all(&all).await.unwrap();
            far.shutdown().await.unwrap();
        };
        let (came, ()) = tokio::join!(come(&near, usize::MAX), saying);
        assert_eq!(came, all);
    }

    #[tokio::test]
    async fn an_end_right_behind_the_last_piece_is_heard() {
        for _ in 0..200 {
            let (mut far, near) = pair().await;
            far.write_all(b"last words").await.unwrap();
            drop(far);
            assert_eq!(come(&near, usize::MAX).await, b"last words");
        }
    }
}
