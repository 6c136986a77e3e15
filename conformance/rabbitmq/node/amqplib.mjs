// amqplib with promises: what an application does with it.
import amqp from 'amqplib';
import { once } from 'node:events';
import { check, equal, eventually, main, ok, rejects } from '../../redis/node/checks.mjs';
import { Inbox, closeConnection, sleep, url, urlWith } from './broker.mjs';

// A connection of the check's own, closed at its end; what it declares is exclusive or deleted by it.
const checkConnection = (name, run) => check(name, async () => {
  const connection = await amqp.connect(url);
  connection.on('error', () => {});
  try {
    await run(connection);
  } finally {
    await connection.close().catch(() => {});
  }
});

async function open(connection, kind = 'createChannel') {
  const channel = await connection[kind]();
  channel.failure = new Promise((resolve) => channel.once('error', resolve));
  return channel;
}

const checkChannel = (name, run) => checkConnection(name, async (connection) => run(await open(connection), connection));

const temporary = async (channel, options = {}) => (await channel.assertQueue('', { exclusive: true, ...options })).queue;
const text = (message) => message.content.toString();

async function consume(channel, queue, options) {
  const inbox = new Inbox();
  const { consumerTag } = await channel.consume(queue, inbox.push, options);
  return Object.assign(inbox, { consumerTag });
}

// Everything that is in the queue.
async function drain(channel, queue) {
  const found = [];
  for (let message; (message = await channel.get(queue, { noAck: true })); ) found.push(message);
  return found;
}

// ---- work queues

checkChannel('work queue: messages in order, acknowledged', async (channel) => {
  const queue = await temporary(channel);
  for (let i = 0; i < 100; i++) channel.sendToQueue(queue, Buffer.from(`job ${i}`), { persistent: true });
  const inbox = await consume(channel, queue);
  const got = await inbox.take(100);
  equal(got.map(text), Array.from({ length: 100 }, (_, i) => `job ${i}`));
  got.forEach((message) => channel.ack(message));
  equal((await channel.checkQueue(queue)).messageCount, 0);
  equal((await channel.checkQueue(queue)).consumerCount, 1);
});

checkConnection('work queue: fair dispatch among workers with prefetch 1', async (connection) => {
  const [quick, slow] = [await open(connection), await open(connection)];
  const queue = await temporary(quick);
  await quick.prefetch(1);
  await slow.prefetch(1);
  const done = { quick: 0, slow: 0 };
  await slow.consume(queue, async (message) => {
    await sleep(150);
    done.slow++;
    slow.ack(message);
  });
  await quick.consume(queue, (message) => {
    done.quick++;
    quick.ack(message);
  });
  for (let i = 0; i < 30; i++) quick.sendToQueue(queue, Buffer.from('x'));
  await eventually(() => done.quick + done.slow === 30);
  ok(done.slow <= 3 && done.slow >= 1, `slow did ${done.slow}`);
});

checkChannel('prefetch holds deliveries back until acks', async (channel) => {
  const queue = await temporary(channel);
  await channel.prefetch(3);
  for (let i = 0; i < 10; i++) channel.sendToQueue(queue, Buffer.from(String(i)));
  const inbox = await consume(channel, queue);
  const first = await inbox.take(3);
  await sleep(100);
  equal(inbox.items.length, 0);
  channel.ack(first[1], true);
  equal((await inbox.take(2)).map(text), ['3', '4']);
  await sleep(50);
  equal(inbox.items.length, 0);
});

checkChannel('prefetch per channel is shared by its consumers', async (channel) => {
  const [a, b] = [await temporary(channel), await temporary(channel)];
  await channel.prefetch(3, true);
  const inbox = new Inbox();
  await channel.consume(a, inbox.push);
  await channel.consume(b, inbox.push);
  for (let i = 0; i < 5; i++) for (const queue of [a, b]) channel.sendToQueue(queue, Buffer.from('x'));
  await inbox.take(3);
  await sleep(100);
  equal(inbox.items.length, 0);
});

checkChannel('nack requeues to the original place, redelivered', async (channel) => {
  const queue = await temporary(channel);
  for (const body of ['a', 'b', 'c']) channel.sendToQueue(queue, Buffer.from(body));
  const [a, b] = [await eventually(() => channel.get(queue)), await channel.get(queue)];
  channel.nack(b);
  channel.reject(a, true);
  const got = await drain(channel, queue);
  equal(got.map((m) => [text(m), m.fields.redelivered]), [['a', true], ['b', true], ['c', false]]);
});

