"""A retained message waits for subscribers and goes with an empty one."""

from broker import VERSIONS, Client

for version in VERSIONS:
    topic = f"py/retained/{int(version)}"
    sender = Client(version)
    sender.publish(topic, "kept", qos=1, retain=True)
    receiver = Client(version)
    receiver.subscribe("py/retained/+", qos=1)
    kept = receiver.message()
    assert (kept.topic, kept.payload, kept.retain) == (topic, b"kept", True)
    sender.publish(topic, None, qos=1, retain=True)
    cleared = receiver.message()
    assert (cleared.payload, cleared.retain) == (b"", False)
    late = Client(version)
    late.subscribe(topic, qos=1)
    sender.publish(topic, "live", qos=1)
    assert late.payload() == "live"
