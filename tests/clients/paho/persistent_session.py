"""Two messages that came while the client was away arrive in order; a clean one gets none."""

from broker import VERSIONS, Client

for version in VERSIONS:
    topic = f"py/offline/{int(version)}"
    name = f"py-sleeper-{int(version)}"
    before = Client(version, name, clean=False, expiry=3600)
    assert not before.flags.session_present
    before.subscribe(topic, qos=1)
    before.disconnect()
    sender = Client(version)
    sender.publish(topic, "first", qos=1)
    sender.publish(topic, "second", qos=2)
    after = Client(version, name, clean=False, expiry=3600)
    assert after.flags.session_present
    assert [after.payload(), after.payload()] == ["first", "second"]
    after.disconnect()
    assert not Client(version, name, clean=True).flags.session_present
