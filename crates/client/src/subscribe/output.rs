//! What of the received messages is printed, and when it is enough. It does not know the
//! connection.

use std::io::Write;

use sluice_mqtt::{MessageRef, PacketId};

use super::SubArgs;
use crate::ClientError;
use crate::clock::wall;
use crate::format::{Format, Subject};

/// Prints messages as the flags want.
pub(super) struct Output<'a, W> {
    args: &'a SubArgs,
    format: Format,
    writer: &'a mut W,
    /// Lines that wait for [`Output::flush`].
    lines: Vec<u8>,
    printed: u64,
}

/// Whether to go on after a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    GoOn,
    Done,
}

impl<'a, W: Write> Output<'a, W> {
    pub(super) fn new(args: &'a SubArgs, writer: &'a mut W) -> Result<Self, ClientError> {
        let format = match &args.format {
            Some(text) => Format::parse(text)?,
            None => Format::plain(args.verbose),
        };
        Ok(Self { args, format, writer, lines: Vec::new(), printed: 0 })
    }

    /// Whether `-T` lets it pass.
    pub(super) fn admits(&self, message: &MessageRef<'_>) -> bool {
        !self.args.filter_out.iter().any(|filter| sluice_topic::matches(filter, message.topic))
    }

    /// Prints the message if the flags want it.
    pub(super) fn print(
        &mut self,
        message: &MessageRef<'_>,
        packet_id: Option<PacketId>,
    ) -> Result<Verdict, ClientError> {
        if self.args.retained_only && !message.retain {
            return Ok(Verdict::Done);
        }
        if self.args.no_retained && message.retain || !self.admits(message) {
            return Ok(Verdict::GoOn);
        }
        let subject = Subject { message, packet_id, received_at: wall() };
        match self.format.write(subject, &mut self.lines) {
            Ok(()) if !self.args.no_newline => self.lines.push(b'\n'),
            Ok(()) => {}
            // As mosquitto_sub: told, and gone on.
            Err(error) if self.args.is_quiet() => drop(error),
            Err(error) => drop(writeln!(std::io::stderr().lock(), "Error: {error}")),
        }
        self.printed += 1;
        if self.lines.len() >= LINES_BYTES_MAX {
            self.flush()?;
        }
        let is_enough = self.args.count.is_some_and(|count| self.printed >= count);
        Ok(if is_enough { Verdict::Done } else { Verdict::GoOn })
    }

    /// Lets the reader of the output see all that was printed.
    pub(super) fn flush(&mut self) -> Result<(), ClientError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let written = self.writer.write_all(&self.lines).and_then(|()| self.writer.flush());
        self.lines.clear();
        written.map_err(ClientError::Output)
    }
}

/// Printed lines are handed on at this size even when more messages are waiting.
const LINES_BYTES_MAX: usize = 64 * 1024;
