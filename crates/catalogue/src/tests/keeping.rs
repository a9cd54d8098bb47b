//! What survives a restart, and what a damaged file does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::stage::{Stage, calling, connector, connector_file, refused, rule, rule_file};
use crate::{Owner, RefusalKind};

#[tokio::test]
async fn everything_made_over_rest_survives_a_restart() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    catalogue.create_connector(&connector("ops", "http://u:s3cret@h")).unwrap();
    let made = catalogue.create_rule(&calling("c", "ops")).unwrap();
    catalogue.create_rule(&rule("r", "out")).unwrap();
    catalogue.enable_rule("r", false).unwrap();
    catalogue.put_rule_file("lab", &rule_file("u", "out")).unwrap();
    let mode = fs::metadata(stage.path("data/catalogue.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let stage = stage.restarted().await;
    assert_eq!(stage.in_force(), ["c[x]", "r[]", "u[_]"]);
    let kept = stage.catalogue.rule("c").unwrap();
    assert_eq!(kept.created_at, made.created_at);
    assert_eq!(kept.last_modified_at, made.last_modified_at);
    assert_eq!(stage.catalogue.rule("u").unwrap().owner, Owner::Uploaded("lab.toml".into()));
    assert_eq!(stage.catalogue.rule_file("lab.toml").unwrap(), rule_file("u", "out"));
}

#[tokio::test]
async fn a_damaged_or_later_file_ends_the_start_in_one_line() {
    let stage = Stage::new();
    let path = stage.path("data/catalogue.json");
    let Stage { mut folder, catalogue, .. } = stage;
    drop(catalogue);
    for (text, parts) in [
        ("{", ["it is damaged (line 1", "move it away"]),
        ("{\"version\": 1, \"rules\": {\"s3cret\": 7}}", ["it is damaged (line 1", "move it"]),
        (
            "{\"version\": 2, \"more\": true}",
            ["it has version 2", "start the binary that wrote it"],
        ),
    ] {
        fs::write(&path, text).unwrap();
        let (back, error) = Stage::start(folder).err().unwrap();
        folder = back;
        let line = error.to_string();
        assert!(line.starts_with(&path.display().to_string()), "{line}");
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
        assert!(!line.contains('\n') && !line.contains("s3cret"), "{line}");
    }
}

#[tokio::test]
async fn what_this_version_cannot_read_is_left_out_and_kept() {
    let stage = Stage::new();
    stage.catalogue.create_rule(&rule("r", "out")).unwrap();
    let path = stage.path("data/catalogue.json");
    let mut kept: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut other = kept["rules"]["r"].clone();
    other["body"]["sql"] = json!("SELECT of_tomorrow(1) AS a FROM \"t\"");
    kept["rules"]["later"] = other;
    fs::write(&path, kept.to_string()).unwrap();

    let stage = stage.restarted().await;
    assert_eq!(stage.in_force(), ["r[_]"]);
    stage.catalogue.create_rule(&rule("s", "out")).unwrap();
    let now: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(now["rules"]["later"], kept["rules"]["later"]);
    // What is deleted beside it does not come back.
    stage.catalogue.delete_rule("r").unwrap();
    let stage = stage.restarted().await;
    assert_eq!(stage.in_force(), ["s[_]"]);
    stage.catalogue.create_rule(&rule("later", "out")).unwrap();
    let now: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(now["rules"]["later"]["body"], rule("later", "out"));
}

#[tokio::test]
async fn a_change_that_cannot_be_written_is_none() {
    let stage = Stage::new();
    stage.catalogue.create_rule(&rule("r", "out")).unwrap();
    // A folder in the file's place cannot be replaced by a file.
    let path = stage.path("data/catalogue.json");
    fs::remove_file(&path).unwrap();
    fs::create_dir_all(path.join("in the way")).unwrap();
    let before = stage.count();
    refused(
        stage.catalogue.create_rule(&rule("s", "out")),
        RefusalKind::Failed,
        &["catalogue.json", "nothing has changed"],
    );
    refused(stage.catalogue.delete_rule("r"), RefusalKind::Failed, &[]);
    assert_eq!((stage.count(), stage.in_force()), (before, vec!["r[_]".to_owned()]));
    fs::remove_dir_all(&path).unwrap();
    stage.catalogue.create_rule(&rule("s", "out")).unwrap();
}

#[tokio::test]
async fn the_first_owner_of_a_name_stays() {
    let stage = Stage::new();
    stage.catalogue.create_rule(&rule("r", "rest")).unwrap();
    stage.catalogue.create_connector(&connector("ops", "http://rest")).unwrap();
    stage.catalogue.put_rule_file("lab", &rule_file("u", "upload")).unwrap();
    let texts = [rule_file("r", "file"), rule_file("u", "file"), rule_file("f", "file")];
    stage.write("a.toml", &(texts.concat() + &connector_file("ops", "http://file")));
    let owner = |stage: &Stage, id: &str| stage.catalogue.rule(id).unwrap().owner;
    assert_eq!(owner(&stage, "r"), Owner::Rest);
    assert_eq!(owner(&stage, "u"), Owner::Uploaded("lab.toml".into()));

    let stage = stage.restarted().await;
    assert_eq!(owner(&stage, "r"), Owner::Rest);
    assert_eq!(stage.catalogue.connector("ops").unwrap().owner, Owner::Rest);
    // With the first one gone, the file's takes its place.
    stage.catalogue.delete_rule("r").unwrap();
    let path = stage.path("rules/a.toml").display().to_string();
    assert_eq!(owner(&stage, "r"), Owner::File(path));
    assert_eq!(stage.in_force().len(), 3);
}
