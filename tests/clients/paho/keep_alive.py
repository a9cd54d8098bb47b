"""A client that answers in time stays connected far beyond its keep alive."""

import queue

from broker import VERSIONS, Client

clients = [Client(version, keepalive=1) for version in VERSIONS]
for client in clients:
    client.subscribe("py/alive", qos=1)
# For four times the keep alive no connection may end.
for client in clients:
    try:
        raise AssertionError(f"disconnected: {client.disconnects.get(timeout=4)}")
    except queue.Empty:
        pass
clients[0].publish("py/alive", "still here", qos=1)
for client in clients:
    assert client.payload() == "still here"
