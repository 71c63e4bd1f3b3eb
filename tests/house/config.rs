//! Whether every setting of `config.default.toml` says what it is.

/// The keys with no comment directly above and none behind.
pub(super) fn undocumented(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut silent = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let above = at.checked_sub(1).map_or("", |above| lines[above]);
        if !line.starts_with('#') && !above.starts_with('#') && !value.contains('#') {
            silent.push(key.trim());
        }
    }
    silent
}
