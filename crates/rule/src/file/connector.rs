//! Reads `[connectors.<name>]`. It does not know how to connect.

use std::{num::NonZeroU16, sync::Arc, time::Duration};

mod kafka;

use super::{
    fields::{Fields, Found, shortened},
    findings::Findings,
    tree::{Entry, Shape},
};
use crate::{
    connector::{Connector, ConnectorKind, PostgresConnector, Unresolved, WebhookConnector},
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
        Type::Postgres => postgres(&mut fields, findings).map(ConnectorKind::Postgres),
        Type::Webhook => webhook(&mut fields, findings).map(ConnectorKind::Webhook),
        Type::Kafka => kafka::read(&mut fields, findings).map(ConnectorKind::Kafka),
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

fn postgres(fields: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<PostgresConnector> {
    let url = url(fields, &["postgres://", "postgresql://"], findings);
    let pool_size = pool_size(fields, findings);
    let connect_timeout = time_limit(fields, "connect_timeout", findings);
    let request_timeout = time_limit(fields, "request_timeout", findings);
    Some(PostgresConnector { url: url?, pool_size, connect_timeout, request_timeout })
}

fn webhook(fields: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<WebhookConnector> {
    let url = url(fields, &["http://", "https://"], findings);
    let headers = headers(fields, findings);
    let pool_size = pool_size(fields, findings);
    let connect_timeout = time_limit(fields, "connect_timeout", findings);
    let request_timeout = time_limit(fields, "request_timeout", findings);
    let ca_file = ca_file(fields, findings);
    Some(WebhookConnector {
        url: url?,
        headers,
        pool_size,
        connect_timeout,
        request_timeout,
        ca_file,
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

fn headers(fields: &mut Fields<'_>, findings: &mut Findings<'_>) -> Vec<(String, Unresolved)> {
    let Some(node) = fields.node("headers") else { return Vec::new() };
    let Shape::Table(entries) = &node.shape else {
        fields.wrong_type("headers", "a table of texts", node, findings);
        return Vec::new();
    };
    let mut headers = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Shape::Text(value) = &entry.value.shape {
            headers.push((entry.key.clone(), Unresolved(value.clone())));
        } else {
            fields.wrong_type(&shortened(&entry.key), "a string", &entry.value, findings);
        }
    }
    headers
}

fn pool_size(fields: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<NonZeroU16> {
    let size = fields.integer("pool_size", 1..=POOL_MAX, findings)?;
    u16::try_from(size).ok().and_then(NonZeroU16::new)
}

/// A duration within which something can happen.
fn time_limit(
    fields: &mut Fields<'_>,
    key: &'static str,
    findings: &mut Findings<'_>,
) -> Option<Duration> {
    let limit = fields.duration(key, findings)?;
    if let (true, Some(span)) = (limit.is_zero(), fields.value_span(key)) {
        findings.error(span, format!("`{key}` of {} must be longer than 0", fields.owner()));
    }
    Some(limit)
}

fn ca_file(fields: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<String> {
    let Found { value, span } = fields.text("ca_file", findings)?;
    if value.is_empty() || value.contains("-----BEGIN") {
        findings
            .error(span, format!("`ca_file` of {} must be the path of a PEM file", fields.owner()));
    }
    Some(value.to_owned())
}

const POOL_MAX: u64 = 1024;
