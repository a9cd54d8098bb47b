"""A lost connection publishes the will, a normal end does not; a retained will tells the state."""

from broker import VERSIONS, Client

for version in VERSIONS:
    topic = f"py/state/{int(version)}"
    will = {"topic": topic, "payload": "offline", "qos": 1, "retain": True}
    watcher = Client(version)
    watcher.subscribe(topic, qos=1)
    polite = Client(version, will=will)
    polite.publish(topic, "online", qos=1, retain=True)
    assert watcher.payload() == "online"
    polite.disconnect()
    Client(version, will=will).cut()
    assert watcher.payload() == "offline"
    late = Client(version)
    late.subscribe(topic)
    state = late.message()
    assert (state.payload, state.retain) == (b"offline", True)
