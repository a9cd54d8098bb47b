//! Fetches the texts of a configuration: the one place that reads its file and the environment. It
//! does not know what stands in them.

use std::io;
use std::path::{Path, PathBuf};

use super::layers::Sources;

/// A configuration that cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatherError {
    /// The file cannot be read.
    #[error(
        "{}: the configuration file cannot be read ({cause}); name another one with \
        --config, or leave \
         --config out to start with the defaults", path.display()
    )]
    File {
        /// As it was given.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A variable of ours is no text.
    #[error("environment {name}: the value is no UTF-8 text; write it as UTF-8")]
    Environment {
        /// The variable.
        name: String,
    },
}

/// The sources, and the folder where relative paths start: the file's, or the current one.
///
/// # Errors
/// When the file cannot be read, or a variable of ours is no text.
pub(crate) fn gather(
    file: Option<&Path>,
    flags: Vec<(String, String)>,
) -> Result<(Sources, PathBuf), GatherError> {
    let environment = environment()?;
    let Some(path) = file else {
        return Ok((Sources { file: None, environment, flags }, PathBuf::new()));
    };
    let text = std::fs::read_to_string(path)
        .map_err(|cause| GatherError::File { path: path.into(), cause })?;
    let base = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let file = Some((path.display().to_string(), text));
    Ok((Sources { file, environment, flags }, base))
}

fn environment() -> Result<Vec<(String, String)>, GatherError> {
    let ours = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok().filter(|name| name.starts_with("SLUICE__"))?;
        Some((name, value))
    });
    ours.map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(GatherError::Environment { name }),
    })
    .collect()
}
