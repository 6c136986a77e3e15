// sequelize: sync and alter, associations, queries, hooks of transactions, query interface, umzug's migrations.
import { DataTypes, Op, Sequelize, QueryTypes, Transaction } from 'sequelize';
import { SequelizeStorage, Umzug } from 'umzug';
import { check, equal, main, ok, rejects } from '../../redis/node/checks.mjs';
import { freshDatabase } from './database.mjs';

const { host, port, user, password, database } = await freshDatabase('conformance_sequelize');
const sequelize = new Sequelize(database, user, password, { host, port, dialect: 'postgres', logging: false });

const User = sequelize.define('User', {
  id: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true },
  name: { type: DataTypes.STRING(50), allowNull: false, unique: true },
  kind: { type: DataTypes.ENUM('a', 'b'), defaultValue: 'a' },
  tags: DataTypes.ARRAY(DataTypes.TEXT),
  kinds: DataTypes.ARRAY(DataTypes.ENUM('x', 'y')),
  data: DataTypes.JSONB,
  amount: DataTypes.DECIMAL(12, 3),
  big: DataTypes.BIGINT,
  ratio: DataTypes.DOUBLE,
  born: DataTypes.DATEONLY,
  seen: DataTypes.DATE,
  at: DataTypes.TIME,
  blob: DataTypes.BLOB,
  span: DataTypes.RANGE(DataTypes.INTEGER),
  address: DataTypes.INET,
  nick: DataTypes.CITEXT,
}, { indexes: [{ fields: ['kind', 'amount'] }, { fields: ['data'], using: 'gin' }, { fields: ['name'], where: { kind: 'a' }, name: 'users_partial' }] });
const Post = sequelize.define('Post', { title: DataTypes.STRING, views: { type: DataTypes.INTEGER, defaultValue: 0 } }, { paranoid: true });
const Tag = sequelize.define('Tag', { label: { type: DataTypes.STRING, unique: true } }, { timestamps: false });
User.hasMany(Post, { as: 'posts', foreignKey: { name: 'userId', allowNull: false }, onDelete: 'CASCADE' });
Post.belongsTo(User, { as: 'user', foreignKey: 'userId' });
Post.belongsToMany(Tag, { through: 'PostTags', as: 'tags' });
Tag.belongsToMany(Post, { through: 'PostTags', as: 'posts' });

check('authenticate and sync', async () => {
  await sequelize.authenticate();
  await sequelize.query('CREATE EXTENSION IF NOT EXISTS citext');
  await sequelize.sync({ force: true });
  await sequelize.sync();
  equal((await sequelize.getQueryInterface().showAllTables()).map((t) => t.tableName ?? t).sort(), ['PostTags', 'Posts', 'Tags', 'Users']);
});

check('types both ways', async () => {
  const made = await User.create({
    name: 'ann', tags: ['a', 'b"c'], kinds: ['x'], data: { a: 1, list: [1, 2] }, amount: '12.345', big: '9007199254740993', ratio: 0.1,
    born: '2000-02-29', seen: new Date('2024-05-06T07:08:09.123Z'), at: '10:11:12', blob: Buffer.from([1, 2, 255]),
    span: [1, 5], address: '10.0.0.1', nick: 'ANN',
  });
  const got = (await User.findByPk(made.id)).get({ plain: true });
  equal([got.tags, got.kinds, got.data, got.amount, got.big, got.ratio, got.born, got.seen.toISOString(), got.at, [...got.blob], got.address],
    [['a', 'b"c'], ['x'], { a: 1, list: [1, 2] }, '12.345', '9007199254740993', 0.1, '2000-02-29', '2024-05-06T07:08:09.123Z', '10:11:12', [1, 2, 255], '10.0.0.1']);
  equal(got.span.map((bound) => [bound.value, bound.inclusive]), [[1, true], [5, false]]);
  equal(await User.count({ where: { nick: 'ann' } }), 1);
});

