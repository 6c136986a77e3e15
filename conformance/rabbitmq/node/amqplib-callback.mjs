// amqplib with callbacks: the first steps of an application.
import amqp from 'amqplib/callback_api';
import { promisify } from 'node:util';
import { check, equal, eventually, main, ok } from '../../redis/node/checks.mjs';
import { Inbox, url } from './broker.mjs';

const connect = promisify(amqp.connect.bind(amqp));

const checkChannel = (name, run, kind = 'createChannel') => check(name, async () => {
  const connection = await connect(url, {});
  connection.on('error', () => {});
  try {
    await run(await promisify(connection[kind].bind(connection))(), connection);
  } finally {
    await promisify(connection.close.bind(connection))().catch(() => {});
  }
});

// The callback's value of a channel's call.
const call = (channel, method, ...args) => new Promise((resolve, reject) =>
  channel[method](...args, (error, value) => (error ? reject(error) : resolve(value))));

checkChannel('declare, send, consume, ack', async (channel) => {
  const { queue } = await call(channel, 'assertQueue', '', { exclusive: true });
  channel.sendToQueue(queue, Buffer.from('hello'));
  const inbox = new Inbox();
  const { consumerTag } = await call(channel, 'consume', queue, inbox.push, {});
  ok(consumerTag.startsWith('amq.ctag-'));
  const [message] = await inbox.take(1);
  equal(message.content.toString(), 'hello');
  channel.ack(message);
  equal((await call(channel, 'checkQueue', queue)).messageCount, 0);
});

checkChannel('get in a loop', async (channel) => {
  const { queue } = await call(channel, 'assertQueue', '', { exclusive: true });
  for (let i = 0; i < 3; i++) channel.sendToQueue(queue, Buffer.from(String(i)));
  const got = [];
  await eventually(async () => {
    const message = await call(channel, 'get', queue, { noAck: true });
    if (message) got.push(message.content.toString());
    return got.length === 3;
  });
  equal(got, ['0', '1', '2']);
});

checkChannel('confirms by callback, a nack among them', async (channel) => {
  const { queue } = await call(channel, 'assertQueue', '', { exclusive: true, arguments: { 'x-max-length': 2, 'x-overflow': 'reject-publish' } });
  const outcomes = [];
  for (let i = 0; i < 4; i++) channel.sendToQueue(queue, Buffer.from('x'), {}, (error) => outcomes.push(error === null));
  await eventually(() => outcomes.length === 4);
  equal(outcomes.filter(Boolean).length, 2);
}, 'createConfirmChannel');

checkChannel('binding, unbinding, purging', async (channel) => {
  const { queue } = await call(channel, 'assertQueue', '', { exclusive: true });
  await call(channel, 'bindQueue', queue, 'amq.topic', 'cb.#', {});
  channel.publish('amq.topic', 'cb.a.b', Buffer.from('x'));
  await eventually(async () => (await call(channel, 'checkQueue', queue)).messageCount === 1);
  await call(channel, 'unbindQueue', queue, 'amq.topic', 'cb.#', {});
  channel.publish('amq.topic', 'cb.a', Buffer.from('x'));
  equal(await call(channel, 'purgeQueue', queue), { messageCount: 1 });
});

checkChannel('an error reaches the callback and the channel', async (channel) => {
  const failure = new Promise((resolve) => channel.once('error', resolve));
  const error = await call(channel, 'checkQueue', 'cb-none').catch((e) => e);
  equal([error.code, (await failure).code], [404, 404]);
});

await main();
