// typeorm: synchronize (twice: nothing may be left to change), migrations, query builder, relations, locks, schema introspection.
import 'reflect-metadata';
import typeorm from 'typeorm';
import { check, equal, main, ok, rejects } from '../../redis/node/checks.mjs';
import { freshDatabase } from './database.mjs';

const { DataSource, EntitySchema, In, ILike, Raw, ArrayContains, Between, Table, TableIndex, TableColumn, TableForeignKey, QueryFailedError } = typeorm;
const { host, port, user, password, database } = await freshDatabase('conformance_typeorm');

const Author = new EntitySchema({
  name: 'Author', tableName: 'author',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid' },
    name: { type: 'varchar', length: 80, unique: true },
    mood: { type: 'enum', enum: ['good', 'bad'], default: 'good' },
    tags: { type: 'text', array: true, nullable: true },
    profile: { type: 'jsonb', default: {} },
    money: { type: 'numeric', precision: 10, scale: 2, default: 0 },
    big: { type: 'bigint', nullable: true },
    span: { type: 'int4range', nullable: true },
    raw: { type: 'bytea', nullable: true },
    day: { type: 'date', nullable: true },
    length: { type: 'interval', nullable: true },
    made: { type: 'timestamptz', createDate: true },
    changed: { type: 'timestamp', updateDate: true },
    version: { type: 'int', version: true },
    upper: { type: 'varchar', nullable: true, asExpression: 'UPPER("name")', generatedType: 'STORED' },
  },
  relations: { books: { type: 'one-to-many', target: 'Book', inverseSide: 'author', cascade: true } },
  checks: [{ name: 'author_money', expression: '"money" >= 0' }],
  indices: [{ name: 'author_mood', columns: ['mood', 'money'] }, { name: 'author_partial', columns: ['name'], where: "\"mood\" = 'bad'", unique: true }],
});
const Book = new EntitySchema({
  name: 'Book', tableName: 'book',
  columns: {
    id: { type: 'int', primary: true, generated: 'increment' },
    title: { type: 'text' },
    year: { type: 'smallint', nullable: true },
    gone: { type: 'timestamp', deleteDate: true, nullable: true },
  },
  relations: {
    author: { type: 'many-to-one', target: 'Author', inverseSide: 'books', onDelete: 'CASCADE', nullable: false },
    genres: { type: 'many-to-many', target: 'Genre', joinTable: { name: 'book_genre' }, cascade: true },
  },
});
const Genre = new EntitySchema({
  name: 'Genre', tableName: 'genre', columns: { id: { type: 'int', primary: true, generated: 'identity', generatedIdentity: 'ALWAYS' }, label: { type: 'varchar', unique: true } },
});

class First1700000000001 {
  name = 'First1700000000001';
  up(runner) { return runner.query('CREATE TABLE moved (id serial PRIMARY KEY, name text)'); }
  down(runner) { return runner.query('DROP TABLE moved'); }
}
class Second1700000000002 {
  name = 'Second1700000000002';
  up(runner) { return runner.addColumn('moved', new TableColumn({ name: 'extra', type: 'jsonb', isNullable: true })); }
  down(runner) { return runner.dropColumn('moved', 'extra'); }
}

const source = new DataSource({
  type: 'postgres', host, port, username: user, password, database, entities: [Author, Book, Genre],
  migrations: [First1700000000001, Second1700000000002], installExtensions: true, uuidExtension: 'uuid-ossp',
});
await source.initialize();
const authors = source.getRepository('Author');
const books = source.getRepository('Book');

check('synchronize, and nothing left to do', async () => {
  await source.synchronize(true);
  const left = await source.driver.createSchemaBuilder().log();
  equal(left.upQueries.map((q) => q.query), []);
});

check('save and find with relations', async () => {
  const saved = await authors.save({ name: 'ann', tags: ['a', 'b'], profile: { deep: [1] }, money: '1.50', big: '9007199254740993', span: '[1,5)',
    raw: Buffer.from([0, 255]), day: '2020-02-29', books: [{ title: 'one', year: 1999, genres: [{ label: 'g1' }, { label: 'g2' }] }, { title: 'two' }] });
  ok(saved.id.length === 36 && saved.version === 1 && saved.made instanceof Date);
  const found = await authors.findOne({ where: { name: 'ann' }, relations: { books: { genres: true } }, order: { books: { id: 'ASC', genres: { label: 'ASC' } } } });
  equal([found.mood, found.tags, found.profile, found.money, found.big, found.span, [...found.raw], found.day, found.upper],
    ['good', ['a', 'b'], { deep: [1] }, '1.50', '9007199254740993', '[1,5)', [0, 255], '2020-02-29', 'ANN']);
  equal(found.books.map((b) => [b.title, b.genres.map((g) => g.label)]), [['one', ['g1', 'g2']], ['two', []]]);
  found.money = '2.25';
  equal((await authors.save(found)).version, 2);
});

