//! Short texts from outside: ids and names.

use super::Invalid;

/// Most characters of a visitor's id on a channel.
const SOURCE_ID_CHARS_MAX: usize = 255;
/// Most characters of a name.
const NAME_CHARS_MAX: usize = 200;

/// Checks a visitor's id on a channel (`external_id`), which is kept as it was given.
///
/// # Errors
/// Blank, longer than 255 characters, or with a NUL in it.
pub fn check_source_id(field: &str, text: &str) -> Result<(), Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new(field, "must not be blank"));
    }
    check_chars(field, text, SOURCE_ID_CHARS_MAX)
}

/// Takes a name as people write it; a blank one is none.
///
/// # Errors
/// Longer than 200 characters, or with a NUL in it.
pub fn clean_name(field: &str, text: &str) -> Result<Option<String>, Invalid> {
    let name = text.trim();
    check_chars(field, name, NAME_CHARS_MAX)?;
    Ok((!name.is_empty()).then(|| name.to_owned()))
}

/// Checks the length of a text, and that it can be kept.
///
/// # Errors
/// Longer than `max` characters, or with a NUL in it.
pub fn check_chars(field: &str, text: &str, max: usize) -> Result<(), Invalid> {
    // Postgres keeps any character in a text but this one.
    if text.contains('\0') {
        return Err(Invalid::new(field, "must not contain a NUL character"));
    }
    if text.chars().count() > max {
        return Err(Invalid::new(field, format!("must have at most {max} characters")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_id_is_taken_as_it_is_or_not_at_all() {
        assert!(check_source_id("external_id", " user 42 ").is_ok());
        for text in ["", "  ", "a\0b", &"x".repeat(256)] {
            assert!(check_source_id("external_id", text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_blank_name_is_none() {
        assert_eq!(clean_name("name", "  "), Ok(None));
        assert_eq!(clean_name("name", " Ann "), Ok(Some("Ann".to_owned())));
    }
}
