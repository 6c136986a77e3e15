// rabbitmq-client: consumers, publishers and RPC that mend themselves.
import { AMQPChannelError, AMQPConnectionError, Connection, ConsumerStatus } from 'rabbitmq-client';
import { once } from 'node:events';
import { check, equal, eventually, main, ok, rejects } from '../../redis/node/checks.mjs';
import { Inbox, closeConnection, url, urlWith } from './broker.mjs';

const checkRabbit = (name, run, options = {}) => check(name, async () => {
  const rabbit = new Connection({ url, retryLow: 50, ...options });
  rabbit.on('error', () => {});
  try {
    await run(rabbit);
  } finally {
    await rabbit.close();
  }
});

// Sends with confirms, once.
async function send(rabbit, envelope, ...bodies) {
  const publisher = rabbit.createPublisher({ confirm: true });
  for (const body of bodies) await publisher.send(envelope, body);
  await publisher.close();
}

const temporary = async (rabbit, options = {}) => (await rabbit.queueDeclare({ exclusive: true, ...options })).queue;

checkRabbit('publisher with confirms, consumer that acks', async (rabbit) => {
  const inbox = new Inbox();
  const consumer = rabbit.createConsumer({
    queue: 'rc-work', queueOptions: { autoDelete: true }, qos: { prefetchCount: 5 },
    exchanges: [{ exchange: 'rc-events', type: 'topic', autoDelete: true }],
    queueBindings: [{ exchange: 'rc-events', routingKey: 'users.*' }],
  }, inbox.push);
  await once(consumer, 'ready');
  const publisher = rabbit.createPublisher({ confirm: true, maxAttempts: 2 });
  for (let i = 0; i < 10; i++) await publisher.send({ exchange: 'rc-events', routingKey: 'users.visit' }, { id: i });
  await publisher.send('rc-work', 'plain text');
  const got = await inbox.take(11);
  equal(got.map((m) => m.body), [...Array.from({ length: 10 }, (_, id) => ({ id })), 'plain text']);
  equal([got[0].contentType, got[10].contentType], ['application/json', 'text/plain']);
  await eventually(() => consumer.stats.acknowledged === 11);
  await publisher.close();
  await consumer.close();
});

checkRabbit('statuses of a handler: ack, requeue, drop', async (rabbit) => {
  const dead = await temporary(rabbit);
  const seen = [];
  const queue = await temporary(rabbit, { arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead } });
  const consumer = rabbit.createConsumer({ queue, queueOptions: { passive: true } }, (message) => {
    seen.push([message.body, message.redelivered]);
    if (message.body === 'again' && !message.redelivered) return ConsumerStatus.REQUEUE;
    return message.body === 'drop' ? ConsumerStatus.DROP : ConsumerStatus.ACK;
  });
  await once(consumer, 'ready');
  await send(rabbit, queue, 'again', 'drop', 'ok');
  await eventually(() => seen.length === 4);
  equal(seen.filter(([body]) => body === 'again'), [['again', false], ['again', true]]);
  equal((await eventually(() => rabbit.basicGet({ queue: dead, noAck: true }))).body, 'drop');
  await consumer.close();
});

checkRabbit('a handler that throws requeues', async (rabbit) => {
  let runs = 0;
  const queue = await temporary(rabbit);
  const consumer = rabbit.createConsumer({ queue, queueOptions: { passive: true } }, () => {
    if (++runs < 3) throw new Error('not yet');
  });
  consumer.on('error', () => {});
  await once(consumer, 'ready');
  await send(rabbit, queue, 'x');
  await eventually(() => runs === 3);
  await consumer.close();
});

checkRabbit('concurrency bounds the handlers that run', async (rabbit) => {
  let running = 0, most = 0, done = 0;
  const queue = await temporary(rabbit);
  const consumer = rabbit.createConsumer({ queue, queueOptions: { passive: true }, concurrency: 3, qos: { prefetchCount: 10 } }, async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running--;
    done++;
  });
  await once(consumer, 'ready');
  await send(rabbit, queue, ...Array(12).fill('x'));
  await eventually(() => done === 12);
  equal(most, 3);
  await consumer.close();
});

checkRabbit('RPC over direct reply-to', async (rabbit) => {
  const queue = await temporary(rabbit);
  const server = rabbit.createConsumer({ queue, queueOptions: { passive: true } }, async (message, reply) => reply({ double: message.body.n * 2 }));
  await once(server, 'ready');
  const client = rabbit.createRPCClient({ confirm: true });
  const replies = await Promise.all([1, 2, 3].map((n) => client.send(queue, { n })));
  equal(replies.map((r) => r.body.double), [2, 4, 6]);
  await client.close();
  await server.close();
});

