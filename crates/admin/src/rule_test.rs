//! `POST /rule_test`: runs a rule's SQL on an event that the request describes, and nothing else.
//! It does not know the rules that are in force.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use sluice_rule::GivenEvent;
use sluice_sql::Plan;
use sluice_sql::evaluate::Evaluation;
use sluice_value::{Map, Record, TEXT_BYTES_MAX, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::JsonBytes;
use crate::problem::Problem;
use crate::services::{App, Shared, blocking};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(rule_test))
}

/// What is to be tried. It is read by the rules' own JSON reader, so that numbers keep their
/// digits.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body in the document")]
struct RuleTest {
    /// The rule's SQL.
    #[schema(example = "SELECT payload.temp AS temp FROM \"sensor/#\" WHERE temp > 30")]
    sql: String,
    /// `event_type` (`message_publish`, `client_connected` …) and columns of that event.
    #[schema(example = json!({
        "event_type": "message_publish", "topic": "sensor/4", "payload": "{\"temp\": 31.5}"
    }))]
    context: serde_json::Value,
}

/// Runs SQL on one event. No action is carried out.
///
/// The answer is what the rule would select: an object, or a list for FOREACH. Columns of the event
/// that the context leaves out are filled with examples; the header `x-filled-columns` names them.
#[utoipa::path(
    post, path = "/rule_test", tag = "rules", request_body = RuleTest,
    responses(
        (
            status = 200, description = "The output of the rule", body = serde_json::Value,
            headers(("x-filled-columns" = String, description = "Separated by commas"))
        ),
        (status = 412, description = "FROM or WHERE does not take the event")
    )
)]
async fn rule_test(
    State(app): State<Shared>,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    blocking(move || run(&app, &body)).await?
}

fn run(app: &Arc<App>, body: &[u8]) -> Result<Response, Problem> {
    let (sql, context) = read(body)?;
    let plan = sluice_sql::plan(&sql)
        .map_err(|error| Problem::bad_request(error.render(&sql, Some("sql"), 0)))?;
    let event = GivenEvent::from_context(&context)
        .map_err(|error| Problem::bad_request(format!("context.{}: {error}", error.key)))?;
    if !event.matches(&plan) {
        return Err(not_match("FROM does not take this event"));
    }
    let rows = evaluate(app, &plan, &event)?;
    if rows.is_empty() {
        return Err(not_match("WHERE or INCASE leaves nothing of this event"));
    }
    let output = output(&plan, &rows)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(filled) = HeaderValue::from_str(&event.filled_columns().join(", ")) {
        headers.insert(FILLED_COLUMNS, filled);
    }
    Ok((headers, output).into_response())
}

fn read(body: &[u8]) -> Result<(String, Map), Problem> {
    let body = Value::from_json(body).map_err(|error| {
        let text = body.get(..error.at).unwrap_or(body);
        let line = 1 + text.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + text.iter().rev().take_while(|byte| **byte != b'\n').count();
        Problem::bad_request(format!("body: {} at line {line} column {column}", error.problem))
    })?;
    let Value::Map(members) = &body else {
        return Err(Problem::bad_request("body: an object with `sql` and `context` is wanted"));
    };
    let Some(sql) = members.get("sql").and_then(Value::as_str) else {
        return Err(Problem::bad_request("sql: the rule's text is wanted"));
    };
    let Some(Value::Map(context)) = members.get("context") else {
        return Err(Problem::bad_request("context: an object is wanted"));
    };
    Ok((sql.to_owned(), Map::clone(context)))
}

fn evaluate(app: &App, plan: &Plan, event: &GivenEvent) -> Result<Vec<Record>, Problem> {
    let since = app.now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut evaluation = Evaluation {
        unix_nanos: i128::try_from(since.as_nanos()).unwrap_or_default(),
        entropy: &mut || getrandom::u64().unwrap_or_default(),
    };
    event
        .evaluate(plan, &mut evaluation)
        .map_err(|error| Problem::bad_request(format!("sql: {error}")))
}

fn output(plan: &Plan, rows: &[Record]) -> Result<Vec<u8>, Problem> {
    let mut json = Vec::new();
    let write = |row: &Record, json: &mut Vec<u8>| {
        row.as_value().write_json_within(TEXT_BYTES_MAX, json).map_err(|too_long| {
            let bytes_max = too_long.bytes_max;
            Problem::bad_request(format!("the output is longer than {bytes_max} bytes as JSON"))
        })
    };
    if let ([row], false) = (rows, plan.is_foreach()) {
        write(row, &mut json)?;
        return Ok(json);
    }
    for (index, row) in rows.iter().enumerate() {
        json.push(if index == 0 { b'[' } else { b',' });
        write(row, &mut json)?;
    }
    json.push(b']');
    Ok(json)
}

fn not_match(message: &str) -> Problem {
    let message = format!("SQL Not Match: {message}");
    Problem::new(StatusCode::PRECONDITION_FAILED, "NOT_MATCH", message)
}

const FILLED_COLUMNS: HeaderName = HeaderName::from_static("x-filled-columns");
