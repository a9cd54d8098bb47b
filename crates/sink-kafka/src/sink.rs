//! Writes rows as records of one action. It does not know how often a row was tried before.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::MetadataTopic;
use sluice_rule::Row;
use sluice_sink::{BoxError, BoxFuture, Defaults, Remedy, Sink, WriteError, Written};
use tokio::time::Instant;

use crate::connector::{Fault, Link};
use crate::delivery::Flight;
use crate::encode::{EncodeError, Templates, Topic};
use crate::producer::Producer;
use crate::remedy::{DecidedByRow, may_mean_another, remedy};

/// One `kafka` action.
pub(crate) struct KafkaSink {
    link: Arc<Link>,
    templates: Templates,
    by_row: DecidedByRow,
    target: String,
}

/// What became of a row that was not written.
enum Failure {
    /// It makes no record.
    Unfit(EncodeError),
    /// The client did not take it.
    Refused(RDKafkaErrorCode),
    /// The client took it and reported this.
    Reported(RDKafkaErrorCode),
}

type Failures = Vec<(usize, Failure)>;

impl KafkaSink {
    pub(crate) fn new(link: Arc<Link>, templates: Templates) -> Self {
        let name = &link.settings.name;
        let (target, topic_is_of_row) = match &templates.topic {
            Topic::Fixed(topic) => (format!("kafka {name}, topic {topic}"), false),
            Topic::OfRow => (format!("kafka {name}"), true),
        };
        let partition = templates.partition_is_of_row();
        let by_row = DecidedByRow { topic: topic_is_of_row, partition };
        Self { link, templates, by_row, target }
    }

    async fn write_rows(&self, rows: &[Arc<Row>]) -> Result<Written, WriteError> {
        let producer = self.link.producer().await.map_err(|fault| self.error(rows.len(), fault))?;
        let deadline = Instant::now() + self.link.settings.request_timeout;
        let attempt = Attempt { sink: self, producer: &producer, rows, deadline };
        let mut failures = attempt.send(0..rows.len()).await;
        let mut size = rows.len();
        // Each round costs a round trip for each piece, so pieces shrink fast.
        while size > 1 && failures.iter().any(|(_, failure)| failure.may_mean_another()) {
            size = size.div_ceil(SHRINK);
            failures = attempt.send_pieces(failures, size).await;
        }
        if failures.is_empty() {
            return Ok(Written::All);
        }
        let mut each: Vec<Result<(), WriteError>> = rows.iter().map(|_| Ok(())).collect();
        for (row, failure) in failures {
            if let Some(outcome) = each.get_mut(row) {
                *outcome = Err(self.failed(failure, &producer));
            }
        }
        Ok(Written::Each(each))
    }

    fn failed(&self, failure: Failure, producer: &Producer) -> WriteError {
        match failure {
            Failure::Unfit(error) => self.write_error(1, Remedy::Poison, error.into()),
            Failure::Refused(code) | Failure::Reported(code) => {
                self.error(1, Fault::of(code, producer))
            }
        }
    }

    fn error(&self, rows: usize, fault: Fault) -> WriteError {
        self.write_error(rows, remedy(fault.code, self.by_row), fault.into())
    }

    fn write_error(&self, rows: usize, remedy: Remedy, cause: BoxError) -> WriteError {
        WriteError { target: self.target.clone(), rows, remedy, retry_after: None, cause }
    }

    async fn check_topic(&self) -> Result<(), WriteError> {
        let topic = match &self.templates.topic {
            Topic::Fixed(topic) => Some(topic.as_str()),
            Topic::OfRow => None,
        };
        let answer = self.link.metadata(topic).await.map_err(|fault| self.error(0, fault))?;
        let told = answer.topics().iter().find(|told| Some(told.name()) == topic);
        match told.and_then(|told| self.missing(told)) {
            Some(code) => Err(self.error(0, Fault { code, reason: None })),
            None => Ok(()),
        }
    }

    /// What the topic, or the partition that the action names, lacks.
    fn missing(&self, told: &MetadataTopic) -> Option<RDKafkaErrorCode> {
        if let Some(error) = told.error() {
            return Some(error.into());
        }
        let partition = self.templates.fixed_partition()?;
        let is_there = told.partitions().iter().any(|told| told.id() == partition);
        (!is_there).then_some(RDKafkaErrorCode::UnknownPartition)
    }
}

