//! Expressions: operators and calls, with functions found and literals folded. It does not know
//! scopes.

use sluice_topic::TopicFilter;
use sluice_value::Value;

use crate::ast::{Call, Case, Comparison, Expr, ExprKind, Members as AstMembers, Operator};
use crate::error::{PlanError, Span, excerpt};
use crate::functions;
use crate::plan::node::{CallNode, CaseNode, Members, Node, NodeKind};

use super::{Binder, node};

impl Binder {
    pub(super) fn expr(&mut self, expr: Expr) -> Result<Node, PlanError> {
        let span = expr.span;
        let kind = match expr.kind {
            ExprKind::Literal(value) => NodeKind::Constant(value),
            ExprKind::Path(path) => return self.path(&path, span),
            ExprKind::Access(from, steps) => {
                let from = self.boxed(*from)?;
                NodeKind::Access(from, self.steps(&steps, None)?)
            }
            ExprKind::Call(call) => self.call(call, span)?,
            ExprKind::List(items) => NodeKind::List(self.all(items)?),
            ExprKind::Range(first, last) => NodeKind::Range(first, last),
            ExprKind::Minus(operand) => NodeKind::Minus(self.boxed(*operand)?),
            ExprKind::Plus(operand) => NodeKind::Plus(self.boxed(*operand)?),
            ExprKind::Not(operand) => self.not(*operand)?,
            ExprKind::Chain(first, rest) => {
                let first = self.boxed(*first)?;
                let rest =
                    rest.into_iter().map(|(operator, expr)| Ok((operator, self.expr(expr)?)));
                NodeKind::Chain(first, rest.collect::<Result<_, _>>()?)
            }
            ExprKind::Compare(comparison, left, right) => {
                self.compare(comparison, *left, *right)?
            }
            ExprKind::In(operand, members) => {
                let operand = self.boxed(*operand)?;
                NodeKind::In(operand, self.members(members)?)
            }
            ExprKind::Like(operand, pattern, escape) => {
                NodeKind::Like(Box::new([self.expr(*operand)?, self.expr(*pattern)?]), escape)
            }
            ExprKind::Between(operands) => {
                let [operand, lower, upper] = *operands;
                let operands = [self.expr(operand)?, self.expr(lower)?, self.expr(upper)?];
                NodeKind::Between(Box::new(operands))
            }
            ExprKind::IsNull(operand) => NodeKind::IsNull(self.boxed(*operand)?),
            ExprKind::And(operands) => NodeKind::And(self.all(operands)?),
            ExprKind::Or(operands) => NodeKind::Or(self.all(operands)?),
            ExprKind::Case(case) => self.case(case)?,
        };
        Ok(self.folded(node(kind, span)))
    }

    fn boxed(&mut self, expr: Expr) -> Result<Box<Node>, PlanError> {
        self.expr(expr).map(Box::new)
    }

    fn all(&mut self, exprs: Vec<Expr>) -> Result<Vec<Node>, PlanError> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    fn not(&mut self, operand: Expr) -> Result<NodeKind, PlanError> {
        let is_named = matches!(operand.kind, ExprKind::Path(_));
        let operand = self.boxed(operand)?;
        Ok(if is_named { NodeKind::NotNamed(operand) } else { NodeKind::Not(operand) })
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: Expr,
        right: Expr,
    ) -> Result<NodeKind, PlanError> {
        let operands = [self.expr(left)?, self.expr(right)?];
        if comparison != Comparison::Matches {
            return Ok(NodeKind::Compare(comparison, Box::new(operands)));
        }
        let [name, filter] = operands;
        let NodeKind::Constant(Value::Text(text)) = &filter.kind else {
            return Ok(NodeKind::Compare(comparison, Box::new([name, filter])));
        };
        let parsed = text.as_str().map(TopicFilter::parse);
        if let Some(Err(error)) = &parsed {
            let hint = "such a filter matches no topic".to_owned();
            self.warn(filter.span, error.to_string(), Some(hint));
        }
        Ok(NodeKind::MatchesFilter(Box::new(name), parsed.and_then(Result::ok)))
    }

    fn members(&mut self, members: AstMembers) -> Result<Members, PlanError> {
        Ok(match members {
            AstMembers::Listed(items) => Members::Listed(self.all(items)?),
            AstMembers::Of(list) => Members::Of(self.boxed(*list)?),
        })
    }

    fn case(&mut self, case: Case) -> Result<NodeKind, PlanError> {
        let operand = case.operand.map(|operand| self.expr(*operand)).transpose()?;
        let mut branches = Vec::with_capacity(case.branches.len());
        for (when, then) in case.branches {
            branches.push((self.expr(when)?, self.expr(then)?));
        }
        let otherwise = case.otherwise.map(|otherwise| self.expr(*otherwise)).transpose()?;
        Ok(NodeKind::Case(Box::new(CaseNode { operand, branches, otherwise })))
    }

    fn call(&mut self, call: Call, span: Span) -> Result<NodeKind, PlanError> {
        let Call { name, mut arguments } = call;
        // `'+'(1, 2)`: the operators are functions, too.
        if let Some((_, operator)) = OPERATORS.iter().find(|(sign, _)| *sign == &*name.text)
            && arguments.len() == 2
            && let (Some(right), Some(left)) = (arguments.pop(), arguments.pop())
        {
            let left = self.boxed(left)?;
            return Ok(NodeKind::Chain(left, vec![(*operator, self.expr(right)?)]));
        }
        let Some(function) = functions::find(&name.text) else {
            let message = format!("unknown function `{}`", excerpt(&name.text));
            let error = PlanError::new(name.span, message);
            return Err(match functions::nearest(&name.text) {
                Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
                None => error,
            });
        };
        if !function.arity.allows(arguments.len()) {
            return Err(wrong_count(function, arguments.len(), span));
        }
        let arguments = self.all(arguments)?;
        let prepared = match function.prepare {
            Some(prepare) => {
                let literals: Vec<Option<Value>> = arguments.iter().map(literal).collect();
                prepare(&literals).map_err(|error| {
                    PlanError::new(span, format!("`{}`: {}", function.name, error.message))
                })?
            }
            None => None,
        };
        self.reads.functions.insert(function.name);
        Ok(NodeKind::Call(Box::new(CallNode { function, arguments, prepared })))
    }
}

fn literal(node: &Node) -> Option<Value> {
    if let NodeKind::Constant(value) = &node.kind { Some(value.clone()) } else { None }
}

fn wrong_count(function: &functions::Function, given: usize, span: Span) -> PlanError {
    let functions::Arity { min, max } = function.arity;
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    let takes = match (min, max) {
        (0, 0) => "no arguments".to_owned(),
        (min, max) if min == max => format!("{min} {}", plural(min)),
        (min, usize::MAX) => format!("at least {min} {}", plural(min)),
        (min, max) if min + 1 == max => format!("{min} or {max} arguments"),
        (min, max) => format!("{min} to {max} arguments"),
    };
    let message = format!("`{}` takes {takes}, not {given}", function.name);
    PlanError::new(span, message).hint(format!("for example {}", function.example.0))
}

const OPERATORS: [(&str, Operator); 4] = [
    ("+", Operator::Add),
    ("-", Operator::Subtract),
    ("*", Operator::Multiply),
    ("/", Operator::Divide),
];
