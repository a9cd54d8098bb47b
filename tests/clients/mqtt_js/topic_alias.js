// The client shortens its topics by aliases; subscribers see the full ones.

const assert = require('node:assert');
const { connect, run } = require('./broker.js');

run([5], async () => {
  const receiver = await connect();
  await receiver.client.subscribeAsync('js/alias/#');
  const sender = await connect({ autoUseTopicAlias: true, autoAssignTopicAlias: true });
  const maximum = sender.connack.properties?.topicAliasMaximum ?? 0;
  assert.ok(maximum > 0, 'the server takes aliases');
  for (let round = 0; round < 3; round += 1) {
    for (const name of ['a', 'b', 'c']) await sender.client.publishAsync(`js/alias/${name}`, name);
  }
  for (let round = 0; round < 3; round += 1) {
    for (const name of ['a', 'b', 'c']) {
      const message = await receiver.next();
      assert.deepStrictEqual([message.topic, message.payload], [`js/alias/${name}`, name]);
    }
  }
});
