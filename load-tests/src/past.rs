//! What was said in the years of a busy organization: who wrote when, and what. The same on every run.
//!
//! Conversations follow one another, and some visitors come back long after. Besides the words that are used at all
//! times there are words of their time: of one campaign, and one that nobody uses any longer.

use crate::corpus::{Chance, Corpus};

/// When the first message came, in microseconds.
const BEGAN: u64 = 1_700_000_000_000_000;
/// Between two messages.
const SECOND: u64 = 1_000_000;
/// How many messages a conversation has, more or less.
const MESSAGES_EACH: usize = 20;
/// How many conversations are going on at any time.
const AT_ONCE: usize = 120;
/// One message of so many is of a visitor who came back to an old conversation.
const RETURNS: usize = 50;
/// How many campaigns there were, one after the other.
pub(crate) const CAMPAIGNS: usize = 10;
/// One message of so many names the campaign of its time.
const CAMPAIGN_SHARE: usize = 5;
/// A word that nobody uses any longer.
pub(crate) const BYGONE: &str = "yonder";
/// In the older half of the time, one message of so many had it.
const BYGONE_SHARE: usize = 3;

/// A conversation, as its messages leave it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversation {
    pub(crate) messages: u32,
    /// When its first and its last message came, in microseconds.
    pub(crate) first_at: u64,
    pub(crate) last_at: u64,
}

/// A message of a visitor.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) number: usize,
    pub(crate) conversation: usize,
    pub(crate) seq: u32,
    pub(crate) text: String,
    /// In microseconds.
    pub(crate) at: u64,
}

/// Everything that was said.
#[derive(Debug)]
pub(crate) struct Past {
    messages: usize,
    pub(crate) conversations: Vec<Conversation>,
}

/// Who writes next.
struct Places {
    chance: Chance,
    conversations: usize,
}

impl Past {
    /// So many messages, in as many conversations as they make.
    pub(crate) fn new(messages: usize) -> Self {
        let mut places = Places::of(messages);
        let silent = Conversation { messages: 0, first_at: BEGAN, last_at: BEGAN };
        let mut conversations = vec![silent; places.conversations];
        for number in 0..messages {
            let it = &mut conversations[places.next(number)];
            it.first_at = if it.messages == 0 { at(number) } else { it.first_at };
            it.last_at = at(number);
            it.messages += 1;
        }
        Self { messages, conversations }
    }

    /// All messages, the oldest first.
    pub(crate) fn messages(&self) -> impl Iterator<Item = Message> {
        let mut places = Places::of(self.messages);
        let mut corpus = Corpus::new();
        let mut seqs = vec![0; self.conversations.len()];
        let all = self.messages;
        (0..all).map(move |number| {
            let conversation = places.next(number);
            seqs[conversation] += 1;
            let mut text = corpus.text();
            for word in words_of_the_time(number, all) {
                text.push(' ');
                text.push_str(&word);
            }
            Message { number, conversation, seq: seqs[conversation], text, at: at(number) }
        })
    }
}

impl Places {
    fn of(messages: usize) -> Self {
        Self { chance: Chance::new(), conversations: (messages / MESSAGES_EACH).max(1) }
    }

    /// The conversation of the message of this number.
    fn next(&mut self, number: usize) -> usize {
        let begun = number / MESSAGES_EACH;
        let conversation = if self.chance.below(RETURNS) == 0 {
            self.chance.below(begun + 1)
        } else {
            begun.saturating_sub(AT_ONCE / 2) + self.chance.below(AT_ONCE)
        };
        conversation.min(self.conversations - 1)
    }
}

/// The word of a campaign; no text has it by chance.
pub(crate) fn campaign(number: usize) -> String {
    format!("x{}", Corpus::word(number))
}

fn words_of_the_time(number: usize, all: usize) -> impl Iterator<Item = String> {
    let named = number.is_multiple_of(CAMPAIGN_SHARE);
    let bygone = number < all / 2 && number.is_multiple_of(BYGONE_SHARE);
    let campaign = named.then(|| campaign(number * CAMPAIGNS / all));
    campaign.into_iter().chain(bygone.then(|| BYGONE.to_owned()))
}

fn at(number: usize) -> u64 {
    BEGAN + SECOND * number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_numbered_without_a_gap_in_each_conversation() {
        let past = Past::new(4_000);
        let mut seqs = vec![0; past.conversations.len()];
        for message in past.messages() {
            seqs[message.conversation] += 1;
            assert_eq!(message.seq, seqs[message.conversation]);
        }
        let counts: Vec<_> = past.conversations.iter().map(|it| it.messages).collect();
        assert_eq!(seqs, counts);
        assert_eq!(seqs.iter().sum::<u32>(), 4_000);
    }

    #[test]
    fn words_of_a_time_are_in_no_message_of_another() {
        let past = Past::new(4_000);
        let with = |word: &str| -> Vec<_> {
            past.messages().filter(|it| it.text.contains(word)).map(|it| it.number).collect()
        };
        let first = with(&campaign(0));
        assert_eq!((first.len(), first.last().copied()), (80, Some(395)));
        assert!(with(BYGONE).iter().all(|number| *number < 2_000));
    }
}
