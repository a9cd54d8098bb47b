// Every QoS, every downgrade, in order.

const assert = require('node:assert');
const { connect, run } = require('./broker.js');

run([4, 5], async (protocolVersion) => {
  const sender = await connect({ protocolVersion });
  for (const granted of [0, 1, 2]) {
    const receiver = await connect({ protocolVersion });
    const topic = `js/qos/${protocolVersion}/${granted}`;
    const [grant] = await receiver.client.subscribeAsync(topic, { qos: granted });
    assert.strictEqual(grant.qos, granted);
    for (const qos of [0, 1, 2]) {
      for (let number = 0; number < 10; number += 1) {
        await sender.client.publishAsync(topic, `${number}`, { qos });
      }
      for (let number = 0; number < 10; number += 1) {
        const { payload, packet } = await receiver.next();
        assert.strictEqual(payload, `${number}`);
        assert.strictEqual(packet.qos, Math.min(qos, granted));
        assert.strictEqual(packet.dup, false);
      }
    }
    await receiver.client.endAsync();
  }
  await sender.client.endAsync();
});
