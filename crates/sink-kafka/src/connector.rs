//! The link to one Kafka cluster that all actions of a connector share. It does not know records.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use sluice_rule::{Action, ActionKind};
use sluice_sink::{
    BoxFuture, BuildError, Connector, ConnectorType, OpenError, Resolve, Sink, Unavailable,
};

use crate::encode::Templates;
use crate::producer::Producer;
use crate::remedy::is_login;
use crate::settings::Settings;
use crate::sink::KafkaSink;

/// The kind of destination that this crate is.
pub const TYPE: ConnectorType = ConnectorType { name: "kafka", build };

fn build(
    connector: &sluice_rule::Connector,
    resolve: Resolve<'_>,
) -> Result<Arc<dyn Connector>, BuildError> {
    let settings = Settings::new(connector, resolve)?;
    let producer = Producer::start(&settings)
        .map_err(|detail| BuildError { name: settings.name.clone(), detail })?;
    let link = Link { settings, producer: Mutex::new(Arc::new(producer)) };
    Ok(Arc::new(KafkaConnector(Arc::new(link))))
}

struct KafkaConnector(Arc<Link>);

impl Connector for KafkaConnector {
    fn check(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(async {
            let answer = self.0.metadata(None).await;
            answer.map(|_| ()).map_err(|fault| Unavailable {
                target: format!("kafka {}", self.0.settings.name),
                cause: fault.into(),
            })
        })
    }

    fn open(&self, action: &Action) -> Result<Arc<dyn Sink>, OpenError> {
        let record = match &action.kind {
            ActionKind::Kafka(record) => record,
            ActionKind::Republish(_) | ActionKind::Postgres(_) | ActionKind::Webhook(_) => {
                let detail = format!(
                    "action `{}` is of type {}; connector `{}` is of type kafka",
                    action.name,
                    action.kind.type_name(),
                    self.0.settings.name
                );
                return Err(OpenError { detail });
            }
        };
        let templates = Templates::new(record)
            .map_err(|error| OpenError { detail: format!("action `{}`: {error}", action.name) })?;
        Ok(Arc::new(KafkaSink::new(Arc::clone(&self.0), templates)))
    }
}

/// A client, and what it takes to make another.
pub(crate) struct Link {
    pub(crate) settings: Settings,
    producer: Mutex<Arc<Producer>>,
}

impl Link {
    /// The client for the next batch: a fresh one where the last one is of no more use.
    ///
    /// # Errors
    /// A fresh one cannot be made.
    pub(crate) async fn producer(self: &Arc<Self>) -> Result<Arc<Producer>, Fault> {
        let producer = self.current();
        if !producer.is_spent() {
            return Ok(producer);
        }
        let link = Arc::clone(self);
        // A client starts threads and may read certificates.
        let replaced = tokio::task::spawn_blocking(move || link.replace(&producer)).await;
        replaced.map_err(|error| Fault::client(error.to_string()))?
    }

    /// Asks for the topics of the cluster, or for one, within [`CHECK_TIMEOUT`].
    ///
    /// # Errors
    /// No broker answers.
    pub(crate) async fn metadata(self: &Arc<Self>, topic: Option<&str>) -> Result<Metadata, Fault> {
        let producer = self.producer().await?;
        let limit = self.settings.request_timeout.min(CHECK_TIMEOUT);
        let asked = Arc::clone(&producer);
        let topic = topic.map(str::to_owned);
        let ask = move || asked.metadata(topic.as_deref(), limit);
        let answer: KafkaResult<Metadata> = tokio::task::spawn_blocking(ask)
            .await
            .map_err(|error| Fault::client(error.to_string()))?;
        match answer {
            Ok(metadata) => {
                producer.forget_trouble();
                Ok(metadata)
            }
            Err(error) => {
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
                Err(Fault::of(code, &producer))
            }
        }
    }

    fn current(&self) -> Arc<Producer> {
        Arc::clone(&self.producer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whoever still writes with the old client keeps it until then.
    fn replace(&self, old: &Arc<Producer>) -> Result<Arc<Producer>, Fault> {
        let mut current = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&current, old) {
            *current = Arc::new(Producer::start(&self.settings).map_err(Fault::client)?);
        }
        Ok(Arc::clone(&current))
    }
}

/// Why something did not work, as far as the client tells.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) code: RDKafkaErrorCode,
    /// What the client complains about besides.
    pub(crate) reason: Option<String>,
}

impl Fault {
    /// What `code` means at `producer`: behind a time-out is what keeps the client from its
    /// brokers, behind a fatal error what made it so.
    pub(crate) fn of(code: RDKafkaErrorCode, producer: &Producer) -> Self {
        let is_symptom = matches!(
            code,
            RDKafkaErrorCode::Fatal
                | RDKafkaErrorCode::PurgeQueue
                | RDKafkaErrorCode::PurgeInflight
                | RDKafkaErrorCode::MessageTimedOut
                | RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::QueueFull
        );
        if !is_symptom {
            return Self { code, reason: None };
        }
        if let Some(fatal) = producer.fatal() {
            return Self { code: fatal.code, reason: Some(fatal.reason) };
        }
        match producer.trouble() {
            Some(trouble) => {
                // Only a login is a cause of its own; other trouble may be that of one broker.
                let code = if is_login(trouble.code) { trouble.code } else { code };
                Self { code, reason: Some(trouble.reason) }
            }
            None => Self { code, reason: None },
        }
    }

    fn client(reason: String) -> Self {
        Self { code: RDKafkaErrorCode::Fail, reason: Some(reason) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => f.write_str(reason),
            None => self.code.fmt(f),
        }
    }
}

impl Error for Fault {}

const CHECK_TIMEOUT: Duration = Duration::from_secs(5);
