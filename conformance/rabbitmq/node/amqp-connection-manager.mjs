// amqp-connection-manager: connections and channels that come back with what was set up on them.
import { connect } from 'amqp-connection-manager';
import { once } from 'node:events';
import { check, equal, eventually, main, ok, rejects } from '../../redis/node/checks.mjs';
import { Inbox, closeConnection, url, urlWith } from './broker.mjs';

const checkManager = (name, run, clientName = 'cm') => check(name, async () => {
  const manager = connect([url], {
    reconnectTimeInSeconds: 0.1, connectionOptions: { clientProperties: { connection_name: clientName } },
  });
  manager.on('disconnect', () => {});
  try {
    await run(manager);
  } finally {
    await manager.close();
  }
});

function channelOf(manager, setup, options = {}) {
  const channel = manager.createChannel({ json: true, setup, ...options });
  channel.on('error', () => {});
  return channel;
}

checkManager('publishes are confirmed', async (manager) => {
  const channel = channelOf(manager, (c) => c.assertQueue('cm-confirmed', { exclusive: true }));
  equal(await channel.sendToQueue('cm-confirmed', { n: 1 }), true);
  await Promise.all(Array.from({ length: 100 }, (_, n) => channel.sendToQueue('cm-confirmed', { n })));
  equal((await channel.checkQueue('cm-confirmed')).messageCount, 101);
});

checkManager('what is published before the connection is there waits for it', async (manager) => {
  const channel = channelOf(manager, (c) => c.assertQueue('cm-early', { exclusive: true }));
  const sent = channel.sendToQueue('cm-early', 'first');
  equal(channel.queueLength(), 1);
  equal(await sent, true);
  equal(JSON.parse((await channel.get('cm-early')).content), 'first');
});

checkManager('a refused publish rejects', async (manager) => {
  const channel = channelOf(manager, (c) => c.assertQueue('cm-full', { exclusive: true, maxLength: 1, arguments: { 'x-overflow': 'reject-publish' } }));
  await channel.sendToQueue('cm-full', 1);
  await rejects(channel.sendToQueue('cm-full', 2), /nacked/);
});

checkManager('consumers, acks, prefetch', async (manager) => {
  const inbox = new Inbox();
  const channel = channelOf(manager, (c) => c.assertQueue('cm-consume', { exclusive: true }));
  await channel.consume('cm-consume', inbox.push, { prefetch: 2 });
  for (let i = 0; i < 5; i++) await channel.sendToQueue('cm-consume', i);
  const got = [];
  while (got.length < 5) {
    const [message] = await inbox.take(1);
    ok(inbox.items.length <= 1);
    got.push(JSON.parse(message.content));
    channel.ack(message);
  }
  equal(got, [0, 1, 2, 3, 4]);
  await channel.cancelAll();
});

checkManager('setup steps that are added later, and removed', async (manager) => {
  const channel = channelOf(manager, (c) => c.assertQueue('cm-setup', { exclusive: true }));
  const bind = (c) => c.bindQueue('cm-setup', 'amq.topic', 'cm.#');
  await channel.addSetup(bind);
  await channel.publish('amq.topic', 'cm.a', 'routed');
  await channel.removeSetup(bind, (c) => c.unbindQueue('cm-setup', 'amq.topic', 'cm.#'));
  await channel.publish('amq.topic', 'cm.b', 'lost');
  equal((await channel.checkQueue('cm-setup')).messageCount, 1);
});

checkManager('after the server closed the connection: reconnected, set up, consuming, nothing lost', async (manager) => {
  const inbox = new Inbox();
  let connections = 0;
  manager.on('connect', () => connections++);
  const channel = channelOf(manager, async (c) => {
    await c.assertQueue('cm-again', { durable: false, autoDelete: true });
    await c.assertExchange('cm-again', 'fanout', { autoDelete: true });
    await c.bindQueue('cm-again', 'cm-again', '');
  });
  await channel.consume('cm-again', (message) => {
    inbox.push(JSON.parse(message.content));
    channel.ack(message);
  });
  await channel.publish('cm-again', '', 'before');
  equal(await inbox.take(1), ['before']);
  const lost = once(manager, 'disconnect');
  await closeConnection('cm-victim');
  await lost;
  const sent = channel.publish('cm-again', '', 'meanwhile');
  await sent;
  equal(await inbox.take(1), ['meanwhile']);
  equal(connections, 2);
}, 'cm-victim');

check('it goes on trying, and takes the next address', async () => {
  const refused = urlWith({ port: '1' });
  const manager = connect([refused, url], { reconnectTimeInSeconds: 0.1 });
  let failures = 0;
  manager.on('connectFailed', () => failures++);
  await once(manager, 'connect');
  equal(failures, 1);
  await manager.close();
});

check('a wrong password is an event, not the end', async () => {
  const manager = connect([urlWith({ password: 'wrong' })], { reconnectTimeInSeconds: 60 });
  const [{ err }] = await once(manager, 'connectFailed');
  ok(/403/.test(err.message), err.message);
  await manager.close();
});

await main();
