//! Files that survive a crash whole: the old one or the new one, never half of either. It does not
//! know what stands in them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes a file, readable to its owner only, in the place of the one that may be there: after a
/// crash at any moment it is the old one or the new one.
///
/// # Errors
/// When that fails; the old one is there still.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|it| it.to_str()))
    else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a path of a file"));
    };
    // Hidden, so that nobody takes it for a rule file.
    let beside = dir.join(format!(".{name}.new"));
    let written = write_synced(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        // What is left of the attempt is of no use; the next one writes over it.
        drop(fs::remove_file(&beside));
        return Err(error);
    }
    sync_folder(dir);
    Ok(())
}

/// Removes a file; it stays removed after a crash.
///
/// # Errors
/// When that fails.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    path.parent().into_iter().for_each(sync_folder);
    Ok(())
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // An old attempt may have been left with another mode.
    drop(fs::remove_file(path));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The change is there by now, and what the next start reads: that it may not survive a power cut
/// is told, but nothing is as it was before.
fn sync_folder(dir: &Path) {
    if let Err(error) = File::open(dir).and_then(|folder| folder.sync_all()) {
        tracing::warn!(folder = %dir.display(), %error, "a change may not survive a power cut");
    }
}