impl Sink for KafkaSink {
    fn defaults(&self) -> Defaults {
        Defaults { batch_rows_max: BATCH_ROWS_MAX, linger: LINGER, lanes: 1 }
    }

    fn check(&self) -> BoxFuture<'_, Result<(), WriteError>> {
        Box::pin(self.check_topic())
    }

    fn write<'w>(&'w self, rows: &'w [Arc<Row>]) -> BoxFuture<'w, Result<Written, WriteError>> {
        Box::pin(self.write_rows(rows))
    }
}

/// One try at a batch.
struct Attempt<'a> {
    sink: &'a KafkaSink,
    producer: &'a Producer,
    rows: &'a [Arc<Row>],
    deadline: Instant,
}

impl Attempt<'_> {
    /// Hands rows over in order, then waits for all of them.
    async fn send(&self, which: impl Iterator<Item = usize>) -> Failures {
        let flight = Flight::new();
        let mut failures = Failures::new();
        let mut handed_over = Vec::new();
        let mut scratch = Vec::new();
        let mut which = which.peekable();
        while let Some(row) = which.peek().copied() {
            match self.hand_over(row, &flight, &mut scratch) {
                Ok(()) => handed_over.push(row),
                Err(Failure::Refused(RDKafkaErrorCode::QueueFull)) => {
                    if self.is_late() {
                        break;
                    }
                    tokio::time::sleep(QUEUE_FULL_PAUSE).await;
                    continue;
                }
                Err(failure) => failures.push((row, failure)),
            }
            which.next();
        }
        // Those that follow must not overtake.
        failures.extend(which.map(|row| (row, Failure::Refused(RDKafkaErrorCode::QueueFull))));
        failures.extend(self.land(&flight, handed_over).await);
        failures
    }

    /// Waits for the reports. The client gives one for each record when its time is over at the
    /// latest; if it does not, it is given up, and all rows are tried again with another.
    async fn land(&self, flight: &Flight, handed_over: Vec<usize>) -> Failures {
        let limit = self.sink.link.settings.request_timeout + REPORT_GRACE;
        match tokio::time::timeout(limit, flight.land()).await {
            Ok(failed) => {
                failed.into_iter().map(|(row, code)| (row, Failure::Reported(code))).collect()
            }
            Err(_elapsed) => {
                tracing::error!(target = %self.sink.target, "the Kafka client gives no reports");
                self.producer.give_up();
                let lost = RDKafkaErrorCode::MessageTimedOut;
                handed_over.into_iter().map(|row| (row, Failure::Refused(lost))).collect()
            }
        }
    }

    /// Sends those again, in smaller pieces, that may have failed for another record's sake. In the
    /// end each stands alone, and what the broker says is meant for it.
    async fn send_pieces(&self, failures: Failures, size: usize) -> Failures {
        let (again, mut failures): (Failures, Failures) =
            failures.into_iter().partition(|(_, failure)| failure.may_mean_another());
        let mut again: Vec<usize> = again.into_iter().map(|(row, _)| row).collect();
        again.sort_unstable();
        for piece in again.chunks(size) {
            let piece = piece.iter().copied();
            if self.is_late() {
                let late = RDKafkaErrorCode::MessageTimedOut;
                failures.extend(piece.map(|row| (row, Failure::Refused(late))));
            } else {
                failures.extend(self.send(piece).await);
            }
        }
        failures
    }

    fn hand_over(
        &self,
        row: usize,
        flight: &Arc<Flight>,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let Some(values) = self.rows.get(row).map(|row| row.values.as_value()) else {
            return Ok(());
        };
        let templates = &self.sink.templates;
        let record = templates.encode(values, scratch).map_err(Failure::Unfit)?;
        if self.sink.by_row.topic {
            self.producer.note_topic(record.topic);
        }
        self.producer.send(record, row, flight).map_err(Failure::Refused)
    }

    fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }
}

impl Failure {
    const fn may_mean_another(&self) -> bool {
        match self {
            Self::Unfit(_) | Self::Refused(_) => false,
            Self::Reported(code) => may_mean_another(*code),
        }
    }
}

/// A batch is over when its last record is acknowledged, so the round trip is paid once a batch.
const BATCH_ROWS_MAX: usize = 5000;
const LINGER: Duration = Duration::from_millis(5);
/// How long a row waits for others to leave a full client.
const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(5);
/// The client looks for records whose time is over once a second.
const REPORT_GRACE: Duration = Duration::from_secs(10);
/// How many times smaller the pieces of the next round are.
const SHRINK: usize = 8;
