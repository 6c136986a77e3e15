// knex: schema builder, migrations with their lock, queries, transactions, streams and errors.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import knexFactory from 'knex';
import { check, equal, main, ok, rejects } from '../../redis/node/checks.mjs';
import { freshDatabase } from './database.mjs';

const connection = await freshDatabase('conformance_knex');
const knex = knexFactory({ client: 'pg', connection, pool: { min: 0, max: 5 } });

check('schema builder makes tables', async () => {
  await knex.raw('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"');
  await knex.schema.createTable('users', (t) => {
    t.increments('id');
    t.uuid('key').defaultTo(knex.raw('uuid_generate_v4()')).unique();
    t.string('email', 100).notNullable().unique();
    t.enu('role', ['admin', 'user'], { useNative: true, enumName: 'user_role' }).defaultTo('user');
    t.jsonb('settings').defaultTo('{}');
    t.decimal('balance', 10, 2).defaultTo(0);
    t.specificType('tags', 'text[]');
    t.boolean('active').notNullable().defaultTo(true);
    t.timestamps(true, true);
    t.index(['role', 'active'], 'users_role_active');
    t.comment('people');
  });
  await knex.schema.createTable('posts', (t) => {
    t.bigIncrements('id');
    t.integer('user_id').notNullable().references('id').inTable('users').onDelete('CASCADE');
    t.text('title').notNullable();
    t.date('day');
    t.float('score');
    t.binary('raw');
    t.check('?? > ?', ['score', -1], 'score_check');
  });
  equal([await knex.schema.hasTable('users'), await knex.schema.hasColumn('posts', 'score'),
    await knex.schema.hasTable('none')], [true, true, false]);
});

check('columnInfo', async () => {
  equal(await knex('posts').columnInfo(), {
    id: { type: 'bigint', maxLength: null, nullable: false, defaultValue: "nextval('posts_id_seq'::regclass)" },
    user_id: { type: 'integer', maxLength: null, nullable: false, defaultValue: null },
    title: { type: 'text', maxLength: null, nullable: false, defaultValue: null },
    day: { type: 'date', maxLength: null, nullable: true, defaultValue: null },
    score: { type: 'real', maxLength: null, nullable: true, defaultValue: null },
    raw: { type: 'bytea', maxLength: null, nullable: true, defaultValue: null },
  });
});

check('alter table', async () => {
  await knex.schema.alterTable('posts', (t) => {
    t.string('slug').nullable();
    t.renameColumn('title', 'heading');
    t.integer('views').notNullable().defaultTo(0);
    t.dropChecks(['score_check']);
  });
  await knex.schema.alterTable('posts', (t) => {
    t.text('slug').notNullable().defaultTo('-').alter();
    t.unique(['user_id', 'heading'], { indexName: 'posts_heading' });
    t.index(knex.raw('lower(heading)'), 'posts_lower');
  });
  await knex.schema.alterTable('posts', (t) => {
    t.dropIndex([], 'posts_lower');
    t.setNullable('slug');
    t.dropNullable('slug');
  });
  await knex.schema.createView('active_users', (v) => {
    v.columns(['id', 'email']);
    v.as(knex('users').select('id', 'email').where('active', true));
  });
  equal(Object.keys(await knex('posts').columnInfo()), ['id', 'user_id', 'heading', 'day', 'score', 'raw', 'slug', 'views']);
});

check('insert, upsert, returning', async () => {
  equal(await knex('users').insert([{ email: 'a@x', tags: ['p', 'q'], settings: { a: [1, { b: 2 }] } },
    { email: 'b@x', role: 'admin', balance: '12.50' }]).returning(['id', 'email', 'role', 'balance', 'settings', 'tags']), [
    { id: 1, email: 'a@x', role: 'user', balance: '0.00', settings: { a: [1, { b: 2 }] }, tags: ['p', 'q'] },
    { id: 2, email: 'b@x', role: 'admin', balance: '12.50', settings: {}, tags: null }]);
  equal(await knex('users').insert({ email: 'a@x', balance: 5 }).onConflict('email').merge(['balance']).returning('balance'), [{ balance: '5.00' }]);
  await knex('users').insert({ email: 'a@x' }).onConflict('email').ignore();
  equal(await knex('users').where({ email: 'b@x' }).update({ balance: knex.raw('?? + ?', ['balance', 1]) }, ['balance']), [{ balance: '13.50' }]);
  await knex.batchInsert('posts', [...Array(100).keys()].map((i) => ({ user_id: 1 + (i % 2), heading: `p${i}`, score: i / 4, raw: Buffer.from([i]) })), 30);
  equal((await knex('posts').count('* as n').first()).n, '100');
});

