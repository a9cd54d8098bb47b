//! `sluice pub`: publishes what the flags, a file or standard input give, and ends. It does not
//! know the protocol beyond [`Link`].

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use sluice_mqtt::{MessageRef, QoS, ReasonCode};
use sluice_topic::TopicName;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use crate::ClientError;
use crate::args::{ConnectArgs, Target, parse_duration, parse_qos};
use crate::client::Event;
use crate::link::{Link, Taken};

/// Publishes messages and ends; the flags are those of mosquitto_pub.
#[derive(Args, Clone, Debug)]
pub struct PubArgs {
    #[command(flatten)]
    connect: ConnectArgs,
    /// Topic to publish to
    #[arg(short, long)]
    topic: Option<String>,
    #[command(flatten)]
    source: Source,
    /// QoS: 0, 1 or 2
    #[arg(short, long, default_value = "0", value_parser = parse_qos)]
    qos: QoS,
    /// Let the server retain the message
    #[arg(short, long)]
    retain: bool,
    /// Publish the message so many times (with -m, -n, -f and -s)
    #[arg(long, value_name = "N", default_value = "1", conflicts_with = "stdin_line")]
    repeat: NonZeroU64,
    /// Seconds between two of them, fractions allowed
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = parse_duration)]
    repeat_delay: Duration,
}

/// Where the payload comes from.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of the command line")]
struct Source {
    /// Payload
    #[arg(short, long, value_name = "PAYLOAD", allow_hyphen_values = true)]
    message: Option<OsString>,
    /// Payload is the content of a file
    #[arg(short, long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Every line of standard input is a message
    #[arg(short = 'l', long)]
    stdin_line: bool,
    /// All of standard input is one message
    #[arg(short = 's', long)]
    stdin_file: bool,
    /// An empty payload
    #[arg(short, long)]
    null_message: bool,
}

impl PubArgs {
    /// Whether errors at run time stay untold.
    pub(crate) fn is_quiet(&self) -> bool {
        self.connect.is_quiet()
    }
}

/// Publishes and disconnects; ends when every message is written, and acknowledged above QoS 0.
///
/// # Errors
/// When a message was not published. `unique` makes up a client identifier.
pub async fn run_pub(
    args: &PubArgs,
    unique: &str,
    stdin: impl AsyncRead + Unpin,
) -> Result<(), ClientError> {
    let target = args.connect.target(unique)?;
    let topic = topic(args, &target)?;
    let mut publication = Publication {
        template: MessageRef {
            topic: &topic,
            payload: &[],
            qos: args.qos,
            retain: args.retain,
            properties: target.properties.publish.as_properties(),
            expires_at: None,
        },
        stdin,
        args,
        refused: None,
    };
    let mut link = Link::open(&target, args.connect.is_debug()).await?;
    let sent = publication.send(&mut link).await;
    link.end(sent, target.properties.disconnect.as_properties()).await
}

fn topic(args: &PubArgs, target: &Target) -> Result<String, ClientError> {
    let Some(topic) = args.topic.clone().or_else(|| target.topic.clone()) else {
        return Err(ClientError::usage("a topic is needed: -t, or in the URL of -L"));
    };
    // With MQTT 5 an alias may stand for it.
    let has_alias = target.properties.publish.as_properties().topic_alias().is_some();
    if !(topic.is_empty() && has_alias)
        && let Err(cause) = TopicName::parse(&topic)
    {
        return Err(ClientError::usage(format!("`{topic}` is no topic to publish to: {cause}")));
    }
    Ok(topic)
}

struct Publication<'a, R> {
    template: MessageRef<'a>,
    stdin: R,
    args: &'a PubArgs,
    /// The last refusal; the messages after it are sent all the same.
    refused: Option<ReasonCode>,
}

