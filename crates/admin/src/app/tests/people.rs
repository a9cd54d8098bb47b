//! Logins, users, keys and what each may do.

use serde_json::json;

use super::desk::{Desk, basic};

#[tokio::test]
async fn a_login_gives_a_token_that_a_logout_ends() {
    let desk = Desk::open();
    let admin = desk.logged_in("admin", "correct horse").await;
    let users = json!([{
        "username": "admin", "description": "Made at the first start",
        "role": "administrator", "backend": "local",
    }]);
    assert_eq!(admin.get("/api/v5/users").await, (200, users));
    assert_eq!(admin.post("/api/v5/logout", &json!({"username": "admin"})).await.0, 204);
    let (status, refusal) = admin.get("/api/v5/users").await;
    assert_eq!((status, &refusal["code"]), (401, &json!("BAD_TOKEN")));
}

#[tokio::test]
async fn a_token_that_was_not_used_for_an_hour_has_expired() {
    let desk = Desk::open();
    let admin = desk.logged_in("admin", "correct horse").await;
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(3599)).await;
    assert_eq!(admin.get("/api/v5/users").await.0, 200);
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    let (status, refusal) = admin.get("/api/v5/users").await;
    assert_eq!((status, &refusal["code"]), (401, &json!("TOKEN_TIME_OUT")));
}

#[tokio::test]
async fn wrong_passwords_and_users_look_the_same_and_are_slowed_down() {
    let desk = Desk::open();
    let body = |username: &str| json!({"username": username, "password": "wrong horse"});
    let login = "/api/v5/login";
    let wrong = desk.anonymous().post(login, &body("admin")).await;
    assert_eq!((wrong.0, &wrong.1["code"]), (401, &json!("BAD_USERNAME_OR_PWD")));
    assert_eq!(desk.anonymous().post(login, &body("nobody")).await, wrong);
    // However long it goes on, nobody learns who is there.
    for name in ["admin", "nobody"] {
        for _ in 1..20 {
            assert_eq!(desk.anonymous().post(login, &body(name)).await.0, 401);
        }
        let (status, refusal) = desk.anonymous().post(login, &body(name)).await;
        assert_eq!((status, &refusal["code"]), (429, &json!("TOO_MANY_REQUESTS")), "{name}");
    }
    assert_eq!(desk.anonymous().post(login, &body("somebody")).await.0, 401);
    let right = json!({"username": "admin", "password": "correct horse"});
    assert_eq!(desk.anonymous().post(login, &right).await.0, 429);
}

#[tokio::test]
async fn users_are_made_changed_and_removed() {
    let desk = Desk::open();
    let admin = desk.logged_in("admin", "correct horse").await;
    let ann = json!({"username": "ann", "password": "ann's secret", "role": "viewer"});
    assert_eq!(admin.post("/api/v5/users", &ann).await.0, 200);
    let (status, refusal) = admin.post("/api/v5/users", &ann).await;
    assert_eq!((status, &refusal["code"]), (400, &json!("ALREADY_EXISTS")));
    let viewer = desk.logged_in("ann", "ann's secret").await;
    assert_eq!(viewer.get("/api/v5/users").await.0, 200);
    let (status, refusal) = viewer.delete("/api/v5/users/admin").await;
    assert_eq!((status, &refusal["code"]), (403, &json!("UNAUTHORIZED_ROLE")));
    // A role counts from the next request on.
    let update = json!({"role": "administrator", "description": "Ann"});
    let (status, changed) = admin.put("/api/v5/users/ann", &update).await;
    assert_eq!((status, &changed["description"]), (200, &json!("Ann")));
    assert_eq!(viewer.delete("/api/v5/users/admin").await.0, 204);
    assert_eq!(admin.get("/api/v5/users").await.0, 401);
    let (status, refusal) = viewer.delete("/api/v5/users/ann").await;
    assert_eq!((status, &refusal["code"]), (400, &json!("NOT_ALLOWED")));
    let (status, refusal) = viewer.put("/api/v5/users/bob", &json!({})).await;
    assert_eq!((status, &refusal["code"]), (404, &json!("USER_NOT_FOUND")));
}

