//! What it costs to find who wants a topic, by how many filters there are. It does not know
//! sessions.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sluice_topic::{TopicFilter, TopicTree};

/// A quarter each exact, and with wildcards in the middle, at the end and at the start.
fn filter(number: usize) -> TopicFilter {
    let text = match number % 4 {
        0 => format!("plant/site/{number}/temp"),
        1 => format!("plant/+/{number}/temp"),
        2 => format!("plant/site/{number}/#"),
        _ => format!("+/site/{number}/+"),
    };
    let Ok(filter) = TopicFilter::parse(&text) else { panic!("{text} is a filter") };
    filter
}

fn visit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("visit topic tree");
    for count in [1, 1000, 100_000] {
        let mut tree = TopicTree::new();
        for number in 0..count {
            tree.insert(&filter(number), number, ());
        }
        let names: Vec<_> =
            (0..64).map(|name| format!("plant/site/{}/temp", name * 97 % count)).collect();
        let mut names = names.iter().cycle();
        group.bench_function(BenchmarkId::new("filters", count), |bencher| {
            bencher.iter(|| {
                let mut found = 0;
                let name = names.next().map_or("", String::as_str);
                tree.visit(black_box(name), &mut |_, ()| found += 1);
                found
            });
        });
    }
}

fn matches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("match filter with name");
    for filter in ["plant/site/7/temp", "plant/+/7/temp", "plant/#", "+/+/+/hum"] {
        group.bench_function(filter, |bencher| {
            bencher
                .iter(|| sluice_topic::matches(black_box(filter), black_box("plant/site/7/temp")));
        });
    }
}

criterion_group!(benches, visit, matches);
criterion_main!(benches);
