//! Texts made up of words of which few are frequent and most are rare, as in any language (Zipf's law).
//!
//! The same texts are made on every run.

/// How many words there are.
const WORDS: usize = 30_000;
const CONSONANTS: [char; 16] =
    ['b', 'c', 'd', 'f', 'g', 'h', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];
const SYLLABLES: usize = CONSONANTS.len() * VOWELS.len();

/// Chance that is the same on every run (xorshift64*).
#[derive(Debug)]
pub(crate) struct Chance(u64);

/// Who makes up texts.
#[derive(Debug)]
pub(crate) struct Corpus {
    chance: Chance,
    /// Of each word, how often it or a more frequent one comes, as a part of the last.
    cumulated: Vec<usize>,
}

impl Chance {
    pub(crate) const fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        usize::try_from(number).unwrap_or_default() % end
    }
}

impl Corpus {
    pub(crate) fn new() -> Self {
        let mut sum = 0;
        let cumulated = (0..WORDS).map(|rank| {
            sum += 1_000_000_000 / (rank + 3);
            sum
        });
        Self { chance: Chance::new(), cumulated: cumulated.collect() }
    }

    /// The word that is the most frequent but `rank`.
    pub(crate) fn word(rank: usize) -> String {
        let mut rest = rank;
        let mut word = String::new();
        loop {
            let syllable = rest % SYLLABLES;
            word.push(CONSONANTS[syllable / VOWELS.len()]);
            word.push(VOWELS[syllable % VOWELS.len()]);
            rest /= SYLLABLES;
            if rest == 0 {
                return word;
            }
        }
    }

    /// A text of 5 to 35 words.
    pub(crate) fn text(&mut self) -> String {
        let words: Vec<_> = (0..5 + self.chance.below(31)).map(|_| self.any_word()).collect();
        words.join(" ")
    }

    fn any_word(&mut self) -> String {
        let total = self.cumulated.last().copied().unwrap_or(1);
        let place = self.chance.below(total);
        Self::word(self.cumulated.partition_point(|sum| *sum <= place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_texts_are_made_on_every_run() {
        let texts = || {
            let mut corpus = Corpus::new();
            [corpus.text(), corpus.text()]
        };
        assert_eq!(texts(), texts());
        assert_ne!(texts()[0], texts()[1]);
    }

    #[test]
    fn no_two_ranks_have_the_same_word() {
        let words: std::collections::HashSet<_> = (0..WORDS).map(Corpus::word).collect();
        assert_eq!(words.len(), WORDS);
    }
}
