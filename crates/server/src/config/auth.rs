//! `[auth]`: who may connect. It does not know how a client proves who it is.

use super::listeners::Listener;
use super::section::Reader;
use super::value::Fault;

/// `[auth]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Auth {
    /// Whether clients that prove nothing are let in.
    pub(crate) allow_anonymous: bool,
}

impl Auth {
    /// Letting everyone in is the default on loopback only: where other machines can connect,
    /// someone has to say that this is meant.
    pub(super) fn read(reader: &mut Reader<'_>, listeners: &[Listener]) -> Self {
        let mut section = reader.section("auth");
        let is_set = section.is_set("allow_anonymous");
        let auth = Self { allow_anonymous: section.flag("allow_anonymous", true) };
        section.finish();
        if is_set {
            return auth;
        }
        for listener in listeners.iter().filter(|it| it.enable && it.bind.is_public()) {
            let fault = Fault {
                what: format!(
                    "other machines can reach {}, and auth.allow_anonymous is not set",
                    listener.bind
                ),
                mend: "set auth.allow_anonymous = true to let everyone in, or false".into(),
            };
            let key = format!("listeners.{}.bind", listener.full_name());
            reader.problem(&key, listener.origin.clone(), fault);
        }
        auth
    }
}
