//! `sluice sub`: subscribes and prints what comes. It does not know the protocol beyond [`Link`].

mod output;

use std::io::Write;
use std::pin::Pin;
use std::time::{Duration, Instant};

use clap::Args;
use sluice_mqtt::{
    MessageRef, Properties, QoS, ReasonCode, RetainHandling, SubscribeEntry, SubscriptionOptions,
};
use sluice_topic::TopicFilter;
use tokio::time::sleep;

use crate::ClientError;
use crate::args::{ConnectArgs, Target, parse_duration, parse_qos};
use crate::client::Event;
use crate::clock::now;
use crate::link::{Link, Taken, until};
use output::{Output, Verdict};

/// Subscribes and prints messages; the flags are those of mosquitto_sub.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of the command line")]
pub struct SubArgs {
    #[command(flatten)]
    connect: ConnectArgs,
    /// Topic filter to subscribe to; may be repeated
    #[arg(short, long, value_name = "FILTER", value_parser = parse_filter)]
    topic: Vec<String>,
    /// Topic filter to unsubscribe from; may be repeated
    #[arg(short = 'U', long, value_name = "FILTER", value_parser = parse_filter)]
    unsubscribe: Vec<String>,
    /// QoS to subscribe with: 0, 1 or 2
    #[arg(short, long, default_value = "0", value_parser = parse_qos)]
    qos: QoS,
    /// End after so many messages
    #[arg(short = 'C', value_name = "COUNT")]
    count: Option<u64>,
    /// End after so many seconds, with exit code 1
    #[arg(short = 'W', value_name = "SECONDS", value_parser = parse_duration)]
    timeout: Option<Duration>,
    /// End as soon as the subscriptions are acknowledged
    #[arg(short = 'E')]
    exit_after_suback: bool,
    /// Print the topic before the payload
    #[arg(short, long)]
    verbose: bool,
    /// No end of line after a message
    #[arg(short = 'N')]
    no_newline: bool,
    /// Print in this format: %t topic, %p payload, %q QoS, %r retain, %l length, %x hexadecimal, %P
    /// user properties, %j JSON and more, as in mosquitto_sub
    #[arg(short = 'F', value_name = "FORMAT", allow_hyphen_values = true)]
    format: Option<String>,
    /// Do not print retained messages
    #[arg(short = 'R', conflicts_with = "retained_only")]
    no_retained: bool,
    /// Print only retained messages; end at the first that is not
    #[arg(long)]
    retained_only: bool,
    /// Clear every retained message that comes and is not filtered out by -T
    #[arg(long)]
    remove_retained: bool,
    /// MQTT 5: keep the retain flag as it was published
    #[arg(long)]
    retain_as_published: bool,
    /// MQTT 5: do not send what this client published
    #[arg(long)]
    no_local: bool,
    /// MQTT 5: whether retained messages are sent: always, new (subscriptions only) or never
    #[arg(long, value_name = "WHEN", default_value = "always",
          value_parser = parse_retain_handling)]
    retain_handling: RetainHandling,
    /// Do not print messages on topics that match; may be repeated
    #[arg(short = 'T', long, value_name = "FILTER", value_parser = parse_filter)]
    filter_out: Vec<String>,
}

impl SubArgs {
    /// Whether errors at run time stay untold.
    pub(crate) fn is_quiet(&self) -> bool {
        self.connect.is_quiet()
    }
}

/// Prints messages until the flags, the server or `stop` end it. A connection that is lost is made
/// again.
///
/// # Errors
/// When it could not subscribe, `-W` passed or the output failed. `unique` makes up a client
/// identifier.
pub async fn run_sub(
    args: &SubArgs,
    unique: &str,
    stdout: &mut impl Write,
    stop: impl Future<Output = ()>,
) -> Result<(), ClientError> {
    let target = args.connect.target(unique)?;
    let filters: Vec<&str> = args.topic.iter().chain(&target.topic).map(String::as_str).collect();
    if filters.is_empty() && args.unsubscribe.is_empty() {
        return Err(ClientError::usage("a topic filter is needed: -t, or in the URL of -L"));
    }
    let mut subscription = Subscription {
        args,
        stop: std::pin::pin!(stop),
        target: &target,
        filters,
        output: Output::new(args, stdout)?,
        deadline: args.timeout.map(|timeout| now() + timeout),
        unanswered: 0,
    };
    subscription.run().await
}

struct Subscription<'a, W, S> {
    args: &'a SubArgs,
    /// Ready when it is time to end.
    stop: Pin<&'a mut S>,
    target: &'a Target,
    filters: Vec<&'a str>,
    output: Output<'a, W>,
    deadline: Option<Instant>,
    /// SUBACK and UNSUBACK still to come.
    unanswered: u32,
}

/// Why a connection was left.
enum Left {
    Done,
    Lost,
}