checkRabbit('RPC: no answer in time', async (rabbit) => {
  const queue = await temporary(rabbit);
  const client = rabbit.createRPCClient({ timeout: 100 });
  await rejects(client.send(queue, 'x'), { code: 'RPC_TIMEOUT' });
  await client.close();
});

checkRabbit('unroutable mandatory messages are given back', async (rabbit) => {
  const returned = new Inbox();
  const publisher = rabbit.createPublisher({ confirm: true });
  publisher.on('basic.return', returned.push);
  await publisher.send({ routingKey: 'rc-nowhere', mandatory: true }, 'back');
  const [message] = await returned.take(1);
  equal([message.replyCode, message.replyText, message.body], [312, 'NO_ROUTE', 'back']);
  await publisher.close();
});

checkRabbit('a refused publish is a nack', async (rabbit) => {
  const queue = await temporary(rabbit, { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } });
  const publisher = rabbit.createPublisher({ confirm: true });
  await publisher.send(queue, '1');
  await rejects(publisher.send(queue, '2'), { code: 'NACK' });
  await publisher.close();
});

checkRabbit('management calls: declare, bind, count, purge, delete', async (rabbit) => {
  await rabbit.exchangeDeclare({ exchange: 'rc-a', type: 'fanout' });
  await rabbit.exchangeDeclare({ exchange: 'rc-b', type: 'fanout' });
  const queue = await temporary(rabbit);
  await rabbit.exchangeBind({ source: 'rc-a', destination: 'rc-b' });
  await rabbit.queueBind({ exchange: 'rc-b', queue });
  await send(rabbit, { exchange: 'rc-a' }, 'x');
  equal((await rabbit.queueDeclare({ queue, passive: true })).messageCount, 1);
  equal((await rabbit.queuePurge(queue)).messageCount, 1);
  await rabbit.exchangeUnbind({ source: 'rc-a', destination: 'rc-b' });
  await rabbit.queueUnbind({ exchange: 'rc-b', queue });
  await rabbit.exchangeDelete({ exchange: 'rc-a' });
  await rabbit.exchangeDelete({ exchange: 'rc-b' });
  await rabbit.queueDelete(queue);
});

checkRabbit('transactions: commit and rollback', async (rabbit) => {
  const queue = await temporary(rabbit);
  const channel = await rabbit.acquire();
  await channel.txSelect();
  await channel.basicPublish(queue, 'lost');
  await channel.txRollback();
  await channel.basicPublish(queue, 'kept');
  equal((await rabbit.queueDeclare({ queue, passive: true })).messageCount, 0);
  await channel.txCommit();
  equal((await channel.basicGet({ queue })).body, 'kept');
  await channel.txRollback();
  await channel.close();
});

checkRabbit('channel errors carry their codes', async (rabbit) => {
  await rejects(rabbit.queueDeclare({ queue: 'rc-none', passive: true }), (error) => error instanceof AMQPChannelError && error.code === 'NOT_FOUND');
  const channel = await rabbit.acquire();
  await rejects(channel.exchangeDeclare({ exchange: 'amq.own', type: 'direct' }), { code: 'ACCESS_REFUSED' });
  equal(channel.active, false);
});

check('a wrong password is told', async () => {
  const rabbit = new Connection({ url: urlWith({ password: 'wrong' }), retryLow: 60000 });
  const [error] = await once(rabbit, 'error');
  ok(error instanceof AMQPConnectionError || /ACCESS_REFUSED/.test(error.message), String(error));
  rabbit.unsafeDestroy();
});

checkRabbit('after the server closed the connection everything goes on', async (rabbit) => {
  const inbox = new Inbox();
  const consumer = rabbit.createConsumer({ queue: 'rc-again', queueOptions: { exclusive: true } }, inbox.push);
  consumer.on('error', () => {});
  await once(consumer, 'ready');
  const publisher = rabbit.createPublisher({ confirm: true, maxAttempts: 5 });
  await publisher.send('rc-again', 'before');
  const again = once(consumer, 'ready');
  await closeConnection('rc-victim');
  await again;
  await publisher.send('rc-again', 'after');
  equal((await inbox.take(2)).map((m) => m.body), ['before', 'after']);
  await publisher.close();
  await consumer.close();
}, { connectionName: 'rc-victim' });

await main();