checkChannel('ackAll, nackAll and multiple acks', async (channel) => {
  const queue = await temporary(channel);
  for (let i = 0; i < 9; i++) channel.sendToQueue(queue, Buffer.from(String(i)));
  const inbox = await consume(channel, queue);
  const got = await inbox.take(9);
  channel.ack(got[2], true);
  channel.nack(got[5], true, false);
  channel.nackAll(true);
  equal((await inbox.take(3)).map((m) => [text(m), m.fields.redelivered]), [['6', true], ['7', true], ['8', true]]);
  channel.ackAll();
  await channel.cancel(inbox.consumerTag);
  equal((await channel.checkQueue(queue)).messageCount, 0);
});

checkChannel('recover gives unacknowledged messages back', async (channel) => {
  const queue = await temporary(channel);
  channel.sendToQueue(queue, Buffer.from('kept'));
  const inbox = await consume(channel, queue);
  const [before] = await inbox.take(1);
  await channel.recover();
  const [after] = await inbox.take(1);
  equal([text(after), after.fields.redelivered], ['kept', true]);
  ok(after.fields.deliveryTag > before.fields.deliveryTag);
});

checkChannel('get tells how many are left; an empty queue says so', async (channel) => {
  const queue = await temporary(channel);
  for (let i = 0; i < 3; i++) channel.sendToQueue(queue, Buffer.from('x'));
  await eventually(async () => (await channel.checkQueue(queue)).messageCount === 3);
  const left = [];
  for (let i = 0; i < 3; i++) left.push((await channel.get(queue, { noAck: true })).fields.messageCount);
  equal(left, [2, 1, 0]);
  equal(await channel.get(queue), false);
});

checkConnection('messages of a closed channel come back', async (connection) => {
  const [first, second] = [await open(connection), await open(connection)];
  const queue = await temporary(second);
  second.sendToQueue(queue, Buffer.from('x'));
  await (await consume(first, queue)).take(1);
  equal(await second.get(queue), false);
  await first.close();
  const message = await eventually(() => second.get(queue));
  equal([text(message), message.fields.redelivered], ['x', true]);
});

// ---- exchanges

checkChannel('publish and subscribe: a fanout reaches every queue', async (channel) => {
  const queues = [];
  await channel.assertExchange('al-fanout', 'fanout', { autoDelete: true });
  for (let i = 0; i < 3; i++) {
    queues.push(await temporary(channel));
    await channel.bindQueue(queues[i], 'al-fanout', '');
  }
  channel.publish('al-fanout', 'ignored', Buffer.from('news'));
  for (const queue of queues) equal((await eventually(() => channel.get(queue, { noAck: true }))).content.toString(), 'news');
  for (const queue of queues) await channel.deleteQueue(queue);
});

checkChannel('a direct exchange routes by its keys, once a queue', async (channel) => {
  const queue = await temporary(channel);
  await channel.assertExchange('al-direct', 'direct', { autoDelete: true });
  for (const severity of ['error', 'warning', 'error']) await channel.bindQueue(queue, 'al-direct', severity);
  for (const severity of ['info', 'error', 'warning', 'Error']) channel.publish('al-direct', severity, Buffer.from(severity));
  await channel.checkQueue(queue);
  equal((await drain(channel, queue)).map((m) => m.fields.routingKey), ['error', 'warning']);
});

checkChannel('topics: words, stars and hashes', async (channel) => {
  const patterns = ['*.orange.*', '*.*.rabbit', 'lazy.#', '#', '#.rabbit', 'a.#.z', ''];
  const keys = ['quick.orange.rabbit', 'lazy.orange.elephant', 'quick.orange.fox', 'lazy', 'lazy.pink.rabbit', 'rabbit', 'a.z', 'a.b.c.z', ''];
  await channel.assertExchange('al-topic', 'topic', { autoDelete: true });
  const queues = await Promise.all(patterns.map(() => temporary(channel)));
  for (const [i, pattern] of patterns.entries()) await channel.bindQueue(queues[i], 'al-topic', pattern);
  for (const key of keys) channel.publish('al-topic', key, Buffer.from(key));
  const got = {};
  for (const [i, pattern] of patterns.entries()) got[pattern] = (await drain(channel, queues[i])).map(text);
  equal(got, {
    '*.orange.*': ['quick.orange.rabbit', 'lazy.orange.elephant', 'quick.orange.fox'],
    '*.*.rabbit': ['quick.orange.rabbit', 'lazy.pink.rabbit'],
    'lazy.#': ['lazy.orange.elephant', 'lazy', 'lazy.pink.rabbit'],
    '#': keys,
    '#.rabbit': ['quick.orange.rabbit', 'lazy.pink.rabbit', 'rabbit'],
    'a.#.z': ['a.z', 'a.b.c.z'],
    '': [''],
  });
});

