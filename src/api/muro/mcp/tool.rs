//! What a tool is.

use futures_util::future::BoxFuture;
use rmcp::model::{JsonObject, Tool as Shown, ToolAnnotations};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::App;
use crate::api::muro::body::refusal;
use crate::api::muro::error::Error;
use crate::domain::ApiKey;

/// A tool.
pub(super) struct Tool {
    /// As clients see it.
    pub(super) shown: Shown,
    /// The scope that a key must have.
    pub(super) scope: &'static str,
    /// Does it, for a key that has the scope.
    pub(super) run: Run,
}

type Run =
    Box<dyn Fn(App, ApiKey, Value) -> BoxFuture<'static, Result<Value, Error>> + Send + Sync>;

/// What a tool does to what is there. Clients ask people before some of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Nothing.
    Read,
    /// It adds, each time it is called.
    Add,
    /// It puts something in the place of what was there. Twice is as good as once.
    Replace,
}

impl Deed {
    fn scope(self) -> &'static str {
        if self == Self::Read { "read" } else { "write" }
    }

    fn hints(self) -> ToolAnnotations {
        let hints = ToolAnnotations::new().read_only(self == Self::Read);
        match self {
            Self::Read => hints.open_world(false),
            Self::Add => hints.destructive(false).idempotent(false),
            Self::Replace => hints.destructive(true).idempotent(true),
        }
    }
}

impl Tool {
    /// A tool that takes `A`; what is not of this form is refused before `run`.
    pub(super) fn new<A, F>(
        name: &'static str,
        deed: Deed,
        description: &'static str,
        run: impl Fn(App, ApiKey, A) -> F + Send + Sync + 'static,
    ) -> Self
    where
        A: DeserializeOwned + JsonSchema,
        F: Future<Output = Result<Value, Error>> + Send + 'static,
    {
        let run: Run = Box::new(move |app, key, arguments| {
            let read = serde_path_to_error::deserialize(arguments);
            match read.map_err(|error| refusal(error, "arguments")) {
                Ok(arguments) => Box::pin(run(app, key, arguments)),
                Err(invalid) => Box::pin(async { Err(invalid.into()) }),
            }
        });
        let shown = Shown::new(name, description, schema::<A>()).with_annotations(deed.hints());
        Self { shown, scope: deed.scope(), run }
    }
}

/// The arguments as JSON Schema 2020-12 without references, which not every model follows, and without the name
/// and words of the type itself.
fn schema<A: JsonSchema>() -> JsonObject {
    let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<A>();
    for word in ["$schema", "title", "description"] {
        schema.remove(word);
    }
    schema.as_object().cloned().unwrap_or_default()
}
