//! `[api]`: the REST endpoint. It does not know what is served there.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::listeners::parse_address;
use super::secret::Secret;
use super::section::Reader;

/// `[api]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Api {
    /// Where it is found; port 0 binds a free port.
    pub(crate) bind: SocketAddr,
    /// The password of the user `admin`; while it is set it wins at every start.
    pub(crate) admin_password: Option<Secret>,
    /// How long a login lasts after it was last used.
    pub(crate) token_expiry: Duration,
}

const PORT: u16 = 18_083;
const TOKEN_EXPIRY: Duration = Duration::from_secs(3600);

impl Api {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut section = reader.section("api");
        let default = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), PORT);
        let range = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
        let parse = |text: &str| parse_address(text, PORT);
        let api = Self {
            bind: section.parsed("bind", default, parse, SocketAddr::to_string),
            admin_password: section.secret("admin_password").filter(|it| !it.is_empty()),
            token_expiry: section.duration("token_expiry", TOKEN_EXPIRY, &range),
        };
        section.finish();
        api
    }
}
