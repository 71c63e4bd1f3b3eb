//! A page of `docs/`, and what its examples are like.

use std::path::Path;
use std::process::{Command, Stdio};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

/// An example with `curl`: what is typed, and what the page says comes of it.
pub(super) struct Example {
    script: String,
    /// Lines that stand behind `# `, in this order among others.
    lines: Vec<String>,
    /// An answer that is shown in full.
    answer: Option<String>,
}

/// The examples of a page that ask the server, in their order.
pub(super) fn examples(page: &str) -> Vec<Example> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = Regex::new(r"(?ms)^```(\w*)\n(.*?)^```$").unwrap();
    let mut examples: Vec<Example> = Vec::new();
    let mut is_asked = false;
    for block in blocks.captures_iter(&text) {
        let (language, body) = (&block[1], &block[2]);
        match language {
            "sh" => {
                is_asked = body.contains("curl ");
                examples.extend(is_asked.then(|| Example::new(body)));
            }
            // What is shown behind an example is its answer.
            "json" if is_asked => examples.last_mut().unwrap().answer = Some(body.to_owned()),
            _ => is_asked = false,
        }
    }
    examples
}

impl Example {
    fn new(script: &str) -> Self {
        let lines = script.lines().filter_map(|line| line.strip_prefix("# ")).map(str::to_owned);
        Self { script: script.to_owned(), lines: lines.collect(), answer: None }
    }

    /// Fails where what came is not what the page says.
    fn compare(&self, came: &str) {
        let mut left = came.lines();
        for line in &self.lines {
            let is_like = like(line);
            assert!(left.any(|it| is_like.is_match(it)), "{line}\nis not in\n{came}");
        }
        if let Some(answer) = &self.answer {
            let came = serde_json::from_str(came).unwrap_or_else(|_| panic!("{came}"));
            assert_shows(&parse(answer), &came);
        }
    }
}

/// What is cut (`…`) may be anything, and so may the digits of an id before it.
fn like(line: &str) -> Regex {
    let cut = Regex::new("[0-9a-f]*…").unwrap();
    let parts: Vec<_> = cut.split(line).map(regex::escape).collect();
    Regex::new(&format!("^{}\r?$", parts.join(".*"))).unwrap()
}

fn parse(shown: &str) -> Value {
    // Fields that are left out.
    let whole = shown.replace(",…}", "}");
    serde_json::from_str(&whole).unwrap_or_else(|error| panic!("{error}: {shown}"))
}

/// Checks that an answer has the fields that the page shows, of the same kinds.
fn assert_shows(shown: &Value, came: &Value) {
    match (shown, came) {
        (Value::Object(shown), Value::Object(came)) => {
            for (key, value) in shown {
                let there = came.get(key).unwrap_or_else(|| panic!("no {key} in {came:?}"));
                assert_shows(value, there);
            }
        }
        (Value::Array(shown), Value::Array(came)) => {
            assert_eq!(shown.is_empty(), came.is_empty(), "{shown:?} {came:?}");
            shown.iter().zip(came).for_each(|(shown, came)| assert_shows(shown, came));
        }
        (Value::Null, _) | (_, Value::Null) => {}
        _ => {
            let kind = std::mem::discriminant(shown);
            assert_eq!(kind, std::mem::discriminant(came), "{shown} {came}");
        }
    }
}

/// Someone who types the examples, one after the other, in one shell.
pub(super) struct Reader {
    folder: TempDir,
}

impl Reader {
    /// Whether the programs are here that the examples use.
    pub(super) fn has_programs() -> bool {
        let is_here = |program| {
            let mut asked = Command::new(program);
            asked.arg("--version").stdout(Stdio::null()).status().is_ok_and(|it| it.success())
        };
        ["bash", "curl", "jq"].into_iter().all(is_here)
    }

    /// A reader whose shell has these variables.
    pub(super) fn new(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let line = |(name, value): &(&str, &str)| format!("{name}='{value}'\n");
        let lines: String = variables.iter().map(line).collect();
        std::fs::write(folder.path().join("variables"), lines).unwrap();
        Self { folder }
    }

    /// Types an example and compares what comes of it.
    pub(super) fn types(&self, example: &Example) {
        let script = &example.script;
        // Each example has a shell of its own; variables go on to the next.
        let keep = "declare -p BASE A J CNV VIS ID DELIVERY > variables 2> /dev/null || true";
        let whole = format!("set -euo pipefail\n. ./variables\n{script}\n{keep}");
        let mut shell = Command::new("bash");
        shell.args(["-c", &whole]).current_dir(self.folder.path()).stdin(Stdio::null());
        let told = shell.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (said, complained) = (text(&told.stdout), text(&told.stderr));
        assert!(told.status.success(), "{script}\n{said}\n{complained}");
        example.compare(&said);
    }
}
