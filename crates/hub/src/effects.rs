//! What the hub asks of the shell around it, and what it tells for the log. It does not know how
//! either is done.

use std::net::SocketAddr;

use sluice_mqtt::ReasonCode;
use sluice_router::WorkerId;

/// One network connection of one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId {
    /// Its place.
    pub slot: u32,
    /// Places are used again; the serial number tells the connections apart.
    pub serial: u32,
}

/// What must follow from one call of [`crate::Worker::handle`] beyond the bytes in the links and
/// the batches for other workers, which the shell collects once per turn.
pub trait Effects {
    /// Writes what the connection's link holds, as far as the socket takes it, closes the socket
    /// and calls [`crate::Worker::release`].
    fn close(&mut self, connection: ConnectionId);

    /// Gives the socket, and these bytes that were read from it, to the worker that is home to the
    /// client. The connection no longer exists here.
    fn hand_over(&mut self, connection: ConnectionId, home: WorkerId, unread: &[u8]);

    /// Stops (`true`) or goes on with reading from the socket.
    fn hold(&mut self, connection: ConnectionId, held: bool);

    /// Something for the log.
    fn report(&mut self, report: Report<'_>);
}

/// What operators want to read. The shell limits how often.
#[derive(Clone, Copy, Debug)]
pub enum Report<'r> {
    /// A connection ended since what it sent was not allowed.
    Refused {
        /// Whose, once CONNECT was accepted.
        client_id: Option<&'r str>,
        /// From where.
        peer: SocketAddr,
        /// What a 5.0 client was told.
        reason: ReasonCode,
        /// In words.
        detail: &'r str,
    },
    /// A rule could not be evaluated for a message; only this rule is harmed.
    RuleFailed {
        /// The rule's id.
        rule: &'r str,
        /// The message's topic, or the event's name.
        source: &'r str,
        /// Why.
        error: &'r str,
    },
    /// An action of a rule could not be carried out.
    ActionFailed {
        /// `<rule id>.<action name>`.
        action: &'r str,
        /// The message's topic, or the event's name.
        source: &'r str,
        /// Why.
        error: &'r str,
    },
    /// A chain of rules that feed each other was cut.
    ChainEnded {
        /// The rule whose message was not published.
        rule: &'r str,
        /// The topic it was meant for.
        topic: &'r str,
    },
    /// The retained store is full.
    RetainedFull {
        /// The topic whose message was routed but not retained.
        topic: &'r str,
    },
    /// A bug: code panicked; the connection or the evaluation ended, everything else goes on.
    Panicked {
        /// Where.
        place: &'r str,
        /// The panic's message.
        message: &'r str,
    },
}
