//! A non-blocking connection with what waits to be written and the packet that is not yet whole. It
//! does not know what the packets mean.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

/// One connection of the load. While nothing is under way it owns no buffer.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    /// The beginning of a packet whose end has not come.
    partial: Vec<u8>,
    out: Vec<u8>,
    /// How much of `out` is written.
    written: usize,
}

/// What [`Socket::read`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadOutcome {
    /// So many bytes are in the buffer, those of the incomplete packet before them included. `more`
    /// may be waiting: read again.
    Filled { len: usize, more: bool },
    /// Nothing to read now.
    Empty,
    /// The broker closed the connection.
    Closed,
}

impl Socket {
    /// Begins to connect; it is done, or has failed, when it becomes writable.
    pub(crate) fn connect(
        address: SocketAddr,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { stream, partial: Vec::new(), out: Vec::new(), written: 0 })
    }

    /// Whether the connection stands; `Err` if it never will.
    pub(crate) fn finish_connect(&mut self) -> io::Result<bool> {
        if let Some(cause) = self.stream.take_error()? {
            return Err(cause);
        }
        match self.stream.peer_addr() {
            Ok(_) => self.stream.set_nodelay(true).map(|()| true),
            Err(cause) if cause.kind() == ErrorKind::NotConnected => Ok(false),
            Err(cause) => Err(cause),
        }
    }

    /// Bytes that wait to be written are appended here.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// How many bytes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.out.len() - self.written
    }

    /// Reads once into `buffer`, behind the incomplete packet.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<ReadOutcome> {
        let kept = self.partial.len();
        if buffer.len() < kept + READ_MIN {
            buffer.resize(kept + READ_MIN, 0);
        }
        let (front, room) = buffer.split_at_mut(kept);
        front.copy_from_slice(&self.partial);
        let room_len = room.len();
        match retry(|| self.stream.read(room)) {
            Ok(0) => Ok(ReadOutcome::Closed),
            Ok(count) => {
                self.partial.clear();
                // A short read emptied the socket: what comes later wakes the poll again.
                Ok(ReadOutcome::Filled { len: kept + count, more: count == room_len })
            }
            Err(cause) if cause.kind() == ErrorKind::WouldBlock => Ok(ReadOutcome::Empty),
            Err(cause) if cause.kind() == ErrorKind::ConnectionReset => Ok(ReadOutcome::Closed),
            Err(cause) => Err(cause),
        }
    }

    /// Keeps the beginning of a packet for the next [`Socket::read`].
    pub(crate) fn keep(&mut self, rest: &[u8]) {
        self.partial.extend_from_slice(rest);
        if rest.is_empty() && self.partial.capacity() > 0 {
            self.partial = Vec::new();
        }
    }

    /// Writes once what waits; what the kernel does not take goes out when the socket becomes
    /// writable.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let Some(waiting) = self.out.get(self.written..).filter(|waiting| !waiting.is_empty())
        else {
            return Ok(());
        };
        match retry(|| self.stream.write(waiting)) {
            Ok(count) => self.written += count,
            Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(cause) => return Err(cause),
        }
        if self.written == self.out.len() {
            self.out.clear();
            self.written = 0;
        } else if self.written > self.out.len() / 2 {
            self.out.drain(..self.written);
            self.written = 0;
        }
        Ok(())
    }

    /// Gives its buffers back: for connections that idle from now on.
    pub(crate) fn release_buffers(&mut self) {
        self.out.shrink_to_fit();
        self.partial.shrink_to_fit();
    }
}

/// A signal in between changes nothing, but no further wake-up would follow it.
fn retry(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// Room behind an incomplete packet, and so the size of one read.
const READ_MIN: usize = 256 * 1024;
