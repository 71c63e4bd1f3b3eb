//! Work that is due at a time and is nobody's request.

use super::{ConversationId, JobId, Timestamp};

/// What is to be done. Two equal ones are one: the later takes the place of the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Write the summary of a conversation that was closed.
    Summarize(ConversationId),
}

impl Task {
    /// The word for its kind, under which it is kept and counted.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Summarize(_) => "summarize",
        }
    }

    /// What it is done to, as it is kept.
    #[must_use]
    pub fn subject(self) -> String {
        match self {
            Self::Summarize(conversation) => conversation.to_string(),
        }
    }

    /// Reads what [`Task::kind`] and [`Task::subject`] gave; `None` for what this program does not know.
    #[must_use]
    pub fn read(kind: &str, subject: &str) -> Option<Self> {
        match kind {
            "summarize" => subject.parse().ok().map(Self::Summarize),
            _ => None,
        }
    }
}

/// A task that was taken by someone who does it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Another one each time the task is asked for.
    pub id: JobId,
    /// What is to be done.
    pub task: Task,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// Until when nobody else tries it.
    pub leased_until: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_reads_back_from_its_words() {
        let task = Task::Summarize(ConversationId::generate());
        assert_eq!(Task::read(task.kind(), &task.subject()), Some(task));
        assert_eq!(Task::read("summarize", "7"), None);
        assert_eq!(Task::read("sing", &task.subject()), None);
    }
}
