//! Reads one table of the configuration key by key, noting what is wrong and what is in force. It
//! does not know which sections exist.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Value, ValueKind};

use super::layers::Layers;
use super::problem::{Origin, Problem};
use super::secret::Secret;
use super::unit::{show_duration, show_size};
use super::value::{
    Fault, describe, duration_of, flag_of, key_text, number_of, outside, quoted, size_of, text_of,
    within,
};

/// Reads sections and gathers, over all of them, problems, known keys and the effective text.
pub(crate) struct Reader<'s> {
    layers: Layers<'s>,
    /// Where relative paths start.
    base: PathBuf,
    pub(super) problems: Vec<Problem>,
    /// Full paths of every key that some section asked for.
    pub(super) known: Vec<String>,
    /// Full paths of keys that no section asked for.
    pub(super) unknown: Vec<(Vec<String>, Origin)>,
    /// The configuration in force, as TOML.
    pub(super) effective: String,
}

impl<'s> Reader<'s> {
    pub(super) fn new(layers: Layers<'s>, base: &Path) -> Self {
        Self {
            layers,
            base: base.into(),
            problems: Vec::new(),
            known: Vec::new(),
            unknown: Vec::new(),
            effective: String::new(),
        }
    }

    /// The top-level table `name`; empty when no source has it.
    pub(super) fn section(&mut self, name: &str) -> Section<'_, 's> {
        let value = self.layers.root.remove(name);
        self.known.push(name.to_owned());
        Section::new(self, vec![name.to_owned()], value.as_ref())
    }

    /// Notes something that is wrong with the key at the full path `key`.
    pub(super) fn problem(&mut self, key: &str, origin: Origin, fault: Fault) {
        let Fault { what, mend } = fault;
        self.problems.push(Problem { origin, key: key.into(), what, mend });
    }

    /// Notes the top-level keys that no section asked for.
    pub(super) fn note_rest(&mut self) {
        let rest = std::mem::take(&mut self.layers.root);
        for (key, value) in rest {
            self.note_unknown(vec![key], &value);
        }
    }

    fn note_unknown(&mut self, path: Vec<String>, value: &Value) {
        let origin = self.origin(&path, value);
        self.unknown.push((path, origin));
    }

    fn origin(&self, path: &[String], value: &Value) -> Origin {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        self.layers.origin(&path, value)
    }
}

/// One table, read key by key. [`Section::finish`] ends it and notes the keys nobody asked for.
pub(crate) struct Section<'r, 's> {
    reader: &'r mut Reader<'s>,
    path: Vec<String>,
    table: HashMap<String, Value>,
    effective: Vec<String>,
}

impl<'r, 's> Section<'r, 's> {
    fn new(reader: &'r mut Reader<'s>, path: Vec<String>, value: Option<&Value>) -> Self {
        let table = match value.map(|value| &value.kind) {
            None => HashMap::new(),
            Some(ValueKind::Table(table)) => table.clone(),
            Some(other) => {
                let fault = Fault {
                    what: format!("a table is expected, found {}", describe(other)),
                    mend: format!("write [{}] and its keys below", path.join(".")),
                };
                let origin = value.map_or(Origin::Default, |value| reader.origin(&path, value));
                reader.problem(&path.join("."), origin, fault);
                HashMap::new()
            }
        };
        Self { reader, path, table, effective: Vec::new() }
    }

