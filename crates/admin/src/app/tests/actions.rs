//! Actions over REST.

use serde_json::json;

use super::desk::Desk;

#[tokio::test]
async fn actions_of_rules_and_standing_ones_are_told() {
    let visitor = Desk::open().program("administrator").await;
    let ops = json!({"type": "webhook", "name": "ops", "url": "http://127.0.0.1:9"});
    assert_eq!(visitor.post("/api/v5/connectors", &ops).await.0, 201);
    let hook = json!({
        "type": "http", "name": "hook", "connector": "ops",
        "path": "/x", "method": "POST",
    });
    let (status, made) = visitor.post("/api/v5/actions", &hook).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["id"], "webhook:hook");
    let rule = json!({
        "id": "r", "sql": "SELECT * FROM \"t\"",
        "actions": ["http:hook", {"type": "republish", "topic": "out"}],
    });
    let (status, made) = visitor.post("/api/v5/rules", &rule).await;
    assert_eq!(status, 201, "{made}");
    let (_, list) = visitor.get("/api/v5/actions").await;
    let ids: Vec<&str> =
        list.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["webhook:hook", "republish:r.republish"]);
    assert_eq!(list[0]["rules"], json!(["r"]));
    for action in ["http:hook", "webhook:hook", "republish:r.republish"] {
        let (_, page) = visitor.get(&format!("/api/v5/rules?action={action}")).await;
        assert_eq!(page["data"][0]["id"], "r", "{action}: {page}");
    }
    let (status, metrics) = visitor.get("/api/v5/actions/webhook:hook/metrics").await;
    assert_eq!((status, &metrics["metrics"]["success"]), (200, &json!(0)), "{metrics}");
    for path in ["webhook:hook", "republish:r.republish"] {
        let reset = format!("/api/v5/actions/{path}/metrics/reset");
        assert_eq!(visitor.put(&reset, &json!({})).await.0, 204, "{path}");
    }
    let (status, refusal) = visitor.delete("/api/v5/actions/webhook:hook").await;
    assert_eq!((status, &refusal["code"]), (400, &json!("DEPENDENCY_EXISTS")), "{refusal}");
    let strip = "/api/v5/actions/webhook:hook?also_delete_dep_actions=true";
    assert_eq!(visitor.delete(strip).await.0, 204);
    let (_, rule) = visitor.get("/api/v5/rules/r").await;
    assert_eq!(rule["actions"].as_array().unwrap().len(), 1, "{rule}");
}

#[tokio::test]
async fn an_action_is_switched() {
    let visitor = Desk::open().program("administrator").await;
    let rule = json!({
        "id": "r", "sql": "SELECT * FROM \"t\"",
        "actions": [{"type": "republish", "topic": "out"}],
    });
    assert_eq!(visitor.post("/api/v5/rules", &rule).await.0, 201);
    let path = "/api/v5/actions/republish:r.republish";
    assert_eq!(visitor.put(&format!("{path}/enable/false"), &json!({})).await.0, 204);
    assert_eq!(visitor.get(path).await.1["enable"], false);
    // It goes through no connector: there is nothing that could be away.
    assert_eq!(visitor.post(&format!("{path}/start"), &json!({})).await.0, 204);
    assert_eq!(visitor.get("/api/v5/actions/republish:r.nope").await.0, 404);
}

#[tokio::test]
async fn an_action_is_tried_without_being_kept() {
    let visitor = Desk::open().program("administrator").await;
    let probe = "/api/v5/actions_probe";
    let body = json!({"type": "webhook", "name": "x", "connector": "nope", "path": "/x"});
    assert_eq!(visitor.post(probe, &body).await.0, 404);
    let (status, refusal) = visitor.post(probe, &json!({"type": "nope"})).await;
    assert_eq!((status, &refusal["code"]), (400, &json!("BAD_REQUEST")), "{refusal}");
    let body = json!({"type": "republish", "topic": "${ENV:HOME}"});
    assert_eq!(visitor.post(probe, &body).await.0, 422);
    assert_eq!(visitor.get("/api/v5/actions").await.1, json!([]));
}

/// EMQX knows actions by type and name: two types may have one name.
#[tokio::test]
async fn two_actions_with_one_name_keep_apart() {
    let visitor = Desk::open().program("administrator").await;
    let ops = json!({"type": "webhook", "name": "ops", "url": "http://127.0.0.1:9"});
    assert_eq!(visitor.post("/api/v5/connectors", &ops).await.0, 201);
    let out = json!({"type": "webhook", "name": "out", "connector": "ops"});
    assert_eq!(visitor.post("/api/v5/actions", &out).await.0, 201);
    let rule = json!({
        "id": "r", "sql": "SELECT * FROM \"t\"",
        "actions": [
            {"function": "console"},
            {"type": "republish", "name": "out", "topic": "x"},
            "http:out", "http:out",
        ],
    });
    let (status, made) = visitor.post("/api/v5/rules", &rule).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["actions"][1], "http:out", "{made}");
    assert_eq!(made["actions"].as_array().unwrap().len(), 3, "{made}");
    let (_, list) = visitor.get("/api/v5/actions").await;
    let ids: Vec<&str> =
        list.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["webhook:out", "republish:r.out"]);
    let off = "/api/v5/actions/republish:r.out/enable/false";
    assert_eq!(visitor.put(off, &json!({})).await.0, 204);
    let (_, rule) = visitor.get("/api/v5/rules/r").await;
    assert_eq!(rule["actions"][0]["enable"], false, "{rule}");
}