checkChannel('headers exchanges: all, any, and with x- headers', async (channel) => {
  await channel.assertExchange('al-headers', 'headers', { autoDelete: true });
  const bindings = {
    all: { 'x-match': 'all', format: 'pdf', pages: 3 },
    any: { 'x-match': 'any', format: 'pdf', pages: 3 },
    withX: { 'x-match': 'all-with-x', 'x-kind': 'report' },
    anyWithX: { 'x-match': 'any-with-x', 'x-kind': 'report', pages: 9 },
    default: { format: 'pdf' },
  };
  const queues = {};
  for (const [name, args] of Object.entries(bindings)) {
    queues[name] = await temporary(channel);
    await channel.bindQueue(queues[name], 'al-headers', '', args);
  }
  const messages = {
    both: { format: 'pdf', pages: 3 }, one: { format: 'pdf', pages: 4 }, x: { 'x-kind': 'report' }, none: {}, nine: { pages: 9 },
  };
  for (const [name, headers] of Object.entries(messages)) channel.publish('al-headers', '', Buffer.from(name), { headers });
  const got = {};
  for (const name of Object.keys(bindings)) got[name] = (await drain(channel, queues[name])).map(text);
  equal(got, { all: ['both'], any: ['both', 'one'], withX: ['x'], anyWithX: ['x', 'nine'], default: ['both', 'one'] });
});

checkChannel('the default exchange routes to the queue of that name', async (channel) => {
  const queue = await temporary(channel);
  channel.publish('', queue, Buffer.from('x'));
  equal((await eventually(() => channel.get(queue, { noAck: true }))).fields.exchange, '');
});

checkChannel('exchange-to-exchange bindings', async (channel) => {
  const queue = await temporary(channel);
  await channel.assertExchange('al-e2e-in', 'topic', { durable: false });
  await channel.assertExchange('al-e2e-out', 'fanout', { durable: false, internal: true });
  await channel.bindExchange('al-e2e-out', 'al-e2e-in', 'log.#');
  await channel.bindQueue(queue, 'al-e2e-out', '');
  for (const key of ['log.a', 'other', 'log']) channel.publish('al-e2e-in', key, Buffer.from(key));
  await channel.checkQueue(queue);
  equal((await drain(channel, queue)).map((m) => [m.fields.exchange, text(m)]), [['al-e2e-in', 'log.a'], ['al-e2e-in', 'log']]);
  await channel.unbindExchange('al-e2e-out', 'al-e2e-in', 'log.#');
  channel.publish('al-e2e-in', 'log.a', Buffer.from('x'));
  equal((await channel.checkQueue(queue)).messageCount, 0);
  await channel.deleteExchange('al-e2e-in');
  await channel.deleteExchange('al-e2e-out');
});

checkChannel('an alternate exchange takes what nothing else does', async (channel) => {
  const queue = await temporary(channel);
  await channel.assertExchange('al-ae-rest', 'fanout', { durable: false });
  await channel.assertExchange('al-ae', 'direct', { durable: false, alternateExchange: 'al-ae-rest' });
  await channel.bindQueue(queue, 'al-ae-rest', '');
  let returned = 0;
  channel.on('return', () => returned++);
  channel.publish('al-ae', 'nowhere', Buffer.from('x'), { mandatory: true });
  const message = await eventually(() => channel.get(queue, { noAck: true }));
  equal([message.fields.exchange, message.fields.routingKey, returned], ['al-ae', 'nowhere', 0]);
  await channel.deleteExchange('al-ae');
  await channel.deleteExchange('al-ae-rest');
});

checkChannel('mandatory: what cannot be routed comes back', async (channel) => {
  const returned = once(channel, 'return');
  channel.publish('amq.direct', 'al-nowhere', Buffer.from('back'), { mandatory: true, messageId: 'm1', headers: { n: 1 } });
  const [message] = await returned;
  equal([message.fields.replyCode, message.fields.replyText, message.fields.exchange, message.fields.routingKey, text(message)],
    [312, 'NO_ROUTE', 'amq.direct', 'al-nowhere', 'back']);
  equal([message.properties.messageId, message.properties.headers], ['m1', { n: 1 }]);
});

checkChannel('CC and BCC route to more queues; BCC is not shown', async (channel) => {
  const [to, cc, bcc] = [await temporary(channel), await temporary(channel), await temporary(channel)];
  channel.sendToQueue(to, Buffer.from('x'), { CC: [cc], BCC: bcc });
  for (const queue of [to, cc, bcc]) {
    const message = await eventually(() => channel.get(queue, { noAck: true }));
    equal(message.properties.headers, { CC: [cc] });
  }
});

