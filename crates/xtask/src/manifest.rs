//! What each crate says about itself in its `Cargo.toml`; judges nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::{Table, Value};

/// The `Cargo.toml` of one room.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// Relative to the root of the checkout.
    pub(crate) path: PathBuf,
    /// The folder's name.
    pub(crate) room: String,
    pub(crate) package: String,
    /// Whether the lints of the workspace hold in it.
    pub(crate) inherits_lints: bool,
    /// What the crate is built from; what only its tests use is not here.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of `[dependencies]`, `[build-dependencies]` or their forms for one target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) package: String,
    /// Where it stands, counted from 1.
    pub(crate) line: usize,
}

/// The manifests of all folders in `crates/`, ordered by name.
pub(crate) fn read_all(root: &Path) -> Result<Vec<Manifest>> {
    let crates = root.join("crates");
    let mut manifests = Vec::new();
    let entries = fs::read_dir(&crates).with_context(|| could_not_read(&crates))?;
    for entry in entries {
        let folder = entry.with_context(|| could_not_read(&crates))?.path();
        let path = folder.join("Cargo.toml");
        if path.is_file() {
            let text = fs::read_to_string(&path).with_context(|| could_not_read(&path))?;
            let room = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            manifests.push(parse(room, &text).with_context(|| could_not_read(&path))?);
        }
    }
    manifests.sort_by(|a, b| a.room.cmp(&b.room));
    Ok(manifests)
}

pub(crate) fn parse(room: String, text: &str) -> Result<Manifest> {
    let table: Table = text.parse()?;
    let mut dependencies = dependencies_of(&table, text);
    let targets = table.get("target").and_then(Value::as_table);
    for target in targets.into_iter().flat_map(Table::values).filter_map(Value::as_table) {
        dependencies.extend(dependencies_of(target, text));
    }
    let package = at(&table, "package", "name").and_then(Value::as_str).unwrap_or_default();
    let inherits_lints = at(&table, "lints", "workspace") == Some(&Value::Boolean(true));
    Ok(Manifest {
        path: Path::new("crates").join(&room).join("Cargo.toml"),
        package: package.to_owned(),
        inherits_lints,
        dependencies,
        room,
    })
}

fn dependencies_of(table: &Table, text: &str) -> Vec<Dependency> {
    let mut dependencies = Vec::new();
    for section in ["dependencies", "build-dependencies"] {
        let Some(section) = table.get(section).and_then(Value::as_table) else { continue };
        for (name, value) in section {
            let renamed = value.get("package").and_then(Value::as_str);
            let package = renamed.unwrap_or(name).to_owned();
            dependencies.push(Dependency { package, line: line_of(text, name) });
        }
    }
    dependencies
}

/// The first line that begins with this key, or is its own `[dependencies.key]` header.
fn line_of(text: &str, name: &str) -> usize {
    let header = format!("dependencies.{name}]");
    let is_key = |line: &str| {
        let rest = line.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with([' ', '.', '=']))
    };
    let found = text.lines().position(|line| is_key(line) || line.trim_end().ends_with(&header));
    found.map_or(1, |at| at + 1)
}

fn at<'t>(table: &'t Table, section: &str, key: &str) -> Option<&'t Value> {
    table.get(section)?.get(key)
}

fn could_not_read(path: &Path) -> String {
    format!("could not read {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_dependency_is_seen_and_dev_ones_are_not() {
        let text = "[package]\nname = \"sluice-a\"\n\n[lints]\nworkspace = true\n\n\
                    [dependencies]\nb.workspace = true\nc = \"1\"\nd = { package = \"e\" }\n\n\
                    [dependencies.f]\nversion = \"1\"\n\n[build-dependencies]\ng = \"1\"\n\n\
                    [target.'cfg(unix)'.dependencies]\nh = \"1\"\n\n\
                    [dev-dependencies]\ni = \"1\"\n";
        let manifest = parse("a".to_owned(), text).expect("valid");
        assert_eq!(manifest.package, "sluice-a");
        assert!(manifest.inherits_lints);
        let mut found: Vec<_> =
            manifest.dependencies.iter().map(|d| (d.package.as_str(), d.line)).collect();
        found.sort_unstable();
        assert_eq!(found, [("b", 8), ("c", 9), ("e", 10), ("f", 12), ("g", 16), ("h", 19)]);
    }
}
