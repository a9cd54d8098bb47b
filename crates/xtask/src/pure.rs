//! Pure rooms use nothing of the standard library that asks the world; knows words, not types.

use crate::arrows;
use crate::report::Report;
use crate::source::Source;

pub(crate) fn check(source: &Source, report: &mut Report) {
    if !source.room().is_some_and(arrows::is_pure) {
        return;
    }
    for (number, line) in source.lines().take(source.production_len()) {
        if let Some(word) = worldly_word(line) {
            let message = format!(
                "`{word}` in a pure room; take the answer as an argument or ask in an effect"
            );
            report.violation(&source.path, number, message);
        }
    }
}

/// What a line of code asks the world with; comments may name it.
fn worldly_word(line: &str) -> Option<&'static str> {
    if line.trim_start().starts_with("//") {
        return None;
    }
    WORLDLY.iter().copied().find(|word| {
        line.match_indices(word).any(|(at, _)| {
            let before = line.get(..at).and_then(|text| text.chars().next_back());
            let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    })
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Addresses (`std::net::SocketAddr`) are plain data and may be used.
const WORLDLY: &[&str] = &[
    "Condvar",
    "Mutex",
    "RwLock",
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
    "async fn",
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::process",
    "std::thread",
];

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        let mut report = Report::default();
        check(&Source { path: PathBuf::from(path), text: text.to_owned() }, &mut report);
        report.violations.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn pure_rooms_ask_nothing() {
        let text = "use std::fs;\n// std::fs\nlet lock: Mutex<u8>;\nstruct MutexLike;\n\
                    use std::net::SocketAddr;\n#[cfg(test)]\nmod tests {\nuse std::env;\n}\n";
        assert_eq!(found("crates/hub/src/a.rs", text), [1, 3]);
        assert_eq!(found("crates/hub/src/a/tests.rs", text), [0; 0]);
        assert_eq!(found("crates/broker/src/a.rs", text), [0; 0]);
        assert_eq!(found("tests/src/lib.rs", text), [0; 0]);
    }
}
