//! Reads the own keys of `postgres`, `webhook` and `kafka` actions. It does not know how rows get
//! there.

use super::{action::Reading, fields::Fields};
use crate::action::{HttpMethod, KafkaRecord, PostgresWrite, WebhookCall};

pub(super) fn postgres(
    fields: &mut Fields<'_>,
    reading: &mut Reading<'_, '_, '_>,
) -> Option<PostgresWrite> {
    let sql = fields.required_text("sql", reading.findings);
    if let Some(sql) = &sql {
        // Only for its limits and its columns: the statement is prepared by the sink.
        reading.parse("sql", sql, fields.owner());
    }
    let exactly_once = fields.bool("exactly_once", reading.findings).unwrap_or(false);
    if let (true, Some(span)) = (exactly_once, fields.value_span("exactly_once")) {
        let message =
            "`exactly_once` is not built yet; leave it out: a row is written at least once";
        reading.findings.error(span, message);
    }
    Some(PostgresWrite { sql: sql?.value.to_owned(), exactly_once })
}

pub(super) fn webhook(
    fields: &mut Fields<'_>,
    reading: &mut Reading<'_, '_, '_>,
) -> Option<WebhookCall> {
    let methods = [
        ("POST", HttpMethod::Post),
        ("PUT", HttpMethod::Put),
        ("PATCH", HttpMethod::Patch),
        ("GET", HttpMethod::Get),
        ("DELETE", HttpMethod::Delete),
        ("post", HttpMethod::Post),
        ("put", HttpMethod::Put),
        ("patch", HttpMethod::Patch),
        ("get", HttpMethod::Get),
        ("delete", HttpMethod::Delete),
    ];
    Some(WebhookCall {
        method: fields.word("method", &methods, reading.findings).unwrap_or_default(),
        path: reading.template(fields, "path"),
        headers: reading.templates(fields, "headers"),
        body: reading.template(fields, "body"),
    })
}

pub(super) fn kafka(
    fields: &mut Fields<'_>,
    reading: &mut Reading<'_, '_, '_>,
) -> Option<KafkaRecord> {
    let topic = reading.required_template(fields, "topic");
    let key = reading.template(fields, "key");
    let value = reading.template(fields, "value");
    let headers = reading.templates(fields, "headers");
    let partition = reading.number_or_template(fields, "partition");
    let timestamp = reading.number_or_template(fields, "timestamp");
    Some(KafkaRecord { topic: topic?, key, value, headers, partition, timestamp })
}
