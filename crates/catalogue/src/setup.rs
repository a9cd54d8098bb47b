//! What a catalogue is made of. It does not know what is in it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use sluice_rule::{ActiveRule, Ticket, Unresolved};
use sluice_sink::ConnectorType;

use crate::kept::KeptError;
use crate::watch::FolderError;

/// Reads the secrets that a text names; the error says which is missing and never holds one.
pub type ResolveSecrets = Box<dyn Fn(&Unresolved) -> Result<String, String> + Send + Sync>;

/// Where the rules in force go. Called for one change after the other; when it returns they are in
/// force.
pub type OnRules = Box<dyn FnMut(Vec<ActiveRule>) + Send>;

/// Tells whoever waits for room in a buffer that the turn has come.
pub type Wake = Arc<dyn Fn(Ticket) + Send + Sync>;

/// What a catalogue is made of.
pub struct Setup {
    /// The folder of rule files that is watched.
    pub rules_dir: PathBuf,
    /// Whether someone named that folder: then it has to be there.
    pub rules_dir_is_set: bool,
    /// Where relative paths in connectors start: the folder of the configuration file.
    pub base_dir: PathBuf,
    /// Where what comes over REST is kept.
    pub data_dir: PathBuf,
    /// The kinds of destinations there are.
    pub connector_types: &'static [ConnectorType],
    /// Reads secrets for connectors of files in `rules_dir`; nobody else's are read.
    pub resolve: ResolveSecrets,
    /// Given to the buffers of actions.
    pub wake: Wake,
    /// Where the rules in force go.
    pub on_rules: OnRules,
    /// Stamps what is made and changed.
    pub now: fn() -> SystemTime,
}

/// The catalogue cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The rules folder that someone named cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What was kept of an earlier run cannot be used.
    #[error(transparent)]
    Kept(#[from] KeptError),
}