impl<R: AsyncRead + Unpin> Publication<'_, R> {
    async fn send(&mut self, link: &mut Link) -> Result<(), ClientError> {
        let source = &self.args.source;
        if source.stdin_line {
            self.send_lines(link).await?;
        } else {
            let payload = self.payload().await?;
            self.send_repeatedly(link, &payload).await?;
        }
        while !link.is_settled() {
            progress(link, &mut self.refused).await?;
        }
        self.refused.map_or(Ok(()), |reason| Err(ClientError::PublishRefused(reason)))
    }

    async fn payload(&mut self) -> Result<Vec<u8>, ClientError> {
        let source = &self.args.source;
        if let Some(message) = &source.message {
            return Ok(message.as_bytes().to_vec());
        }
        if let Some(path) = &source.file {
            return std::fs::read(path)
                .map_err(|cause| ClientError::PayloadFile { path: path.clone(), cause });
        }
        let mut payload = Vec::new();
        if source.stdin_file {
            self.stdin.read_to_end(&mut payload).await.map_err(ClientError::Input)?;
        }
        Ok(payload)
    }

    async fn send_repeatedly(
        &mut self,
        link: &mut Link,
        payload: &[u8],
    ) -> Result<(), ClientError> {
        for turn in 0..self.args.repeat.get() {
            if turn > 0 && !self.args.repeat_delay.is_zero() {
                self.pause(link).await?;
            }
            self.publish(link, payload).await?;
        }
        Ok(())
    }

    async fn send_lines(&mut self, link: &mut Link) -> Result<(), ClientError> {
        let mut lines = BufReader::new(&mut self.stdin);
        let mut line = Vec::new();
        loop {
            // What was read of a line stays in `line` when the connection has something first.
            let read = tokio::select! {
                read = lines.read_until(b'\n', &mut line) => {
                    Some(read.map_err(ClientError::Input)?)
                }
                progressed = progress(link, &mut self.refused) => { progressed?; None }
            };
            let Some(read) = read else { continue };
            if read == 0 && line.is_empty() {
                return Ok(());
            }
            let payload = line.strip_suffix(b"\n").unwrap_or(&line);
            while !link.may_publish() {
                progress(link, &mut self.refused).await?;
            }
            link.publish(MessageRef { payload, ..self.template })?;
            line.clear();
        }
    }

    /// Keeps the connection alive meanwhile.
    async fn pause(&mut self, link: &mut Link) -> Result<(), ClientError> {
        let sleep = tokio::time::sleep(self.args.repeat_delay);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = &mut sleep => return Ok(()),
                progressed = progress(link, &mut self.refused) => progressed?,
            }
        }
    }

    async fn publish(&mut self, link: &mut Link, payload: &[u8]) -> Result<(), ClientError> {
        while !link.may_publish() {
            progress(link, &mut self.refused).await?;
        }
        link.publish(MessageRef { payload, ..self.template })
    }
}

/// One step of the connection: looks at a packet, or waits for bytes.
async fn progress(link: &mut Link, refused: &mut Option<ReasonCode>) -> Result<(), ClientError> {
    match link.take()? {
        Taken::Event(Event::Published { reason, .. }) => {
            if reason.is_failure() {
                *refused = Some(reason);
            }
            Ok(())
        }
        Taken::Event(Event::Disconnected(reason)) => Err(ClientError::Disconnected(reason)),
        Taken::Event(_) | Taken::Silent => Ok(()),
        Taken::Nothing => link.exchange().await,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: PubArgs,
    }

    fn parse(line: &str) -> Result<PubArgs, clap::Error> {
        Command::try_parse_from(["pub"].into_iter().chain(line.split(' '))).map(|c| c.args)
    }

    #[test]
    fn the_flags_of_mosquitto_pub_are_understood() {
        let args = parse("-h ::1 -p 99 -t a/b -m -5 -q 2 -r -i c -u n -P p -V mqttv5 -k 7 -x 9 -c")
            .unwrap();
        let target = args.connect.target("u").unwrap();
        assert_eq!((target.host.as_str(), target.port), ("::1", 99));
        assert_eq!(target.options.session_expiry, Some(9));
        assert_eq!(target.options.client_id, "c");
        assert!(!target.options.clean_start);
        assert_eq!((args.qos, args.retain), (QoS::ExactlyOnce, true));
        assert_eq!(args.source.message.as_deref(), Some("-5".as_ref()));
    }

    #[test]
    fn a_message_has_exactly_one_source() {
        for line in ["-t a", "-t a -m x -n", "-t a -l -s", "-t a -l --repeat 2"] {
            assert!(parse(line).is_err(), "{line}");
        }
        for line in ["-t a -m x", "-t a -n", "-t a -l", "-t a -s", "-t a -f p", "-t a -m="] {
            assert!(parse(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn a_topic_with_wildcards_is_refused() {
        for (line, is_topic) in [("-t a/+ -n", false), ("-n", false), ("-L mqtt://h/x/y -n", true)]
        {
            let args = parse(line).unwrap();
            let target = args.connect.target("u").unwrap();
            assert_eq!(topic(&args, &target).is_ok(), is_topic, "{line}");
        }
    }
}
