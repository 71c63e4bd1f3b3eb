//! Secrets: how they are made, kept, compared and signed with.

mod password;
mod sealing;
mod secret;
mod signature;
mod token;
mod webhook;

pub use password::{PasswordHash, hash_password, verify_password};
pub use sealing::{BrokenSeal, SealingKey};
pub use secret::Secret;
pub use signature::{identity_signature, verify_identity};
pub use token::{TokenHash, TokenKind, new_token, random_hex, random_id};
pub use webhook::{muro_signature, new_webhook_secret, standard_signature};
