//! DISCONNECT from a client. It does not know sockets.

use sluice_mqtt::{Disconnect, Properties, ReasonCode};
use sluice_session::{Open, Violation};

use super::After;
use crate::core::session_end::Ending;
use crate::core::{Core, Cx};
use crate::{Effects, Shared};

/// The client says goodbye; with any code but 0x00 its will is published all the same
/// [MQTT5-3.14.4-3].
pub(super) fn handle<S: Shared, E: Effects>(
    core: &mut Core<S>,
    cx: &mut Cx<'_, E>,
    open: &Open,
    packet: &Disconnect<'_>,
) -> Result<After, Violation> {
    if let Some(expiry) = packet.properties.session_expiry_interval() {
        // What the client asked for, which the server may have cut to 0.
        let asked = Properties::checked_before(&open.facts.connect_properties);
        if asked.session_expiry_interval().unwrap_or(0) == 0 && expiry != 0 {
            return Err(Violation {
                reason: ReasonCode::ProtocolError,
                detail: "a Session Expiry Interval in DISCONNECT after 0 in CONNECT",
            });
        }
        let longest = core.limits.session_expiry_max;
        if let Some(home) = core.sessions.get_mut(open.session) {
            home.session.expiry = expiry.min(longest);
        }
    }
    let ending = Ending {
        reason: "normal",
        discards_will: packet.reason == ReasonCode::Success,
        properties: packet.properties,
    };
    core.detach(cx, open.session, ending);
    Ok(After::ClosedByClient)
}
