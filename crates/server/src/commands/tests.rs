//! Commands with given input, and what they print.

use std::io;
use std::path::PathBuf;

use clap::Parser as _;

use super::*;
use crate::cli::{Cli, Command};

/// Runs a command line; gives its outcome, standard output and standard error.
fn run(arguments: &[&str], input: &str) -> (Outcome, String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut bytes = input.as_bytes();
    let mut streams = Streams { input: &mut bytes, output: &mut output, errors: &mut errors };
    let cli = Cli::try_parse_from([&["sluice"], arguments].concat()).unwrap();
    let Command::Own(command) = cli.command else { panic!("{arguments:?}") };
    let outcome = match command.run(&mut streams) {
        Ok(outcome) => outcome,
        Err(error) => {
            tell(&mut errors, &error).unwrap();
            Outcome::Failed
        }
    };
    (outcome, String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap())
}

fn eval(sql: &str, events: &str) -> String {
    let (outcome, output, errors) = run(&["rules", "eval", "--sql", sql], events);
    assert_eq!((outcome, errors.as_str()), (Outcome::Done, ""));
    output
}

/// A folder with one file for each `(name, text)`.
fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let path = dir.path().to_path_buf();
    (dir, path)
}

const HOT: &str = r#"
[rules.hot]
sql = '''SELECT payload.temp AS temp FROM "sensor/#" WHERE payload.temp > 30'''
[[rules.hot.actions]]
type = "republish"
topic = "alerts/${temp}"
[[rules.hot.test]]
given = { topic = "sensor/1", payload = '{"temp": 31.5}' }
expect = { temp = 31.5 }
[[rules.hot.test]]
description = "cold ones pass"
given = { topic = "sensor/1", payload = '{"temp": 1}' }
expect = []
"#;

#[test]
fn eval_answers_each_event_with_its_rows() {
    let sql = r#"SELECT payload.temp AS t, qos FROM "sensor/#" WHERE payload.temp > 30"#;
    let events = r#"{"topic": "sensor/1", "payload": "{\"temp\": 31.5}", "qos": 1}
{"topic": "sensor/1", "payload": "{\"temp\": 1}"}
{"topic": "other", "payload": "no JSON"}
{"topic": "sensor/1", "payload": "no JSON"}
[1]
nonsense
{"topic": "sensor/1", "payload_base64": "eyJ0ZW1wIjogNDB9"}
"#;
    insta::assert_snapshot!(eval(sql, events));
}

#[test]
fn eval_takes_events_and_sql_that_begins_with_a_comment() {
    let sql = "-- who\nSELECT clientid FROM \"$events/client/connected\"";
    let event = r#"{"event": "client.connected", "clientid": "c1"}"#;
    assert_eq!(eval(sql, event), "[{\"clientid\":\"c1\"}]\n");
}

