//! mosquitto_pub and mosquitto_sub, as shell users know them.

use crate::harness::{Process, Server, mosquitto_pub, mosquitto_sub};

const VERSIONS: [&str; 2] = ["mqttv311", "mqttv5"];

#[test]
fn every_qos_arrives_in_both_versions() {
    let server = Server::start();
    for version in VERSIONS {
        for qos in ["0", "1", "2"] {
            let topic = format!("m/{version}/{qos}");
            let receiver = mosquitto_sub(server.port(), &["-V", version, "-t", &topic, "-q", qos]);
            let sent: Vec<_> = (0..20).map(|number| number.to_string()).collect();
            let mut sender = Process::start(std::process::Command::new("bash").args([
                "-c",
                &format!(
                    "seq 0 19 | mosquitto_pub -p {} -V {version} -t {topic} -q {qos} -l",
                    server.port()
                ),
            ]));
            assert!(sender.wait().success());
            let wanted: Vec<_> = sent.iter().map(|n| format!("{topic} {qos} 0 {n}")).collect();
            assert_eq!(receiver.wait_lines("message ", 20), wanted);
        }
    }
}

#[test]
fn the_two_versions_understand_each_other() {
    let server = Server::start();
    let old = mosquitto_sub(server.port(), &["-V", "mqttv311", "-t", "m/mixed", "-q", "1"]);
    let new = mosquitto_sub(server.port(), &["-V", "mqttv5", "-t", "m/mixed", "-q", "1"]);
    mosquitto_pub(server.port(), &["-V", "mqttv5", "-t", "m/mixed", "-m", "from 5", "-q", "1"]);
    mosquitto_pub(server.port(), &["-V", "mqttv311", "-t", "m/mixed", "-m", "from 3", "-q", "1"]);
    for receiver in [old, new] {
        assert_eq!(
            receiver.wait_lines("message ", 2),
            ["m/mixed 1 0 from 5", "m/mixed 1 0 from 3"]
        );
    }
}

#[test]
fn retained_messages_wait_for_subscribers_until_they_are_cleared() {
    let server = Server::start();
    for version in VERSIONS {
        let topic = format!("m/retained/{version}");
        mosquitto_pub(server.port(), &["-V", version, "-t", &topic, "-m", "first", "-r"]);
        mosquitto_pub(server.port(), &["-V", version, "-t", &topic, "-m", "kept", "-r", "-q", "1"]);
        let receiver = mosquitto_sub(server.port(), &["-V", version, "-t", &topic]);
        assert_eq!(receiver.wait_lines("message ", 1), [format!("{topic} 0 1 kept")]);
        mosquitto_pub(server.port(), &["-V", version, "-t", &topic, "-n", "-r", "-q", "1"]);
        let late = mosquitto_sub(server.port(), &["-V", version, "-t", &topic]);
        mosquitto_pub(server.port(), &["-V", version, "-t", &topic, "-m", "live", "-q", "1"]);
        assert_eq!(late.wait_lines("message ", 1), [format!("{topic} 0 0 live")]);
    }
}

#[test]
fn wildcards_select_topics() {
    let server = Server::start();
    let one_level = mosquitto_sub(server.port(), &["-t", "m/+/temperature"]);
    let all = mosquitto_sub(server.port(), &["-t", "m/#"]);
    for topic in ["m/kitchen/temperature", "m/kitchen/humidity", "m/attic/east/temperature", "m"] {
        mosquitto_pub(server.port(), &["-t", topic, "-m", "x", "-q", "1"]);
    }
    mosquitto_pub(server.port(), &["-t", "m/end/temperature", "-m", "x", "-q", "1"]);
    assert_eq!(
        one_level.wait_lines("message ", 2),
        ["m/kitchen/temperature 0 0 x", "m/end/temperature 0 0 x"]
    );
    assert_eq!(all.wait_lines("message ", 5).len(), 5);
}

#[test]
fn a_persistent_session_gets_what_it_missed_in_order() {
    let server = Server::start();
    for (version, more) in [("mqttv311", &["-c"][..]), ("mqttv5", &["-c", "-x", "3600"])] {
        let identifier = format!("sleeper-{version}");
        let topic = format!("m/offline/{version}");
        let arguments =
            [&["-V", version, "-i", &identifier, "-t", &topic, "-q", "1"], more].concat();
        let mut receiver = mosquitto_sub(server.port(), &arguments);
        receiver.stop();
        for number in 0..10 {
            mosquitto_pub(server.port(), &["-t", &topic, "-m", &number.to_string(), "-q", "1"]);
        }
        let receiver = mosquitto_sub(server.port(), &arguments);
        let wanted: Vec<_> = (0..10).map(|number| format!("{topic} 1 0 {number}")).collect();
        assert_eq!(receiver.wait_lines("message ", 10), wanted);
    }
}

