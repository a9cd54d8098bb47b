//! How connections come to a worker: accepted from its listeners, or handed over by the worker that
//! accepted them. It does not know what they send.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use sluice_hub::{ConnectionId, Input};
use sluice_session::{MillisSinceStart, Now};
use tokio::net::{TcpListener, TcpStream};

use super::WorkerThread;
use crate::socket::Socket;

/// A socket that connections are accepted from.
pub(super) struct Listener {
    name: String,
    listener: TcpListener,
    /// After an error such as "too many open files", accepting waits until then.
    pub(super) paused_until: Option<MillisSinceStart>,
}

impl WorkerThread {
    pub(super) fn accept(&mut self, context: &mut Context<'_>, now: Now) {
        for index in 0..self.listeners.len() {
            for accepts in 0.. {
                if accepts == ACCEPTS_PER_TURN {
                    context.waker().wake_by_ref();
                    break;
                }
                let Some(listener) = self.listeners.get_mut(index) else { break };
                if listener.paused_until.is_some_and(|until| until > now.monotonic) {
                    break;
                }
                listener.paused_until = None;
                match listener.listener.poll_accept(context) {
                    Poll::Pending => break,
                    Poll::Ready(Ok((stream, peer))) => self.admit(stream, peer, now),
                    Poll::Ready(Err(error)) => {
                        let name = &listener.name;
                        tracing::warn!(name, %error, "could not accept a connection; trying again");
                        listener.paused_until = Some(now.monotonic + ACCEPT_PAUSE_MILLIS);
                        break;
                    }
                }
            }
        }
    }

    fn admit(&mut self, stream: TcpStream, peer: SocketAddr, now: Now) {
        let open = self.registry.connections.fetch_add(1, Ordering::Relaxed);
        if open >= self.connections_max || self.stopping.is_some() {
            self.registry.connections.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        // A dead peer behind a silent network is found by probes; both are hints that a socket may
        // refuse.
        let keep_alive = socket2::TcpKeepalive::new().with_time(Duration::from_secs(60));
        let options = socket2::SockRef::from(&stream);
        let set =
            options.set_tcp_nodelay(true).and_then(|()| options.set_tcp_keepalive(&keep_alive));
        if let Err(error) = set {
            tracing::debug!(%peer, %error, "socket options were refused");
        }
        self.enter(stream, peer, now);
    }

    /// A connection of this worker from now on; it is read from in this turn, since its waker is
    /// not set before.
    fn enter(&mut self, stream: TcpStream, peer: SocketAddr, now: Now) -> Option<ConnectionId> {
        let Ok(local) = stream.local_addr() else {
            self.registry.connections.fetch_sub(1, Ordering::Relaxed);
            return None;
        };
        let id = self.hub.accept(peer, local, now);
        let socket = Socket::new(id, stream, peer, &self.ready);
        socket.list();
        *self.sockets.reach(id.slot) = Some(socket);
        Some(id)
    }

    pub(super) fn take_over(
        &mut self,
        socket: std::net::TcpStream,
        peer: SocketAddr,
        unread: &[u8],
        now: Now,
    ) {
        let entered = match TcpStream::from_std(socket) {
            Ok(stream) => self.enter(stream, peer, now),
            Err(error) => {
                tracing::warn!(%peer, %error, "a connection could not move to its worker");
                self.registry.connections.fetch_sub(1, Ordering::Relaxed);
                None
            }
        };
        if let Some(id) = entered {
            self.handle(now, Input::Received(id, unread));
        }
    }

    pub(super) fn listen(
        &mut self,
        name: String,
        listener: std::net::TcpListener,
        context: &Context<'_>,
    ) {
        match TcpListener::from_std(listener) {
            Ok(listener) => {
                self.listeners.push(Listener { name, listener, paused_until: None });
                context.waker().wake_by_ref();
            }
            Err(error) => tracing::error!(name, %error, "a listener could not be used"),
        }
    }
}

const ACCEPTS_PER_TURN: usize = 64;
const ACCEPT_PAUSE_MILLIS: u64 = 100;
