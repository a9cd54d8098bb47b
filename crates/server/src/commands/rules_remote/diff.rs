//! `sluice rules diff`: shows what `apply` would change. It changes nothing.

use serde_json::Value;
use similar::TextDiff;

use super::plan::{Change, plan};
use super::router::Router;
use super::{FilesArgs, Outcome, Streams, local, shape};

/// Prints a unified diff for each rule and connector that would change.
///
/// # Errors
/// When the router cannot be asked, or nothing can be written.
pub(super) async fn run(
    router: &Router,
    files: &FilesArgs,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Outcome> {
    let Some(local) = local::read(&files.paths, streams)? else { return Ok(Outcome::Failed) };
    let plan = plan(&local, &router.connectors().await?, &router.rules().await?);
    let mut outcome = Outcome::Done;
    let connectors = plan.connectors.iter().map(|step| ("connectors", step));
    for (section, step) in connectors.chain(plan.rules.iter().map(|step| ("rules", step))) {
        let item = step.item;
        let present = match &step.change {
            Change::None => continue,
            Change::Unseen => {
                let name = &item.name;
                writeln!(streams.errors, "note: the secrets of `{name}` cannot be compared")?;
                continue;
            }
            Change::Create => None,
            Change::Update(present) => Some(present),
        };
        outcome = Outcome::Failed;
        let before = present.map(|value| shape::written(section, &item.name, value));
        let after = shape::written(section, &item.name, &item.shown);
        let text = unified((before.as_deref(), "the router"), (Some(&after), &item.place));
        write!(streams.output, "{text}")?;
    }
    for (id, present) in plan.surplus.iter().filter(|_| files.prune) {
        outcome = Outcome::Failed;
        write!(streams.output, "{}", without(id, present))?;
    }
    Ok(outcome)
}

fn without(id: &str, present: &Value) -> String {
    let before = shape::written("rules", id, present);
    unified((Some(&before), "the router"), (None, ""))
}

/// Two texts, each with what it is called; `None` for none.
fn unified(before: (Option<&str>, &str), after: (Option<&str>, &str)) -> String {
    let named = |(text, name): (Option<&str>, &str)| match text {
        Some(_) => name.to_owned(),
        None => "/dev/null".to_owned(),
    };
    let (old, new) = (before.0.unwrap_or_default(), after.0.unwrap_or_default());
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff().header(&named(before), &named(after)).to_string()
}
