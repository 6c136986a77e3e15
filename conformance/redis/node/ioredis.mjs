// ioredis: what an application does with it.
import Redis from 'ioredis';
import { check, equal, eventually, main, ok, port, rejects } from './checks.mjs';

const open = (options = {}) => {
  const made = new Redis({ port, host: '127.0.0.1', ...options });
  made.on('error', () => {});
  return made;
};
const redis = open();

check('strings and their options', async () => {
  equal(await redis.set('s:k', 'v', 'EX', 100), 'OK');
  equal(await redis.set('s:k', 'w', 'NX'), null);
  equal(await redis.set('s:k', 'w', 'KEEPTTL', 'GET'), 'v');
  ok((await redis.ttl('s:k')) > 90);
  equal(await redis.incrbyfloat('s:f', '0.1'), '0.1');
  equal(await redis.append('s:k', 'xyz'), 4);
  equal(await redis.getrange('s:k', -3, -1), 'xyz');
});

check('binary keys and values', async () => {
  const bytes = Buffer.from([0, 13, 10, 255, 0]);
  await redis.set(bytes, bytes);
  equal(await redis.getBuffer(bytes), bytes);
});

check('hashes, lists, sets, sorted sets', async () => {
  equal(await redis.hset('h', { a: 1, b: 2 }), 2);
  equal(await redis.hgetall('h'), { a: '1', b: '2' });
  equal(await redis.rpush('l', 1, 2, 3, 2, 1), 5);
  equal(await redis.lpos('l', 2, 'COUNT', 0), [1, 3]);
  equal(await redis.linsert('l', 'BEFORE', 3, 'x'), 6);
  equal(await redis.lrange('l', 0, -1), ['1', '2', 'x', '3', '2', '1']);
  equal(await redis.zadd('z', 1, 'a', 2, 'b', 2, 'c'), 3);
  equal(await redis.zrange('z', '[b', '+', 'BYLEX'), ['b', 'c']);
  equal(await redis.zrangebyscore('z', 2, '+inf', 'LIMIT', 1, 1), ['c']);
  equal(await redis.sadd('set', 1, 2, 3), 3);
  equal((await redis.smembers('set')).sort(), ['1', '2', '3']);
});

check('pipelines: replies and errors in their places', async () => {
  const replies = await redis.pipeline().set('p:s', 'x').lpush('p:s', 'y').get('p:s').exec();
  equal([replies[0], replies[2]], [[null, 'OK'], [null, 'x']]);
  ok(/^WRONGTYPE/.test(replies[1][0].message));
  const many = redis.pipeline();
  for (let i = 0; i < 5000; i++) many.incr('p:n');
  equal((await many.exec()).at(-1), [null, 5000]);
});

check('auto pipelining', async () => {
  const auto = open({ enableAutoPipelining: true });
  equal(await Promise.all(Array.from({ length: 200 }, () => auto.incr('ap:n'))), Array.from({ length: 200 }, (_, i) => i + 1));
  auto.disconnect();
});

check('transactions: EXEC, an aborted one, WATCH conflicts', async () => {
  equal(await redis.multi().set('t', 1).incr('t').exec(), [[null, 'OK'], [null, 2]]);
  await rejects(redis.multi().set('t').exec(), /EXECABORT Transaction discarded because of previous errors\./);
  const other = open();
  await other.watch('t');
  await redis.set('t', 10);
  equal(await other.multi().incr('t').exec(), null);
  equal(await other.get('t'), '10');
  other.disconnect();
});

check('defineCommand: scripts with keys and arguments, loaded again when flushed', async () => {
  redis.defineCommand('take', { numberOfKeys: 1, lua: "local v = redis.call('GET', KEYS[1]) or '0'; redis.call('SET', KEYS[1], v - ARGV[1]); return v - ARGV[1]" });
  await redis.set('dc', 10);
  equal(await redis.take('dc', 3), 7);
  await redis.script('FLUSH');
  equal(await redis.take('dc', 3), 4);
  equal((await redis.pipeline().take('dc', 1).take('dc', 1).exec()).map((r) => r[1]), [3, 2]);
  redis.defineCommand('fail', { numberOfKeys: 0, lua: "return redis.call('LPUSH', 'dc', 1)" });
  await rejects(redis.fail(), /WRONGTYPE Operation against a key/);
});

check('blocking list and sorted set pops', async () => {
  const worker = open();
  const popped = worker.brpop('q:low', 'q:high', 5);
  await eventually(async () => (await redis.info('clients')).includes('blocked_clients:1'));
  await redis.multi().lpush('q:high', 'h').lpush('q:low', 'l').exec();
  equal(await popped, ['q:high', 'h']); // the key that was pushed to first, not the one named first
  const least = worker.bzpopmin('q:z', 5);
  await eventually(async () => (await redis.info('clients')).includes('blocked_clients:1'));
  await redis.zadd('q:z', 2, 'b', 1, 'a');
  equal((await least).map(String), ['q:z', 'a', '1']);
  const moved = worker.blmove('q:from', 'q:to', 'LEFT', 'RIGHT', 5);
  await eventually(async () => (await redis.info('clients')).includes('blocked_clients:1'));
  await redis.rpush('q:from', 'm');
  equal(await moved, 'm');
  equal(await redis.lrange('q:to', 0, -1), ['m']);
  worker.disconnect();
});

