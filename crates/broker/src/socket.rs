//! One client's socket within a worker. It does not know what its bytes mean.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use sluice_hub::ConnectionId;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::ready::{ReadyList, SocketWaker};

/// A socket with its waker.
pub(crate) struct Socket {
    pub(crate) id: ConnectionId,
    pub(crate) peer: SocketAddr,
    stream: TcpStream,
    readiness: Arc<SocketWaker>,
    waker: Waker,
    /// The hub does not want more from it for now.
    pub(crate) held: bool,
    /// The socket would not take everything: more is written when it is ready.
    pub(crate) blocked: bool,
    /// When the hub has closed it: what is left is written until then.
    pub(crate) closing: Option<u64>,
}

/// What a read gave.
pub(crate) enum ReadResult {
    /// Bytes; more may be there at once when the buffer was filled.
    Bytes(usize),
    /// Nothing yet; the waker is set.
    NotReady,
    /// The client closed its side.
    End,
    /// The socket failed.
    Failed,
}

impl Socket {
    pub(crate) fn new(
        id: ConnectionId,
        stream: TcpStream,
        peer: SocketAddr,
        list: &Arc<ReadyList>,
    ) -> Self {
        let readiness = SocketWaker::new(id.slot, list);
        let waker = Waker::from(Arc::clone(&readiness));
        Self { id, peer, stream, readiness, waker, held: false, blocked: false, closing: None }
    }

    /// The worker looks at it now.
    pub(crate) fn unlist(&self) {
        self.readiness.unlist();
    }

    /// It is looked at again in the next turn.
    pub(crate) fn list(&self) {
        self.readiness.list();
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> ReadResult {
        let mut context = Context::from_waker(&self.waker);
        let mut buffer = ReadBuf::new(buffer);
        match Pin::new(&mut self.stream).poll_read(&mut context, &mut buffer) {
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => ReadResult::End,
            Poll::Ready(Ok(())) => ReadResult::Bytes(buffer.filled().len()),
            Poll::Ready(Err(_)) => ReadResult::Failed,
            Poll::Pending => ReadResult::NotReady,
        }
    }

    /// Writes as much as the socket takes; `None` when it failed.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut context = Context::from_waker(&self.waker);
        let mut written = 0;
        self.blocked = false;
        while let Some(rest) = bytes.get(written..)
            && !rest.is_empty()
        {
            match Pin::new(&mut self.stream).poll_write(&mut context, rest) {
                Poll::Ready(Ok(0) | Err(_)) => return None,
                Poll::Ready(Ok(more)) => written += more,
                Poll::Pending => {
                    self.blocked = true;
                    break;
                }
            }
        }
        Some(written)
    }

    /// Says that nothing more will be written; whether the socket still lives.
    pub(crate) fn shut_down(&mut self) -> bool {
        socket2::SockRef::from(&self.stream).shutdown(std::net::Shutdown::Write).is_ok()
    }

    /// Throws away some of what the client still sends; `false` once it has closed its side. A
    /// client that never stops sending must not keep the worker here.
    pub(crate) fn discard(&mut self, buffer: &mut [u8]) -> bool {
        for _ in 0..DISCARDS_PER_LOOK {
            match self.stream.try_read(buffer) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
            }
        }
        true
    }

    /// Gives the socket away, out of this worker's runtime.
    pub(crate) fn into_std(self) -> std::io::Result<std::net::TcpStream> {
        self.stream.into_std()
    }
}

/// Reads of a closed socket in one turn.
const DISCARDS_PER_LOOK: usize = 4;
