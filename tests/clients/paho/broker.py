"""How the scripts reach the broker and wait for what it sends."""

import os
import queue

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

VERSIONS = [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5]
V5 = MQTTProtocolVersion.MQTTv5
PATIENCE = 20


class Client:
    """A client with its network loop on a thread; everything that comes is kept in queues."""

    def __init__(self, version=V5, client_id="", clean=True, expiry=None, will=None, keepalive=60):
        self.messages = queue.Queue()
        self.connacks = queue.Queue()
        self.disconnects = queue.Queue()
        self._acks = queue.Queue()
        options = {} if version == V5 else {"clean_session": clean}
        self.mqtt = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=version, reconnect_on_failure=False, **options
        )
        self.mqtt.on_connect = lambda c, u, flags, code, properties: self.connacks.put((flags, code, properties))
        self.mqtt.on_disconnect = lambda c, u, flags, code, properties: self.disconnects.put(code)
        self.mqtt.on_message = lambda c, u, message: self.messages.put(message)
        self.mqtt.on_subscribe = lambda c, u, mid, codes, properties: self._acks.put(codes)
        self.mqtt.on_unsubscribe = lambda c, u, mid, codes, properties: self._acks.put(codes)
        if will:
            self.mqtt.will_set(**will)
        more = {}
        if version == V5:
            more["clean_start"] = clean
            if expiry is not None:
                more["properties"] = Properties(PacketTypes.CONNECT)
                more["properties"].SessionExpiryInterval = expiry
        self.mqtt.connect("127.0.0.1", int(os.environ["PORT"]), keepalive, **more)
        self.mqtt.loop_start()
        self.flags, self.code, self.properties = self.connacks.get(timeout=PATIENCE)

    def subscribe(self, *arguments, **options):
        self.mqtt.subscribe(*arguments, **options)
        return self._acks.get(timeout=PATIENCE)

    def unsubscribe(self, topic):
        self.mqtt.unsubscribe(topic)
        return self._acks.get(timeout=PATIENCE)

    def publish(self, *arguments, **options):
        """Waits until the exchange is complete."""
        sent = self.mqtt.publish(*arguments, **options)
        sent.wait_for_publish(PATIENCE)
        assert sent.is_published(), f"no acknowledgement of {arguments}"

    def message(self):
        return self.messages.get(timeout=PATIENCE)

    def payload(self):
        return self.message().payload.decode()

    def disconnect(self):
        self.mqtt.disconnect()
        self.disconnects.get(timeout=PATIENCE)
        self.mqtt.loop_stop()

    def cut(self):
        """Loses the connection as a crash would."""
        self.mqtt.loop_stop()
        self.mqtt._sock_close()
