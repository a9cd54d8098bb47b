//! Configuration texts: what is in force and what is told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

fn sources(text: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Sources {
    let own = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let file = (!text.is_empty()).then(|| ("sluice.toml".to_owned(), text.to_owned()));
    Sources { file, environment: own(environment), flags: own(flags) }
}

fn read(text: &str) -> Config {
    Config::read(&sources(text, &[], &[]), Path::new("")).unwrap()
}

fn problems(text: &str) -> String {
    Config::read(&sources(text, &[], &[]), Path::new("")).unwrap_err().to_string()
}

#[test]
fn without_any_source_the_defaults_are_in_force() {
    let config = read("");
    insta::assert_snapshot!("defaults", config.effective);
    assert_eq!(config.listeners.len(), 1);
    assert_eq!(config.mqtt.session_expiry_max, Some(Duration::from_secs(7200)));
}

#[test]
fn the_effective_text_reads_back_the_same() {
    let config = read(
        "[node]\nname = 'a\"b'\n[listeners.tcp.\"odd name\"]\nbind = 'localhost:0'\n\
         [listeners.unix.default]\n[mqtt]\nsession_expiry_max = 'never'\nmax_packet_size = 2000\n",
    );
    assert_eq!(read(&config.effective).effective, config.effective);
}

#[test]
fn the_sample_configuration_equals_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/sluice.toml");
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(read(&text).effective, read("").effective);
}

#[test]
fn environment_wins_over_the_file_and_flags_over_both() {
    let text = "[mqtt]\nmax_inflight = 1\nreceive_maximum = 2\nserver_keep_alive = 3\n";
    let environment = [
        ("SLUICE__MQTT__RECEIVE_MAXIMUM", "20"),
        ("SLUICE__MQTT__SERVER_KEEP_ALIVE", "30"),
        ("SLUICE__LISTENERS__TCP__DEFAULT__BIND", "127.0.0.1:0"),
        ("PATH", "/bin"),
    ];
    let flags = [("mqtt.server_keep_alive", "300"), ("auth.allow_anonymous", "true")];
    let config = Config::read(&sources(text, &environment, &flags), Path::new("")).unwrap();
    assert_eq!(config.mqtt.max_inflight, 1);
    assert_eq!(config.mqtt.receive_maximum, 20);
    assert_eq!(config.mqtt.server_keep_alive, 300);
    assert_eq!(config.listeners[0].bind.to_string(), "127.0.0.1:0");
}

#[test]
fn every_problem_of_a_file_is_told_in_one_line_with_its_place() {
    insta::assert_snapshot!(
        "problems",
        problems(
            r#"
[nod]
name = "x"
[node]
name = "a/b"
data_dir = 7
workers = "4"
log = "sluice_hub=loud"
max_inflight = 3
[listeners.tcp.default]
bind = "1883"
prot = 1
[listeners.tcp.second]
bind = "example.org:1883"
[listeners.tpc.third]
bind = "127.0.0.1:1884"
[mqtt]
max_inflihgt = 1
max_packet_size = "1 mega"
receive_maximum = 70000
max_queued_messages = -1
max_queued_bytes = 1.5
session_expiry_max = "1.5h"
connect_timeout = 10
server_keep_alive = true
[auth]
allow_anonymous = "yes"
[api]
bind = ["127.0.0.1:1"]
[store]
durability = "disk"
[rules]
dir = ""
[sys]
interval = "1ms"
"#
        )
    );
}

#[test]
fn a_problem_names_the_variable_or_the_flag_it_came_from() {
    let environment = [
        ("SLUICE__MQTT__MAX_INFLIGHT", "many"),
        ("SLUICE__MQTT__MAX_INFLIGTH", "1"),
        ("SLUICE__SYSTEM__INTERVAL", "1s"),
        ("SLUICE__STORE", "memory"),
    ];
    let flags = [("auth.allow_anonymous", "perhaps"), ("auth.allow", "true")];
    for text in ["", "[node]\nname = \"n\"\n"] {
        let error = Config::read(&sources(text, &environment, &flags), Path::new("")).unwrap_err();
        insta::assert_snapshot!("problems_above_the_file", error.to_string());
    }
}

#[test]
fn names_that_are_more_than_plain_keys_are_refused() {
    let environment = [("SLUICE__MQTT__A[99999999999]", "1")];
    let error = Config::read(&sources("", &environment, &[]), Path::new("")).unwrap_err();
    assert!(
        error.to_string().starts_with("environment SLUICE__MQTT__A[99999999999]: a name holds")
    );
    for key in ["mqtt", "mqtt.a[9]", "mqtt..a", ".a", ""] {
        let error = Config::read(&sources("", &[], &[(key, "1")]), Path::new("")).unwrap_err();
        assert!(error.to_string().contains("write --set section.key=value"), "{key}: {error}");
    }
}

#[test]
fn broken_toml_is_told_with_line_and_column() {
    insta::assert_snapshot!(problems("[node]\nname = sluice\n"));
}

#[test]
fn a_section_that_is_no_table_is_told() {
    let told = problems("node = 3\n[listeners]\ntcp = 'x'\n");
    insta::assert_snapshot!(told);
}