check('pub/sub: channels, patterns, binary messages', async () => {
  const sub = open();
  const seen = [];
  sub.on('messageBuffer', (channel, message) => seen.push([String(channel), message]));
  sub.on('pmessage', (pattern, channel, message) => seen.push([pattern, channel, message]));
  equal(await sub.subscribe('c:1', 'c:2'), 2);
  await sub.psubscribe('c:*');
  const bytes = Buffer.from([0, 255, 10]);
  equal(await redis.publish('c:1', bytes), 2);
  equal(await redis.publish('c:9', 'nine'), 1);
  await eventually(() => seen.length === 3);
  equal(seen[0], ['c:1', bytes]);
  equal(seen[2], ['c:*', 'c:9', 'nine']);
  equal(await redis.pubsub('NUMSUB', 'c:1', 'c:3'), ['c:1', 1, 'c:3', 0]);
  sub.disconnect();
});

check('sharded pub/sub', async () => {
  const sub = open();
  const got = new Promise((resolve) => sub.on('smessage', (channel, message) => resolve([channel, message])));
  await sub.ssubscribe('sh');
  equal(await redis.spublish('sh', 'm'), 1);
  equal(await got, ['sh', 'm']);
  sub.disconnect();
});

check('streams: XREAD BLOCK, groups, XAUTOCLAIM', async () => {
  const reader = open();
  const waiting = reader.xread('BLOCK', 5000, 'STREAMS', 'st', '$');
  await eventually(async () => (await redis.info('clients')).includes('blocked_clients:1'));
  const id = await redis.xadd('st', '*', 'a', '1');
  const got = await waiting;
  equal(Array.isArray(got) ? got : Object.entries(got), [['st', [[id, ['a', '1']]]]]);
  await redis.xgroup('CREATE', 'st', 'g', '0');
  await redis.xreadgroup('GROUP', 'g', 'ann', 'STREAMS', 'st', '>');
  equal(await redis.xautoclaim('st', 'g', 'bob', 0, '0-0'), ['0-0', [[id, ['a', '1']]], []]);
  equal(await redis.xpending('st', 'g', '-', '+', 10, 'ann'), []);
  equal(await redis.xadd('st', 'MAXLEN', '=', 1, '*', 'b', '2').then(() => redis.xlen('st')), 1);
  reader.disconnect();
});

check('scan streams', async () => {
  const pipe = redis.pipeline();
  for (let i = 0; i < 1000; i++) pipe.set(`ss:${i}`, i).hset('ssh', i, i);
  await pipe.exec();
  const keys = new Set();
  for await (const part of redis.scanStream({ match: 'ss:*', count: 64 })) part.forEach((k) => keys.add(k));
  equal(keys.size, 1000);
  const fields = new Map();
  for await (const part of redis.hscanStream('ssh')) for (let i = 0; i < part.length; i += 2) fields.set(part[i], part[i + 1]);
  equal(fields.size, 1000);
});

check('MONITOR', async () => {
  const monitor = await open().monitor();
  const seen = [];
  monitor.on('monitor', (time, args) => seen.push(args));
  await redis.set('mon', 'a b');
  await eventually(() => seen.some((args) => args.join('|').toLowerCase() === 'set|mon|a b'));
  monitor.disconnect();
});

check('key prefixes, transformed names, databases', async () => {
  const app = open({ keyPrefix: 'app:', db: 4, connectionName: 'app' });
  await app.mset({ a: 1, b: 2 });
  equal(await app.mget('a', 'b'), ['1', '2']);
  equal(await app.client('GETNAME'), 'app');
  await redis.select(4);
  equal((await redis.keys('app:*')).sort(), ['app:a', 'app:b']);
  await redis.select(0);
  app.disconnect();
});

check('reconnects after CLIENT KILL and resends what waited', async () => {
  const victim = open();
  const id = await victim.client('ID');
  await redis.client('KILL', 'ID', id);
  equal(await victim.ping(), 'PONG');
  ok((await victim.client('ID')) !== id);
  victim.disconnect();
});

check('lock with SET NX PX and a compare-and-delete script', async () => {
  const unlock = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end";
  equal(await redis.set('lock', 'me', 'PX', 5000, 'NX'), 'OK');
  equal(await redis.set('lock', 'you', 'PX', 5000, 'NX'), null);
  equal(await redis.eval(unlock, 1, 'lock', 'you'), 0);
  equal(await redis.eval(unlock, 1, 'lock', 'me'), 1);
});

await main();
