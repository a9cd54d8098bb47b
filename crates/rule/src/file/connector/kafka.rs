//! Reads the own keys of `type = "kafka"`. It does not know brokers.

use super::{ca_file, time_limit};
use crate::{
    connector::{
        KafkaAcks, KafkaCompression, KafkaConnector, KafkaSasl, SaslMechanism, Unresolved,
    },
    file::{
        fields::Fields,
        findings::Findings,
        tree::{Node, Shape},
    },
};

pub(super) fn read(fields: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<KafkaConnector> {
    let bootstrap_servers = bootstrap_servers(fields, findings);
    let request_timeout = time_limit(fields, "request_timeout", findings);
    let acks = fields.word("acks", &KafkaAcks::EVERY.map(|it| (it.name(), it)), findings);
    let compressions = KafkaCompression::EVERY.map(|it| (it.name(), it));
    let compression = fields.word("compression", &compressions, findings);
    let tls = fields.bool("tls", findings).unwrap_or(false);
    let ca_file = ca_file(fields, findings);
    if let (Some(_), false, Some(span)) = (&ca_file, tls, fields.value_span("ca_file")) {
        let hint = Some("add `tls = true`".to_owned());
        findings.warning(span, "`ca_file` has no effect: connections are not encrypted", hint);
    }
    let node = fields.node("sasl");
    let sasl = node.and_then(|node| sasl(fields.owner(), node, findings));
    Some(KafkaConnector {
        bootstrap_servers: bootstrap_servers?,
        request_timeout,
        acks,
        compression,
        tls,
        ca_file,
        sasl,
    })
}

fn sasl(owner: &str, node: &Node, findings: &mut Findings<'_>) -> Option<KafkaSasl> {
    let mut fields = Fields::open(format!("`sasl` of {owner}"), node, findings)?;
    fields.require("mechanism", findings);
    let named = SaslMechanism::EVERY.map(|it| (it.name(), it));
    // As brokers and EMQX spell them.
    let spelled = [
        ("PLAIN", SaslMechanism::Plain),
        ("SCRAM-SHA-256", SaslMechanism::ScramSha256),
        ("SCRAM-SHA-512", SaslMechanism::ScramSha512),
        ("scram_sha_256", SaslMechanism::ScramSha256),
        ("scram_sha_512", SaslMechanism::ScramSha512),
    ];
    let mechanism = fields.word("mechanism", &[&named[..], &spelled[..]].concat(), findings);
    let username = fields.required_text("username", findings);
    let password = fields.required_text("password", findings);
    fields.finish(findings);
    Some(KafkaSasl {
        mechanism: mechanism?,
        username: Unresolved(username?.value.to_owned()),
        password: Unresolved(password?.value.to_owned()),
    })
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
