"""What the server says with its codes: takeover, nobody subscribed, nothing to unsubscribe."""

import queue

from broker import PATIENCE, Client

old = Client(client_id="py-one")
new = Client(client_id="py-one")
assert old.disconnects.get(timeout=PATIENCE).value == 0x8E

assigned = Client().properties.AssignedClientIdentifier
assert assigned, "an empty client identifier is replaced"

codes = queue.Queue()
new.mqtt.on_publish = lambda c, u, mid, code, properties: codes.put(code)
new.publish("py/nobody", "x", qos=1)
assert codes.get(timeout=PATIENCE).value == 0x10

assert [code.value for code in new.unsubscribe("py/never")] == [0x11]