check('associations', async () => {
  const ann = await User.findOne({ where: { name: 'ann' } });
  const post = await ann.createPost({ title: 'first', tags: [{ label: 't1' }, { label: 't2' }] }, { include: [{ model: Tag, as: 'tags' }] });
  await Post.bulkCreate([{ title: 'second', userId: ann.id }, { title: 'third', userId: ann.id, views: 7 }]);
  const full = await User.findOne({
    where: { name: 'ann' }, order: [[{ model: Post, as: 'posts' }, 'id', 'ASC'], [{ model: Post, as: 'posts' }, { model: Tag, as: 'tags' }, 'id', 'ASC']],
    include: [{ model: Post, as: 'posts', include: [{ model: Tag, as: 'tags' }] }],
  });
  equal(full.posts.map((p) => [p.title, p.tags.map((t) => t.label).sort()]), [['first', ['t1', 't2']], ['second', []], ['third', []]]);
  await post.removeTag(await Tag.findOne({ where: { label: 't1' } }));
  equal(await post.countTags(), 1);
  equal((await Post.findAndCountAll({ limit: 2, offset: 1, order: ['id'], include: [{ model: User, as: 'user', required: true }] })).rows.map((p) => p.user.name), ['ann', 'ann']);
});

check('operators', async () => {
  const names = (where) => Post.findAll({ where, order: ['id'] }).then((rows) => rows.map((r) => r.title));
  equal(await names({ title: { [Op.iLike]: 'F%' } }), ['first']);
  equal(await names({ [Op.or]: [{ views: { [Op.gt]: 5 } }, { title: { [Op.in]: ['second'] } }] }), ['second', 'third']);
  equal(await names({ title: { [Op.regexp]: '^t' } }), ['third']);
  equal(await User.count({ where: { tags: { [Op.contains]: ['a'] } } }), 1);
  equal(await User.count({ where: { span: { [Op.contains]: 3 } } }), 1);
  equal(await User.count({ where: { data: { [Op.contains]: { list: [2] } } } }), 1);
  equal(await User.count({ where: { 'data.a': 1 } }), 1);
});

check('upsert, increment, aggregate, paranoid', async () => {
  const [, created] = await Tag.upsert({ id: 2, label: 't2b' });
  ok(created === null || created === true || created === false);
  const [found, isNew] = await Tag.findOrCreate({ where: { label: 'new' }, defaults: {} });
  equal([found.label, isNew], ['new', true]);
  await Post.increment('views', { by: 3, where: { title: 'third' } });
  equal([await Post.max('views'), Number(await Post.sum('views'))], [10, 10]);
  const [count, rows] = await Post.update({ views: 1 }, { where: { title: 'first' }, returning: true });
  equal([count, rows[0].views], [1, 1]);
  await Post.destroy({ where: { title: 'second' } });
  equal([await Post.count(), await Post.count({ paranoid: false })], [2, 3]);
  await Post.restore();
  equal(await Post.count(), 3);
});

check('transactions', async () => {
  await rejects(sequelize.transaction(async (transaction) => {
    await Tag.create({ label: 'gone' }, { transaction });
    throw new Error('back');
  }), /back/);
  equal(await Tag.count({ where: { label: 'gone' } }), 0);
  await sequelize.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.REPEATABLE_READ }, async (transaction) => {
    const before = await Tag.count({ transaction });
    await Tag.create({ label: 'outside' });
    equal(await Tag.count({ transaction }), before);
    await sequelize.transaction({ transaction }, async (inner) => Tag.count({ transaction: inner }));
  });
  await sequelize.transaction(async (transaction) => {
    const row = await Tag.findOne({ where: { label: 'outside' }, lock: transaction.LOCK.UPDATE, transaction });
    equal(row.label, 'outside');
    const other = await sequelize.transaction();
    equal(await Tag.findAll({ where: { label: 'outside' }, lock: true, skipLocked: true, transaction: other }).then((r) => r.length), 0);
    await other.rollback();
  });
});

