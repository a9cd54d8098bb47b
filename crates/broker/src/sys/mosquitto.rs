//! `$SYS/broker/…`, as mosquitto says it: everything is retained. It does not know the other
//! dialect.

use super::{Said, State};

pub(super) fn say(state: &State<'_>, said: &mut Said) {
    let counters = &state.stats.counters;
    let retained = state.stats.retained_messages as u64;
    said.kept("$SYS/broker/version", &format!("sluice version {}", state.version));
    said.kept("$SYS/broker/uptime", &format!("{} seconds", state.uptime.as_secs()));
    let clients = counters.clients();
    let away = counters.sessions.saturating_sub(clients);
    for (name, count) in [
        ("clients/total", counters.sessions),
        ("clients/connected", clients),
        ("clients/active", clients),
        ("clients/disconnected", away),
        ("clients/inactive", away),
        ("clients/maximum", state.peaks.clients),
        ("subscriptions/count", state.stats.subscriptions as u64),
        ("shared_subscriptions/count", 0),
        ("retained messages/count", retained),
        // Packets of every type count as messages here.
        ("messages/received", counters.packets_received),
        ("messages/sent", counters.packets_sent),
        ("messages/stored", counters.waiting + retained),
        ("store/messages/count", counters.waiting + retained),
        ("publish/messages/received", counters.publishes_received),
        ("publish/messages/sent", counters.sent),
        ("publish/messages/dropped", counters.dropped_total()),
        ("publish/bytes/received", counters.payload_bytes_received),
        ("publish/bytes/sent", counters.payload_bytes_sent),
        ("bytes/received", counters.bytes_received),
        ("bytes/sent", counters.bytes_sent),
    ] {
        said.kept(&format!("$SYS/broker/{name}"), &count.to_string());
    }
}
