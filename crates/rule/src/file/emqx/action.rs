//! `{"type", "connector", "parameters", "resource_opts", …}` as an action of rule files. It does
//! not know whether it stands in a rule or by itself.

use super::table::Table;
use crate::file::{
    findings::Findings,
    tree::{Node, Shape},
};

pub(in crate::file) fn rewrite(action: &mut Node, findings: &mut Findings<'_>) {
    let Some(mut table) = Table::out_of(action) else { return };
    if table.has("parameters") || table.has("resource_opts") {
        rewrite_table(&mut table, findings);
    }
    *action = table.into_node();
}

fn rewrite_table(table: &mut Table, findings: &mut Findings<'_>) {
    for key in ["description", "tags", "created_at", "last_modified_at"] {
        drop(table.take(key));
    }
    let fallbacks = table.take("fallback_actions");
    if let Some(Node { span, shape: Shape::List(items) }) = fallbacks
        && !items.is_empty()
    {
        let hint = "a row that is finally refused is set aside and counted".to_owned();
        findings.warning(&span, "`fallback_actions` has no effect here", Some(hint));
    }
    let is_webhook = matches!(table.text("type"), Some("http" | "webhook"));
    if let Some(options) = table.take_table("resource_opts", findings) {
        resource_options(options, is_webhook, table, findings);
    }
    let parameters = table.take_table("parameters", findings);
    let mut parameters = parameters.unwrap_or_else(|| Table::at(table.span.clone()));
    match table.text("type") {
        Some("pgsql" | "postgres") => {
            if !parameters.has("sql") {
                table.put_text("sql", SQL_DEFAULT);
            }
        }
        Some("http" | "webhook") => parameters.ignore(&WEBHOOK_IGNORED, findings),
        Some("kafka_producer" | "kafka") => kafka(&mut parameters, table, findings),
        Some(_) | None => {}
    }
    table.append(parameters);
}

fn resource_options(
    mut options: Table,
    is_webhook: bool,
    action: &mut Table,
    findings: &mut Findings<'_>,
) {
    let mut batch = Table::at(options.span.clone());
    batch.adopt("rows_max", &mut options, "batch_size");
    batch.adopt("linger", &mut options, "batch_time");
    let mut buffer = Table::at(options.span.clone());
    if let Some(Node { span, shape }) = options.take("max_buffer_bytes") {
        buffer.put("bytes_max", Node { span, shape: binary_size(shape) });
    }
    if let Some(ttl) = options.take("request_ttl")
        && !matches!(&ttl.shape, Shape::Text(text) if text == "infinity")
    {
        buffer.put("age_max", ttl);
    }
    if options.text("buffer_mode") == Some("memory_only") {
        drop(options.take("buffer_mode"));
    }
    // There are none for HTTP, though the options are there.
    if !is_webhook {
        action.put_table("batch", batch);
    }
    action.put_table("buffer", buffer);
    action.adopt("lanes", &mut options, "worker_pool_size");
    options.ignore(&RESOURCE_IGNORED, findings);
    action.append(options);
}

/// EMQX's `256MB` are 256 MiB.
fn binary_size(shape: Shape) -> Shape {
    let Shape::Text(text) = &shape else { return shape };
    let unit = ["KB", "MB", "GB"].into_iter().find_map(|unit| {
        let number = text.to_ascii_uppercase().strip_suffix(unit)?.to_owned();
        Some(format!("{number}{}iB", unit.trim_end_matches('B')))
    });
    unit.map_or(shape, Shape::Text)
}

fn kafka(parameters: &mut Table, action: &mut Table, findings: &mut Findings<'_>) {
    let message = parameters.take_table("message", findings);
    let mut message = message.unwrap_or_else(|| Table::at(parameters.span.clone()));
    if !message.has("key") {
        message.put_text("key", "${clientid}");
    }
    action.append(message);
    if let Some(headers) = parameters.take("kafka_ext_headers") {
        action.put("headers", header_table(headers, findings));
    }
    if parameters.text("partition_strategy") == Some("key_dispatch") {
        drop(parameters.take("partition_strategy"));
    }
    parameters.ignore(&KAFKA_IGNORED, findings);
}

/// A list of names and values as a table of them.
fn header_table(headers: Node, findings: &mut Findings<'_>) -> Node {
    let Shape::List(items) = headers.shape else { return headers };
    let mut table = Table::at(headers.span);
    for mut item in items {
        let span = item.span.clone();
        let Some(mut pair) = Table::out_of(&mut item) else {
            findings.error(&span, "a header must be an object of `key` and `value`");
            continue;
        };
        let mut part = |long: &str, short: &str| pair.take(long).or_else(|| pair.take(short));
        let key = part("kafka_ext_header_key", "key").map(|node| node.shape);
        let value = part("kafka_ext_header_value", "value");
        match (key, value) {
            (Some(Shape::Text(key)), Some(value)) => table.put(&key, value),
            (_, _) => findings.error(&span, "a header has a text as `key`, and a `value`"),
        }
    }
    table.into_node()
}

const SQL_DEFAULT: &str = "insert into t_mqtt_msg(msgid, topic, qos, payload, arrived) values \
    (${id}, ${topic}, ${qos}, ${payload}, TO_TIMESTAMP((${timestamp} :: bigint)/1000))";

const WEBHOOK_IGNORED: [&str; 3] = ["max_retries", "request_timeout", "url"];

const RESOURCE_IGNORED: [&str; 17] = [
    "async_inflight_window",
    "auto_restart_interval",
    "buffer_mode",
    "buffer_seg_bytes",
    "dispatch_strategy",
    "enable_batch",
    "enable_queue",
    "health_check_interval",
    "health_check_interval_jitter",
    "health_check_timeout",
    "inflight_window",
    "metrics_flush_interval",
    "query_mode",
    "request_timeout",
    "resume_interval",
    "start_after_created",
    "start_timeout",
];

const KAFKA_IGNORED: [&str; 18] = [
    "buffer",
    "compression",
    "kafka_header_value_encode_mode",
    "kafka_headers",
    "max_batch_age",
    "max_batch_bytes",
    "max_inflight",
    "max_linger_bytes",
    "max_linger_time",
    "max_retries",
    "partition_count_refresh_interval",
    "partition_strategy",
    "partitions_limit",
    "query_mode",
    "reconnect_delay",
    "required_acks",
    "sync_query_timeout",
    "min_metadata_refresh_interval",
];
