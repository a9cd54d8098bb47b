//! MQTT.js, the client of web and Node.js programs. The scripts in `clients/mqtt_js` hold the
//! demonstrations and their assertions.

use crate::harness::{Server, node};

#[test]
fn qos() {
    node(Server::start().port(), "qos.js");
}

#[test]
fn retained() {
    node(Server::start().port(), "retained.js");
}

#[test]
fn will() {
    node(Server::start().port(), "will.js");
}

#[test]
fn persistent_session() {
    node(Server::start().port(), "persistent_session.js");
}

#[test]
fn takeover() {
    node(Server::start().port(), "takeover.js");
}

#[test]
fn request_response() {
    node(Server::start().port(), "request_response.js");
}

#[test]
fn topic_alias() {
    node(Server::start().port(), "topic_alias.js");
}

#[test]
fn subscription_options() {
    node(Server::start().port(), "subscription_options.js");
}
