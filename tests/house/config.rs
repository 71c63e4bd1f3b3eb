//! Whether every setting of `config.default.toml` says what it is.

/// The keys with no comment above and none behind. One comment may speak of two keys that belong
/// together.
pub(super) fn undocumented(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut silent = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let above = &lines[at.saturating_sub(2)..at];
        let spoken_of = match above {
            [.., directly] if directly.starts_with('#') => true,
            [comment, key] => comment.starts_with('#') && key.contains('='),
            _ => false,
        };
        if !line.starts_with('#') && !spoken_of && !value.contains('#') {
            silent.push(key.trim());
        }
    }
    silent
}
