//! What an operator is told about rule files, as log lines. It does not know how it was found out.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use sluice_rule::{Diagnostic, RuleFile};

/// One thing that happened to a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants' docs say what the fields are")]
pub enum Report {
    /// A file was read and its rules are live.
    Loaded { file: String, rules: usize, warnings: Vec<Diagnostic>, without_effect: Vec<String> },
    /// A file is gone, and its rules with it.
    Removed { file: String, rules: usize },
    /// A file's text is wrong; `kept` rules of before stay live.
    Wrong { file: String, errors: Vec<Diagnostic>, kept: usize },
    /// A file cannot be used at all; `kept` rules of before stay live.
    Unusable { file: String, reason: String, kept: usize },
    /// Two rules have one id; the second one is left out.
    RuleClash { id: String, first: Place, second: Place },
    /// Two connectors have one name; the second one is left out.
    ConnectorClash { name: String, first: Place, second: Place },
    /// An action names a connector that is nowhere defined.
    ConnectorMissing { place: Place, action: String, connector: String },
    /// An action names a connector that it cannot use.
    ConnectorOfAnotherType {
        place: Place,
        action: String,
        action_type: &'static str,
        connector: String,
        connector_type: &'static str,
        connector_place: Place,
    },
    /// The folder itself cannot be read; everything of before stays live.
    FolderUnreadable { dir: String, reason: String },
    /// There are more files than are read.
    TooManyFiles { dir: String, most: usize },
}

/// A line of a file, or REST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: Arc<str>,
    line: usize,
}

impl Place {
    pub(crate) fn new(file: &Arc<str>, line: usize) -> Self {
        Self { file: Arc::clone(file), line }
    }

    /// No file: it was made over REST.
    pub(crate) fn rest() -> Self {
        Self { file: "REST".into(), line: 0 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

impl Report {
    pub(crate) fn loaded(file: &RuleFile) -> Self {
        let without_effect = file.rules.iter().flat_map(|rule| {
            rule.without_effect().into_iter().map(|what| format!("{}: {what}", rule.id))
        });
        Self::Loaded {
            file: file.name.to_string(),
            rules: file.rules.len(),
            warnings: file.warnings.clone(),
            without_effect: without_effect.collect(),
        }
    }

    /// Writes the log lines: one each, so that a search for a file's name finds the whole of it.
    pub fn log(&self) {
        match self {
            Self::Loaded { file, rules, warnings, without_effect } => {
                tracing::info!(%file, rules, "rule file loaded");
                for warning in warnings {
                    let hint = warning.hint.as_deref().map(tracing::field::display);
                    tracing::warn!(at = %place(warning), hint, "rule file: {}", warning.message);
                }
                for what in without_effect {
                    tracing::warn!(%file, "rule has keys without effect in this version: {what}");
                }
            }
            Self::Removed { file, rules } => tracing::info!(%file, rules, "rule file removed"),
            Self::Wrong { file, errors, kept } => {
                for error in errors {
                    let hint = error.hint.as_deref().map(tracing::field::display);
                    tracing::error!(at = %place(error), hint, "rule file: {}", error.message);
                }
                tracing::error!(%file, rules_kept = kept, "rule file not loaded");
            }
            Self::Unusable { file, reason, kept } => {
                tracing::error!(%file, rules_kept = kept, "rule file not loaded: {reason}");
            }
            Self::ConnectorMissing { .. } | Self::ConnectorOfAnotherType { .. } => {
                tracing::warn!("{self}");
            }
            Self::RuleClash { .. }
            | Self::ConnectorClash { .. }
            | Self::FolderUnreadable { .. }
            | Self::TooManyFiles { .. } => tracing::error!("{self}"),
        }
    }

    /// Whether something has to be mended before all of it is served.
    pub const fn is_error(&self) -> bool {
        match self {
            Self::Loaded { .. }
            | Self::Removed { .. }
            | Self::ConnectorMissing { .. }
            | Self::ConnectorOfAnotherType { .. } => false,
            Self::Wrong { .. }
            | Self::Unusable { .. }
            | Self::RuleClash { .. }
            | Self::ConnectorClash { .. }
            | Self::FolderUnreadable { .. }
            | Self::TooManyFiles { .. } => true,
        }
    }
}

/// In one line.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loaded { file, rules, .. } => write!(f, "{file}: {rules} rules loaded"),
            Self::Removed { file, rules } => write!(f, "{file}: removed with its {rules} rules"),
            Self::Wrong { file, errors, kept } => {
                write!(f, "{file}: {} errors; {kept} rules of before stay live", errors.len())
            }
            Self::Unusable { file, reason, kept } => {
                write!(f, "{file}: {reason}; {kept} rules of before stay live")
            }
            Self::RuleClash { id, first, second } => write!(
                f,
                "{second}: the rule {id} is left out, since {first} has the same id; rename \
                one of them"
            ),
            Self::ConnectorClash { name, first, second } => write!(
                f,
                "{second}: the connector {name} is left out, since {first} has the same \
                name; rename \
                 one of them"
            ),
            Self::ConnectorMissing { place, action, connector } => write!(
                f,
                "{place}: the action {action} names the connector {connector}, which no loaded \
                 file defines; add [connectors.{connector}]"
            ),
            Self::ConnectorOfAnotherType {
                place,
                action,
                action_type,
                connector,
                connector_type,
                connector_place,
            } => write!(
                f,
                "{place}: the action {action} is of type {action_type} and its connector \
                 {connector} ({connector_place}) of type {connector_type}; name one of type \
                 {action_type}"
            ),
            Self::FolderUnreadable { dir, reason } => {
                write!(f, "{}; the rules of before stay live", unreadable(dir, reason))
            }
            Self::TooManyFiles { dir, most } => write!(
                f,
                "{dir}: it holds more than {most} rule files, and those beyond are not \
                read; put several \
                 rules into one file"
            ),
        }
    }
}

/// One line about a folder that cannot be read.
pub(crate) fn unreadable(dir: &str, reason: &str) -> String {
    format!(
        "rules.dir: the folder {dir} cannot be read ({reason}); make it, mend its \
        permissions, or set \
         rules.dir"
    )
}

fn place(diagnostic: &Diagnostic) -> String {
    format!("{}:{}:{}", diagnostic.file, diagnostic.line, diagnostic.column)
}

/// What lasts, such as a clash, is told once.
#[derive(Debug, Default)]
pub(crate) struct Told(HashSet<String>);

impl Told {
    /// Those that were not told the last time.
    pub(crate) fn fresh(&mut self, mut lasting: Vec<Report>) -> Vec<Report> {
        let now = lasting.iter().map(ToString::to_string).collect();
        lasting.retain(|report| !self.0.contains(&report.to_string()));
        self.0 = now;
        lasting
    }
}
