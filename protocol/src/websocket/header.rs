//! The head of a frame (RFC 6455 section 5.2).

use super::Violation;

/// The most that a control frame may carry, in bytes.
const CONTROL_MAX: usize = 125;
const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;
/// Lengths that stand for "in the next two bytes" and "in the next eight".
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// More of the message that was begun.
    Continuation = 0x0,
    /// UTF-8 text.
    Text = 0x1,
    /// Any bytes.
    Binary = 0x2,
    /// The end.
    Close = 0x8,
    /// To be answered with a pong.
    Ping = 0x9,
    /// The answer to a ping.
    Pong = 0xA,
}

impl Opcode {
    /// Whether frames of this kind are about the connection, and may stand between those of a message.
    #[must_use]
    pub const fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }

    const fn of(first: u8) -> Option<Self> {
        Some(match first & 0xf {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }
}

/// The head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the frame is.
    pub opcode: Opcode,
    /// Whether the message ends with this frame.
    pub is_final: bool,
    /// What the payload is masked with; whatever a client sends is.
    pub mask: Option<[u8; 4]>,
    /// How many bytes the head itself has.
    pub size: usize,
    /// How many bytes follow it.
    pub length: usize,
}

impl Header {
    /// Reads the head at the front of `bytes`; `None` where more of it has yet to come.
    ///
    /// # Errors
    /// Reserved bits or opcodes, and control frames in fragments or of more than 125 bytes.
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, Violation> {
        let Some((&[first, second], rest)) = bytes.split_first_chunk() else { return Ok(None) };
        let is_final = first & FINAL != 0;
        let opcode = Opcode::of(first).ok_or(Violation::Protocol)?;
        let short = second & !MASKED;
        let breaks_control = opcode.is_control() && (!is_final || usize::from(short) > CONTROL_MAX);
        if first & RESERVED != 0 || breaks_control {
            return Err(Violation::Protocol);
        }
        let Some((length, rest)) = length(short, rest) else { return Ok(None) };
        let length = usize::try_from(length).map_err(|_| Violation::TooLarge)?;
        let (mask, rest) = if second & MASKED == 0 {
            (None, rest)
        } else {
            let Some((mask, rest)) = rest.split_first_chunk() else { return Ok(None) };
            (Some(*mask), rest)
        };
        let size = bytes.len() - rest.len();
        Ok(Some(Self { opcode, is_final, mask, size, length }))
    }
}

fn length(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    match short {
        LENGTH_16 => {
            rest.split_first_chunk().map(|(it, rest)| (u16::from_be_bytes(*it).into(), rest))
        }
        LENGTH_64 => rest.split_first_chunk().map(|(it, rest)| (u64::from_be_bytes(*it), rest)),
        short => Some((short.into(), rest)),
    }
}

/// One whole message in one frame, as a server sends it: unmasked.
#[must_use]
pub fn encode(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 10);
    frame.push(FINAL | opcode as u8);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short), _) if short < LENGTH_16 => frame.push(short),
        (_, Ok(length)) => {
            frame.push(LENGTH_16);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(LENGTH_64);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}
