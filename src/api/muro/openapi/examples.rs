//! Examples of what is sent and answered, beside the schemas they are of.

use serde_json::{Map, Value, json};

/// By the names of their schemas.
const EXAMPLES: &str = include_str!("examples.json");

/// Gives each schema of a description its example; a list has one of what it lists.
pub(super) fn add(document: &mut Value) {
    let examples: Map<String, Value> =
        serde_json::from_str(EXAMPLES).expect("the file is a JSON object");
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        let example = match name.strip_prefix("ListOf") {
            Some(listed) => examples.get(listed).map(list),
            None => examples.get(name).cloned(),
        };
        if let Some(example) = example {
            schema["examples"] = json!([example]);
        }
    }
}

fn list(example: &Value) -> Value {
    json!({"object": "list", "data": [example], "has_more": false, "next_cursor": null})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::muro::description;

    #[test]
    fn every_example_is_of_a_schema_and_every_answer_has_one() {
        let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap();
        let document = description("https://chat.example.com");
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for name in examples.keys() {
            assert!(schemas[name]["examples"][0].is_object(), "{name}");
        }
        for (path, methods) in document["paths"].as_object().unwrap() {
            for answer in methods.as_object().unwrap().values().flat_map(answers) {
                let name = answer["$ref"].as_str().and_then(|it| it.rsplit('/').next());
                let Some(name) = name else { continue };
                assert!(schemas[name]["examples"][0].is_object(), "{path}: {name}");
            }
        }
    }

    /// The schemas of what an operation answers when all is well.
    fn answers(operation: &Value) -> Vec<&Value> {
        let all = operation["responses"].as_object().unwrap().iter();
        let well = all.filter(|(status, _)| status.starts_with('2'));
        well.map(|(_, answer)| &answer["content"]["application/json"]["schema"]).collect()
    }
}
