//! The rules and connectors of files, as they would be sent. It does not know what a router has.

use std::path::PathBuf;

use serde_json::Value;
use sluice_catalogue::{Report, RuleFiles};
use sluice_rule::Secrets;

use super::super::rules_check::{rule_files, tell};
use super::super::{Outcome, Streams};

/// What the files hold.
#[derive(Debug, Default)]
pub(super) struct Local {
    /// Sent first: rules name them.
    pub(super) connectors: Vec<Item>,
    pub(super) rules: Vec<Item>,
}

/// A rule or connector.
#[derive(Debug)]
pub(super) struct Item {
    /// Its id or name.
    pub(super) name: String,
    /// Where it stands: `hot.toml:12`.
    pub(super) place: String,
    /// What is sent.
    pub(super) body: Value,
    /// The same as the router shows it.
    pub(super) shown: Value,
}

/// Reads the files as `rules check` does; `None` when something is wrong, which is told.
///
/// # Errors
/// When a path cannot be looked at, or nothing can be written.
pub(super) fn read(paths: &[PathBuf], streams: &mut Streams<'_>) -> anyhow::Result<Option<Local>> {
    let files = RuleFiles::read(rule_files(paths)?);
    let mut is_good = true;
    for report in &files.reports {
        if let Report::Loaded { warnings, .. } = report {
            for warning in warnings {
                writeln!(streams.errors, "warning: {warning}\n")?;
            }
        // A connector that the files lack, the router may have.
        } else if !matches!(report, Report::ConnectorMissing { .. }) {
            is_good &= tell(report, streams)? == Outcome::Done;
        }
    }
    let connectors = files.connectors.iter().map(|connector| Item {
        name: connector.name.clone(),
        place: format!("{}:{}", connector.file, connector.line),
        body: connector.to_json(Secrets::Exposed),
        shown: connector.to_json(Secrets::Masked),
    });
    let rules = files.rules.iter().map(|rule| Item {
        name: rule.id.as_str().to_owned(),
        place: format!("{}:{}", rule.file, rule.line),
        body: rule.to_json(),
        shown: rule.to_json(),
    });
    let local = Local { connectors: connectors.collect(), rules: rules.collect() };
    for (kind, item) in local.all() {
        if reads_secrets(&item.body) {
            is_good = false;
            writeln!(
                streams.errors,
                "error: {}: {kind} `{}` reads ${{ENV:…}} or ${{FILE:…}}, which works only in files \
                 on the router's own disk: put it into one of those, or write the value out",
                item.place, item.name
            )?;
        }
    }
    Ok(is_good.then_some(local))
}

impl Local {
    /// Connectors, then rules.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &Item)> {
        let connectors = self.connectors.iter().map(|item| ("connector", item));
        connectors.chain(self.rules.iter().map(|item| ("rule", item)))
    }
}

fn reads_secrets(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${ENV:") || text.contains("${FILE:"),
        Value::Array(items) => items.iter().any(reads_secrets),
        Value::Object(map) => map.values().any(reads_secrets),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
