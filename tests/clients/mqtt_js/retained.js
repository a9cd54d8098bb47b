// A retained message waits for subscribers and goes with an empty one.

const assert = require('node:assert');
const { connect, run } = require('./broker.js');

run([4, 5], async (protocolVersion) => {
  const sender = await connect({ protocolVersion });
  const topic = `js/retained/${protocolVersion}`;
  await sender.client.publishAsync(topic, 'kept', { qos: 1, retain: true });

  const receiver = await connect({ protocolVersion });
  await receiver.client.subscribeAsync('js/retained/+', { qos: 1 });
  const kept = await receiver.next();
  assert.deepStrictEqual([kept.topic, kept.payload, kept.packet.retain], [topic, 'kept', true]);

  await sender.client.publishAsync(topic, '', { qos: 1, retain: true });
  const cleared = await receiver.next();
  assert.deepStrictEqual([cleared.payload, cleared.packet.retain], ['', false]);

  const late = await connect({ protocolVersion });
  await late.client.subscribeAsync(topic, { qos: 1 });
  await sender.client.publishAsync(topic, 'live', { qos: 1 });
  assert.strictEqual((await late.next()).payload, 'live');
});
