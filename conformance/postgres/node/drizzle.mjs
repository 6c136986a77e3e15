// drizzle: queries on node-postgres and postgres.js, migrations, relations, and the schema that drizzle-kit reads back.
import { relations, sql, eq, and, desc, inArray, count, arrayContains } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleJs } from 'drizzle-orm/postgres-js';
import * as t from 'drizzle-orm/pg-core';
import { pushSchema, generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import pg from 'pg';
import postgres from 'postgres';
import { check, equal, main, ok, rejects } from '../../redis/node/checks.mjs';
import { freshDatabase } from './database.mjs';

const connection = await freshDatabase('conformance_drizzle');
const pool = new pg.Pool(connection);

const mood = t.pgEnum('mood', ['sad', 'ok', 'happy']);
const own = t.pgSchema('own');
const people = t.pgTable('people', {
  id: t.serial().primaryKey(),
  key: t.uuid().defaultRandom().notNull().unique(),
  name: t.varchar({ length: 40 }).notNull(),
  mood: mood().default('ok').notNull(),
  tags: t.text().array(),
  data: t.jsonb(),
  amount: t.numeric({ precision: 10, scale: 2 }).default('0'),
  big: t.bigint({ mode: 'bigint' }),
  at: t.timestamp({ withTimezone: true, precision: 3 }).defaultNow(),
  day: t.date(),
  doubled: t.integer().generatedAlwaysAs(sql`length(name) * 2`),
  place: t.point(),
  net: t.inet(),
}, (c) => [
  t.index('people_name').on(c.name.desc()),
  t.uniqueIndex('people_lower').on(sql`lower(${c.name})`).where(sql`${c.mood} = 'happy'`),
  t.index('people_data').using('gin', c.data),
  t.check('people_amount', sql`${c.amount} >= 0`),
]);
const notes = t.pgTable('notes', {
  id: t.integer().primaryKey().generatedAlwaysAsIdentity(),
  personId: t.integer('person_id').notNull().references(() => people.id, { onDelete: 'cascade' }),
  body: t.text().notNull(),
}, (c) => [t.unique('notes_once').on(c.personId, c.body)]);
const inOwn = own.table('kept', { a: t.integer(), b: t.smallint() }, (c) => [t.unique('kept_once').on(c.a, c.b)]);
const happy = t.pgView('happy').as((q) => q.select().from(people).where(eq(people.mood, 'happy')));
const peopleRelations = relations(people, ({ many }) => ({ notes: many(notes) }));
const noteRelations = relations(notes, ({ one }) => ({ person: one(people, { fields: [notes.personId], references: [people.id] }) }));
const schema = { mood, own, people, notes, inOwn, happy, peopleRelations, noteRelations };
const db = drizzle(pool, { schema });

check('push makes the schema, and then there is nothing to push', async () => {
  const first = await pushSchema(schema, db, ['public', 'own']);
  await first.apply();
  const second = await pushSchema(schema, db, ['public', 'own']);
  equal(second.statementsToExecute, []);
});

check('push of changes', async () => {
  const wider = t.pgTable('notes', { ...Object.fromEntries(Object.entries({
    id: t.integer().primaryKey().generatedAlwaysAsIdentity(), personId: t.integer('person_id').notNull().references(() => people.id, { onDelete: 'cascade' }),
    body: t.varchar({ length: 200 }).notNull().default('-'), extra: t.boolean().default(false) })) }, (c) => [t.unique('notes_once').on(c.personId, c.body), t.index('notes_extra').on(c.extra)]);
  const pushed = await pushSchema({ ...schema, notes: wider }, db, ['public', 'own']);
  ok(pushed.statementsToExecute.length > 0);
  await pushed.apply();
  equal((await pushSchema({ ...schema, notes: wider }, db, ['public', 'own'])).statementsToExecute, []);
  await (await pushSchema(schema, db, ['public', 'own'])).apply();
});

check('generated migrations run', async () => {
  const statements = await generateMigration(generateDrizzleJson({}), generateDrizzleJson({ mood, people, notes }));
  await db.execute(sql`CREATE DATABASE conformance_drizzle_2`);
  const client = new pg.Client({ ...connection, database: 'conformance_drizzle_2' });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
    equal((await client.query("SELECT count(*)::int AS n FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")).rows, [{ n: 2 }]);
  } finally {
    await client.end();
    await db.execute(sql`DROP DATABASE conformance_drizzle_2 WITH (FORCE)`);
  }
});

