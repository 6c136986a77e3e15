// Prisma's client over its driver adapter: relations both ways of loading, json, arrays, transactions, errors, raw SQL.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { check, equal, main, ok, rejects } from '../../redis/node/checks.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const connection = { host: '127.0.0.1', port: Number(process.env.PGPORT), user: 'postgres', password: 'secret', database: 'prisma_checks' };

// No engine is fetched: the client has its compiler with it, and what the engine would do stands in `tables`.
function generate() {
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', CHECKPOINT_DISABLE: '1' };
  execFileSync(process.execPath, [join(folder, 'node_modules/prisma/build/index.js'), 'generate', '--schema', join(folder, 'schema.prisma')],
    { cwd: folder, env, stdio: 'pipe' });
}

const tables = `
  CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
  CREATE TABLE "User" ("id" SERIAL PRIMARY KEY, "email" TEXT NOT NULL, "role" "Role" NOT NULL DEFAULT 'USER', "roles" "Role"[],
    "createdAt" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP);
  CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
  CREATE TABLE "Post" ("id" BIGSERIAL PRIMARY KEY, "title" VARCHAR(20) NOT NULL, "price" DECIMAL(10,2) NOT NULL DEFAULT 9.99,
    "meta" JSONB NOT NULL DEFAULT '{}', "tags" TEXT[], "data" BYTEA, "day" DATE, "key" UUID NOT NULL DEFAULT gen_random_uuid(),
    "authorId" INTEGER REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE);
  CREATE UNIQUE INDEX "Post_title_authorId_key" ON "Post"("title", "authorId");
  CREATE TABLE "_follows" ("A" INTEGER NOT NULL REFERENCES "User"("id") ON DELETE CASCADE, "B" INTEGER NOT NULL REFERENCES "User"("id") ON DELETE CASCADE,
    PRIMARY KEY ("A", "B"));`;

async function prepare() {
  generate();
  const admin = new pg.Client({ ...connection, database: 'postgres' });
  await admin.connect();
  await admin.query('DROP DATABASE IF EXISTS prisma_checks WITH (FORCE)');
  await admin.query('CREATE DATABASE prisma_checks');
  await admin.end();
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(tables);
  await client.end();
  const { PrismaClient } = require('./generated');
  return new PrismaClient({ adapter: new PrismaPg(connection) });
}

const prisma = await prepare();
const post = { title: 'first', price: '12.34', meta: { k: [1, 'x', null] }, tags: ['x', 'y'], data: Buffer.from('hi'), day: new Date('2020-02-03') };

check('nested writes and every type', async () => {
  const user = await prisma.user.create({ data: { email: 'a@x', roles: ['ADMIN'], posts: { create: [post, { title: 'second' }] } }, include: { posts: { orderBy: { id: 'asc' } } } });
  const [first, second] = user.posts;
  equal([user.role, user.roles, first.id, String(first.price), first.meta, first.tags, Buffer.from(first.data).toString(), first.day.toISOString()],
    ['USER', ['ADMIN'], 1n, '12.34', post.meta, ['x', 'y'], 'hi', '2020-02-03T00:00:00.000Z']);
  equal([String(second.price), second.meta, second.data, second.key.length], ['9.99', {}, null, 36]);
});

check('many at once, those that are there skipped', async () => {
  equal(await prisma.user.createMany({ data: [{ email: 'a@x' }, { email: 'b@x', role: 'ADMIN' }, { email: 'c@x' }], skipDuplicates: true }), { count: 2 });
  equal((await prisma.user.createManyAndReturn({ data: [{ email: 'd@x' }], select: { email: true } })), [{ email: 'd@x' }]);
});

check('relations by joins and by queries', async () => {
  await prisma.user.update({ where: { email: 'a@x' }, data: { followers: { connect: [{ email: 'b@x' }, { email: 'c@x' }] } } });
  for (const relationLoadStrategy of ['join', 'query']) {
    const found = await prisma.user.findMany({ relationLoadStrategy, where: { posts: { some: { price: { gt: 10 } } } },
      include: { posts: { orderBy: { id: 'desc' }, select: { title: true, price: true, data: true } }, followers: { orderBy: { id: 'asc' }, select: { email: true } }, _count: { select: { followers: true } } } });
    equal(found.map((u) => [u.email, u.posts.map((p) => [p.title, String(p.price)]), u.followers, u._count]),
      [['a@x', [['second', '9.99'], ['first', '12.34']], [{ email: 'b@x' }, { email: 'c@x' }], { followers: 2 }]]);
  }
});

check('upsert, json paths, arrays, aggregates', async () => {
  equal((await prisma.user.upsert({ where: { email: 'b@x' }, create: { email: 'b@x' }, update: { roles: { push: 'USER' } } })).roles, ['USER']);
  equal(await prisma.post.count({ where: { meta: { path: ['k', '1'], equals: 'x' }, tags: { hasEvery: ['x', 'y'] } } }), 1);
  const sums = await prisma.post.aggregate({ _sum: { price: true }, _count: { _all: true } });
  equal([String(sums._sum.price), sums._count._all], ['22.33', 2]);
  equal((await prisma.user.groupBy({ by: ['role'], _count: { _all: true }, orderBy: { role: 'asc' } })).map((g) => [g.role, g._count._all]), [['USER', 3], ['ADMIN', 1]]);
});

check('errors are told by their codes', async () => {
  await rejects(prisma.user.create({ data: { email: 'a@x' } }), { code: 'P2002' });
  await rejects(prisma.post.create({ data: { title: 't', authorId: 999 } }), { code: 'P2003' });
  await rejects(prisma.post.create({ data: { title: 'x'.repeat(30) } }), { code: 'P2000' });
  await rejects(prisma.$queryRaw`SELECT 1/0`, { code: 'P2010' });
});

check('transactions at every level, and one that is undone', async () => {
  for (const isolationLevel of ['ReadCommitted', 'RepeatableRead', 'Serializable'])
    equal(await prisma.$transaction(async (tx) => (await tx.user.update({ where: { email: 'c@x' }, data: { role: 'ADMIN' } })).role, { isolationLevel }), 'ADMIN');
  await rejects(prisma.$transaction(async (tx) => { await tx.user.deleteMany(); throw new Error('no'); }), { message: 'no' });
  equal(await prisma.user.count(), 4);
});

check('raw SQL both ways', async () => {
  const [row] = await prisma.$queryRaw`SELECT ${1}::int AS i, ${12345678901234n}::int8 AS big, ${[1, 2]}::int[] AS a, ${'x'} AS t, ${new Date(0)}::timestamptz AS d, 1.50::numeric AS n, '{"a": 1}'::jsonb AS j`;
  equal([row.i, row.big, row.a, row.t, row.d.getTime(), String(row.n), row.j], [1, 12345678901234n, [1, 2], 'x', 0, '1.5', { a: 1 }]);
  equal(await prisma.$executeRaw`UPDATE "User" SET role = 'USER' WHERE id > ${1}`, 3);
});

check('deleting takes what belongs to it', async () => {
  await prisma.user.delete({ where: { email: 'a@x' } });
  equal([await prisma.post.count(), await prisma.user.count()], [0, 3]);
  ok(await prisma.$disconnect() === undefined);
});

await main();
