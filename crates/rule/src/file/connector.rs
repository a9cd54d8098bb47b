//! Reads `[connectors.<name>]`. It does not know how to connect.

use std::sync::Arc;

use super::{
    fields::{Fields, Found, shortened},
    findings::Findings,
    tree::{Entry, Shape},
};
use crate::{
    connector::{
        Connector, ConnectorKind, KafkaConnector, PostgresConnector, Unresolved, WebhookConnector,
    },
    rule_id::check_name,
};

#[derive(Clone, Copy, PartialEq)]
enum Type {
    Postgres,
    Webhook,
    Kafka,
}

pub(super) fn read(entry: &Entry, findings: &mut Findings<'_>) -> Option<Connector> {
    if let Err(error) = check_name(&entry.key) {
        findings.error(&entry.key_span, format!("no connector can be named so: {error}"));
    }
    let owner = format!("connector `{}`", shortened(&entry.key));
    let mut fields = Fields::open(owner, &entry.value, findings)?;
    let types = [
        ("postgres", Type::Postgres),
        ("webhook", Type::Webhook),
        ("kafka", Type::Kafka),
        // The names that EMQX uses for the same things.
        ("pgsql", Type::Postgres),
        ("http", Type::Webhook),
        ("kafka_producer", Type::Kafka),
    ];
    fields.require("type", findings);
    let kind_name = fields.word("type", &types, findings)?;
    let description = fields.text("description", findings).map_or("", |found| found.value);
    let enabled = fields.bool("enable", findings).unwrap_or(true);
    let kind = match kind_name {
        Type::Postgres => {
            url(&mut fields, &["postgres://", "postgresql://"], findings).map(|url| {
                ConnectorKind::Postgres(PostgresConnector {
                    url,
                    pool_size: None,
                    connect_timeout: None,
                    request_timeout: None,
                })
            })
        }
        Type::Webhook => url(&mut fields, &["http://", "https://"], findings).map(|url| {
            ConnectorKind::Webhook(WebhookConnector {
                url,
                headers: Vec::new(),
                pool_size: None,
                connect_timeout: None,
                request_timeout: None,
                ca_file: None,
            })
        }),
        Type::Kafka => bootstrap_servers(&mut fields, findings).map(|bootstrap_servers| {
            ConnectorKind::Kafka(KafkaConnector {
                bootstrap_servers,
                request_timeout: None,
                acks: None,
                compression: None,
                tls: false,
                ca_file: None,
                sasl: None,
            })
        }),
    };
    fields.finish(findings);
    Some(Connector {
        name: entry.key.clone(),
        description: description.to_owned(),
        enabled,
        kind: kind?,
        file: Arc::clone(findings.source().name()),
        line: findings.source().line(entry.key_span.start),
    })
}

fn url(
    fields: &mut Fields<'_>,
    schemes: &[&str],
    findings: &mut Findings<'_>,
) -> Option<Unresolved> {
    let Found { value, span } = fields.required_text("url", findings)?;
    let starts_well = schemes.iter().any(|scheme| value.starts_with(scheme));
    if !starts_well && !value.starts_with("${") {
        // The value itself may be a password in the wrong place, so it is not repeated in words.
        findings.error(
            span,
            format!("`url` of {} must begin with {}", fields.owner(), schemes.join(" or ")),
        );
        return None;
    }
    Some(Unresolved(value.to_owned()))
}

fn bootstrap_servers(
    fields: &mut Fields<'_>,
    findings: &mut Findings<'_>,
) -> Option<Vec<Unresolved>> {
    fields.require("bootstrap_servers", findings);
    let node = fields.node("bootstrap_servers")?;
    let Shape::List(items) = &node.shape else {
        fields.wrong_type("bootstrap_servers", "an array of `host:port`", node, findings);
        return None;
    };
    let mut servers = Vec::with_capacity(items.len());
    for item in items {
        match &item.shape {
            Shape::Text(server) if server.contains(':') => servers.push(Unresolved(server.clone())),
            Shape::Text(_)
            | Shape::Integer(..)
            | Shape::Float(_)
            | Shape::Bool(_)
            | Shape::Null
            | Shape::Datetime(_)
            | Shape::List(_)
            | Shape::Table(_) => {
                findings.error(&item.span, "a bootstrap server is written as `host:port`");
            }
        }
    }
    if items.is_empty() {
        findings.error(
            &node.span,
            format!("`bootstrap_servers` of {} names no server", fields.owner()),
        );
    }
    Some(servers)
}