// ---- RPC

checkChannel('RPC over direct reply-to', async (channel, connection) => {
  const server = await open(connection);
  const requests = await temporary(server);
  await server.consume(requests, (message) => {
    const { replyTo, correlationId } = message.properties;
    server.sendToQueue(replyTo, Buffer.from(String(Number(text(message)) * 2)), { correlationId });
    server.ack(message);
  });
  const replies = await consume(channel, 'amq.rabbitmq.reply-to', { noAck: true });
  for (let i = 0; i < 20; i++)
    channel.sendToQueue(requests, Buffer.from(String(i)), { replyTo: 'amq.rabbitmq.reply-to', correlationId: `c${i}` });
  const got = await replies.take(20);
  equal(got.map((m) => [m.properties.correlationId, text(m)]), Array.from({ length: 20 }, (_, i) => [`c${i}`, String(2 * i)]));
  ok(got[0].fields.routingKey.startsWith('amq.rabbitmq.reply-to.'));
});

checkChannel('RPC over an exclusive reply queue', async (channel, connection) => {
  const server = await open(connection);
  const [requests, replies] = [await temporary(server), await temporary(channel)];
  await server.consume(requests, (message) => {
    server.sendToQueue(message.properties.replyTo, Buffer.from(text(message).toUpperCase()), { correlationId: message.properties.correlationId });
  }, { noAck: true });
  const inbox = await consume(channel, replies, { noAck: true });
  channel.sendToQueue(requests, Buffer.from('hello'), { replyTo: replies, correlationId: '7' });
  const [reply] = await inbox.take(1);
  equal([text(reply), reply.properties.correlationId], ['HELLO', '7']);
});

checkChannel('direct reply-to wants no acks and a consumer first', async (channel, connection) => {
  await rejects(channel.consume('amq.rabbitmq.reply-to', () => {}), /406.*reply consumer cannot acknowledge/);
  const other = await open(connection);
  other.sendToQueue('al-nobody', Buffer.from('x'), { replyTo: 'amq.rabbitmq.reply-to' });
  equal((await other.failure).message.includes('fast reply consumer does not exist'), true);
});

// ---- time and limits

checkChannel('delayed retry: TTL and dead letters, with x-death', async (channel) => {
  const [work, wait] = ['al-retry-work', 'al-retry-wait'];
  await channel.assertQueue(work, { durable: false, autoDelete: true, deadLetterExchange: '', deadLetterRoutingKey: wait });
  await channel.assertQueue(wait, { durable: false, messageTtl: 100, deadLetterExchange: '', deadLetterRoutingKey: work });
  const inbox = await consume(channel, work);
  channel.sendToQueue(work, Buffer.from('try'), { headers: { kept: 'yes' } });
  const begin = Date.now();
  for (let attempt = 0; attempt < 2; attempt++) channel.reject((await inbox.take(1))[0], false);
  const [last] = await inbox.take(1);
  ok(Date.now() - begin >= 190, `after ${Date.now() - begin} ms`);
  const { headers } = last.properties;
  equal(headers['x-death'].map((d) => [d.queue, d.reason, d.count, d.exchange, d['routing-keys']]),
    [[wait, 'expired', 2, '', [wait]], [work, 'rejected', 2, '', [work]]]);
  equal([headers.kept, headers['x-first-death-queue'], headers['x-first-death-reason'], headers['x-first-death-exchange']],
    ['yes', work, 'rejected', '']);
  channel.ack(last);
  await channel.deleteQueue(wait);
});

checkChannel('per-message expiration: dead-lettered without it, with its value in x-death', async (channel) => {
  const dead = await temporary(channel);
  const queue = await temporary(channel, { deadLetterExchange: '', deadLetterRoutingKey: dead });
  channel.sendToQueue(queue, Buffer.from('soon'), { expiration: 50 });
  channel.sendToQueue(queue, Buffer.from('never'));
  const message = await eventually(() => channel.get(dead, { noAck: true }));
  equal([text(message), message.properties.expiration, message.properties.headers['x-death'][0]['original-expiration']],
    ['soon', undefined, '50']);
  equal((await channel.checkQueue(queue)).messageCount, 1);
});

checkChannel('expires: an unused queue goes', async (channel, connection) => {
  await channel.assertQueue('al-expires', { durable: false, expires: 150 });
  await sleep(600);
  const other = await open(connection);
  await rejects(other.checkQueue('al-expires'), /404.*NOT_FOUND - no queue 'al-expires' in vhost '\/'/);
});

