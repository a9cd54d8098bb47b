//! Lists and reads the files of a rules folder, within limits. It does not know what stands in
//! them.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::folder::FileText;

/// Bytes of one rule file; a hundred thousand rules of ordinary size fit.
pub(crate) const FILE_BYTES_MAX: u64 = 64 << 20;
/// Rule files of one folder.
pub(crate) const FILES_MAX: usize = 10_000;

/// The rule files of a folder by name, each with marks that change when its content does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    marks: BTreeMap<String, Mark>,
    /// There were more than [`FILES_MAX`]; those beyond, by name, are left out.
    pub(crate) is_cut: bool,
}

/// What tells one state of a file from another without reading it. The change time alone would do
/// where clocks are fine enough; the rest helps where they are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// The files `*.toml` of `dir`, hidden ones left out.
///
/// # Errors
/// When the folder cannot be listed.
pub(crate) fn list(dir: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for name in names(dir)? {
        // A file that went away since is no rule file any more; one that cannot be looked at is
        // told when it is read.
        let mark = fs::metadata(dir.join(&name)).ok().map_or(Mark::UNKNOWN, |it| Mark::of(&it));
        listing.marks.insert(name, mark);
        if listing.marks.len() > FILES_MAX {
            listing.marks.pop_last();
            listing.is_cut = true;
        }
    }
    Ok(listing)
}

impl Listing {
    /// Reads every file. One that is gone by now is left out.
    pub(crate) fn read(&self, dir: &Path) -> BTreeMap<String, FileText> {
        let texts = self.marks.keys().filter_map(|name| {
            let text = match read_text(&dir.join(name)) {
                Ok(text) => FileText::Text(text.into()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
                Err(error) => FileText::Unusable(error.to_string()),
            };
            Some((name.clone(), text))
        });
        texts.collect()
    }
}

/// The rule files that a path on the command line means: itself, or the folder's, sorted.
///
/// # Errors
/// When the path cannot be looked at, or is a folder without rule files.
pub fn list_rule_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.into()]);
    }
    let names = names(path)?;
    if names.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the folder holds no *.toml"));
    }
    Ok(names.iter().map(|name| path.join(name)).collect())
}

/// Reads a rule file of bounded size as text. Anything but a plain file is refused: a pipe would be
/// waited for without end.
///
/// # Errors
/// When it cannot be read, is too large, or is no UTF-8 text.
pub fn read_text(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let limit = FILE_BYTES_MAX >> 20;
        return Err(io::Error::other(format!(
            "larger than {limit} MiB; split it into several files"
        )));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(valid);
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        io::Error::other(format!("not UTF-8 text at line {line}, byte {valid}; save it as UTF-8"))
    })
}

/// Sorted names of the rule files of a folder.
fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        // A name that is no text cannot be told apart from others in messages, so it is no rule
        // file.
        let Ok(name) = entry?.file_name().into_string() else { continue };
        if name.ends_with(".toml") && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

impl Mark {
    const UNKNOWN: Self = Self { inode: 0, bytes: 0, modified: (0, 0), changed: (0, 0) };

    fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}
