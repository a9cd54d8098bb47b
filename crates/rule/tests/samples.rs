//! The sample rules that come with the router: they parse without a warning, pass their own tests,
//! and publish what the snapshot says.

use std::{fs, io, path::Path};

use sluice_rule::{ActionKind, Rule, RuleFile, check_rule_tests};
use sluice_sql::evaluate::Evaluation;

fn samples() -> io::Result<Vec<RuleFile>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let parse = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(path)?;
        RuleFile::parse(&name, &text).map_err(io::Error::other)
    };
    paths.iter().map(|path| parse(path)).collect()
}

#[test]
fn every_sample_rule_passes_its_tests() -> io::Result<()> {
    let mut seen = 0;
    for file in samples()? {
        assert!(file.warnings.is_empty(), "{}", file.warnings[0]);
        for rule in &file.rules {
            assert!(!rule.tests.is_empty(), "{}: rule `{}` has no test", file.name, rule.id);
            for report in check_rule_tests(rule) {
                let difference = report.difference.unwrap_or_default();
                assert_eq!(difference, "", "{}:{}: test {}", file.name, report.line, report.number);
            }
            seen += 1;
        }
    }
    assert!(seen >= 5, "only {seen} sample rules");
    Ok(())
}

#[test]
fn sample_rules_publish_what_their_comments_promise() -> io::Result<()> {
    let files = samples()?;
    let rules = files.iter().flat_map(|file| &file.rules);
    let published: Vec<String> = rules.flat_map(|rule| published(rule)).collect();
    insta::assert_snapshot!(published.join("\n"));
    Ok(())
}

/// A line for each message that the cases of a rule lead to.
fn published(rule: &Rule) -> Vec<String> {
    let mut lines = Vec::new();
    for test in &rule.tests {
        let mut entropy = || 0;
        let mut evaluation =
            Evaluation { unix_nanos: test.given.unix_nanos(), entropy: &mut entropy };
        let given = test.given.clone().with_rule(&rule.id);
        for row in given.evaluate(&rule.plan, &mut evaluation).unwrap_or_default() {
            lines.extend(rule.enabled_actions().filter_map(|(_, action)| match &action.kind {
                ActionKind::Republish(republish) => Some(match republish.render(&row) {
                    Ok(made) => format!(
                        "{}.{}: {} qos {} retain {} {:?} {}",
                        rule.id,
                        action.name,
                        made.topic,
                        made.qos as u8,
                        made.retain,
                        made.properties.as_properties(),
                        String::from_utf8_lossy(&made.payload)
                    ),
                    Err(error) => format!("{}.{}: {error}", rule.id, action.name),
                }),
                ActionKind::Postgres(_) | ActionKind::Webhook(_) | ActionKind::Kafka(_) => None,
            }));
        }
    }
    lines
}
