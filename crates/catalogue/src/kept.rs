//! What was made over REST, as one versioned JSON file that is replaced as a whole. It does not
//! know what the bodies mean.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::durable;

/// Everything that was made over REST.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    version: u32,
    /// By id.
    #[serde(default)]
    pub(crate) rules: BTreeMap<String, KeptBody>,
    /// By name.
    #[serde(default)]
    pub(crate) connectors: BTreeMap<String, KeptBody>,
    /// By `<type>:<name>`.
    #[serde(default)]
    pub(crate) actions: BTreeMap<String, KeptBody>,
}

/// One body as it was sent, secrets included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptBody {
    pub(crate) body: Value,
    /// Milliseconds since 1970.
    pub(crate) created_at: u64,
    /// Milliseconds since 1970.
    pub(crate) last_modified_at: u64,
}

/// What was kept of an earlier run cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// It cannot be read.
    #[error(
        "{}: it cannot be read ({cause}); mend its permissions, or move it away to start without \
         the rules and connectors made over REST",
        path.display()
    )]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why; part of the message, so that it stays one line.
        cause: io::Error,
    },
    /// It is damaged.
    #[error(
        "{}: it is damaged ({detail}); put a copy of it back, or move it away to start without \
         the rules and connectors made over REST",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// It was written by a later version.
    #[error(
        "{}: it has version {found} and this binary reads version {VERSION}; start the binary that \
         wrote it, or move it away to start without the rules and connectors made over REST",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
}

const VERSION: u32 = 1;
/// Of the file; beyond what one could hold who made it over REST.
const BYTES_MAX: u64 = 1 << 30;

impl Default for Kept {
    fn default() -> Self {
        Self {
            version: VERSION,
            rules: BTreeMap::new(),
            connectors: BTreeMap::new(),
            actions: BTreeMap::new(),
        }
    }
}

/// Reads the file; one that is missing holds nothing.
///
/// # Errors
/// When it is there and cannot be used.
pub(crate) fn read(path: &Path) -> Result<Kept, KeptError> {
    let unreadable = |cause| KeptError::Unreadable { path: path.into(), cause };
    let mut text = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(BYTES_MAX).read_to_end(&mut text).map_err(unreadable)?,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
        Err(cause) => return Err(unreadable(cause)),
    };
    let damaged = |error: serde_json::Error| KeptError::Damaged {
        path: path.into(),
        // The words of the parser may quote the text, which holds secrets.
        detail: format!("line {}, column {}", error.line(), error.column()),
    };
    let Head { version } = serde_json::from_slice(&text).map_err(damaged)?;
    if version != u64::from(VERSION) {
        return Err(KeptError::Newer { path: path.into(), found: version });
    }
    serde_json::from_slice(&text).map_err(damaged)
}

/// What every version has.
#[derive(Deserialize)]
struct Head {
    version: u64,
}

impl Kept {
    /// Replaces the file: after a crash at any moment it is the old one or the new one.
    ///
    /// # Errors
    /// When that fails; the old one is there still.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        text.push(b'\n');
        durable::replace(path, &text)
    }
}