#[test]
fn a_clean_session_misses_what_came_meanwhile() {
    let server = Server::start();
    let arguments = ["-i", "fresh", "-t", "m/clean", "-q", "1"];
    mosquitto_sub(server.port(), &arguments).stop();
    mosquitto_pub(server.port(), &["-t", "m/clean", "-m", "missed", "-q", "1"]);
    let receiver = mosquitto_sub(server.port(), &arguments);
    mosquitto_pub(server.port(), &["-t", "m/clean", "-m", "seen", "-q", "1"]);
    assert_eq!(receiver.wait_lines("message ", 1), ["m/clean 1 0 seen"]);
}

#[test]
fn a_killed_client_leaves_its_will() {
    let server = Server::start();
    let watcher = mosquitto_sub(server.port(), &["-t", "m/will", "-q", "1"]);
    for version in VERSIONS {
        for end in ["TERM", "KILL"] {
            let payload = format!("{version} {end}");
            let will = ["--will-topic", "m/will", "--will-payload", &payload, "--will-qos", "1"];
            let arguments = [&["-V", version, "-t", "m/other"][..], &will].concat();
            let mut client = mosquitto_sub(server.port(), &arguments);
            client.signal(end);
            client.wait();
        }
    }
    // Told to end, mosquitto_sub disconnects: with 5.0 by "disconnect with will message".
    assert_eq!(
        watcher.wait_lines("message ", 3),
        ["m/will 1 0 mqttv311 KILL", "m/will 1 0 mqttv5 TERM", "m/will 1 0 mqttv5 KILL"]
    );
}

#[test]
fn the_later_of_two_clients_with_one_identifier_wins() {
    let server = Server::start();
    let old = mosquitto_sub(server.port(), &["-V", "mqttv5", "-i", "one", "-t", "m/taken"]);
    let new = mosquitto_sub(server.port(), &["-V", "mqttv5", "-i", "one", "-t", "m/new"]);
    // mosquitto_sub comes back after a second and takes over in its turn; this is about the first.
    old.wait_for("Received DISCONNECT (142)");
    assert!(new.said().contains("CONNACK (0)"));
}

#[test]
fn several_publishers_keep_their_own_order() {
    let server = Server::start();
    let receivers: Vec<_> =
        (0..2).map(|_| mosquitto_sub(server.port(), &["-t", "m/many", "-q", "1"])).collect();
    let senders = ["a", "b", "c"].map(|name| {
        let script = format!(
            "seq -f '{name} %g' 0 99 | mosquitto_pub -p {} -t m/many -q 1 -l",
            server.port()
        );
        Process::start(std::process::Command::new("bash").args(["-c", &script]))
    });
    for mut sender in senders {
        assert!(sender.wait().success());
    }
    for receiver in receivers {
        let lines = receiver.wait_lines("message ", 300);
        for name in ["a", "b", "c"] {
            let prefix = format!("m/many 1 0 {name} ");
            let order: Vec<_> =
                lines.iter().filter_map(|line| line.strip_prefix(&prefix)).collect();
            let wanted: Vec<_> = (0..100).map(|number| number.to_string()).collect();
            assert_eq!(order, wanted);
        }
    }
}

#[test]
fn user_properties_and_response_topics_are_passed_on() {
    let server = Server::start();
    let receiver = Process::start(
        std::process::Command::new("stdbuf")
            .args(["-oL", "mosquitto_sub", "-d", "-V", "mqttv5", "-t", "m/request"])
            .args(["-p", &server.port().to_string(), "-F", "message %P|%R|%D|%C|%p"]),
    );
    receiver.wait_for("Subscribed (mid:");
    mosquitto_pub(
        server.port(),
        &[
            "-V",
            "mqttv5",
            "-t",
            "m/request",
            "-m",
            "question",
            "-D",
            "publish",
            "user-property",
            "region",
            "eu",
            "-D",
            "publish",
            "response-topic",
            "m/answer",
            "-D",
            "publish",
            "correlation-data",
            "c1",
            "-D",
            "publish",
            "content-type",
            "text/plain",
        ],
    );
    assert_eq!(receiver.wait_lines("message ", 1), ["region:eu|m/answer|c1|text/plain|question"]);
}
