//! RFC 6455 as seen by a client that wants to spend nothing on it: frames are read in place, and
//! all that is written is a mask and a few bytes of head.

use anyhow::{Context as _, bail};

/// The sample nonce of RFC 6455, section 1.3. Nothing caches between here and the server, which is
/// all that a random one protects from.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What a server must answer to [`KEY`].
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// Every client frame is masked with it; any but zeros costs the server the same.
const MASK: [u8; 4] = [0x5a, 0xc3, 0x96, 0x0f];

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

/// The opcode of a text frame.
pub(crate) const TEXT: u8 = 0x1;
/// The opcode of a close frame.
pub(crate) const CLOSE: u8 = 0x8;
/// The opcode of a ping.
pub(crate) const PING: u8 = 0x9;
/// The opcode of a pong.
pub(crate) const PONG: u8 = 0xa;

/// A frame that has arrived in full.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    pub(crate) payload: &'a [u8],
}

/// The request that opens a WebSocket at `path`. It names a browser, since servers may treat
/// browsers in their own way, and a browser is what they mostly serve.
pub(crate) fn request(host: &str, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0 (load-tests)\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: {KEY}\r\n\r\n"
    )
}

/// What a server answers to [`request`].
pub(crate) fn acceptance() -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    )
}

/// Reads the answer to [`request`], and says where the frames begin; `None` while it is not whole.
pub(crate) fn accepted(buffer: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&buffer[..end]).context("the answer is not text")?;
    if !head.starts_with("HTTP/1.1 101 ") || !head.contains(ACCEPT) {
        bail!("no WebSocket: {}", String::from_utf8_lossy(buffer));
    }
    Ok(Some(end + 4))
}

/// Reads the frame at the start of `buffer`, and says how many bytes it takes; `None` while it is
/// not whole.
pub(crate) fn next(buffer: &[u8]) -> anyhow::Result<Option<(Frame<'_>, usize)>> {
    let [first, second, rest @ ..] = buffer else { return Ok(None) };
    if first & !0x0f != FIN {
        bail!("a frame in fragments or of an extension that was not asked for");
    }
    let (length, head) = match *second {
        LENGTH_16 => match rest.first_chunk::<2>() {
            Some(bytes) => (usize::from(u16::from_be_bytes(*bytes)), 4),
            None => return Ok(None),
        },
        LENGTH_64 => match rest.first_chunk::<8>() {
            Some(bytes) => (usize::try_from(u64::from_be_bytes(*bytes))?, 10),
            None => return Ok(None),
        },
        masked if masked & MASKED != 0 => bail!("a masked frame from a server"),
        length => (usize::from(length), 2),
    };
    let frame = |payload| (Frame { opcode: first & 0x0f, payload }, head + length);
    Ok(buffer.get(head..head + length).map(frame))
}

/// Why a connection was closed: the code, and what was said to it.
pub(crate) fn reason(payload: &[u8]) -> String {
    match payload {
        [first, second, text @ ..] => {
            let code = u16::from_be_bytes([*first, *second]);
            format!("{code} {}", String::from_utf8_lossy(text))
        }
        _ => "no reason was given".to_owned(),
    }
}

/// Appends a client's frame.
pub(crate) fn push(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    push_head(out, opcode, MASKED, payload.len());
    out.extend(MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// Appends a server's text frame.
pub(crate) fn push_unmasked(out: &mut Vec<u8>, payload: &[u8]) {
    push_head(out, TEXT, 0, payload.len());
    out.extend(payload);
}

fn push_head(out: &mut Vec<u8>, opcode: u8, masked: u8, length: usize) {
    out.push(FIN | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length < LENGTH_16 => out.push(masked | length),
        (_, Ok(length)) => {
            out.push(masked | LENGTH_16);
            out.extend(length.to_be_bytes());
        }
        _ => {
            out.push(masked | LENGTH_64);
            out.extend((length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_are_read_once_they_are_whole() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let mut bytes = Vec::new();
            push_unmasked(&mut bytes, &payload);
            bytes.push(0x81);
            let (frame, taken) = next(&bytes).unwrap().unwrap();
            assert_eq!(frame, Frame { opcode: TEXT, payload: &payload });
            assert_eq!(taken, bytes.len() - 1);
            for cut in (0..taken).rev().take(12) {
                assert!(next(&bytes[..cut]).unwrap().is_none(), "{cut} bytes of {taken}");
            }
        }
    }

    #[test]
    fn client_frames_are_masked() {
        let mut bytes = Vec::new();
        push(&mut bytes, TEXT, b"hello");
        assert_eq!(bytes[..6], [0x81, 0x85, MASK[0], MASK[1], MASK[2], MASK[3]]);
        let clear: Vec<u8> =
            bytes[6..].iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        assert_eq!(clear, b"hello");
    }

    #[test]
    fn what_a_server_may_not_send_is_refused() {
        assert!(next(&[0x01, 0x00]).is_err());
        assert!(next(&[0xc1, 0x00]).is_err());
        assert!(next(&[0x81, 0x85]).is_err());
    }

    #[test]
    fn an_upgrade_is_accepted_by_its_key_alone() {
        let good = acceptance();
        assert_eq!(accepted(good.as_bytes()).unwrap(), Some(good.len()));
        assert_eq!(accepted(&good.as_bytes()[..good.len() - 1]).unwrap(), None);
        assert!(accepted(good.replace(ACCEPT, "another").as_bytes()).is_err());
        assert!(accepted(b"HTTP/1.1 429 Too Many Requests\r\n\r\n").is_err());
    }
}
