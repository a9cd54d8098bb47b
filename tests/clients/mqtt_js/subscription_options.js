// No Local, Retain As Published, Retain Handling, and subscription identifiers.

const assert = require('node:assert');
const { connect, run } = require('./broker.js');

run([5], async () => {
  const other = await connect();
  const own = await connect();
  await own.client.subscribeAsync('js/own', { qos: 0, nl: true });
  await own.client.publishAsync('js/own', 'mine', { qos: 1 });
  await other.client.publishAsync('js/own', 'theirs');
  assert.strictEqual((await own.next()).payload, 'theirs');

  await other.client.publishAsync('js/kept', 'kept', { qos: 1, retain: true });
  await own.client.subscribeAsync('js/kept', { qos: 0, rh: 2, rap: true });
  await other.client.publishAsync('js/kept', 'live', { retain: true });
  const live = await own.next();
  assert.deepStrictEqual([live.payload, live.packet.retain], ['live', true]);

  await own.client.subscribeAsync('js/id/+', { qos: 0, properties: { subscriptionIdentifier: 1 } });
  await own.client.subscribeAsync('js/id/#', { qos: 0, properties: { subscriptionIdentifier: 2 } });
  await other.client.publishAsync('js/id/x', 'both');
  const identifiers = [(await own.next()).packet.properties.subscriptionIdentifier].flat();
  assert.deepStrictEqual(identifiers.sort(), [1, 2]);
});
