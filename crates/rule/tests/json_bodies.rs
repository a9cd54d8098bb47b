//! Bodies in EMQX's forms and bodies with something wrong, and what becomes of them.
//!
//! A new case is a new file in `tests/json`; what it becomes lies beside it as a snapshot. The
//! first word of its name says what it is: `rule`, `connector` or `action`.

use std::{fmt::Write, fs, io, path::Path};

use serde_json::Value;
use sluice_rule::{
    FromJson, JsonErrors, JsonProblem, Secrets, action_from_json, connector_from_json,
    rule_from_json,
};

#[test]
fn bodies_become_what_rule_files_say() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/json");
    let mut paths: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(!paths.is_empty(), "no case in {}", folder.display());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in paths {
        let body: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let shown = match stem.split('_').next() {
            Some("rule") => told(rule_from_json("a", &body, &|_| None), |it| it.to_json()),
            Some("connector") => {
                let exposed = |it: &sluice_rule::Connector| it.to_json(Secrets::Exposed);
                told(connector_from_json("c", &body), exposed)
            }
            Some("action") => told(action_from_json("x", &body), |it| it.to_json()),
            Some(_) | None => panic!("{stem} names no kind of body"),
        };
        settings.bind(|| insta::assert_snapshot!(&*stem, shown));
    }
    Ok(())
}

fn told<T>(read: Result<FromJson<T>, JsonErrors>, write: impl Fn(&T) -> Value) -> String {
    let (mut told, problems) = match read {
        Ok(FromJson { value, warnings }) => (format!("{:#}\n", write(&value)), warnings),
        Err(errors) => ("refused\n".to_owned(), errors.0),
    };
    for JsonProblem { path, message } in problems {
        writeln!(told, "{path:?}: {message}").unwrap_or_default();
    }
    told
}
