//! The shell around [`Client`]: a TCP connection, its buffers, and the deadlines. It does not know
//! what is published or subscribed.

use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

use sluice_mqtt::{MessageRef, Properties, ReasonCode, SubscribeEntry, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep_until, timeout};

use crate::ClientError;
use crate::args::Target;
use crate::client::{Client, Event};
use crate::clock::now;
use crate::options::ConnectOptions;

/// A connection that is open.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
    client: Client,
    version: Version,
    /// What came and is not taken yet, from `taken` on.
    inbox: Vec<u8>,
    taken: usize,
    outbox: Vec<u8>,
    /// Whether to tell each step.
    debug: bool,
    client_id: String,
}

/// What is left when the connection broke.
#[derive(Debug)]
pub(crate) struct LostLink {
    client: Client,
    debug: bool,
}

impl LostLink {
    /// Connects again; may be tried again when it fails.
    pub(crate) async fn reopen(&mut self, target: &Target) -> Result<Link, ClientError> {
        let stream = dial(target).await?;
        let mut outbox = Vec::new();
        let client = self.client.reconnect(&target.options, now(), &mut outbox);
        Link::greet(stream, client, outbox, &target.options, self.debug).await
    }
}

/// What [`Link::take`] found.
#[derive(Debug)]
pub(crate) enum Taken<'l> {
    Event(Event<'l>),
    /// A packet that only concerns the protocol.
    Silent,
    /// No whole packet: [`Link::exchange`] first.
    Nothing,
}

impl Link {
    /// Connects and waits for CONNACK.
    pub(crate) async fn open(target: &Target, debug: bool) -> Result<Self, ClientError> {
        let stream = dial(target).await?;
        let mut outbox = Vec::new();
        let client = Client::connect(&target.options, now(), &mut outbox);
        Self::greet(stream, client, outbox, &target.options, debug).await
    }

    /// Keeps what outlives the connection.
    pub(crate) fn into_lost(self) -> LostLink {
        LostLink { client: self.client, debug: self.debug }
    }

    async fn greet(
        stream: TcpStream,
        client: Client,
        outbox: Vec<u8>,
        options: &ConnectOptions,
        debug: bool,
    ) -> Result<Self, ClientError> {
        let mut link = Self {
            stream,
            client,
            version: options.version,
            inbox: Vec::new(),
            taken: 0,
            outbox,
            debug,
            client_id: options.client_id.clone(),
        };
        link.tell("sending CONNECT");
        timeout(CONNECT_TIME_MAX, link.await_connack())
            .await
            .map_err(|_| ClientError::Silent)??;
        Ok(link)
    }

    async fn await_connack(&mut self) -> Result<(), ClientError> {
        loop {
            match self.take()? {
                Taken::Event(Event::Connected { .. }) => return Ok(()),
                Taken::Event(Event::Refused(reason)) => return Err(ClientError::Refused(reason)),
                Taken::Event(Event::Disconnected(reason)) => {
                    return Err(ClientError::Disconnected(reason));
                }
                Taken::Event(_) | Taken::Silent => {}
                Taken::Nothing => self.exchange().await?,
            }
        }
    }

