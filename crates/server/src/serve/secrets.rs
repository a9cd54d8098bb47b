//! Reads `${ENV:NAME}` and `${FILE:path}`. It does not know what the secrets unlock.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Reads what `text` names; relative paths start at `base`. A file's last line break is no part of
/// its secret.
///
/// # Errors
/// Which variable or file is missing; never what another one holds.
pub(crate) fn resolve(text: &str, base: &Path) -> Result<String, String> {
    resolve_with(text, &|name| std::env::var_os(name)?.into_string().ok(), base)
}

fn resolve_with(
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    base: &Path,
) -> Result<String, String> {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, kind, after)) = next(rest) {
        resolved.push_str(before);
        let (name, after) =
            after.split_once('}').ok_or_else(|| format!("`{}` has no `}}`", kind.opening()))?;
        let secret = match kind {
            Kind::Variable => variable(name)
                .ok_or_else(|| format!("the environment variable {} is not set", shown(name))),
            Kind::File => read(&base.join(name)),
        };
        resolved.push_str(&secret?);
        rest = after;
    }
    resolved.push_str(rest);
    Ok(resolved)
}

#[derive(Clone, Copy)]
enum Kind {
    Variable,
    File,
}

impl Kind {
    const fn opening(self) -> &'static str {
        match self {
            Self::Variable => "${ENV:",
            Self::File => "${FILE:",
        }
    }
}

/// What stands before the first opening, which it is, and what stands behind it.
fn next(text: &str) -> Option<(&str, Kind, &str)> {
    let find = |kind: Kind| {
        let (before, after) = text.split_once(kind.opening())?;
        Some((before, kind, after))
    };
    let found = [find(Kind::Variable), find(Kind::File)];
    found.into_iter().flatten().min_by_key(|(before, ..)| before.len())
}

fn read(path: &PathBuf) -> Result<String, String> {
    let fail = |cause: io::Error| format!("the file {} cannot be read ({cause})", path.display());
    let mut text = String::new();
    // Asked first: opening a pipe waits for whoever writes into it.
    if !fs::metadata(path).map_err(fail)?.is_file() {
        return Err(fail(io::Error::other("not a plain file")));
    }
    let file = File::open(path).map_err(fail)?;
    let length = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(fail)?;
    if length as u64 > FILE_BYTES_MAX {
        return Err(fail(io::Error::other("too large for a secret")));
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// Names of variables are short; a password in the wrong place is not repeated in full.
fn shown(name: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.is_empty() && name.len() <= 64 && name.chars().all(is_name) {
        name.to_owned()
    } else {
        "of that name".to_owned()
    }
}

const FILE_BYTES_MAX: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: Result<&str, &str>) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("pass"), "f1le\r\n").unwrap();
        let variable = |name: &str| (name == "PASS").then(|| "${ENV:OTHER}".to_owned());
        let resolved = resolve_with(text, &variable, dir.path());
        let shown = |text: String| text.replace(&dir.path().display().to_string(), "DIR");
        assert_eq!(resolved.map_err(shown), wanted.map(Into::into).map_err(str::to_owned));
    }

    #[test]
    fn variables_and_files_are_read_once_each() {
        check("postgres://h", Ok("postgres://h"));
        check("a${FILE:pass}b${ENV:PASS}c${FILE:pass}", Ok("af1leb${ENV:OTHER}cf1le"));
        check("${other}", Ok("${other}"));
    }

    #[test]
    fn what_is_missing_is_named() {
        check("x${ENV:NONE}", Err("the environment variable NONE is not set"));
        check("x${ENV:a/b:c@d}", Err("the environment variable of that name is not set"));
        check("${ENV:PASS", Err("`${ENV:` has no `}`"));
        let missing = "the file DIR/none cannot be read (No such file or directory (os error 2))";
        check("${FILE:none}", Err(missing));
        check("${FILE:.}", Err("the file DIR/. cannot be read (not a plain file)"));
    }
}
