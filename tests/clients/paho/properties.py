"""Properties of a publish arrive as they were sent, user properties in their order."""

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from broker import Client

receiver = Client()
receiver.subscribe("py/properties", qos=1)
sent = Properties(PacketTypes.PUBLISH)
sent.PayloadFormatIndicator = 1
sent.MessageExpiryInterval = 600
sent.ContentType = "application/json"
sent.ResponseTopic = "py/answer"
sent.CorrelationData = b"\x00\xff\x07"
sent.UserProperty = [("b", "2"), ("a", "1"), ("b", "3")]
Client().publish("py/properties", "{}", qos=1, properties=sent)
came = receiver.message().properties
assert came.PayloadFormatIndicator == 1
assert 595 <= came.MessageExpiryInterval <= 600
assert came.ContentType == "application/json"
assert came.ResponseTopic == "py/answer"
assert came.CorrelationData == b"\x00\xff\x07"
assert came.UserProperty == [("b", "2"), ("a", "1"), ("b", "3")]
