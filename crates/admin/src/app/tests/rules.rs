//! Rules over REST.

use axum::http::Method;
use serde_json::{Value, json};

use super::desk::Desk;

fn rule(id: &str) -> Value {
    json!({
        "id": id,
        "sql": "SELECT payload.temp AS temp FROM \"sensor/#\" WHERE temp > 30",
        "description": format!("the rule {id}"),
        "actions": [{"type": "republish", "topic": "alerts/${temp}", "qos": 1}],
    })
}

#[tokio::test]
async fn a_rule_is_made_read_replaced_switched_and_deleted() {
    let visitor = Desk::open().program("administrator").await;
    let (status, made) = visitor.post("/api/v5/rules", &rule("hot")).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["from"], json!(["sensor/#"]));
    assert_eq!((&made["owner"], &made["enable"]), (&json!("rest"), &json!(true)));
    assert_eq!(made["created_at"], "2023-11-14T22:13:20.000Z");
    assert_eq!(made["action_details"][0]["type"], "republish");
    assert_eq!(made["action_details"][0]["status"], "connected");
    assert_eq!(visitor.get("/api/v5/rules/hot").await, (200, made.clone()));
    let (status, again) = visitor.post("/api/v5/rules", &rule("hot")).await;
    assert_eq!((status, &again["code"]), (400, &json!("ALREADY_EXISTS")));
    // An answer can be sent back as it is.
    let (status, same) = visitor.put("/api/v5/rules/hot", &made).await;
    assert_eq!(status, 200, "{same}");
    assert_eq!((&same["sql"], &same["actions"]), (&made["sql"], &made["actions"]));
    assert_eq!(visitor.put("/api/v5/rules/hot/enable/false", &json!({})).await.0, 204);
    assert_eq!(visitor.get("/api/v5/rules/hot").await.1["enable"], false);
    assert_eq!(visitor.put("/api/v5/rules/hot/enable/maybe", &json!({})).await.0, 400);
    assert_eq!(visitor.delete("/api/v5/rules/hot").await, (204, Value::Null));
    for (method, path) in [
        (Method::GET, "/api/v5/rules/hot"),
        (Method::DELETE, "/api/v5/rules/hot"),
        (Method::GET, "/api/v5/rules/hot/metrics"),
        (Method::PUT, "/api/v5/rules/hot/metrics/reset"),
        (Method::PUT, "/api/v5/rules/hot/enable/true"),
    ] {
        let (status, refusal) = visitor.send(method.clone(), path, None).await;
        assert_eq!((status, &refusal["code"]), (404, &json!("NOT_FOUND")), "{method} {path}");
    }
    assert_eq!(visitor.put("/api/v5/rules/hot", &rule("hot")).await.0, 404);
}

#[tokio::test]
async fn a_rule_without_an_id_is_given_one() {
    let visitor = Desk::open().program("administrator").await;
    let body = json!({"sql": "SELECT * FROM \"t\"", "actions": []});
    let (status, made) = visitor.post("/api/v5/rules", &body).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    assert!(id.len() == 8 && id.bytes().all(|it| it.is_ascii_hexdigit()), "{id}");
}

#[tokio::test]
async fn a_rule_of_emqx_is_understood() {
    let visitor = Desk::open().program("administrator").await;
    let exported = json!({
        "id": "my_rule", "name": "my_rule", "enable": true, "description": "",
        "sql": "SELECT payload.msg as msg FROM \"t/#\" WHERE msg = 'hello'",
        "from": ["t/#"],
        "actions": [
            {"function": "republish", "args": {
                "topic": "repub/to/1", "payload": "${.}", "qos": 0, "retain": false,
                "mqtt_properties": {}, "user_properties": "${user_properties}",
                "direct_dispatch": "${direct}"
            }},
            {"function": "console"}
        ],
        "action_details": [], "created_at": "2024-01-01T00:00:00.000+00:00",
        "last_modified_at": "2024-01-01T00:00:00.000+00:00",
        "metadata": {"created_at": 1_704_067_200_000_i64}
    });
    let (status, made) = visitor.post("/api/v5/rules", &exported).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["actions"][0]["topic"], "repub/to/1", "{made}");
    assert_eq!(made["actions"].as_array().unwrap().len(), 1, "{made}");
    let warnings = made["warnings"].to_string();
    assert!(warnings.contains("direct_dispatch") && warnings.contains("console"), "{warnings}");
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place() {
    let visitor = Desk::open().program("administrator").await;
    let republish = |topic: &str| json!([{"type": "republish", "topic": topic}]);
    for (body, status, wanted) in [
        (json!({"sql": "SELECT * FORM \"t\""}), 400, "line 1"),
        (json!({"actions": []}), 400, "sql"),
        (
            json!({"sql": "SELECT * FROM \"t\"", "actions": republish("a/#")}),
            400,
            "actions[0].topic",
        ),
        (json!({"sql": "SELECT * FROM \"t\"", "actions": [{"type": "nope"}]}), 400, "actions[0]"),
        (json!({"id": "", "sql": "SELECT * FROM \"t\""}), 400, "id"),
        (json!({"id": "a/b", "sql": "SELECT * FROM \"t\""}), 400, "id"),
        (json!({"id": 7, "sql": "SELECT * FROM \"t\""}), 400, "id"),
        (json!([]), 400, ""),
        (
            json!({"sql": "SELECT * FROM \"t\"", "actions": republish("${ENV:HOME}")}),
            422,
            "actions[0].topic",
        ),
    ] {
        let (answered, refusal) = visitor.post("/api/v5/rules", &body).await;
        assert_eq!(answered, status, "{body}: {refusal}");
        assert!(refusal["message"].as_str().unwrap().contains(wanted), "{body}: {refusal}");
    }
    let (_, page) = visitor.get("/api/v5/rules").await;
    assert_eq!(page["data"], json!([]));
}

