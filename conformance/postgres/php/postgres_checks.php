<?php
// PDO and Doctrine DBAL: what an application does with them. PGPORT names the server, CHECK_FILTER a piece of
// the names wanted.
declare(strict_types=1);

require 'Doctrine/DBAL/autoload.php';

use Doctrine\DBAL\DriverManager;
use Doctrine\DBAL\Exception\ForeignKeyConstraintViolationException;
use Doctrine\DBAL\Exception\UniqueConstraintViolationException;
use Doctrine\DBAL\Schema\Schema;
use Doctrine\DBAL\Types\Type;
use Doctrine\DBAL\Types\Types;

require __DIR__ . '/../../php/checks.php';

function pdo(): PDO
{
    return new PDO('pgsql:host=127.0.0.1;port=' . getenv('PGPORT') . ';dbname=postgres', 'postgres', '', [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
}

function dbal(): Doctrine\DBAL\Connection
{
    return DriverManager::getConnection(['driver' => 'pdo_pgsql', 'host' => '127.0.0.1', 'port' => (int) getenv('PGPORT'), 'user' => 'postgres', 'dbname' => 'postgres']);
}

check('PDO: values, emulated and real preparation', function (): void {
    foreach ([false, true] as $emulated) {
        $pdo = pdo();
        $pdo->setAttribute(PDO::ATTR_EMULATE_PREPARES, $emulated);
        $statement = $pdo->prepare('SELECT :n::int + 1 AS n, :t::text AS t, true AS b, NULL::int AS z, 1.50 AS d');
        $statement->execute(['n' => 41, 't' => "é'?"]);
        equal($statement->fetch(PDO::FETCH_ASSOC), ['n' => 42, 't' => "é'?", 'b' => true, 'z' => null, 'd' => '1.50']);
        equal($statement->getColumnMeta(2)['native_type'], 'bool');
    }
    $statement = $pdo->prepare('SELECT ?::bytea');
    $statement->bindValue(1, "\0\xff", PDO::PARAM_LOB);
    $statement->execute();
    equal(stream_get_contents($statement->fetchColumn()), "\0\xff");
});

check('PDO: transactions, errors, COPY, cursors, notifications', function (): void {
    $pdo = pdo();
    $pdo->exec('CREATE TEMP TABLE pp_t (id serial PRIMARY KEY, name text UNIQUE)');
    $pdo->beginTransaction();
    $pdo->exec("INSERT INTO pp_t (name) VALUES ('a')");
    equal([$pdo->inTransaction(), $pdo->lastInsertId(), $pdo->lastInsertId('pp_t_id_seq')], [true, '1', '1']);
    equal(thrown(PDOException::class, fn () => $pdo->exec("INSERT INTO pp_t (name) VALUES ('a')"))->getCode(), '23505');
    $pdo->rollBack();
    equal($pdo->pgsqlCopyFromArray('pp_t', ["10\tx", "11\t\\N"], "\t", '\\\\N'), true);
    equal($pdo->pgsqlCopyToArray('pp_t', "\t"), ["10\tx\n", "11\t\\N\n"]);
    $cursor = $pdo->prepare('SELECT id FROM pp_t ORDER BY id', [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
    $pdo->beginTransaction();
    $cursor->execute();
    equal([$cursor->fetchColumn(), $cursor->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_LAST), $cursor->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_PRIOR)], [10, [11], [10]]);
    $object = $pdo->pgsqlLOBCreate();
    $stream = $pdo->pgsqlLOBOpen($object, 'w');
    fwrite($stream, 'hello');
    rewind($stream);
    equal(fread($stream, 5), 'hello');
    $pdo->pgsqlLOBUnlink($object);
    $pdo->commit();
    $pdo->exec('LISTEN pp_news; NOTIFY pp_news, \'it is\'');
    equal($pdo->pgsqlGetNotify(PDO::FETCH_ASSOC, 2000)['payload'], 'it is');
});

check('Doctrine DBAL: schema, introspection, comparison', function (): void {
    $db = dbal();
    $schema = new Schema();
    $authors = $schema->createTable('dd_authors');
    $authors->addColumn('id', Types::INTEGER, ['autoincrement' => true]);
    $authors->addColumn('name', Types::STRING, ['length' => 40, 'comment' => 'who it is']);
    $authors->setPrimaryKey(['id']);
    $authors->addUniqueIndex(['name'], 'dd_name');
    $books = $schema->createTable('dd_books');
    $books->addColumn('id', Types::GUID);
    $books->addColumn('author', Types::INTEGER, ['notnull' => false]);
    $books->addColumn('price', Types::DECIMAL, ['precision' => 10, 'scale' => 2, 'default' => '9.99']);
    $books->addColumn('data', Types::JSON, ['platformOptions' => ['jsonb' => true]]);
    $books->addColumn('at', Types::DATETIMETZ_IMMUTABLE);
    $books->setPrimaryKey(['id']);
    $books->addIndex(['price'], 'dd_price', [], ['where' => '(price > (1)::numeric)']);
    $books->addForeignKeyConstraint('dd_authors', ['author'], ['id'], ['onDelete' => 'CASCADE'], 'dd_key');
    foreach ($schema->toSql($db->getDatabasePlatform()) as $sql) {
        $db->executeStatement($sql);
    }
    $manager = $db->createSchemaManager();
    $found = $manager->introspectTable('dd_books');
    $comparator = $manager->createComparator();
    equal($comparator->compareTables($found, $books)->isEmpty(), true);
    equal($comparator->compareTables($manager->introspectTable('dd_authors'), $authors)->isEmpty(), true);
    equal($found->getIndex('dd_price')->getOption('where'), '(price > (1)::numeric)');
    equal($found->getForeignKey('dd_key')->onDelete(), 'CASCADE');
    $changed = clone $found;
    $changed->modifyColumn('price', ['precision' => 12, 'default' => null, 'notnull' => false]);
    $changed->addColumn('note', Types::TEXT, ['notnull' => false]);
    $manager->alterTable($comparator->compareTables($found, $changed));
    equal($manager->introspectTable('dd_books')->getColumn('price')->getPrecision(), 12);
    equal($manager->tablesExist(['dd_books', 'dd_authors']), true);
    $manager->dropTable('dd_books');
    $manager->dropTable('dd_authors');
});

check('Doctrine DBAL: queries, types, nested transactions', function (): void {
    $db = dbal();
    $db->executeStatement('CREATE TABLE dd_t (id bigserial PRIMARY KEY, n int UNIQUE, parent bigint REFERENCES dd_t)');
    $db->setNestTransactionsWithSavepoints(true);
    $db->transactional(function ($db): void {
        $db->insert('dd_t', ['n' => 1]);
        thrown(UniqueConstraintViolationException::class, fn () => $db->transactional(fn ($db) => $db->insert('dd_t', ['n' => 1])));
    });
    thrown(ForeignKeyConstraintViolationException::class, fn () => $db->insert('dd_t', ['n' => 2, 'parent' => 77]));
    $rows = $db->createQueryBuilder()->select('n', 'count(*) OVER () AS all_of_them')->from('dd_t')->where('n IN (:list)')
        ->setParameter('list', [1, 2], Doctrine\DBAL\ArrayParameterType::INTEGER)->setMaxResults(5)->fetchAllAssociative();
    equal($rows, [['n' => 1, 'all_of_them' => 1]]);
    $when = $db->fetchOne("SELECT '2024-02-29 12:00:00+02'::timestamptz(0)");
    equal(Type::getType(Types::DATETIMETZ_MUTABLE)->convertToPHPValue($when, $db->getDatabasePlatform())->getTimestamp(), 1709200800);
    $db->executeStatement('DROP TABLE dd_t');
});

close_checks();
