//! `[rules]`: where rule files lie. It does not know what stands in them.

use std::path::PathBuf;

use super::section::Reader;

/// `[rules]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// The folder whose `*.toml` are read at start and watched.
    pub(crate) dir: PathBuf,
    /// Whether someone named the folder: then it has to be there.
    pub(crate) dir_is_set: bool,
}

impl Rules {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut section = reader.section("rules");
        let dir_is_set = section.is_set("dir");
        let rules = Self { dir: section.path("dir", "rules"), dir_is_set };
        section.finish();
        rules
    }
}
