//! Rule files that came over REST: read, written and removed in a folder of their own. It does not
//! know who sends them.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use sluice_rule::{Action, Connector, ConnectorKind, Rule, RuleFile, Unresolved};

use crate::catalogue::{Catalogue, State, not_written};
use crate::disk;
use crate::durable;
use crate::entry::{Owner, RuleFileEntry};
use crate::folder::{FileText, HeldFile, one_line};
use crate::inventory::{connector_of, sink_name};
use crate::live::Live;
use crate::refusal::{Refusal, RefusalKind};
use crate::report::Report;

impl Catalogue {
    /// The uploaded rule files, by name.
    #[must_use]
    pub fn rule_files(&self) -> Vec<RuleFileEntry> {
        let state = self.shared.lock();
        state.uploads.files().map(|(name, file)| entry(name, file, &state)).collect()
    }

    /// The text of an uploaded rule file, as it was sent. The ending `.toml` may be left out of the
    /// name.
    #[must_use]
    pub fn rule_file(&self, name: &str) -> Option<String> {
        let state = self.shared.lock();
        match state.upload_texts.get(&file_name(name).ok()?)? {
            FileText::Text(text) => Some(text.to_string()),
            FileText::Unusable(_) => None,
        }
    }

    /// Writes a rule file, in the place of the one that may be there, and brings it into force.
    ///
    /// # Errors
    /// When the text is wrong, holds what is there already, or would take away what others need.
    pub fn put_rule_file(&self, name: &str, text: &str) -> Result<RuleFileEntry, Refusal> {
        let name = file_name(name)?;
        let mut state = self.shared.lock();
        check(&state, &self.shared.live, (&name, text))?;
        let dir = &self.shared.uploads_dir;
        let path = dir.join(&name);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.and_then(|()| durable::replace(&path, text.as_bytes()))
            .map_err(|error| not_written(&path, &error))?;
        state.upload_texts.insert(name.clone(), FileText::Text(text.into()));
        state.take_uploads();
        self.shared.put_in_force(&mut state);
        let file = state.uploads.files().find(|(other, _)| *other == name);
        file.map(|(name, file)| entry(name, file, &state))
            .ok_or_else(|| Refusal::new(RefusalKind::Failed, format!("{name} is gone again")))
    }

    /// Removes an uploaded rule file and its rules.
    ///
    /// # Errors
    /// When there is none of this name, or others need its connectors.
    pub fn delete_rule_file(&self, name: &str) -> Result<(), Refusal> {
        let name = file_name(name)?;
        let mut state = self.shared.lock();
        if !state.upload_texts.contains_key(&name) {
            return Err(Refusal::not_found(format!("there is no uploaded rule file {name}")));
        }
        check_left_behind(&state, &name, &[])?;
        let path = self.shared.uploads_dir.join(&name);
        durable::remove(&path).map_err(|error| not_written(&path, &error))?;
        state.upload_texts.remove(&name);
        state.take_uploads();
        self.shared.put_in_force(&mut state);
        Ok(())
    }
}

impl State {
    fn take_uploads(&mut self) {
        let texts = self.upload_texts.clone();
        self.uploads.take(texts, shown).iter().for_each(Report::log);
    }
}

