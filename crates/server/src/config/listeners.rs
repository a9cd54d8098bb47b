//! `[listeners.<transport>.<name>]`: where clients connect. It does not know how a transport works.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::problem::Origin;
use super::section::{Reader, Section};
use super::value::Fault;

/// What carries the bytes of MQTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Plain TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket over TCP.
    Ws,
    /// WebSocket over TLS.
    Wss,
    /// QUIC streams.
    Quic,
    /// A Unix domain socket.
    Unix,
}

impl Transport {
    const ALL: [Self; 6] = [Self::Tcp, Self::Tls, Self::Ws, Self::Wss, Self::Quic, Self::Unix];

    /// The word in keys and log lines.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Quic => "quic",
            Self::Unix => "unix",
        }
    }

    /// The usual port, for a listener that names none.
    const fn port(self) -> u16 {
        match self {
            Self::Tcp | Self::Unix => 1883,
            Self::Tls => 8883,
            Self::Ws => 8083,
            Self::Wss => 8084,
            Self::Quic => 14_567,
        }
    }
}

/// Where a listener is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bind {
    /// An address; port 0 binds a free port.
    Address(SocketAddr),
    /// The path of a socket.
    Path(PathBuf),
}

impl Bind {
    /// Whether other machines can reach it.
    pub(crate) const fn is_public(&self) -> bool {
        match self {
            Self::Address(address) => !address.ip().to_canonical().is_loopback(),
            Self::Path(_) => false,
        }
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// One listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listener {
    /// What carries the bytes.
    pub(crate) transport: Transport,
    /// The last part of the table's name.
    pub(crate) name: String,
    /// Where it is found.
    pub(crate) bind: Bind,
    /// Whether it is started.
    pub(crate) enable: bool,
    /// Where `bind` is set.
    pub(super) origin: Origin,
}

impl Listener {
    /// `tcp.default`: its name in log lines.
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.transport.as_str(), self.name)
    }
}

/// All listeners, by transport, then by name. Where no source names one, there is `tcp.default`.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<Listener> {
    let mut section = reader.section("listeners");
    let is_default = section.keys().is_empty();
    let mut listeners = Vec::new();
    for transport in Transport::ALL {
        let mut of_transport = section.section(transport.as_str());
        let mut names = of_transport.keys();
        if is_default && transport == Transport::Tcp {
            names.push("default".into());
        }
        for name in names {
            listeners.push(read_one(of_transport.section(&name), transport, name));
        }
        of_transport.finish();
    }
    section.finish();
    refuse_one_address_twice(reader, &listeners);
    listeners
}

fn read_one(mut section: Section<'_, '_>, transport: Transport, name: String) -> Listener {
    let origin = section.origin("bind");
    let bind = match transport {
        Transport::Unix => Bind::Path(section.path("bind", "sluice.sock")),
        Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss | Transport::Quic => {
            let default = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), transport.port());
            let parse = |text: &str| parse_address(text, transport.port());
            Bind::Address(section.parsed("bind", default, parse, SocketAddr::to_string))
        }
    };
    let listener = Listener { transport, name, bind, enable: section.flag("enable", true), origin };
    section.finish();
    listener
}

/// An address and a port. Names other than `localhost` are refused: what they resolve to is not
/// known before the start, and may be more than one address.
pub(super) fn parse_address(text: &str, example_port: u16) -> Result<SocketAddr, Fault> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let port = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    port.map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)).ok_or_else(|| Fault {
        what: format!("{text:?} is no IP address with a port"),
        mend: format!(
            "write \"127.0.0.1:{example_port}\", \"[::1]:{example_port}\" or \
        \"0.0.0.0:{example_port}\""
        ),
    })
}

fn refuse_one_address_twice(reader: &mut Reader<'_>, listeners: &[Listener]) {
    let enabled: Vec<_> = listeners.iter().filter(|it| it.enable).collect();
    for (index, listener) in enabled.iter().enumerate() {
        let is_free = matches!(&listener.bind, Bind::Address(address) if address.port() == 0);
        // QUIC is UDP: it may share its number with a TCP port.
        let same = |other: &&&Listener| {
            other.bind == listener.bind
                && (other.transport == Transport::Quic) == (listener.transport == Transport::Quic)
        };
        if let Some(earlier) = enabled.iter().take(index).find(same).filter(|_| !is_free) {
            let fault = Fault {
                what: format!("{} is taken by {}", listener.bind, earlier.full_name()),
                mend: "give each listener a port of its own, or set enable = false".into(),
            };
            let key = format!("listeners.{}.bind", listener.full_name());
            reader.problem(&key, listener.origin.clone(), fault);
        }
    }
}
