//! The string literals of a Rust file.

/// Every string literal, plain or raw, without its quotes. Comments are skipped.
pub(super) fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = if rest.starts_with("//") {
            rest.find('\n').map_or("", |end| &rest[end..])
        } else if let Some((literal, after)) = raw_literal(rest).or_else(|| plain_literal(rest)) {
            found.push(literal);
            after
        } else if let Some(after) =
            rest.strip_prefix("'\"'").or_else(|| rest.strip_prefix("'\\\"'"))
        {
            after
        } else {
            &rest[character.len_utf8()..]
        };
    }
    found
}

/// `"…"`, whose escapes are left as they stand.
fn plain_literal(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, character) in inside.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((inside[..at].to_owned(), &inside[at + 1..])),
            _ => {}
        }
    }
    None
}

/// `r"…"`, `r#"…"#` and so on.
fn raw_literal(text: &str) -> Option<(String, &str)> {
    let marks = text.strip_prefix('r')?;
    let inside = marks.trim_start_matches('#');
    let hashes = &marks[..marks.len() - inside.len()];
    let inside = inside.strip_prefix('"')?;
    let end = format!("\"{hashes}");
    let at = inside.find(&end)?;
    Some((inside[..at].to_owned(), &inside[at + end.len()..]))
}
