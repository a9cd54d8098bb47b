//! The binary as cargo builds it. That a test names it has `cargo test --workspace` build it at
//! all; the black-box tests of `tests/` run what lies there then. What it does is theirs to test.

use std::process::Command;

#[test]
fn it_runs_and_says_its_version() {
    let output = Command::new(env!("CARGO_BIN_EXE_sluice")).arg("--version").output().unwrap();
    assert!(output.status.success());
    let wanted = format!("sluice {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), wanted);
}
