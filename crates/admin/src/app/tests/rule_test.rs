//! Dry runs of SQL.

use axum::http::Method;
use serde_json::{Value, json};

use super::desk::{Answer, Desk, Visitor};

const PATH: &str = "/api/v5/rule_test";

async fn try_out(visitor: &Visitor, sql: &str, context: &Value) -> (u16, Value) {
    visitor.post(PATH, &json!({"sql": sql, "context": context})).await
}

fn sensor(payload: &str) -> Value {
    json!({"event_type": "message_publish", "topic": "sensor/4", "payload": payload})
}

#[tokio::test]
async fn a_select_answers_an_object_and_a_foreach_a_list() {
    let visitor = Desk::open().program("administrator").await;
    let sql = "SELECT payload.temp AS temp, topic FROM \"sensor/#\" WHERE payload.temp > 30";
    let answer = try_out(&visitor, sql, &sensor("{\"temp\": 31.5}")).await;
    assert_eq!(answer, (200, json!({"temp": 31.5, "topic": "sensor/4"})));
    let sql = "FOREACH payload.list AS item DO item.a AS a FROM \"sensor/#\"";
    let answer = try_out(&visitor, sql, &sensor("{\"list\": [{\"a\": 1}]}")).await;
    assert_eq!(answer, (200, json!([{"a": 1}])));
}

#[tokio::test]
async fn numbers_keep_their_digits() {
    let visitor = Desk::open().program("administrator").await;
    let body = "{\"sql\": \"SELECT payload.n AS n FROM \\\"t\\\"\", \"context\": {\"event_type\": \
                \"message_publish\", \"topic\": \"t\", \
                \"payload\": {\"n\": 12345678901234567890123}}}";
    let answer =
        visitor.ask(Method::POST, PATH, Some("application/json"), body.to_owned().into()).await;
    assert_eq!(answer.body, "{\"n\":12345678901234567890123}");
}

#[tokio::test]
async fn columns_that_were_filled_in_are_named() {
    let visitor = Desk::open().program("administrator").await;
    let body = json!({
        "sql": "SELECT clientid FROM \"$events/client_connected\"",
        "context": {"event_type": "client_connected", "username": "u"},
    });
    let json = Some("application/json");
    let answer = visitor.ask(Method::POST, PATH, json, body.to_string().into()).await;
    let Answer { status, headers, body } = answer;
    assert_eq!(status, 200, "{body}");
    let filled = headers["x-filled-columns"].to_str().unwrap();
    assert!(filled.split(", ").any(|name| name == "clientid"), "{filled}");
    assert!(!filled.split(", ").any(|name| name == "username"), "{filled}");
}

#[tokio::test]
async fn an_event_that_the_rule_does_not_take_is_told_so() {
    let visitor = Desk::open().program("administrator").await;
    for (sql, wanted) in [
        ("SELECT * FROM \"other/#\"", "SQL Not Match: FROM"),
        ("SELECT * FROM \"sensor/#\" WHERE 1 = 2", "SQL Not Match: WHERE"),
    ] {
        let (status, refusal) = try_out(&visitor, sql, &sensor("{}")).await;
        assert_eq!((status, &refusal["code"]), (412, &json!("NOT_MATCH")));
        assert!(refusal["message"].as_str().unwrap().starts_with(wanted), "{refusal}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place() {
    let visitor = Desk::open().program("administrator").await;
    let good = sensor("not JSON");
    for (body, wanted) in [
        (json!({"sql": "SELECT\n nope( FROM \"t\"", "context": good}), "sql:2:"),
        (json!({"sql": "SELECT payload.a FROM \"sensor/#\"", "context": good}), "line 1, column 8"),
        (json!({"sql": "SELECT 1", "context": {}}), "error"),
        (json!({"sql": "SELECT * FROM \"t\"", "context": {}}), "context.event_type: "),
        (
            json!({"sql": "SELECT * FROM \"t\"", "context": {"event_type": "nope"}}),
            "context.event_type: there is no such event",
        ),
        (json!({"sql": "SELECT * FROM \"t\""}), "context: an object is wanted"),
        (json!({"context": good}), "sql: the rule's text is wanted"),
        (json!([1]), "body: an object"),
    ] {
        let (status, refusal) = visitor.post(PATH, &body).await;
        assert_eq!((status, &refusal["code"]), (400, &json!("BAD_REQUEST")), "{body}");
        let message = refusal["message"].as_str().unwrap();
        assert!(message.contains(wanted), "{body}: {message}");
    }
    let json = Some("application/json");
    let answer = visitor.ask(Method::POST, PATH, json, "{\n \"sql\": x}".into()).await;
    assert!(answer.body.contains("at line 2 column 9"), "{}", answer.body);
}

#[tokio::test]
async fn every_event_that_is_told_can_be_tried() {
    let visitor = Desk::open().program("administrator").await;
    let (status, events) = visitor.get("/api/v5/rule_events").await;
    assert_eq!(status, 200);
    let events = events.as_array().unwrap();
    assert!(events.len() > 8, "{events:?}");
    for event in events {
        let mut context = json!({"event_type": event["test_columns"]["event_type"][0]});
        for (name, told) in event["test_columns"].as_object().unwrap() {
            assert!(told[1].as_str().is_some(), "{event}");
            context[name] = told[0].clone();
        }
        if context["event_type"].is_null() {
            let name = event["event"].as_str().unwrap().trim_start_matches("$events/");
            let name = match name.split('/').collect::<Vec<_>>()[..] {
                ["message", "delivery_dropped"] => "delivery_dropped".to_owned(),
                ["auth" | "sys", name] => format!("client_{name}"),
                _ => name.replace('/', "_"),
            };
            context["event_type"] = name.into();
        }
        let sql = event["sql_example"].as_str().unwrap();
        let (status, answer) = try_out(&visitor, sql, &context).await;
        assert!(matches!(status, 200 | 412), "{sql} {context}: {answer}");
    }
}
