//! Log events that people and scripts search for, each spelled in one place. It does not know who raises them.

use std::fmt::Display;

/// Says that a listener accepts connections: `listener ready name=tcp.default addr=127.0.0.1:40213`.
/// Tests and scripts that bind port 0 read the address here, so the words never change.
pub fn listener_ready(name: &str, addr: impl Display) {
    tracing::info!(name = %name, addr = %addr, "listener ready");
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use crate::logging::format;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_ready_line_reads_message_name_address() {
        let captured = Captured::default();
        let writer = captured.clone();
        let subscriber = format().with_ansi(false).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            super::listener_ready("tcp.default", "127.0.0.1:40213");
        });
        let line = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        assert!(
            line.ends_with(" INFO listener ready name=tcp.default addr=127.0.0.1:40213\n"),
            "{line:?}"
        );
    }
}
