//! Folders of rule files as texts: what is live and what is told.

use super::*;
use crate::entry::Owner;
use crate::inventory::Inventory;
use crate::report::Told;

/// A folder as the catalogue follows it.
#[derive(Default)]
struct Followed {
    folder: RuleFolder,
    told: Told,
    rules: Vec<Arc<Rule>>,
}

#[derive(Debug)]
struct Update {
    /// `None` where they are the same as before.
    rules: Option<Vec<Arc<Rule>>>,
    connectors: Vec<Connector>,
    reports: Vec<Report>,
}

fn rule(id: &str, filter: &str) -> String {
    format!(
        "[rules.{id}]\nsql = 'SELECT qos FROM \"{filter}\"'\n\
         [[rules.{id}.actions]]\ntype = \"republish\"\ntopic = \"out\"\n"
    )
}

fn found(files: &[(&str, &str)]) -> BTreeMap<String, FileText> {
    let text = |text: &str| match text.strip_prefix("unusable: ") {
        Some(reason) => FileText::Unusable(reason.into()),
        None => FileText::Text(text.into()),
    };
    files.iter().map(|(name, it)| ((*name).to_owned(), text(it))).collect()
}

fn apply(followed: &mut Followed, files: &[(&str, &str)]) -> Update {
    let mut reports = followed.folder.take(found(files), |name| format!("rules/{name}"));
    let mut inventory = Inventory::default();
    inventory.add_folder(&followed.folder, |_, path| Owner::File(path.to_owned()));
    let mut lasting = std::mem::take(&mut inventory.clashes);
    lasting.extend(inventory.misnamed_connectors());
    reports.extend(followed.told.fresh(lasting));
    let rules: Vec<_> = inventory.rules.into_iter().map(|it| it.rule).collect();
    let is_same = rules.len() == followed.rules.len()
        && rules.iter().zip(&followed.rules).all(|(a, b)| Arc::ptr_eq(a, b));
    followed.rules.clone_from(&rules);
    let connectors = inventory.connectors.into_values().map(|it| it.connector).collect();
    Update { rules: (!is_same).then_some(rules), connectors, reports }
}

/// `id@file` of the live rules; `None` where they are the same as before.
fn live(update: &Update) -> Option<Vec<String>> {
    let rules = update.rules.as_ref()?;
    Some(rules.iter().map(|rule| format!("{}@{}", rule.id, rule.file)).collect())
}

fn told(update: &Update) -> Vec<String> {
    update.reports.iter().map(ToString::to_string).collect()
}

#[test]
fn rules_come_by_file_then_by_place() {
    let mut folder = Followed::default();
    let two = rule("z", "t") + &rule("a", "t");
    let update = apply(&mut folder, &[("b.toml", &rule("m", "t")), ("a.toml", &two)]);
    assert_eq!(live(&update).unwrap(), ["z@rules/a.toml", "a@rules/a.toml", "m@rules/b.toml"]);
    assert_eq!(told(&update), ["rules/a.toml: 2 rules loaded", "rules/b.toml: 1 rules loaded"]);
}

#[test]
fn the_same_texts_again_change_and_tell_nothing() {
    let mut folder = Followed::default();
    let files = [("a.toml", rule("a", "t")), ("b.toml", "nonsense".into())];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    apply(&mut folder, &files);
    let update = apply(&mut folder, &files);
    assert_eq!((live(&update), told(&update)), (None, vec![]));
}

#[test]
fn a_changed_file_leaves_the_others_rules_as_they_are() {
    let mut folder = Followed::default();
    let (a, b) = (rule("a", "t"), rule("b", "t"));
    let before = apply(&mut folder, &[("a.toml", &a), ("b.toml", &b)]).rules.unwrap();
    let after = apply(&mut folder, &[("a.toml", &a), ("b.toml", &rule("b", "u"))]).rules.unwrap();
    assert!(Arc::ptr_eq(&before[0], &after[0]));
    assert!(!Arc::ptr_eq(&before[1], &after[1]));
}

#[test]
fn a_file_that_went_bad_keeps_the_rules_it_held() {
    let mut folder = Followed::default();
    let good = rule("a", "t");
    apply(&mut folder, &[("a.toml", &good)]);
    let update = apply(&mut folder, &[("a.toml", "[rules.a]\nsql = 'SELECT'\n")]);
    assert_eq!(live(&update), None);
    assert_eq!(told(&update), ["rules/a.toml: 1 errors; 1 rules of before stay live"]);
    let Report::Wrong { errors, .. } = &update.reports[0] else { panic!("{update:?}") };
    assert_eq!((errors[0].line, &*errors[0].file), (2, "rules/a.toml"));

    let update = apply(&mut folder, &[("a.toml", "unusable: no permission")]);
    assert_eq!(told(&update), ["rules/a.toml: no permission; 1 rules of before stay live"]);

    // What it held is forgotten only with the file itself.
    let update = apply(&mut folder, &[]);
    assert_eq!(live(&update).unwrap(), Vec::<String>::new());
    assert_eq!(told(&update), ["rules/a.toml: removed with its 1 rules"]);
}

