//! `/rules/{id}/metrics`: what a rule has counted, under EMQX's names. It does not know who counts.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Map, Value};
use sluice_catalogue::RuleEntry;
use sluice_rule::RuleCounters;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{add, metrics};
use crate::problem::Problem;
use crate::prometheus::dropped_rows;
use crate::rules::find;
use crate::services::{App, Shared};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(reset))
}

/// What rules had counted when somebody last asked to begin anew: what is shown is the difference.
/// The counts themselves go on, so that the scrape endpoint's counters only grow.
#[derive(Default)]
pub(crate) struct Baselines {
    by_rule: HashMap<String, RuleCounters>,
}

impl Baselines {
    /// Begins anew at these counts. Called for rules that there are, so there are never more.
    fn set(&mut self, rule: &str, counters: RuleCounters) {
        self.by_rule.insert(rule.to_owned(), counters);
    }

    /// The rule is gone.
    pub(crate) fn forget(&mut self, rule: &str) {
        self.by_rule.remove(rule);
    }

    fn since(&self, rule: &str, counters: &RuleCounters) -> RuleCounters {
        let Some(base) = self.by_rule.get(rule) else { return *counters };
        // A rule that was made anew counts from zero.
        if base.matched > counters.matched {
            return *counters;
        }
        RuleCounters {
            matched: counters.matched - base.matched,
            passed: counters.passed.saturating_sub(base.passed),
            no_result: counters.no_result.saturating_sub(base.no_result),
            failed: counters.failed.saturating_sub(base.failed),
            actions_success: counters.actions_success.saturating_sub(base.actions_success),
            actions_failed: counters.actions_failed.saturating_sub(base.actions_failed),
            actions_discarded: counters.actions_discarded.saturating_sub(base.actions_discarded),
        }
    }
}

/// Tells what a rule has counted, the rows of its actions included. A row that waits is in none of
/// the counts yet: see `/actions/{id}/metrics`.
#[utoipa::path(
    get, path = "/rules/{id}/metrics", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, body = Value))
)]
async fn read(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Map<String, Value>>, Problem> {
    let entry = find(&app, id.clone()).await?;
    let counters = counters(&app, &entry).await;
    let counters = app.baselines().since(&id, &counters);
    let mut answer = metrics(&app.services.node, counts(&counters));
    add(&mut answer, [("id", id.into())]);
    Ok(Json(answer))
}

/// Begins to count anew.
#[utoipa::path(
    put, path = "/rules/{id}/metrics/reset", tag = "rules", params(("id" = String, Path)),
    responses((status = 204))
)]
async fn reset(State(app): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let entry = find(&app, id.clone()).await?;
    let counters = counters(&app, &entry).await;
    app.baselines().set(&id, counters);
    Ok(StatusCode::NO_CONTENT)
}

/// What workers counted of the rule, and buffers of its rows.
async fn counters(app: &App, entry: &RuleEntry) -> RuleCounters {
    let id = entry.rule.id.as_str();
    let rules = app.stats().await.rules;
    let found = rules.into_iter().find(|(rule, _)| rule == id);
    with_actions(found.map(|(_, counters)| counters).unwrap_or_default(), entry)
}

/// The counts of workers with those of the rule's buffers.
pub(crate) fn with_actions(mut counters: RuleCounters, entry: &RuleEntry) -> RuleCounters {
    for stats in entry.actions.iter().filter_map(|action| action.stats) {
        counters.actions_success += stats.delivered;
        counters.actions_failed += stats.set_aside;
        counters.actions_discarded += dropped_rows(&stats);
    }
    counters
}

fn counts(counters: &RuleCounters) -> Map<String, Value> {
    let RuleCounters {
        matched,
        passed,
        no_result,
        failed,
        actions_success,
        actions_failed,
        actions_discarded,
    } = *counters;
    let mut counts = Map::new();
    for (name, count) in [
        ("matched", matched),
        ("passed", passed),
        ("failed", failed),
        ("failed.exception", failed),
        ("failed.no_result", no_result),
        ("actions.total", actions_success + actions_failed + actions_discarded),
        ("actions.success", actions_success),
        ("actions.failed", actions_failed),
        ("actions.failed.unknown", actions_failed),
        // Rows wait while an outside system is away.
        ("actions.failed.out_of_service", 0),
        ("actions.discarded", actions_discarded),
    ] {
        counts.insert(name.to_owned(), count.into());
    }
    counts
}
