//! Log events that people and scripts search for, each spelled in one place. It does not know who
//! raises them.

use std::fmt::Display;

/// Says that a listener accepts connections: `listener ready name=tcp.default
/// addr=127.0.0.1:40213`. Tests and scripts that bind port 0 read the address here, so the words
/// never change.
pub fn listener_ready(name: &str, addr: impl Display) {
    tracing::info!(name = %name, addr = %addr, "listener ready");
}

#[cfg(test)]
mod tests {
    use crate::logging::capture::captured;

    #[test]
    fn the_ready_line_reads_message_name_address() {
        let lines = captured(|| super::listener_ready("tcp.default", "127.0.0.1:40213"));
        let end = " INFO listener ready name=tcp.default addr=127.0.0.1:40213\n";
        assert!(lines.ends_with(end), "{lines:?}");
    }
}
