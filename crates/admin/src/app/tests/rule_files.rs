//! Rule files that are uploaded.

use axum::http::Method;
use serde_json::json;

use super::desk::{Answer, Desk, Visitor};

const LAB: &str = "[rules.lab]\nsql = 'SELECT * FROM \"lab/#\"'\n\
                   [[rules.lab.actions]]\ntype = \"republish\"\ntopic = \"out\"\n";

async fn upload(visitor: &Visitor, name: &str, text: &str) -> Answer {
    let path = format!("/api/v5/rule_files/{name}");
    visitor.ask(Method::PUT, &path, Some("application/toml"), text.to_owned().into()).await
}

#[tokio::test]
async fn a_file_is_uploaded_read_listed_and_deleted() {
    let visitor = Desk::open().program("administrator").await;
    let answer = upload(&visitor, "lab.toml", LAB).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (status, files) = visitor.get("/api/v5/rule_files").await;
    assert_eq!((status, &files[0]["rules"]), (200, &json!(["lab"])));
    let path = "/api/v5/rule_files/lab.toml";
    let read = visitor.ask(Method::GET, path, None, "".into()).await;
    assert_eq!((read.status, read.body.as_str()), (200, LAB));
    assert_eq!(read.headers["content-type"], "application/toml");
    let (status, rule) = visitor.get("/api/v5/rules/lab").await;
    assert_eq!(
        (status, &rule["owner"], &rule["file"]),
        (200, &json!("rule_file"), &json!("lab.toml"))
    );
    let (status, refusal) = visitor.delete("/api/v5/rules/lab").await;
    assert_eq!((status, &refusal["code"]), (409, &json!("CONFLICT")), "{refusal}");
    assert_eq!(visitor.delete(path).await.0, 204);
    assert_eq!(visitor.get("/api/v5/rules/lab").await.0, 404);
    assert_eq!(visitor.delete(path).await.0, 404);
}

#[tokio::test]
async fn a_wrong_file_is_refused_with_the_place_and_changes_nothing() {
    let visitor = Desk::open().program("administrator").await;
    assert_eq!(upload(&visitor, "lab.toml", LAB).await.status, 200);
    for (text, wanted) in [
        ("[rules.lab]\nsql = 'SELECT nope(1) FROM \"t\"'\n", "lab.toml:2:"),
        ("[rules.lab\n", "lab.toml:1:"),
        (
            "[connectors.c]\ntype = \"webhook\"\nurl = \"http://h/#part\"\n",
            "lab.toml:1: connector c: `url` has a `#`",
        ),
        ("[connectors.c]\ntype = \"webhook\"\nurl = \"${ENV:HOME}\"\n", "${ENV:"),
    ] {
        let answer = upload(&visitor, "lab.toml", text).await;
        assert_eq!(answer.status, 422, "{text}: {}", answer.body);
        assert!(answer.body.contains(wanted), "{text}: {}", answer.body);
    }
    let read = visitor.ask(Method::GET, "/api/v5/rule_files/lab.toml", None, "".into()).await;
    assert_eq!(read.body, LAB);
}

#[tokio::test]
async fn a_viewer_does_not_read_what_may_hold_passwords() {
    let desk = Desk::open();
    let (admin, viewer) = (desk.program("administrator").await, desk.program("viewer").await);
    assert_eq!(upload(&admin, "lab.toml", LAB).await.status, 200);
    assert_eq!(viewer.get("/api/v5/rule_files").await.0, 200);
    let read = viewer.ask(Method::GET, "/api/v5/rule_files/lab.toml", None, "".into()).await;
    assert_eq!(read.status, 403, "{}", read.body);
}

#[tokio::test]
async fn names_stay_in_the_folder() {
    let visitor = Desk::open().program("administrator").await;
    for name in ["..%2Fx.toml", "%2Fetc%2Fx.toml", "..", ".toml", "a%00b.toml", "a%5Cb.toml", "%FF"]
    {
        let answer = upload(&visitor, name, LAB).await;
        assert!(matches!(answer.status, 400 | 404 | 422), "{name}: {}", answer.body);
        assert!(answer.body.starts_with("{\"code\":"), "{name}: {}", answer.body);
    }
    assert_eq!(visitor.get("/api/v5/rule_files").await.1, json!([]));
}

#[tokio::test]
async fn what_is_no_text_is_refused() {
    let visitor = Desk::open().program("administrator").await;
    let path = "/api/v5/rule_files/lab.toml";
    let answer = visitor.ask(Method::PUT, path, None, vec![b'#', 0xff].into()).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("from byte 1 on"), "{}", answer.body);
}
