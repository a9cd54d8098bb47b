// Two clients with one identifier: the later wins, and the earlier is told.

const assert = require('node:assert');
const { connect, run } = require('./broker.js');

run([4, 5], async (protocolVersion) => {
  const options = { protocolVersion, clientId: `js-one-${protocolVersion}` };
  const old = await connect(options);
  const told = new Promise((resolve) => old.client.once('disconnect', resolve));
  const closed = new Promise((resolve) => old.client.once('close', resolve));
  const later = await connect(options);
  if (protocolVersion === 5) assert.strictEqual((await told).reasonCode, 0x8e);
  await closed;

  const topic = `js/takeover/${protocolVersion}`;
  await later.client.subscribeAsync(topic);
  await later.client.publishAsync(topic, 'still here');
  assert.strictEqual((await later.next()).payload, 'still here');
});
