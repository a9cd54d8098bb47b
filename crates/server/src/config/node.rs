//! `[node]`: this process. It does not know what runs in it.

use std::path::PathBuf;

use super::section::Reader;
use super::value::Fault;

/// `[node]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The node's name, which rules see in the column `node`.
    pub(crate) name: String,
    /// Where everything that outlives the process is kept.
    pub(crate) data_dir: PathBuf,
    /// Threads that serve connections; 0 = one for each core.
    pub(crate) workers: u16,
    /// Which log lines are written: a level, or `target=level` directives.
    pub(crate) log: String,
}

impl Node {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut section = reader.section("node");
        let node = Self {
            name: section.parsed("name", "sluice@127.0.0.1".into(), parse_name, String::clone),
            data_dir: section.path("data_dir", "data"),
            workers: section.number("workers", 0, 0..=1024),
            log: section.parsed("log", "info".into(), parse_filter, String::clone),
        };
        section.finish();
        node
    }
}

/// The name stands in topics (`$SYS/brokers/<name>/…`), so what splits or matches levels is
/// refused.
fn parse_name(text: &str) -> Result<String, Fault> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '+' | '#');
    if !text.is_empty() && text.len() <= 255 && !text.contains(bad) {
        return Ok(text.into());
    }
    Err(Fault {
        what: "no name of a node".into(),
        mend: "write 1 to 255 bytes without spaces, `/`, `+` and `#`, such as \"sluice@127.0.0.1\""
            .into(),
    })
}

fn parse_filter(text: &str) -> Result<String, Fault> {
    match sluice_telemetry::check_filter(text) {
        Ok(()) => Ok(text.into()),
        Err(error) => Err(Fault {
            what: error.to_string(),
            mend:
                "write a level, such as \"info\", or directives, such as \"info,sluice_hub=debug\""
                    .into(),
        }),
    }
}