#[tokio::test]
async fn templates_that_name_what_select_does_not_give_are_warned_of() {
    let visitor = Desk::open().program("administrator").await;
    let body = json!({
        "id": "r", "sql": "SELECT payload.temp AS temp FROM \"t\"",
        "actions": [{"type": "republish", "topic": "a/${temperature}"}],
    });
    let (status, made) = visitor.post("/api/v5/rules", &body).await;
    assert_eq!(status, 201, "{made}");
    assert!(made["warnings"][0].as_str().unwrap().contains("temperature"), "{made}");
}

#[tokio::test]
async fn lists_are_pages_and_can_be_filtered() {
    let visitor = Desk::open().program("administrator").await;
    for index in 1..=5 {
        let mut body = rule(&format!("rule-{index}"));
        body["enable"] = json!(index != 3);
        body["sql"] = json!(format!("SELECT * FROM \"area/{index}/+\""));
        let (status, made) = visitor.post("/api/v5/rules", &body).await;
        assert_eq!(status, 201, "{made}");
    }
    let list = |query: &'static str| {
        let visitor = &visitor;
        async move {
            let (status, page) = visitor.get(&format!("/api/v5/rules{query}")).await;
            assert_eq!(status, 200, "{query}: {page}");
            let ids: Vec<String> = page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["id"].as_str().unwrap().to_owned())
                .collect();
            (ids.join(" "), page["meta"].clone())
        }
    };
    let (ids, meta) = list("?limit=2&page=3").await;
    assert_eq!(ids, "rule-5");
    assert_eq!(meta, json!({"page": 3, "limit": 2, "count": 5, "hasnext": false}));
    assert_eq!(list("?limit=2").await.1["hasnext"], true);
    for (query, ids) in [
        ("?enable=false", "rule-3"),
        ("?like_id=le-4", "rule-4"),
        ("?from=area/2/%2B", "rule-2"),
        ("?like_from=area/2", "rule-2"),
        ("?match_from=area/2/%23", "rule-2"),
        ("?like_description=rule%20rule-1", "rule-1"),
        ("?action=republish:rule-5.republish", "rule-5"),
        ("?action=webhook:x", ""),
        ("?page=18446744073709551615&limit=10000", ""),
    ] {
        assert_eq!(list(query).await.0, ids, "{query}");
    }
    for query in ["?page=0", "?limit=0", "?limit=10001", "?page=x", "?enable=maybe", "?page=-1"] {
        let (status, refusal) = visitor.get(&format!("/api/v5/rules{query}")).await;
        assert_eq!((status, &refusal["code"]), (400, &json!("BAD_REQUEST")), "{query}");
    }
}

#[tokio::test]
async fn rules_of_files_are_read_only() {
    let desk = Desk::open();
    let file = desk.rules_dir().join("lab.toml");
    std::fs::write(&file, "[rules.lab]\nsql = 'SELECT * FROM \"lab/#\"'\n").unwrap();
    let visitor = desk.program("administrator").await;
    // The folder is watched: the rule comes by itself.
    let mut found = Value::Null;
    for _ in 0..200 {
        let (status, rule) = visitor.get("/api/v5/rules/lab").await;
        if status == 200 {
            found = rule;
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(found["owner"], "file", "{found}");
    for (method, path) in [
        (Method::PUT, "/api/v5/rules/lab"),
        (Method::DELETE, "/api/v5/rules/lab"),
        (Method::PUT, "/api/v5/rules/lab/enable/false"),
    ] {
        let (status, refusal) = visitor.send(method.clone(), path, Some(&rule("lab"))).await;
        assert_eq!((status, &refusal["code"]), (409, &json!("CONFLICT")), "{method} {path}");
        assert!(refusal["message"].as_str().unwrap().contains("lab.toml"), "{refusal}");
    }
}

#[tokio::test]
async fn a_viewer_reads_and_changes_nothing() {
    let desk = Desk::open();
    let (viewer, publisher) = (desk.program("viewer").await, desk.program("publisher").await);
    assert_eq!(viewer.get("/api/v5/rules").await.0, 200);
    for (method, path) in [
        (Method::POST, "/api/v5/rules"),
        (Method::PUT, "/api/v5/rules/x"),
        (Method::DELETE, "/api/v5/rules/x"),
        (Method::POST, "/api/v5/rule_test"),
        (Method::PUT, "/api/v5/rule_files/x"),
    ] {
        let (status, refusal) = viewer.send(method.clone(), path, Some(&rule("x"))).await;
        assert_eq!((status, &refusal["code"]), (403, &json!("UNAUTHORIZED_ROLE")), "{path}");
    }
    let (status, refusal) = publisher.get("/api/v5/rules").await;
    assert_eq!((status, &refusal["code"]), (403, &json!("UNAUTHORIZED_ROLE")));
}

#[tokio::test]
async fn metrics_have_emqx_names() {
    let visitor = Desk::open().program("administrator").await;
    assert_eq!(visitor.post("/api/v5/rules", &rule("hot")).await.0, 201);
    let (status, metrics) = visitor.get("/api/v5/rules/hot/metrics").await;
    assert_eq!(status, 200);
    assert_eq!(metrics["id"], "hot");
    assert_eq!(metrics["node_metrics"][0]["node"], "n@h");
    assert_eq!(metrics["node_metrics"][0]["metrics"], metrics["metrics"]);
    for name in ["matched", "passed", "failed", "failed.no_result", "actions.total"] {
        assert_eq!(metrics["metrics"][name], 0, "{name}");
    }
    assert_eq!(visitor.put("/api/v5/rules/hot/metrics/reset", &json!({})).await.0, 204);
}
