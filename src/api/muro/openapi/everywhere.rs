//! What holds for every route, or for every route of a sort: refusals, headers and ids.

use serde_json::{Map, Value, json};

use super::inputs::KEY;

/// The refusals: a status, when it comes, and `error.type`.
const REFUSALS: [(&str, &str, &str); 10] = [
    ("400", "Something in the request is not as it must be.", "invalid_request_error"),
    ("401", "The API key is missing, unknown, revoked or expired.", "authentication_error"),
    ("403", "The API key does not have the scope.", "permission_error"),
    ("404", "It is not there, or not in reach of the API key.", "not_found"),
    ("408", "The body did not come in time.", "invalid_request_error"),
    ("409", "It does not fit how things stand.", "invalid_request_error"),
    ("413", "The body is too large.", "invalid_request_error"),
    ("415", "The body is not said to be JSON.", "invalid_request_error"),
    ("429", "Too many requests; Retry-After tells when to ask again.", "rate_limit_error"),
    ("5XX", "The server cannot do it now.", "api_error"),
];

/// What the ids of the things under a path begin with.
const PREFIXES: [(&str, &str); 5] = [
    ("/conversations", "cnv"),
    ("/contacts", "vis"),
    ("/saved-replies", "srp"),
    ("/automation-rules", "aur"),
    ("/webhooks", "whk"),
];

/// Adds to a description what its routes do not say themselves.
pub(super) fn complete(document: &mut Value) {
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    for (path, methods) in paths.iter_mut() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            let route = Route { path, method };
            route.complete(operation);
        }
    }
    components(&mut document["components"]);
}

struct Route<'a> {
    path: &'a str,
    method: &'a str,
}

impl Route<'_> {
    fn complete(&self, operation: &mut Value) {
        let has_key = operation.get("security").is_some();
        operation["tags"] = json!([self.path.split('/').nth(1).unwrap_or_default()]);
        tidy_queries(operation);
        self.add_parameters(operation, has_key);
        let refusals = self.refusals(operation, has_key);
        let Some(Value::Object(responses)) = operation.get_mut("responses") else { return };
        for response in responses.values_mut() {
            response["headers"] = headers(has_key);
        }
        for status in refusals {
            let refusal = format!("#/components/responses/{status}");
            responses.entry(status).or_insert_with(|| json!({ "$ref": refusal }));
        }
    }

    fn refusals(&self, operation: &Value, has_key: bool) -> Vec<&'static str> {
        let has_body = operation.get("requestBody").is_some();
        let writes = self.method != "get";
        let asks = has_body || operation.get("parameters").is_some();
        let applies = |status: &str| match status {
            "401" | "403" | "429" => has_key,
            "400" => asks,
            "404" => self.path.contains('{') || has_body,
            "408" | "413" | "415" => has_body,
            "409" => writes,
            _ => true,
        };
        REFUSALS.iter().map(|(status, ..)| *status).filter(|status| applies(status)).collect()
    }

    fn add_parameters(&self, operation: &mut Value, has_key: bool) {
        let mut added = Vec::new();
        if self.path.contains("{id}") {
            let prefix = PREFIXES.iter().find(|(start, _)| self.path.starts_with(start));
            added.extend(prefix.map(|(_, prefix)| id_parameter("id", prefix)));
        }
        if self.path.contains("{delivery_id}") {
            added.push(id_parameter("delivery_id", "dlv"));
        }
        if has_key && self.method == "post" {
            added.push(json!({ "$ref": "#/components/parameters/Idempotency-Key" }));
        }
        if let Some(operation) = operation.as_object_mut().filter(|_| !added.is_empty()) {
            let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
            parameters.as_array_mut().into_iter().for_each(|list| list.append(&mut added));
        }
    }
}

/// A parameter that may be left out is not one that may be `null`.
fn tidy_queries(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let kind = parameter.pointer_mut("/schema/type");
        if let Some(Value::Array(kinds)) = kind {
            kinds.retain(|kind| kind != "null");
        }
    }
}

fn id_parameter(name: &str, prefix: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "schema": {"type": "string", "pattern": format!("^{prefix}_[0-9a-f]{{32}}$")},
    })
}

/// The headers of an answer.
fn headers(has_key: bool) -> Value {
    let limits = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];
    let limits = limits.into_iter().filter(|_| has_key);
    let named = ["X-Request-Id"].into_iter().chain(limits);
    let reference = |name| json!({"$ref": format!("#/components/headers/{name}")});
    named.map(|name| (name.to_owned(), reference(name))).collect::<Map<_, _>>().into()
}

fn components(components: &mut Value) {
    components["securitySchemes"] = json!({
        KEY: {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, `mr_live_…`, with the scope `read`, `write` or both.",
        },
    });
    components["parameters"] = json!({
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same request with the same key is answered as before and does nothing again. \
                Remembered for a day.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        },
    });
    let whole = |description: &str| json!({"description": description, "schema": {"type": "integer", "minimum": 0}});
    components["headers"] = json!({
        "X-Request-Id": {
            "description": "What the server's log calls this request.",
            "schema": {"type": "string"},
        },
        "X-RateLimit-Limit": whole("Most requests of this API key in any minute."),
        "X-RateLimit-Remaining": whole("How many more it may send at once."),
        "X-RateLimit-Reset": whole("When it may send one more, in seconds since 1970."),
        "Retry-After": whole("After how many seconds to ask again."),
    });
    components["schemas"]["Error"] = error_schema();
    components["responses"] = REFUSALS.iter().map(refusal).collect::<Map<_, _>>().into();
}

fn refusal((status, description, kind): &(&str, &str, &str)) -> (String, Value) {
    let mut headers = headers(false);
    if *status == "429" {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/Retry-After"});
    }
    let content = json!({
        "schema": {"$ref": "#/components/schemas/Error"},
        "example": {"error": {"type": kind, "message": description}},
    });
    let refusal = json!({
        "description": description,
        "headers": headers,
        "content": {"application/json": content},
    });
    ((*status).to_owned(), refusal)
}

fn error_schema() -> Value {
    let mut kinds: Vec<_> = REFUSALS.iter().map(|(.., kind)| *kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["type", "message"],
                "properties": {
                    "type": {"type": "string", "enum": kinds},
                    "message": {"type": "string"},
                },
            },
        },
    })
}
