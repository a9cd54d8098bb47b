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
    sync_folder(dir)
}

/// Removes a file; it stays removed after a crash.
///
/// # Errors
/// When that fails.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // An old attempt may have been left with another mode.
    drop(fs::remove_file(path));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
