//! `/rules/{id}/metrics`: what a rule has counted, under EMQX's names. It does not know who counts.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Map, Value};
use sluice_rule::RuleCounters;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{add, metrics};
use crate::problem::Problem;
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

/// Tells what a rule has counted. Rows that an action took are its own to account for: see
/// `/actions/{id}/metrics`.
#[utoipa::path(
    get, path = "/rules/{id}/metrics", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, body = Value))
)]
async fn read(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Map<String, Value>>, Problem> {
    find(&app, id.clone()).await?;
    let counters = counters(&app, &id).await;
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
    find(&app, id.clone()).await?;
    let counters = counters(&app, &id).await;
    app.baselines().set(&id, counters);
    Ok(StatusCode::NO_CONTENT)
}

async fn counters(app: &App, id: &str) -> RuleCounters {
    let rules = app.stats().await.rules;
    rules.into_iter().find(|(rule, _)| rule == id).map(|(_, counters)| counters).unwrap_or_default()
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
