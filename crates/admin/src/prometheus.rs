//! `GET /prometheus/stats`, the scrape endpoint: EMQX's names with `sluice_` for `emqx_`, and a few
//! of its own. It does not know how anything is counted.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use sluice_broker::{Counters, Stats};
use sluice_catalogue::{ActionEntry, Catalogue, ConnectorEntry, RuleEntry};
use sluice_rule::RuleCounters;
use sluice_sink::{Health, SinkStats, Status};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::connectors::connector_id;
use crate::exposition::{Exposition, Kind, Labels, MEDIA_TYPE};
use crate::node::{node_metrics, node_stats};
use crate::problem::Problem;
use crate::rule_metrics::with_actions;
use crate::services::{App, Shared, blocking};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(scrape))
}

/// Tells everything that is counted, in the text format of Prometheus.
///
/// It asks for an API key like the other paths: a scrape configuration carries it as `basic_auth`;
/// the role `viewer` is enough.
#[utoipa::path(
    get, path = "/prometheus/stats", tag = "node",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
async fn scrape(
    State(app): State<Shared>,
) -> Result<([(HeaderName, HeaderValue); 1], String), Problem> {
    let stats = app.stats().await;
    let catalogue = app.services.catalogue.clone();
    let things = blocking(move || Things::of(&catalogue)).await?;
    let mut out = Exposition::default();
    node(&mut out, &app, &stats);
    rules(&mut out, &things.rules, &stats);
    actions(&mut out, &things.actions);
    connectors(&mut out, &things.connectors);
    let media_type = HeaderValue::from_static(MEDIA_TYPE);
    Ok(([(header::CONTENT_TYPE, media_type)], out.finish()))
}

/// What the catalogue has.
struct Things {
    rules: Vec<RuleEntry>,
    actions: Vec<ActionEntry>,
    connectors: Vec<ConnectorEntry>,
}

impl Things {
    fn of(catalogue: &Catalogue) -> Self {
        Self {
            rules: catalogue.rules(),
            actions: catalogue.actions(),
            connectors: catalogue.connectors(),
        }
    }
}

const NONE: Labels<'_> = &[];

fn node(out: &mut Exposition, app: &App, stats: &Stats) {
    let counters = &stats.counters;
    for (name, kind, help, value) in [
        ("sluice_connections", Kind::Gauge, "Network connections", app.connections()),
        ("sluice_sessions", Kind::Gauge, "Sessions, connected or not", counters.sessions),
        (
            "sluice_messages_received_total",
            Kind::Counter,
            "Messages from clients",
            counters.publishes_received,
        ),
        (
            "sluice_messages_sent_total",
            Kind::Counter,
            "Messages to clients, resent ones once",
            counters.sent,
        ),
        (
            "sluice_publishes_held_total",
            Kind::Counter,
            "Publishes that had to wait for room in a buffer, without those behind them",
            counters.publishes_held,
        ),
        (
            "sluice_publishes_abandoned_total",
            Kind::Counter,
            "Publishes that waited, were not acknowledged, and whose connection ended",
            counters.publishes_abandoned,
        ),
    ] {
        out.family((name, kind, help), [(NONE, value)]);
    }
    let help = "Messages that did not get where they were meant for";
    let dropped = dropped(counters).map(|(reason, count)| ([("reason", reason)], count));
    out.family(
        ("sluice_messages_dropped_total", Kind::Counter, help),
        dropped.iter().map(|(labels, count)| (&labels[..], *count)),
    );
    for (name, value) in node_stats(app, stats) {
        let family = format!("sluice_{}", name.replace('.', "_"));
        out.family((&family, Kind::Gauge, "As EMQX counts it"), [(NONE, value)]);
    }
    for count in node_metrics(app, stats) {
        let family = format!("sluice_{}", count.name.replace('.', "_"));
        out.family((&family, Kind::Counter, count.help), [(NONE, count.value)]);
    }
}

