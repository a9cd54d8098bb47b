//! Which paths there are. It does not know what any of them does.

use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::services::{App, Services, Shared};
use crate::{
    access, actions, api_keys, connectors, error_codes, layers, login, node, openapi, prometheus,
    rule_events, rule_files, rule_metrics, rule_test, rules, status, users,
};

/// Every path, ready to be served.
pub(crate) fn router(services: Services) -> Router {
    let app = App::new(services);
    let (router, document) = paths(&app);
    let router = router.with_state(app).merge(openapi::router(&document));
    layers::wrap(router)
}

/// The paths and the document that describes them.
fn paths(app: &Shared) -> (Router<Shared>, OpenApi) {
    let check = from_fn_with_state(app.clone(), access::check);
    let (router, document) = OpenApiRouter::with_openapi(openapi::frame(app.services.version))
        .merge(status::routes())
        .nest("/api/v5", login::open_routes().merge(guarded().route_layer(check)))
        .split_for_parts();
    (router, openapi::complete(document))
}

/// What is for those who say who they are.
fn guarded() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(login::routes())
        .merge(users::routes())
        .merge(api_keys::routes())
        .merge(rules::routes())
        .merge(rule_metrics::routes())
        .merge(rule_test::routes())
        .merge(rule_events::routes())
        .merge(connectors::routes())
        .merge(actions::routes())
        .merge(rule_files::routes())
        .merge(prometheus::routes())
        .merge(node::routes())
        .merge(error_codes::routes())
}

#[cfg(test)]
pub(crate) mod tests;
