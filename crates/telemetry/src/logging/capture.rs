//! Log lines of one piece of a test, as text.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::format;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that `deed` logs on this thread.
pub(crate) fn captured(deed: impl FnOnce()) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = format().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, deed);
    String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
}