checkChannel('max-length drops from the head, into the dead letters', async (channel) => {
  const dead = await temporary(channel);
  const queue = await temporary(channel, { maxLength: 3, deadLetterExchange: '', deadLetterRoutingKey: dead });
  for (let i = 0; i < 5; i++) channel.sendToQueue(queue, Buffer.from(String(i)));
  await eventually(async () => (await channel.checkQueue(dead)).messageCount === 2);
  equal((await drain(channel, queue)).map(text), ['2', '3', '4']);
  equal((await drain(channel, dead)).map((m) => [text(m), m.properties.headers['x-death'][0].reason]), [['0', 'maxlen'], ['1', 'maxlen']]);
});

checkChannel('max-length-bytes counts bodies', async (channel) => {
  const queue = await temporary(channel, { arguments: { 'x-max-length-bytes': 25 } });
  for (let i = 0; i < 5; i++) channel.sendToQueue(queue, Buffer.alloc(10, String(i)));
  await channel.checkQueue(queue);
  equal((await drain(channel, queue)).map((m) => text(m)[0]), ['3', '4']);
});

checkChannel('priorities: higher first, first in first out among equals', async (channel) => {
  const queue = await temporary(channel, { maxPriority: 5 });
  for (const [i, priority] of [1, 5, undefined, 9, 3, 5].entries()) channel.sendToQueue(queue, Buffer.from(String(i)), { priority });
  await eventually(async () => (await channel.checkQueue(queue)).messageCount === 6);
  equal((await drain(channel, queue)).map(text), ['1', '3', '5', '4', '0', '2']);
});

// ---- confirms and transactions

checkConnection('confirms: one by one, and waiting for a batch', async (connection) => {
  const channel = await open(connection, 'createConfirmChannel');
  const queue = await temporary(channel);
  await new Promise((resolve, reject) => channel.sendToQueue(queue, Buffer.from('one'), {}, (error) => (error ? reject(error) : resolve())));
  let confirmed = 0;
  for (let i = 0; i < 500; i++) channel.sendToQueue(queue, Buffer.from('x'), {}, (error) => (confirmed += !error));
  channel.publish('amq.direct', 'al-unrouted', Buffer.from('x'), {}, (error) => (confirmed += !error));
  await channel.waitForConfirms();
  equal(confirmed, 501);
  equal((await channel.checkQueue(queue)).messageCount, 501);
});

checkConnection('confirms: a full queue that refuses says nack', async (connection) => {
  const channel = await open(connection, 'createConfirmChannel');
  const queue = await temporary(channel, { maxLength: 1, arguments: { 'x-overflow': 'reject-publish' } });
  const outcomes = [];
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => channel.sendToQueue(queue, Buffer.from(String(i)), {}, (error) => resolve(outcomes.push(error ? 'nack' : 'ack'))));
  }
  equal(outcomes, ['ack', 'nack', 'nack']);
  equal((await drain(channel, queue)).map(text), ['0']);
});

checkConnection('confirms: an unroutable mandatory message is returned before its ack', async (connection) => {
  const channel = await open(connection, 'createConfirmChannel');
  const order = [];
  channel.on('return', () => order.push('return'));
  await new Promise((resolve) => channel.publish('amq.direct', 'al-nowhere', Buffer.from('x'), { mandatory: true }, () => resolve(order.push('ack'))));
  equal(order, ['return', 'ack']);
});

// ---- consumers

checkConnection('single active consumer: one works, the next takes over', async (connection) => {
  const [a, b] = [await open(connection), await open(connection)];
  const queue = await temporary(a, { arguments: { 'x-single-active-consumer': true } });
  const [first, second] = [await consume(a, queue, { noAck: true }), await consume(b, queue, { noAck: true })];
  for (let i = 0; i < 5; i++) a.sendToQueue(queue, Buffer.from('x'));
  await first.take(5);
  equal(second.items.length, 0);
  await a.cancel(first.consumerTag);
  a.sendToQueue(queue, Buffer.from('y'));
  equal(text((await second.take(1))[0]), 'y');
});

checkConnection('consumer priorities: the higher one first, while it has credit', async (connection) => {
  const [low, high] = [await open(connection), await open(connection)];
  const queue = await temporary(low);
  await high.prefetch(2);
  const lesser = await consume(low, queue, { priority: 1 });
  const greater = await consume(high, queue, { priority: 10 });
  for (let i = 0; i < 5; i++) low.sendToQueue(queue, Buffer.from(String(i)));
  equal((await greater.take(2)).map(text), ['0', '1']);
  equal((await lesser.take(3)).map(text), ['2', '3', '4']);
});

