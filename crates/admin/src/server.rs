//! Accepts HTTP connections and drains them at the end. It does not know which paths there are.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app;
use crate::services::Services;

/// The REST endpoint, bound and not yet serving.
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
}

/// The endpoint's address cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("api.bind: {address} cannot be bound ({cause}); {}", mend(.cause))]
pub struct BindError {
    /// The address asked for.
    pub address: SocketAddr,
    /// Why; part of the message, so that it stays one line.
    pub cause: io::Error,
}

/// How long what was sent may stay unread.
const UNREAD_TIMEOUT: Duration = Duration::from_secs(60);

/// Connections at a time; one on top waits in the kernel until another ends.
const CONNECTIONS_MAX: usize = 512;
/// How long a client may take to send the head of a request, also between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long answers under way may take once the node stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);
/// How long accepting rests when the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl Admin {
    /// Binds the address.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let fail = |cause| BindError { address, cause };
        let listener = TcpListener::bind(address).await.map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        Ok(Self { listener, address })
    }

    /// Where it is bound: the port in force where 0 was asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says in the log that it is ready (`listener ready name=api addr=…`), serves until `stop` is
    /// ready, then lets answers under way go out.
    pub async fn serve(self, services: Services, stop: impl Future<Output = ()>) {
        let router = app::router(services);
        sluice_telemetry::listener_ready("api", self.address);
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let graceful = GracefulShutdown::new();
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                (stream, place) = accept(&self.listener, &places) => {
                    serve_connection(stream, place, router.clone(), &graceful);
                }
            }
        }
        drop(self.listener);
        if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
            tracing::warn!("REST answers were cut off: they took too long");
        }
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        let Ok(place) = Arc::clone(places).acquire_owned().await else {
            // Nobody closes the semaphore; if someone did, nothing would be served.
            match std::future::pending::<Infallible>().await {}
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                // Who does not read what was asked for keeps no place.
                let socket = SockRef::from(&stream);
                if let Err(error) = socket.set_tcp_user_timeout(Some(UNREAD_TIMEOUT)) {
                    tracing::debug!(%error, "REST connection without a time-out of writing");
                }
                return (stream, place);
            }
            Err(error) => {
                tracing::warn!(%error, "REST connection not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn serve_connection(
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    router: Router,
    graceful: &GracefulShutdown,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let connection = graceful.watch(connection);
    sluice_telemetry::spawn("api connection", async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "REST connection ended");
        }
        drop(place);
    });
}

fn mend(cause: &io::Error) -> &'static str {
    let kind = cause.kind();
    if kind == io::ErrorKind::AddrInUse {
        "stop what uses the port, set another one, or set port 0 for a free one"
    } else if kind == io::ErrorKind::PermissionDenied {
        "set a port above 1023"
    } else {
        "set an address of this machine"
    }
}

#[cfg(test)]
mod tests;