impl<W: Write, S: Future<Output = ()>> Subscription<'_, W, S> {
    async fn run(&mut self) -> Result<(), ClientError> {
        let opening = Link::open(self.target, self.args.connect.is_debug());
        let mut link = tokio::select! {
            link = opening => link?,
            () = &mut self.stop => return Ok(()),
        };
        let farewell = self.target.properties.disconnect.as_properties();
        loop {
            match self.serve(&mut link).await {
                Ok(Left::Lost) => match self.reopen(link).await? {
                    Some(reopened) => link = reopened,
                    None => return Ok(()),
                },
                Ok(Left::Done) => return link.end(Ok(()), farewell).await,
                Err(error) => return link.end(Err(error), farewell).await,
            }
        }
    }

    /// Tries until it succeeds, `-W` passes or the server refuses; `None` when told to stop.
    async fn reopen(&mut self, link: Link) -> Result<Option<Link>, ClientError> {
        let mut lost = link.into_lost();
        let mut delay = RECONNECT_DELAY_MIN;
        loop {
            tokio::select! {
                () = sleep(delay) => {}
                () = until(self.deadline) => return Err(ClientError::TimedOut),
                () = &mut self.stop => return Ok(None),
            }
            delay = (delay * 2).min(RECONNECT_DELAY_MAX);
            match lost.reopen(self.target).await {
                Ok(link) => return Ok(Some(link)),
                Err(ClientError::Connect { .. } | ClientError::Lost(_) | ClientError::Silent) => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn serve(&mut self, link: &mut Link) -> Result<Left, ClientError> {
        self.subscribe(link);
        loop {
            match self.step(link).await {
                Ok(Verdict::GoOn) => {}
                Ok(Verdict::Done) => return Ok(Left::Done),
                Err(ClientError::Lost(_) | ClientError::Silent) => return Ok(Left::Lost),
                Err(error) => return Err(error),
            }
        }
    }

    fn subscribe(&mut self, link: &mut Link) {
        let args = self.args;
        let options = SubscriptionOptions {
            qos: args.qos,
            no_local: args.no_local,
            retain_as_published: args.retain_as_published,
            retain_handling: args.retain_handling,
        };
        let entries: Vec<_> =
            self.filters.iter().map(|filter| SubscribeEntry { filter, options }).collect();
        self.unanswered = 0;
        if !entries.is_empty() {
            link.subscribe(&entries, self.target.properties.subscribe.as_properties());
            self.unanswered += 1;
        }
        if !args.unsubscribe.is_empty() {
            let filters: Vec<_> = args.unsubscribe.iter().map(String::as_str).collect();
            link.unsubscribe(&filters, self.target.properties.unsubscribe.as_properties());
            self.unanswered += 1;
        }
    }

    /// Looks at one packet, or waits for bytes.
    async fn step(&mut self, link: &mut Link) -> Result<Verdict, ClientError> {
        let mut clear = None;
        let verdict = match link.take()? {
            Taken::Event(Event::Message { message, packet_id }) => {
                if self.args.remove_retained && message.retain && self.output.admits(&message) {
                    clear = Some(message.topic.to_owned());
                }
                self.output.print(&message, packet_id)?
            }
            Taken::Event(Event::Subscribed(reasons)) => {
                self.unanswered = self.unanswered.saturating_sub(1);
                all_refused(reasons.iter())?;
                self.after_answer()
            }
            Taken::Event(Event::Unsubscribed(_)) => {
                self.unanswered = self.unanswered.saturating_sub(1);
                self.after_answer()
            }
            Taken::Event(Event::Disconnected(reason)) => {
                return Err(ClientError::Disconnected(reason));
            }
            Taken::Event(Event::Connected { .. } | Event::Refused(_) | Event::Published { .. })
            | Taken::Silent => Verdict::GoOn,
            Taken::Nothing => {
                self.output.flush()?;
                return self.wait(link).await;
            }
        };
        if let Some(topic) = clear {
            link.publish(empty_retained(&topic))?;
        }
        if matches!(verdict, Verdict::Done) {
            self.output.flush()?;
            while !link.is_settled() {
                link.exchange().await?;
            }
        }
        Ok(verdict)
    }

    fn after_answer(&self) -> Verdict {
        let done = self.args.exit_after_suback && self.unanswered == 0;
        if done { Verdict::Done } else { Verdict::GoOn }
    }

    async fn wait(&mut self, link: &mut Link) -> Result<Verdict, ClientError> {
        tokio::select! {
            exchanged = link.exchange() => exchanged.map(|()| Verdict::GoOn),
            () = until(self.deadline) => Err(ClientError::TimedOut),
            () = &mut self.stop => Ok(Verdict::Done),
        }
    }
}

fn all_refused(mut reasons: impl Iterator<Item = ReasonCode>) -> Result<(), ClientError> {
    let Some(first) = reasons.next() else { return Ok(()) };
    if first.is_failure() && reasons.all(ReasonCode::is_failure) {
        return Err(ClientError::SubscriptionsRefused(first));
    }
    Ok(())
}

/// Clears what the server retains on a topic.
fn empty_retained(topic: &str) -> MessageRef<'_> {
    MessageRef {
        topic,
        payload: &[],
        qos: QoS::AtMostOnce,
        retain: true,
        properties: Properties::EMPTY,
        expires_at: None,
    }
}

fn parse_filter(text: &str) -> Result<String, String> {
    TopicFilter::parse(text).map(|_| text.to_owned()).map_err(|cause| cause.to_string())
}

fn parse_retain_handling(text: &str) -> Result<RetainHandling, String> {
    match text {
        "always" => Ok(RetainHandling::Send),
        "new" => Ok(RetainHandling::SendIfNew),
        "never" => Ok(RetainHandling::DoNotSend),
        _ => Err("use always, new or never".into()),
    }
}

const RECONNECT_DELAY_MIN: Duration = Duration::from_secs(1);
const RECONNECT_DELAY_MAX: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
