// postgres.js: tagged queries, types both ways, transactions, pipelining, cursors, COPY, notifications, errors.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import postgres from 'postgres';
import { check, equal, eventually, main, ok, rejects } from '../../redis/node/checks.mjs';
import { options as connection } from './database.mjs';

const options = { host: connection.host, port: connection.port, user: 'postgres', pass: 'secret', database: connection.database, onnotice: () => {}, ssl: 'prefer' };
const sql = postgres({ ...options, max: 4 });

check('connects with TLS preferred, and knows the server', async () => {
  await sql`SELECT 1`;
  equal([sql.parameters.server_encoding, sql.parameters.integer_datetimes, sql.parameters.standard_conforming_strings], ['UTF8', 'on', 'on']);
});

check('types both ways', async () => {
  const date = new Date('2024-05-06T07:08:09.123Z');
  const [row] = await sql`SELECT ${1}::int AS i, ${'9007199254740993'}::int8 AS big, ${1.5}::float8 AS f, ${'x'} AS t, ${true}::bool AS b, ${null}::text AS n,
    ${date}::timestamptz AS d, ${sql.json({ a: [1, null] })}::jsonb AS j, ${sql.array([1, 2, 3])}::int[] AS a, ${sql.array(['a', 'b,"c'])}::text[] AS ta,
    ${Buffer.from([0, 255])}::bytea AS raw, ${'1.50'}::numeric AS num, ${['x', 'y']}::text[] AS list`;
  equal([row.i, row.big, row.f, row.t, row.b, row.n, row.d.getTime(), row.j, row.a, row.ta, [...row.raw], row.num, row.list],
    [1, '9007199254740993', 1.5, 'x', true, null, date.getTime(), { a: [1, null] }, [1, 2, 3], ['a', 'b,"c'], [0, 255], '1.50', ['x', 'y']]);
});

check('dynamic inserts, updates and lists', async () => {
  await sql`CREATE TABLE js (id serial PRIMARY KEY, name text UNIQUE, v int, tags text[])`;
  equal(await sql`INSERT INTO js ${sql([{ name: 'a', v: 1 }, { name: 'b', v: 2 }])} RETURNING id, name`.then((r) => [...r]), [{ id: 1, name: 'a' }, { id: 2, name: 'b' }]);
  equal((await sql`UPDATE js SET ${sql({ v: 5, tags: ['q'] }, 'v', 'tags')} WHERE name = ${'a'} RETURNING v, tags`)[0], { v: 5, tags: ['q'] });
  equal((await sql`SELECT ${sql(['name', 'v'])} FROM ${sql('js')} WHERE name IN ${sql(['a', 'b'])} ORDER BY v`).map((r) => r.v), [2, 5]);
  equal((await sql`SELECT * FROM js WHERE ${true ? sql`v > ${3}` : sql``}`).length, 1);
  const many = await sql`INSERT INTO js ${sql([...Array(5000).keys()].map((v) => ({ name: `n${v}`, v })))}`;
  equal([many.count, many.command], [5000, 'INSERT']);
  equal((await sql`UPDATE js SET v = (data.v)::int FROM (VALUES ${sql([['a', 7], ['b', 8]])}) AS data (name, v) WHERE js.name = data.name RETURNING js.v`).map((r) => r.v).sort(), [7, 8]);
});

check('describe, raw and values', async () => {
  const described = await sql`SELECT ${1}::int AS a, now() AS b`.describe();
  equal([described.types, described.columns.map((c) => c.name)], [[23], ['a', 'b']]);
  equal(await sql`SELECT 1 AS a, 'x' AS b`.values().then((r) => [...r]), [[1, 'x']]);
  equal((await sql`SELECT 1 AS a`.raw())[0][0].toString(), '1');
});

check('several statements at once', async () => {
  const results = await sql`SELECT 1 AS a; SELECT 2 AS a`.simple();
  equal(results.map((r) => r[0].a), [1, 2]);
});

