//! A JSON body as the tree that rule files are read from. It does not know which keys mean what.

use serde_json::Value;

use super::{
    JsonProblem,
    places::{Places, Step},
};
use crate::file::{Entry, Node, Shape, TOML_DEPTH_MAX};

/// A body whose values know where they stand.
pub(super) struct Tree {
    /// Every scalar as it is meant, so that offsets within a text are offsets here.
    pub(super) text: String,
    pub(super) places: Places,
    pub(super) root: Node,
}

impl Tree {
    /// The tree of `body`, or where it is nested too deeply.
    pub(super) fn of(body: &Value) -> Result<Self, JsonProblem> {
        let mut building = Building { text: String::new(), places: Places::default() };
        match building.node(body, Step::Root, 0, TOML_DEPTH_MAX) {
            Some(root) => Ok(Self { text: building.text, places: building.places, root }),
            None => Err(JsonProblem {
                path: String::new(),
                message: format!("nested deeper than {TOML_DEPTH_MAX} objects and arrays"),
            }),
        }
    }
}

struct Building {
    text: String,
    places: Places,
}

impl Building {
    /// `None` where `value` is deeper than `depth_left`.
    fn node(
        &mut self,
        value: &Value,
        step: Step,
        parent: usize,
        depth_left: usize,
    ) -> Option<Node> {
        let start = self.text.len();
        let place = self.places.push(start, parent, step);
        let shape = match value {
            Value::Null => Shape::Null,
            Value::Bool(value) => {
                self.text.push_str(if *value { "true" } else { "false" });
                Shape::Bool(*value)
            }
            Value::Number(number) => {
                let number_text = number.to_string();
                self.text.push_str(&number_text);
                if number.is_f64() {
                    Shape::Float(number_text)
                } else {
                    Shape::Integer(number_text, 10)
                }
            }
            Value::String(text) => {
                self.text.push_str(text);
                Shape::Text(text.clone())
            }
            Value::Array(_) | Value::Object(_) => Shape::Null,
        };
        let span = start..self.text.len();
        // No two values begin at the same offset.
        self.text.push('\n');
        let shape = match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => shape,
            Value::Array(items) => {
                let depth_left = depth_left.checked_sub(1)?;
                let item = |(index, item)| self.node(item, Step::Index(index), place, depth_left);
                Shape::List(items.iter().enumerate().map(item).collect::<Option<_>>()?)
            }
            Value::Object(map) => {
                let depth_left = depth_left.checked_sub(1)?;
                let entry = |(key, value): (&String, &Value)| {
                    let value = self.node(value, Step::Key(key.clone()), place, depth_left)?;
                    Some(Entry { key: key.clone(), key_span: value.span.clone(), value })
                };
                Shape::Table(map.iter().map(entry).collect::<Option<_>>()?)
            }
        };
        Some(Node { span, shape })
    }
}
