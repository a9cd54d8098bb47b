//! paho-mqtt, the client of Python programs. The scripts in `clients/paho` hold the demonstrations
//! and their assertions.

use crate::harness::{Server, paho};

#[test]
fn qos() {
    paho(Server::start().port(), "qos.py");
}

#[test]
fn retained() {
    paho(Server::start().port(), "retained.py");
}

#[test]
fn will() {
    paho(Server::start().port(), "will.py");
}

#[test]
fn persistent_session() {
    paho(Server::start().port(), "persistent_session.py");
}

#[test]
fn keep_alive() {
    paho(Server::start().port(), "keep_alive.py");
}

#[test]
fn properties() {
    paho(Server::start().port(), "properties.py");
}

#[test]
fn reason_codes() {
    paho(Server::start().port(), "reason_codes.py");
}