/// The texts of the folder; one that is missing holds none.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read(dir: &Path) -> io::Result<BTreeMap<String, FileText>> {
    match disk::list(dir) {
        Ok(listing) => Ok(listing.read(dir)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

/// What messages call an uploaded file.
pub(crate) fn shown(name: &str) -> String {
    format!("rule_files/{name}")
}

/// The name on disk, where it can be one: nothing that leads out of the folder or hides there.
fn file_name(name: &str) -> Result<String, Refusal> {
    let stem = name.strip_suffix(".toml").unwrap_or(name);
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if stem.is_empty() || stem.starts_with('.') || stem.len() > 200 || !stem.chars().all(fits) {
        let mend = "letters, digits, `_`, `-` and `.` can stand in it, `.` not at its beginning";
        return Err(Refusal::invalid(format!("no rule file can be named so: {mend}")));
    }
    Ok(format!("{stem}.toml"))
}

fn entry(name: &str, file: &HeldFile, state: &State) -> RuleFileEntry {
    let bytes = match state.upload_texts.get(name) {
        Some(FileText::Text(text)) => text.len(),
        Some(FileText::Unusable(_)) | None => 0,
    };
    RuleFileEntry {
        name: name.to_owned(),
        rules: file.rules.iter().map(|rule| rule.id.to_string()).collect(),
        connectors: file.connectors.iter().map(|it| it.name.clone()).collect(),
        bytes,
        warnings: file.warnings.iter().map(one_line).collect(),
    }
}

/// Whether the text can be the file `name`, everything else being as it is.
fn check(state: &State, live: &Live, (name, text): (&str, &str)) -> Result<(), Refusal> {
    if text.len() as u64 > disk::FILE_BYTES_MAX {
        return Err(Refusal::invalid(format!("{name} is too long")));
    }
    let parsed = RuleFile::parse(name, text)
        .map_err(|errors| Refusal::new(RefusalKind::Unprocessable, errors.to_string()))?;
    let mut problems = Vec::new();
    problems.extend(secrets_read(name, text, &parsed));
    problems.extend(clashes(state, name, &parsed));
    for rule in &parsed.rules {
        let missing = |action| missing_connector(state, name, &parsed, (rule, action));
        problems.extend(rule.actions.iter().filter_map(missing));
    }
    if problems.is_empty() {
        problems.extend(unusable(state, live, (name, &parsed)));
    }
    if !problems.is_empty() {
        return Err(Refusal::new(RefusalKind::Unprocessable, problems.join("\n")));
    }
    check_left_behind(state, name, &parsed.connectors)
}

/// Connectors whose settings make no link, and actions that their connectors cannot carry out.
fn unusable(state: &State, live: &Live, (name, parsed): (&str, &RuleFile)) -> Vec<String> {
    let own = Owner::Uploaded(name.to_owned());
    let mut found = Vec::new();
    for connector in &parsed.connectors {
        if let Err(detail) = live.try_out(connector, &own) {
            let Connector { name: connector, line, .. } = connector;
            found.push(format!("{name}:{line}: connector {connector}: {detail}"));
        }
    }
    for rule in &parsed.rules {
        for action in &rule.actions {
            let Some(wanted) = connector_of(action) else { continue };
            let here = parsed.connectors.iter().find(|it| it.name == wanted).map(|it| (it, &own));
            let elsewhere =
                || state.inventory.connectors.get(wanted).map(|it| (&it.connector, &it.owner));
            if let Some((connector, owner)) = here.or_else(elsewhere)
                && let Err((_, detail)) = live.check_use(connector, owner, &[(0, action)])
            {
                let id = sink_name(rule, action);
                found.push(format!("{name}:{}: action {id}: {detail}", action.line));
            }
        }
    }
    found
}

/// Whether anything of other owners needs a connector that the file `name` has now and does not
/// have among `after`.
fn check_left_behind(state: &State, name: &str, after: &[Connector]) -> Result<(), Refusal> {
    let own = Owner::Uploaded(name.to_owned());
    let stays = |connector: &Connector| {
        let is_it = |it: &Connector| {
            it.name == connector.name && it.kind.type_name() == connector.kind.type_name()
        };
        after.iter().any(is_it)
    };
    let connectors = state.inventory.connectors.values().filter(|it| it.owner == own);
    for listed in connectors.filter(|listed| !stays(&listed.connector)) {
        let mut users = state.users_of(&listed.connector.name);
        let is_own = |user: &String| {
            let id = user.split_once('.').map_or("", |(id, _)| id);
            state.inventory.rule(id).is_some_and(|rule| rule.owner == own)
        };
        users.retain(|user| !is_own(user));
        if !users.is_empty() {
            let connector = &listed.connector.name;
            let message = format!("connector `{connector}` is needed by {}", users.join(", "));
            return Err(Refusal::new(RefusalKind::InUse, message));
        }
    }
    Ok(())
}

fn clashes(state: &State, name: &str, parsed: &RuleFile) -> Vec<String> {
    let own = Owner::Uploaded(name.to_owned());
    let mut found = Vec::new();
    for rule in &parsed.rules {
        let first = state.inventory.rule(rule.id.as_str()).filter(|it| it.owner != own);
        found.extend(first.map(|first| {
            format!("{name}:{}: the rule {} is there already: {}", rule.line, rule.id, first.owner)
        }));
    }
    for connector in &parsed.connectors {
        let first = state.inventory.connectors.get(&connector.name).filter(|it| it.owner != own);
        found.extend(first.map(|first| {
            let Connector { name: connector, line, .. } = connector;
            format!("{name}:{line}: the connector {connector} is there already: {}", first.owner)
        }));
    }
    found
}

fn missing_connector(
    state: &State,
    name: &str,
    parsed: &RuleFile,
    (rule, action): (&Rule, &Action),
) -> Option<String> {
    let wanted = connector_of(action)?;
    let own = Owner::Uploaded(name.to_owned());
    let here = parsed.connectors.iter().find(|it| it.name == wanted);
    let elsewhere = || {
        let listed = state.inventory.connectors.get(wanted).filter(|it| it.owner != own)?;
        Some(&listed.connector)
    };
    let place = format!("{name}:{}: action {}", action.line, sink_name(rule, action));
    match here.or_else(elsewhere) {
        None => Some(format!(
            "{place} names the connector `{wanted}`, which is not there; add \
             [connectors.{wanted}], or make it first"
        )),
        Some(found) => {
            let (has, wants) = (found.kind.type_name(), action.kind.type_name());
            (has != wants)
                .then(|| format!("{place} is of type {wants} and `{wanted}` of type {has}"))
        }
    }
}

/// The places where the file would read secrets of this machine.
fn secrets_read(name: &str, text: &str, parsed: &RuleFile) -> Vec<String> {
    let refused = "`${ENV:…}` and `${FILE:…}` are read only for files of the rules folder; name a \
                   connector from there";
    let mut lines: Vec<usize> = parsed.connectors.iter().filter(reads).map(|it| it.line).collect();
    // In a rule they would be taken for columns.
    for (line, number) in text.lines().zip(1..) {
        let is_comment = line.trim_start().starts_with('#');
        if !is_comment && (line.contains("${ENV:") || line.contains("${FILE:")) {
            lines.push(number);
        }
    }
    lines.sort_unstable();
    lines.dedup();
    lines.iter().map(|line| format!("{name}:{line}: {refused}")).collect()
}

/// Whether a connector names secrets to be read, however its text spells that.
fn reads(connector: &&Connector) -> bool {
    let texts: Vec<&Unresolved> = match &connector.kind {
        ConnectorKind::Postgres(postgres) => vec![&postgres.url],
        ConnectorKind::Webhook(webhook) => {
            webhook.headers.iter().map(|(_, value)| value).chain([&webhook.url]).collect()
        }
        ConnectorKind::Kafka(kafka) => {
            let sasl = kafka.sasl.iter().flat_map(|it| [&it.username, &it.password]);
            kafka.bootstrap_servers.iter().chain(sasl).collect()
        }
    };
    texts.iter().any(|text| text.reads_secrets())
}
