//! Reads `[[rules.<id>.actions]]`: the keys that all actions share. It does not know what one does.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use sluice_sql::OutputColumns;
use sluice_value::Template;

use super::{
    buffer, emqx_republish,
    fields::{Fields, Found, shortened},
    findings::Findings,
    republish, sink,
    tree::{Node, Shape},
};
use crate::{
    action::{Action, ActionKind},
    json::StandaloneActions,
    nearest::nearest,
    rule::ActionReference,
    rule_id::check_name,
};

#[derive(Clone, Copy, PartialEq)]
enum Type {
    Republish,
    EmqxRepublish,
    Postgres,
    Webhook,
    Kafka,
}

/// The actions of a rule, and which entries name actions that stand by themselves.
pub(super) fn read_all(
    rule: &mut Fields<'_>,
    standalone: Option<StandaloneActions<'_>>,
    reading: &mut Reading<'_, '_, '_>,
) -> (Vec<Action>, Vec<ActionReference>) {
    let Some(node) = rule.node("actions") else { return (Vec::new(), Vec::new()) };
    let Shape::List(items) = &node.shape else {
        reading.findings.error_with_hint(
            &node.span,
            format!(
                "`actions` of {} must be an array of tables, not {}",
                rule.owner(),
                node.shape_name()
            ),
            "begin each action with a line `[[rules.<id>.actions]]`",
        );
        return (Vec::new(), Vec::new());
    };
    let mut names = Names::default();
    let mut actions = Vec::with_capacity(items.len());
    let mut references = Vec::new();
    for (number, item) in (1..).zip(items) {
        let owner = format!("action {number} of {}", rule.owner());
        match (&item.shape, standalone) {
            (Shape::Text(id), Some(standalone)) => {
                let found = standalone(id);
                // What was left out before it does not count.
                let is_absent = |it: &&ActionReference| it.place.is_none();
                let position = actions.len() + references.iter().filter(is_absent).count();
                let place = found.is_some().then_some(actions.len());
                references.push(ActionReference { position, id: id.clone(), place });
                match found {
                    Some(action) => {
                        reading.check_columns(&action, item);
                        actions.push(named_by(&action, actions.len(), &mut names));
                    }
                    None => absent(id, item, reading.findings),
                }
            }
            (_, _) => actions.extend(read(&owner, item, &mut names, reading)),
        }
    }
    names.give_defaults(&mut actions);
    (actions, references)
}

/// A rule's own copy of an action that stands by itself. Its name is given with the defaults, when
/// those that the rule gives are known.
fn named_by(action: &Action, place: usize, names: &mut Names) -> Action {
    names.bases.insert(place, action.name.clone());
    Action { name: String::new(), ..action.clone() }
}

fn absent(id: &str, item: &Node, findings: &mut Findings<'_>) {
    findings.warning(
        &item.span,
        format!("there is no action `{}`: the rule goes without it", shortened(id)),
        Some("make it over `/actions`, and the rule takes it".to_owned()),
    );
}

/// What reading an action's templates needs: where findings go, and what the rule's rows will have.
pub(super) struct Reading<'r, 'f, 's> {
    pub(super) columns: &'r Option<OutputColumns>,
    pub(super) findings: &'f mut Findings<'s>,
}

