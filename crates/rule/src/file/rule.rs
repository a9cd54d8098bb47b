//! Reads `[rules.<id>]`. It does not know what an action's own keys are.

use std::{ops::Range, sync::Arc};

use sluice_sql::{Plan, Source, Span};

use super::{
    action::{self, Reading},
    fields::{Fields, Found, shortened},
    findings::Findings,
    test_case,
    tree::Entry,
};
use crate::{
    RuleId,
    json::StandaloneActions,
    rule::{Ack, Mode, Rule},
    source::EventSource,
};

/// Without `standalone` a text among the actions is an error.
pub(super) fn read(
    entry: &Entry,
    standalone: Option<StandaloneActions<'_>>,
    findings: &mut Findings<'_>,
) -> Option<Rule> {
    let id = entry.key.parse::<RuleId>();
    if let Err(error) = &id {
        findings.error(&entry.key_span, format!("no rule can have this id: {error}"));
    }
    let owner = format!("rule `{}`", shortened(&entry.key));
    let mut fields = Fields::open(owner, &entry.value, findings)?;
    let sql = fields.required_text("sql", findings);
    let plan = sql.as_ref().and_then(|sql| plan(sql, findings));
    let description = fields.text("description", findings).map_or("", |found| found.value);
    let enabled = fields.bool("enable", findings).unwrap_or(true);
    let modes = [("live", Mode::Live), ("shadow", Mode::Shadow)];
    let mode = fields.word("mode", &modes, findings).unwrap_or_default();
    let acks =
        [("received", Ack::Received), ("enqueued", Ack::Enqueued), ("delivered", Ack::Delivered)];
    let ack = fields.word("ack", &acks, findings);
    let columns = plan.as_ref().map(Plan::output_columns);
    let mut reading = Reading { columns: &columns, findings };
    let (actions, references) = action::read_all(&mut fields, standalone, &mut reading);
    let tests = test_case::read_all(&mut fields, findings);
    fields.finish(findings);
    Some(Rule {
        id: id.ok()?,
        description: description.to_owned(),
        sql: sql?.value.to_owned(),
        plan: plan?,
        enabled,
        mode,
        ack,
        actions,
        references,
        tests,
        file: Arc::clone(findings.source().name()),
        line: findings.source().line(entry.key_span.start),
    })
}

/// Compiles the SQL; its errors are shown at their place inside the file.
fn plan(sql: &Found<'_, &str>, findings: &mut Findings<'_>) -> Option<Plan> {
    let plan = match sluice_sql::plan(sql.value) {
        Ok(plan) => plan,
        Err(error) => {
            let span = findings.source().span_in_string(sql, bytes(error.span));
            findings.push_error(&span, error.message, error.hint);
            return None;
        }
    };
    for warning in plan.warnings() {
        let span = findings.source().span_in_string(sql, bytes(warning.span));
        findings.warning(&span, warning.message.clone(), warning.hint.clone());
    }
    check_events(&plan, sql, findings).then_some(plan)
}

fn check_events(plan: &Plan, sql: &Found<'_, &str>, findings: &mut Findings<'_>) -> bool {
    let mut known = true;
    for source in plan.from() {
        let Source::Event(name) = source else { continue };
        if let EventSource::Unknown(nearest) = EventSource::of(name) {
            known = false;
            let at = sql.value.find(&**name).unwrap_or_default();
            let span = findings.source().span_in_string(sql, at..at + name.len());
            let hint = match nearest {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "a publish is found by its own topic; events are named `$events/…`".to_owned()
                }
            };
            findings.error_with_hint(
                &span,
                format!("there is no event `{}`", shortened(name)),
                hint,
            );
        }
    }
    known
}

const fn bytes(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}
