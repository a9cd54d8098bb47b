//! `sluice rules list`: the rules of a running router, one a line. It does not know what they do.

use serde_json::Value;

use super::router::Router;
use super::{Outcome, Streams};

/// Prints the rules, sorted by id.
///
/// # Errors
/// When the router cannot be asked, or nothing can be written.
pub(super) async fn run(
    router: &Router,
    json: bool,
    streams: &mut Streams<'_>,
) -> anyhow::Result<Outcome> {
    let mut rules = router.rules().await?;
    rules.sort_by(|one, other| text(one, "id").cmp(text(other, "id")));
    if json {
        writeln!(streams.output, "{:#}", Value::Array(rules))?;
    } else {
        write!(streams.output, "{}", table(&rules))?;
    }
    Ok(Outcome::Done)
}

/// Columns as wide as what stands in them; the last one, which is prose, as it comes.
pub(super) fn table(rules: &[Value]) -> String {
    let mut rows = vec![["RULE", "STATE", "OWNER", "FROM", "DESCRIPTION"].map(str::to_owned)];
    rows.extend(rules.iter().map(row));
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut table = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

fn row(rule: &Value) -> [String; COLUMNS] {
    let state = match rule.get("enable").and_then(Value::as_bool) {
        Some(false) => "disabled",
        Some(true) | None if rule.get("problem").is_some_and(Value::is_string) => "not in force",
        Some(true) | None => "enabled",
    };
    let from = rule.get("from").and_then(Value::as_array).into_iter().flatten();
    let from = from.filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    let description = text(rule, "description").lines().next().unwrap_or_default();
    // Where a file owns it, the file says more.
    let owner = rule.get("file").and_then(Value::as_str).unwrap_or_else(|| text(rule, "owner"));
    [text(rule, "id"), state, owner, &from, description].map(one_line)
}

fn text<'v>(rule: &'v Value, key: &str) -> &'v str {
    rule.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What others wrote must not steer the terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

const COLUMNS: usize = 5;
