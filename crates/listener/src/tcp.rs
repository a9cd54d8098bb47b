//! TCP: one listening socket for each worker on one port (SO_REUSEPORT), so that the system spreads
//! connections without a lock of ours. It does not know the workers.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// The sockets of one listener.
#[derive(Debug)]
pub struct Bound {
    /// The address in force; a port of 0 has become a real one.
    pub address: SocketAddr,
    /// As many as were asked for.
    pub sockets: Vec<TcpListener>,
}

/// Why a listener cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("listener {name} cannot bind {address}: {}", hint(source))]
pub struct BindError {
    /// The listener's name in the configuration, `tcp.default`.
    pub name: String,
    /// What it was to bind.
    pub address: SocketAddr,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Binds `count` sockets to one address. With port 0 the first takes a free port and the others
/// join it.
///
/// # Errors
/// The address is in use, not of this machine, or not allowed.
pub fn bind(name: &str, address: SocketAddr, count: usize) -> Result<Bound, BindError> {
    let error = |source| BindError { name: name.to_owned(), address, source };
    // SO_REUSEPORT would let a second process of the same user join silently and take half of the
    // connections: a socket without it finds out first whether the port is free.
    let first = socket(address, Sharing::Exclusive).map_err(error)?;
    let bound = first.local_addr().map_err(error)?;
    drop(first);
    let sockets = (0..count.max(1)).map(|_| socket(bound, Sharing::Shared));
    let sockets = sockets.collect::<io::Result<Vec<_>>>().map_err(error)?;
    Ok(Bound { address: bound, sockets })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Exclusive,
    Shared,
}

fn socket(address: SocketAddr, sharing: Sharing) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if sharing == Sharing::Shared {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn hint(error: &io::Error) -> String {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the system's errors are many")]
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{error}; another program listens there: stop it, or set another `bind`")
        }
        io::ErrorKind::PermissionDenied => {
            format!("{error}; ports below 1024 need a privilege: set another `bind`")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{error}; this machine does not have that address: set another `bind`")
        }
        _ => error.to_string(),
    }
}

/// Connections that the system completes before they are accepted.
const BACKLOG: i32 = 4096;

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpStream};

    use super::*;

    #[test]
    fn all_workers_share_a_port_that_was_free() {
        let bound = bind("tcp.test", (Ipv4Addr::LOCALHOST, 0).into(), 3).unwrap();
        assert_ne!(bound.address.port(), 0);
        assert_eq!(bound.sockets.len(), 3);
        for socket in &bound.sockets {
            assert_eq!(socket.local_addr().unwrap(), bound.address);
        }
        TcpStream::connect(bound.address).unwrap();
    }

    #[test]
    fn a_port_in_use_is_told_with_a_way_out() {
        let taken = bind("tcp.first", (Ipv4Addr::LOCALHOST, 0).into(), 2).unwrap();
        let error = bind("tcp.second", taken.address, 2).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("tcp.second") && text.contains("set another `bind`"), "{text}");
    }
}
