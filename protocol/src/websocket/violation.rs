//! What a peer did that ends the connection.

/// The peer broke the protocol; nothing that follows can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A frame that may not be sent, or not here. Close code 1002.
    #[error("a frame that the protocol does not allow")]
    Protocol,
    /// Text that is not UTF-8. Close code 1007.
    #[error("text that is not UTF-8")]
    NotText,
    /// A message larger than the limit. Close code 1009.
    #[error("a message larger than the limit")]
    TooLarge,
}
