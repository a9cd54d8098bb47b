//! One MQTT client as state machines.
