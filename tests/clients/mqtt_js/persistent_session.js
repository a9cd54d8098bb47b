// Clean session false: both messages that came meanwhile arrive after the reconnect, in order.

const assert = require('node:assert');
const { connect, run } = require('./broker.js');

run([4, 5], async (protocolVersion) => {
  const options = { protocolVersion, clean: false, clientId: `js-sleeper-${protocolVersion}` };
  if (protocolVersion === 5) options.properties = { sessionExpiryInterval: 3600 };
  const topic = `js/offline/${protocolVersion}`;

  const before = await connect(options);
  assert.strictEqual(before.connack.sessionPresent, false);
  await before.client.subscribeAsync(topic, { qos: 1 });
  await before.client.endAsync();

  const sender = await connect({ protocolVersion });
  await sender.client.publishAsync(topic, 'first', { qos: 1 });
  await sender.client.publishAsync(topic, 'second', { qos: 2 });

  const after = await connect(options);
  assert.strictEqual(after.connack.sessionPresent, true);
  assert.strictEqual((await after.next()).payload, 'first');
  assert.strictEqual((await after.next()).payload, 'second');
  await after.client.endAsync();

  const clean = await connect({ ...options, clean: true });
  assert.strictEqual(clean.connack.sessionPresent, false);
});
