//! Lays environment and flags over the file, and remembers where each key stands. It does not know
//! which keys exist.

use std::collections::HashMap;

use config::{Environment, FileFormat, Value, ValueKind};
use sluice_rule::{TOML_DEPTH_MAX, too_deep_toml};
use toml::de::{DeTable, DeValue};

use super::problem::{Origin, Problem};

/// Everything a configuration is read from, as text: nothing here touches the disk or the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// The file's name as it was given, and its text.
    pub(crate) file: Option<(String, String)>,
    /// Environment variables; those without the prefix `SLUICE__` are passed over.
    pub(crate) environment: Vec<(String, String)>,
    /// `--set KEY=VALUE`, later ones win.
    pub(crate) flags: Vec<(String, String)>,
}

/// The tables of all sources as one.
pub(crate) struct Layers<'s> {
    pub(crate) root: HashMap<String, Value>,
    file_name: &'s str,
    document: DeTable<'s>,
    text: &'s str,
}

/// How an environment variable begins that is ours.
const PREFIX: &str = "SLUICE__";
const FLAG: &str = "--set";
const TOO_DEEP: &str = "more levels than any key has";
const SEE_SAMPLE: &str = "see deploy/sluice.toml for every key and its form";

impl<'s> Layers<'s> {
    /// Merges the sources: file, then environment, then flags.
    pub(crate) fn merge(sources: &'s Sources) -> Result<Self, Vec<Problem>> {
        let (file_name, text) = match &sources.file {
            // Some editors begin a file with a mark that counts as no column.
            Some((name, text)) => {
                (name.as_str(), text.strip_prefix('\u{feff}').unwrap_or(text.as_str()))
            }
            None => ("", ""),
        };
        check_depth(file_name, text)?;
        let document = DeTable::parse(text).map_err(|error| {
            let position = error.span().map(|span| position(text, span.start));
            let mend = match error.message() {
                "duplicate key" => "a key stands once in its table: remove one",
                _ => "values are written key = \"text\", key = 10 or key = true",
            };
            vec![Problem {
                origin: Origin::File { name: file_name.into(), position },
                key: String::new(),
                what: format!("not valid TOML: {}", error.message()),
                mend: mend.into(),
            }]
        })?;
        let environment = own_variables(&sources.environment)?;
        check_flags(&sources.flags)?;
        let whole = |error: config::ConfigError| {
            vec![Problem {
                origin: Origin::File { name: file_name.into(), position: None },
                key: String::new(),
                what: error.to_string(),
                mend: SEE_SAMPLE.into(),
            }]
        };
        let mut builder = config::Config::builder()
            .add_source(config::File::from_str(text, FileFormat::Toml))
            .add_source(
                Environment::with_prefix("SLUICE")
                    .prefix_separator("__")
                    .separator("__")
                    .source(Some(environment)),
            );
        for (key, value) in &sources.flags {
            let value = Value::new(Some(&FLAG.to_owned()), value.clone());
            builder = builder.set_override(key, value).map_err(whole)?;
        }
        let root = builder.build().map_err(whole)?.cache.into_table().map_err(whole)?;
        Ok(Self { root, file_name, document: document.into_inner(), text })
    }

    /// Where the value of the key at `path` came from.
    pub(crate) fn origin(&self, path: &[&str], value: &Value) -> Origin {
        match value.origin() {
            Some(FLAG) => Origin::Flag,
            // The `config` crate's own name for it.
            Some("the environment") => {
                let name = path.join("__").to_uppercase();
                Origin::Environment { name: format!("{PREFIX}{name}") }
            }
            _ => match (offset_of(&self.document, path), &value.kind) {
                // A table that the file does not hold was opened by one of its keys elsewhere.
                (None, ValueKind::Table(table)) if !table.is_empty() => {
                    let first = table.iter().min_by_key(|(key, _)| key.as_str());
                    first.map_or(Origin::Flag, |(key, value)| {
                        self.origin(&[path, &[key.as_str()]].concat(), value)
                    })
                }
                (offset, _) => Origin::File {
                    name: self.file_name.into(),
                    position: offset.map(|offset| position(self.text, offset)),
                },
            },
        }
    }
}

/// Before anything walks into the depth: parser, merge and release need a stack as deep.
fn check_depth(file_name: &str, text: &str) -> Result<(), Vec<Problem>> {
    let Some(span) = too_deep_toml(text) else { return Ok(()) };
    Err(vec![Problem {
        origin: Origin::File { name: file_name.into(), position: Some(position(text, span.start)) },
        key: String::new(),
        what: format!("nested deeper than {TOML_DEPTH_MAX} keys and brackets"),
        mend: SEE_SAMPLE.into(),
    }])
}

/// Our variables, refusing names that the layering would read as more than plain keys (`[9]` there
/// means an index and would make a list of that length).
fn own_variables(all: &[(String, String)]) -> Result<HashMap<String, String>, Vec<Problem>> {
    let ours = all.iter().filter(|(name, _)| name.starts_with(PREFIX));
    let (good, bad): (Vec<_>, Vec<_>) =
        ours.partition(|(name, _)| is_plain(name, &[]) && !is_deep(name, "__"));
    if bad.is_empty() {
        return Ok(good.into_iter().cloned().collect());
    }
    let problem = |(name, _): &(String, String)| Problem {
        origin: Origin::Environment { name: name.clone() },
        key: String::new(),
        what: if is_deep(name, "__") {
            TOO_DEEP.into()
        } else {
            "a name holds letters, digits, `_` and `-` only".into()
        },
        mend: "write SLUICE__SECTION__KEY, such as SLUICE__MQTT__MAX_INFLIGHT".into(),
    };
    Err(bad.into_iter().map(problem).collect())
}

fn check_flags(flags: &[(String, String)]) -> Result<(), Vec<Problem>> {
    let bad = flags.iter().filter(|(key, _)| {
        !is_plain(key, &['.'])
            || is_deep(key, ".")
            || key.split('.').any(str::is_empty)
            || !key.contains('.')
    });
    let problems: Vec<_> = bad
        .map(|(key, _)| Problem {
            origin: Origin::Flag,
            key: key.clone(),
            what: if is_deep(key, ".") { TOO_DEEP } else { "no such form of a key" }.into(),
            mend: "write --set section.key=value, such as --set mqtt.max_inflight=64".into(),
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn is_plain(name: &str, also: &[char]) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || also.contains(&c))
}

fn is_deep(name: &str, separator: &str) -> bool {
    name.matches(separator).count() > TOML_DEPTH_MAX
}

/// Where the key at `path` begins; `None` when the file does not hold it.
fn offset_of(table: &DeTable<'_>, path: &[&str]) -> Option<usize> {
    let (first, rest) = path.split_first()?;
    let (key, value) = table.iter().find(|(key, _)| key.get_ref().as_ref() == *first)?;
    if rest.is_empty() {
        return Some(key.span().start);
    }
    match value.get_ref() {
        DeValue::Table(table) => offset_of(table, rest),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => None,
    }
}

/// Line and column of a byte offset, both counted from 1, the column in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