#[tokio::test]
async fn a_password_is_changed_with_the_old_one_and_ends_the_tokens() {
    let desk = Desk::open();
    let admin = desk.logged_in("admin", "correct horse").await;
    let path = "/api/v5/users/admin/change_pwd";
    let body = |old: &str, new: &str| json!({"old_pwd": old, "new_pwd": new});
    let (status, refusal) = admin.post(path, &body("wrong horse", "battery staple")).await;
    assert_eq!((status, &refusal["code"]), (400, &json!("ERROR_PWD_NOT_MATCH")));
    assert_eq!(admin.post(path, &body("correct horse", "short")).await.0, 400);
    assert_eq!(admin.post(path, &body("correct horse", "battery staple")).await.0, 204);
    assert_eq!(admin.get("/api/v5/users").await.0, 401);
    desk.logged_in("admin", "battery staple").await;
}

#[tokio::test]
async fn a_viewer_changes_the_own_password_only() {
    let desk = Desk::open();
    let admin = desk.logged_in("admin", "correct horse").await;
    let ann = json!({"username": "ann", "password": "ann's secret", "role": "viewer"});
    assert_eq!(admin.post("/api/v5/users", &ann).await.0, 200);
    let viewer = desk.logged_in("ann", "ann's secret").await;
    let body = json!({"old_pwd": "correct horse", "new_pwd": "battery staple"});
    assert_eq!(viewer.post("/api/v5/users/admin/change_pwd", &body).await.0, 403);
    let body = json!({"old_pwd": "ann's secret", "new_pwd": "battery staple"});
    assert_eq!(viewer.post("/api/v5/users/ann/change_pwd", &body).await.0, 204);
}

#[tokio::test]
async fn keys_are_made_shown_once_changed_and_removed() {
    let desk = Desk::open();
    let admin = desk.logged_in("admin", "correct horse").await;
    let body = json!({"name": "ci", "desc": "builds", "expired_at": "2023-11-14T22:13:21Z"});
    let (status, key) = admin.post("/api/v5/api_key", &body).await;
    assert_eq!(status, 200, "{key}");
    assert_eq!(key["expired_at"], "2023-11-14T22:13:21.000Z");
    assert_eq!((&key["expired"], &key["role"]), (&json!(false), &json!("administrator")));
    let (status, again) = admin.post("/api/v5/api_key", &body).await;
    assert_eq!((status, &again["code"]), (400, &json!("ALREADY_EXISTS")));
    let (_, shown) = admin.get("/api/v5/api_key/ci").await;
    let mut without_secret = key.clone();
    without_secret.as_object_mut().unwrap().remove("api_secret");
    assert_eq!(shown, without_secret);
    assert_eq!(admin.get("/api/v5/api_key").await.1, json!([shown]));

    let program = desk.with(Some(basic(&key)));
    assert_eq!(program.get("/api/v5/nowhere").await.0, 404);
    let (status, refusal) = program.get("/api/v5/api_key").await;
    assert_eq!((status, &refusal["code"]), (401, &json!("API_KEY_NOT_ALLOW")));
    let past = json!({"expired_at": 1_699_999_999});
    let (_, changed) = admin.put("/api/v5/api_key/ci", &past).await;
    assert_eq!((&changed["expired"], &changed["desc"]), (&json!(true), &json!("builds")));
    let (_, changed) = admin.put("/api/v5/api_key/ci", &json!({"expired_at": null})).await;
    assert_eq!(changed["expired_at"], "infinity");
    let (status, _) = admin.put("/api/v5/api_key/ci", &json!({"expired_at": "soon"})).await;
    assert_eq!(status, 400);
    assert_eq!(admin.delete("/api/v5/api_key/ci").await.0, 204);
    assert_eq!(admin.get("/api/v5/api_key/ci").await.0, 404);
}

#[tokio::test]
async fn names_are_plain() {
    let desk = Desk::open();
    let admin = desk.logged_in("admin", "correct horse").await;
    for name in ["", "a/b", "-a", "ä", "a\n", &"a".repeat(101)] {
        let (status, refusal) = admin.post("/api/v5/api_key", &json!({"name": name})).await;
        assert_eq!((status, &refusal["code"]), (400, &json!("BAD_REQUEST")), "{name:?}");
    }
}
