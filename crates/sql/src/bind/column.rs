//! The columns that events have, to notice names that no event has. It does not know their values.

use crate::ast::Name;
use crate::error::excerpt;
use crate::parse::is_reserved;

/// Whether some event has a column of that name.
pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

/// What may have been meant by a name that is no column; `None` when it is one.
pub(super) fn unknown(name: &Name) -> Option<String> {
    let text = &*excerpt(&name.text);
    if is_known(text) {
        return None;
    }
    if name.is_quoted {
        return Some(format!("did you mean '{text}'? Text is written in single quotes"));
    }
    if text.eq_ignore_ascii_case("null") {
        return Some("write IS NULL or IS NOT NULL".to_owned());
    }
    if ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some(format!("did you mean `{}`?", text.to_ascii_lowercase()));
    }
    let scored = NAMES.iter().map(|known| (strsim::jaro_winkler(text, known), known));
    let best = scored.max_by(|(left, _), (right, _)| left.total_cmp(right));
    match best.filter(|(score, _)| *score >= ALIKE_MIN) {
        Some((_, known)) => Some(format!("did you mean `{known}`?")),
        None if is_reserved(text) => None,
        None => Some(format!("a member of the payload is written payload.{text}")),
    }
}

/// The columns of all events, sources of data included.
const NAMES: &[&str] = &[
    "action",
    "activated_at",
    "authz_source",
    "clean_start",
    "client_attrs",
    "clientid",
    "conn_props",
    "connected_at",
    "deactivated_at",
    "details",
    "disconn_props",
    "disconnected_at",
    "event",
    "expiry_interval",
    "flags",
    "from_clientid",
    "from_username",
    "id",
    "is_anonymous",
    "is_bridge",
    "is_superuser",
    "keepalive",
    "message",
    "metadata",
    "mountpoint",
    "name",
    "node",
    "payload",
    "peerhost",
    "peername",
    "proto_name",
    "proto_ver",
    "pub_props",
    "puback_props",
    "publish_received_at",
    "qos",
    "reason",
    "reason_code",
    "receive_maximum",
    "result",
    "retain",
    "sockname",
    "sub_props",
    "timestamp",
    "topic",
    "transformation",
    "unsub_props",
    "username",
    "validation",
];

const ALIKE_MIN: f64 = 0.85;