checkConnection('an exclusive consumer is alone', async (connection) => {
  const [a, b] = [await open(connection), await open(connection)];
  const queue = await temporary(a);
  await a.consume(queue, () => {}, { exclusive: true });
  await rejects(b.consume(queue, () => {}), /403.*ACCESS_REFUSED - queue .* in exclusive use/);
});

checkChannel('a deleted queue cancels its consumers: null', async (channel) => {
  const queue = await temporary(channel);
  const inbox = await consume(channel, queue);
  await channel.deleteQueue(queue);
  equal(await inbox.take(1), [null]);
});

checkChannel('cancel ends deliveries; what was delivered can be acked', async (channel) => {
  const queue = await temporary(channel);
  channel.sendToQueue(queue, Buffer.from('a'));
  const inbox = await consume(channel, queue);
  const [message] = await inbox.take(1);
  equal(await channel.cancel(inbox.consumerTag), { consumerTag: inbox.consumerTag });
  channel.sendToQueue(queue, Buffer.from('b'));
  channel.ack(message);
  await sleep(50);
  equal([inbox.items.length, (await channel.checkQueue(queue)).messageCount], [0, 1]);
});

// ---- the life of queues

checkChannel('exclusive queues go with their connection, and are locked for others', async (channel) => {
  await channel.assertQueue('al-exclusive', { exclusive: true });
  const other = await amqp.connect(url);
  await rejects((await open(other)).checkQueue('al-exclusive'), /405.*RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'al-exclusive'/);
  const third = await open(other);
  await channel.connection.close(() => {});
  await once(channel.connection, 'close');
  await rejects(third.checkQueue('al-exclusive'), /404/);
  await other.close();
});

checkConnection('auto-delete queues go with their last consumer', async (connection) => {
  const channel = await open(connection);
  await channel.assertQueue('al-autodelete', { durable: false, autoDelete: true });
  const [a, b] = [await consume(channel, 'al-autodelete'), await consume(channel, 'al-autodelete')];
  await channel.cancel(a.consumerTag);
  equal((await channel.checkQueue('al-autodelete')).consumerCount, 1);
  await channel.cancel(b.consumerTag);
  await rejects(channel.checkQueue('al-autodelete'), /404/);
});

checkChannel('deletion if unused, if empty', async (channel, connection) => {
  const queue = await temporary(channel);
  channel.sendToQueue(queue, Buffer.from('x'));
  await eventually(async () => (await channel.checkQueue(queue)).messageCount === 1);
  await rejects((await open(connection)).deleteQueue(queue, { ifEmpty: true }), /406.*PRECONDITION_FAILED - queue '.*' in vhost '\/' not empty/);
  const inbox = await consume(channel, queue, { noAck: true });
  await rejects((await open(connection)).deleteQueue(queue, { ifUnused: true }), /406.*in use/);
  await channel.cancel(inbox.consumerTag);
  await inbox.take(1);
  equal(await channel.deleteQueue(queue, { ifEmpty: true, ifUnused: true }), { messageCount: 0 });
  equal(await channel.deleteQueue('al-none'), { messageCount: 0 });
});

checkChannel('purge empties, and tells how much', async (channel) => {
  const queue = await temporary(channel);
  for (let i = 0; i < 7; i++) channel.sendToQueue(queue, Buffer.from('x'));
  await eventually(async () => (await channel.checkQueue(queue)).messageCount === 7);
  equal(await channel.purgeQueue(queue), { messageCount: 7 });
});

// ---- quorum queues and streams

checkChannel('quorum queue: delivery count, limit and dead letter', async (channel) => {
  const dead = await temporary(channel);
  await channel.assertQueue('al-quorum', { arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 },
    deadLetterExchange: '', deadLetterRoutingKey: dead });
  try {
    const inbox = await consume(channel, 'al-quorum');
    channel.sendToQueue('al-quorum', Buffer.from('poison'), { persistent: true });
    const counts = [];
    for (let i = 0; i < 3; i++) {
      const [message] = await inbox.take(1);
      counts.push(message.properties.headers['x-delivery-count'] ?? 0);
      channel.nack(message);
    }
    equal(counts, [0, 1, 2]);
    const message = await eventually(() => channel.get(dead, { noAck: true }));
    equal(message.properties.headers['x-death'][0].reason, 'delivery_limit');
  } finally {
    await channel.deleteQueue('al-quorum');
  }
});