check('operators and paging', async () => {
  equal((await books.find({ where: { title: In(['one', 'x']) } })).length, 1);
  equal((await books.find({ where: [{ title: ILike('T%') }, { year: Between(1990, 2000) }], order: { id: 'DESC' } })).map((b) => b.title), ['two', 'one']);
  equal(await authors.count({ where: { tags: ArrayContains(['a']) } }), 1);
  equal(await authors.count({ where: { profile: Raw((alias) => `${alias} @> '{"deep":[1]}'`) } }), 1);
  const [rows, total] = await books.findAndCount({ relations: { author: true }, take: 1, skip: 1, order: { id: 'ASC' } });
  equal([rows[0].author.name, total], ['ann', 2]);
});

check('query builder', async () => {
  const grouped = await source.createQueryBuilder('Author', 'a').leftJoin('a.books', 'b').select('a.name', 'name').addSelect('count(b.id)', 'n').groupBy('a.name').getRawMany();
  equal(grouped, [{ name: 'ann', n: '2' }]);
  equal((await books.createQueryBuilder('b').innerJoinAndSelect('b.author', 'a', 'a.mood = :m', { m: 'good' }).where((q) => `b.id IN ${q.subQuery().select('max(x.id)').from('Book', 'x').getQuery()}`).getOne()).title, 'two');
  const up = await source.createQueryBuilder().insert().into('Genre').values([{ label: 'g1' }, { label: 'g3' }]).orUpdate(['label'], ['label']).returning(['label']).execute();
  equal(up.raw.map((r) => r.label), ['g1', 'g3']);
  equal((await source.createQueryBuilder().update('Book').set({ year: () => 'coalesce("year", 0) + 1' }).where('title = :t', { t: 'two' }).returning('year').execute()).raw, [{ year: 1 }]);
  let streamed = 0;
  for await (const row of await books.createQueryBuilder('b').stream()) streamed += row.b_id ? 1 : 0;
  equal(streamed, 2);
});

check('soft deletion', async () => {
  await books.softDelete({ title: 'two' });
  equal([await books.count(), await books.count({ withDeleted: true })], [1, 2]);
  await books.restore({ title: 'two' });
});

check('transactions and locks', async () => {
  await rejects(source.transaction(async (m) => {
    await m.save('Genre', { label: 'never' });
    await m.transaction(async (inner) => inner.save('Genre', { label: 'nested' }));
    throw new Error('back');
  }), /back/);
  equal(await source.getRepository('Genre').count({ where: { label: In(['never', 'nested']) } }), 0);
  await source.transaction('SERIALIZABLE', async (m) => {
    const held = await m.findOne('Author', { where: { name: 'ann' }, lock: { mode: 'pessimistic_write' } });
    ok(held);
    equal(await source.transaction((other) => other.find('Author', { where: { name: 'ann' }, lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' } })), []);
    await rejects(source.transaction((other) => other.find('Author', { lock: { mode: 'pessimistic_read', onLocked: 'nowait' } })), { code: '55P03' });
  });
});

check('errors', async () => {
  await rejects(authors.insert({ name: 'ann' }), (e) => e instanceof QueryFailedError && e.code === '23505' && e.driverError.detail.includes('(name)=(ann)'));
  await rejects(authors.insert({ name: 'x', money: '-1' }), (e) => e.constraint === 'author_money' && e.code === '23514');
});

check('migrations', async () => {
  equal((await source.runMigrations({ transaction: 'each' })).map((m) => m.name), ['First1700000000001', 'Second1700000000002']);
  equal(await source.showMigrations(), false);
  await source.undoLastMigration();
  await source.undoLastMigration();
  equal(await source.showMigrations(), true);
});

check('query runner', async () => {
  const runner = source.createQueryRunner();
  try {
    await runner.createTable(new Table({ name: 'thing', columns: [{ name: 'id', type: 'int', isPrimary: true, isGenerated: true, generationStrategy: 'increment' },
      { name: 'kind', type: 'enum', enum: ['p', 'q'] }, { name: 'author', type: 'uuid', isNullable: true }], uniques: [{ columnNames: ['author'] }] }), true);
    await runner.createForeignKey('thing', new TableForeignKey({ columnNames: ['author'], referencedTableName: 'author', referencedColumnNames: ['id'], onDelete: 'SET NULL' }));
    await runner.createIndex('thing', new TableIndex({ name: 'thing_kind', columnNames: ['kind'] }));
    await runner.changeColumn('thing', 'kind', new TableColumn({ name: 'kind', type: 'enum', enum: ['p', 'q', 'r'], default: "'p'" }));
    await runner.renameColumn('thing', 'kind', 'sort');
    const table = await runner.getTable('thing');
    const sort = table.findColumnByName('sort');
    equal([sort.enum, sort.default, table.foreignKeys[0].referencedTableName, table.foreignKeys[0].onDelete, table.indices.map((i) => i.name), table.uniques.length],
      [['p', 'q', 'r'], "'p'", 'author', 'SET NULL', ['thing_kind'], 1]);
    await runner.renameTable('thing', 'thing2');
    await runner.dropTable('thing2');
    await runner.clearTable('genre', { cascade: true });
    ok(await runner.hasTable('author'));
    equal(await runner.hasSchema('none'), false);
  } finally {
    await runner.release();
  }
});

check('views of the schema, dropped', async () => {
  await source.query('CREATE MATERIALIZED VIEW many AS SELECT name FROM author');
  await source.dropDatabase();
  equal(await source.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"), []);
});

await main();
