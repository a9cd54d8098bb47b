//! EMQX's connectors as connectors of rule files: a PostgreSQL server becomes a URL. It does not
//! know how to connect.

use super::table::Table;
use crate::file::{
    findings::Findings,
    tree::{Node, Shape},
};

pub(in crate::file) fn rewrite(connector: &mut Node, findings: &mut Findings<'_>) {
    let span = connector.span.clone();
    let Some(mut table) = Table::out_of(connector) else { return };
    if let Some(mut options) = table.take_table("resource_opts", findings) {
        options.ignore(&RESOURCE_IGNORED, findings);
        table.append(options);
    }
    let tls = match table.take_table("ssl", findings) {
        Some(ssl) => Tls::of(ssl, findings),
        None => Tls::default(),
    };
    let is_postgres = matches!(table.text("type"), Some("pgsql" | "postgres"));
    if !is_postgres && tls.enabled == Some(true) && !tls.checks_server {
        let what = "`verify_none` of `ssl` has no effect: the server's certificate is checked";
        findings.warning(&span, what, Some("give `cacertfile`".to_owned()));
    }
    match table.text("type") {
        Some("pgsql" | "postgres") => postgres(&mut table, tls, findings),
        Some("http" | "webhook") => {
            table.ignore(&WEBHOOK_IGNORED, findings);
            if let Some(ca_file) = tls.ca_file {
                table.put("ca_file", ca_file);
            }
        }
        Some("kafka_producer" | "kafka") => kafka(&mut table, tls),
        Some(_) | None => {}
    }
    if table.has("bootstrap_servers") {
        table.ignore(&KAFKA_IGNORED, findings);
    }
    *connector = table.into_node();
}

/// What `ssl` says.
#[derive(Default)]
struct Tls {
    enabled: Option<bool>,
    checks_server: bool,
    ca_file: Option<Node>,
}

impl Tls {
    fn of(mut ssl: Table, findings: &mut Findings<'_>) -> Self {
        let enabled = match ssl.take("enable") {
            Some(Node { shape: Shape::Bool(enabled), .. }) => enabled,
            Some(other) => {
                findings.error(&other.span, "`enable` of `ssl` must be `true` or `false`");
                false
            }
            None => false,
        };
        if !enabled {
            return Self { enabled: Some(false), ..Self::default() };
        }
        let checks_server = ssl.text("verify") == Some("verify_peer");
        drop(ssl.take("verify"));
        let is_given = |node: &Node| !matches!(&node.shape, Shape::Text(text) if text.is_empty());
        let ca_file = ssl.take("cacertfile").filter(is_given);
        // A client certificate that is not sent is worth an error at the server, not a guess here.
        ssl.ignore(&["certfile", "keyfile", "password", "server_name_indication"], findings);
        Self { enabled: Some(true), checks_server, ca_file }
    }
}

fn postgres(table: &mut Table, tls: Tls, findings: &mut Findings<'_>) {
    if !table.has("server") {
        return;
    }
    table.ignore(&["auto_reconnect", "disable_prepared_statements"], findings);
    let mut part = |key: &str| {
        let node = table.take(key)?;
        match node.shape {
            Shape::Text(text) => Some((text, node.span)),
            Shape::Integer(..)
            | Shape::Float(_)
            | Shape::Bool(_)
            | Shape::Null
            | Shape::Datetime(_)
            | Shape::List(_)
            | Shape::Table(_) => {
                findings.error(&node.span, format!("`{key}` must be a string"));
                None
            }
        }
    };
    let (server, database) = (part("server"), part("database"));
    let (username, password) = (part("username"), part("password"));
    let Some((server, span)) = server else { return };
    if server.is_empty() || server.contains(['/', '@', '?', '#', ' ']) {
        findings.error(&span, "`server` must be a host with or without `:port`");
        return;
    }
    let (Some((database, _)), Some((username, _))) = (database, username) else {
        findings.error(&table.span, "`database` and `username` must stand beside `server`");
        return;
    };
    let mut url = format!("postgres://{}", escaped(&username));
    if let Some((password, _)) = password {
        url.push(':');
        url.push_str(&escaped(&password));
    }
    url.push_str(&format!("@{server}/{}", escaped(&database)));
    match (tls.enabled, tls.checks_server, tls.ca_file) {
        (Some(true), true, Some(Node { shape: Shape::Text(ca_file), .. })) => {
            url.push_str(&format!("?sslmode=verify-full&sslrootcert={}", escaped(&ca_file)));
        }
        (Some(true), true, _) => url.push_str("?sslmode=verify-full"),
        (Some(true), false, _) => url.push_str("?sslmode=require"),
        (Some(false), _, _) => url.push_str("?sslmode=disable"),
        (None, _, _) => {}
    }
    table.put("url", Node { span, shape: Shape::Text(url) });
}

fn kafka(table: &mut Table, tls: Tls) {
    if let Some(Node { span, shape }) = table.take("bootstrap_hosts") {
        let shape = match shape {
            Shape::Text(hosts) => Shape::List(
                hosts
                    .split(',')
                    .map(|host| Node { span: span.clone(), shape: with_port(host) })
                    .collect(),
            ),
            Shape::Integer(..)
            | Shape::Float(_)
            | Shape::Bool(_)
            | Shape::Null
            | Shape::Datetime(_)
            | Shape::List(_)
            | Shape::Table(_) => shape,
        };
        table.put("bootstrap_servers", Node { span, shape });
    }
    if let Some(login) = table.take("authentication")
        && !matches!(&login.shape, Shape::Text(text) if text == "none")
    {
        table.put("sasl", login);
    }
    if tls.enabled == Some(true) {
        table.put("tls", Node { span: table.span.clone(), shape: Shape::Bool(true) });
    }
    if let Some(ca_file) = tls.ca_file {
        table.put("ca_file", ca_file);
    }
}

fn with_port(host: &str) -> Shape {
    let host = host.trim();
    let port = if host.is_empty() || host.contains(':') { "" } else { ":9092" };
    Shape::Text(format!("{host}{port}"))
}

/// As a part of a URL.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

const RESOURCE_IGNORED: [&str; 5] = [
    "health_check_interval",
    "health_check_interval_jitter",
    "health_check_timeout",
    "start_after_created",
    "start_timeout",
];

const WEBHOOK_IGNORED: [&str; 7] = [
    "enable_pipelining",
    "max_inactive",
    "max_retries",
    "pool_type",
    "request",
    "retry_interval",
    "oauth",
];

const KAFKA_IGNORED: [&str; 8] = [
    "allow_auto_topic_creation",
    "connect_timeout",
    "health_check_topic",
    "max_linger_time",
    "metadata_request_timeout",
    "min_metadata_refresh_interval",
    "sni",
    "socket_opts",
];
