//! What texts are like, as regular expressions for the description. White space is spelled out, since engines
//! differ in what `\s` is; here it is Unicode's, as where the texts are read.

macro_rules! white {
    () => {
        r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    };
}

/// At most so many characters and two, not counting white space around them, and at least one.
macro_rules! line_of {
    ($between:literal) => {
        concat!(
            "^[",
            white!(),
            "]*[^",
            white!(),
            r"]([\s\S]{0,",
            $between,
            "}[^",
            white!(),
            "])?[",
            white!(),
            "]*$"
        )
    };
}

/// Not blank.
pub const TEXT: &str = concat!("[^", white!(), "]");
/// Not blank, and at most 200 characters.
pub const NAME: &str = line_of!("198");
/// Not blank, and at most 64 characters.
pub const TAG: &str = line_of!("62");
/// One word of at most 64 characters, with or without a slash before it.
pub const SHORTCUT: &str = concat!(
    "^[",
    white!(),
    "]*(/[^",
    white!(),
    "]{1,64}|[^/",
    white!(),
    "][^",
    white!(),
    "]{0,63})[",
    white!(),
    "]*$"
);
/// Something, `@` and a host, without control characters.
pub const EMAIL: &str =
    r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s.\x00-\x1f\x7f-\x9f]+(\.[^@\s.\x00-\x1f\x7f-\x9f]+)*$";

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn check(pattern: &str, good: &[&str], bad: &[&str]) {
        // As JavaScript writes it, and this engine.
        let pattern = Regex::new(r"\\u(....)").unwrap().replace_all(pattern, r"\u{$1}");
        let pattern = Regex::new(&pattern).unwrap();
        for text in good {
            assert!(pattern.is_match(text), "{text:?}");
        }
        for text in bad {
            assert!(!pattern.is_match(text), "{text:?}");
        }
    }

    #[test]
    fn they_say_what_is_taken() {
        let [name, padded] = [200, 201].map(|length| "x".repeat(length));
        check(TEXT, &["a", " a\n"], &["", " \u{85}\n"]);
        check(NAME, &["a", " a b ", "a\nb", &name, &format!(" {name}\n")], &["", " ", &padded]);
        check(TAG, &["vip", &"x".repeat(64)], &["\t", &"x".repeat(65)]);
        let [word, long] = [64, 65].map(|length| "x".repeat(length));
        let slashed = format!("/{word}");
        check(
            SHORTCUT,
            &["hi", "/hi", " hi ", "a/b", &word, &slashed],
            &["", "/", "two words", &long],
        );
        check(EMAIL, &["a@b", "marie@example.com"], &["", "a", "a@", "@b", "a@b..c", "a b@c"]);
    }
}