check('queries', async () => {
  equal(await knex('posts as p').join('users as u', 'u.id', 'p.user_id').select('u.email').sum('p.score as total')
    .groupBy('u.email').having(knex.raw('count(*)'), '>', 10).orderBy('u.email'), [{ email: 'a@x', total: 612.5 }, { email: 'b@x', total: 625 }]);
  equal(await knex.with('top', knex('posts').orderBy('score', 'desc').limit(3)).select('heading').from('top').pluck('heading'), ['p99', 'p98', 'p97']);
  equal(await knex('users').whereIn('id', knex('posts').select('user_id').where('heading', 'p7')).pluck('email'), ['b@x']);
  equal(await knex('users').whereRaw("settings @> ?::jsonb", [JSON.stringify({ a: [1] })]).pluck('id'), [1]);
  equal(await knex('users').whereJsonPath('settings', '$.a[0]', '=', 1).pluck('id'), [1]);
  equal(await knex('posts').distinctOn('user_id').orderBy(['user_id', { column: 'score', order: 'desc' }]).pluck('heading'), ['p98', 'p99']);
  equal(await knex('posts').select('heading').rank('r', { column: 'score', order: 'desc' }).limit(2), [{ heading: 'p99', r: '1' }, { heading: 'p98', r: '2' }]);
  equal(await knex('users').whereILike('email', 'A%').select('id').union(knex('users').where('role', 'admin').select('id')).orderBy('id'), [{ id: 1 }, { id: 2 }]);
  equal(await knex('active_users').select().orderBy('id').first(), { id: 1, email: 'a@x' });
});

check('transactions and savepoints', async () => {
  await rejects(knex.transaction(async (trx) => {
    await trx('users').insert({ email: 'c@x' });
    await rejects(trx.transaction(async (inner) => {
      await inner('users').insert({ email: 'a@x' });
    }), { code: '23505', constraint: 'users_email_unique', table: 'users' });
    equal((await trx('users').where('email', 'c@x')).length, 1);
    throw new Error('back');
  }), /back/);
  const trx = await knex.transaction({ isolationLevel: 'serializable', readOnly: true });
  equal((await trx.raw('SHOW transaction_isolation')).rows, [{ transaction_isolation: 'serializable' }]);
  await rejects(trx('users').insert({ email: 'z' }), { code: '25006' });
  await trx.rollback();
  equal((await knex('users').where('email', 'c@x')).length, 0);
  await knex.transaction(async (t) => {
    equal(await t('users').where('id', 1).forUpdate().skipLocked().pluck('id'), [1]);
    equal(await knex('users').forUpdate().skipLocked().pluck('id'), [2]);
    await rejects(knex('users').where('id', 1).forUpdate().noWait(), { code: '55P03' });
  });
});

check('stream', async () => {
  let sum = 0;
  for await (const row of knex('posts').select('score').stream()) sum += row.score;
  equal(sum, 1237.5);
});

check('migrations', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'knex-'));
  const write = (name, up, down) => fs.writeFileSync(path.join(directory, name), `exports.up = (k) => ${up};\nexports.down = (k) => ${down};\n`);
  write('1_first.cjs', "k.schema.createTable('m1', (t) => t.increments())", "k.schema.dropTable('m1')");
  write('2_second.cjs', "k.schema.alterTable('m1', (t) => t.string('name'))", "k.schema.alterTable('m1', (t) => t.dropColumn('name'))");
  const config = { directory, loadExtensions: ['.cjs'] };
  try {
    const [batch, log] = await knex.migrate.latest(config);
    equal([batch, log.length], [1, 2]);
    equal(await knex.migrate.currentVersion(config), '2');
    await knex.migrate.down(config);
    equal(await knex.schema.hasColumn('m1', 'name'), false);
    await knex.migrate.up(config);
    await Promise.allSettled([knex.migrate.latest(config), knex.migrate.latest(config)]); // the lock's table
    await knex.migrate.rollback(config, true);
    equal(await knex.schema.hasTable('m1'), false);
    const knocked = await knex('knex_migrations_lock').update({ is_locked: 1 });
    equal(knocked, 1);
    await rejects(knex.migrate.latest(config), /already locked/);
    await knex.migrate.forceFreeMigrationsLock(config);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});

check('errors have their fields', async () => {
  await rejects(knex('users').insert({ email: null }), { code: '23502', column: 'email', table: 'users' });
  await rejects(knex('users').insert({ email: 'x', role: 'none' }), { code: '22P02' });
  await rejects(knex('posts').insert({ user_id: 99, heading: 'x' }), { code: '23503', constraint: 'posts_user_id_foreign' });
  await rejects(knex('nowhere'), { code: '42P01' });
  await rejects(knex.raw('SELECT pg_sleep(5)').timeout(100, { cancel: true }), { name: 'KnexTimeoutError' });
});

check('truncate and drop', async () => {
  await knex('users').where('id', 1).del();
  equal((await knex('posts').count('* as n').first()).n, '50');
  await knex.raw('TRUNCATE ?? RESTART IDENTITY CASCADE', ['users']);
  equal(await knex('users').insert({ email: 'again' }, 'id'), [{ id: 1 }]);
  await knex.schema.renameTable('posts', 'articles');
  await knex.schema.dropView('active_users').dropTableIfExists('articles').dropTable('users');
  await knex.raw('DROP TYPE user_role');
  ok(!(await knex.schema.hasTable('articles')));
});

await main();
