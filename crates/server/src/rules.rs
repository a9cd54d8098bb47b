//! Rule files on disk: read at start, watched while running.
//!
//! Goes in: a folder. Comes out: the rules that are live, each time they change. `folder` decides
//! and never touches the disk; `disk` reads; `watch` is the thread that brings the two together. It
//! does not know what rules do.

mod disk;
mod folder;
mod report;
mod watch;

pub(crate) use disk::{list_rule_files, read_text};
pub(crate) use folder::{FileText, RuleFolder};
pub(crate) use report::Report;
pub(crate) use watch::RuleWatch;
