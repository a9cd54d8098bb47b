//! Runs the case files: a rule, an event, the rows that come out. It does not know what cases
//! assert.
//!
//! A case is
//!
//! ```text
//! --- what it shows
//! SELECT … FROM …            (any number of lines)
//! given {"payload": …}       (columns; a payload that is no string is sent as JSON)
//! expect [{…}]               (rows; or `no_result`, or `error <part of the message>`)
//! ```
//!
//! with any number of given and expect pairs, or `refused <part of the message>` in their place.
//! `#` begins a comment line between cases.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sluice_value::Value;

use crate::plan;
use crate::tests::event::{TestEvent, evaluate};

#[test]
fn every_case_gives_what_it_expects() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut failures = String::new();
    let mut checked = 0;
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        for case in text.split("\n--- ").skip(1) {
            checked += 1;
            if let Err(why) = check(case) {
                let name = case.lines().next().unwrap_or_default();
                let file = file.file_name().unwrap().to_string_lossy();
                writeln!(failures, "{file}: {name}\n{why}\n").unwrap();
            }
        }
    }
    assert!(checked > 150, "only {checked} cases were found");
    assert!(failures.is_empty(), "\n{failures}");
}

/// Runs one case, of which the first line is the name.
fn check(case: &str) -> Result<(), String> {
    let lines = case.trim_end().lines().skip(1).filter(|line| !line.starts_with('#'));
    let lines: Vec<&str> = lines.collect();
    let first =
        lines.iter().position(|line| line.starts_with("given ") || line.starts_with("refused"));
    let first = first.ok_or("there is no `given` and no `refused`")?;
    let sql = lines[..first].join("\n");
    if let Some(part) = lines[first].strip_prefix("refused ") {
        return match plan(&sql) {
            Ok(_) => Err(format!("planned, but should be refused: {part}")),
            Err(error) => contains(&error.render(&sql, None, 0), part),
        };
    }
    let plan = plan(&sql).map_err(|error| error.render(&sql, None, 0))?;
    for pair in lines[first..].chunks(2) {
        let [given, expect] = pair else {
            if pair == [""] {
                continue;
            }
            return Err("a `given` without `expect`".to_owned());
        };
        if given.is_empty() {
            continue;
        }
        let given = given.strip_prefix("given ").ok_or_else(|| format!("not `given`: {given}"))?;
        let expect =
            expect.strip_prefix("expect ").ok_or_else(|| format!("not `expect`: {expect}"))?;
        let event = TestEvent::from_json(given).map_err(|error| format!("{given}: {error}"))?;
        let found = evaluate(&plan, &event);
        compare(&found, expect).map_err(|why| format!("given    {given}\n{why}"))?;
    }
    Ok(())
}

fn compare(found: &Result<Option<String>, String>, expect: &str) -> Result<(), String> {
    match (found, expect.strip_prefix("error ")) {
        (Err(message), Some(part)) => contains(message, part),
        (Ok(None), None) if expect == "no_result" => Ok(()),
        (Ok(Some(rows)), None) if expect != "no_result" => {
            let wanted = Value::from_json(expect.as_bytes());
            let wanted = wanted.map_err(|error| format!("expected {expect}: {error}"))?.to_json();
            if *rows == wanted {
                Ok(())
            } else {
                Err(format!("expected {wanted}\nfound    {rows}"))
            }
        }
        _ => Err(format!("expected {expect}\nfound    {found:?}")),
    }
}

fn contains(message: &str, part: &str) -> Result<(), String> {
    if message.contains(part) {
        Ok(())
    } else {
        Err(format!("expected …{part}…\nfound    {message}"))
    }
}
