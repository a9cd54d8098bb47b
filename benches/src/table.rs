//! The Markdown tables. It does not know how the figures were measured.

use std::io::Write;

use sluice_client::{IdleReport, Report};

use crate::broker::Kind;
use crate::median::median;

/// All runs of one scenario.
#[derive(Debug)]
pub(crate) struct Row {
    name: &'static str,
    runs: Vec<(Kind, Report)>,
    /// Runs that gave no figures.
    failures: Vec<String>,
}

impl Row {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, runs: Vec::new(), failures: Vec::new() }
    }

    pub(crate) fn add(&mut self, kind: Kind, report: Report) {
        self.runs.push((kind, report));
    }

    /// A run that gave no figures.
    pub(crate) fn fail(&mut self, kind: Kind, error: &anyhow::Error) {
        self.failures.push(format!("{kind}: {error:#}"));
    }

    fn median(&self, kind: Kind, read: impl Fn(&Report) -> Option<f64>) -> Option<f64> {
        median(self.of(kind).filter_map(read))
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Report> {
        self.runs.iter().filter(move |(of, _)| *of == kind).map(|(_, report)| report)
    }

    /// What did not arrive as it must.
    fn troubles(&self) -> String {
        let troubled = self.runs.iter().filter(|(_, report)| !report.is_sound());
        let troubles = troubled.map(|(kind, report)| {
            let it = &report.integrity;
            format!(
                "{kind}: lost {}, duplicated {}, reordered {}, refused {}, stalls {}",
                it.lost, it.duplicated, it.reordered, it.refused, it.stalls
            )
        });
        let troubles: Vec<_> = troubles.chain(self.failures.iter().cloned()).collect();
        if troubles.is_empty() { "sound".to_owned() } else { troubles.join("; ") }
    }
}

/// Deliveries per broker CPU second side by side, and their ratio; rates beside.
pub(crate) fn write_comparison(rows: &[Row], out: &mut impl Write) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "| scenario | per CPU s: Sluice | mosquitto | **ratio** {COMPARISON_REST}")?;
    writeln!(out, "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --- |")?;
    for row in rows {
        let both = |read: &dyn Fn(&Report) -> Option<f64>| {
            (row.median(Kind::Sluice, read), row.median(Kind::Mosquitto, read))
        };
        let each = both(&|report| report.deliveries_per_broker_cpu_second);
        let rate = both(&|report| Some(report.deliveries_per_second));
        let cores = both(&|report| report.broker_cpu_seconds.map(|cpu| cpu / report.seconds));
        let p50 = both(&|report| report.latency.map(|latency| latency.p50_us));
        let p99 = both(&|report| report.latency.map(|latency| latency.p99_us));
        writeln!(
            out,
            "| {} | {} | {} | **{}** | {} | {} | {} | {} | {} | {}/{} | {}/{} | {} |",
            row.name,
            thousands(each.0),
            thousands(each.1),
            times(each),
            thousands(rate.0),
            thousands(rate.1),
            times(rate),
            fixed(cores.0, 2),
            fixed(cores.1, 2),
            fixed(p50.0, 0),
            fixed(p99.0, 0),
            fixed(p50.1, 0),
            fixed(p99.1, 0),
            row.troubles(),
        )?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Broker memory of an idle connection.
pub(crate) fn write_idle(
    rows: &[(Kind, Vec<IdleReport>)],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(out, "| idle | connections | connects/s | bytes of broker memory a connection |")?;
    writeln!(out, "| --- | --: | --: | --: |")?;
    for (kind, reports) in rows {
        let connections = reports.iter().map(|report| report.connections).max().unwrap_or(0);
        let rate = median(reports.iter().map(|report| report.connects_per_second));
        let bytes = median(reports.iter().filter_map(|it| it.broker_bytes_per_connection));
        let (rate, bytes) = (thousands(rate), fixed(bytes, 0));
        writeln!(out, "| {kind} | {connections} | {rate} | {bytes} |")?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}

/// What rules add to a publish. Every publish is also delivered to one subscriber.
pub(crate) fn write_rules(rows: &[(u32, Vec<Report>)], out: &mut impl Write) -> anyhow::Result<()> {
    let micros_of = |reports: &[Report]| {
        median(reports.iter().filter_map(|report| {
            report.deliveries_per_broker_cpu_second.map(|each| 1_000_000.0 / each)
        }))
    };
    let base = rows.first().and_then(|(_, reports)| micros_of(reports));
    writeln!(out, "| rules, one passes | publishes/s {RULES_REST}")?;
    writeln!(out, "| --: | --: | --: | --: | --: | --- |")?;
    for (count, reports) in rows {
        let rate = median(reports.iter().map(|report| report.deliveries_per_second));
        let micros = micros_of(reports);
        let more = micros.zip(base).map(|(micros, base)| micros - base);
        let generator = median(reports.iter().map(|it| it.generator_cpu_seconds / it.seconds));
        let sound = if reports.iter().all(Report::is_sound) { "sound" } else { "not sound" };
        let (rate, micros, more) = (thousands(rate), fixed(micros, 2), fixed(more, 2));
        let generator = fixed(generator, 2);
        writeln!(out, "| {count} | {rate} | {micros} | {more} | {generator} | {sound} |")?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}

fn times((ours, theirs): (Option<f64>, Option<f64>)) -> String {
    let ratio = ours.zip(theirs).filter(|(_, theirs)| *theirs > 0.0);
    ratio.map_or_else(|| "–".to_owned(), |(ours, theirs)| format!("{:.1}×", ours / theirs))
}

fn fixed(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
}

/// `1.25M`, `86.7k`, `930`.
fn thousands(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value >= 1_000_000.0 => format!("{:.2}M", value / 1_000_000.0),
        Some(value) if value >= 1000.0 => format!("{:.1}k", value / 1000.0),
        Some(value) => format!("{value:.0}"),
    }
}

const COMPARISON_REST: &str = concat!(
    "| deliveries/s: Sluice | mosquitto | ratio | broker cores: Sluice | mosquitto ",
    "| p50/p99 µs: Sluice | mosquitto | integrity |"
);
const RULES_REST: &str =
    "| broker CPU µs a publish | more than without rules | generator cores | integrity |";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(thousands(Some(1_254_000.0)), "1.25M");
        assert_eq!(thousands(Some(86_740.0)), "86.7k");
        assert_eq!(thousands(Some(930.4)), "930");
        assert_eq!(thousands(None), "–");
        assert_eq!(times((Some(30.0), Some(2.0))), "15.0×");
        assert_eq!(times((Some(30.0), None)), "–");
        assert_eq!(fixed(Some(0.456), 2), "0.46");
    }

    #[test]
    fn a_comparison_without_one_broker_has_dashes() {
        let mut out = Vec::new();
        write_comparison(&[Row::new("1→1")], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("| 1→1 | – | – | **–** |"), "{text}");
    }
}
