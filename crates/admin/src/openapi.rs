//! `GET /api-docs/openapi.json`, made from the same items as the routes. It does not know what they
//! do.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use utoipa::OpenApi as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, SecurityRequirement};

use crate::problem::ProblemBody;

/// What stands in the document beside the paths.
pub(crate) fn frame(version: &str) -> OpenApi {
    let mut document = Frame::openapi();
    version.clone_into(&mut document.info.version);
    let components = document.components.get_or_insert_default();
    for (name, scheme) in [("apiKey", HttpAuthScheme::Basic), ("token", HttpAuthScheme::Bearer)] {
        components.add_security_scheme(name, SecurityScheme::Http(Http::new(scheme)));
    }
    document
}

/// Adds what all paths have in common: how to say who asks, and what a refusal looks like.
pub(crate) fn complete(mut document: OpenApi) -> OpenApi {
    document.security = Some(
        ["apiKey", "token"]
            .map(|name| SecurityRequirement::new(name, Vec::<String>::new()))
            .to_vec(),
    );
    for path in document.paths.paths.values_mut() {
        let operations = [&mut path.get, &mut path.put, &mut path.post, &mut path.delete];
        operations.into_iter().flatten().for_each(add_refusal);
    }
    document
}

/// Serves the document, which stays the same.
pub(crate) fn router(document: &OpenApi) -> Router {
    let json = document.to_json().unwrap_or_default();
    let answer = move || {
        let json = json.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], json) }
    };
    Router::new().route("/api-docs/openapi.json", get(answer))
}

fn add_refusal(operation: &mut Operation) {
    let schema = Ref::from_schema_name("Error");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let refusal = ResponseBuilder::new()
        .description("Refused: `code` says what kind of problem it is, `message` what to do")
        .content("application/json", content)
        .build();
    operation.responses.responses.insert("default".to_owned(), refusal.into());
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Sluice",
        description = "The REST endpoint of Sluice, an MQTT broker with a rule engine. Names and \
                       shapes are those of EMQX 5 where the same thing exists there."
    ),
    components(schemas(ProblemBody))
)]
struct Frame;
