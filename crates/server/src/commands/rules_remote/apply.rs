//! `sluice rules apply`: sends rule files to a running router. It does not know what differs.

use anyhow::bail;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::local::{self, Item};
use super::plan::{Change, Plan, Step, plan};
use super::router::{Answer, Router};
use super::{FilesArgs, Outcome, Streams};

/// Whether anything is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It is.
    Wet,
    /// It is only told.
    Dry,
}

/// Tells a line for each rule and connector.
///
/// # Errors
/// When the router cannot be asked, or nothing can be written.
pub(super) async fn run(
    router: &Router,
    files: &FilesArgs,
    mode: Mode,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Outcome> {
    let Some(local) = local::read(&files.paths, streams)? else { return Ok(Outcome::Failed) };
    if files.prune && local.rules.is_empty() {
        bail!("the files hold no rule: --prune would delete every rule");
    }
    let mut plan = plan(&local, &router.connectors().await?, &router.rules().await?);
    if !files.prune {
        plan.surplus.clear();
    }
    match mode {
        Mode::Wet => carry_out(router, &plan, streams).await,
        Mode::Dry => foretell(&plan, streams),
    }
}

fn foretell(plan: &Plan<'_>, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let connectors = plan.connectors.iter().map(|step| ("connector", step));
    for (kind, step) in connectors.chain(plan.rules.iter().map(|step| ("rule", step))) {
        let what = match step.change {
            Change::Create => "would be created",
            Change::Update(_) => "would be updated",
            Change::Unseen => "would be updated (its secrets cannot be compared)",
            Change::None => "unchanged",
        };
        writeln!(streams.output, "{kind} {}: {what}", step.item.name)?;
    }
    for (id, _) in &plan.surplus {
        writeln!(streams.output, "rule {id}: would be deleted")?;
    }
    Ok(Outcome::Done)
}

async fn carry_out(
    router: &Router,
    plan: &Plan<'_>,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::Done;
    for step in &plan.connectors {
        if !send(router, CONNECTOR, step, streams).await? {
            outcome = Outcome::Failed;
        }
    }
    for step in &plan.rules {
        if !send(router, RULE, step, streams).await? {
            outcome = Outcome::Failed;
        }
    }
    if outcome == Outcome::Failed && !plan.surplus.is_empty() {
        writeln!(streams.errors, "note: nothing is deleted, since something was refused")?;
        return Ok(outcome);
    }
    for (id, _) in &plan.surplus {
        match router.send(Method::DELETE, &["rules", id], None).await? {
            Answer::Done(_) => writeln!(streams.output, "rule {id}: deleted")?,
            // It went or came under a file in the meantime.
            Answer::Refused(StatusCode::NOT_FOUND, _) => {}
            Answer::Refused(StatusCode::CONFLICT, message) => {
                writeln!(streams.output, "rule {id}: kept: {message}")?;
            }
            Answer::Refused(_, message) => {
                outcome = Outcome::Failed;
                writeln!(streams.errors, "error: rule {id}: {message}")?;
            }
        }
    }
    Ok(outcome)
}

/// What is sent, and where to.
#[derive(Clone, Copy)]
struct Kind {
    word: &'static str,
    path: &'static str,
}

/// Whether the router took it.
async fn send(
    router: &Router,
    kind: Kind,
    step: &Step<'_>,
    streams: &mut Streams<'_>,
) -> anyhow::Result<bool> {
    let Kind { word, path } = kind;
    let Item { name, place, body, .. } = step.item;
    let (done, answer) = match step.change {
        Change::None => {
            writeln!(streams.output, "{word} {name}: unchanged")?;
            return Ok(true);
        }
        Change::Create => ("created", router.send(Method::POST, &[path], Some(body)).await?),
        Change::Update(_) | Change::Unseen => {
            ("updated", router.send(Method::PUT, &[path, name], Some(body)).await?)
        }
    };
    match answer {
        Answer::Done(answer) => {
            writeln!(streams.output, "{word} {name}: {done}")?;
            for warning in answer.get("warnings").and_then(Value::as_array).into_iter().flatten() {
                let warning = warning.as_str().map_or_else(|| warning.to_string(), str::to_owned);
                writeln!(streams.errors, "warning: {place}: {word} {name}: {warning}")?;
            }
            Ok(true)
        }
        Answer::Refused(_, message) => {
            for line in message.lines() {
                writeln!(streams.errors, "error: {place}: {word} {name}: {line}")?;
            }
            Ok(false)
        }
    }
}

const CONNECTOR: Kind = Kind { word: "connector", path: "connectors" };
const RULE: Kind = Kind { word: "rule", path: "rules" };