check('errors become its own', async () => {
  await rejects(User.create({ name: 'ann' }), (e) => e.name === 'SequelizeUniqueConstraintError' && e.fields.name === 'ann' && e.errors[0].path === 'name');
  await rejects(Post.create({ title: 'x', userId: '00000000-0000-0000-0000-000000000000' }), (e) => e.name === 'SequelizeForeignKeyConstraintError' && e.table === 'Posts' && e.index === 'Posts_userId_fkey');
  await rejects(sequelize.query('SELECT * FROM nowhere'), { name: 'SequelizeDatabaseError' });
  await rejects(User.create({ name: 'x', kind: 'zz' }), { name: 'SequelizeDatabaseError' });
});

check('raw queries', async () => {
  equal(await sequelize.query('SELECT :a::int AS a, :b AS b', { replacements: { a: 1, b: "x'y" }, type: QueryTypes.SELECT }), [{ a: 1, b: "x'y" }]);
  equal(await sequelize.query('SELECT $1::int + $2::int AS s', { bind: [1, 2], type: QueryTypes.SELECT }), [{ s: 3 }]);
});

check('sync with alter', async () => {
  User.rawAttributes.kind = { type: DataTypes.ENUM('a', 'b', 'c'), defaultValue: 'b' };
  const Wider = sequelize.define('Post', {
    title: { type: DataTypes.STRING(500), allowNull: true, defaultValue: 'none' }, views: { type: DataTypes.BIGINT, defaultValue: 0 },
    extra: { type: DataTypes.JSON }, userId: { type: DataTypes.UUID, references: { model: 'Users', key: 'id' } },
  }, { paranoid: true });
  await Wider.sync({ alter: true });
  await Wider.sync({ alter: true });
  const columns = await sequelize.getQueryInterface().describeTable('Posts');
  equal([columns.title.type, columns.title.defaultValue, columns.views.type, columns.extra.type, columns.id.primaryKey],
    ['CHARACTER VARYING(500)', 'none', 'BIGINT', 'JSON', true]);
});

check('query interface', async () => {
  const q = sequelize.getQueryInterface();
  await q.createTable('things', { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, kind: DataTypes.ENUM('p', 'q'), n: DataTypes.INTEGER });
  await q.addColumn('things', 'label', { type: DataTypes.STRING, comment: 'a label' });
  await q.changeColumn('things', 'n', { type: DataTypes.BIGINT, allowNull: false, defaultValue: 3 });
  await q.renameColumn('things', 'label', 'name');
  await q.addIndex('things', ['name'], { unique: true, name: 'things_name' });
  await q.addConstraint('things', { fields: ['n'], type: 'check', where: { n: { [Op.gt]: 0 } }, name: 'things_positive' });
  const indexes = await q.showIndex('things');
  equal(indexes.map((i) => [i.name, i.unique, i.primary]).sort(), [['things_name', true, false], ['things_pkey', true, true]]);
  equal((await q.describeTable('things')).kind.special, ['p', 'q']);
  equal((await q.describeTable('things')).name.comment, 'a label');
  equal((await q.getForeignKeyReferencesForTable('Posts')).map((f) => [f.columnName, f.referencedTableName]), [['userId', 'Users']]);
  await q.removeConstraint('things', 'things_positive');
  await q.removeIndex('things', 'things_name');
  await q.removeColumn('things', 'name');
  await q.dropTable('things');
  equal((await q.showAllSchemas()).length, 0);
});

check('migrations', async () => {
  const umzug = new Umzug({
    migrations: [
      { name: '1', up: ({ context }) => context.createTable('m', { id: { type: DataTypes.INTEGER, primaryKey: true } }), down: ({ context }) => context.dropTable('m') },
      { name: '2', up: ({ context }) => context.addColumn('m', 'x', DataTypes.STRING), down: ({ context }) => context.removeColumn('m', 'x') },
    ],
    context: sequelize.getQueryInterface(), storage: new SequelizeStorage({ sequelize }), logger: undefined,
  });
  equal((await umzug.up()).map((m) => m.name), ['1', '2']);
  equal((await umzug.executed()).length, 2);
  await umzug.down({ to: 0 });
  equal((await umzug.pending()).length, 2);
});

check('drop', async () => {
  await sequelize.drop({});
  equal(await sequelize.getQueryInterface().showAllTables(), []);
});

await main();
