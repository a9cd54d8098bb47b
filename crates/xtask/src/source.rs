//! The Rust files of the checkout and which part of each is production code; judges nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One Rust file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the root of the checkout.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Source {
    /// Lines with their numbers, counted from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    /// How many lines stand before the test module; none in a file that holds only tests.
    pub(crate) fn production_len(&self) -> usize {
        if self.is_test() {
            return 0;
        }
        let mut lines = self.text.lines().peekable();
        let mut count = 0;
        while let Some(line) = lines.next() {
            if line == "#[cfg(test)]" && lines.peek().is_some_and(|next| is_test_module(next)) {
                break;
            }
            count += 1;
        }
        count
    }

    /// The folder below `crates/` that it belongs to.
    pub(crate) fn room(&self) -> Option<&str> {
        self.path.strip_prefix("crates").ok()?.iter().next()?.to_str()
    }

    /// Whether it is test code from the first line: `x/tests.rs` or anything below `tests/`.
    pub(crate) fn is_test(&self) -> bool {
        self.path.iter().any(|part| part == "tests" || part == "tests.rs")
    }
}

fn is_test_module(line: &str) -> bool {
    line.starts_with("mod tests")
}

/// All `.rs` files of the workspace below `root`.
pub(crate) fn read_all(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        let entries = fs::read_dir(&folder).with_context(|| could_not_read(&folder))?;
        for entry in entries {
            let entry = entry.with_context(|| could_not_read(&folder))?;
            let path = entry.path();
            let kind = entry.file_type().with_context(|| could_not_read(&path))?;
            if kind.is_dir() {
                if !is_skipped(&path) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).with_context(|| could_not_read(&path))?;
                let path = path.strip_prefix(root).unwrap_or(&path).to_owned();
                sources.push(Source { path, text });
            }
        }
    }
    Ok(sources)
}

/// What a build or a tool leaves behind.
fn is_skipped(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    name == "target" || name == "node_modules" || name.to_string_lossy().starts_with('.')
}

fn could_not_read(path: &Path) -> String {
    format!("could not read {}", path.display())
}

const FOLDERS: &[&str] = &["crates", "tests", "benches"];

#[cfg(test)]
mod tests {
    use super::*;

    fn production_len(path: &str, text: &str) -> usize {
        Source { path: PathBuf::from(path), text: text.to_owned() }.production_len()
    }

    #[test]
    fn production_ends_at_the_test_module() {
        let text = "//! x\n#[cfg(test)]\nfn a() {}\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(production_len("crates/a/src/b.rs", text), 3);
        assert_eq!(production_len("crates/a/src/b.rs", "//! x\nfn a() {}\n"), 2);
        assert_eq!(production_len("crates/a/src/b/tests.rs", text), 0);
        assert_eq!(production_len("tests/src/lib.rs", text), 0);
    }

    #[test]
    fn a_file_knows_its_room() {
        let room = |path: &str| {
            let source = Source { path: PathBuf::from(path), text: String::new() };
            source.room().map(str::to_owned)
        };
        assert_eq!(room("crates/topic/src/lib.rs").as_deref(), Some("topic"));
        assert_eq!(room("tests/src/lib.rs"), None);
    }
}
