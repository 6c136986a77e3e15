// node-redis: what an application does with it.
import { createClient, createClientPool, defineScript, WatchError, ErrorReply, RESP_TYPES } from 'redis';
import { check, equal, eventually, main, ok, port, rejects } from './checks.mjs';

const open = async (options = {}) => {
  const made = createClient({ socket: { host: '127.0.0.1', port }, ...options });
  made.on('error', () => {});
  return made.connect();
};
const client = await open();

check('strings, counters, expiry options', async () => {
  equal(await client.set('s:k', 'v', { expiration: { type: 'EX', value: 100 }, condition: 'NX' }), 'OK');
  equal(await client.set('s:k', 'w', { condition: 'NX' }), null);
  equal(await client.get('s:k'), 'v');
  ok((await client.ttl('s:k')) > 90);
  equal(await client.incrBy('s:n', 41), 41);
  equal(await client.incr('s:n'), 42);
  equal(await client.mSet({ 's:a': '1', 's:b': '2' }), 'OK');
  equal(await client.mGet(['s:a', 's:none', 's:b']), ['1', null, '2']);
  equal(await client.exists(['s:a', 's:b', 's:none']), 2);
});

check('binary values as buffers', async () => {
  const bytes = Buffer.from(Array.from({ length: 1024 }, (_, i) => i & 255));
  await client.set('bin:k', bytes);
  equal(await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get('bin:k'), bytes);
});

check('hashes and typed replies', async () => {
  equal(await client.hSet('h:u', { name: 'Ann', age: 30 }), 2);
  equal({ ...(await client.hGetAll('h:u')) }, { name: 'Ann', age: '30' });
  equal(await client.hIncrBy('h:u', 'age', 1), 31);
  equal(await client.zAdd('h:z', [{ value: 'a', score: 1.5 }, { value: 'b', score: 2 }]), 2);
  equal(await client.zScore('h:z', 'a'), 1.5);
  equal(await client.zRangeWithScores('h:z', 0, -1), [{ value: 'a', score: 1.5 }, { value: 'b', score: 2 }]);
});

check('commands written in one tick travel as a pipeline, in order', async () => {
  const replies = await Promise.all(Array.from({ length: 3000 }, (_, i) => client.rPush('pl:l', String(i))));
  equal(replies, Array.from({ length: 3000 }, (_, i) => i + 1));
});

check('transactions: replies, an error inside, WATCH conflicts', async () => {
  equal(await client.multi().set('t:a', '1').incr('t:a').get('t:a').exec(), ['OK', 2, '2']);
  const replies = await client.multi().set('t:s', 'x').lPush('t:s', '1').get('t:s').exec().catch((e) => e.replies);
  ok(replies[1] instanceof ErrorReply);
  const other = await open();
  await other.watch('t:a');
  await client.set('t:a', '100');
  await rejects(other.multi().incr('t:a').exec(), WatchError);
  equal(await client.get('t:a'), '100');
  await other.close();
});

check('blocking pops across connections', async () => {
  const pool = createClientPool({ socket: { host: '127.0.0.1', port } }, { minimum: 3 });
  await pool.connect();
  const pops = [1, 2, 3].map(() => pool.blPop(['bl:q'], 5));
  await eventually(async () => /blocked_clients:3/.test(await client.info('clients')));
  await client.rPush('bl:q', ['a', 'b', 'c']);
  equal((await Promise.all(pops)).map((p) => p.element).sort(), ['a', 'b', 'c']);
  await pool.close();
});

check('pub/sub: channels and patterns', async () => {
  const sub = await open();
  const seen = [];
  await sub.subscribe('ps:news', (message, channel) => seen.push([channel, message]));
  await sub.pSubscribe('ps:n*', (message, channel) => seen.push(['*', channel, message]));
  equal(await client.publish('ps:news', 'one'), 2);
  equal(await client.publish('ps:nil', 'two'), 1);
  await eventually(() => seen.length === 3);
  equal(seen, [['ps:news', 'one'], ['*', 'ps:news', 'one'], ['*', 'ps:nil', 'two']]);
  equal(await sub.get('ps:none'), null); // RESP3: commands on a subscribed connection
  await sub.unsubscribe('ps:news');
  equal(await client.publish('ps:news', 'three'), 1);
  await sub.close();
});

check('sharded pub/sub', async () => {
  const sub = await open();
  const seen = [];
  await sub.sSubscribe('sh:c', (message) => seen.push(message));
  equal(await client.sPublish('sh:c', 'm'), 1);
  await eventually(() => seen.length === 1);
  equal(await client.pubSubShardChannels('sh:*'), ['sh:c']);
  await sub.sUnsubscribe('sh:c');
  await sub.close();
});

check('streams: a consumer group from reading to acknowledging', async () => {
  await client.xGroupCreate('st:s', 'g', '$', { MKSTREAM: true });
  const reader = await open();
  const waiting = reader.xReadGroup('g', 'ann', { key: 'st:s', id: '>' }, { BLOCK: 5000, COUNT: 10 });
  await eventually(async () => /blocked_clients:1/.test(await client.info('clients')));
  const id = await client.xAdd('st:s', '*', { kind: 'order', n: '1' });
  const [{ name, messages }] = await waiting;
  equal([name, messages.length, messages[0].id, { ...messages[0].message }], ['st:s', 1, id, { kind: 'order', n: '1' }]);
  equal((await client.xPending('st:s', 'g')).pending, 1);
  equal(await client.xAck('st:s', 'g', id), 1);
  const [group] = await client.xInfoGroups('st:s');
  equal([group.name, group.pending, group['last-delivered-id']], ['g', 0, id]);
  await reader.close();
});

