//! What each extractor reads of a request, in OpenAPI's words.

use std::marker::PhantomData;
use std::mem;

use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, Response, SchemaObject};
use aide::operation::{
    OperationInput, OperationOutput, ParamLocation, add_parameters, parameters_from_schema,
    set_body,
};
use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::super::body::{Body, OptionalBody};
use super::super::error::Error;
use super::super::id::Id;
use super::super::key::{ReadKey, WriteKey};
use super::super::page::Page;
use super::super::query::Query;

/// The name of the one way to say who asks.
pub(super) const KEY: &str = "key";

impl OperationInput for ReadKey {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        require(operation, "read");
    }
}

impl OperationInput for WriteKey {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        require(operation, "write");
    }
}

fn require(operation: &mut Operation, scope: &str) {
    operation.security.push([(KEY.to_owned(), vec![scope.to_owned()])].into_iter().collect());
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        add_query::<T>(ctx, operation);
    }
}

/// The parameters of a list.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is described and never made")]
struct PageParameters {
    /// How many at most.
    #[schemars(range(min = 1, max = 100), extend("default" = 25))]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[schemars(length(max = 1024))]
    cursor: Option<String>,
}

impl<P> OperationInput for Page<P> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        add_query::<PageParameters>(ctx, operation);
    }
}

fn add_query<T: JsonSchema>(ctx: &mut GenContext, operation: &mut Operation) {
    // Described in place: parameters are no components.
    let schema = T::json_schema(&mut ctx.schema);
    let parameters = parameters_from_schema(ctx, schema, ParamLocation::Query);
    add_parameters(ctx, operation, parameters);
}

impl<T: JsonSchema> OperationInput for Body<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        add_body::<T>(ctx, operation, true);
    }
}

impl<T: JsonSchema> OperationInput for OptionalBody<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        add_body::<T>(ctx, operation, false);
    }
}

fn add_body<T: JsonSchema>(ctx: &mut GenContext, operation: &mut Operation, required: bool) {
    let content = [("application/json".to_owned(), media_type::<T>(ctx))].into_iter().collect();
    set_body(ctx, operation, RequestBody { content, required, ..RequestBody::default() });
}

pub(super) fn media_type<T: JsonSchema>(ctx: &mut GenContext) -> MediaType {
    let json_schema = ctx.schema.subschema_for::<T>();
    let schema = SchemaObject { json_schema, external_docs: None, example: None };
    MediaType { schema: Some(schema), ..MediaType::default() }
}

/// The table of routes says where in a path there is an id.
impl<T> OperationInput for Id<T> {}

/// Every route may be refused; how is told once for all.
impl OperationOutput for Error {
    type Inner = Self;
}

/// What was made, with the status that says so.
#[derive(Debug)]
pub(in crate::api::muro) struct Created(pub(in crate::api::muro) Json<Value>);

impl IntoResponse for Created {
    fn into_response(self) -> axum::response::Response {
        (StatusCode::CREATED, self.0).into_response()
    }
}

impl OperationOutput for Created {
    type Inner = Self;
}

/// An answer of this shape.
pub(super) struct Answer<T>(PhantomData<T>);

impl<T: JsonSchema> OperationOutput for Answer<T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Response> {
        // What is read may leave out a field that is always answered, be it with `null`: answers have schemas of
        // their own.
        let settings = ctx.schema.settings().clone().for_serialize();
        let requests = mem::replace(&mut ctx.schema, SchemaGenerator::new(settings));
        let content = [("application/json".to_owned(), media_type::<T>(ctx))].into_iter().collect();
        let mut answers = mem::replace(&mut ctx.schema, requests);
        for (name, schema) in answers.take_definitions(true) {
            let known = ctx.schema.definitions_mut().insert(name, schema.clone());
            debug_assert!(known.is_none_or(|it| it == schema), "one name for two shapes: {schema}");
        }
        Some(Response { content, ..Response::default() })
    }
}
