//! Connectors over REST.

use serde_json::{Value, json};

use super::desk::Desk;

fn ops() -> Value {
    json!({
        "type": "webhook", "name": "ops", "url": "http://user:hush@127.0.0.1:9/hook",
        "headers": {"authorization": "Bearer hush-hush"},
    })
}

#[tokio::test]
async fn a_connector_is_made_read_replaced_switched_and_deleted() {
    let visitor = Desk::open().program("administrator").await;
    let (status, made) = visitor.post("/api/v5/connectors", &ops()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!((&made["id"], &made["name"]), (&json!("webhook:ops"), &json!("ops")));
    assert!(!made.to_string().contains("hush"), "{made}");
    let (status, again) = visitor.post("/api/v5/connectors", &ops()).await;
    assert_eq!((status, &again["code"]), (400, &json!("ALREADY_EXISTS")));
    for id in ["webhook:ops", "ops", "http:ops"] {
        let (status, read) = visitor.get(&format!("/api/v5/connectors/{id}")).await;
        assert_eq!((status, &read["id"]), (200, &json!("webhook:ops")), "{id}");
    }
    let (_, list) = visitor.get("/api/v5/connectors").await;
    assert_eq!(list[0]["id"], "webhook:ops");
    let (_, summary) = visitor.get("/api/v5/connectors_summary").await;
    assert_eq!(summary[0]["name"], "ops");
    // What was read can be sent back: masked secrets stay.
    let (status, replaced) = visitor.put("/api/v5/connectors/webhook:ops", &made).await;
    assert_eq!(status, 200, "{replaced}");
    assert_eq!((&replaced["url"], &replaced["headers"]), (&made["url"], &made["headers"]));
    let off = "/api/v5/connectors/webhook:ops/enable/false";
    assert_eq!(visitor.put(off, &json!({})).await.0, 204);
    assert_eq!(visitor.get("/api/v5/connectors/ops").await.1["enable"], false);
    assert_eq!(visitor.delete("/api/v5/connectors/webhook:ops").await.0, 204);
    assert_eq!(visitor.get("/api/v5/connectors/webhook:ops").await.0, 404);
}

#[tokio::test]
async fn one_that_a_rule_needs_stays() {
    let visitor = Desk::open().program("administrator").await;
    assert_eq!(visitor.post("/api/v5/connectors", &ops()).await.0, 201);
    let rule = json!({
        "id": "r", "sql": "SELECT * FROM \"t\"",
        "actions": [{"type": "webhook", "connector": "ops", "path": "/x"}],
    });
    let (status, made) = visitor.post("/api/v5/rules", &rule).await;
    assert_eq!(status, 201, "{made}");
    let (status, refusal) = visitor.delete("/api/v5/connectors/webhook:ops").await;
    assert_eq!((status, &refusal["code"]), (400, &json!("DEPENDENCY_EXISTS")), "{refusal}");
    let (_, connector) = visitor.get("/api/v5/connectors/ops").await;
    assert!(connector["actions"].to_string().contains("r.webhook"), "{connector}");
}

#[tokio::test]
async fn an_outside_system_that_does_not_answer_is_told() {
    let visitor = Desk::open().program("administrator").await;
    // Nobody listens on the discard port.
    let (status, refusal) = visitor.post("/api/v5/connectors_probe", &ops()).await;
    assert_eq!((status, &refusal["code"]), (400, &json!("TEST_FAILED")), "{refusal}");
    assert!(!refusal.to_string().contains("hush"), "{refusal}");
    assert_eq!(visitor.post("/api/v5/connectors", &ops()).await.0, 201);
    let start = "/api/v5/connectors/webhook:ops/start";
    let (status, refusal) = visitor.post(start, &json!({})).await;
    assert_eq!((status, &refusal["code"]), (400, &json!("TEST_FAILED")), "{refusal}");
    let stop = "/api/v5/connectors/webhook:ops/stop";
    let (status, refusal) = visitor.post(stop, &json!({})).await;
    assert_eq!((status, &refusal["code"]), (501, &json!("NOT_IMPLEMENTED")), "{refusal}");
    assert_eq!(visitor.post("/api/v5/connectors/nope/start", &json!({})).await.0, 404);
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place() {
    let visitor = Desk::open().program("administrator").await;
    for (body, status, wanted) in [
        (json!({"type": "webhook", "name": "x"}), 400, "url"),
        (json!({"type": "webhook", "name": "x", "url": "nonsense"}), 400, "url"),
        (json!({"type": "nope", "name": "x"}), 400, "type"),
        (json!({"type": "webhook", "url": "http://h"}), 400, "name"),
        (json!({"type": "webhook", "name": "x", "url": "${ENV:HOME}"}), 422, "url"),
        (json!("x"), 400, ""),
    ] {
        let (answered, refusal) = visitor.post("/api/v5/connectors", &body).await;
        assert_eq!(answered, status, "{body}: {refusal}");
        assert!(refusal["message"].as_str().unwrap().contains(wanted), "{body}: {refusal}");
    }
}
