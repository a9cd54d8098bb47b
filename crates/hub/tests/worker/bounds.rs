//! What one client can make the broker hold or do. It does not know how much memory there is.

use sluice_hub::Input;
use sluice_mqtt::{MessageRef, QoS};
use sluice_session::Limits;

use crate::stage::{Client, Stage, message, subscribe};

#[test]
fn a_filter_named_twice_in_one_subscribe_brings_its_retained_messages_once() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    let retained = MessageRef { retain: true, ..message("t", "r", QoS::AtMostOnce) };
    stage.publish(client, retained, 0);
    stage.read(client);
    let filters = ["#", "t", "#", "#", "t"];
    stage.handle(Input::Received(client, &subscribe(&filters, QoS::AtMostOnce)));
    assert_eq!(stage.read(client), ["suback", "t r", "t r"]);
    // A later SUBSCRIBE brings them again [MQTT5-3.8.4-3].
    stage.handle(Input::Received(client, &subscribe(&["#"], QoS::AtMostOnce)));
    assert_eq!(stage.read(client), ["suback", "t r"]);
}