check('transactions and savepoints', async () => {
  await rejects(sql.begin(async (tx) => {
    await tx`UPDATE js SET v = 0`;
    await tx.savepoint(async (sp) => { await sp`INSERT INTO js (name) VALUES ('a')`; }).catch((e) => equal(e.code, '23505'));
    throw new Error('back');
  }), /back/);
  equal((await sql`SELECT count(*)::int AS n FROM js WHERE v = 0 AND name IN ('a', 'b')`)[0].n, 0);
  const [first, second] = await sql.begin('ISOLATION LEVEL SERIALIZABLE READ ONLY', (tx) => [tx`SELECT 1 AS x`, tx`SHOW transaction_isolation`]);
  equal([first[0].x, second[0].transaction_isolation], [1, 'serializable']);
});

check('cursors', async () => {
  const sizes = [];
  for await (const rows of sql`SELECT generate_series(1, 25) AS n`.cursor(10)) sizes.push(rows.length);
  equal(sizes, [10, 10, 5]);
  let seen = 0;
  await sql`SELECT generate_series(1, 100) AS n`.cursor(10, (rows) => { seen += rows.length; return seen >= 20 ? sql.CLOSE : undefined; });
  equal(seen, 20);
  let each = 0;
  await sql`SELECT generate_series(1, 30) AS n`.forEach(() => { each++; });
  equal(each, 30);
});

check('COPY both ways', async () => {
  await pipeline(Readable.from(['c1\t1\n', 'c2\t\\N\n']), await sql`COPY js (name, v) FROM STDIN`.writable());
  let text = '';
  for await (const chunk of await sql`COPY (SELECT name, v FROM js WHERE name LIKE 'c_' ORDER BY name) TO STDOUT`.readable()) text += chunk;
  equal(text, 'c1\t1\nc2\t\\N\n');
});

check('notifications', async () => {
  const got = [];
  const { unlisten } = await sql.listen('js_channel', (payload) => got.push(payload));
  await sql.notify('js_channel', 'one');
  await sql`SELECT pg_notify('js_channel', 'two')`;
  await eventually(() => got.length === 2);
  equal(got, ['one', 'two']);
  await unlisten();
});

check('cancel', async () => {
  const query = sql`SELECT pg_sleep(10)`;
  setTimeout(() => query.cancel(), 100);
  await rejects(query, { code: '57014' });
  equal((await sql`SELECT 1 AS x`)[0].x, 1);
});

check('errors have their fields', async () => {
  await rejects(sql`INSERT INTO js (name) VALUES ('a')`, { code: '23505', constraint_name: 'js_name_key', table_name: 'js', detail: 'Key (name)=(a) already exists.', severity: 'ERROR' });
  await rejects(sql`SELECT nothing FROM js`, { code: '42703', position: '8' });
  await rejects(sql`SELECT ${'x'}::int`, { code: '22P02' });
});

check('prepared statements survive changes of what they read', async () => {
  const one = postgres({ ...options, max: 1 });
  await one`CREATE TEMP TABLE shape (a int)`;
  await one`SELECT * FROM shape`;
  await one`ALTER TABLE shape ADD b text DEFAULT 'x'`;
  await one`INSERT INTO shape (a) VALUES (1)`;
  equal((await one`SELECT a, b FROM shape`)[0], { a: 1, b: 'x' });
  await one.end();
});

check('a terminated connection is replaced', async () => {
  const one = postgres({ ...options, max: 1 });
  const [{ pid }] = await one`SELECT pg_backend_pid() AS pid`;
  await sql`SELECT pg_terminate_backend(${pid})`;
  await eventually(async () => (await one`SELECT pg_backend_pid() AS pid`.catch(() => [{ pid }]))[0].pid !== pid);
  await one.end();
});

check('reserved connections, and the end', async () => {
  const own = await sql.reserve();
  const [{ pid }] = await own`SELECT pg_backend_pid() AS pid`;
  equal((await own`SELECT pg_backend_pid() AS pid`)[0].pid, pid);
  own.release();
  await sql`DROP TABLE js`;
  await sql.end({ timeout: 5 });
  ok(true);
});

await main();
