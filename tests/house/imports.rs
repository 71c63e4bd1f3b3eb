//! Which modules and crates a file names, read from its text.

use super::source::Source;

/// The top-level modules this file names through `crate::` or through `super::` that leaves its own
/// folder.
pub(super) fn modules(source: &Source) -> Vec<String> {
    let code: String = source.code_lines().collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` and `other_crate::` are other words.
        if !code[..at].ends_with(is_word) {
            found.extend(first_names(&code[at + "crate::".len()..]));
        }
    }
    let depth = source.module().len();
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with(is_word) || code[..at].ends_with("super::") {
            continue;
        }
        let rest = code[at..].trim_start_matches("super::");
        let supers = (code[at..].len() - rest.len()) / "super::".len();
        if supers >= depth {
            found.extend(first_names(rest));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether the file names this crate in a path.
pub(super) fn names_crate(source: &Source, name: &str) -> bool {
    let path = format!("{name}::");
    source.code_lines().any(|line| {
        line.match_indices(&path).any(|(at, _)| {
            let before = &line[..at];
            !before.ends_with(is_word) && (!before.ends_with("::") || before.ends_with(" ::"))
        })
    })
}

/// `a::b` gives `a`; `{a, b::{c, d}}` gives `a` and `b`.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![path.chars().take_while(|c| is_word(*c)).collect()];
    };
    let mut names = vec![String::new()];
    let mut depth = 0;
    let mut in_name = true;
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(String::new());
                in_name = true;
            }
            ':' => in_name = false,
            c if is_word(c) && depth == 0 && in_name => {
                names.last_mut().expect("there is always one").push(c);
            }
            _ => {}
        }
    }
    names
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}