pub(super) fn read(
    owner: &str,
    node: &Node,
    names: &mut Names,
    reading: &mut Reading<'_, '_, '_>,
) -> Option<Action> {
    let mut fields = Fields::open(owner.to_owned(), node, reading.findings)?;
    let types = [
        ("republish", Type::Republish),
        ("postgres", Type::Postgres),
        ("webhook", Type::Webhook),
        ("kafka", Type::Kafka),
        // The names that EMQX uses for the same things.
        ("pgsql", Type::Postgres),
        ("http", Type::Webhook),
        ("kafka_producer", Type::Kafka),
    ];
    let function = fields.node("function").map(|node| &node.shape);
    let is_emqx = function.is_some();
    if matches!(function, Some(Shape::Text(name)) if name == "console") {
        let span = fields.key_span("function").clone();
        let hint = "`sluice sub` shows what a republish action makes".to_owned();
        reading.findings.warning(&span, "`console` has no effect: it is left out", Some(hint));
        return None;
    }
    if !is_emqx {
        fields.require("type", reading.findings);
    }
    let named = fields.word("type", &types, reading.findings);
    let action_type = named.or_else(|| is_emqx.then_some(Type::EmqxRepublish))?;
    let name = name(&mut fields, names, reading.findings);
    let enabled = fields.bool("enable", reading.findings).unwrap_or(true);
    let connector = match action_type {
        Type::Republish | Type::EmqxRepublish => fields.text("connector", reading.findings),
        Type::Postgres | Type::Webhook | Type::Kafka => {
            fields.required_text("connector", reading.findings)
        }
    };
    let buffer = buffer::buffer(&mut fields, reading.findings);
    let batch = buffer::batch(&mut fields, reading.findings);
    let lanes = buffer::lanes(&mut fields, reading.findings);
    let kind = match action_type {
        Type::Republish => republish::read(&mut fields, reading)
            .map(|republish| ActionKind::Republish(Box::new(republish))),
        Type::EmqxRepublish => emqx_republish::read(&mut fields, reading)
            .map(|republish| ActionKind::Republish(Box::new(republish))),
        Type::Postgres => sink::postgres(&mut fields, reading).map(ActionKind::Postgres),
        Type::Webhook => sink::webhook(&mut fields, reading).map(ActionKind::Webhook),
        Type::Kafka => sink::kafka(&mut fields, reading).map(ActionKind::Kafka),
    };
    let type_key = if is_emqx { "function" } else { "type" };
    let line = reading.findings.source().line(fields.key_span(type_key).start);
    fields.finish(reading.findings);
    let connector = connector.map(|found| found.value.to_owned());
    // A name left out is given when all others are known.
    let name = name.unwrap_or_default();
    Some(Action { name, enabled, kind: kind?, connector, buffer, batch, lanes, line })
}

fn name(fields: &mut Fields<'_>, names: &mut Names, findings: &mut Findings<'_>) -> Option<String> {
    let Found { value, span } = fields.text("name", findings)?;
    if let Err(error) = check_name(value) {
        findings.error(span, format!("no action can be named so: {error}"));
    } else if !names.taken.insert(value.to_owned()) {
        findings.error_with_hint(
            span,
            format!("{} is named `{value}` like one before it", fields.owner()),
            "names are unique within a rule: buffers and counters are kept under them",
        );
    }
    Some(value.to_owned())
}

/// The names within one rule.
#[derive(Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// What those are called by that are not called by their type, by their place.
    bases: HashMap<usize, String>,
}

impl Names {
    /// An action without a name is called by its type, the second one `<type>-2` …
    fn give_defaults(&mut self, actions: &mut [Action]) {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let nameless = actions.iter_mut().enumerate().filter(|(_, action)| action.name.is_empty());
        for (place, action) in nameless {
            let base =
                self.bases.get(&place).map_or_else(|| action.kind.type_name(), String::as_str);
            // Numbers before the last one given are taken: looking at them again would cost the
            // square of the number of actions.
            let number = numbers.entry(base.to_owned()).or_insert(0);
            while action.name.is_empty() {
                *number += 1;
                let name = match *number {
                    1 => base.to_owned(),
                    number => format!("{base}-{number}"),
                };
                if self.taken.insert(name.clone()) {
                    action.name = name;
                }
            }
        }
    }
}

