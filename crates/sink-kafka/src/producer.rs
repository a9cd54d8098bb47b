//! One client of a Kafka cluster, and the thread that fetches its reports. It does not know rows or
//! remedies.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};
use rdkafka::statistics::Statistics;
use tokio::time::Instant;

use crate::delivery::{Flight, Passenger};
use crate::encode::Encoded;
use crate::log_budget::{LogBudget, Verdict};
use crate::settings::{Settings, without};

/// Hands records over and never waits.
pub(crate) struct Producer {
    // Goes before `_polling`, so that the thread has the last one: the end of a client takes up to
    // half a second.
    client: Arc<BaseProducer<Context>>,
    /// Topics that rows have named. The client keeps each for ever.
    topics: Mutex<HashSet<Box<str>>>,
    is_given_up: AtomicBool,
    _polling: Polling,
}

impl Producer {
    /// Starts a client. Nothing is waited for.
    ///
    /// # Errors
    /// librdkafka refuses a setting, or a file cannot be read.
    pub(crate) fn start(settings: &Settings) -> Result<Self, String> {
        let password = settings.password.as_deref();
        let context = Context::new(&settings.name, settings.password.clone());
        let client = BaseProducer::from_config_and_context(&settings.client, context)
            .map_err(|error| refusal(&error, password))?;
        let client = Arc::new(client);
        let polling = Polling::start(&settings.name, Arc::clone(&client))?;
        Ok(Self {
            client,
            topics: Mutex::default(),
            is_given_up: AtomicBool::new(false),
            _polling: polling,
        })
    }

    /// Hands the record of the row at `row` over.
    ///
    /// # Errors
    /// It is refused on this side.
    pub(crate) fn send(
        &self,
        record: Encoded<'_>,
        row: usize,
        flight: &Arc<Flight>,
    ) -> Result<(), RDKafkaErrorCode> {
        let sent = self.client.send(BaseRecord {
            topic: record.topic,
            partition: record.partition,
            payload: Some(record.value),
            key: record.key,
            timestamp: record.timestamp,
            headers: record.headers,
            delivery_opaque: flight.board(row),
        });
        sent.map_err(|(error, _record)| {
            flight.unboard();
            error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::InvalidArgument)
        })
    }

    /// Asks the cluster for its topics, or for one. Blocks.
    ///
    /// # Errors
    /// No broker answers in time.
    pub(crate) fn metadata(&self, topic: Option<&str>, limit: Duration) -> KafkaResult<Metadata> {
        self.client.client().fetch_metadata(topic, limit)
    }

    /// What has made this client useless for ever.
    pub(crate) fn fatal(&self) -> Option<Trouble> {
        self.client.client().fatal_error().map(|(code, reason)| Trouble { code, reason })
    }

    /// What the client has last complained about since a record arrived.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.client.context().trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All is well: a broker has answered.
    pub(crate) fn forget_trouble(&self) {
        self.client.context().clear_trouble();
    }

    /// Notes that a row names `topic`.
    pub(crate) fn note_topic(&self, topic: &str) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if !topics.contains(topic) {
            topics.insert(topic.into());
        }
    }

    /// Notes that the client has lost records out of sight.
    pub(crate) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Release);
    }

    /// Whether a fresh client should take over.
    pub(crate) fn is_spent(&self) -> bool {
        self.is_given_up.load(Ordering::Acquire)
            || self.fatal().is_some()
            || self.topics.lock().unwrap_or_else(PoisonError::into_inner).len() >= TOPICS_MAX
    }
}

/// What a client complains about: why a broker is not reached, why a login fails.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) code: RDKafkaErrorCode,
    pub(crate) reason: String,
}

/// Ends the thread when dropped.
struct Polling(Arc<AtomicBool>);

impl Polling {
    fn start(name: &str, client: Arc<BaseProducer<Context>>) -> Result<Self, String> {
        let ends = Arc::new(AtomicBool::new(false));
        let polling = Self(Arc::clone(&ends));
        thread::Builder::new()
            .name(format!("kafka {name}"))
            .spawn(move || {
                while !ends.load(Ordering::Acquire) {
                    client.poll(POLL);
                }
            })
            .map_err(|error| format!("no thread can be started: {error}"))?;
        Ok(polling)
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// What librdkafka calls back, on the polling thread.
struct Context {
    connector: String,
    password: Option<String>,
    budget: Mutex<LogBudget>,
    is_troubled: AtomicBool,
    trouble: Mutex<Option<Trouble>>,
}

impl Context {
    fn new(connector: &str, password: Option<String>) -> Self {
        Self {
            connector: connector.to_owned(),
            password,
            budget: Mutex::new(LogBudget::new(Instant::now())),
            is_troubled: AtomicBool::new(false),
            trouble: Mutex::default(),
        }
    }

    fn set_trouble(&self, code: RDKafkaErrorCode, reason: &str) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        // "1/1 brokers are down" says less than why the last one is.
        if code == RDKafkaErrorCode::AllBrokersDown && trouble.is_some() {
            return;
        }
        let reason = without(self.password.as_deref(), reason);
        *trouble = Some(Trouble { code, reason });
        self.is_troubled.store(true, Ordering::Release);
    }

    fn clear_trouble(&self) {
        if self.is_troubled.load(Ordering::Acquire) {
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
            self.is_troubled.store(false, Ordering::Release);
        }
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = budget.spend(Instant::now());
        drop(budget);
        let Verdict::Log { left_out } = verdict else { return };
        let connector = self.connector.as_str();
        let reason = without(self.password.as_deref(), message);
        // Why a broker is not reached comes as an error too, and is told with the health of the
        // connector; nothing here is an error of ours.
        let is_told = matches!(facility, "FAIL" | "ERROR");
        if level as i32 <= RDKafkaLogLevel::Warning as i32 && !is_told {
            tracing::warn!(connector, facility, reason, left_out, "the Kafka client complains");
        } else {
            tracing::debug!(connector, facility, reason, left_out, "the Kafka client says");
        }
    }

    // Not asked for.
    fn stats(&self, _statistics: Statistics) {}

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
        self.set_trouble(code, reason);
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = Box<Passenger>;

    fn delivery(&self, result: &DeliveryResult<'_>, passenger: Box<Passenger>) {
        match result {
            Ok(_) => {
                self.clear_trouble();
                passenger.arrived();
            }
            Err((error, _)) => {
                passenger.failed(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail));
            }
        }
    }
}

/// Why a client was not made, without the password: librdkafka repeats the value that it refuses.
fn refusal(error: &KafkaError, password: Option<&str>) -> String {
    if let KafkaError::ClientConfig(_, reason, _, _) | KafkaError::ClientCreation(reason) = error {
        without(password, reason)
    } else {
        without(password, error)
    }
}

/// How long the end of a client may go unnoticed.
const POLL: Duration = Duration::from_millis(500);

/// A client knows so many topics that rows have named before another takes over. Each costs a few
/// kilobytes and a place in every request for metadata.
const TOPICS_MAX: usize = 1000;