#[test]
fn eval_gives_impure_functions_the_real_time() {
    let sql = r#"SELECT now_timestamp() > 1700000000 AS late FROM "t""#;
    assert_eq!(eval(sql, r#"{"topic": "t"}"#), "[{\"late\":true}]\n");
}

#[test]
fn eval_refuses_bad_sql_before_reading() {
    let (outcome, output, errors) =
        run(&["rules", "eval", "--sql", "SELECT qos FRUM \"t\""], "{\"topic\": \"t\"}\n");
    assert_eq!((outcome, output.as_str()), (Outcome::Failed, ""));
    insta::assert_snapshot!(errors);
}

#[test]
fn a_reader_that_goes_away_is_told_apart_from_a_failure() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (mut output, mut errors) = (Gone, Vec::new());
    let mut input = "{\"topic\": \"t\"}\n".as_bytes();
    let mut streams = Streams { input: &mut input, output: &mut output, errors: &mut errors };
    let error = rules_eval::run("SELECT qos FROM \"t\"", &mut streams).unwrap_err();
    assert!(crate::is_broken_pipe(&error));
}

#[test]
fn render_prints_json_strings() {
    let rows = "{\"a\": {\"b\": \"x\\\"y\"}, \"n\": 0.30000000000000004}\n{}\nnonsense\n";
    let (outcome, output, errors) = run(&["rules", "render", "--template", "-${a.b} ${n}"], rows);
    assert_eq!((outcome, errors.as_str()), (Outcome::Done, ""));
    insta::assert_snapshot!(output);
}

#[test]
fn check_tells_every_file_and_fails_if_one_is_wrong() {
    let bad = "[rules.bad]\nsql = '''\nSELECT qos\nFRUM \"t\"\n'''\nenabel = true\n";
    let (_dir, path) = folder(&[("a.toml", HOT), ("b.toml", bad), ("c.txt", "not looked at")]);
    let (outcome, output, errors) = run(&["rules", "check", path.to_str().unwrap()], "");
    assert_eq!(outcome, Outcome::Failed);
    let shown = format!("{output}{errors}").replace(path.to_str().unwrap(), "rules");
    insta::assert_snapshot!(shown);
}

#[test]
fn check_finds_one_id_in_two_files() {
    let (_dir, path) = folder(&[("a.toml", HOT), ("b.toml", HOT)]);
    let (outcome, _, errors) = run(&["rules", "check", path.to_str().unwrap()], "");
    assert_eq!(outcome, Outcome::Failed);
    let shown = errors.replace(path.to_str().unwrap(), "rules");
    assert_eq!(
        shown,
        "error: rules/b.toml:2: the rule hot is left out, since rules/a.toml:2 has the same \
        id; rename \
         one of them\n"
    );
}

#[test]
fn a_path_without_rule_files_is_an_error() {
    let (_dir, path) = folder(&[]);
    let (outcome, output, errors) = run(&["rules", "check", path.to_str().unwrap()], "");
    assert_eq!((outcome, output.as_str()), (Outcome::Failed, ""));
    assert!(errors.ends_with(": the folder holds no *.toml\n"), "{errors}");
    let (outcome, _, errors) = run(&["rules", "test", "/no/such.toml"], "");
    assert_eq!(outcome, Outcome::Failed);
    assert!(errors.starts_with("error: /no/such.toml: No such file"), "{errors}");
}

#[test]
fn test_counts_and_shows_what_differs() {
    let (_dir, path) = folder(&[("a.toml", HOT)]);
    let (outcome, output, _) = run(&["rules", "test", path.to_str().unwrap()], "");
    assert_eq!((outcome, output.as_str()), (Outcome::Done, "2 passed, 0 failed (1 file)\n"));

    let wrong = HOT.replace("expect = { temp = 31.5 }", "expect = { temp = 32 }");
    let (_dir, path) = folder(&[("a.toml", &wrong), ("b.toml", "rules = 1")]);
    let (outcome, output, errors) = run(&["rules", "test", path.to_str().unwrap()], "");
    assert_eq!(outcome, Outcome::Failed);
    let shown = format!("{output}{errors}").replace(path.to_str().unwrap(), "rules");
    insta::assert_snapshot!(shown);
}

#[test]
fn explain_prints_the_plan_of_a_text_and_of_a_file() {
    let sql = r#"SELECT payload.temp AS t FROM "sensor/#" WHERE payload.temp > 30"#;
    let (outcome, output, _) = run(&["rules", "explain", "--sql", sql], "");
    assert_eq!(outcome, Outcome::Done);
    assert!(output.contains("sensor/#"), "{output}");

    let (_dir, path) = folder(&[("a.toml", HOT)]);
    let (outcome, output, _) = run(&["rules", "explain", path.to_str().unwrap()], "");
    assert_eq!(outcome, Outcome::Done);
    assert!(output.starts_with(&format!("hot ({}/a.toml:2)\n  ", path.display())), "{output}");
}

#[test]
fn usage_errors_are_told_apart() {
    for wrong in [
        &["rules", "explain"][..],
        &["rules", "explain", "a.toml", "--sql", "x"],
        &["rules", "check"],
        &["rules", "eval"],
        &["config", "check", "--set", "mqtt"],
        &["nonsense"],
    ] {
        let error = Cli::try_parse_from([&["sluice"], wrong].concat()).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{wrong:?}");
    }
}

#[test]
fn config_check_prints_what_is_in_force() {
    let (_dir, path) = folder(&[(
        "s.toml",
        "[api]\nadmin_password = 'hunter2'\n[store]\ndurability = 'memory'\n",
    )]);
    let file = path.join("s.toml");
    let arguments =
        ["config", "check", "--config", file.to_str().unwrap(), "--set", "mqtt.max_inflight=7"];
    let (outcome, output, errors) = run(&arguments, "");
    assert_eq!((outcome, errors.as_str()), (Outcome::Done, ""));
    insta::assert_snapshot!(output.replace(path.to_str().unwrap(), "/etc/sluice"));
    assert!(!path.join("data").exists());
}

#[test]
fn config_check_tells_a_missing_file() {
    let (outcome, output, errors) = run(&["config", "check", "--config", "/no/such.toml"], "");
    assert_eq!((outcome, output.as_str()), (Outcome::Failed, ""));
    insta::assert_snapshot!(errors);
}

/// Selects lists that hold the one before twice: small in memory, without end as text.
fn endless_sql() -> String {
    let doubled: String = (1..60).map(|n| format!(", [a{0}, a{0}] AS a{n}", n - 1)).collect();
    format!("SELECT [1] AS a0{doubled} FROM \"t\"")
}

#[test]
fn rows_without_end_are_an_error_of_their_line() {
    let events = "{\"topic\": \"t\"}\n{\"topic\": \"other\"}\n";
    assert_eq!(
        eval(&endless_sql(), events),
        "{\"error\":\"the rows are longer than 16777216 bytes as JSON\"}\n[]\n"
    );
}

#[test]
fn a_rendered_text_without_end_is_an_error_of_its_line() {
    let template = "${a}".repeat(4096);
    let rows = format!("{{\"a\": \"{}\"}}\n{{\"a\": 1}}\n", "x".repeat(5000));
    let (outcome, output, errors) = run(&["rules", "render", "--template", &template], &rows);
    assert_eq!((outcome, errors.as_str()), (Outcome::Done, ""));
    let error = "{\"error\":\"the text is longer than 16777216 bytes\"}";
    assert_eq!(output, format!("{error}\n\"{}\"\n", "1".repeat(4096)));
}

#[test]
fn check_names_connectors_that_are_not_there() {
    let text = "[rules.a]\nsql = 'SELECT qos FROM \"t\"'\n[[rules.a.actions]]\n\
                type = 'kafka'\nname = 'out'\nconnector = 'bus'\ntopic = 't'\n";
    let (_dir, path) = folder(&[("a.toml", text)]);
    let (outcome, _, errors) = run(&["rules", "check", path.to_str().unwrap()], "");
    assert_eq!(outcome, Outcome::Done);
    let warning = "/a.toml:4: the action a.out names the connector bus, which no loaded \
    file defines; \
                   add [connectors.bus]\n";
    assert!(errors.ends_with(warning), "{errors}");
}

#[test]
fn a_file_named_twice_is_checked_once() {
    let (_dir, path) = folder(&[("a.toml", HOT)]);
    let file = path.join("a.toml");
    let again = path.join(".").join("a.toml");
    let paths = [file.to_str().unwrap(), path.to_str().unwrap(), again.to_str().unwrap()];
    let (outcome, output, errors) = run(&[&["rules", "check"], &paths[..]].concat(), "");
    assert_eq!((outcome, errors.as_str()), (Outcome::Done, ""));
    assert_eq!(output, format!("{}: 1 rule, ok\n", paths[0]));
}

#[test]
fn a_byte_order_mark_begins_no_line() {
    assert_eq!(eval("SELECT qos FROM \"t\"", "\u{feff}{\"topic\": \"t\"}\n"), "[{\"qos\":0}]\n");
}

#[test]
fn explain_warns_of_what_is_doubtful() {
    let sql = "SELECT clinetid FROM \"t\"";
    let (outcome, output, errors) = run(&["rules", "explain", "--sql", sql], "");
    assert_eq!(outcome, Outcome::Done);
    assert!(output.contains("clinetid"), "{output}");
    assert!(errors.starts_with("warning: no event has a column `clinetid`"), "{errors}");
}

#[test]
fn functions_are_listed_with_an_example_that_holds() {
    let (outcome, all, errors) = run(&["rules", "functions"], "");
    assert_eq!((outcome, errors.as_str()), (Outcome::Done, ""));
    let known: usize = sluice_sql::functions::FAMILIES.iter().map(|family| family.len()).sum();
    assert_eq!(all.lines().count(), known * 2);

    let (_, upper, _) = run(&["rules", "functions", "UPPER"], "");
    assert_eq!(upper, "upper (1 argument): In upper case.\n    upper('aß') = \"ASS\"\n");
    assert_eq!(
        eval("SELECT upper('aß') AS r FROM \"t\"", r#"{"topic": "t"}"#),
        "[{\"r\":\"ASS\"}]\n"
    );

    let (outcome, output, errors) = run(&["rules", "functions", "uper"], "");
    assert_eq!((outcome, output.as_str()), (Outcome::Failed, ""));
    assert_eq!(errors, "error: no function's name holds `uper`; did you mean `upper`?\n");
}
