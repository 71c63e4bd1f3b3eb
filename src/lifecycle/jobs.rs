//! Jobs: the worker that does them, and the model that some of them ask.

use super::Node;
use crate::ai::{CannotAsk, Summarizer};
use crate::jobs::{Parts, Worker};

impl Node {
    /// Whoever writes summaries, for those who want one now and for jobs.
    pub(super) fn summarizer(&self) -> Result<Summarizer, CannotAsk> {
        let settings = self.config.ai.settings();
        Summarizer::new(self.services.clone(), settings.as_ref(), self.stop.clone())
    }

    /// Does what is due, as long as the node lives.
    pub(super) fn spawn_jobs(&self, summarizer: Summarizer) {
        let parts = Parts {
            services: self.services.clone(),
            summarizer,
            patience_ms: self.config.ai.patience_ms(),
            clock: self.clock.clone(),
            stop: self.stop.clone(),
        };
        self.tasks.spawn(Worker::new(parts).run());
    }
}