    /// The names of the tables and keys that are still unread, sorted.
    pub(super) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.table.keys().cloned().collect();
        keys.sort();
        keys
    }

    /// The table `name` within this one.
    pub(super) fn section(&mut self, name: &str) -> Section<'_, 's> {
        let value = self.table.remove(name);
        let path = self.full(name);
        self.reader.known.push(path.join("."));
        Section::new(self.reader, path, value.as_ref())
    }

    /// Whether some source sets `key`. Ask before reading it.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where `key` is set. Ask before reading it.
    pub(super) fn origin(&self, key: &str) -> Origin {
        let value = self.table.get(key);
        value.map_or(Origin::Default, |value| self.reader.origin(&self.full(key), value))
    }

    /// A text that `parse` understands, or says what is wrong with.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
        show: impl FnOnce(&T) -> String,
    ) -> T {
        let read = |value: &Value| match text_of(value) {
            Ok(text) => parse(text),
            // How it is written tells more than that it is a text.
            Err(fault) => Err(match parse(&describe(&value.kind)) {
                Ok(_) => fault,
                Err(Fault { mend, .. }) => Fault { mend, ..fault },
            }),
        };
        self.read(key, default, read, |it| quoted(&show(it)))
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &str, default: bool) -> bool {
        self.read(key, default, flag_of, bool::to_string)
    }

    /// A whole number within `range`.
    pub(super) fn number<T>(&mut self, key: &str, default: T, range: RangeInclusive<T>) -> T
    where
        T: Copy + Display + PartialOrd + TryFrom<u64>,
    {
        let parse = |value: &Value| within(number_of(value)?, &range, T::to_string);
        self.read(key, default, parse, T::to_string)
    }

    /// Bytes: `"64KiB"`, or a number.
    pub(super) fn size<T>(&mut self, key: &str, default: T, range: RangeInclusive<T>) -> T
    where
        T: Copy + Into<u64> + PartialOrd + TryFrom<u64>,
    {
        let parse = |value: &Value| within(size_of(value)?, &range, |it| show_size((*it).into()));
        self.read(key, default, parse, |it| quoted(&show_size((*it).into())))
    }

    /// A time with its unit: `"10s"`, `"2h"`, `"500ms"`.
    pub(super) fn duration(
        &mut self,
        key: &str,
        default: Duration,
        range: &RangeInclusive<Duration>,
    ) -> Duration {
        let parse = |value: &Value| {
            let duration = duration_of(value)?;
            if range.contains(&duration) {
                Ok(duration)
            } else {
                Err(outside(range, |it| show_duration(*it)))
            }
        };
        self.read(key, default, parse, |it| quoted(&show_duration(*it)))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy + PartialEq>(
        &mut self,
        key: &str,
        default: T,
        choices: &[(&str, T)],
    ) -> T {
        let parse = |value: &Value| {
            let word = text_of(value)?;
            let found = choices.iter().find(|(name, _)| *name == word);
            found.map(|(_, choice)| *choice).ok_or_else(|| {
                let names: Vec<_> = choices.iter().map(|(name, _)| quoted(name)).collect();
                Fault {
                    what: format!("{} is none of its values", quoted(word)),
                    mend: format!("write {}", names.join(" or ")),
                }
            })
        };
        let show = |it: &T| {
            let name = choices.iter().find(|(_, choice)| choice == it).map(|(name, _)| *name);
            quoted(name.unwrap_or_default())
        };
        self.read(key, default, parse, show)
    }

    /// A path; a relative one starts at the folder of the configuration file.
    pub(super) fn path(&mut self, key: &str, default: &str) -> PathBuf {
        let base = self.reader.base.clone();
        let parse = |value: &Value| {
            let text = text_of(value)?;
            if text.is_empty() {
                return Err(Fault {
                    what: "an empty path".into(),
                    mend: "name a folder or a file, or leave the key out".into(),
                });
            }
            Ok(base.join(text))
        };
        self.read(key, base.join(default), parse, |it| quoted(&it.to_string_lossy()))
    }

    /// A text that is never printed; `None` when nobody sets it.
    pub(super) fn secret(&mut self, key: &str) -> Option<Secret> {
        if !self.is_set(key) {
            self.reader.known.push(self.full(key).join("."));
            return None;
        }
        let parse = |value: &Value| {
            // The fault of `text_of` shows what it found.
            let fault = |_| Fault {
                what: "a text is expected".into(),
                mend: "write it in \"quotes\"".into(),
            };
            text_of(value).map(|it| Some(Secret::new(it))).map_err(fault)
        };
        self.read(key, None, parse, |_| quoted(Secret::MASK))
    }

    /// Ends the table: what is in force is written out, what nobody asked for is noted.
    pub(super) fn finish(mut self) {
        let rest = std::mem::take(&mut self.table);
        for (key, value) in rest {
            self.reader.note_unknown(self.full(&key), &value);
        }
        if self.effective.is_empty() {
            return;
        }
        let out = &mut self.reader.effective;
        if !out.is_empty() {
            out.push('\n');
        }
        let path: Vec<_> = self.path.iter().map(|part| key_text(part)).collect();
        out.push_str(&format!("[{}]\n{}\n", path.join("."), self.effective.join("\n")));
    }

    fn read<T>(
        &mut self,
        key: &str,
        default: T,
        parse: impl FnOnce(&Value) -> Result<T, Fault>,
        show: impl FnOnce(&T) -> String,
    ) -> T {
        let path = self.full(key);
        self.reader.known.push(path.join("."));
        let value = match self.table.remove(key) {
            None => default,
            Some(value) => match parse(&value) {
                Ok(value) => value,
                Err(fault) => {
                    let origin = self.reader.origin(&path, &value);
                    self.reader.problem(&path.join("."), origin, fault);
                    default
                }
            },
        };
        self.effective.push(format!("{} = {}", key_text(key), show(&value)));
        value
    }

    fn full(&self, key: &str) -> Vec<String> {
        self.path.iter().cloned().chain([key.to_owned()]).collect()
    }
}