checkConnection('stream: read again and again, from the first, the last, an offset', async (connection) => {
  const channel = await open(connection, 'createConfirmChannel');
  await channel.assertQueue('al-stream', { arguments: { 'x-queue-type': 'stream' } });
  try {
    for (let i = 0; i < 20; i++) channel.sendToQueue('al-stream', Buffer.from(String(i)));
    await channel.waitForConfirms();
    const read = async (offset, count) => {
      const reader = await open(connection);
      await reader.prefetch(100);
      const inbox = await consume(reader, 'al-stream', { arguments: { 'x-stream-offset': offset } });
      const got = await inbox.take(count);
      got.forEach((message) => reader.ack(message));
      await reader.close();
      return got.map((m) => [Number(text(m)), m.properties.headers['x-stream-offset']]);
    };
    const all = Array.from({ length: 20 }, (_, i) => [i, i]);
    equal(await read('first', 20), all);
    equal(await read('first', 20), all);
    equal(await read(15, 5), all.slice(15));
    equal((await read('1h', 20)).length, 20);
    await rejects((await open(connection)).consume('al-stream', () => {}), /406.*consumer prefetch count is not set/);
  } finally {
    await channel.deleteQueue('al-stream');
  }
});

// ---- values

checkChannel('all properties and kinds of headers survive', async (channel) => {
  const queue = await temporary(channel);
  const headers = {
    int: 42, big: 2 ** 40, negative: -7, float: 1.5, text: 'caf\u00e9 \u{1f600}', yes: true, nothing: null,
    list: [1, 'two', [3, { four: 4 }]], table: { inner: { deep: 'x' } }, bytes: Buffer.from([0, 255]),
    when: { '!': 'timestamp', value: 1700000000 }, decimal: { '!': 'decimal', value: { digits: 314, places: 2 } },
  };
  channel.sendToQueue(queue, Buffer.from([0, 1, 255]), {
    headers, contentType: 'application/x', contentEncoding: 'gzip', deliveryMode: 2, priority: 7, correlationId: 'c', replyTo: 'r',
    expiration: '60000', messageId: 'm', timestamp: 1700000001, type: 't', userId: 'guest', appId: 'a',
  });
  const { content, properties } = await eventually(() => channel.get(queue, { noAck: true }));
  equal([...content], [0, 1, 255]);
  equal({ ...properties.headers, bytes: [...properties.headers.bytes] }, { ...headers, bytes: [0, 255] });
  const { contentType, contentEncoding, deliveryMode, priority, correlationId, replyTo, expiration, messageId, timestamp, type, userId, appId } = properties;
  equal([contentType, contentEncoding, deliveryMode, priority, correlationId, replyTo, expiration, messageId, timestamp, type, userId, appId],
    ['application/x', 'gzip', 2, 7, 'c', 'r', '60000', 'm', 1700000001, 't', 'guest', 'a']);
});

checkChannel('a body of 5 MB, and an empty one', async (channel) => {
  const queue = await temporary(channel);
  const large = Buffer.alloc(5 << 20, (_, i) => i % 251);
  for (let i = 0; i < large.length; i++) large[i] = (i * 7 + (i >> 11)) & 255;
  channel.sendToQueue(queue, large);
  channel.sendToQueue(queue, Buffer.alloc(0));
  const inbox = await consume(channel, queue, { noAck: true });
  const [first, second] = await inbox.take(2, 15000);
  ok(first.content.equals(large));
  equal(second.content.length, 0);
});

checkConnection('200 channels of one connection', async (connection) => {
  const channels = await Promise.all(Array.from({ length: 200 }, () => open(connection)));
  const queue = await temporary(channels[0]);
  await Promise.all(channels.map((channel, i) => channel.sendToQueue(queue, Buffer.from(String(i)))));
  await eventually(async () => (await channels[0].checkQueue(queue)).messageCount === 200);
  const got = (await drain(channels[199], queue)).map((m) => Number(text(m))).sort((a, b) => a - b);
  equal(got, Array.from({ length: 200 }, (_, i) => i));
  await Promise.all(channels.map((channel) => channel.close()));
});

// ---- errors

