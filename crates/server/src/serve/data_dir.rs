//! Makes the data folder and finds out whether it can be written. It does not know what is kept
//! there.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "node.data_dir: the folder {} cannot be {deed} ({cause}); mend its permissions, or set \
    node.data_dir",
    path.display()
)]
pub(crate) struct DataDirError {
    path: PathBuf,
    deed: &'static str,
    cause: io::Error,
}

/// Makes the folder, readable to its owner only, where it is missing, and tries to write there. An
/// existing folder keeps its mode.
///
/// # Errors
/// When it cannot be made or written.
pub(crate) fn prepare(path: &Path) -> Result<(), DataDirError> {
    let fail = |deed| move |cause| DataDirError { path: path.into(), deed, cause };
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fail("made"))?;
    let probe = path.join(PROBE);
    fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)).map_err(fail("written"))
}

/// Written and removed at once.
const PROBE: &str = ".write-probe";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_missing_folder_is_made_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        prepare(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        prepare(&path).unwrap();
        assert_eq!(mode(&path), 0o750);
    }

    #[test]
    fn what_is_no_folder_is_one_line_with_a_way_out() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let line = prepare(&file.path().join("data")).unwrap_err().to_string();
        assert!(line.contains("cannot be made (Not a directory"), "{line}");
        assert!(line.ends_with("; mend its permissions, or set node.data_dir"), "{line}");
    }
}