#[test]
fn an_open_address_needs_a_word_about_anonymous_clients() {
    let open = "[listeners.tcp.default]\nbind = '0.0.0.0:1883'\n";
    insta::assert_snapshot!(problems(open));
    for word in ["true", "false"] {
        assert!(!read(&format!("{open}[auth]\nallow_anonymous = {word}\n")).listeners.is_empty());
    }
    read("[listeners.tcp.default]\nbind = '[::1]:1883'\n");
    read("[listeners.tcp.default]\nbind = '127.8.8.8:1883'\n");
    read(&format!("{open}enable = false\n"));
}

#[test]
fn two_listeners_do_not_share_an_address() {
    let both = |a: &str, b: &str| {
        format!("[listeners.tcp.a]\nbind = '{a}'\n[listeners.ws.b]\nbind = '{b}'\n")
    };
    let told = problems(&both("127.0.0.1:7", "127.0.0.1:7"));
    assert_eq!(
        told,
        "sluice.toml:4:1: listeners.ws.b.bind: 127.0.0.1:7 is taken by tcp.a; give each listener a \
         port of its own, or set enable = false"
    );
    read(&both("127.0.0.1:0", "127.0.0.1:0"));
    read("[listeners.tcp.a]\nbind = '127.0.0.1:7'\n[listeners.quic.a]\nbind = '127.0.0.1:7'\n");
}

#[test]
fn relative_paths_start_at_the_folder_of_the_file() {
    let text = "[node]\ndata_dir = '/var/lib/sluice'\n";
    let config = Config::read(&sources(text, &[], &[]), Path::new("/etc/sluice")).unwrap();
    assert_eq!(config.rules.dir, PathBuf::from("/etc/sluice/rules"));
    assert_eq!(config.node.data_dir, PathBuf::from("/var/lib/sluice"));
}

#[test]
fn a_secret_is_never_shown() {
    let config = read("[api]\nadmin_password = 'hunter2'\n");
    assert!(config.effective.contains("admin_password = \"********\""));
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn what_has_no_effect_is_named() {
    let text = "[listeners.tls.default]\n[listeners.tcp.default]\n[store]\ndurability = 'os'\n\
                [auth]\nallow_anonymous = false\n[api]\nadmin_password = 'x'\n";
    insta::assert_snapshot!(read(text).without_effect().join("\n"));
}

/// On a stack as small as any thread's: what walks into the depth would overflow it.
fn problems_on_a_small_stack(sources: Sources) -> String {
    let read = move || Config::read(&sources, Path::new("")).unwrap_err().to_string();
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(read).unwrap();
    thread.join().unwrap()
}

#[test]
fn nesting_is_bounded() {
    let dotted = vec!["a"; 79].join(".");
    let mut nested = "1".to_owned();
    for _ in 0..70 {
        nested = format!("{{ {dotted} = {nested} }}");
    }
    let text = format!("[{dotted}]\n{dotted} = {nested}");
    assert_eq!(
        problems_on_a_small_stack(sources(&text, &[], &[])),
        "sluice.toml:1:130: nested deeper than 64 keys and brackets; see deploy/sluice.toml for \
         every key and its form"
    );
    let name = format!("SLUICE__{}", vec!["A"; 30_000].join("__"));
    let told = problems_on_a_small_stack(sources("", &[(&name, "1")], &[]));
    assert!(told.ends_with("write SLUICE__SECTION__KEY, such as SLUICE__MQTT__MAX_INFLIGHT"));
    let key = vec!["a"; 30_000].join(".");
    let told = problems_on_a_small_stack(sources("", &[], &[(&key, "1")]));
    assert!(told.ends_with("such as --set mqtt.max_inflight=64"));
}

#[test]
fn the_deepest_that_is_read_fits_a_small_stack() {
    let text = format!("[{}]\nb = {}1{}", vec!["a"; 32].join("."), "[".repeat(31), "]".repeat(31));
    let told = problems_on_a_small_stack(sources(&text, &[], &[]));
    assert!(told.contains("no such key"), "{told}");
}

#[test]
fn a_secret_of_the_wrong_type_is_not_told() {
    assert_eq!(
        problems("[api]\nadmin_password = 12345\n"),
        "sluice.toml:2:1: api.admin_password: a text is expected; write it in \"quotes\""
    );
}

#[test]
fn a_time_without_unit_is_told_to_have_one() {
    let told = problems("[mqtt]\nsession_expiry_max = 7200\n");
    assert!(
        told.ends_with("found 7200; write \"0\", \"30m\", \"2h\", \"7d\" or \"never\""),
        "{told}"
    );
}

#[test]
fn a_byte_order_mark_is_no_column() {
    assert_eq!(problems("\u{feff}mqt = 3\n"), problems("mqt = 3\n"));
}

#[test]
fn a_key_that_stands_twice_is_told_so() {
    assert_eq!(
        problems("[mqtt]\nmax_inflight = 1\nmax_inflight = 2\n"),
        "sluice.toml:3:1: not valid TOML: duplicate key; a key stands once in its table: remove one"
    );
}
