//! What is done at a time and for nobody who waits.
//!
//! ```text
//! service::jobs ──bell──> worker ──> run (one per job) ──> ai: the summary of a closed conversation
//!   jobs in the database     │            done · tried again later · given up
//!                            └── wakes conversations that have slept long enough
//! ```
//!
//! Like webhooks, a job is claimed by a lease, done outside of any transaction, and done again when its
//! node dies under it.

mod run;
mod worker;

use tokio_util::sync::CancellationToken;

use crate::ai::Summarizer;
use crate::clock::Clock;
use crate::service::Services;

pub use worker::Worker;

/// What the worker works with.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The jobs.
    pub services: Services,
    /// Who writes summaries.
    pub summarizer: Summarizer,
    /// How long a model may take, in milliseconds: a job is leased for longer.
    pub patience_ms: i64,
    /// The time.
    pub clock: Clock,
    /// Nothing more is begun; what was claimed and is not done is put back.
    pub stop: CancellationToken,
}