check('scripts: EVALSHA first, EVAL when the script is not there', async () => {
  const scripted = await open({
    scripts: {
      addAndGet: defineScript({
        NUMBER_OF_KEYS: 1,
        SCRIPT: "redis.call('INCRBY', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])",
        parseCommand(parser, key, by) {
          parser.pushKey(key);
          parser.push(String(by));
        },
        transformReply: (reply) => Number(reply),
      }),
    },
  });
  await client.scriptFlush();
  equal(await scripted.addAndGet('sc:n', 5), 5);
  equal(await scripted.addAndGet('sc:n', 5), 10);
  await rejects(client.evalSha('0'.repeat(40)), /NOSCRIPT No matching script\. Please use EVAL\./);
  await scripted.close();
});

check('functions', async () => {
  await client.functionLoad("#!lua name=nr\nredis.register_function{function_name='echo1', callback=function(k, a) return a[1] end, flags={'no-writes'}}", { REPLACE: true });
  equal(await client.fCall('echo1', { arguments: ['x'] }), 'x');
  equal(await client.fCallRo('echo1', { arguments: ['y'] }), 'y');
  equal((await client.functionList())[0].library_name, 'nr');
  await client.functionDelete('nr');
});

check('scan iterators', async () => {
  await Promise.all(Array.from({ length: 1000 }, (_, i) => client.set(`sci:${i}`, '')));
  const seen = new Set();
  for await (const keys of client.scanIterator({ MATCH: 'sci:*', COUNT: 50 })) for (const key of keys) seen.add(key);
  equal(seen.size, 1000);
  await client.sAdd('scs', Array.from({ length: 600 }, (_, i) => `m${i}`));
  const members = new Set();
  for await (const part of client.sScanIterator('scs')) for (const member of part) members.add(member);
  equal(members.size, 600);
});

check('client-side cache: local hits, invalidation by another connection', async () => {
  const cached = await open({ RESP: 3, clientSideCache: { ttl: 0, maxEntries: 100 } });
  const calls = async () => Number(/cmdstat_get:calls=(\d+)/.exec(await client.info('commandstats'))[1]);
  await client.set('csc:k', '1');
  equal(await cached.get('csc:k'), '1');
  const before = await calls();
  equal(await cached.get('csc:k'), '1');
  equal(await calls(), before);
  await client.set('csc:k', '2');
  await eventually(async () => (await cached.get('csc:k')) === '2');
  await client.flushDb();
  await eventually(async () => (await cached.get('csc:k')) === null);
  await cached.close();
});

check('keyspace events for expired keys', async () => {
  await client.configSet('notify-keyspace-events', 'Ex');
  const sub = await open();
  const seen = [];
  await sub.subscribe('__keyevent@0__:expired', (key) => seen.push(key));
  await client.set('kse:k', '1', { expiration: { type: 'PX', value: 20 } });
  await eventually(() => seen.includes('kse:k'));
  await client.configSet('notify-keyspace-events', '');
  await sub.close();
});

check('RESP2 and RESP3 connections agree', async () => {
  const two = await open({ RESP: 2 });
  await client.hSet('r:h', { a: '1' });
  await client.zAdd('r:z', { value: 'm', score: 0.1 });
  for (const c of [two, client]) {
    equal({ ...(await c.hGetAll('r:h')) }, { a: '1' });
    equal(await c.zScore('r:z', 'm'), 0.1);
    equal(await c.zScore('r:z', 'none'), null);
    equal(await c.sIsMember('r:none', 'x'), 0);
  }
  await two.close();
});

check('databases, names, a killed connection comes back', async () => {
  const db = await open({ database: 7, name: 'seven' });
  await db.set('db:k', '7');
  equal(await client.get('db:k'), null);
  equal(await db.clientGetName(), 'seven');
  const id = await db.clientId();
  equal(await client.clientKill({ filter: 'ID', id }), 1);
  await eventually(async () => (await db.get('db:k').catch(() => null)) === '7');
  ok((await db.clientId()) > id);
  await db.close();
});

check('errors keep the server\'s text', async () => {
  await client.set('err:s', 'x');
  await rejects(client.lPush('err:s', '1'), { message: 'WRONGTYPE Operation against a key holding the wrong kind of value' });
  await rejects(client.sendCommand(['NOSUCH', 'a']), { message: "ERR unknown command 'NOSUCH', with args beginning with: 'a' " });
});

check('geo search with positions and distances', async () => {
  await client.geoAdd('geo', [{ longitude: 13.361389, latitude: 38.115556, member: 'Palermo' }, { longitude: 15.087269, latitude: 37.502669, member: 'Catania' }]);
  const [near, far] = await client.geoSearchWith('geo', { longitude: 15, latitude: 37 }, { radius: 200, unit: 'km' }, ['WITHDIST'], { SORT: 'ASC' });
  equal([near.member, near.distance, far.member, far.distance], ['Catania', 56.4413, 'Palermo', 190.4424]);
});

await main();
