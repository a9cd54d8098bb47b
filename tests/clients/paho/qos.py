"""Every QoS, every downgrade, in order."""

from broker import VERSIONS, Client

for version in VERSIONS:
    sender = Client(version)
    for granted in range(3):
        receiver = Client(version)
        topic = f"py/qos/{int(version)}/{granted}"
        codes = receiver.subscribe(topic, qos=granted)
        assert [code.value for code in codes] == [granted], codes
        for qos in range(3):
            for number in range(10):
                sender.publish(topic, str(number), qos=qos)
            for number in range(10):
                message = receiver.message()
                assert message.payload == str(number).encode()
                assert message.qos == min(qos, granted)
                assert not message.dup and not message.retain
        receiver.disconnect()
    sender.disconnect()