check('insert, update, delete', async () => {
  const [ann] = await db.insert(people).values({ name: 'ann', mood: 'happy', tags: ['x', 'y'], data: { a: [1] }, amount: '1.5', big: 9007199254740993n,
    at: new Date('2024-01-02T03:04:05.678Z'), day: '2024-02-29', place: [1, 2], net: '10.0.0.1' }).returning();
  equal([ann.id, ann.tags, ann.data, ann.amount, ann.big, ann.at.toISOString(), ann.day, ann.doubled, ann.place, ann.net],
    [1, ['x', 'y'], { a: [1] }, '1.50', 9007199254740993n, '2024-01-02T03:04:05.678Z', '2024-02-29', 6, [1, 2], '10.0.0.1']);
  await db.insert(people).values([{ name: 'bob' }, { name: 'cid' }]);
  await db.insert(people).values({ id: 1, name: 'again' }).onConflictDoUpdate({ target: people.id, set: { name: 'anna' } });
  await db.insert(notes).values([{ personId: 1, body: 'n1' }, { personId: 1, body: 'n2' }, { personId: 2, body: 'n3' }]);
  equal(await db.insert(notes).values({ personId: 1, body: 'n1' }).onConflictDoNothing().returning(), []);
  equal(await db.update(people).set({ amount: sql`${people.amount} + 1` }).where(eq(people.name, 'anna')).returning({ amount: people.amount }), [{ amount: '2.50' }]);
  equal(await db.delete(people).where(eq(people.name, 'cid')).returning({ id: people.id }), [{ id: 3 }]);
});

check('select', async () => {
  equal(await db.select({ name: people.name, n: count(notes.id) }).from(people).leftJoin(notes, eq(notes.personId, people.id)).groupBy(people.name).orderBy(desc(count(notes.id))), [{ name: 'anna', n: 2 }, { name: 'bob', n: 1 }]);
  equal((await db.select().from(happy)).map((p) => p.name), ['anna']);
  equal((await db.select().from(people).where(and(arrayContains(people.tags, ['x']), inArray(people.mood, ['happy'])))).length, 1);
  const top = db.$with('top').as(db.select({ id: notes.id }).from(notes).orderBy(desc(notes.id)).limit(2));
  equal(await db.with(top).select().from(top), [{ id: 3 }, { id: 2 }]);
  const byName = db.select().from(people).where(eq(people.name, sql.placeholder('name'))).prepare('by_name');
  equal([(await byName.execute({ name: 'bob' })).length, (await byName.execute({ name: 'zed' })).length], [1, 0]);
});

check('relational queries', async () => {
  const found = await db.query.people.findMany({ columns: { name: true }, with: { notes: { columns: { body: true }, orderBy: (n, { asc }) => [asc(n.id)], limit: 1 } }, orderBy: (p, { asc }) => [asc(p.id)] });
  equal(found, [{ name: 'anna', notes: [{ body: 'n1' }] }, { name: 'bob', notes: [{ body: 'n3' }] }]);
  equal((await db.query.notes.findFirst({ with: { person: true }, where: eq(notes.body, 'n3') })).person.name, 'bob');
});

check('transactions', async () => {
  await rejects(db.transaction(async (tx) => {
    await tx.insert(people).values({ name: 'gone' });
    await rejects(tx.transaction(async (inner) => {
      await inner.insert(notes).values({ personId: 99, body: 'x' });
    }), (e) => (e.cause ?? e).code === '23503' && (e.cause ?? e).constraint === 'notes_person_id_people_id_fk');
    tx.rollback();
  }));
  await db.transaction(async (tx) => {
    equal((await tx.execute(sql`SHOW transaction_isolation`)).rows[0].transaction_isolation, 'repeatable read');
    equal((await tx.select().from(people).for('update', { skipLocked: true })).length, 2);
  }, { isolationLevel: 'repeatable read', accessMode: 'read write' });
});

check('on postgres.js', async () => {
  const client = postgres({ host: connection.host, port: connection.port, user: 'postgres', database: connection.database, max: 2, onnotice: () => {} });
  const js = drizzleJs(client, { schema });
  equal((await js.query.people.findMany({ with: { notes: true }, orderBy: people.id })).map((p) => p.notes.length), [2, 1]);
  equal(await js.transaction(async (tx) => (await tx.insert(notes).values({ personId: 2, body: 'js' }).returning())[0].body), 'js');
  await client.end();
});

await main();