#[test]
fn a_file_that_is_bad_from_the_start_harms_no_other() {
    let mut folder = Followed::default();
    let update = apply(&mut folder, &[("a.toml", "nonsense"), ("b.toml", &rule("b", "t"))]);
    assert_eq!(live(&update).unwrap(), ["b@rules/b.toml"]);
    let update = apply(&mut folder, &[("a.toml", &rule("a", "t")), ("b.toml", &rule("b", "t"))]);
    assert_eq!(live(&update).unwrap(), ["a@rules/a.toml", "b@rules/b.toml"]);
}

#[test]
fn of_two_rules_with_one_id_the_first_file_wins_and_the_clash_is_told_once() {
    let mut folder = Followed::default();
    let (first, second) = (rule("a", "t"), rule("b", "t") + &rule("a", "u"));
    let files = [("1.toml", first.as_str()), ("2.toml", second.as_str())];
    let update = apply(&mut folder, &files);
    assert_eq!(live(&update).unwrap(), ["a@rules/1.toml", "b@rules/2.toml"]);
    let clash = "rules/2.toml:6: the rule a is left out, since rules/1.toml:1 has the same \
    id; rename one \
                 of them";
    assert_eq!(told(&update)[2], clash);

    let third = [files[0], files[1], ("3.toml", "")];
    assert_eq!(told(&apply(&mut folder, &third)), ["rules/3.toml: 0 rules loaded"]);

    // Once the first is gone, the second takes its place.
    let update = apply(&mut folder, &[files[1]]);
    assert_eq!(live(&update).unwrap(), ["b@rules/2.toml", "a@rules/2.toml"]);
    assert_eq!(told(&apply(&mut folder, &files))[1], clash);
}

#[test]
fn of_two_connectors_with_one_name_the_first_file_wins() {
    let mut folder = Followed::default();
    let connector = "[connectors.ops]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:9000\"\n";
    let update = apply(&mut folder, &[("1.toml", connector), ("2.toml", connector)]);
    assert_eq!(update.connectors.len(), 1);
    assert_eq!(&*update.connectors[0].file, "rules/1.toml");
    assert_eq!(
        told(&update)[2],
        "rules/2.toml:1: the connector ops is left out, since rules/1.toml:1 has the same \
        name; rename \
         one of them"
    );
}

fn writing(id: &str, connector: &str) -> String {
    format!(
        "[rules.{id}]\nsql = 'SELECT qos FROM \"t\"'\n[[rules.{id}.actions]]\n\
         type = \"postgres\"\nconnector = \"{connector}\"\n\
         sql = \"INSERT INTO t VALUES (${{qos}})\"\n"
    )
}

#[test]
fn connectors_that_no_file_defines_are_told_once() {
    let mut folder = Followed::default();
    let warehouse = "[connectors.warehouse]\ntype = \"postgres\"\nurl = \"postgres://h/d\"\n";
    let bus = "[connectors.bus]\ntype = \"kafka\"\nbootstrap_servers = [\"h:9092\"]\n";
    let (a, b) = (writing("a", "warehouse"), writing("b", "bus"));
    let files = [("a.toml", a.as_str()), ("b.toml", &b), ("c.toml", bus)];
    let update = apply(&mut folder, &files);
    let warnings: Vec<_> = update
        .reports
        .iter()
        .filter(|it| !matches!(it, Report::Loaded { .. }))
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        warnings,
        [
            "rules/a.toml:4: the action a.postgres names the connector warehouse, which no loaded \
             file defines; add [connectors.warehouse]",
            "rules/b.toml:4: the action b.postgres is of type postgres and its connector bus \
             (rules/c.toml:1) of type kafka; name one of type postgres",
        ]
    );
    assert!(!update.reports.iter().any(Report::is_error));
    assert_eq!(update.rules.unwrap().len(), 2, "both are listed");
    assert_eq!(told(&apply(&mut folder, &files)), Vec::<String>::new());

    let all = [files[0], files[1], files[2], ("d.toml", warehouse)];
    assert_eq!(told(&apply(&mut folder, &all)), ["rules/d.toml: 0 rules loaded"]);
    let told = told(&apply(&mut folder, &files));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("warehouse, which no loaded file defines"), "{told:?}");
}
