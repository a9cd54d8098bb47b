//! Rows into real destinations: Sluice, loaded over MQTT, beside a bare loader that writes the same
//! rows from memory. It does not know how a loader writes.

mod bare;
mod http;
mod load;

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Context;

pub(crate) use http::serve_null;

use crate::broker::Broker;
use crate::median::median;
use crate::process::{self, Process};
use crate::{Harness, rules};

/// A destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination {
    Postgres,
    Kafka,
    Webhook,
}

/// What one loader did.
#[derive(Clone, Copy, Debug)]
struct Figures {
    rows: u64,
    took: Duration,
    /// Of the loader alone: of Sluice, or of the bare loop.
    cpu: Duration,
}

/// Where the destinations are, as `scripts/services.sh` says; one that is left out is not measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Services {
    pub(crate) postgres: Option<String>,
    pub(crate) kafka: Option<String>,
}

impl Harness {
    /// Each destination, both loaders interleaved within each round.
    pub(crate) fn measure_sinks(
        &self,
        (services, rounds): (&Services, u32),
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        writeln!(
            out,
            "| destination | rows | rows/s: Sluice | bare | ratio | CPU µs a row: Sluice | bare | \
             **ratio** |"
        )?;
        writeln!(out, "| --- | --: | --: | --: | --: | --: | --: | --: |")?;
        for destination in [Destination::Postgres, Destination::Kafka, Destination::Webhook] {
            let Some(place) = self.place(destination, services)? else { continue };
            let mut runs = Vec::new();
            for round in 0..rounds {
                let bare = bare::load(&place).context("the bare loader")?;
                let sluice = self.load_sluice(&place, round).context("Sluice")?;
                runs.push((sluice, bare));
                self.interrupt.check()?;
            }
            write_row(destination, &runs, out)?;
            out.flush()?;
        }
        Ok(())
    }

    fn place(
        &self,
        destination: Destination,
        services: &Services,
    ) -> anyhow::Result<Option<Place>> {
        Ok(match destination {
            Destination::Postgres => services.postgres.clone().map(Place::Postgres),
            Destination::Kafka => services.kafka.clone().map(Place::Kafka),
            Destination::Webhook => {
                let (server, port) = http::start_null(&self.folder)?;
                Some(Place::Webhook { url: format!("http://127.0.0.1:{port}"), _server: server })
            }
        })
    }

    fn load_sluice(&self, place: &Place, round: u32) -> anyhow::Result<Figures> {
        bare::prepare(place)?;
        let folder = self.folder.join(format!("sink-{}-{round}", place.destination().name()));
        let broker = Broker::start_sluice(&self.sluice, &folder, &rule_file(place))?;
        let before = bare::count(place)?;
        let cpu = process::cpu(broker.process_id())?;
        let began = now();
        let rows = place.destination().rows();
        load::publish(broker.port(), rows, &rules::payload_of)?;
        let deadline = began + DEADLINE;
        while bare::count(place)? < before + rows {
            self.interrupt.check()?;
            anyhow::ensure!(now() < deadline, "only {} rows arrived", bare::count(place)? - before);
            std::thread::sleep(Duration::from_millis(5));
        }
        let took = now() - began;
        let cpu = process::cpu(broker.process_id())?.saturating_sub(cpu);
        Ok(Figures { rows, took, cpu })
    }
}

/// A destination that runs.
#[derive(Debug)]
enum Place {
    Postgres(String),
    Kafka(String),
    Webhook { url: String, _server: Process },
}

impl Place {
    const fn destination(&self) -> Destination {
        match self {
            Self::Postgres(_) => Destination::Postgres,
            Self::Kafka(_) => Destination::Kafka,
            Self::Webhook { .. } => Destination::Webhook,
        }
    }
}

impl Destination {
    const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Kafka => "kafka",
            Self::Webhook => "webhook",
        }
    }

    /// Enough for some seconds.
    const fn rows(self) -> u64 {
        match self {
            Self::Postgres => 200_000,
            Self::Kafka => 400_000,
            Self::Webhook => 60_000,
        }
    }
}

fn rule_file(place: &Place) -> String {
    let (connector, action) = match place {
        Place::Postgres(url) => (
            format!("type = \"postgres\"\nurl = \"{url}\""),
            "type = \"postgres\"\nsql = \"INSERT INTO bench(device, temp, seq, at) VALUES \
             (${device}, ${temp}, ${seq}, to_timestamp(${timestamp}/1000.0))\"",
        ),
        Place::Kafka(servers) => (
            format!("type = \"kafka\"\nbootstrap_servers = [\"{servers}\"]"),
            "type = \"kafka\"\ntopic = \"bench\"\nkey = \"${device}\"",
        ),
        Place::Webhook { url, .. } => (
            format!("type = \"webhook\"\nurl = \"{url}\"\npool_size = 16"),
            "type = \"webhook\"\npath = \"/bench\"",
        ),
    };
    format!(
        "[connectors.bench]\n{connector}\n\n[rules.bench]\nsql = '''SELECT payload.temp AS temp, \
         payload.device.id AS device, payload.seq AS seq, timestamp FROM \"bench/#\"'''\n\n\
         [[rules.bench.actions]]\nconnector = \"bench\"\n{action}\n"
    )
}

fn write_row(
    destination: Destination,
    runs: &[(Figures, Figures)],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let rate = |it: &Figures| it.rows as f64 / it.took.as_secs_f64();
    let cost = |it: &Figures| it.cpu.as_secs_f64() * 1e6 / it.rows as f64;
    let of = |read: &dyn Fn(&(Figures, Figures)) -> f64| median(runs.iter().map(read));
    let figures = [
        of(&|(sluice, _)| rate(sluice)),
        of(&|(_, bare)| rate(bare)),
        of(&|(sluice, bare)| rate(sluice) / rate(bare)),
        of(&|(sluice, _)| cost(sluice)),
        of(&|(_, bare)| cost(bare)),
        of(&|(sluice, bare)| cost(sluice) / cost(bare)),
    ]
    .map(|figure| figure.unwrap_or(f64::NAN));
    let [rate, bare_rate, rates, cost, bare_cost, costs] = figures;
    let (name, rows) = (destination.name(), destination.rows());
    writeln!(
        out,
        "| {name} | {rows} | {rate:.0} | {bare_rate:.0} | {rates:.2}× | {cost:.2} | \
         {bare_cost:.2} | **{costs:.2}×** |"
    )?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

/// For the rows of one run to arrive.
const DEADLINE: Duration = Duration::from_secs(120);
