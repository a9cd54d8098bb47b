//! The file that keeps users and API keys. It does not know what they may do.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::accounts::Accounts;

/// The kept users and API keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct CredentialsError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, and a way out.
    pub problem: String,
}

/// What the file holds; nothing where there is none yet.
pub(super) fn read(path: &Path) -> Result<Option<Accounts>, CredentialsError> {
    let fail = |problem| CredentialsError { path: path.into(), problem };
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(fail(format!("cannot be read: {cause}"))),
    };
    let accounts: Accounts = serde_json::from_slice(&text)
        .map_err(|cause| fail(format!("does not hold users and API keys: {cause}; {WAY_OUT}")))?;
    if accounts.version != Accounts::VERSION {
        let version = accounts.version;
        return Err(fail(format!(
            "has the form {version}, which another version of this program \
             wrote; {WAY_OUT}"
        )));
    }
    Ok(Some(accounts))
}

/// Writes beside the file, then takes its place: after a crash the file is the old or the new one.
pub(super) fn write(path: &Path, accounts: &Accounts) -> io::Result<()> {
    let beside = path.with_extension("json.new");
    let text = serde_json::to_vec_pretty(accounts)?;
    // What a crash left there may have another mode.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The new file counts from here on, whatever becomes of this.
    let folder = path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all());
    if let Err(error) = folder {
        tracing::warn!(%error, "a change of users or keys may not survive a power cut");
    }
    Ok(())
}

const WAY_OUT: &str = "mend it, or move it away to begin again with a new administrator";