/// By reason. Messages without subscribers are told, too: somebody may have missed a subscription.
const fn dropped(counters: &Counters) -> [(&'static str, u64); 6] {
    [
        ("no_subscribers", counters.publishes_without_subscribers),
        ("queue_full", counters.dropped_queue_full),
        ("offline", counters.dropped_offline),
        ("too_large", counters.dropped_too_large),
        ("expired", counters.dropped_expired),
        ("session_ended", counters.dropped_session_ended),
    ]
}

/// One number of something, and what it is called.
type Measure<T> = (&'static str, Kind, &'static str, fn(&T) -> u64);

/// One family for each measure, with a sample for each thing that has an id.
fn families<T>(out: &mut Exposition, things: &[(String, T)], measures: &[Measure<T>]) {
    let labels: Vec<[(&'static str, &str); 1]> =
        things.iter().map(|(id, _)| [("id", id.as_str())]).collect();
    for (name, kind, help, measure) in measures {
        let values = things.iter().map(|(_, thing)| measure(thing));
        out.family((name, *kind, help), labels.iter().map(|it| &it[..]).zip(values));
    }
}

fn rules(out: &mut Exposition, rules: &[RuleEntry], stats: &Stats) {
    let help = "Rules, enabled or not";
    out.family(("sluice_rules_count", Kind::Gauge, help), [(NONE, rules.len() as u64)]);
    let enabled: Vec<_> =
        rules.iter().map(|it| (it.rule.id.as_str().to_owned(), it.rule.enabled)).collect();
    let enable: &[Measure<bool>] =
        &[("sluice_rule_enable", Kind::Gauge, "Whether the rule is enabled", |it| (*it).into())];
    families(out, &enabled, enable);
    let counters = |entry: &RuleEntry| {
        let id = entry.rule.id.as_str();
        let counters = stats.rules.get(id)?;
        Some((id.to_owned(), with_actions(*counters, entry)))
    };
    let counted: Vec<_> = rules.iter().filter_map(counters).collect();
    families(out, &counted, RULE_MEASURES);
}

const RULE_MEASURES: &[Measure<RuleCounters>] = &[
    ("sluice_rule_matched", Kind::Counter, "Events that FROM takes", |it| it.matched),
    ("sluice_rule_passed", Kind::Counter, "Evaluations that gave a row", |it| it.passed),
    ("sluice_rule_failed", Kind::Counter, "Evaluations that ended with an error", |it| it.failed),
    ("sluice_rule_failed_exception", Kind::Counter, "The same", |it| it.failed),
    ("sluice_rule_failed_no_result", Kind::Counter, "Evaluations that gave no row", |it| {
        it.no_result
    }),
    ("sluice_rule_actions_total", Kind::Counter, "Rows for actions", |it| {
        it.actions_success + it.actions_failed + it.actions_discarded
    }),
    ("sluice_rule_actions_success", Kind::Counter, "Rows that actions took", |it| {
        it.actions_success
    }),
    ("sluice_rule_actions_failed", Kind::Counter, "Rows that actions could not take", |it| {
        it.actions_failed
    }),
    ("sluice_rule_actions_discarded", Kind::Counter, "Rows that no action took", |it| {
        it.actions_discarded
    }),
];

fn actions(out: &mut Exposition, actions: &[ActionEntry]) {
    let help = "Actions, enabled or not";
    out.family(("sluice_actions_count", Kind::Gauge, help), [(NONE, actions.len() as u64)]);
    let entries: Vec<_> = actions.iter().map(|it| (it.id.clone(), it)).collect();
    families(
        out,
        &entries,
        &[
            ("sluice_action_enable", Kind::Gauge, "Whether the action is enabled", |it| {
                it.enabled.into()
            }),
            ("sluice_action_status", Kind::Gauge, "Whether it can write", |it| {
                // What needs no link always can.
                u64::from(it.action.connector.is_none()) | is_connected(it.health.as_ref())
            }),
        ],
    );
    let with_rows = |it: &ActionEntry| Some((it.id.clone(), it.stats?));
    let stats: Vec<_> = actions.iter().filter_map(with_rows).collect();
    families(out, &stats, ACTION_MEASURES);
}

const ACTION_MEASURES: &[Measure<SinkStats>] = &[
    ("sluice_action_matched", Kind::Counter, "Rows for the action", |it| it.received),
    ("sluice_action_received", Kind::Counter, "The same", |it| it.received),
    ("sluice_action_success", Kind::Counter, "Rows that were written", |it| it.delivered),
    ("sluice_action_failed", Kind::Counter, "Rows set aside: they will never be taken", |it| {
        it.set_aside
    }),
    ("sluice_action_retried", Kind::Counter, "Failed attempts followed by another", |it| {
        it.retried
    }),
    ("sluice_action_inflight", Kind::Gauge, "Rows under way", |it| it.in_flight),
    ("sluice_action_queuing", Kind::Gauge, "Rows that wait", |it| {
        it.waiting.saturating_sub(it.in_flight)
    }),
    ("sluice_action_queuing_bytes", Kind::Gauge, "Bytes of rows in the buffer", |it| {
        it.waiting_bytes
    }),
    ("sluice_action_held", Kind::Gauge, "Publishes that wait for room", |it| it.held),
    ("sluice_action_batches", Kind::Counter, "Writes, whatever came of them", |it| it.batches),
    ("sluice_action_dropped", Kind::Counter, "Rows that were dropped", |it| dropped_rows(it)),
    ("sluice_action_dropped_queue_full", Kind::Counter, "No room", |it| it.dropped_full),
    ("sluice_action_dropped_expired", Kind::Counter, "Waited too long", |it| it.dropped_expired),
    ("sluice_action_dropped_resource_stopped", Kind::Counter, "Action removed", |it| {
        it.dropped_removed
    }),
];

/// Rows that were dropped, for whatever reason.
pub(crate) const fn dropped_rows(stats: &SinkStats) -> u64 {
    stats.dropped_full + stats.dropped_expired + stats.dropped_removed
}

fn connectors(out: &mut Exposition, connectors: &[ConnectorEntry]) {
    let help = "Connectors, enabled or not";
    out.family(("sluice_connectors_count", Kind::Gauge, help), [(NONE, connectors.len() as u64)]);
    let entries: Vec<_> = connectors.iter().map(|it| (connector_id(&it.connector), it)).collect();
    families(
        out,
        &entries,
        &[
            ("sluice_connector_enable", Kind::Gauge, "Whether the connector is enabled", |it| {
                it.connector.enabled.into()
            }),
            ("sluice_connector_status", Kind::Gauge, "Whether it is connected", |it| {
                is_connected(it.health.as_ref())
            }),
        ],
    );
}

fn is_connected(health: Option<&Health>) -> u64 {
    health.is_some_and(|health| health.status == Status::Connected).into()
}
