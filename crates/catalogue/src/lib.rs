//! Which rules and connectors there are, whoever wrote them, and which of them are in force.
//!
//! Goes in: the watched folder of rule files, rule files that were uploaded, and bodies sent over
//! REST. Comes out: links and buffers of destinations, and the rules in force each time they
//! change. Start reading at [`Catalogue`]; `inventory` says what there is, `force` what of it can
//! be served.
//! This crate does not know HTTP, destinations or how rules are evaluated.

mod actions;
mod catalogue;
mod connectors;
mod disk;
mod durable;
mod entry;
mod folder;
mod force;
mod inventory;
mod kept;
mod live;
mod masked;
mod names;
mod offline;
mod refusal;
mod report;
mod rest;
mod rules;
mod setup;
mod uploads;
mod watch;

#[cfg(test)]
mod tests;

pub use catalogue::Catalogue;
pub use disk::{list_rule_files, read_text};
pub use entry::{ActionEntry, ConnectorEntry, Owner, RuleEntry, RuleFileEntry};
pub use folder::FileText;
pub use kept::KeptError;
pub use offline::RuleFiles;
pub use refusal::{Refusal, RefusalKind};
pub use report::{Place, Report};
pub use setup::{OnRules, ResolveSecrets, Setup, StartError, Wake};
pub use watch::FolderError;
