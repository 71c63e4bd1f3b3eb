//! What a close frame says.

use std::borrow::Cow;

use super::Violation;

/// Codes that a server closes with (RFC 6455 section 7.4.1).
pub mod close_code {
    /// The purpose of the connection is fulfilled.
    pub const NORMAL: u16 = 1000;
    /// The server goes away.
    pub const AWAY: u16 = 1001;
    /// The peer broke the protocol.
    pub const PROTOCOL: u16 = 1002;
    /// The peer sent what its message's kind does not allow, such as text that is not UTF-8.
    pub const INVALID: u16 = 1007;
    /// The peer may not go on, for no reason that has a code of its own.
    pub const POLICY: u16 = 1008;
    /// The peer sent a message that is too large.
    pub const SIZE: u16 = 1009;
}

/// The reason with which one side closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseFrame {
    /// One of [`close_code`], or one from 3000 on whose meaning the protocol above knows.
    pub code: u16,
    /// The reason in words, at most 123 bytes.
    pub reason: Cow<'static, str>,
}

impl CloseFrame {
    /// Reads the payload of a close frame; `None` where it gives no reason.
    ///
    /// # Errors
    /// Half a code, a code that nobody may send, or a reason that is not UTF-8.
    pub fn decode(payload: &[u8]) -> Result<Option<Self>, Violation> {
        if payload.is_empty() {
            return Ok(None);
        }
        let (code, reason) = payload.split_first_chunk().ok_or(Violation::Protocol)?;
        let code = u16::from_be_bytes(*code);
        if !may_be_sent(code) {
            return Err(Violation::Protocol);
        }
        let reason = std::str::from_utf8(reason).map_err(|_| Violation::NotText)?;
        Ok(Some(Self { code, reason: reason.to_owned().into() }))
    }

    /// The payload of a close frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&self.code.to_be_bytes()[..], self.reason.as_bytes()].concat()
    }
}

/// Whether a code may stand in a close frame (RFC 6455 section 7.4 and IANA's register).
const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
