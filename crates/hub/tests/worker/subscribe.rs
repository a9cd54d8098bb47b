//! SUBSCRIBE and UNSUBSCRIBE. It does not know filters.

use sluice_hub::Input;
use sluice_mqtt::{MessageRef, QoS};
use sluice_session::Limits;

use crate::stage::{Client, Stage, message, subscribe};

#[test]
fn suback_comes_before_retained_messages_and_these_before_what_follows() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    let retained = MessageRef { retain: true, ..message("t", "old", QoS::AtMostOnce) };
    stage.publish(client, retained, 0);
    stage.read(client);
    stage.handle(Input::Received(client, &subscribe(&["t"], QoS::AtMostOnce)));
    stage.publish(client, message("t", "new", QoS::AtMostOnce), 0);
    assert_eq!(stage.read(client), ["suback", "t old", "t new"]);
}

#[test]
fn a_filter_that_is_none_is_refused_and_the_others_are_granted() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    let filters = ["a/#/b", "$share/g/t", "t"];
    stage.handle(Input::Received(client, &subscribe(&filters, QoS::AtMostOnce)));
    stage.publish(client, message("t", "x", QoS::AtMostOnce), 0);
    assert_eq!(stage.read(client), ["connack 0x00", "suback 8f 9e 00", "t x"]);
}