    /// Takes the next packet that has come whole. Its answer waits in the outbox.
    pub(crate) fn take(&mut self) -> Result<Taken<'_>, ClientError> {
        let Some(bytes) = self.inbox.get(self.taken..).filter(|bytes| !bytes.is_empty()) else {
            return Ok(Taken::Nothing);
        };
        match self.client.receive(bytes, &mut self.outbox)? {
            Some(received) => {
                self.taken += received.size;
                if self.debug {
                    tell(&self.client_id, &format!("received {received}"));
                }
                Ok(received.event.map_or(Taken::Silent, Taken::Event))
            }
            None => Ok(Taken::Nothing),
        }
    }

    /// Writes what waits and reads what comes, until there is something new or a deadline passed.
    /// May be dropped at any point without losing a byte.
    pub(crate) async fn exchange(&mut self) -> Result<(), ClientError> {
        self.client.tick(now(), &mut self.outbox).map_err(|_| ClientError::Silent)?;
        self.inbox.drain(..self.taken);
        self.taken = 0;
        self.inbox.reserve(READ_BYTES);
        let deadline = self.client.deadline().unwrap_or_else(|| now() + IDLE_MAX);
        let (mut reader, mut writer) = self.stream.split();
        tokio::select! {
            read = reader.read_buf(&mut self.inbox) => match read.map_err(lost)? {
                0 => Err(ClientError::Lost(None)),
                _ => Ok(()),
            },
            written = writer.write(&self.outbox), if !self.outbox.is_empty() => {
                self.outbox.drain(..written.map_err(lost)?);
                Ok(())
            }
            () = sleep_until(deadline.into()) => Ok(()),
        }
    }

    /// Whether everything that was to be written is, and answered to the end.
    pub(crate) fn is_settled(&self) -> bool {
        self.outbox.is_empty() && self.client.is_settled()
    }

    /// Whether a message may be written now without piling up.
    pub(crate) fn may_publish(&self) -> bool {
        self.client.may_publish() && self.outbox.len() < OUTBOX_MAX
    }

    pub(crate) fn publish(&mut self, message: MessageRef<'_>) -> Result<(), ClientError> {
        self.tell(&format!(
            "sending PUBLISH to {} ({} bytes)",
            message.topic,
            message.payload.len()
        ));
        let before = self.outbox.len();
        self.client.publish(message, now(), &mut self.outbox);
        // The codec writes nothing where the wire has no form for it.
        if self.outbox.len() == before {
            return Err(ClientError::usage("topic, properties or payload are too long for MQTT"));
        }
        Ok(())
    }

    pub(crate) fn subscribe(&mut self, entries: &[SubscribeEntry<'_>], properties: Properties<'_>) {
        self.tell("sending SUBSCRIBE");
        self.client.subscribe(entries, properties, &mut self.outbox);
    }

    pub(crate) fn unsubscribe(&mut self, filters: &[&str], properties: Properties<'_>) {
        self.tell("sending UNSUBSCRIBE");
        self.client.unsubscribe(filters, properties, &mut self.outbox);
    }

    /// Ends the connection as the outcome of what was done on it wants.
    pub(crate) async fn end(
        self,
        outcome: Result<(), ClientError>,
        properties: Properties<'_>,
    ) -> Result<(), ClientError> {
        match outcome {
            Ok(()) => self.close(properties).await,
            Err(ClientError::Receive(cause)) => {
                self.abort(cause.reason()).await;
                Err(cause.into())
            }
            // The connection still stands.
            Err(
                error @ (ClientError::PublishRefused(_)
                | ClientError::SubscriptionsRefused(_)
                | ClientError::TimedOut
                | ClientError::Output(_)
                | ClientError::Input(_)
                | ClientError::Usage(_)),
            ) => self.close(properties).await.and(Err(error)),
            Err(error) => Err(error),
        }
    }

    /// Sends DISCONNECT and lets the server close first, so that nothing written is cut off.
    async fn close(mut self, properties: Properties<'_>) -> Result<(), ClientError> {
        self.tell("sending DISCONNECT");
        self.client.disconnect(ReasonCode::Success, properties, &mut self.outbox);
        let closing = async {
            self.stream.write_all(&self.outbox).await?;
            self.stream.shutdown().await?;
            while self.stream.read_buf(&mut self.inbox).await? > 0 {
                self.inbox.clear();
            }
            io::Result::Ok(())
        };
        match timeout(CLOSE_TIME_MAX, closing).await {
            // A server may close with a reset as soon as it has read DISCONNECT.
            Ok(Ok(())) | Err(_) => Ok(()),
            Ok(Err(cause)) if cause.kind() == ErrorKind::ConnectionReset => Ok(()),
            Ok(Err(cause)) => Err(lost(cause)),
        }
    }

    /// Tells a 5.0 server why the connection ends, as far as it still listens.
    async fn abort(mut self, reason: ReasonCode) {
        if self.version == Version::V5 {
            self.client.disconnect(reason, Properties::EMPTY, &mut self.outbox);
            // The connection is over either way.
            drop(timeout(CLOSE_TIME_MAX, self.stream.write_all(&self.outbox)).await);
        }
    }

    fn tell(&self, step: &str) {
        if self.debug {
            tell(&self.client_id, step);
        }
    }
}

fn tell(client_id: &str, step: &str) {
    let name = if client_id.is_empty() { "(none)" } else { client_id };
    // Standard error that is gone is no reason to stop.
    drop(writeln!(io::stderr().lock(), "Client {name} {step}"));
}

async fn dial(target: &Target) -> Result<TcpStream, ClientError> {
    let host = target.host.trim_start_matches('[').trim_end_matches(']');
    let connecting = TcpStream::connect((host, target.port));
    let connected = match timeout(CONNECT_TIME_MAX, connecting).await {
        Ok(connected) => connected,
        Err(_) => Err(io::Error::from(ErrorKind::TimedOut)),
    };
    let stream = connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream));
    stream.map_err(|cause| ClientError::Connect {
        address: format!("{}:{}", target.host, target.port),
        cause,
    })
}

fn lost(cause: io::Error) -> ClientError {
    ClientError::Lost(Some(cause))
}

/// For the TCP connection, and again for CONNACK.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// For the server to close after DISCONNECT.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(2);
/// A wait without any deadline ends after this and begins anew.
const IDLE_MAX: Duration = Duration::from_secs(3600);
/// Room made before each read.
const READ_BYTES: usize = 64 * 1024;
/// Messages beyond this wait where they come from.
const OUTBOX_MAX: usize = 256 * 1024;

/// For callers that wait for a moment which may not exist.
pub(crate) async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}
