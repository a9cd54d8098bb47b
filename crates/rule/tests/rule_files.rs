//! Rule files with something wrong in them, and the messages that a reader gets.
//!
//! A new case is a new file in `tests/errors` (refused) or `tests/warnings` (taken); its messages
//! lie beside it as a snapshot.

use std::{fs, io, path::Path};

use sluice_rule::RuleFile;

fn each_file(folder: &str, check: impl Fn(&str, &str) -> String) -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<_> =
        fs::read_dir(&path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty(), "no case in {}", path.display());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&path);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for file in files {
        let text = fs::read_to_string(&file)?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let messages = check(&format!("{stem}.toml"), &text);
        settings.bind(|| insta::assert_snapshot!(&*stem, messages));
    }
    Ok(())
}

#[test]
fn a_refused_file_says_where_and_how_to_mend_it() -> io::Result<()> {
    each_file("errors", |name, text| match RuleFile::parse(name, text) {
        Ok(_) => panic!("{name} was taken"),
        Err(errors) => errors.to_string(),
    })
}

#[test]
fn a_doubtful_file_is_taken_with_warnings() -> io::Result<()> {
    each_file("warnings", |name, text| {
        let file = RuleFile::parse(name, text).unwrap_or_else(|errors| panic!("{errors}"));
        let shown: Vec<String> = file.warnings.iter().map(ToString::to_string).collect();
        shown.join("\n\n")
    })
}
