// node-postgres with cursors, streams and COPY.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copy from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { check, equal, main, rejects } from '../../redis/node/checks.mjs';

const port = Number(process.env.PGPORT);
const options = { host: '127.0.0.1', port, user: 'postgres', database: process.env.PGDATABASE ?? 'postgres' };

// A check with a client of its own, and a table of its own.
function checkClient(name, run) {
  check(name, async () => {
    const client = new pg.Client(options);
    await client.connect();
    try {
      await client.query('CREATE TEMP TABLE t (id serial PRIMARY KEY, name text UNIQUE, v numeric(8,2), j jsonb, tags text[])');
      await run(client);
    } finally {
      await client.end();
    }
  });
}

checkClient('insert returning', async (client) => {
  const result = await client.query('INSERT INTO t(name, v, j, tags) VALUES ($1, $2, $3, $4) RETURNING *',
    ['ann', '1.50', { a: 1 }, ['x', 'y']]);
  equal(result.rows, [{ id: 1, name: 'ann', v: '1.50', j: { a: 1 }, tags: ['x', 'y'] }]);
  equal([result.command, result.rowCount], ['INSERT', 1]);
});

checkClient('update and delete count', async (client) => {
  await client.query("INSERT INTO t(name) VALUES ('a'), ('b'), ('c')");
  equal((await client.query('UPDATE t SET v = 1 WHERE name < $1', ['c'])).rowCount, 2);
  equal((await client.query('DELETE FROM t')).rowCount, 3);
});

checkClient('named statements', async (client) => {
  for (const value of [41, 1])
    equal((await client.query({ name: 'plus', text: 'SELECT $1::int + 1 AS x', values: [value] })).rows, [{ x: value + 1 }]);
});

checkClient('errors have their fields', async (client) => {
  await client.query("INSERT INTO t(name) VALUES ('a')");
  await rejects(client.query("INSERT INTO t(name) VALUES ('a')"),
    { code: '23505', constraint: 't_name_key', table: 't', detail: 'Key (name)=(a) already exists.', file: 'nbtinsert.c', routine: '_bt_check_unique' });
  await rejects(client.query('SELECT nosuch FROM t'), { code: '42703', position: '8' });
});

check('a pipeline tells what is done while it waits', async () => {
  const client = new pg.Client({ ...options, pipeline: true });
  const connected = client.connect();
  const times = await Promise.all(['SELECT 1', 'SELECT pg_sleep(0.4)'].map((text) => client.query(text).then(() => Date.now())));
  await connected;
  await client.end();
  equal(times[1] - times[0] > 200, true);
});

checkClient('several statements', async (client) => {
  const results = await client.query('SELECT 1 AS a; SELECT 2 AS b');
  equal(results.map((result) => result.rows), [[{ a: 1 }], [{ b: 2 }]]);
});

checkClient('cursor', async (client) => {
  const cursor = client.query(new Cursor('SELECT generate_series(1, 10) AS n'));
  equal((await cursor.read(3)).map((row) => row.n), [1, 2, 3]);
  equal((await cursor.read(100)).length, 7);
  await cursor.close();
});

checkClient('stream', async (client) => {
  let sum = 0;
  for await (const row of client.query(new QueryStream('SELECT generate_series(1, 1000) AS n', [], { batchSize: 100 })))
    sum += row.n;
  equal(sum, 500500);
});

checkClient('COPY both ways', async (client) => {
  await pipeline(Readable.from(['5\tbob\n6\t', 'eve\n']), client.query(copy.from('COPY t(id, name) FROM STDIN')));
  let text = '';
  for await (const chunk of client.query(copy.to('COPY (SELECT id, name FROM t ORDER BY id) TO STDOUT CSV'))) text += chunk;
  equal(text, '5,bob\n6,eve\n');
});

checkClient('rollback', async (client) => {
  await client.query('BEGIN');
  await client.query("INSERT INTO t(name) VALUES ('x')");
  await client.query('ROLLBACK');
  equal((await client.query('SELECT count(*)::int AS n FROM t')).rows, [{ n: 0 }]);
});

checkClient('notification', async (client) => {
  const got = new Promise((resolve) => client.once('notification', (m) => resolve([m.channel, m.payload])));
  await client.query('LISTEN np');
  await client.query("NOTIFY np, 'hi'");
  equal(await got, ['np', 'hi']);
});

checkClient('statement_timeout', async (client) => {
  await client.query('SET statement_timeout = 50');
  await rejects(client.query('SELECT pg_sleep(5)'), { code: '57014' });
  await client.query('SELECT 1');
});

check('pool', async () => {
  const pool = new pg.Pool({ ...options, max: 10 });
  const results = await Promise.all([...Array(50).keys()].map((i) => pool.query('SELECT $1::int AS i', [i])));
  await pool.end();
  equal(results.map((result) => result.rows[0].i), [...Array(50).keys()]);
});

await main();
