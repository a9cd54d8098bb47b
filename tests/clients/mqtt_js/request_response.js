// Request and response with correlation data, and user properties in their order.

const assert = require('node:assert');
const { connect, run } = require('./broker.js');

run([5], async () => {
  const responder = await connect();
  await responder.client.subscribeAsync('js/request', { qos: 1 });
  const requester = await connect();
  await requester.client.subscribeAsync('js/answer/1', { qos: 1 });

  const correlationData = Buffer.from([0, 255, 7]);
  await requester.client.publishAsync('js/request', 'question', {
    qos: 1,
    properties: {
      responseTopic: 'js/answer/1',
      correlationData,
      contentType: 'text/plain',
      payloadFormatIndicator: true,
      userProperties: { region: 'eu', tag: ['a', 'b'] },
    },
  });
  const { properties } = (await responder.next()).packet;
  assert.strictEqual(properties.contentType, 'text/plain');
  assert.strictEqual(properties.payloadFormatIndicator, true);
  assert.deepStrictEqual({ ...properties.userProperties }, { region: 'eu', tag: ['a', 'b'] });

  await responder.client.publishAsync(properties.responseTopic, 'answer', {
    qos: 1,
    properties: { correlationData: properties.correlationData },
  });
  const answer = await requester.next();
  assert.strictEqual(answer.payload, 'answer');
  assert.deepStrictEqual(answer.packet.properties.correlationData, correlationData);
});
