//! Which rules and connectors there are, whoever wrote them.
//!
//! Goes in: a folder of rule files. Comes out: the rules that are live, each time they change.
//! `folder` decides and never touches the disk; `disk` reads; `watch` is the thread that brings
//! the two together.
//! This crate does not know HTTP, destinations or how rules are evaluated.

mod disk;
mod folder;
mod report;
mod watch;

pub use disk::{list_rule_files, read_text};
pub use folder::{FileText, RuleFolder, Update};
pub use report::{Place, Report};
pub use watch::{FolderError, OnRules, RuleWatch};
