//! Rule files as the router would read them, without one. It does not know the disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluice_rule::{Connector, Rule};

use crate::entry::Owner;
use crate::folder::{FileText, RuleFolder};
use crate::inventory::Inventory;
use crate::report::Report;

/// What rule files hold, taken together.
#[derive(Debug)]
pub struct RuleFiles {
    /// By file, then in the file's order.
    pub rules: Vec<Arc<Rule>>,
    /// By name.
    pub connectors: Vec<Connector>,
    /// What an operator should know, in the order of the files.
    pub reports: Vec<Report>,
}

impl RuleFiles {
    /// Reads texts by file name, which is also what messages call the file.
    #[must_use]
    pub fn read(files: BTreeMap<String, FileText>) -> Self {
        let mut folder = RuleFolder::default();
        let mut reports = folder.take(files, str::to_owned);
        let mut inventory = Inventory::default();
        inventory.add_folder(&folder, |_, path| Owner::File(path.to_owned()));
        reports.append(&mut inventory.clashes);
        reports.extend(inventory.misnamed_connectors());
        let connectors = inventory.connectors.into_values().map(|it| it.connector).collect();
        let rules = inventory.rules.into_iter().map(|it| it.rule).collect();
        Self { rules, connectors, reports }
    }
}