impl Reading<'_, '_, '_> {
    /// A key whose value is a template.
    pub(super) fn template(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Option<Template> {
        let found = fields.text(key, self.findings)?;
        self.parse(key, &found, fields.owner())
    }

    /// As [`Self::template`], and a missing key is an error.
    pub(super) fn required_template(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Option<Template> {
        let found = fields.required_text(key, self.findings)?;
        self.parse(key, &found, fields.owner())
    }

    /// A template, or a number that stands for itself.
    pub(super) fn number_or_template(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Option<Template> {
        let node = fields.node(key)?;
        self.text_of(key, node, fields)
    }

    /// A table of names and templates.
    pub(super) fn templates(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Vec<(String, Template)> {
        let Some(node) = fields.node(key) else { return Vec::new() };
        let Shape::Table(entries) = &node.shape else {
            fields.wrong_type(key, "a table of texts", node, self.findings);
            return Vec::new();
        };
        let read = |entry: &super::tree::Entry| {
            Some((entry.key.clone(), self.text_of(key, &entry.value, fields)?))
        };
        entries.iter().filter_map(read).collect()
    }

    pub(super) fn text_of(
        &mut self,
        key: &'static str,
        node: &Node,
        fields: &Fields<'_>,
    ) -> Option<Template> {
        let number;
        let value = match &node.shape {
            Shape::Text(text) => text.as_str(),
            Shape::Integer(..) | Shape::Float(_) | Shape::Bool(_) => {
                number = self.findings.source().slice(node.span.clone()).to_owned();
                &number
            }
            Shape::Null | Shape::Datetime(_) | Shape::List(_) | Shape::Table(_) => {
                fields.wrong_type(key, "a text or a number", node, self.findings);
                return None;
            }
        };
        self.parse(key, &Found { value, span: &node.span }, fields.owner())
    }

    /// Warns of columns that no row of this rule will have, for an action that stands by itself.
    fn check_columns(&mut self, action: &Action, item: &Node) {
        let owner = format!("action `{}`", shortened(&action.name));
        action.kind.each_template(&mut |key, template| {
            let found = Found { value: "", span: &item.span };
            self.warn_of_all_missing(key, template, &found, &owner);
        });
    }

    fn warn_of_all_missing(
        &mut self,
        key: &str,
        template: &Template,
        found: &Found<'_, &str>,
        owner: &str,
    ) {
        for placeholder in template.placeholders() {
            if placeholder.default.is_none() {
                self.warn_of_missing(key, &placeholder.path, found, owner);
            }
        }
    }

    /// Parses a template and warns of columns that no row will have.
    pub(super) fn parse(
        &mut self,
        key: &str,
        found: &Found<'_, &str>,
        owner: &str,
    ) -> Option<Template> {
        let template = match Template::parse(found.value) {
            Ok(template) => template,
            Err(error) => {
                self.findings.error(found.span, format!("`{key}` of {owner}: {error}"));
                return None;
            }
        };
        self.warn_of_all_missing(key, &template, found, owner);
        Some(template)
    }

    /// `SELECT` must give what a placeholder reads; a typing error would print `undefined` for
    /// ever.
    fn warn_of_missing(
        &mut self,
        key: &str,
        path: &[Box<str>],
        found: &Found<'_, &str>,
        owner: &str,
    ) {
        let (Some(columns), Some(column)) = (&self.columns, path.first()) else { return };
        let steps: Vec<&str> = path.iter().map(|step| &**step).collect();
        if columns.may_have(&steps) {
            return;
        }
        let (OutputColumns::All(known) | OutputColumns::Only(known)) = columns;
        let known = known.iter().filter_map(|path| path.first()).map(String::as_str);
        let hint = match nearest(column, known).filter(|near| *near != &**column) {
            Some(near) => format!("did you mean `${{{near}}}`?"),
            None => "it would print `undefined`; give a default by `${…:-default}`".to_owned(),
        };
        let read = path.join(".");
        let span = self.placeholder_span(&read, found);
        let read = shortened(&read);
        self.findings.warning(
            &span,
            format!("`{key}` of {owner} reads `${{{read}}}`, but SELECT gives no `{read}`"),
            Some(hint),
        );
    }

    /// Where `${read}` stands in the file; all of the value where it is written in another way.
    fn placeholder_span(&self, read: &str, found: &Found<'_, &str>) -> Range<usize> {
        let spellings = [format!("${{{read}}}"), format!("${{.{read}}}")];
        let at = spellings.iter().find_map(|it| Some((found.value.find(&**it)?, it.len())));
        match at {
            Some((at, length)) => self.findings.source().span_in_string(found, at..at + length),
            None => found.span.clone(),
        }
    }
}
