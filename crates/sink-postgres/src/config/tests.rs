//! What a URL says.

use super::*;
use sluice_rule::Unresolved;
use std::num::NonZeroU16;

#[test]
fn tls_is_what_the_url_says_else_where_the_server_is() {
    for (url, mode) in [
        ("postgres://u:p@127.0.0.1:5432/d", "disable"),
        ("postgresql://u@localhost/d", "disable"),
        ("postgres://u@[::1]/d", "disable"),
        ("postgres:///d?host=/run/postgresql", "disable"),
        ("postgres://u@db.example/d", "prefer"),
        ("postgres://u@127.0.0.1/d?sslmode=require", "require"),
        ("postgres://u@db.example/d?sslmode=verify-full", "verify-full"),
        ("postgres://u@db.example/d?ssl-mode=disable", "disable"),
    ] {
        let options = connect_options(url).unwrap();
        let shown = format!("{:?}", options.get_ssl_mode());
        assert_eq!(shown.to_lowercase(), mode.replace('-', ""), "{url}");
        assert_eq!(options.get_application_name(), Some("sluice"));
    }
}

#[test]
fn a_wrong_url_is_told_without_its_password() {
    for (url, part) in [
        ("", "begins with postgres://"),
        ("mysql://u:geheim@h/d", "begins with postgres://"),
        ("postgres://u:geheim@h:99999/d", "port"),
        ("postgres://u:geheim@h/d?sslmode=maybe", "maybe"),
        ("postgres://u:geheim@h/d?pasword=geheim", "`pasword`"),
        ("postgres://[::1/d", "IPv6"),
    ] {
        let error = connect_options(url).unwrap_err().to_string();
        assert!(error.contains(part), "{url}: {error}");
        assert!(!error.contains("geheim"), "{url}: {error}");
    }
}

fn connector(url: &str) -> sluice_rule::Connector {
    sluice_rule::Connector {
        name: "warehouse".to_owned(),
        description: String::new(),
        enabled: true,
        kind: ConnectorKind::Postgres(PostgresConnector {
            url: Unresolved::new(url),
            pool_size: NonZeroU16::new(3),
            connect_timeout: None,
            request_timeout: Some(Duration::from_secs(2)),
        }),
        file: "rules.toml".into(),
        line: 1,
    }
}

#[test]
fn what_is_left_out_is_the_default() {
    let resolve = |text: &Unresolved| Ok(text.expose().replace("${ENV:X}", "secret"));
    let connector = connector("postgres://u:${ENV:X}@127.0.0.1/d");
    let settings = Settings::read(&connector, &resolve).unwrap();
    assert_eq!(settings.target, "postgres warehouse");
    assert_eq!(settings.pool_size, 3);
    assert_eq!(settings.connect_timeout, CONNECT_TIMEOUT);
    assert_eq!(settings.request_timeout, Duration::from_secs(2));
}

#[test]
fn a_secret_that_is_missing_is_named() {
    let resolve = |_: &Unresolved| Err("X is not set".to_owned());
    let error = Settings::read(&connector("postgres://${ENV:X}"), &resolve).unwrap_err();
    assert_eq!(error.to_string(), "connector `warehouse`: X is not set");
}
