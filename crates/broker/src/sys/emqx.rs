//! `$SYS/brokers/…`, as EMQX says it: what changes is not retained. It does not know the other
//! dialect.

use std::time::Duration;

use sluice_mqtt::UnixMillis;
use sluice_rule::RuleCounters;

use super::{Said, State};

pub(super) fn say(state: &State<'_>, said: &mut Said) {
    let own = |name: &str| format!("$SYS/brokers/{}/{name}", state.node);
    said.kept("$SYS/brokers", state.node);
    let lifetime = LIFETIME.max(state.interval * 2);
    let now = Duration::from_nanos(state.unix_nanos);
    let until = UnixMillis(u64::try_from((now + lifetime).as_millis()).unwrap_or(u64::MAX));
    said.kept_until(&own("version"), state.version, until);
    said.kept_until(&own("sysdescr"), "Sluice", until);
    said.once(&own("uptime"), &state.uptime.as_millis().to_string());
    said.once(&own("datetime"), &rfc3339(state.unix_nanos));
    for (name, count) in stats(state) {
        said.once(&own(&format!("stats/{name}")), &count.to_string());
    }
    for (name, count) in metrics(state) {
        said.once(&own(&format!("metrics/{name}")), &count.to_string());
    }
}

fn stats(state: &State<'_>) -> [(&'static str, u64); 16] {
    let (counters, peaks) = (&state.stats.counters, &state.peaks);
    let clients = counters.clients();
    let subscriptions = state.stats.subscriptions as u64;
    [
        ("connections/count", clients),
        ("connections/max", peaks.clients),
        ("live_connections/count", clients),
        ("live_connections/max", peaks.clients),
        ("channels/count", counters.sessions),
        ("channels/max", peaks.sessions),
        ("sessions/count", counters.sessions),
        ("sessions/max", peaks.sessions),
        ("subscriptions/count", subscriptions),
        ("subscriptions/max", peaks.subscriptions),
        ("subscriptions/shared/count", 0),
        ("subscriptions/shared/max", 0),
        ("suboptions/count", subscriptions),
        ("suboptions/max", peaks.subscriptions),
        ("retained/count", state.stats.retained_messages as u64),
        ("retained/max", peaks.retained),
    ]
}

fn metrics(state: &State<'_>) -> [(&'static str, u64); 27] {
    let counters = &state.stats.counters;
    let total =
        |count: fn(&RuleCounters) -> u64| state.stats.rules.values().map(count).sum::<u64>();
    [
        ("bytes/received", counters.bytes_received),
        ("bytes/sent", counters.bytes_sent),
        ("packets/received", counters.packets_received),
        ("packets/sent", counters.packets_sent),
        ("messages/received", counters.publishes_received),
        ("messages/sent", counters.sent),
        ("messages/qos0/received", counters.publishes_received_qos0),
        ("messages/qos1/received", counters.publishes_received_qos1),
        ("messages/qos2/received", counters.publishes_received_qos2),
        ("messages/qos0/sent", counters.sent_qos0),
        ("messages/qos1/sent", counters.sent_qos1),
        ("messages/qos2/sent", counters.sent_qos2),
        ("messages/publish", counters.publishes_received + counters.messages_derived),
        ("messages/delivered", counters.sent),
        ("messages/acked", counters.acknowledged),
        ("messages/dropped", counters.publishes_without_subscribers),
        ("messages/dropped/no_subscribers", counters.publishes_without_subscribers),
        ("delivery/dropped", counters.dropped_total()),
        ("delivery/dropped/too_large", counters.dropped_too_large),
        ("delivery/dropped/qos0_msg", counters.dropped_offline),
        ("delivery/dropped/queue_full", counters.dropped_queue_full),
        ("delivery/dropped/expired", counters.dropped_expired),
        ("client/connected", counters.clients_connected),
        ("client/disconnected", counters.clients_disconnected),
        ("authorization/deny", counters.publishes_refused),
        ("rules/matched", total(|it| it.matched)),
        ("actions/executed", total(|it| it.actions_success + it.actions_failed) + state.rows_done),
    ]
}

/// `2026-01-02T03:04:05.000000006+00:00`.
fn rfc3339(unix_nanos: u64) -> String {
    let since = Duration::from_nanos(unix_nanos);
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date_of_day(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let nanos = since.subsec_nanos();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}+00:00")
}

/// The date of a day since 1970, by eras of 400 years that begin in March.
const fn date_of_day(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// How long version and description are kept when they are no longer said.
const LIFETIME: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_every_digit() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00.000000000+00:00"),
            (951_868_799_000_000_001, "2000-02-29T23:59:59.000000001+00:00"),
            (1_767_225_600_500_000_000, "2026-01-01T00:00:00.500000000+00:00"),
            (1_772_323_199_000_000_000, "2026-02-28T23:59:59.000000000+00:00"),
            (1_772_323_200_000_000_000, "2026-03-01T00:00:00.000000000+00:00"),
        ] {
            assert_eq!(rfc3339(nanos), text);
        }
    }
}
