//! `GET /rule_events`: what events there are, for rule editors. It does not know how they come
//! about.

use axum::Json;
use serde_json::{Map, Value, json};
use sluice_rule::{EventReference, TestColumn, event_reference};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::services::Shared;

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(rule_events))
}

/// Lists the events that rules can select from: name, columns, examples for tests, sample SQL.
#[utoipa::path(
    get, path = "/rule_events", tag = "rules", responses((status = 200, body = [Value]))
)]
async fn rule_events() -> Json<Vec<Value>> {
    Json(event_reference().iter().map(event).collect())
}

fn event(reference: &EventReference) -> Value {
    json!({
        "event": reference.event,
        "title": {"en": reference.title},
        "description": {"en": reference.description},
        "columns": reference.columns,
        "test_columns": test_columns(&reference.test_columns),
        "sql_example": reference.sql_example,
    })
}

fn test_columns(columns: &[TestColumn]) -> Map<String, Value> {
    let entry = |column: &TestColumn| {
        let example = serde_json::from_str(&column.example.to_json()).unwrap_or_default();
        let told: [Value; 2] = [example, column.help.into()];
        (column.name.to_owned(), Value::from(told.to_vec()))
    };
    columns.iter().map(entry).collect()
}
