//! `sluice rules get`: one rule of a running router. It does not know what it does.

use reqwest::Method;
use serde_json::Value;

use super::router::{Answer, Router};
use super::{Outcome, Streams, shape};

/// Prints the rule.
///
/// # Errors
/// When the router cannot be asked, or nothing can be written.
pub(super) async fn run(
    router: &Router,
    id: &str,
    toml: bool,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Outcome> {
    match router.send(Method::GET, &["rules", id], None).await? {
        Answer::Done(rule) if toml && names_actions(&rule) => {
            let message = "it names actions that stand by themselves, which a rule file cannot; \
                           read it without --toml";
            writeln!(streams.errors, "error: rule {id}: {message}")?;
            Ok(Outcome::Failed)
        }
        Answer::Done(rule) if toml => {
            let rule = shape::rule(id, &rule);
            write!(streams.output, "{}", shape::written("rules", id, &rule))?;
            Ok(Outcome::Done)
        }
        Answer::Done(rule) => {
            writeln!(streams.output, "{rule:#}")?;
            Ok(Outcome::Done)
        }
        Answer::Refused(_, message) => {
            writeln!(streams.errors, "error: rule {id}: {message}")?;
            Ok(Outcome::Failed)
        }
    }
}

fn names_actions(rule: &Value) -> bool {
    rule["actions"].as_array().is_some_and(|actions| actions.iter().any(Value::is_string))
}
