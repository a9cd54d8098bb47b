//! What is told of the node.

use axum::body::Body;
use axum::http::Method;
use serde_json::json;

use super::desk::Desk;

#[tokio::test]
async fn the_node_tells_its_counts() {
    let visitor = Desk::open().program("viewer").await;
    let (_, nodes) = visitor.get("/api/v5/nodes").await;
    assert_eq!((&nodes[0]["node"], &nodes[0]["node_status"]), (&json!("n@h"), &json!("running")));
    assert_eq!(nodes[0]["uptime"], 7000);
    assert_eq!(visitor.get("/api/v5/nodes/n@h").await.1, nodes[0]);
    assert_eq!(visitor.get("/api/v5/nodes/other").await.0, 404);
    for path in ["/api/v5/stats", "/api/v5/metrics"] {
        let (_, list) = visitor.get(path).await;
        assert_eq!(list[0]["node"], "n@h", "{list}");
        let (_, one) = visitor.get(&format!("{path}?aggregate=true")).await;
        assert!(one.is_object() && one.get("node").is_none(), "{one}");
    }
    let (_, codes) = visitor.get("/api/v5/error_codes").await;
    assert!(codes.as_array().unwrap().iter().any(|it| it["code"] == "NOT_MATCH"), "{codes}");
}

#[tokio::test]
async fn the_scrape_is_well_formed() {
    let desk = Desk::open();
    let admin = desk.program("administrator").await;
    let rule = json!({
        "id": "r", "sql": "SELECT * FROM \"t\"",
        "actions": [{"type": "republish", "topic": "out"}],
    });
    assert_eq!(admin.post("/api/v5/rules", &rule).await.0, 201);
    let visitor = desk.program("viewer").await;
    let path = "/api/v5/prometheus/stats";
    let answer = visitor.ask(Method::GET, path, None, Body::empty()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    for line in [
        "sluice_connections 0",
        "sluice_messages_dropped_total{reason=\"queue_full\"} 0",
        "sluice_rules_count 1",
        "sluice_rule_enable{id=\"r\"} 1",
        "sluice_action_enable{id=\"republish:r.republish\"} 1",
    ] {
        assert!(answer.body.lines().any(|it| it == line), "{line}\n{}", answer.body);
    }
    // A family is told once: Prometheus refuses the whole scrape otherwise.
    let mut families: Vec<&str> =
        answer.body.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let told = families.len();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), told);
    let anonymous = desk.anonymous().ask(Method::GET, path, None, Body::empty()).await;
    assert_eq!(anonymous.status, 401);
}
