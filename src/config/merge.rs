//! Laying one table over another. The default is the schema: what it does not name does not exist,
//! and what it names has its type.

use std::path::Path;

use serde_json::Value as Json;
use toml::{Table, Value};

/// The default configuration, which is its documentation too.
pub const DEFAULT: &str = include_str!("../../config.default.toml");

const PREFIX: &str = "SWITCHBOARD__";

/// The lists whose items are tables; those of all others are strings. An empty default does not say.
const LISTS_OF_TABLES: [(&str, &str); 1] = [("pusher", "apps")];

/// What a list holds.
#[derive(Clone, Copy)]
enum Items {
    Strings,
    Tables,
}

impl Items {
    fn hold(self, item: &Value) -> bool {
        match self {
            Self::Strings => item.is_str(),
            Self::Tables => item.is_table(),
        }
    }

    fn rule(self) -> &'static str {
        match self {
            Self::Strings => "must be a list of strings",
            Self::Tables => "must be a list of tables",
        }
    }
}

pub(super) fn default_table() -> Table {
    DEFAULT.parse().expect("the embedded default is tested to be TOML")
}

/// Lays a file over `table`.
pub(super) fn file(table: &mut Table, path: &Path, problems: &mut Vec<String>) {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return problems.push(format!("{shown}: cannot be read: {error}")),
    };
    let given: Table = match text.parse() {
        Ok(given) => given,
        Err(error) => return problems.push(format!("{shown}: is not TOML: {error}")),
    };
    for (section, keys) in given {
        let Value::Table(keys) = keys else {
            problems.push(format!("{section}: is not in a section"));
            continue;
        };
        for (key, value) in keys {
            put(table, &section, &key, problems, |_| Ok(value));
        }
    }
}

/// Lays the environment over `table`.
pub(super) fn environment(
    table: &mut Table,
    variables: impl IntoIterator<Item = (String, String)>,
    problems: &mut Vec<String>,
) {
    // In a fixed order, so that the same mistakes make the same list.
    let mut variables: Vec<_> = variables.into_iter().collect();
    variables.sort();
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        match rest.to_lowercase().split_once("__") {
            Some((section, key)) => put(table, section, key, problems, |known| read(&text, known)),
            None => problems.push(format!("{name}: is not {PREFIX}SECTION__KEY")),
        }
    }
}

fn put(
    table: &mut Table,
    section: &str,
    key: &str,
    problems: &mut Vec<String>,
    value: impl FnOnce(&Value) -> Result<Value, &'static str>,
) {
    let place = table.get_mut(section).and_then(|keys| keys.get_mut(key));
    let Some(place) = place else {
        return problems.push(format!("{section}.{key}: is not a setting"));
    };
    let items =
        if LISTS_OF_TABLES.contains(&(section, key)) { Items::Tables } else { Items::Strings };
    match value(place).and_then(|value| fitting(value, place, items)) {
        Ok(value) => *place = value,
        Err(why) => problems.push(format!("{section}.{key}: {why}")),
    }
}

/// Reads a variable as the type its setting has.
fn read(text: &str, known: &Value) -> Result<Value, &'static str> {
    match known {
        Value::Integer(_) => text.trim().parse().map(Value::Integer).map_err(|_| WHOLE),
        Value::Boolean(_) => text.trim().parse().map(Value::Boolean).map_err(|_| TRUTH),
        Value::Array(_) => match serde_json::from_str(text) {
            Ok(list @ Json::Array(_)) => Value::try_from(list)
                .map_err(|_| "must not hold null, or numbers that are too large"),
            _ => Err("must be a list in JSON, such as [\"a\", \"b\"]"),
        },
        _ => Ok(Value::String(text.to_owned())),
    }
}

const WHOLE: &str = "must be a whole number, 0 or more";
const TRUTH: &str = "must be true or false";

/// The largest number any setting takes; each fits where it is used.
const NUMBER_MAX: i64 = u32::MAX as i64;

fn fitting(value: Value, known: &Value, items: Items) -> Result<Value, &'static str> {
    match (known, &value) {
        (Value::Integer(_), Value::Integer(0..=NUMBER_MAX))
        | (Value::Boolean(_), Value::Boolean(_))
        | (Value::String(_), Value::String(_)) => Ok(value),
        (Value::Array(_), Value::Array(list)) if list.iter().all(|item| items.hold(item)) => {
            Ok(value)
        }
        (Value::Integer(_), Value::Integer(1..)) => Err("is too large"),
        (Value::Integer(_), _) => Err(WHOLE),
        (Value::Boolean(_), _) => Err(TRUTH),
        (Value::Array(_), _) => Err(items.rule()),
        _ => Err("must be a string"),
    }
}
