// How the scripts reach the broker and wait for what it sends.

const mqtt = require('mqtt');

const url = `mqtt://127.0.0.1:${process.env.PORT}`;

// Connects, keeps what arrives in order, and hands it out one by one.
async function connect(options = {}) {
  const waiting = [];
  const arrived = [];
  const client = mqtt.connect(url, { protocolVersion: 5, reconnectPeriod: 0, ...options });
  client.on('message', (topic, payload, packet) => {
    const message = { topic, payload: payload.toString(), packet };
    const next = waiting.shift();
    if (next) next(message);
    else arrived.push(message);
  });
  const connack = await new Promise((resolve, reject) => {
    client.once('connect', resolve);
    client.once('error', reject);
  });
  const next = () =>
    arrived.length ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve));
  return { client, connack, next };
}

// Runs a script's body in every protocol version and ends the process with its outcome.
function run(versions, body) {
  (async () => {
    for (const protocolVersion of versions) await body(protocolVersion);
  })().then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}

module.exports = { connect, run };
