// A lost connection publishes the will, a normal end does not; a retained will tells the state.

const assert = require('node:assert');
const { connect, run } = require('./broker.js');

run([4, 5], async (protocolVersion) => {
  const topic = `js/state/${protocolVersion}`;
  const watcher = await connect({ protocolVersion });
  await watcher.client.subscribeAsync(topic, { qos: 1 });
  const will = { topic, payload: Buffer.from('offline'), qos: 1, retain: true };

  const polite = await connect({ protocolVersion, will });
  await polite.client.publishAsync(topic, 'online', { qos: 1, retain: true });
  assert.strictEqual((await watcher.next()).payload, 'online');
  await polite.client.endAsync();

  const lost = await connect({ protocolVersion, will });
  lost.client.stream.destroy();
  assert.strictEqual((await watcher.next()).payload, 'offline');

  const late = await connect({ protocolVersion });
  await late.client.subscribeAsync(topic);
  const state = await late.next();
  assert.deepStrictEqual([state.payload, state.packet.retain], ['offline', true]);
});