checkConnection('channel errors close the channel alone', async (connection) => {
  const good = await open(connection);
  const cases = [
    [(c) => c.checkQueue('al-none'), /404 \(NOT-FOUND\) with message "NOT_FOUND - no queue 'al-none' in vhost '\/'"/],
    [(c) => c.checkExchange('al-none'), /404 .*no exchange 'al-none' in vhost '\/'/],
    [(c) => c.assertExchange('amq.mine', 'direct'), /403 .*exchange name 'amq.mine' contains reserved prefix 'amq.\*'/],
    [(c) => c.assertQueue('amq.mine'), /403 .*queue name 'amq.mine' contains reserved prefix 'amq.\*'/],
    [(c) => c.assertExchange('amq.direct', 'fanout'), /406 .*inequivalent arg 'type' for exchange 'amq.direct' in vhost '\/': received 'fanout' but current is 'direct'/],
    [(c) => c.assertQueue('', { arguments: { 'x-expires': 0 } }), /406 .*invalid arg 'x-expires'/],
    [(c) => c.bindQueue('al-none', 'amq.direct', ''), /404 .*no queue 'al-none'/],
  ];
  for (const [call, error] of cases) await rejects(call(await open(connection)), error);
  equal((await good.assertQueue('', { exclusive: true })).messageCount, 0);
});

checkConnection('redeclaring with other arguments is refused', async (connection) => {
  const channel = await open(connection);
  await channel.assertQueue('al-differs', { durable: false, autoDelete: true, messageTtl: 60000 });
  await rejects((await open(connection)).assertQueue('al-differs', { durable: true, autoDelete: true, messageTtl: 60000 }),
    /406 .*inequivalent arg 'durable' for queue 'al-differs' in vhost '\/': received 'true' but current is 'false'/);
  await rejects((await open(connection)).assertQueue('al-differs', { durable: false, autoDelete: true }),
    /received none but current is the value '60000' of type '\w+'/);
  await channel.deleteQueue('al-differs');
});

checkConnection('publishing to no exchange, and acking twice, close the channel later', async (connection) => {
  const lost = await open(connection);
  lost.publish('al-none', 'x', Buffer.from('x'));
  equal((await lost.failure).message.includes("NOT_FOUND - no exchange 'al-none' in vhost '/'"), true);
  const twice = await open(connection);
  const queue = await temporary(twice);
  twice.sendToQueue(queue, Buffer.from('x'));
  const message = await eventually(() => twice.get(queue));
  twice.ack(message);
  twice.ack(message);
  const error = await twice.failure;
  equal([error.code, error.message.includes('PRECONDITION_FAILED - unknown delivery tag 1')], [406, true]);
});

check('connection errors: an unknown exchange type, a consumer tag used twice', async () => {
  const cases = [
    async (channel) => channel.assertExchange('al-bogus', 'bogus'),
    async (channel) => {
      const queue = await temporary(channel);
      await channel.consume(queue, () => {}, { consumerTag: 'same' });
      await channel.consume(queue, () => {}, { consumerTag: 'same' });
    },
  ];
  const errors = [];
  for (const fail of cases) {
    const connection = await amqp.connect(url);
    const failure = once(connection, 'error');
    fail(await open(connection)).catch(() => {});
    errors.push((await failure)[0].code);
  }
  equal(errors, [503, 530]);
});

check('wrong password, unknown vhost', async () => {
  await rejects(amqp.connect(urlWith({ password: 'wrong' })), /403 .*ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN/);
  await rejects(amqp.connect(urlWith({ pathname: '/al-nowhere' })), /Expected ConnectionOpenOk; got <ConnectionClose/);
});

check('heartbeats keep an idle connection', async () => {
  const connection = await amqp.connect(`${url}?heartbeat=1`);
  let closed = false;
  connection.on('close', () => (closed = true));
  connection.on('error', () => {});
  await sleep(3500);
  equal(closed, false);
  await (await open(connection)).checkExchange('amq.direct');
  await connection.close();
});

check('the server introduces itself', async () => {
  const connection = await amqp.connect(url, { clientProperties: { connection_name: 'al-named' } });
  const { serverProperties } = connection.connection;
  equal([serverProperties.product, serverProperties.platform.startsWith('Erlang/OTP')], ['RabbitMQ', true]);
  ok(/^3\.\d+\.\d+$/.test(serverProperties.version));
  equal(serverProperties.capabilities, {
    publisher_confirms: true, exchange_exchange_bindings: true, 'basic.nack': true, consumer_cancel_notify: true,
    'connection.blocked': true, consumer_priorities: true, authentication_failure_close: true, per_consumer_qos: true, direct_reply_to: true,
  });
  await connection.updateSecret(Buffer.from('secret'), 'rotation');
  await connection.close();
});

check('a connection that the server closes says 320', async () => {
  const connection = await amqp.connect(url, { clientProperties: { connection_name: 'al-victim' } });
  const failure = once(connection, 'close');
  await closeConnection('al-victim');
  const [error] = await failure;
  equal([error.code, error.message.includes('CONNECTION_FORCED')], [320, true]);
});

await main();
