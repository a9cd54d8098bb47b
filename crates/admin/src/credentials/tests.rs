//! What is kept, over restarts.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::*;

fn now() -> SystemTime {
    time::from_unix(1_700_000_000)
}

fn new_key(name: &str) -> NewApiKey {
    NewApiKey {
        name: name.into(),
        desc: String::new(),
        enable: true,
        role: Role::Administrator,
        expired_at: None,
    }
}

#[test]
fn the_first_start_makes_an_administrator_and_later_ones_keep_it() {
    let dir = tempfile::tempdir().unwrap();
    let (credentials, random) = Credentials::open(dir.path(), None).unwrap();
    let random = random.unwrap();
    assert!(credentials.is_password("admin", &random));
    let path = dir.path().join("credentials.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&path).unwrap().contains(&random));
    let (credentials, again) = Credentials::open(dir.path(), None).unwrap();
    assert_eq!(again, None);
    assert!(credentials.is_password("admin", &random));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_given_password_wins_at_each_start() {
    let dir = tempfile::tempdir().unwrap();
    for given in ["first", "second"] {
        let (credentials, random) = Credentials::open(dir.path(), Some(given.to_owned())).unwrap();
        assert_eq!(random, None);
        assert!(credentials.is_password("admin", given));
    }
    let (credentials, _) = Credentials::open(dir.path(), None).unwrap();
    assert!(credentials.is_password("admin", "second"));
}

#[test]
fn a_key_opens_with_its_secret_until_it_is_disabled_expired_or_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (credentials, _) = Credentials::open(dir.path(), Some("p".into())).unwrap();
    let (key, secret) = credentials.create_api_key(new_key("ci"), now()).unwrap();
    let file = fs::read_to_string(dir.path().join("credentials.json")).unwrap();
    assert!(file.contains(&key.api_key) && !file.contains(&secret), "{file}");
    let (credentials, _) = Credentials::open(dir.path(), None).unwrap();
    let opens = |at| credentials.api_key(&key.api_key, &secret, at).is_some();
    assert!(opens(now()));
    assert!(credentials.api_key(&key.api_key, "wrong", now()).is_none());
    assert!(credentials.api_key("wrong", &secret, now()).is_none());
    let expired_at = Some(Some(time::to_unix(now()) + 10));
    credentials.update_api_key("ci", ApiKeyEdit { expired_at, ..Default::default() }).unwrap();
    assert!(opens(now() + Duration::from_secs(9)));
    assert!(!opens(now() + Duration::from_secs(10)));
    let enable = Some(false);
    credentials.update_api_key("ci", ApiKeyEdit { enable, ..Default::default() }).unwrap();
    assert!(!opens(now()));
    credentials.delete_api_key("ci").unwrap();
    assert!(matches!(credentials.delete_api_key("ci"), Err(ChangeError::NoApiKey(_))));
}

#[test]
fn the_last_administrator_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (credentials, _) = Credentials::open(dir.path(), Some("p".into())).unwrap();
    let refused = credentials.delete_user("admin");
    assert!(matches!(refused, Err(ChangeError::LastAdministrator)));
    let refused = credentials.update_user("admin", None, Some(Role::Viewer));
    assert!(matches!(refused, Err(ChangeError::LastAdministrator)));
    let new = |role| NewUser {
        username: "ann".into(),
        password: "q".into(),
        description: String::new(),
        role,
    };
    credentials.create_user(new(Role::Administrator)).unwrap();
    assert!(matches!(credentials.create_user(new(Role::Viewer)), Err(ChangeError::Exists(_))));
    credentials.delete_user("admin").unwrap();
    let (credentials, random) = Credentials::open(dir.path(), None).unwrap();
    assert_eq!(random, None);
    assert!(credentials.is_password("ann", "q") && !credentials.is_password("admin", "p"));
}

#[test]
fn a_password_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let (credentials, _) = Credentials::open(dir.path(), Some("old".into())).unwrap();
    credentials.set_password("admin", "new").unwrap();
    assert!(credentials.is_password("admin", "new") && !credentials.is_password("admin", "old"));
    assert!(matches!(credentials.set_password("bob", "new"), Err(ChangeError::NoUser(_))));
}

#[test]
fn a_file_that_is_broken_or_of_another_version_is_left_alone() {
    for (text, wanted) in [
        ("{\"version\": 1, \"users\": [", "does not hold users and API keys: EOF"),
        ("{\"version\": 2, \"users\": [], \"api_keys\": []}", "has the form 2"),
        ("[]", "does not hold users and API keys"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.json");
        fs::write(&path, text).unwrap();
        let error = Credentials::open(dir.path(), Some("p".into())).err().unwrap().to_string();
        assert!(error.starts_with(&format!("{}: {wanted}", path.display())), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}
