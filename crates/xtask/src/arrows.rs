//! Which room may stand on which: the layers of the house as data; reads no Rust.

use crate::manifest::Manifest;
use crate::report::Report;

/// Where a room stands and what it may use from outside.
struct Layer {
    /// Rooms of one layer do not know each other; each may stand on every layer listed before.
    rooms: &'static [&'static str],
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No async, sockets, files, clock, locks or randomness.
    Pure,
    /// The thin shell around the pure rooms.
    Edge,
    /// Only tests and tools stand on it.
    Dev,
}

pub(crate) fn check(manifest: &Manifest, report: &mut Report) {
    let room = manifest.room.as_str();
    let package = package_of(room);
    if manifest.package != package {
        let message = format!("the package of `crates/{room}` is called `{package}`");
        report.violation(&manifest.path, 1, message);
    }
    if !manifest.inherits_lints {
        let message = "add `[lints] workspace = true`".to_owned();
        report.violation(&manifest.path, 1, message);
    }
    let Some(layer) = layer_of(room) else {
        let message = format!("`{room}` has no layer; give it one in crates/xtask/src/arrows.rs");
        report.violation(&manifest.path, 1, message);
        return;
    };
    for dependency in &manifest.dependencies {
        if let Some(message) = wrong_arrow(room, layer, &dependency.package) {
            report.violation(&manifest.path, dependency.line, message);
        }
    }
}

/// Whether a room must do without the world; what has no layer yet is not judged.
pub(crate) fn is_pure(room: &str) -> bool {
    layer_of(room).is_some_and(|at| kind_of(at) == Some(Kind::Pure))
}

/// What is wrong with `room` (at `layer`) using `package`.
fn wrong_arrow(room: &str, layer: usize, package: &str) -> Option<String> {
    let Some(below) = room_of(package) else {
        let is_pure = kind_of(layer) == Some(Kind::Pure);
        return (is_pure && is_worldly(package)).then(|| {
            format!("`{room}` is pure and must not use `{package}`; take the answer as an argument")
        });
    };
    let below_layer = layer_of(below)?;
    if kind_of(below_layer) == Some(Kind::Dev) && kind_of(layer) != Some(Kind::Dev) {
        return Some(format!("`{below}` is for tests; move it to [dev-dependencies]"));
    }
    (below_layer >= layer).then(|| {
        format!(
            "arrows point down only and `{below}` is not below `{room}`; return an output or take \
             a trait"
        )
    })
}

fn layer_of(room: &str) -> Option<usize> {
    let exact = LAYERS.iter().position(|layer| layer.rooms.contains(&room));
    exact.or_else(|| {
        let family = room.split_once('-')?.0;
        LAYERS.iter().position(|layer| {
            layer.rooms.iter().any(|name| name.strip_suffix("-*") == Some(family))
        })
    })
}

fn kind_of(layer: usize) -> Option<Kind> {
    LAYERS.get(layer).map(|layer| layer.kind)
}

fn package_of(room: &str) -> String {
    match room {
        "server" => "sluice".to_owned(),
        "xtask" => "xtask".to_owned(),
        _ => format!("sluice-{room}"),
    }
}

/// The room behind one of our own packages.
fn room_of(package: &str) -> Option<&str> {
    match package {
        "sluice" => Some("server"),
        "xtask" => Some("xtask"),
        _ => package.strip_prefix("sluice-"),
    }
}

/// Whether a package from outside brings what a pure room must not have.
fn is_worldly(package: &str) -> bool {
    WORLDLY.iter().any(|name| match name.strip_suffix('*') {
        Some(family) => package.starts_with(family),
        None => package == *name,
    })
}

/// From the ground up.
const LAYERS: &[Layer] = &[
    Layer { rooms: &["topic", "value"], kind: Kind::Pure },
    Layer { rooms: &["mqtt"], kind: Kind::Pure },
    Layer { rooms: &["event", "sql", "journal"], kind: Kind::Pure },
    Layer { rooms: &["session", "router", "rule"], kind: Kind::Pure },
    Layer { rooms: &["hub"], kind: Kind::Pure },
    Layer { rooms: &["telemetry"], kind: Kind::Edge },
    Layer { rooms: &["sink", "auth", "store", "client"], kind: Kind::Edge },
    Layer { rooms: &["broker", "sink-*"], kind: Kind::Edge },
    Layer { rooms: &["catalogue"], kind: Kind::Edge },
    Layer { rooms: &["admin", "cluster", "listener"], kind: Kind::Edge },
    Layer { rooms: &["server"], kind: Kind::Edge },
    Layer { rooms: &["testkit", "xtask"], kind: Kind::Dev },
];

/// Async, sockets, files, clocks, locks shared with the world, and randomness.
const WORLDLY: &[&str] = &[
    "arc-swap",
    "async-*",
    "axum",
    "config",
    "crossbeam*",
    "dashmap",
    "fastrand",
    "futures*",
    "getrandom",
    "hyper*",
    "libc",
    "mio",
    "nix",
    "notify",
    "parking_lot",
    "quinn*",
    "rand",
    "rand_*",
    "rayon",
    "reqwest",
    "rustix",
    "rustls*",
    "smol",
    "socket2",
    "tempfile",
    "tokio*",
    "tracing*",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    fn found(room: &str, package: &str, dependencies: &str) -> Vec<String> {
        let text = format!(
            "[package]\nname = \"{package}\"\n[lints]\nworkspace = true\n\
             [dependencies]\n{dependencies}"
        );
        let manifest = manifest::parse(room.to_owned(), &text).expect("valid");
        let mut report = Report::default();
        check(&manifest, &mut report);
        report.violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn arrows_point_down() {
        let good = [
            ("hub", "sluice-hub", "sluice-session.workspace = true\nsluice-topic = \"1\""),
            ("server", "sluice", "sluice-broker = \"1\"\ntokio = \"1\""),
            ("sink-kafka", "sluice-sink-kafka", "sluice-sink = \"1\""),
            ("testkit", "sluice-testkit", "sluice-hub = \"1\""),
            ("rule", "sluice-rule", "sluice-sql = \"1\"\nserde = \"1\""),
        ];
        for (room, package, dependencies) in good {
            assert_eq!(found(room, package, dependencies), [""; 0]);
        }
        let bad = [
            ("topic", "sluice-topic", "sluice-mqtt.workspace = true"),
            ("session", "sluice-session", "sluice-router = \"1\""),
            ("sink-kafka", "sluice-sink-kafka", "sluice-broker = \"1\""),
            ("hub", "sluice-hub", "sluice-testkit = \"1\""),
            ("hub", "sluice-hub", "sluice-telemetry = \"1\""),
            ("hub", "sluice-hub", "tokio-util = \"1\""),
            ("value", "sluice-value", "t = { package = \"tokio\" }"),
        ];
        for (room, package, dependencies) in bad {
            let found = found(room, package, dependencies);
            let place = format!("crates/{room}/Cargo.toml:6: ");
            assert!(matches!(&*found, [one] if one.starts_with(&place)), "{found:?}");
        }
    }

    #[test]
    fn every_room_has_a_layer_and_its_own_name() {
        assert_eq!(found("cellar", "sluice-cellar", "").len(), 1);
        assert_eq!(found("topic", "topic", "").len(), 1);
    }

    #[test]
    fn only_the_layers_up_to_the_hub_are_pure() {
        assert!(is_pure("topic") && is_pure("hub"));
        assert!(!is_pure("broker") && !is_pure("sink-webhook") && !is_pure("cellar"));
    }
}
