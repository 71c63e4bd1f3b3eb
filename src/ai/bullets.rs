//! Reading what a model wrote: it was asked for a list, and mostly writes one.

/// Most points that are kept.
const BULLETS_MAX: usize = 12;
/// Most characters of one.
const CHARS_MAX: usize = 1_000;

/// What a point begins with.
const MARKS: [&str; 8] = ["- ", "* ", "+ ", "•", "–", "—", "‣", "◦"];

/// The points of an answer: a JSON list, lines with bullets or numbers, or else each line. What stands
/// before a list, what a model thinks aloud and Markdown's signs are left out. Empty when nothing is said.
pub(super) fn bullets(answer: &str) -> Vec<String> {
    let text = without_fence(without_thoughts(answer).trim());
    let points = from_json(text).unwrap_or_else(|| from_lines(text));
    points
        .iter()
        .map(|point| plain(point))
        .filter(|point| !point.is_empty())
        .take(BULLETS_MAX)
        .collect()
}

/// Reasoning models may begin with `<think>…</think>`.
fn without_thoughts(text: &str) -> &str {
    text.rsplit_once("</think>").map_or(text, |(_, answer)| answer)
}

/// Some put everything into a block of code.
fn without_fence(text: &str) -> &str {
    let Some(inside) = text.strip_prefix("```").and_then(|text| text.strip_suffix("```")) else {
        return text;
    };
    inside.split_once('\n').map_or(inside, |(_, lines)| lines).trim()
}

/// `["…"]`, or an object with such a list in it.
fn from_json(text: &str) -> Option<Vec<String>> {
    let value = serde_json::from_str(text).ok()?;
    let list = match value {
        serde_json::Value::Array(list) => list,
        serde_json::Value::Object(fields) => {
            fields.into_iter().find_map(|(_, value)| match value {
                serde_json::Value::Array(list) => Some(list),
                _ => None,
            })?
        }
        _ => return None,
    };
    list.into_iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn from_lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let marked: Vec<String> =
        lines.iter().filter_map(|line| unmarked(line)).map(str::to_owned).collect();
    if marked.is_empty() {
        return lines.into_iter().map(str::to_owned).collect();
    }
    marked
}

/// The line without the sign that makes it a point; `None` when it has none.
fn unmarked(line: &str) -> Option<&str> {
    if let Some(rest) = MARKS.iter().find_map(|mark| line.strip_prefix(mark)) {
        return Some(rest.trim());
    }
    let rest = line.trim_start_matches(|character: char| character.is_ascii_digit());
    let is_numbered = rest.len() < line.len() && line.len() - rest.len() <= 2;
    let rest = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
    is_numbered.then(|| rest.trim())
}

/// Without Markdown's emphasis and headings, on one line, not too long.
fn plain(point: &str) -> String {
    let text = point.replace("**", "").replace("__", "");
    let words: Vec<&str> = text.trim_start_matches(['#', ' ']).split_whitespace().collect();
    // A NUL cannot be kept.
    words.join(" ").chars().filter(|character| *character != '\0').take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_list_is_read() {
        let answers = [
            "- wants a refund\n- got it",
            "• wants a refund\n• got it",
            "* **wants a refund**\n\n* got it\n",
            "1. wants a refund\n2. got it",
            "1) wants a refund\n2) got it",
            "Here is the summary:\n\n– wants a refund\n– got it\n",
            "<think>hm\n- not this</think>\n- wants a refund\n- got it",
            "```markdown\n- wants a refund\n- got it\n```",
            "[\"wants a refund\", \"got it\"]",
            "```json\n{\"bullets\": [\"wants a refund\", \"got it\"]}\n```",
            "wants a refund\ngot it",
        ];
        for answer in answers {
            assert_eq!(bullets(answer), ["wants a refund", "got it"], "{answer}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_no_list() {
        assert_eq!(bullets("2026 was a good year."), ["2026 was a good year."]);
        assert_eq!(bullets("3.5 stars were given"), ["3.5 stars were given"]);
    }

    #[test]
    fn nothing_said_is_no_point() {
        for answer in ["", " \n\t", "```\n```", "[]", "- \n•", "<think>hm</think>"] {
            assert_eq!(bullets(answer), [""; 0], "{answer:?}");
        }
    }

    #[test]
    fn points_are_few_and_short_and_hold_no_nul() {
        let long = format!("- {}\n", "x".repeat(5_000)).repeat(50);
        let points = bullets(&long);
        assert_eq!(points.len(), BULLETS_MAX);
        assert!(points.iter().all(|point| point.len() == CHARS_MAX));
        assert_eq!(bullets("- a\0b"), ["ab"]);
    }
}
