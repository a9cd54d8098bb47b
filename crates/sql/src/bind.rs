//! Gives every name of a [`Statement`] its meaning and makes it a [`Plan`]. It does not know how
//! plans are evaluated.

mod alias;
mod column;
mod expression;
mod field;
mod fold;
mod nesting;
mod path;
mod source;

use std::collections::BTreeSet;

use sluice_value::Key;

use crate::ast::{Field, FieldKind, Foreach, Projection, Statement};
use crate::error::{Clause, PlanError, Span, Warning};
use crate::plan::node::{FieldNode, Node, NodeKind};
use crate::plan::{Each, Plan, Reads};

use alias::Shape;

/// Binds a statement.
pub(crate) fn bind(statement: Statement) -> Result<Plan, PlanError> {
    let from = source::sources(&statement.from)?;
    let mut binder = Binder::default();
    let foreach = match statement.projection {
        Projection::Select(fields) => {
            binder.fields(fields, Clause::Select)?;
            None
        }
        Projection::Foreach(foreach) => Some(binder.bindings(foreach)?),
    };
    let condition = match statement.condition {
        Some(condition) => Some(binder.at(Stage::Where, |binder| binder.expr(condition))?),
        None => None,
    };
    let each = match foreach {
        Some(loop_of) => Some(binder.each(loop_of)?),
        None => None,
    };
    let Binder { fields, slots, reads, warnings, .. } = binder;
    Ok(Plan { from, fields, condition, each, slots, reads, warnings })
}

/// What is known while binding goes on, left to right.
#[derive(Default)]
struct Binder {
    stage: Stage,
    fields: Vec<FieldNode>,
    /// One for each of `fields`: what the names of later expressions need to know of it.
    shapes: Vec<Shape>,
    item: Option<Item>,
    slots: usize,
    /// The fields that the expression being bound reads.
    used: BTreeSet<usize>,
    reads: Reads,
    warnings: Vec<Warning>,
    /// How much has been computed to be held as constants.
    folded_bytes: usize,
}

/// The element of a FOREACH, once its list is bound.
#[derive(Clone)]
struct Item {
    name: Key,
    list: usize,
}

/// Which clause is being bound; it decides what names see.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// SELECT or the fields of FOREACH: the fields so far, then the columns.
    #[default]
    Project,
    /// WHERE: all of those fields, then the columns.
    Where,
    /// DO: its fields so far, then element, bindings, columns.
    Do,
    /// INCASE: element, bindings, columns, then the fields of DO.
    Incase,
}

/// A FOREACH whose loop is not bound yet.
struct Loop {
    each: Option<Vec<Field>>,
    incase: Option<crate::ast::Expr>,
    item: Item,
}

impl Binder {
    fn bindings(&mut self, foreach: Foreach) -> Result<Loop, PlanError> {
        let Foreach { fields, each, incase } = foreach;
        let alias = match fields.last() {
            Some(Field { kind: FieldKind::Star, span }) => return Err(no_list(*span)),
            Some(Field { kind: FieldKind::Expr(_, target), .. }) => target.clone(),
            None => None,
        };
        let name = match alias {
            None => Key::from(ITEM),
            Some(path) if path.steps.is_empty() => Key::from(&*path.root.text),
            Some(path) => {
                let hint = "the name after AS is given to each element in turn";
                let error = PlanError::new(path.root.span, "an element needs a plain name");
                return Err(error.hint(hint));
            }
        };
        self.fields(fields, Clause::Foreach)?;
        let list = self.fields.len() - 1;
        Ok(Loop { each, incase, item: Item { name, list } })
    }

    fn each(&mut self, foreach: Loop) -> Result<Each, PlanError> {
        let Loop { each, incase, item } = foreach;
        self.item = Some(item.clone());
        // Whatever names them, or `*`, finds bindings computed.
        for field in 0..=item.list {
            self.slot(field);
        }
        let fields = match each {
            Some(fields) => {
                self.at(Stage::Do, |binder| binder.fields(fields, Clause::Do))?;
                Some(item.list + 1..self.fields.len())
            }
            None => None,
        };
        let incase = match incase {
            Some(incase) => Some(self.at(Stage::Incase, |binder| binder.expr(incase))?),
            None => None,
        };
        Ok(Each { list: item.list, item: item.name, incase, fields })
    }

    /// Binds in another clause.
    fn at<T>(
        &mut self,
        stage: Stage,
        bind: impl FnOnce(&mut Self) -> Result<T, PlanError>,
    ) -> Result<T, PlanError> {
        self.stage = stage;
        bind(self)
    }

    /// The slot of a field's value; it has one from now on.
    fn slot(&mut self, field: usize) {
        let Some(node) = self.fields.get_mut(field) else { return };
        if node.value.is_some() && node.slot.is_none() {
            node.slot = Some(self.slots);
            self.slots += 1;
        }
    }

    fn warn(&mut self, span: Span, message: String, hint: Option<String>) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(Warning { message, span, hint });
        }
    }
}

fn no_list(span: Span) -> PlanError {
    PlanError::new(span, "FOREACH goes through one list").hint("name it: FOREACH payload.sensors")
}

fn node(kind: NodeKind, span: Span) -> Node {
    Node { kind, span }
}

// The element's name where FOREACH gives none.
const ITEM: &str = "item";

const WARNINGS_MAX: usize = 50;
