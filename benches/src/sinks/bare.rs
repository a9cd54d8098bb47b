//! Loaders that write the same rows from memory, with nothing around them: what a destination costs
//! at least. It does not know Sluice.

use std::future::Future;
use std::time::Duration;

use anyhow::Context;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::{Figures, Place, http, now};
use crate::process;

/// Rows of one INSERT.
const BATCH: u64 = 1000;
/// Requests under way at once: as many as Sluice has lanes.
const REQUESTS: u64 = 16;
const PATIENCE: Duration = Duration::from_secs(30);

/// Loads the destination; figures are of this process.
pub(crate) fn load(place: &Place) -> anyhow::Result<Figures> {
    prepare(place)?;
    let rows = place.destination().rows();
    let before = count(place)?;
    let (began, cpu) = (now(), process::cpu(std::process::id())?);
    match place {
        Place::Postgres(url) => block_on(load_postgres(url, rows))?,
        Place::Kafka(servers) => load_kafka(servers, rows)?,
        Place::Webhook { url, .. } => block_on(load_webhook(url, rows))?,
    }
    let took = now() - began;
    let cpu = process::cpu(std::process::id())?.saturating_sub(cpu);
    let arrived = count(place)? - before;
    anyhow::ensure!(arrived == rows, "{arrived} rows arrived instead of {rows}");
    Ok(Figures { rows, took, cpu })
}

/// Makes the table empty, or the topic.
pub(crate) fn prepare(place: &Place) -> anyhow::Result<()> {
    match place {
        Place::Postgres(url) => block_on(async {
            let mut connection = PgConnection::connect(url).await?;
            for statement in [
                "DROP TABLE IF EXISTS bench",
                "CREATE TABLE bench(device text, temp float8, seq int8, at timestamptz)",
            ] {
                sqlx::query(statement).execute(&mut connection).await?;
            }
            Ok(connection.close().await?)
        }),
        Place::Kafka(servers) => block_on(async {
            let admin: AdminClient<_> = config(servers).create()?;
            let topic = NewTopic::new("bench", 1, TopicReplication::Fixed(1));
            let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
            for made in admin.create_topics([&topic], &options).await? {
                match made {
                    Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                    Err((topic, error)) => anyhow::bail!("topic {topic}: {error}"),
                }
            }
            Ok(())
        }),
        Place::Webhook { .. } => Ok(()),
    }
}

/// Rows that are there.
pub(crate) fn count(place: &Place) -> anyhow::Result<u64> {
    match place {
        Place::Postgres(url) => block_on(async {
            let mut connection = PgConnection::connect(url).await?;
            let count: i64 =
                sqlx::query_scalar("SELECT count(*) FROM bench").fetch_one(&mut connection).await?;
            connection.close().await?;
            Ok(u64::try_from(count)?)
        }),
        Place::Kafka(servers) => {
            let consumer: BaseConsumer = config(servers).create()?;
            Ok(u64::try_from(consumer.fetch_watermarks("bench", 0, PATIENCE)?.1)?)
        }
        Place::Webhook { url, .. } => http::requests(url),
    }
}

async fn load_postgres(url: &str, rows: u64) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    for start in (0..rows).step_by(usize::try_from(BATCH)?) {
        let numbers: Vec<u64> = (start..rows.min(start + BATCH)).collect();
        let devices: Vec<&str> = numbers.iter().map(|_| "d4").collect();
        let temps: Vec<&str> = numbers.iter().map(|_| "31.5").collect();
        let seqs: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let ats: Vec<&str> = numbers.iter().map(|_| "1750000000000").collect();
        sqlx::query(
            "INSERT INTO bench(device, temp, seq, at) SELECT d, t::float8, s::int8, \
             to_timestamp(a::float8 / 1000.0) \
             FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[]) AS r(d, t, s, a)",
        )
        .bind(&devices)
        .bind(&temps)
        .bind(&seqs)
        .bind(&ats)
        .execute(&mut connection)
        .await?;
    }
    Ok(connection.close().await?)
}

fn load_kafka(servers: &str, rows: u64) -> anyhow::Result<()> {
    let mut config = config(servers);
    config.set("enable.idempotence", "true").set("linger.ms", "5");
    let producer: ThreadedProducer<_> = config.create()?;
    for seq in 0..rows {
        let value = row(seq);
        let mut record = BaseRecord::<str, str>::to("bench").key("d4").payload(&value);
        loop {
            match producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }
    producer.flush(PATIENCE).context("not everything was written")
}

async fn load_webhook(url: &str, rows: u64) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().tcp_nodelay(true).no_proxy().build()?;
    let url = format!("{url}/bench");
    let loops = (0..REQUESTS).map(|number| {
        let (client, url) = (client.clone(), url.clone());
        let numbers = rows * number / REQUESTS..rows * (number + 1) / REQUESTS;
        #[expect(clippy::disallowed_methods, reason = "nobody looks at these tasks but their loop")]
        tokio::spawn(async move {
            for seq in numbers {
                let request = client.post(&url).header("content-type", "application/json");
                let answer = request.body(row(seq)).send().await?.error_for_status()?;
                drop(answer.bytes().await?);
            }
            anyhow::Ok(())
        })
    });
    let loops: Vec<_> = loops.collect();
    for each in loops {
        each.await??;
    }
    Ok(())
}

/// The row that Sluice makes of the same message.
fn row(seq: u64) -> String {
    format!(r#"{{"temp":31.5,"device":"d4","seq":{seq},"timestamp":1750000000000}}"#)
}

fn config(servers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    config
}

fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(future)
}
